//! What must hold before the table of a tool is taken over whose checksums can be verified.

use crate::config::{ExistingDatabase, Options, Order, TakeOver};
use crate::database::Reader;
use crate::error::Result;
use crate::history::ForeignHistory;
use crate::plan::{self, Among, Baseline, MigrationStatus, Plan, Sought, Target};
use crate::source::{Migration, Migrations};

/// Returns what is pending below the last that was applied.
///
/// # Errors
/// A text is another than the one that was applied; something is late, and the order is strict; a pending migration makes a table that
/// is there already.
pub(super) async fn check<'a, R: Reader>(
    database: &mut R,
    migrations: &'a Migrations,
    ledger: &ForeignHistory,
    baseline: &Baseline<'a>,
    from: &TakeOver,
    options: &Options,
) -> Result<Vec<&'a Migration>> {
    if ledger.tool.mark().is_none() {
        return Ok(Vec::new());
    }
    if !from.accept_modified {
        plan::assert_same(ledger, &baseline.divergent)?;
    }
    let records = plan::records(&baseline.applied);
    let entries = plan::survey(migrations, &records)?;
    let late = entries.iter().filter(|entry| entry.status() == MigrationStatus::OutOfOrder);
    let late: Vec<&'a Migration> = late.filter_map(|entry| migrations.get(entry.version())).collect();
    if options.order == Order::Strict {
        plan::assert_in_order(ledger, &late, baseline.applied.last().copied())?;
    }
    if options.existing_database == ExistingDatabase::Refuse
        && let Ok(plan) = plan::up(database.dialect(), migrations, &records, &Target::Latest, options)?
    {
        assert_unmade(database, ledger, &plan).await?;
    }
    Ok(late)
}

/// Refuses where what is pending makes a table that is there. refinery commits a migration and its record apart: who dies between the
/// two leaves what was applied without a record.
async fn assert_unmade<R: Reader>(database: &mut R, ledger: &ForeignHistory, plan: &Plan<'_>) -> Result<()> {
    let sought = Sought::of(database.dialect(), plan).among(Among::Tables);
    match database.obstacle(&sought).await? {
        Some(obstacle) => Err(obstacle.unrecorded(&database.label(), &ledger.place.name, &sought, plan)),
        None => Ok(()),
    }
}
