use std::collections::{BTreeSet, VecDeque};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::super::job::prepare;
use super::*;
use crate::catalog::{Catalog, CatalogMoment, SeenCatalog, Skimmed};
use crate::database::kept::{ColumnPath, KeptParts, ShownRows};
use crate::database::undo::Conflict;
use crate::database::{
    Counted, Detail, Entered, Held, HistoryTables, Holder, Journaling, KeptRecords, Prelude, Reader, Rehearsal,
    Takeover, Tried, Writer, lock,
};
use crate::error::{Code, Result};
use crate::history::{Found, KeptRows, LedgerRow, LocatedTable, Stored, UndoPart, Whereabouts};
use crate::plan::{self, Obstacle, Sought, Target};
use crate::source::{Head, Migrations, Requirement};
use crate::sql::{Dialect, Risk};
use crate::version::Version;

/// A database in which the one statement outside a transaction fails, though it may have had its effect.
#[derive(Default)]
struct Failing {
    /// What is found, look by look.
    found: VecDeque<Settled>,
    /// What the journal said last.
    in_doubt: Option<bool>,
    /// Whether the history's tables cannot be made once the lock is held.
    is_refused: bool,
    /// What became of the guards.
    ends: Vec<&'static str>,
}

impl Reader for Failing {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn label(&self) -> String {
        String::new()
    }

    fn table(&self) -> String {
        String::new()
    }

    async fn history(&mut self, _: Detail) -> Result<Found> {
        Ok(Found::Absent)
    }

    async fn history_unless(&mut self, _: Head<'_>) -> Result<Option<Found>> {
        unreachable!("nothing asks for it")
    }

    async fn stored(&mut self, _: &[Version]) -> Result<Vec<Stored>> {
        Ok(Vec::new())
    }

    async fn order(&mut self) -> Result<Vec<Version>> {
        unreachable!("nothing asks for it")
    }

    async fn whereabouts(&mut self) -> Result<Whereabouts> {
        unreachable!("nothing asks for it")
    }

    async fn obstacle(&mut self, _: &Sought) -> Result<Option<Obstacle>> {
        unreachable!("nothing asks for it")
    }

    async fn available(&mut self, _: &Requirement) -> Result<bool> {
        Ok(true)
    }

    async fn locate(&mut self, _: &str) -> Result<Option<LocatedTable>> {
        unreachable!("nothing asks for it")
    }

    async fn ledger(&mut self, _: &str) -> Result<Vec<LedgerRow>> {
        unreachable!("nothing asks for it")
    }

    async fn seen(&mut self) -> Result<SeenCatalog> {
        unreachable!("nothing asks for it")
    }

    async fn skim(&mut self, _: Option<&CatalogMoment>) -> Result<Option<Skimmed>> {
        unreachable!("nothing asks for it")
    }

    async fn count(&mut self, _: &[&Risk]) -> Result<Vec<Vec<Counted>>> {
        unreachable!("nothing asks for it")
    }

    async fn holder(&mut self) -> Option<Holder> {
        None
    }

    async fn pause(&mut self, _: Duration) {}
}

impl KeptRecords for Failing {
    async fn has_expired(&mut self) -> Result<bool> {
        unreachable!("no journal looks at what is kept")
    }

    async fn kept(&mut self) -> Result<Vec<KeptRows>> {
        unreachable!("nothing asks for it")
    }

    async fn kept_parts(&mut self, _: Version, _: &ShownRows<'_>) -> Result<KeptParts> {
        unreachable!("nothing asks for it")
    }

    async fn in_the_way(&mut self, _: Version, _: &[UndoPart], _: &BTreeSet<String>) -> Result<Option<Vec<Conflict>>> {
        unreachable!("nothing asks for it")
    }

    async fn columns(&mut self) -> Result<Vec<ColumnPath>> {
        unreachable!("nothing asks for it")
    }
}

impl Writer for Failing {
    type Reading = Self;

    fn reading(&mut self) -> &mut Self {
        self
    }

