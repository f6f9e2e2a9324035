//! Files into tables and back: `import` and `export`, on both kinds of database.
#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

mod claude;
mod formats;
mod hostile;
mod killed;
mod snapshots;
mod stores;

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{project, sqlite};

/// A database that files are imported into, with the tables that a test makes.
struct Importing {
    project: Project,
    /// None where it is one of SQLite.
    server: Option<Database>,
}

impl Importing {
    /// On both kinds, each with these tables and rules.
    fn both(on_sqlite: &str, on_postgres: &str, rules: &str) -> [Self; 2] {
        let file = Self { project: project!(), server: None };
        file.project.config(&format!("[sqlite]\nurl = \"sqlite:app.db\"\n{rules}"));
        file.project.file("migrations/sqlite/V1__create.sql", on_sqlite);
        let database = postgres::database(postgres::version());
        let server = Self { project: project!(), server: Some(database) };
        server.project.config(&format!("[postgres]\nurl = \"{}\"\n{rules}", server.server.as_ref().unwrap().url()));
        server.project.file("migrations/postgres/V1__create.sql", on_postgres);
        let both = [file, server];
        both.iter().for_each(|one| drop(one.run("up").ok().text()));
        both
    }

    fn file(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        self.project.file(path, text);
        self
    }

    fn run(&self, arguments: &str) -> Output {
        self.project.run(arguments.split_whitespace())
    }

    /// What a query answers.
    fn query(&self, sql: &str) -> String {
        match &self.server {
            Some(database) => database.psql(&format!("SET TimeZone TO 'UTC';\n{sql}")),
            None => sqlite::query(&sqlite::open(&self.project.path().join("app.db")), sql),
        }
    }

    fn execute(&self, sql: &str) {
        match &self.server {
            Some(database) => drop(database.psql(sql)),
            None => sqlite::open(&self.project.path().join("app.db")).execute_batch(sql).unwrap(),
        }
    }
}
