//! What a down costs.

use super::bounded::SeededScratch;
use super::reasons::{self, Up};
use super::users::users;
use super::{Case, DownAuthor, Judged};
use crate::down::{Scratch, Snapshot, unqualified};
use crate::error::Result;
use crate::source::{Losses, Script, Verdict, reason};

/// What the down costs: what the catalogs show, what becomes of users' rows, and what these cannot show. `known` is what its
/// statements show, and the rows of migrations that it does not restore.
pub(super) async fn verdict<S: Scratch>(
    clean: &S,
    seeded: &mut SeededScratch<S>,
    case: &Case<'_, S::Snapshot>,
    down: &Script,
    known: Losses,
    by: DownAuthor,
) -> Result<Judged> {
    let up = case.migration.up();
    let mut losses = clean.losses(case.before, case.after);
    let shown = losses.reasons.len();
    losses.lost.extend(known.lost);
    losses.reasons.extend(known.reasons);
    let seen = users(seeded, case, down, &losses.lost).await?;
    losses.lost.extend(seen.lost);
    if let Some(schema) = &case.home {
        losses.lost = losses.lost.into_iter().map(|loss| unqualified::loss(loss, schema)).collect();
        losses.reasons = losses.reasons.iter().map(|reason| unqualified::sentence(reason, schema)).collect();
    }
    losses.lost.sort();
    losses.lost.dedup();
    let reasons = &mut losses.reasons;
    for reason in seen.reasons.iter().map(|reason| case.as_called(reason)) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let untried = seen.untried.map(|cause| case.as_called(&reason::UNTRIED.say(&[&cause])));
    reasons.extend(untried.clone());
    if reasons.len() > shown {
        let statements = reasons::changes_rows(S::DIALECT, up);
        reasons.extend(statements.into_iter().map(|text| reason::STATEMENT.say(&[&text])));
    } else {
        let (before, after) = (case.before.catalog(), case.after.catalog());
        let up = Up { dialect: S::DIALECT, script: up, before, after, rows: case.rows };
        // What was changed in them, and is as it was again, the down that somebody wrote has put back.
        let is_shown = |table: &str| {
            let both = seen.was.of(table).zip(seen.mid.of(table));
            by == DownAuthor::Hand && both.is_some_and(|(was, mid)| was.differs(mid))
        };
        reasons.extend(up.unseen(is_shown));
    }
    let verdict = if losses.is_empty() { Verdict::Lossless } else { Verdict::Lossy(losses) };
    Ok(Judged { verdict, untried })
}
