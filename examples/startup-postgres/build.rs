//! Embeds the migrations. A file that is added is picked up by the next `cargo build`.

fn main() {
    schemactl::build::embed("migrations");
}
