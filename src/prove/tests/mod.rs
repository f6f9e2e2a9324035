//! Proofs on SQLite, judged by a witness that shares no code with what it judges.

mod cases;
mod random;
mod witness;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::{Bench, Given, Proof};
use crate::down::sqlite::SqliteScratch;
use crate::source::{Checksum, Migration, Migrations, Script};
use crate::version::Version;

/// SQLite's futures are ready when they are first polled.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}

pub(super) fn script(path: &str, text: &str) -> Script {
    Script { path: path.to_owned().into(), checksum: Checksum::of(text), text: text.to_owned().into() }
}

pub(super) fn migration(version: i64, up: &str, down: Option<&str>) -> Migration {
    Migration {
        version: Version::new(version).unwrap(),
        description: "change".into(),
        phase: None,
        up: script(&format!("V{version}__change.sql"), up),
        down: down.map(|down| script(&format!("V{version}__change.down.sql"), down)),
    }
}

pub(super) fn prove(list: Vec<Migration>, given: Given) -> Vec<Proof> {
    let migrations = Migrations { list: list.into() };
    let mut bench = Bench::new(SqliteScratch::open().unwrap(), SqliteScratch::open().unwrap());
    block_on(bench.prove(&migrations, given)).unwrap_or_else(|error| panic!("{error:#}"))
}
