//! One system that ships with the project, on one backend.

use std::path::{Path, PathBuf};

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database, Session};
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::{project, sqlite};

/// A system with its own schema.toml and files, in a project of the test's.
pub(super) struct System {
    pub(super) project: Project,
    name: &'static str,
    schema: &'static str,
    server: Option<Database>,
}

impl System {
    /// The system on SQLite, nothing applied.
    pub(super) fn sqlite(name: &'static str) -> Self {
        Self { project: project(name), name, schema: "", server: None }
    }

    /// The system on PostgreSQL, nothing applied; its tables are in this schema.
    pub(super) fn postgres(name: &'static str, schema: &'static str) -> Self {
        Self::on(postgres::database(postgres::version()), name, schema)
    }

    /// The system in this database, nothing applied.
    pub(super) fn on(server: Database, name: &'static str, schema: &'static str) -> Self {
        let project = project(name);
        project.env("DATABASE_URL", server.url());
        Self { project, name, schema, server: Some(server) }
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.server.is_none()
    }

    /// Applies all.
    pub(super) fn up(self) -> Self {
        self.run("up").ok();
        self
    }

    /// Runs the command for this system.
    pub(super) fn run(&self, arguments: &str) -> Output {
        let backend = if self.is_sqlite() { "sqlite" } else { "postgres" };
        self.project.run(arguments.split_whitespace().chain(["-d", self.name, "--backend", backend]))
    }

    /// The database, on PostgreSQL.
    pub(super) fn server(&self) -> &Database {
        self.server.as_ref().expect("the system is on PostgreSQL")
    }

    /// The file of the database, on SQLite.
    pub(super) fn file(&self) -> PathBuf {
        self.project.path().join(format!("data/{}.db", self.name))
    }

    /// A connection as an application of the plan has it, on SQLite.
    pub(super) fn connect(&self) -> Connection {
        let connection = sqlite::open(&self.file());
        connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        connection
    }

    /// A connection that stays open, on PostgreSQL.
    pub(super) fn session(&self) -> Session {
        self.server().session()
    }

    /// Runs statements; the rows of the last one on SQLite, of all on PostgreSQL: lines, columns separated by `|`.
    pub(super) fn query(&self, sql: &str) -> String {
        self.attempt(sql).unwrap_or_else(|error| panic!("{error}\nin: {sql}"))
    }

    /// What a statement is refused with.
    #[track_caller]
    pub(super) fn refused(&self, sql: &str) -> String {
        match self.attempt(sql) {
            Ok(_) => panic!("not refused: {sql}"),
            Err(error) => error,
        }
    }

    /// Runs statements as [`query`](Self::query) does; the error where one is refused.
    pub(super) fn attempt(&self, sql: &str) -> Result<String, String> {
        if let Some(server) = &self.server {
            return server.try_psql(&format!("SET search_path TO {};\n{sql}", self.schema));
        }
        let connection = self.connect();
        let (before, last) = sql.trim_end_matches(';').rsplit_once(';').unwrap_or(("", sql));
        connection.execute_batch(before).map_err(|error| error.to_string())?;
        sqlite::try_query(&connection, last).map_err(|error| error.to_string())
    }

    /// How a query is run.
    pub(super) fn explain(&self, query: &str) -> String {
        let explain = if self.is_sqlite() { "EXPLAIN QUERY PLAN" } else { "EXPLAIN (COSTS OFF)" };
        self.query(&format!("{explain} {query}"))
    }

    /// Asserts that a query is found by this index.
    #[track_caller]
    pub(super) fn uses(&self, index: &str, query: &str) {
        let plan = self.explain(query);
        let is_used = plan.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == index);
        assert!(is_used, "expected {index}\nin: {query}\n{plan}");
    }

    /// Each foreign key: table, column, the table and the column that it names; in order.
    pub(super) fn foreign_keys(&self) -> Vec<[String; 4]> {
        let sql = if self.is_sqlite() {
            "SELECT t.name, k.\"from\", k.\"table\", k.\"to\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) k \
             WHERE t.type = 'table' ORDER BY 1, 2"
                .to_owned()
        } else {
            format!(
                "SELECT t.relname, a.attname, p.relname, b.attname FROM pg_constraint c \
                   JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class p ON p.oid = c.confrelid \
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1] \
                   JOIN pg_attribute b ON b.attrelid = p.oid AND b.attnum = c.confkey[1] \
                 WHERE c.contype = 'f' AND c.connamespace = '{}'::regnamespace ORDER BY 1, 2",
                self.schema
            )
        };
        let row = |line: &str| {
            let words: Vec<_> = line.split('|').map(str::to_owned).collect();
            words.try_into().expect("four columns were asked for")
        };
        self.query(&sql).lines().map(row).collect()
    }

    /// What becomes of the rows that name a row which is deleted: how many go, and how many name nothing then.
    pub(super) fn on_delete(&self, [table, column, parent, key]: &[String; 4], value: &str) -> (i64, i64) {
        let state =
            format!("SELECT count(*), count({column}), count(CASE {column} WHEN {value} THEN 1 END) FROM {table}");
        let delete = format!("DELETE FROM {parent} WHERE {key} = {value}");
        let counts = if self.is_sqlite() {
            let connection = self.connect();
            let before = sqlite::query(&connection, &state);
            connection.execute_batch(&format!("BEGIN; {delete}")).unwrap();
            format!("{before}\n{}", sqlite::query(&connection, &state))
        } else {
            self.query(&format!("BEGIN; {state}; {delete}; {state}; ROLLBACK;"))
        };
        let counts: Vec<i64> = counts.split(['|', '\n']).map(|count| count.parse().unwrap()).collect();
        let [rows, named, found, rows_after, named_after, found_after] = counts[..] else { panic!("{counts:?}") };
        assert!(found > 0, "no row of {table} names {value}");
        assert_eq!(found_after, 0, "{table}.{column} names what is gone");
        (rows - rows_after, (rows_after - named_after) - (rows - named))
    }
}

/// The project's schema.toml, schema.lock and files of one system.
pub(crate) fn project(name: &str) -> Project {
    let project = project!();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["schema.toml", "schema.lock"] {
        project.file(file, std::fs::read(root.join(file)).unwrap());
    }
    for backend in ["sqlite", "postgres"] {
        copy(&project, root, &format!("migrations/{backend}/{name}"));
    }
    std::fs::create_dir(project.path().join("data")).unwrap();
    project
}

fn copy(project: &Project, root: &Path, folder: &str) {
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            copy(project, root, &name);
        } else {
            project.file(&name, std::fs::read(entry.path()).unwrap());
        }
    }
}
