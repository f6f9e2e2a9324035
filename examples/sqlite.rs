//! Brings a database of SQLite up from a folder of migrations: `cargo run --example sqlite [FILE]`.
//!
//! An application embeds its migrations instead (`schemactl::build::embed` and `schemactl::embed!`), so that it needs no folder.

use schemactl::{Migrations, sqlite};

fn main() -> schemactl::Result<()> {
    let migrations = Migrations::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/migrations/sqlite"))?;
    let file = std::env::args().nth(1).unwrap_or_else(|| ":memory:".to_owned());
    let mut connection = rusqlite::Connection::open(file).expect("the file can be opened");

    // Every start: where nothing is pending this is one read.
    let report = sqlite::up(&mut connection, &migrations)?;
    println!("migrations: {report}");
    Ok(())
}
