//! How fast changes are applied, beside psql which takes the same rows away and writes them again.

use std::time::{Duration, Instant};

use schemactl_test_support::postgres::Database;
use schemactl_test_support::sqlite;

use crate::shared::{BARE, KEYS, OWNERS, Sides, VALUES, median, psql};

const ROUNDS: usize = 3;

pub(crate) fn bench(rows: u64) {
    let count = rows.min(100_000);
    let sides = Sides::new(rows);
    let hand = sides.cluster.create_database();
    sides.project.run(["move", "follow", "--until-level", "--skip-plan"]).ok();
    let all = sides.file("all.bin");
    psql(&sides.database, &[format!("\\copy r TO '{all}' (FORMAT binary)")]);
    psql(
        &hand,
        &[OWNERS.to_owned(), format!("CREATE TABLE r {BARE}"), format!("\\copy r FROM '{all}' (FORMAT binary)")],
    );
    // The foreign key is off on both sides.
    psql(&hand, &KEYS.map(ToOwned::to_owned)[..3]);
    let of_process = level(&sides);
    println!("whole processes; one that finds nothing to apply takes {:.0} ms\n", of_process.as_secs_f64() * 1e3);
    println!("| {count} rows | schemactl | rows/s | floor | ratio | floor is |");
    println!("|---|---|---|---|---|---|");
    let new = format!(
        "WITH RECURSIVE n(i) AS (SELECT {rows} + 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows} + {count}) INSERT INTO r SELECT {VALUES} FROM n"
    );
    let update = format!("UPDATE r SET n = n + 1 WHERE id <= {count}");
    let changes: [(&str, &str, &str, String); 3] = [
        (
            "updated",
            &update,
            "psql: DELETE of the same rows, COPY of a binary file, in one transaction",
            format!("id <= {count}"),
        ),
        ("inserted", &new, "psql: COPY of a binary file", format!("id > {rows}")),
        (
            "deleted",
            &format!("DELETE FROM r WHERE id > {rows}"),
            "psql: DELETE of the same rows",
            format!("id > {rows}"),
        ),
    ];
    let (mut own, mut least) = (vec![Vec::new(); changes.len()], vec![Vec::new(); changes.len()]);
    for _ in 0..ROUNDS {
        for (number, (kind, sql, _, condition)) in changes.iter().enumerate() {
            sqlite::open(&sides.project.path().join("app.db")).execute_batch(sql).unwrap();
            own[number].push(level(&sides));
            least[number].push(by_hand(&sides, &hand, kind, condition));
        }
    }
    for ((kind, _, floor_is, _), (own, least)) in changes.iter().zip(own.into_iter().zip(least)) {
        let (own, least) = (median(own), median(least));
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = count as f64 / own.as_secs_f64();
        let (own, least) = (own.as_secs_f64(), least.as_secs_f64());
        println!("| {kind} | {own:.2} s | {rate:.0} | {least:.2} s | {:.2} | {floor_is} |", own / least);
    }
}

/// Applies what is there.
fn level(sides: &Sides) -> Duration {
    let begin = Instant::now();
    sides.project.run(["move", "follow", "--until-level"]).ok();
    begin.elapsed()
}

/// Does the same to the copy of the table, by psql.
fn by_hand(sides: &Sides, hand: &Database, kind: &str, condition: &str) -> Duration {
    let file = sides.file("some.bin");
    let delete = format!("DELETE FROM r WHERE {condition}");
    let copy = format!("\\copy r FROM '{file}' (FORMAT binary)");
    if kind != "deleted" {
        psql(&sides.database, &[format!("\\copy (SELECT * FROM r WHERE {condition}) TO '{file}' (FORMAT binary)")]);
    }
    match kind {
        "updated" => psql(hand, &["BEGIN".to_owned(), delete, copy, "COMMIT".to_owned()]),
        "inserted" => psql(hand, &[copy]),
        _ => psql(hand, &[delete]),
    }
}
