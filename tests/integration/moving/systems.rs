//! The systems that ship as examples, moved: files as applications leave them, through the command, onto a server that stands in the phase in
//! which the system's plan copies.

mod agent_memory;
mod agent_platform;
mod background_agents;
mod coherence;
mod governance;
mod pages;
mod seeded;
mod to_the_end;
#[cfg(feature = "route")]
mod under_load;
mod values;

use std::path::{Path, PathBuf};

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::sqlite;

use crate::systems::system;

/// A system on both sides, with the project's own schema.toml.
struct Moved {
    project: Project,
    database: Database,
    name: &'static str,
    /// Where its tables are on PostgreSQL.
    search_path: &'static str,
}

impl Moved {
    /// SQLite is up, and PostgreSQL as far as this phase. The file has what `fill` writes.
    fn new(name: &'static str, search_path: &'static str, phase: &str, fill: fn(&Connection)) -> Self {
        let database = postgres::database(postgres::version());
        let project = filled(name, fill);
        project.env("DATABASE_URL", database.url());
        let moved = Self { project, database, name, search_path };
        moved.run(&format!("up --backend postgres --phase {phase}")).ok();
        moved
    }

    /// Runs the command for this system.
    fn run(&self, arguments: &str) -> Output {
        self.project.run(arguments.split_whitespace().chain(["-d", self.name]))
    }

    fn path(&self) -> PathBuf {
        file_of(&self.project, self.name)
    }

    fn file(&self) -> Connection {
        sqlite::open(&self.path())
    }

    /// What psql prints.
    fn target(&self, sql: &str) -> String {
        self.database.psql(&format!("SET search_path TO {}; SET TimeZone TO 'UTC';\n{sql}", self.search_path))
    }

    /// Asserts that a query answers the same on both sides: rusqlite's answer and psql's.
    #[track_caller]
    fn answers_the_same(&self, query: &str) {
        self.answer_the_same(query, query);
    }

    /// Asserts that two queries, the second one on PostgreSQL, answer the same.
    #[track_caller]
    fn answer_the_same(&self, on_sqlite: &str, on_postgres: &str) {
        let ours = sqlite::query(&self.clean(), on_sqlite);
        assert!(!ours.is_empty() && ours != "0", "nothing to compare: {on_sqlite}");
        assert_eq!(ours, self.target(on_postgres), "{on_postgres}");
    }

