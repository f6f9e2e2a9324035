//! What comes before the first step of a database: it may not be new.

use super::records::records;
use super::stranger;
use crate::config::{ExistingDatabase, Options};
use crate::database::{Detail, Reader};
use crate::error::Result;
use crate::history::{Record, State};
use crate::plan::{Obstacle, Plan, Sought};

/// Refuses to begin in a database without a history that another tool has migrated, or that has tables which the steps make: the first
/// of them might empty a table, or lay in rows for the second time.
pub(super) async fn check<R: Reader>(
    database: &mut R,
    before: &[Record],
    plan: &Plan<'_>,
    options: &Options,
) -> Result<()> {
    if options.existing_database == ExistingDatabase::Allow || is_begun(before) || plan.steps().is_empty() {
        return Ok(());
    }
    let sought = Sought::of(database.dialect(), plan);
    let Some(obstacle) = database.obstacle(&sought).await? else { return Ok(()) };
    // A runner that was faster commits its record together with the tables: who sees these sees that too.
    if is_begun(&records(database, Detail::Plan).await?) {
        return Ok(());
    }
    let error = obstacle.error(&database.label(), &sought, plan);
    // What lies elsewhere is only a help: where it cannot be read, the refusal stands without.
    Err(match database.whereabouts().await {
        // Of another tool's record the error names the table: that tool's history is the one that is taken over.
        Ok(found) if matches!(obstacle, Obstacle::Made { .. }) => stranger::first(error, &found),
        Ok(found) => stranger::elsewhere(error, &found),
        Err(_) => error,
    })
}

/// What was only skipped has changed nothing.
fn is_begun(records: &[Record]) -> bool {
    records.iter().any(|record| record.state != State::Skipped)
}
