//! What the capture costs those who write to SQLite: the same statements on the same rows, with it and without it, turn by turn.

use std::time::{Duration, Instant};

use schemactl_test_support::rusqlite::{Connection, params};
use schemactl_test_support::sqlite;

use crate::shared::{Sides, VALUES, median};

const ROUNDS: usize = 5;

/// Statements, each of one row, which is numbered.
const KINDS: [(&str, &str); 4] = [
    ("insert", "INSERT INTO r SELECT VALUES FROM (SELECT ?1 AS i)"),
    ("update of a row", "UPDATE r SET n = n + 1 WHERE id = ?1"),
    (
        "upsert of a row that is there",
        "INSERT INTO r SELECT VALUES FROM (SELECT ?1 AS i) WHERE true ON CONFLICT (id) DO UPDATE SET n = n + 1, data = excluded.data",
    ),
    ("delete", "DELETE FROM r WHERE id = ?1"),
];

pub(crate) fn bench(rows: u64) {
    let sides = Sides::new(rows);
    std::fs::copy(sides.file("app.db"), sides.file("bare.db")).unwrap();
    sides.project.run(["move", "follow", "--until-level", "--skip-plan"]).ok();
    let (captured, bare) = (open(&sides, "app.db"), open(&sides, "bare.db"));
    println!("| write | rows in a transaction | captured, a row | not captured, a row | ratio |");
    println!("|---|---|---|---|---|");
    for (in_one, count) in [(1, 5_000), (100, 20_000)] {
        for (name, sql) in KINDS {
            // Inserted, changed and taken away again are rows that are new, so that each round finds what the first one found.
            let sql = sql.replace("VALUES", VALUES);
            let (mut with, mut without) = (Vec::new(), Vec::new());
            for round in 0..ROUNDS {
                let first = i64::try_from(rows).unwrap() + 1 + i64::try_from(round * count).unwrap();
                without.push(written(&bare, &sql, first, (count, in_one)));
                with.push(written(&captured, &sql, first, (count, in_one)));
            }
            let (with, without) = (a_row(median(with), count), a_row(median(without), count));
            println!("| {name} | {in_one} | {with:.1} µs | {without:.1} µs | {:.2} |", with / without);
        }
    }
}

/// As an application has it open.
fn open(sides: &Sides, name: &str) -> Connection {
    let connection = sqlite::open(&sides.project.path().join(name));
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL").unwrap();
    connection
}

/// Runs a statement for so many rows from a first one on, and returns how long that took.
fn written(connection: &Connection, sql: &str, first: i64, (count, in_one): (usize, usize)) -> Duration {
    // What was written before is no cost of this.
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let begin = Instant::now();
    for number in 0..count {
        if number % in_one == 0 {
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        }
        let id = first + i64::try_from(number).unwrap();
        assert_eq!(statement.execute(params![id]).unwrap(), 1);
        if number % in_one == in_one - 1 {
            connection.execute_batch("COMMIT").unwrap();
        }
    }
    begin.elapsed()
}

#[expect(clippy::cast_precision_loss, reason = "a time for people")]
fn a_row(took: Duration, count: usize) -> f64 {
    took.as_secs_f64() * 1e6 / count as f64
}