    fn prelude(&self, _: &[Job<'_>]) -> Prelude {
        unreachable!("nothing does it")
    }

    async fn rehearse(&mut self, _: &[Job<'_>], _: &mut Tried) -> Result<Rehearsal, Failure> {
        unreachable!("nothing does it")
    }

    async fn acquire(&mut self, _: &HistoryTables, _: Detail) -> Result<Found> {
        if self.is_refused { Err(crate::error::Error::new(Code::HistoryTable, "no")) } else { Ok(Found::Absent) }
    }

    async fn release(&mut self, _: &[Write<'_>]) -> Result<(), Failure> {
        self.ends.push("released");
        Ok(())
    }

    fn abandon(&mut self) {
        self.ends.push("abandoned");
    }

    async fn assert_unhidden(&mut self, _: &Held, _: &[Job<'_>]) -> Result<()> {
        unreachable!("nothing does it")
    }

    async fn transact(&mut self, _: &Held, _: &[Job<'_>], _: Duration) -> Result<(), Failure> {
        unreachable!("nothing does it")
    }

    async fn write(&mut self, _: &Held, writes: &[Write<'_>]) -> Result<(), Failure> {
        if let Some(HistoryChange::Journal { in_doubt, .. }) = writes.first().map(|write| &write.change) {
            self.in_doubt = Some(*in_doubt);
        }
        Ok(())
    }

    async fn take_over(&mut self, _: &Held, _: &Takeover<'_>) -> Result<(), Failure> {
        unreachable!("nothing does it")
    }

    async fn unsound(&mut self, _: &Held, _: &[Job<'_>]) -> Result<Vec<String>> {
        unreachable!("nothing does it")
    }
}

impl Journaling for Failing {
    async fn enter(&mut self, _: &Held, _: &Job<'_>) -> Result<(), Failure> {
        Ok(())
    }

    async fn leave(&mut self) -> Result<(), Failure> {
        self.ends.push("left");
        Ok(())
    }

    fn abandon_step(&mut self) {
        self.ends.push("step abandoned");
    }

    async fn journal(
        &mut self,
        _: &Entered,
        _: &Job<'_>,
        _: &Statement<'_>,
        _: &Write<'_>,
        _: Duration,
    ) -> Result<(), Failure> {
        Ok(())
    }

    async fn outside(&mut self, _: &Entered, _: &Job<'_>, _: &Statement<'_>) -> Result<(), Failure> {
        Err(Failure::new(Code::StatementFailed, "no"))
    }

    fn carry(&mut self, _: &Entered, _: &Statement<'_>) {}

    async fn settle(&mut self, _: &Entered, _: &Statement<'_>, _: Look) -> Result<Settled> {
        Ok(self.found.pop_front().expect("so many looks are prepared"))
    }

    async fn look(&mut self, _: &Entered, _: &BTreeSet<String>) -> Result<Catalog, Failure> {
        Ok(Catalog::default())
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("nothing waits here"),
    }
}

fn in_doubt_after(found: [Settled; 2]) -> Option<bool> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("V1__index.sql"), "CREATE INDEX CONCURRENTLY a ON t (a);").unwrap();
    let migrations = Migrations::read(folder.path()).unwrap();
    let options = Options::default();
    let mut plan = plan::up(Dialect::Postgres, &migrations, &[], &Target::Latest, &options).unwrap().unwrap();
    let mut database = Failing { found: found.into(), ..Failing::default() };
    let failed = async {
        let jobs = prepare(&mut database, &mut plan).await.unwrap();
        let (mut locked, _) = lock(&mut database, &HistoryTables::Leave, Detail::Plan).await.unwrap();
        run(&mut locked, &jobs[0], &options).await.unwrap_err()
    };
    let (failure, done) = ready(failed);
    assert_eq!((failure.cause.as_str(), done), ("no", 0));
    // What was given back by itself is not owed any more: a drop finds nothing to do.
    assert_eq!(database.ends, ["left", "step abandoned", "abandoned"]);
    database.in_doubt
}

#[test]
fn a_statement_whose_effect_is_there_in_spite_of_its_failure_stays_in_doubt() {
    assert_eq!(in_doubt_after([Settled::Open, Settled::Done]), Some(true));
}

#[test]
fn a_statement_that_had_no_effect_is_in_doubt_no_more() {
    assert_eq!(in_doubt_after([Settled::Open, Settled::Open]), Some(false));
    // What was there before is not its work.
    assert_eq!(in_doubt_after([Settled::Done, Settled::Done]), Some(false));
}

#[test]
fn a_lock_that_was_taken_before_the_refusal_is_given_back() {
    let mut database = Failing { is_refused: true, ..Failing::default() };
    assert!(ready(lock(&mut database, &HistoryTables::Create(Prelude::default()), Detail::Plan)).is_err());
    assert_eq!(database.ends, ["abandoned"]);
}

#[test]
fn a_release_is_awaited_and_a_drop_is_not() {
    let mut database = Failing::default();
    let (locked, _) = ready(lock(&mut database, &HistoryTables::Leave, Detail::Plan)).unwrap();
    ready(locked.release(&[])).unwrap();
    assert_eq!(database.ends, ["released", "abandoned"]);
    database.ends.clear();
    drop(ready(lock(&mut database, &HistoryTables::Leave, Detail::Plan)));
    assert_eq!(database.ends, ["abandoned"]);
}
