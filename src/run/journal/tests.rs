use std::collections::VecDeque;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::super::job::prepare;
use super::*;
use crate::catalog::{Catalog, Ignore, Seen, Stamp};
use crate::database::{Counted, Detail, Holder, Rehearsal};
use crate::error::{Code, Result};
use crate::history::{Found, Stored, Whereabouts};
use crate::plan::{self, Target};
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
}

impl Database for Failing {
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

    async fn whereabouts(&mut self) -> Result<Whereabouts> {
        unreachable!("nothing asks for it")
    }

    async fn obstacle(&mut self, _: &plan::Sought) -> Result<Option<plan::Obstacle>> {
        Ok(None)
    }

    async fn available(&mut self, _: &Requirement) -> Result<bool> {
        Ok(true)
    }

    fn foresee(&mut self, _: &[Job<'_>]) {
        unreachable!("nothing asks for it")
    }

    async fn lock(&mut self) -> Result<()> {
        Ok(())
    }

    async fn unlock(&mut self) -> Result<()> {
        Ok(())
    }

    async fn assert_unhidden(&mut self, _: &[Job<'_>]) -> Result<()> {
        Ok(())
    }

    async fn order(&mut self) -> Result<Vec<Version>> {
        Ok(Vec::new())
    }

    async fn enter(&mut self, _: &Job<'_>) -> Result<(), Failure> {
        Ok(())
    }

    async fn leave(&mut self) {}

    fn carry(&mut self, _: &Statement<'_>) {}

    fn limit_tries(&mut self, _: Duration) {}

    async fn transact(&mut self, _: &[Job<'_>]) -> Result<(), Failure> {
        Ok(())
    }

    async fn journal(&mut self, _: &Job<'_>, _: &Statement<'_>, _: &Write<'_>) -> Result<(), Failure> {
        Ok(())
    }

    async fn outside(&mut self, _: &Job<'_>, _: &Statement<'_>) -> Result<(), Failure> {
        Err(Failure::new(Code::StatementFailed, "no"))
    }

    async fn settle(&mut self, _: &Statement<'_>, _: Look) -> Result<Settled> {
        Ok(self.found.pop_front().expect("so many looks are prepared"))
    }

    async fn seen(&mut self) -> Result<Seen> {
        Ok(Stamp::seen(&Catalog::default(), "", &Ignore::default(), None))
    }

    async fn look(&mut self, _: &std::collections::BTreeSet<String>) -> Result<Catalog, Failure> {
        Ok(Catalog::default())
    }

    async fn write(&mut self, writes: &[Write<'_>]) -> Result<(), Failure> {
        if let Some(Change::Journal { in_doubt, .. }) = writes.first().map(|write| &write.change) {
            self.in_doubt = Some(*in_doubt);
        }
        Ok(())
    }

    async fn count(&mut self, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>> {
        Ok(vec![Vec::new(); risks.len()])
    }

    async fn rehearse(&mut self, _: &[Job<'_>], _: &mut crate::database::Tried) -> Result<Rehearsal, Failure> {
        Ok(Rehearsal::Ran(0))
    }

    async fn unsound(&mut self, _: &[Job<'_>]) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    async fn holder(&mut self) -> Option<Holder> {
        None
    }

    async fn pause(&mut self, _: Duration) {}
}

fn in_doubt_after(found: [Settled; 2]) -> Option<bool> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("V1__index.sql"), "CREATE INDEX CONCURRENTLY a ON t (a);").unwrap();
    let migrations = Migrations::read(folder.path()).unwrap();
    let options = Options::default();
    let mut plan = plan::up(Dialect::Postgres, &migrations, &[], &Target::Latest, &options).unwrap().unwrap();
    let mut database = Failing { found: found.into(), in_doubt: None };
    let failed = async {
        let jobs = prepare(&mut database, &mut plan).await.unwrap();
        run(&mut database, &jobs[0], &options).await.unwrap_err()
    };
    let Poll::Ready((failure, done)) = pin!(failed).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("nothing waits here");
    };
    assert_eq!((failure.cause.as_str(), done), ("no", 0));
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
