use std::pin::pin;
use std::sync::Arc;

use tokio::sync::Notify;

use super::ends::MoveEnds;
use super::laid::PlannedMove;
use crate::database::postgres::connect::Connected;
use crate::error::{Code, Error, Result};
use crate::plural::{count, count_of, have};
use crate::postgres::block_on;
use crate::transfer::{
    Preflight, PreflightTask, RefusedListener, RowsPiece, SqliteRows, TrialChoices, TrialVerdict, hand_over, judge,
};

/// What a plan reads: every value by its rule, and what the server says of the rows.
pub(crate) struct ExamineTask<'a> {
    pub(crate) ends: &'a MoveEnds,
    pub(crate) laid: &'a PlannedMove,
    /// How many examples of each kind are kept.
    pub(crate) most: usize,
    pub(crate) shows_keys: bool,
    /// Whether the server judges the rows, of a target that may hold those of a copy that has begun.
    pub(crate) trial: Option<HeldCopy>,
}

/// Whether a target that is asked holds rows of a copy that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeldCopy {
    None,
    Begun,
}

impl ExamineTask<'_> {
    /// Puts every value through its rule, and has the server judge the rows where that is wanted. `refused` is told of each value without a place.
    ///
    /// # Errors
    ///
    /// A side cannot be read. What has no place is no error here, but [`refused`] says it.
    pub(crate) fn run<'r>(
        &'r self,
        rows: SqliteRows,
        refused: Option<RefusedListener<'r>>,
    ) -> Result<(Preflight, Option<TrialVerdict>)> {
        match self.trial {
            Some(held) => self.with_trial(rows, refused, held),
            None => Ok((self.alone(rows, refused)?, None)),
        }
    }

    fn task<'r, F>(&'r self, refused: Option<RefusedListener<'r>>, accepted: Option<F>) -> PreflightTask<'r, F> {
        PreflightTask {
            plan: &self.laid.plan,
            most: self.most,
            interrupt: &self.ends.interrupt,
            shows_keys: self.shows_keys,
            refused,
            accepted,
        }
    }

    /// Looks at the values alone.
    fn alone<'r>(&'r self, mut rows: SqliteRows, refused: Option<RefusedListener<'r>>) -> Result<Preflight> {
        self.task(refused, None::<fn(RowsPiece) -> bool>).run(&mut rows)
    }

    /// Looks at the values, and lets the server judge what the rows together are: one thread reads, this one sends.
    fn with_trial<'r>(
        &'r self,
        mut rows: SqliteRows,
        refused: Option<RefusedListener<'r>>,
        held: HeldCopy,
    ) -> Result<(Preflight, Option<TrialVerdict>)> {
        let (sender, receiver) = tokio::sync::mpsc::channel(4);
        std::thread::scope(|scope| {
            let task = self.task(refused, Some(move |piece| hand_over(&sender, piece)));
            let reading = scope.spawn(move || task.run(&mut rows));
            let judged = block_on(self.judge(receiver, held));
            let read = reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            // What ended the trial ended the reading too, and says more.
            let verdict = judged?;
            Ok((read?, Some(verdict)))
        })
    }

    async fn judge(&self, pieces: tokio::sync::mpsc::Receiver<RowsPiece>, held: HeldCopy) -> Result<TrialVerdict> {
        let connected = self.ends.settings()?.connect().await?;
        let verdict = self.judge_with(&connected, pieces, held).await;
        // A session that ends takes its temporary tables with it.
        connected.close().await;
        verdict
    }

    /// Lets the server judge, and asks it to stop where the user does not want to wait for it.
    async fn judge_with(
        &self,
        connected: &Connected,
        pieces: tokio::sync::mpsc::Receiver<RowsPiece>,
        held: HeldCopy,
    ) -> Result<TrialVerdict> {
        let wake = Arc::new(Notify::new());
        let woken = Arc::clone(&wake);
        let _guard = self.ends.interrupt.on_trigger(move || wake.notify_one());
        let choices = TrialChoices { most: self.most, holds_copy: held == HeldCopy::Begun };
        let mut judging = pin!(judge(&connected.client, (&self.laid.plan, &self.laid.catalog), pieces, choices));
        tokio::select! {
            biased;
            verdict = &mut judging => return verdict,
            () = woken.notified() => {}
        }
        // What the server is at may take long, and what it says then is that it was stopped.
        let _ = connected.cancel.cancel().await;
        let _ = judging.await;
        let error = Error::new(Code::Interrupted, "interrupted while the rows were tried on the server");
        Err(error.with_state("nothing was written"))
    }
}

/// Why data cannot be moved as it stands.
pub(crate) fn refused(found: &Preflight, verdict: Option<&TrialVerdict>) -> Option<Error> {
    let rows: u64 = found.tables.iter().map(|table| table.refused_rows).sum();
    let tables = found.tables.iter().filter(|table| table.refused_rows > 0).count();
    let broken = verdict.map_or(0, |verdict| verdict.broken.len());
    let mut causes = Vec::new();
    if rows > 0 {
        let (of, have) = (count(tables, "table"), have(rows));
        causes.push(format!("{} of {of} {have} values without a place", count_of(rows, "row")));
    }
    if broken > 0 {
        causes.push(format!("the rows do not keep {}", count(broken, "constraint")));
    }
    if causes.is_empty() {
        return None;
    }
    let error = Error::new(Code::ValuesRefused, "the data cannot be moved as it stands").with_cause(causes.join("; "));
    Some(
        error
            .with_state("nothing was written")
            .with_hint("a rule in [map.convert] says what a value means: docs/moving.md has them all")
            .with_hint("or mend the rows in SQLite"),
    )
}
