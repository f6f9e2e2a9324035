//! Steps that cannot be in one transaction: statement by statement, each with an entry that says how far the step is.

use std::time::Instant;

use super::found;
use super::job::{expected, record};
use super::patience::Backoff;
use super::sql_log::log_statement;
use crate::catalog::Catalog;
use crate::config::Options;
use crate::database::{
    Database, Expected, Failure, HistoryChange, Job, JournaledStep, Locked, Look, NewRecord, Settled, Why, Write,
};
use crate::duration::milliseconds;
use crate::error::Code;
use crate::event::{Action, Event};
use crate::fault;
use crate::history::{Elapsed, Prior, State, StatementHashes};
use crate::sql::{Statement, StatementKind};
use crate::version::Version;

/// Runs what is left of a step. On failure, tells how many statements are done and recorded.
pub(super) async fn run<D: Database>(
    locked: &mut Locked<'_, D>,
    job: &Job<'_>,
    options: &Options,
) -> Result<(), (Failure, usize)> {
    let mut patience = Backoff::new(options);
    loop {
        let refusal = match JournaledStep::enter(locked, job).await {
            Ok(step) => return inside(step, job, options).await,
            Err(failure) => failure,
        };
        let again = patience.wait_after(locked.reader(), refusal, job.step.version, options).await;
        again.map_err(|failure| (failure, job.step.next_statement()))?;
    }
}

async fn inside<D: Database>(
    mut step: JournaledStep<'_, D>,
    job: &Job<'_>,
    options: &Options,
) -> Result<(), (Failure, usize)> {
    let result = statements(&mut step, job, options).await;
    if let Err(failure) = step.leave().await {
        tracing::debug!("what a step left in its session ends with that: {}", failure.cause);
    }
    result
}

async fn statements<D: Database>(
    step: &mut JournaledStep<'_, D>,
    job: &Job<'_>,
    options: &Options,
) -> Result<(), (Failure, usize)> {
    let start = Instant::now();
    let script = job.step.script();
    let mut journal = Journal::open(step, job).await.map_err(|failure| (failure, job.step.next_statement()))?;
    options.observer.emit(Event::Progress {
        version: job.step.version,
        done: journal.done,
        statements: job.analysis.statements,
    });
    for (index, statement) in job.analysis.statements_of(script.text()).flatten().enumerate() {
        let at = |failure: Failure| {
            // The server may have told where in the statement it is.
            let span = failure.span.clone().unwrap_or(statement.offset..statement.end);
            failure.at(0, Some(index), Some(span))
        };
        if index < journal.done {
            journal.hashes.push(statement.text);
            step.carry(&statement);
            continue;
        }
        log_statement(statement.text);
        journal.run(step, job, &statement, options).await.map_err(|failure| (at(failure), index))?;
        step.carry(&statement);
        options.observer.emit(Event::Progress {
            version: job.step.version,
            done: journal.done,
            statements: job.analysis.statements,
        });
    }
    let done = journal.done;
    close(step, job, &journal, start, options).await.map_err(|failure| (failure, done))
}

/// How far the step is, as it is recorded.
#[derive(Clone)]
struct Journal {
    state: State,
    done: usize,
    in_doubt: bool,
    hashes: StatementHashes,
    checksum: String,
    /// Of an up that may find what it makes: what was there before its first statement.
    before: Option<Catalog>,
}

