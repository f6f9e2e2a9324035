//! Downs that are derived: the catalog first, then the rows of migrations.

use super::{Case, DownTrial, Prover, reasons, script};
use crate::down::{Derived, Rows, Scratch, Snapshot, derive, rows as made, text, unqualified};
use crate::error::Result;
use crate::source::{Migration, Script};
use crate::sql::OwnStatement;

impl<S: Scratch> Prover<S> {
    /// Tries a derived down with names as the up has them, else with those that the catalog gives: a name may mean another thing without
    /// its schema. Returns what was tried.
    pub(super) async fn try_derived(
        &mut self,
        case: &Case<'_, S::Snapshot>,
        statements: Vec<OwnStatement>,
    ) -> Result<(Vec<OwnStatement>, Script, DownTrial)> {
        if let Some(schema) = &case.home {
            let bare = unqualified::statements(&statements, schema);
            let script = script(case.migration, text::sql(&bare));
            let trial = self.try_down(case, &script).await?;
            if trial.wrong.is_empty() {
                return Ok((bare, script, trial));
            }
        }
        let script = script(case.migration, text::sql(&statements));
        let trial = self.try_down(case, &script).await?;
        Ok((statements, script, trial))
    }

    pub(super) async fn derive(&mut self, case: &Case<'_, S::Snapshot>) -> Result<Derived> {
        self.clean.mark(&[]).await?;
        let derived = self.derive_in_mark(case).await;
        self.clean.back().await?;
        derived
    }

    async fn derive_in_mark(&mut self, case: &Case<'_, S::Snapshot>) -> Result<Derived> {
        let (before, rows) = (case.before, case.rows);
        self.clean.mark(&[]).await?;
        let mut derived = derive(&mut self.clean, before).await?;
        derived.reasons = reasons::of_fills(&derived.statements);
        if derived.leftover.is_empty() {
            self.clean.keep().await?;
        } else {
            // Rows that the migration made may stand in the way: values of a type that is to lose them.
            self.clean.back().await?;
            let first = self.rows_first(rows).await?;
            if first.statements.is_empty() {
                return Ok(derived);
            }
            derived = derive(&mut self.clean, before).await?;
            derived.reasons = reasons::of_fills(&derived.statements);
            derived.reasons.splice(0..0, first.reasons);
            derived.statements.splice(0..0, first.statements);
            if !derived.leftover.is_empty() {
                return Ok(derived);
            }
        }
        let mut now = self.clean.rows().await?;
        let mut differing = made::compare(rows, &now).len();
        let fresh = if differing > 0 { self.fresh(case.migration, &derived.statements).await? } else { None };
        while differing > 0 {
            let undo = made::undo(rows, &now, fresh.as_ref(), |table| !reasons::has_table(case.after.catalog(), table));
            self.clean.mark(&[]).await?;
            // After a failure a transaction can only be taken back.
            let ran = self.clean.execute(&undo.statements).await.is_ok();
            let then = if ran { self.clean.rows().await? } else { now };
            let left = made::compare(rows, &then).len();
            if left >= differing {
                // Rows that nothing tells from users' rows are left alone: the trial says so.
                self.clean.back().await?;
                break;
            }
            self.clean.keep().await?;
            derived.statements.extend(undo.statements);
            derived.reasons.extend(undo.reasons);
            (now, differing) = (then, left);
        }
        Ok(derived)
    }

    /// Puts back the rows of tables that have the columns that they had. Returns what it did.
    async fn rows_first(&mut self, rows: &Rows) -> Result<made::Undo> {
        let undo = made::undo(rows, &self.clean.rows().await?, None, |_| false);
        self.clean.mark(&[]).await?;
        if !undo.statements.is_empty() && self.clean.execute(&undo.statements).await.is_ok() {
            self.clean.keep().await?;
            return Ok(undo);
        }
        self.clean.back().await?;
        Ok(made::Undo::default())
    }

    /// The rows where others are too, after the up and the way back of the catalog.
    async fn fresh(&mut self, migration: &Migration, statements: &[OwnStatement]) -> Result<Option<Rows>> {
        if self.fails(migration.up(), &[]).await?.is_some() {
            return Ok(None);
        }
        let ran = self.seeded.execute(statements).await.is_ok();
        let rows = if ran { Some(self.seeded.rows().await?) } else { None };
        self.seeded.back().await?;
        Ok(rows)
    }
}
