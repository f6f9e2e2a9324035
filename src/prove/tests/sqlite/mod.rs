//! SQLite: the judge is `sqlite_schema`, with its pragmas.

mod cases;
mod random;
mod witness;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::migration;
use crate::down::sqlite::SqliteScratch;
use crate::prove::{Bench, Given, Known, Proof};
use crate::source::{Migration, Migrations};

/// SQLite's futures are ready when they are first polled.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

fn prove(list: Vec<Migration>, given: Given) -> Vec<Proof> {
    let migrations = Migrations { list: list.into() };
    let mut bench = Bench::new(SqliteScratch::open().unwrap(), SqliteScratch::open().unwrap());
    block_on(bench.prove(&migrations, given, &Known::new())).unwrap_or_else(|error| panic!("{error:#}"))
}
