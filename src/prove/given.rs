//! Downs that people wrote.

use super::{Bench, Outcome, Trial, differences};
use crate::down::{Scratch, Verdict, leftover, text};
use crate::error::Result;
use crate::source::{Migration, Script};

impl<S: Scratch> Bench<S> {
    /// Proves a down that was there.
    pub(super) async fn given(
        &mut self,
        migration: &Migration,
        down: &Script,
        before: &S::Snapshot,
        after: &S::Snapshot,
        rows: &S::Rows,
    ) -> Result<(Option<Verdict>, Outcome)> {
        let trial = self.try_down(migration, down, before, after, rows).await?;
        if trial.wrong.is_empty() {
            let verdict = self.verdict(migration, down, before, after, trial.rows).await?;
            return Ok((Some(verdict), Outcome::Given));
        }
        Ok((None, Outcome::Wrong { reasons: trial.wrong, leftover: trial.leftover }))
    }
}

pub(super) async fn try_in_mark<S: Scratch>(
    scratch: &mut S,
    migration: &Migration,
    down: &Script,
    before: &S::Snapshot,
    after: &S::Snapshot,
    rows: &S::Rows,
) -> Result<Trial> {
    let mut trial = Trial { wrong: Vec::new(), rows: Vec::new(), leftover: String::new() };
    if let Err(error) = scratch.run(down).await {
        trial.wrong.push(format!("it fails: {}", error.cause().map_or(error.to_string(), str::to_owned)));
        return Ok(trial);
    }
    let now = scratch.inspect().await?;
    trial.wrong = differences(scratch, &now, before);
    if !trial.wrong.is_empty() {
        if let Some(left) = leftover(scratch, before).await? {
            trial.leftover = text::sql(&left.statements);
        }
        return Ok(trial);
    }
    let now = scratch.rows().await?;
    trial.rows = scratch.compare_rows(rows, &now);
    if let Err(error) = scratch.run(migration.up()).await {
        trial.wrong.push(format!("the up fails after it: {}", error.cause().map_or(error.to_string(), str::to_owned)));
        return Ok(trial);
    }
    let again = scratch.inspect().await?;
    trial
        .wrong
        .extend(differences(scratch, &again, after).into_iter().map(|what| format!("after the up runs again, {what}")));
    Ok(trial)
}
