//! Trying a down on the database that holds only what migrations made.

use std::collections::BTreeSet;

use super::{Case, Checks, DownTrial};
use crate::catalog::diff;
use crate::down::{Scratch, Snapshot, Undoing, described, leftover, rows as made, text};
use crate::error::Result;
use crate::source::Script;

/// Down, compare, up again, compare; afterwards everything is as after the up.
pub(super) async fn try_down<S: Scratch>(
    clean: &mut S,
    checks: Checks,
    case: &Case<'_, S::Snapshot>,
    down: &Script,
) -> Result<DownTrial> {
    if let Err(error) = clean.set_savepoint(&checks.of(&[case.migration.up(), down])).await {
        let error = error.of_script()?;
        return Ok(DownTrial { wrong: vec![format!("it cannot be run: {error}")], ..DownTrial::default() });
    }
    let trial = try_in_mark(clean, case, down).await;
    clean.roll_back().await?;
    trial
}

async fn try_in_mark<S: Scratch>(scratch: &mut S, case: &Case<'_, S::Snapshot>, down: &Script) -> Result<DownTrial> {
    let before = case.before;
    let mut trial = DownTrial::default();
    if let Err(error) = scratch.run(down).await {
        let error = error.of_script()?;
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
        let error = error.of_script()?;
        trial.wrong.push(format!("the up fails after it: {}", error.cause().map_or(error.to_string(), str::to_owned)));
        return Ok(trial);
    }
    let again = scratch.inspect().await?;
    let (again, _) = differences(scratch, &again, case.after);
    trial.wrong.extend(again.into_iter().map(|what| format!("after the up runs again, {what}")));
    Ok(trial)
}

/// The sentences for what differs, and for what differs but counts as restored.
fn differences<S: Undoing>(scratch: &S, now: &S::Snapshot, wanted: &S::Snapshot) -> (Vec<String>, Vec<String>) {
    let changes = diff(now.catalog(), wanted.catalog());
    if scratch.is_restored(&changes) {
        let tables: BTreeSet<&str> =
            changes.iter().filter_map(|change| change.object().name.owner.as_deref()).collect();
        let notes = tables.into_iter().map(|table| format!("equal but for the order of columns: {table}"));
        return (Vec::new(), notes.collect());
    }
    (changes.iter().map(described).collect(), Vec::new())
}
