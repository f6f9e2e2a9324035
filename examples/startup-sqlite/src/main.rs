//! An application that brings its SQLite database up when it starts: `cargo run -p startup-sqlite [FILE]`.

use rusqlite::Connection;
use schemactl::{Options, sqlite};

static MIGRATIONS: schemactl::Migrations = schemactl::embed!("migrations");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| ":memory:".to_owned());
    let mut connection = Connection::open(file)?;

    // Every start: where nothing is pending this is one read. Any number of processes may do it at once.
    let report = sqlite::up(&mut connection, &MIGRATIONS)?;
    println!("migrations: {report}");

    // A readiness probe asks the same, and changes nothing.
    assert!(sqlite::pending(&connection, &MIGRATIONS, &Options::new())?.is_empty());

    connection.execute("INSERT INTO visits (page) VALUES (?1)", ["/"])?;
    let visits: i64 = connection.query_row("SELECT count(*) FROM visits", [], |row| row.get(0))?;
    println!("visits: {visits}");
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_migration_applies() {
        schemactl::sqlite::assert_applies(&super::MIGRATIONS);
    }
}