impl Journal {
    /// Records that the step is begun, unless an earlier run has.
    async fn open<D: Database>(step: &mut JournaledStep<'_, D>, job: &Job<'_>) -> Result<Self, Failure> {
        let state = if job.step.action == Action::Revert { State::Reverting } else { State::Partial };
        let resumed = job.step.record.filter(|record| record.state == state);
        // An up that begins writes a row of its own; one that goes on, and a down, find theirs.
        let checksum = match (job.step.record, resumed) {
            (Some(record), Some(_)) => record.checksum.clone(),
            (Some(record), None) if state == State::Reverting => record.checksum.clone(),
            _ => job.step.script().checksum().to_string(),
        };
        let before = found::before(step, job, resumed.is_some()).await?;
        let journal = Self {
            state,
            before,
            done: job.step.next_statement(),
            in_doubt: job.step.in_doubt(),
            hashes: StatementHashes::of_script_with(job.analysis.statements),
            checksum,
        };
        if resumed.is_none() {
            let change = match state {
                State::Reverting => journal.entry(job),
                _ => HistoryChange::Put(journal.begun(job)),
            };
            step.write(&[Write { expected: expected(job.step), change, log: None }]).await?;
        }
        fault::point("journal opened");
        Ok(journal)
    }

    /// The row of an up that is begun: what it found stands in it before the first statement can make anything.
    fn begun<'a>(&self, job: &'a Job<'_>) -> NewRecord<'a> {
        let mut begun = record(job.step, &job.analysis, State::Partial);
        begun.found = self.before.as_ref().map(|before| Prior::so_far(before).stored());
        begun
    }

    async fn run<D: Database>(
        &mut self,
        step: &mut JournaledStep<'_, D>,
        job: &Job<'_>,
        statement: &Statement<'_>,
        options: &Options,
    ) -> Result<(), Failure> {
        if matches!(statement.kind, StatementKind::Outside(_)) {
            return self.outside(step, job, statement, options).await;
        }
        if self.in_doubt {
            return Err(in_doubt(job.step.version));
        }
        let before = self.expected(job);
        let mut after = self.clone();
        after.advance(statement);
        let entry = Write { expected: before, change: after.entry(job), log: None };
        let mut patience = Backoff::new(options);
        while let Err(failure) = step.journal(job, statement, &entry, patience.of_try()).await {
            if failure.why == Why::Alone {
                return self.alone(step, job, statement).await;
            }
            patience.wait_after(step.reader(), failure, job.step.version, options).await?;
        }
        *self = after;
        fault::point("journaled statement done");
        Ok(())
    }

    /// A statement with transactions of its own, such as a backfill that commits batch by batch. No catalog tells whether it came to
    /// its end, and it is tried once: what it has committed stays.
    async fn alone<D: Database>(
        &mut self,
        step: &mut JournaledStep<'_, D>,
        job: &Job<'_>,
        statement: &Statement<'_>,
    ) -> Result<(), Failure> {
        self.mark(step, job, true).await?;
        fault::point("before outside statement");
        if let Err(failure) = step.outside(job, statement).await {
            if matches!(failure.why, Why::Lost | Why::Unknown) {
                return Err(failure);
            }
            self.give_up(step, job).await;
            return Err(failure.with_hint(
                "what the statement committed before stays: the next run runs it again, from its beginning",
            ));
        }
        fault::point("after outside statement");
        let before = self.expected(job);
        self.advance(statement);
        step.write(&[Write { expected: before, change: self.entry(job), log: None }]).await
    }

    /// The statement and its entry cannot be in one transaction: the journal says first that it is begun, and after a
    /// crash between the two the catalog tells whether it was finished.
    async fn outside<D: Database>(
        &mut self,
        step: &mut JournaledStep<'_, D>,
        job: &Job<'_>,
        statement: &Statement<'_>,
        options: &Options,
    ) -> Result<(), Failure> {
        let found = step.settle(statement, Look::Before).await.map_err(Failure::of_error)?;
        if !self.is_finished(found) {
            // What is there already, but not by this step, must not be taken for its work after a crash.
            if found == Settled::Open && !self.in_doubt {
                self.mark(step, job, true).await?;
            }
            fault::point("before outside statement");
            let mut patience = Backoff::new(options);
            while let Err(failure) = step.outside(job, statement).await {
                let (failure, left) = clear_away(step, statement, failure).await;
                if let Err(failure) = patience.wait_after(step.reader(), failure, job.step.version, options).await {
                    // Its effect may be there in spite of the failure, which came after it: then it stays in doubt.
                    if left.is_some_and(|left| !self.is_finished(left)) {
                        self.give_up(step, job).await;
                    }
                    return Err(failure);
                }
                let found = step.settle(statement, Look::Before).await.map_err(Failure::of_error)?;
                if self.is_finished(found) {
                    break;
                }
            }
            fault::point("after outside statement");
        }
        let before = self.expected(job);
        self.advance(statement);
        step.write(&[Write { expected: before, change: self.entry(job), log: None }]).await
    }

