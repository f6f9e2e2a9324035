use std::collections::BTreeSet;

use super::course::Course;
use super::fingerprint::{self, Last};
use super::job::prepare;
use super::loss;
use super::preview::{Preview, Rehearse, preview_plan};
use super::records::{self, records, rows};
use super::report::Report;
use super::round::{Rounds, each};
use super::stranger;
use crate::config::Options;
use crate::database::{Database, Detail, HistoryTables, Job, Locked, Prelude, Reader, lock};
use crate::error::Result;
use crate::event::{Action, Event};
use crate::history::{DownNow, Found, Record, Stored};
use crate::plan::{self, Back};
use crate::plural::count;
use crate::source::{Migration, Migrations};
use crate::version::Version;

/// Takes migrations back, the last one first, with the downs that are stored in the database.
///
/// Which ones is decided once the lock is held: what another runner applied meanwhile is above them. `Back::Steps(1)` takes one back,
/// even if another runner takes one back meanwhile.
pub(crate) async fn down<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    back: Back,
    options: &Options,
) -> Result<Report> {
    let mut told = BTreeSet::new();
    let steps = look_ahead(database, migrations, back, options, &mut told).await?;
    if steps == 0 {
        return Ok(Report::default());
    }
    options.observer.emit(Event::Planned { steps });
    let tables = HistoryTables::Create(Prelude::default());
    let (mut locked, found) = lock(database, &tables, fingerprint::detail(options)).await?;
    tracing::info!("this run may change {}", locked.reader().label());
    let mut last = Last::default();
    let report = run(&mut locked, found, migrations, back, options, &mut told, &mut last).await;
    last.record(locked, report, options).await
}

/// How many migrations [`down`] would take back now. What it would refuse before the first of them is refused.
#[cfg(feature = "project")]
pub(crate) async fn foresee_down<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    back: Back,
    options: &Options,
) -> Result<usize> {
    look_ahead(database, migrations, back, options, &mut BTreeSet::new()).await
}

/// Plans, and refuses what nobody has accepted, before anything is locked. The number of steps.
async fn look_ahead<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    back: Back,
    options: &Options,
    told: &mut BTreeSet<Version>,
) -> Result<usize> {
    let records = records(database, Detail::Plan).await?;
    stranger::refuse_down(database, migrations, &records).await?;
    let versions = versions(database, migrations, &records, back).await?;
    let stored = database.stored(&versions).await?;
    let mut plan = plan::down(database.dialect(), migrations, &records, &stored, &versions)?;
    let jobs = prepare(database, &mut plan).await?;
    let recorded = count(records.len(), "version");
    tracing::info!("the history of {} has {recorded}, {} to take back", database.label(), jobs.len());
    tell_passed_over(&jobs, told, options);
    // What another run has changed since then is planned anew under the lock, where each step asks by itself.
    if let Err(error) = loss::ask(database, &jobs, options, &Report::default()).await
        && self::records(database, Detail::Plan).await? == records
    {
        return Err(error);
    }
    Ok(jobs.len())
}

/// Shows what `down` would do, and whether it would succeed.
pub(crate) async fn preview_down<D: Database>(
    database: &mut D,
    migrations: &Migrations,
    back: Back,
    rehearse: Rehearse,
) -> Result<Preview> {
    let records = records(database, Detail::Plan).await?;
    stranger::refuse_down(database, migrations, &records).await?;
    let versions = versions(database, migrations, &records, back).await?;
    let stored = database.stored(&versions).await?;
    let plan = plan::down(database.dialect(), migrations, &records, &stored, &versions)?;
    let (kept, _) = records::kept(database, &records).await?;
    let mut preview = preview_plan(database, plan, rehearse).await?;
    for step in preview.steps.iter_mut().filter(|step| step.action == Action::Revert) {
        let Some(stored) = stored.iter().find(|stored| stored.version == step.version) else { continue };
        let of_file = migrations.get(step.version).and_then(Migration::down);
        step.know(DownNow::of(database.dialect(), stored, of_file), stored, &kept);
    }
    Ok(preview)
}

/// The versions to be taken back, in the order in which that is done.
pub(super) async fn versions<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    records: &[Record],
    back: Back,
) -> Result<Vec<Version>> {
    if records.is_empty() {
        return plan::included(migrations, records, &[], back);
    }
    plan::included(migrations, records, &database.order().await?, back)
}

/// Tells of files whose downs are not run, since others are stored: before anything is asked or lost, and of each version once.
fn tell_passed_over(jobs: &[Job<'_>], told: &mut BTreeSet<Version>, options: &Options) {
    for step in jobs.iter().map(|job| &job.step) {
        let Some(path) = &step.passed_over else { continue };
        if told.insert(step.version) {
            let text = format!(
                "{path} is not the down that is stored, which is the one that is run; `schemactl repair --downs` before it \
                 stores that of the file"
            );
            options.observer.emit(Event::Note { version: step.version, text });
        }
    }
}

async fn run<D: Database>(
    locked: &mut Locked<'_, D>,
    found: Found,
    migrations: &Migrations,
    back: Back,
    options: &Options,
    told: &mut BTreeSet<Version>,
    last: &mut Last,
) -> Result<Report> {
    let mut report = Report::default();
    let mut rounds = Rounds::from(found);
    let mut ground = None;
    loop {
        let reader = locked.reader();
        let found = rounds.history(reader, fingerprint::detail(options)).await?;
        let records = rows(reader, found)?;
        rounds.next(reader, &records, &report)?;
        let left = match back {
            Back::Steps(count) => Back::Steps(count.saturating_sub(report.steps().len())),
            all => all,
        };
        let versions = versions(reader, migrations, &records, left).await?;
        let stored: Vec<Stored> = reader.stored(&versions).await?;
        let mut plan = plan::down(reader.dialect(), migrations, &records, &stored, &versions)?;
        let mut jobs = prepare(reader, &mut plan).await?;
        tell_passed_over(&jobs, told, options);
        loss::agree(&mut jobs, options);
        fingerprint::look(reader, migrations, &records, &jobs, options, &mut ground).await;
        let course = Course { migrations, records: &records, ground: ground.as_ref(), options };
        let outcome = each(locked, &course, &mut jobs, &mut report).await;
        let ended = fingerprint::end(locked.reader(), &course, &jobs, &report, outcome, last).await;
        if let Some(ended) = ended {
            return ended.map(|()| report);
        }
    }
}
