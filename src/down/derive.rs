//! The loop: look, undo one phase of what differs, look again.

use super::{Savepoints, ScratchRunner, Snapshot, UndoCandidate, Undoing};
use crate::catalog::{CatalogSum, Change, Fact, diff};
use crate::error::Result;
use crate::sql::OwnStatement;

/// More rounds than any way back needs that leads anywhere.
const MOST_ROUNDS: usize = 200;

/// What the loop came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Derived {
    /// What was executed.
    pub(crate) statements: Vec<OwnStatement>,
    /// What still differs: one sentence each. None where the catalog is restored.
    pub(crate) leftover: Vec<String>,
    /// What else the statements may cost.
    pub(crate) reasons: Vec<String>,
}

/// Makes the scratch database what `before` is, and says how. What it executed stays done.
///
/// An offer that fails, or leads to a state that was seen already, is taken back, and the next one tried. So the loop ends: each
/// round is a new state, and there are at most [`MOST_ROUNDS`].
pub(crate) async fn derive<S: Undoing + Savepoints + ScratchRunner>(
    scratch: &mut S,
    before: &S::Snapshot,
) -> Result<Derived> {
    let mut derived = Derived::default();
    let mut now = scratch.inspect().await?;
    let mut seen = vec![CatalogSum::of(now.catalog())];
    let mut failed = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let changes = diff(now.catalog(), before.catalog());
        if scratch.is_restored(&changes) {
            return Ok(derived);
        }
        let offers = scratch.offers(&now, before, &changes);
        failed.clear();
        match first_that_helps(scratch, offers, before, &mut seen, &mut failed).await? {
            Some((offer, then)) => {
                derived.statements.extend(offer.statements);
                now = then;
            }
            None => break,
        }
    }
    derived.leftover = describe(scratch, &now, before);
    derived.leftover.append(&mut failed);
    Ok(derived)
}

async fn first_that_helps<S: Undoing + Savepoints + ScratchRunner>(
    scratch: &mut S,
    offers: Vec<UndoCandidate>,
    before: &S::Snapshot,
    seen: &mut Vec<CatalogSum>,
    failed: &mut Vec<String>,
) -> Result<Option<(UndoCandidate, S::Snapshot)>> {
    for offer in offers {
        scratch.set_savepoint(&[]).await?;
        if let Err(reason) = scratch.execute(&offer.statements).await {
            scratch.roll_back().await?;
            failed.push(reason);
            continue;
        }
        let then = scratch.inspect().await?;
        let sum = CatalogSum::of(then.catalog());
        // Two tables that are alike and have exchanged their names look as they did at the start once they have them back.
        let is_the_end = scratch.is_restored(&diff(then.catalog(), before.catalog()));
        if seen.contains(&sum) && !is_the_end {
            scratch.roll_back().await?;
            continue;
        }
        scratch.release_savepoint().await?;
        seen.push(sum);
        return Ok(Some((offer, then)));
    }
    Ok(None)
}

fn describe<S: Undoing>(scratch: &S, now: &S::Snapshot, before: &S::Snapshot) -> Vec<String> {
    let changes = diff(now.catalog(), before.catalog());
    // What needs not be restored is no reason.
    let left = changes.iter().filter(|change| !scratch.is_restored(std::slice::from_ref(*change)));
    left.map(described).collect()
}

/// One change, as a person would say it: `index "i" is missing`.
pub(crate) fn described(change: &Change<'_>) -> String {
    let object = change.object();
    let what = format!("{} {}", object.kind(), object.name.plain());
    match change {
        Change::Created(_) => format!("{what} is missing"),
        Change::Dropped(_) => format!("{what} is left over"),
        Change::Renamed { from, .. } => format!("{what} is called {}", from.name.plain()),
        Change::Altered { facts, .. } => {
            format!("{what} differs in {}", facts.iter().map(Fact::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

/// What differs between the scratch database and `before`, as the SQL that would be needed; the scratch database stays as it
/// is. None where nothing differs.
pub(crate) async fn leftover<S: Undoing + Savepoints + ScratchRunner>(
    scratch: &mut S,
    before: &S::Snapshot,
) -> Result<Option<Derived>> {
    let now = scratch.inspect().await?;
    if scratch.is_restored(&diff(now.catalog(), before.catalog())) {
        return Ok(None);
    }
    scratch.set_savepoint(&[]).await?;
    let derived = derive(scratch, before).await;
    scratch.roll_back().await?;
    derived.map(Some)
}