    /// Whether the effect that was found is that of this step's statement.
    fn is_finished(&self, found: Settled) -> bool {
        found == Settled::Finished || (self.in_doubt && found == Settled::Done)
    }

    /// The statement has failed for certain. That this cannot be recorded must not hide why.
    async fn give_up<D: Database>(&mut self, step: &mut JournaledStep<'_, D>, job: &Job<'_>) {
        if let Err(mark) = self.mark(step, job, false).await {
            tracing::warn!("the journal could not be written: {}", mark.cause);
        }
    }

    async fn mark<D: Database>(
        &mut self,
        step: &mut JournaledStep<'_, D>,
        job: &Job<'_>,
        in_doubt: bool,
    ) -> Result<(), Failure> {
        self.in_doubt = in_doubt;
        step.write(&[Write { expected: self.expected(job), change: self.entry(job), log: None }]).await
    }

    fn advance(&mut self, statement: &Statement<'_>) {
        self.done += 1;
        self.in_doubt = false;
        self.hashes.push(statement.text);
    }

    fn expected(&self, job: &Job<'_>) -> Expected {
        Expected::Row { version: job.step.version, state: self.state, done: self.done, checksum: self.checksum.clone() }
    }

    fn entry(&self, job: &Job<'_>) -> HistoryChange<'static> {
        HistoryChange::Journal {
            version: job.step.version,
            state: self.state,
            done: self.done,
            statements: job.analysis.statements,
            hashes: self.hashes.stored(),
            in_doubt: self.in_doubt,
        }
    }
}

/// Records that the step is done: as any other, but with the time that this run took.
async fn close<D: Database>(
    step: &mut JournaledStep<'_, D>,
    job: &Job<'_>,
    journal: &Journal,
    start: Instant,
    options: &Options,
) -> Result<(), Failure> {
    let elapsed = Elapsed::Milliseconds(milliseconds(start.elapsed()));
    let mut write = found::note(step, job, journal.before.as_ref(), options).await?;
    write.expected = journal.expected(job);
    if let Some(log) = &mut write.log {
        log.elapsed = elapsed;
    }
    if let HistoryChange::Put(record) = &mut write.change {
        record.elapsed = elapsed;
    }
    step.write(&[write]).await
}

/// An earlier run did not come to record the end of a statement that has transactions of its own.
fn in_doubt(version: Version) -> Failure {
    Failure::new(
        Code::InDoubt,
        "an earlier run began the statement, which has transactions of its own, and did not come to record its end",
    )
    .with_hint(format!(
        "look whether it came to its end; finish it and what follows it by hand, then `schemactl repair --mark-applied {version}`, or take \
         back what the file did so far, then `schemactl repair --forget {version}`"
    ))
}

/// Clears away what a failed statement left half done, if that can be done at once, and tells what is there then. The
/// failure stays what it was.
async fn clear_away<D: Database>(
    step: &mut JournaledStep<'_, D>,
    statement: &Statement<'_>,
    failure: Failure,
) -> (Failure, Option<Settled>) {
    if matches!(failure.why, Why::Lost | Why::Unknown) {
        return (failure, None);
    }
    match step.settle(statement, Look::Failed).await {
        Ok(left) => (failure, Some(left)),
        Err(error) => {
            let why = error.cause().unwrap_or_default().to_owned();
            let hint = format!("what it left half done is cleared away by the next run: now it could not be ({why})");
            (failure.with_hint(hint), None)
        }
    }
}

#[cfg(test)]
mod tests;
