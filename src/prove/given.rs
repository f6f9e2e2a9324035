//! Downs that people wrote.

use super::{Case, DownAuthor, DownTrial, Judged, Outcome, Prover, WayBack, differences, reasons, unsaid};
use crate::down::{Scratch, Snapshot, leftover, rows as made, text};
use crate::error::Result;
use crate::source::{Losses, Script};

impl<S: Scratch> Prover<S> {
    /// Proves a down that was there.
    pub(super) async fn given(&mut self, case: &Case<'_, S::Snapshot>, down: &Script) -> Result<WayBack> {
        let trial = self.try_down(case, down).await?;
        if trial.wrong.is_empty() {
            let lost = reasons::losses_of(S::DIALECT, down, case.before.catalog(), case.after.catalog());
            let known = Losses { lost, reasons: trial.rows };
            let Judged { verdict, untried } = self.verdict(case, down, known, DownAuthor::Hand).await?;
            let undeclared = unsaid::findings(S::DIALECT, down, &verdict)?;
            let way_back = WayBack::of(verdict, Outcome::Given);
            return Ok(WayBack { notes: trial.notes, untried, undeclared, ..way_back });
        }
        let outcome = Outcome::Wrong { reasons: trial.wrong, leftover: trial.leftover };
        Ok(WayBack { verdict: None, outcome, notes: Vec::new(), untried: None, undeclared: Vec::new() })
    }
}

pub(super) async fn try_in_mark<S: Scratch>(
    scratch: &mut S,
    case: &Case<'_, S::Snapshot>,
    down: &Script,
) -> Result<DownTrial> {
    let before = case.before;
    let mut trial = DownTrial::default();
    if let Err(error) = scratch.run(down).await {
        trial.wrong.push(format!("it fails: {}", error.cause().map_or(error.to_string(), str::to_owned)));
        return Ok(trial);
    }
    let now = scratch.inspect().await?;
    (trial.wrong, trial.notes) = differences(scratch, &now, before);
    if !trial.wrong.is_empty() {
        if let Some(left) = leftover(scratch, before).await? {
            trial.leftover = text::sql(&left.statements);
        }
        return Ok(trial);
    }
    let now = scratch.rows().await?;
    trial.rows = made::compare(case.rows, &now);
    if let Err(error) = scratch.run(case.migration.up()).await {
        trial.wrong.push(format!("the up fails after it: {}", error.cause().map_or(error.to_string(), str::to_owned)));
        return Ok(trial);
    }
    let again = scratch.inspect().await?;
    let (again, _) = differences(scratch, &again, case.after);
    trial.wrong.extend(again.into_iter().map(|what| format!("after the up runs again, {what}")));
    Ok(trial)
}
