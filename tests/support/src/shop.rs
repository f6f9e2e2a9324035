//! A project with one database, `SQLite` or PostgreSQL, for tests that say the same of both.

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::cli::{Output, Project};
use crate::postgres::{self, Database};
use crate::sqlite;

/// A project and its database.
#[derive(Debug)]
pub struct Shop {
    /// The project; its configuration names the database.
    pub project: Project,
    backend: Backend,
}

#[derive(Debug)]
enum Backend {
    Sqlite,
    Postgres(Database),
}

impl Shop {
    /// A project whose database is the file `shop.db`, which is not there yet.
    pub fn sqlite(project: Project) -> Self {
        project.config("[sqlite]\nurl = \"sqlite:shop.db\"\n");
        Self { project, backend: Backend::Sqlite }
    }

    /// The same, and nothing is kept of the rows that an up changes: a down is guarded as without a record.
    pub fn unrecorded(project: Project) -> Self {
        project.config("[sqlite]\nurl = \"sqlite:shop.db\"\nundo = \"none\"\n");
        Self { project, backend: Backend::Sqlite }
    }

    /// The same with a new database on the shared server.
    pub fn unrecorded_postgres(project: Project) -> Self {
        let database = postgres::database(postgres::version());
        project.config(&format!("[postgres]\nurl = \"{}\"\nundo = \"none\"\n", database.url()));
        Self { project, backend: Backend::Postgres(database) }
    }

    /// A project with a new database on the shared server.
    pub fn postgres(project: Project) -> Self {
        Self::with(project, postgres::database(postgres::version()))
    }

    /// A project with this database.
    pub fn with(project: Project, database: Database) -> Self {
        project.config(&format!("[postgres]\nurl = \"{}\"\n", database.url()));
        Self { project, backend: Backend::Postgres(database) }
    }

    /// One of each kind, with these projects.
    pub fn both([sqlite, postgres]: [Project; 2]) -> [Self; 2] {
        [Self::sqlite(sqlite), Self::postgres(postgres)]
    }

    /// Whether the database is `SQLite`.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.backend, Backend::Sqlite)
    }

    /// The database, where it is one of PostgreSQL.
    pub fn server(&self) -> Option<&Database> {
        match &self.backend {
            Backend::Sqlite => None,
            Backend::Postgres(database) => Some(database),
        }
    }

    /// The database, which must be one of PostgreSQL.
    pub fn database(&self) -> &Database {
        self.server().expect("the database is one of PostgreSQL")
    }

    /// The file of the database, which must be `SQLite`.
    pub fn database_file(&self) -> PathBuf {
        self.project.path().join("shop.db")
    }

    /// The folder of migrations.
    pub fn folder(&self) -> &'static str {
        match self.backend {
            Backend::Sqlite => "migrations/sqlite",
            Backend::Postgres(_) => "migrations/postgres",
        }
    }

    /// Writes a file of the folder of migrations.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        self.project.file(&format!("{}/{name}", self.folder()), text);
        self
    }

    /// Removes a file, a link or a folder from the folder of migrations.
    pub fn remove(&self, name: &str) -> &Self {
        let path = self.project.path().join(self.folder()).join(name);
        let is_folder = path.symlink_metadata().is_ok_and(|data| data.is_dir());
        let removed = if is_folder { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        removed.unwrap_or_else(|error| panic!("cannot remove {}: {error}", path.display()));
        self
    }

    /// Runs the command: `shop.run("up --to 3")`.
    pub fn run(&self, arguments: &str) -> Output {
        self.project.run(arguments.split_whitespace())
    }

    /// Runs SQL, and returns its rows: a line each, columns separated by `|`.
    pub fn query(&self, sql: &str) -> String {
        match &self.backend {
            Backend::Sqlite => sqlite::query(&sqlite::open(&self.database_file()), sql),
            Backend::Postgres(database) => database.psql(sql),
        }
    }

    /// Runs SQL statements.
    pub fn execute(&self, sql: &str) {
        match &self.backend {
            Backend::Sqlite => sqlite::open(&self.database_file()).execute_batch(sql).expect("the statements run"),
            Backend::Postgres(database) => drop(database.psql(sql)),
        }
    }

    /// The versions that are recorded as applied: `1 2 3`.
    pub fn applied(&self) -> String {
        let sql = "SELECT version FROM schema_migrations WHERE state = 'applied' ORDER BY version";
        self.query(sql).replace('\n', " ")
    }

    /// What the database holds: tables, columns, indexes, and every row, those of the history and its log too. Equal for
    /// equal content.
    ///
    /// For PostgreSQL this is quicker than `pg_dump`, and needs none: it tells less of what is not a table.
    pub fn content(&self) -> String {
        match &self.backend {
            Backend::Sqlite if !self.database_file().exists() => "no file".to_owned(),
            Backend::Sqlite => sqlite::dump(&sqlite::open(&self.database_file())),
            Backend::Postgres(database) => content(database),
        }
    }
}

/// Leaves the rows of the log away, where also what failed has a line.
pub fn without_log(content: &str) -> String {
    let mut text = String::new();
    let mut in_log = false;
    for line in content.lines() {
        if let Some(table) = line.strip_prefix("-- ") {
            in_log = table.ends_with("schema_migrations_log");
        }
        if !in_log {
            text += line;
            text.push('\n');
        }
    }
    text
}

fn content(database: &Database) -> String {
    let mut text = database.psql(
        "SELECT c.oid::regclass, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
         FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
         WHERE c.relnamespace = 'public'::regnamespace ORDER BY c.relname, a.attnum",
    );
    let tables = database.psql(
        "SELECT c.oid::regclass FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname",
    );
    let rows = tables.lines().fold(String::new(), |mut sql, table| {
        let _ = writeln!(sql, "SELECT '-- {table}'; SELECT t FROM {table} t ORDER BY t::text;");
        sql
    });
    text += "\n";
    text += &database.psql(&rows);
    text
}
