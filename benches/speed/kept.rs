//! What it costs to keep the rows that a migration changes: the same migration with and without, as a whole process.

use std::fs;
use std::path::Path;
use std::process::Command;

use schemactl_test_support::rusqlite::Connection;

use super::{Bench, compare, timed};

pub(super) const BENCHES: &[(&str, Bench)] = &[
    ("SQLite, rows kept, UPDATE of 1,000,000", |name| sqlite(name, 1_000_000, "all", UPDATE)),
    ("SQLite, rows kept, UPDATE of 10,000 of 1,000,000", |name| sqlite(name, 1_000_000, "all", UPDATE_SOME)),
    ("SQLite, rows kept, INSERT of 1,000,000", |name| sqlite(name, 1_000_000, "all", INSERT)),
    ("SQLite, rows kept, DELETE of 500,000 of 1,000,000", |name| sqlite(name, 1_000_000, "all", DELETE)),
    ("SQLite, rows kept, DROP COLUMN of 1,000,000", |name| sqlite(name, 1_000_000, "all", DROP_COLUMN)),
    ("SQLite, rows too many to be kept, UPDATE of 1,000,000", |name| sqlite(name, 1_000_000, "auto", UPDATE)),
    ("PostgreSQL, rows kept, UPDATE of 1,000,000", |name| postgres(name, 1_000_000, "all", UPDATE)),
    ("PostgreSQL, rows kept, UPDATE of 10,000 of 1,000,000", |name| postgres(name, 1_000_000, "all", UPDATE_SOME)),
    ("PostgreSQL, rows kept, DROP COLUMN of 1,000,000", |name| postgres(name, 1_000_000, "all", DROP_COLUMN)),
    ("PostgreSQL, rows too many to be kept, UPDATE of 1,000,000", |name| postgres(name, 1_000_000, "auto", UPDATE)),
];

const ROUNDS: usize = 3;

const TABLE: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, total INTEGER, note TEXT);\n";
const UPDATE: &str = "UPDATE orders SET total = total + 1;\n";
const UPDATE_SOME: &str = "UPDATE orders SET total = total + 1 WHERE id % 100 = 0;\n";
const INSERT: &str = "INSERT INTO orders SELECT id + 1000000, customer, total, note FROM orders;\n";
const DELETE: &str = "DELETE FROM orders WHERE id % 2 = 0;\n";
const DROP_COLUMN: &str = "ALTER TABLE orders DROP COLUMN note;\n";

const FLOOR: &str = "the same, undo = none";

fn sqlite(name: &str, rows: usize, kept: &str, text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (folder, database) = (folder.path(), folder.path().join("app.db"));
    write(folder, "sqlite", "[sqlite]\nurl = \"sqlite:app.db\"\n", text);
    schemactl(folder, &["up", "--to", "1"], "none");
    let connection = Connection::open(&database).unwrap();
    let fill = format!(
        "INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
         SELECT i, 'customer ' || i, i % 1000, 'a note of some length ' || i FROM n;"
    );
    connection.execute_batch(&fill).unwrap();
    drop(connection);
    let filled = folder.join("filled.db");
    fs::copy(&database, &filled).unwrap();
    let up = |kept: &str| {
        fs::copy(&filled, &database).unwrap();
        timed(|| schemactl(folder, &["up"], kept))
    };
    compare(name, ROUNDS, FLOOR, || up(kept), || up("none"));
}

fn postgres(name: &str, rows: usize, kept: &str, text: &str) {
    let server = super::server();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let up = |kept: &str| {
        let database = server.create_database();
        write(folder, "postgres", &format!("[postgres]\nurl = \"{}\"\n", database.url()), text);
        schemactl(folder, &["up", "--to", "1"], "none");
        database.psql(&format!(
            "INSERT INTO orders SELECT i, 'customer ' || i, i % 1000, 'a note of some length ' || i FROM generate_series(1, {rows}) AS i; \
             ANALYZE orders"
        ));
        timed(|| schemactl(folder, &["up"], kept))
    };
    compare(name, ROUNDS, FLOOR, || up(kept), || up("none"));
}

fn write(folder: &Path, backend: &str, config: &str, text: &str) {
    let migrations = folder.join("migrations").join(backend);
    fs::create_dir_all(&migrations).unwrap();
    fs::write(folder.join("schema.toml"), config).unwrap();
    fs::write(migrations.join("V1__orders.sql"), TABLE).unwrap();
    fs::write(migrations.join("V2__change.sql"), text).unwrap();
}

fn schemactl(folder: &Path, arguments: &[&str], kept: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_schemactl"));
    let output = command.args(arguments).env("SCHEMACTL_UNDO", kept).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
