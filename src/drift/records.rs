//! What differs since the history says something else than what was done: a record of what was never run, or none of what was.

use std::collections::BTreeSet;

use super::reach::Undone;
use super::{Recording, reach, replay};
use crate::catalog::Ignore;
use crate::database::Inspection;
use crate::down::Scratch;
use crate::error::Result;
use crate::plan::{Entry, MigrationStatus};
use crate::version::Version;

/// Versions that were recorded, and whose work is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NeverRun {
    /// Whether that is a baseline; else each was recorded by itself, and the log has no run of it.
    pub(crate) is_baseline: bool,
    /// They, and those of the baseline above them.
    pub(crate) versions: Vec<Version>,
    /// The first work that is not there.
    pub(crate) first: Undone,
    /// Versions below them that change nothing which a catalog shows: they may not have been run either.
    pub(crate) silent: Vec<Version>,
    /// Versions above them were applied.
    pub(crate) are_late: bool,
}

/// Looks whether something differs since it was recorded, and never run: a baseline that was too high, or a version by itself. Where that cannot be told, what differs is told alone.
pub(super) async fn never_run<S: Scratch>(
    inspection: &Inspection<S::Snapshot>,
    entries: &[Entry<'_>],
    ran: Option<&[Version]>,
    ignore: &Ignore,
    make: &mut impl AsyncFnMut() -> Result<S>,
) -> Result<Option<NeverRun>> {
    let is_baseline = |entry: &&Entry<'_>| entry.status() == MigrationStatus::Baseline;
    let baseline: BTreeSet<Version> = entries.iter().filter(is_baseline).map(Entry::version).collect();
    let applied = entries.iter().filter(|entry| entry.status() == MigrationStatus::Applied).map(Entry::version);
    // The log has each run.
    let marked: BTreeSet<Version> = applied.filter(|version| ran.is_some_and(|ran| !ran.contains(version))).collect();
    if baseline.is_empty() && marked.is_empty() {
        return Ok(None);
    }
    let Ok(order) = replay::with(entries, &Recording::default()) else { return Ok(None) };
    let Ok(reach) = reach::reach(inspection, &order, &baseline, ignore, make).await? else { return Ok(None) };
    let absent: Vec<&Undone> = reach.absent.iter().filter(|undone| marked.contains(&undone.version)).collect();
    let (is_baseline, first) = match (reach.undone.first(), absent.first()) {
        (Some(first), _) => (true, first.clone()),
        (None, Some(first)) => (false, (*first).clone()),
        (None, None) => return Ok(None),
    };
    let versions: Vec<Version> = if is_baseline {
        baseline.into_iter().filter(|version| reach.fits.is_none_or(|fits| *version > fits)).collect()
    } else {
        absent.iter().map(|undone| undone.version).collect()
    };
    let are_late = entries.iter().any(|entry| {
        let is_above = versions.first().is_some_and(|lowest| entry.version() > *lowest);
        is_above && entry.record().is_some() && !versions.contains(&entry.version())
    });
    Ok(Some(NeverRun { is_baseline, versions, first, silent: reach.silent, are_late }))
}

/// Looks whether something differs since a record is missing: work of a migration that was forgotten, or done by hand. Late ones come first,
/// since later ones may need them; then all.
pub(super) async fn unrecorded<S: Scratch>(
    inspection: &Inspection<S::Snapshot>,
    entries: &[Entry<'_>],
    ignore: &Ignore,
    make: &mut impl AsyncFnMut() -> Result<S>,
) -> Result<Vec<Version>> {
    let of = |statuses: &[MigrationStatus]| -> BTreeSet<Version> {
        entries.iter().filter(|entry| statuses.contains(&entry.status())).map(Entry::version).collect()
    };
    let (late, all) =
        (of(&[MigrationStatus::OutOfOrder]), of(&[MigrationStatus::OutOfOrder, MigrationStatus::Pending]));
    let is_more = late != all;
    for marked in std::iter::once(late).chain(is_more.then_some(all)).filter(|marked| !marked.is_empty()) {
        let recording = Recording { marked, ..Recording::default() };
        let Ok(order) = replay::with(entries, &recording) else { return Ok(Vec::new()) };
        let there = reach::there(inspection, &order, &recording.marked, ignore, make).await?;
        if !there.is_empty() {
            return Ok(there);
        }
    }
    Ok(Vec::new())
}
