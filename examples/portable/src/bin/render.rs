//! Renders the migrations that have no file yet: `cargo run -p portable --bin render [FOLDER]`.

fn main() {
    let folder =
        std::env::args().nth(1).unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/migrations").to_owned());
    portable::migrations(folder).write();
}
