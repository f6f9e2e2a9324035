//! SQLite: the judge is `sqlite_schema`, with its pragmas.

mod cases;
mod random;
mod seeds;
mod users;
mod witness;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::migration;
use crate::down::sqlite::SqliteScratch;
use crate::prove::{ExistingDowns, Known, Proof, Prover};
use crate::source::{Migration, Migrations};

/// SQLite's futures are ready when they are first polled.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn prove(list: Vec<Migration>, given: ExistingDowns) -> Vec<Proof> {
    let migrations = Migrations::of(list);
    let mut bench = Prover::new(SqliteScratch::open().unwrap(), SqliteScratch::open().unwrap());
    block_on(bench.prove(&migrations, given, &Known::new())).unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn what_comes_after_a_failing_up_is_counted() {
    let ups = ["CREATE TABLE a (x)", "INSERT INTO nothing VALUES (1)", "CREATE TABLE b (x)", "CREATE TABLE c (x)"];
    let list = (1..).zip(ups).map(|(version, up)| migration(version, up, None)).collect();
    let proofs = prove(list, ExistingDowns::Prove);
    assert_eq!(proofs.len(), 2);
    assert!(matches!(proofs[1].outcome, crate::prove::Outcome::Failed(_)));
}

#[test]
fn a_given_down_that_puts_users_values_back_is_lossless_only_where_a_row_shows_it() {
    let table = "CREATE TABLE items (id INTEGER PRIMARY KEY, rank INTEGER NOT NULL)";
    let verdict = |up: &str, down: &str| {
        let list = vec![migration(1, table, Some("DROP TABLE items")), migration(2, up, Some(down))];
        prove(list, ExistingDowns::Prove).pop().unwrap().verdict.unwrap().word()
    };
    // What users wrote since the up is changed all the same.
    assert_eq!(verdict("UPDATE items SET rank = rank + 1", "UPDATE items SET rank = rank - 1"), "lossy");
    assert_eq!(
        verdict("UPDATE items SET rank = 2 WHERE rank = 1", "UPDATE items SET rank = 1 WHERE rank = 2"),
        "lossy"
    );
    assert_eq!(verdict("DELETE FROM items WHERE rank = 1", "SELECT 1"), "lossy");
}