    /// Asserts that a query's doubles are the same to the last bit: as SQLite has them, and by the shortest text, which the server prints.
    #[track_caller]
    fn doubles_are_the_same(&self, query: &str) {
        let clean = self.clean();
        let mut statement = clean.prepare(query).unwrap();
        let ours = statement.query_map([], |row| row.get::<_, f64>(0)).unwrap().map(|value| value.unwrap().to_bits());
        let theirs = self.target(query);
        let theirs = theirs.lines().map(|line| line.parse::<f64>().unwrap().to_bits());
        assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>(), "{query}");
    }

    /// The file before it was made loose and dirty; else the file.
    fn clean(&self) -> Connection {
        let kept = self.path().with_extension("clean");
        if kept.exists() { sqlite::open(&kept) } else { self.file() }
    }

    /// Makes the file one of an application that had no checks, keys or types, and does to its rows what `dirt` says.
    fn loosen(&self, dirt: &str) {
        loosen(&self.path(), dirt);
    }

    /// Takes the system's rules out of schema.toml, and returns the file as it was.
    fn without_rules(&self) -> String {
        let config = self.project.read("schema.toml");
        let section = format!("[database.{}.map.convert]", self.name);
        let (before, after) = config.split_once(&section).expect("each system has rules");
        let rest = after.find("\n[").map_or("", |at| &after[at..]);
        self.project.config(&format!("{before}{rest}"));
        config
    }

    /// Adds lines to the system's rules.
    fn add_rules(&self, lines: &str) {
        let section = format!("[database.{}.map.convert]\n", self.name);
        let config = self.project.read("schema.toml");
        assert!(config.contains(&section));
        self.project.config(&config.replace(&section, &format!("{section}{lines}")));
    }

    /// Of what the shipped twin takes, a plan refuses nothing, although no rule is there.
    fn needs_no_rule(&self) {
        let config = self.without_rules();
        self.run("move plan").ok();
        self.project.config(&config);
    }

    /// Copy, which makes the plan first, and verify: nothing is refused, nothing is set aside, and all is equal.
    fn moves(&self) {
        self.run("move copy").ok().stdout_has("complete: rows read = rows written + rows set aside");
        self.run("move verify").ok();
    }

    /// The rest of the migrations, after which nothing differs from them, and the rows are still equal.
    fn completes(&self) {
        self.run("up --backend postgres").ok();
        self.run("diff --backend postgres").ok().stdout_has("no drift");
        self.run("move verify").ok();
    }

    /// What a plan finds, for each column: its kinds, such as `agents.created_at no_zone`, and constraints by their names.
    fn findings(&self) -> Vec<String> {
        let output = self.run("move plan --json");
        output.code(3);
        let document = super::document(&output);
        assert_sums(&document);
        let mut found = Vec::new();
        for table in document["tables"].as_array().unwrap() {
            for column in table["columns"].as_array().unwrap() {
                let (table, name) = (table["name"].as_str().unwrap(), column["name"].as_str().unwrap());
                let kinds =
                    column["findings"].as_array().unwrap().iter().map(|finding| finding["kind"].as_str().unwrap());
                found.extend(kinds.map(|kind| format!("{table}.{name} {kind}")));
            }
        }
        found.extend(
            document["constraints"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()),
        );
        found.sort();
        found
    }
}

/// A project with a system's own schema.toml and files, and its SQLite database, which has what `fill` writes.
fn filled(name: &str, fill: fn(&Connection)) -> Project {
    let project = system::project(name);
    project.run(["up", "-d", name, "--backend", "sqlite"]).ok();
    let connection = sqlite::open(&file_of(&project, name));
    connection.execute_batch("PRAGMA journal_mode = WAL; BEGIN").unwrap();
    fill(&connection);
    connection.execute_batch("COMMIT").unwrap();
    project
}

/// Where a system's SQLite database is.
fn file_of(project: &Project, name: &str) -> PathBuf {
    project.path().join(format!("data/{name}.db"))
}

/// Makes a file one of an application that had no checks, keys or types: the same columns and rows, then what `dirt` does to them. No migration
/// has made it.
fn loosen(path: &Path, dirt: &str) {
    let kept = path.with_extension("clean");
    sqlite::open(path).execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    std::fs::rename(path, &kept).unwrap();
    let loose = sqlite::open(path);
    loose.execute_batch(&format!("ATTACH '{}' AS strict", kept.display())).unwrap();
    let tables = "SELECT name FROM pragma_table_list WHERE schema = 'strict' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                  AND name NOT LIKE 'schema\\_migrations%' ESCAPE '\\' ORDER BY name";
    for table in sqlite::query(&loose, tables).lines() {
        loose.execute_batch(&format!("CREATE TABLE \"{table}\" AS SELECT * FROM strict.\"{table}\"")).unwrap();
    }
    loose.execute_batch(&format!("DETACH strict; PRAGMA journal_mode = WAL; BEGIN;\n{dirt}\n;COMMIT")).unwrap();
}

/// Every value of every column is counted once.
fn assert_sums(document: &serde_json::Value) {
    for table in document["tables"].as_array().unwrap() {
        for column in table["columns"].as_array().unwrap() {
            let counts = ["same", "exact", "by_rule", "refused"].map(|key| column[key].as_u64().unwrap());
            assert_eq!(counts.iter().sum::<u64>(), table["rows"].as_u64().unwrap(), "{column}");
        }
    }
}
