//! An application that has its migrations from refinery's `embed_migrations!`, and brings its SQLite database up with schemactl:
//! `cargo run -p refinery-sqlite [FILE]`.

use rusqlite::Connection;
use schemactl::{Options, Target, Tool, sqlite};

mod embedded {
    refinery::embed_migrations!("migrations");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| ":memory:".to_owned());
    let mut connection = Connection::open(file)?;
    println!("migrations: {}", start(&mut connection)?);

    connection.execute("INSERT INTO visits (page) VALUES (?1)", ["/"])?;
    let visits: i64 = connection.query_row("SELECT count(*) FROM visits", [], |row| row.get(0))?;
    println!("visits: {visits}");
    Ok(())
}

fn start(connection: &mut Connection) -> schemactl::Result<schemactl::Report> {
    // Was: embedded::migrations::runner().run(connection)
    let migrations = schemactl::refinery::migrations(&embedded::migrations::runner())?;
    // What refinery has applied to this file so far is taken over, once.
    sqlite::up_with(connection, &migrations, &Target::Latest, &Options::new().take_over(Tool::Refinery))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_applies_and_can_be_taken_back() {
        sqlite::assert_proven(&schemactl::refinery::migrations(&embedded::migrations::runner()).unwrap());
    }

    /// In an application the folder is its own, such as `schemactl/sqlite`, and committed: then the command, CI and reviewers have the files, and
    /// this fails where one of them is not what the application runs.
    #[test]
    fn files_are_as_the_application_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let runner = embedded::migrations::runner();
        assert_eq!(schemactl::refinery::export(&runner, folder.path()).unwrap().len(), 3);
        assert!(schemactl::refinery::export(&runner, folder.path()).unwrap().is_empty());
    }

    /// A file of the release before, which had refinery.
    #[test]
    fn what_refinery_has_applied_is_taken_over() {
        let mut connection = Connection::open_in_memory().unwrap();
        let table = "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255), \
                     applied_on VARCHAR(255), checksum VARCHAR(255));";
        connection.execute_batch(table).unwrap();
        for migration in embedded::migrations::runner().get_migrations().iter().filter(|it| it.version() < 3) {
            connection.execute_batch(migration.sql().unwrap()).unwrap();
            let row = (migration.version(), migration.name(), migration.checksum().to_string());
            let insert = "INSERT INTO refinery_schema_history VALUES (?1, ?2, '2026-11-28T11:00:00Z', ?3)";
            connection.execute(insert, row).unwrap();
        }
        assert_eq!(start(&mut connection).unwrap().to_string(), "2 adopted, 1 applied");
        assert_eq!(start(&mut connection).unwrap().to_string(), "nothing to do");
    }
}
