//! Downs that are derived: the catalog first, then the rows of migrations.

use super::bounded::SeededScratch;
use super::given::try_down;
use super::{Case, Checks, DownTrial, reasons, script};
use crate::down::{Derived, Rows, Scratch, Snapshot, derive, rows as made, text, unqualified};
use crate::error::Result;
use crate::source::{Migration, Script};
use crate::sql::OwnStatement;

/// Tries a derived down with names as the up has them, else with those that the catalog gives: a name may mean another thing without
/// its schema. Returns what was tried.
pub(super) async fn try_derived<S: Scratch>(
    clean: &mut S,
    checks: Checks,
    case: &Case<'_, S::Snapshot>,
    statements: Vec<OwnStatement>,
) -> Result<(Vec<OwnStatement>, Script, DownTrial)> {
    if let Some(schema) = &case.home {
        let bare = unqualified::statements(&statements, schema);
        let script = script(case.migration, text::sql(&bare));
        let trial = try_down(clean, checks, case, &script).await?;
        if trial.wrong.is_empty() {
            return Ok((bare, script, trial));
        }
    }
    let script = script(case.migration, text::sql(&statements));
    let trial = try_down(clean, checks, case, &script).await?;
    Ok((statements, script, trial))
}

/// Derives the down on the database that holds only what migrations made; the other one shows which rows are others there.
pub(super) async fn derive_down<S: Scratch>(
    clean: &mut S,
    seeded: &mut SeededScratch<S>,
    case: &Case<'_, S::Snapshot>,
) -> Result<Derived> {
    clean.set_savepoint(&[]).await?;
    let derived = in_mark(clean, seeded, case).await;
    clean.roll_back().await?;
    derived
}

async fn in_mark<S: Scratch>(
    clean: &mut S,
    seeded: &mut SeededScratch<S>,
    case: &Case<'_, S::Snapshot>,
) -> Result<Derived> {
    let (before, rows) = (case.before, case.rows);
    clean.set_savepoint(&[]).await?;
    let mut derived = derive(clean, before).await?;
    derived.reasons = reasons::of_fills(&derived.statements);
    if derived.leftover.is_empty() {
        clean.release_savepoint().await?;
    } else {
        // Rows that the migration made may stand in the way: values of a type that is to lose them.
        clean.roll_back().await?;
        let first = rows_first(clean, rows).await?;
        if first.statements.is_empty() {
            return Ok(derived);
        }
        derived = derive(clean, before).await?;
        derived.reasons = reasons::of_fills(&derived.statements);
        derived.reasons.splice(0..0, first.reasons);
        derived.statements.splice(0..0, first.statements);
        if !derived.leftover.is_empty() {
            return Ok(derived);
        }
    }
    let mut now = clean.rows().await?;
    let mut differing = made::compare(rows, &now).len();
    let fresh = if differing > 0 { fresh(seeded, case.migration, &derived.statements).await? } else { None };
    while differing > 0 {
        let undo = made::undo(rows, &now, fresh.as_ref(), |table| !reasons::has_table(case.after.catalog(), table));
        clean.set_savepoint(&[]).await?;
        // After a failure a transaction can only be taken back.
        let ran = clean.execute(&undo.statements).await.is_ok();
        let then = if ran { clean.rows().await? } else { now };
        let left = made::compare(rows, &then).len();
        if left >= differing {
            // Rows that nothing tells from users' rows are left alone: the trial says so.
            clean.roll_back().await?;
            break;
        }
        clean.release_savepoint().await?;
        derived.statements.extend(undo.statements);
        derived.reasons.extend(undo.reasons);
        (now, differing) = (then, left);
    }
    Ok(derived)
}

/// Puts back the rows of tables that have the columns that they had. Returns what it did.
async fn rows_first<S: Scratch>(clean: &mut S, rows: &Rows) -> Result<made::Undo> {
    let undo = made::undo(rows, &clean.rows().await?, None, |_| false);
    clean.set_savepoint(&[]).await?;
    if !undo.statements.is_empty() && clean.execute(&undo.statements).await.is_ok() {
        clean.release_savepoint().await?;
        return Ok(undo);
    }
    clean.roll_back().await?;
    Ok(made::Undo::default())
}

/// The rows where others are too, after the up and the way back of the catalog.
async fn fresh<S: Scratch>(
    seeded: &mut SeededScratch<S>,
    migration: &Migration,
    statements: &[OwnStatement],
) -> Result<Option<Rows>> {
    if seeded.fails(migration.up(), &[]).await?.is_some() {
        return Ok(None);
    }
    let ran = seeded.scratch.execute(statements).await.is_ok();
    let rows = if ran { Some(seeded.scratch.rows().await?) } else { None };
    seeded.scratch.roll_back().await?;
    Ok(rows)
}
