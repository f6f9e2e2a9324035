//! R17: every table holds rows as users might have them, whatever form its checks ask for.

use super::{block_on, migration};
use crate::down::ScratchReader as _;
use crate::down::sqlite::SqliteScratch;
use crate::prove::{ExistingDowns, Known, Outcome, Prover};
use crate::source::Migrations;

/// The tables of a migration with how many seeded rows each has, and what is noted.
fn seeded(up: &str) -> (Vec<(String, usize)>, Vec<String>) {
    let migrations = Migrations::of(vec![migration(1, up, None)]);
    let mut bench = Prover::new(SqliteScratch::open().unwrap(), SqliteScratch::open().unwrap());
    let proofs = block_on(bench.prove(&migrations, ExistingDowns::Prove, &Known::new()))
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert!(proofs.iter().all(|proof| !matches!(proof.outcome, Outcome::Failed(_))), "{proofs:?}");
    let (_, mut seeded) = bench.into_parts();
    let rows = block_on(seeded.rows()).unwrap();
    let counts = rows.counts().into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    (counts, proofs.into_iter().flat_map(|proof| [proof.notes, proof.untried].concat()).collect())
}

/// What the columns of a table are, behind `id INTEGER PRIMARY KEY`, `parents (id, kind)` with two rows.
const SHAPES: [&str; 39] = [
    "a TEXT NOT NULL CHECK (length(a) = 36 AND a = lower(a))",
    "a TEXT NOT NULL UNIQUE CHECK (length(a) IN (40, 64) AND a NOT GLOB '*[^0-9a-f]*')",
    "a TEXT NOT NULL CHECK (a GLOB '[A-Z][A-Z]-[0-9]*' AND length(a) > 8)",
    "a TEXT NOT NULL CHECK (a LIKE 'order-%' AND a NOT LIKE '%-')",
    "a TEXT NOT NULL CHECK (length(a) BETWEEN 3 AND 5 AND a = upper(a) AND a NOT GLOB '*[0-9]*')",
    "a TEXT NOT NULL CHECK (a <> '' AND trim(a) = a)",
    "a TEXT NOT NULL CHECK (instr(a, '@') > 1)",
    "a TEXT NOT NULL CHECK (substr(a, 1, 4) = 'urn:')",
    "a TEXT NOT NULL CHECK (a IN ('x', 'y')), b TEXT NOT NULL CHECK (b IN ('x', 'y')), CHECK (a <> b)",
    "a TEXT NOT NULL CHECK (json_valid(a) AND json_type(a) = 'array' AND json_array_length(a) > 0)",
    "a TEXT NOT NULL CHECK (json_type(a) = 'object'), b TEXT CHECK (json_valid(b))",
    "a TEXT NOT NULL CHECK (json_type(a) IN ('true', 'false'))",
    "a TEXT NOT NULL CHECK (json_extract(a, '$.kind') IN ('x', 'y') AND a ->> '$.count' > 5)",
    "a TEXT NOT NULL CHECK (json_type(a, '$.all') = 'array')",
    "a TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) CHECK (a IS strftime('%Y-%m-%dT%H:%M:%fZ', a))",
    "a TEXT NOT NULL CHECK (a IS strftime('%Y-%m', a || '-01'))",
    "a TEXT NOT NULL CHECK (date(a) IS NOT NULL AND a > '2030')",
    "a TEXT NOT NULL CHECK (a = date(a)), b TEXT NOT NULL CHECK (b = time(b)), c TEXT NOT NULL CHECK (c = datetime(c))",
    "a TEXT NOT NULL DEFAULT ('~' || hex(randomblob(3)) || '~~') CHECK (a GLOB '~*~~' AND length(a) = 9 AND substr(a, 5, 1) <> 'a')",
    "a REAL NOT NULL CHECK (a BETWEEN 0 AND 1), b REAL NOT NULL CHECK (b > -1 AND b < 0)",
    "a INTEGER NOT NULL CHECK (a BETWEEN 700 AND 705), b INTEGER NOT NULL CHECK (b > 10 AND b < 12)",
    "a INTEGER NOT NULL CHECK (a < -5), b NUMERIC NOT NULL CHECK (typeof(b) = 'real' AND b = round(b, 2))",
    "a INTEGER NOT NULL CHECK (a % 15 = 0 AND a <> 0), b INTEGER NOT NULL CHECK (b IN (0, 1))",
    "a BLOB NOT NULL CHECK (length(a) = 20 AND typeof(a) = 'blob')",
    "a NOT NULL CHECK (typeof(a) = 'integer')",
    "a BOOLEAN NOT NULL CHECK (a IN ('t', 'f'))",
    "started_at TEXT NOT NULL, finished_at TEXT NOT NULL, CHECK (finished_at > started_at)",
    "finished_at TEXT, started_at TEXT NOT NULL CHECK (started_at GLOB '????-??-??T*Z'), CHECK (finished_at >= started_at)",
    "low INTEGER NOT NULL, middle INTEGER NOT NULL, high INTEGER NOT NULL, CHECK (high > middle AND middle > low)",
    "a TEXT, b TEXT, CHECK ((a IS NULL) <> (b IS NULL))",
    "a TEXT, b TEXT, CHECK ((a IS NULL) = (b IS NULL))",
    "a TEXT, b TEXT, c INTEGER, CHECK ((a IS NOT NULL) + (b IS NOT NULL) + (c IS NOT NULL) = 1)",
    "state TEXT NOT NULL CHECK (state IN ('open', 'done')), done_at TEXT, by TEXT, \
     CHECK ((state = 'done') = (done_at IS NOT NULL)), CHECK ((done_at IS NULL) = (by IS NULL))",
    "price INTEGER NOT NULL CHECK (price > 0), pieces INTEGER NOT NULL CHECK (pieces > 0), total INTEGER NOT NULL, \
     CHECK (total = price * pieces)",
    "a INTEGER NOT NULL REFERENCES parents, b INTEGER NOT NULL REFERENCES parents (id), CHECK (a <> b)",
    "a INTEGER NOT NULL, b TEXT NOT NULL, FOREIGN KEY (b, a) REFERENCES parents (kind, id)",
    "self INTEGER NOT NULL REFERENCES t (id)",
    "self INTEGER REFERENCES t (id) CHECK (self <> id), other INTEGER REFERENCES gone (id)",
    "a TEXT NOT NULL, b TEXT AS (substr(a, 1, 1)) CHECK (b = 's')",
];

