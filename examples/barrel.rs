//! Renders a migration in Rust as SQL for both databases: `cargo run --example barrel --features barrel FOLDER`.

use schemactl::build::barrel::types;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "migrations".to_owned());
    schemactl::build::barrel(folder)
        .migration(1, "create_visits", |m| {
            m.create_table("visits", |t| {
                t.add_column("id", types::primary());
                t.add_column("page", types::varchar(200));
                t.add_index("visits_page", types::index(["page"]));
            });
        })
        .write();
}
