//! What a down costs.

use super::reasons::{self, Up};
use super::{Bench, By, Case};
use crate::down::{Rows, Scratch, Snapshot, Verdict, rows as made, unqualified};
use crate::error::Result;
use crate::source::Script;

impl<S: Scratch> Bench<S> {
    /// What the down costs: what the catalogs show, what becomes of seeded rows, and what these cannot show. `rows` are those of
    /// migrations that it does not restore.
    pub(super) async fn verdict(
        &mut self,
        case: &Case<'_, S::Snapshot>,
        down: &Script,
        rows: Vec<String>,
        by: By,
    ) -> Result<Verdict> {
        let up = case.migration.up();
        let mut losses = self.clean.losses(case.before, case.after);
        if let Some(schema) = &case.home {
            losses.lost = losses.lost.into_iter().map(|loss| unqualified::loss(loss, schema)).collect();
        }
        let reasons = &mut losses.reasons;
        let shown = reasons.len();
        reasons.extend(rows);
        self.seeded.mark(&self.checks.of(&[up, down])).await?;
        let was = self.seeded.rows().await?;
        let mut between = Rows::default();
        if self.seeded.run(up).await.is_ok() {
            if by == By::Hand {
                between = self.seeded.rows().await?;
            }
            match self.seeded.run(down).await {
                Ok(()) => {
                    let now = self.seeded.rows().await?;
                    let lost = made::compare(&was, &now);
                    reasons.extend(lost.into_iter().filter(|reason| !reasons.contains(reason)).collect::<Vec<_>>());
                }
                Err(error) => reasons.push(format!(
                    "it fails, and changes nothing, where rows are in the way: {}",
                    error.cause().unwrap_or_default()
                )),
            }
        }
        self.seeded.back().await?;
        if reasons.len() > shown {
            let statements = reasons::changes_rows(S::DIALECT, up);
            reasons.extend(statements.into_iter().map(|text| format!("the statement is: {text}")));
        } else {
            let (before, after) = (case.before.catalog(), case.after.catalog());
            let up = Up { dialect: S::DIALECT, script: up, before, after, rows: case.rows };
            // What was changed in them, and is as it was again, the down that somebody wrote has put back.
            reasons.extend(up.unseen(|table| was.of(table).zip(between.of(table)).is_some_and(|(a, b)| a.differs(b))));
        }
        Ok(if losses.is_empty() { Verdict::Lossless } else { Verdict::Lossy(losses) })
    }
}