#[test]
fn r17_tables_have_rows_in_the_form_that_their_checks_ask_for() {
    let mut wrong = String::new();
    for shape in SHAPES {
        let up = format!(
            "CREATE TABLE parents (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, UNIQUE (kind, id));\n\
             CREATE TABLE t (id INTEGER PRIMARY KEY, {shape});"
        );
        let (tables, notes) = seeded(&up);
        let expected = ["parents", "t"].map(|name| (name.to_owned(), 2));
        if tables != expected || !notes.is_empty() {
            wrong.push_str(&format!("{shape}\n  {tables:?}, {notes:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn r17_children_have_rows_before_and_after_their_parents_in_the_file() {
    let (tables, notes) = seeded(
        "CREATE TABLE a (id TEXT PRIMARY KEY NOT NULL REFERENCES b (id), only INTEGER NOT NULL UNIQUE CHECK (only = 1));
         CREATE TABLE b (id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 7), first TEXT REFERENCES a (id));",
    );
    assert_eq!((tables, notes), (vec![("a".to_owned(), 1), ("b".to_owned(), 2)], Vec::new()));
}

#[test]
fn a_table_that_takes_no_row_is_named_with_the_rule_that_forbids_it() {
    for (up, note) in [
        (
            "CREATE TABLE t (a INTEGER NOT NULL, b TEXT NOT NULL CHECK (b = 'x'\n  AND b = 'y'))",
            "no row could be made for table t: CHECK constraint failed: b = 'x' AND b = 'y'",
        ),
        (
            "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, CONSTRAINT never CHECK (a > b AND a < b))",
            "no row could be made for table t: CHECK constraint failed: never",
        ),
        (
            "CREATE TABLE t (a); CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'closed'); END",
            "no row could be made for table t: closed",
        ),
        (
            "CREATE TABLE t (a); CREATE TRIGGER no BEFORE INSERT ON t BEGIN SELECT RAISE(IGNORE); END",
            "no row could be made for table t: it is ignored",
        ),
        (
            "CREATE TABLE t (a); CREATE TRIGGER no AFTER INSERT ON t BEGIN DELETE FROM t; END",
            "no row could be made for table t: none that is put into it stays there",
        ),
    ] {
        assert_eq!(seeded(up).1, [note]);
    }
    let child = "CREATE TABLE p (id INTEGER PRIMARY KEY CHECK (id < 0 AND id > 0)); CREATE TABLE c (p INTEGER NOT NULL REFERENCES p)";
    let notes = seeded(child).1;
    assert_eq!(notes.last().map(String::as_str), Some("no row could be made for table c: its parent p has no rows"));
}
