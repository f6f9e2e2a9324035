//! One more migration on a database that has grown: the whole process, as a deploy runs it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use schemactl_test_support::postgres::Database;

use super::{Bench, compare, psql, timed};

pub(super) const BENCHES: &[(&str, Bench)] = &[
    ("PostgreSQL, up of 1 beside 10 tables, schema.lock, whole process", |name| one_more(name, 10, true)),
    ("PostgreSQL, up of 1 beside 100 tables, schema.lock, whole process", |name| one_more(name, 100, true)),
    ("PostgreSQL, up of 1 beside 1,000 tables, schema.lock, whole process", |name| one_more(name, 1_000, true)),
    ("PostgreSQL, up of 1 beside 10 tables, whole process", |name| one_more(name, 10, false)),
    ("PostgreSQL, up of 1 beside 100 tables, whole process", |name| one_more(name, 100, false)),
    ("PostgreSQL, up of 1 beside 1,000 tables, whole process", |name| one_more(name, 1_000, false)),
    ("PostgreSQL, up of 10 on a new database, whole process", from_scratch),
];

const ROUNDS: usize = 9;

fn one_more(name: &str, tables: usize, with_lock: bool) {
    let server = super::server();
    let (database, other) = (server.create_database(), server.create_database());
    let folder = tempfile::tempdir().unwrap();
    let mut first = String::new();
    for at in 0..tables {
        let _ = writeln!(
            first,
            "CREATE TABLE t{at} (id bigint PRIMARY KEY, a text NOT NULL DEFAULT 'x', b integer, c numeric(9, 2), d date);\n\
             CREATE INDEX ON t{at} (a, b DESC) WHERE b > 0;"
        );
    }
    write(folder.path(), 1, &first);
    for number in 2..=ROUNDS + 1 {
        write(folder.path(), number, &one(number));
    }
    fs::write(folder.path().join("schema.toml"), format!("[postgres]\nurl = \"{}\"\n", database.url())).unwrap();
    if with_lock {
        schemactl(folder.path(), &["generate"]);
    }
    schemactl(folder.path(), &["up", "--to", "1"]);
    let file = folder.path().join("first.sql");
    fs::write(&file, first).unwrap();
    psql_file(&other, &file);
    let (mut ours, mut theirs) = (1, 1);
    compare(
        name,
        ROUNDS,
        "psql -1 -f, the same file",
        || {
            ours += 1;
            timed(|| schemactl(folder.path(), &["up", "--to", &ours.to_string()]))
        },
        || {
            theirs += 1;
            psql_file(&other, &file_of(folder.path(), theirs))
        },
    );
}

fn from_scratch(name: &str) {
    const COUNT: usize = 10;
    let server = super::server();
    let folder = tempfile::tempdir().unwrap();
    (1..=COUNT).for_each(|number| write(folder.path(), number, &one(number)));
    let each = (1..=COUNT).flat_map(|number| {
        let file = file_of(folder.path(), number).display().to_string();
        ["-c".to_owned(), "BEGIN".to_owned(), "-f".to_owned(), file, "-c".to_owned(), "COMMIT".to_owned()]
    });
    let arguments: Vec<String> = each.collect();
    compare(
        name,
        ROUNDS,
        "psql, BEGIN and COMMIT around each file",
        || {
            let config = format!("[postgres]\nurl = \"{}\"\n", server.create_database().url());
            fs::write(folder.path().join("schema.toml"), config).unwrap();
            timed(|| schemactl(folder.path(), &["up"]))
        },
        || psql(&server.create_database().url(), &arguments),
    );
}

fn one(number: usize) -> String {
    format!("CREATE TABLE more{number} (id bigint PRIMARY KEY, name text NOT NULL);\n")
}

fn file_of(folder: &Path, number: usize) -> std::path::PathBuf {
    folder.join(format!("migrations/postgres/V{number:04}__step.sql"))
}

fn write(folder: &Path, number: usize, text: &str) {
    fs::create_dir_all(folder.join("migrations/postgres")).unwrap();
    fs::write(file_of(folder, number), text).unwrap();
}

fn psql_file(database: &Database, file: &Path) -> Duration {
    psql(&database.url(), &["-1".to_owned(), "-f".to_owned(), file.display().to_string()])
}

fn schemactl(folder: &Path, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_schemactl")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
