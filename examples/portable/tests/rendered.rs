//! The files that are committed are what the code renders, they run on both databases, and the program says what it did.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use schemactl::Migrations;
use schemactl_test_support::postgres;

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = ["sqlite", "postgres"]
        .iter()
        .flat_map(|backend| fs::read_dir(folder.join(backend)).expect("it was rendered"))
        .map(|entry| entry.expect("it can be listed").path().strip_prefix(folder).expect("it lies in it").to_owned())
        .filter(|path| !path.to_string_lossy().ends_with(".down.sql"))
        .collect();
    names.sort();
    names
}

fn render(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_render"));
    command.arg(folder).env_remove("SCHEMACTL_SCRATCH_URL").env_remove("OUT_DIR").env_remove("TARGET");
    command.envs(variables.iter().copied()).output().expect("it runs")
}

#[test]
fn what_is_committed_is_what_the_code_renders() {
    let url = postgres::database(postgres::version()).url();
    let rendered = portable::migrations(COMMITTED).postgres(&url).try_write().unwrap();
    assert_eq!((rendered.written(), rendered.not_tried()), (&[] as &[PathBuf], &[] as &[String]));

    let folder = tempfile::tempdir().unwrap();
    portable::migrations(folder.path()).postgres(&url).try_write().unwrap();
    assert_eq!(names(folder.path()), names(Path::new(COMMITTED)));
    for name in names(folder.path()) {
        let text = |folder: &Path| fs::read_to_string(folder.join(&name)).unwrap();
        assert_eq!(text(folder.path()), text(Path::new(COMMITTED)), "{}", name.display());
    }
}

#[tokio::test]
async fn both_can_be_taken_back_and_keep_the_same_rules() {
    let database = postgres::database(postgres::version());
    let (url, committed) = (database.url(), Path::new(COMMITTED));
    let for_postgres = Migrations::read(committed.join("postgres")).unwrap();
    schemactl::postgres::assert_proven(&url, &for_postgres).await;
    let for_sqlite = Migrations::read(committed.join("sqlite")).unwrap();
    schemactl::sqlite::assert_proven(&for_sqlite);

    // The same rows are taken by both, and the same ones refused.
    let connection = schemactl_test_support::rusqlite::Connection::open_in_memory().unwrap();
    for migration in &for_sqlite {
        connection.execute_batch(migration.up().text()).unwrap();
    }
    for migration in &for_postgres {
        database.psql(migration.up().text());
    }
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let rows = "INSERT INTO customers (email) VALUES ('a'); INSERT INTO orders (customer, number) VALUES (1, 7); \
                INSERT INTO order_lines VALUES (1, 1, 2.5)";
    connection.execute_batch(rows).unwrap();
    database.psql(rows);
    for wrong in [
        "INSERT INTO customers (email) VALUES ('a')",
        "INSERT INTO orders (customer, number) VALUES (2, 8)",
        "INSERT INTO orders (customer, number) VALUES (1, 7)",
        "INSERT INTO order_lines VALUES (9, 1, 2.5)",
        "INSERT INTO order_lines VALUES (1, 1, 2.5)",
        "INSERT INTO orders (customer) VALUES (1)",
    ] {
        assert!(connection.execute_batch(wrong).is_err(), "{wrong}");
        let block =
            format!("DO $$ BEGIN {wrong}; RAISE 'taken'; EXCEPTION WHEN integrity_constraint_violation THEN END $$");
        database.psql(&block);
    }
    let all = "SELECT name || ' ' || number || ' ' || coalesce(note, '-') FROM customers JOIN orders ON customer = customers.id";
    assert_eq!(connection.query_row(all, [], |row| row.get::<_, String>(0)).unwrap(), "nobody 7 -");
    assert_eq!(database.psql(all).trim(), "nobody 7 -");
}

#[test]
fn the_program_says_what_it_did_and_what_was_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let first = render(folder.path(), &[]);
    let said = String::from_utf8(first.stdout).unwrap();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(said.lines().filter(|line| line.starts_with("created ")).count(), 6, "{said}");
    assert!(said.lines().any(|line| line.starts_with("not tried on PostgreSQL")), "{said}");

    // As cargo runs a build script.
    let url = postgres::database(postgres::version()).url();
    let script = render(folder.path(), &[("OUT_DIR", "out"), ("TARGET", "any"), ("SCHEMACTL_SCRATCH_URL", &url)]);
    let said = String::from_utf8(script.stdout).unwrap();
    assert!(said.lines().all(|line| line.starts_with("cargo::rerun-if-")), "{said}");
    let script = render(folder.path(), &[("OUT_DIR", "out"), ("TARGET", "any")]);
    let said = String::from_utf8(script.stdout).unwrap();
    assert!(said.contains("\ncargo::warning=not tried on PostgreSQL"), "{said}");

    let path = folder.path().join("sqlite/V0003__add_note.sql");
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("TEXT", "BLOB")).unwrap();
    let differs = render(folder.path(), &[]);
    let error = String::from_utf8(differs.stderr).unwrap();
    assert_eq!(differs.status.code(), Some(1), "{error}");
    assert!(error.starts_with("error[E0321]: migration 3 add_note renders differently from its file"), "{error}");
    assert!(error.contains("- ALTER TABLE \"orders\" ADD COLUMN \"note\" BLOB;"), "{error}");
}
