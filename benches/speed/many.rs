//! What many statements and many tables cost.

use schemactl::{ExistingDatabase, Options, sqlite};

use super::{Bench, Files, compare, postgres_up, psql, sqlite_file, timed};

const STATEMENTS: usize = 100_000;
const ONE_BY_ONE: usize = 20_000;

fn inserts(head: &str, count: usize) -> Files {
    let lines: Vec<String> = (0..count).map(|at| format!("INSERT INTO a VALUES ({at});\n")).collect();
    Files::new(
        2,
        |number| if number == 1 { "CREATE TABLE a (x);\n".to_owned() } else { format!("{head}{}", lines.concat()) },
    )
}

pub(super) const BENCHES: &[(&str, Bench)] = &[
    ("SQLite, apply 100,000 statements of a file", statements),
    ("SQLite, apply 20,000 statements one by one, with a journal", one_by_one),
    ("PostgreSQL, apply 1 beside 1,000 tables", catalog),
];

fn statements(name: &str) {
    sqlite_inserts(name, "", STATEMENTS);
}

fn one_by_one(name: &str) {
    sqlite_inserts(name, "-- schemactl: transaction = none\n", ONE_BY_ONE);
}

fn sqlite_inserts(name: &str, head: &str, count: usize) {
    let (files, folder) = (inserts(head, count), tempfile::tempdir().unwrap());
    compare(
        name,
        3,
        "the same statements by execute_batch, in one transaction",
        || {
            let mut connection = sqlite_file(folder.path());
            timed(|| assert_eq!(sqlite::up(&mut connection, &files.read()).unwrap().steps().len(), 2))
        },
        || {
            let connection = sqlite_file(folder.path());
            let text: String = files.paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
            timed(|| connection.execute_batch(&format!("BEGIN; {text} COMMIT")).unwrap())
        },
    );
}

/// A step reads the whole catalog, to tell later whether somebody else changed it.
fn catalog(name: &str) {
    const TABLES: &str = "DO $$ BEGIN FOR i IN 1..1000 LOOP
             EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, a text NOT NULL DEFAULT %L, b int, c numeric(9, 2), d date)', i, i);
             EXECUTE format('CREATE INDEX ON t%s (a, b DESC) WHERE b > 0', i);
             IF i % 100 = 0 THEN COMMIT; END IF;
         END LOOP; END $$";
    let server = super::server();
    let files = Files::new(1, |_| "CREATE TABLE one (id int);\n".to_owned());
    let database = || {
        let database = server.create_database();
        database.psql(TABLES);
        database
    };
    compare(
        name,
        3,
        "psql: CREATE TABLE",
        || postgres_up(&database().url(), &files, &Options::new().existing_database(ExistingDatabase::Allow), 1),
        || psql(&database().url(), &["-c".to_owned(), "CREATE TABLE one (id int)".to_owned()]),
    );
}
