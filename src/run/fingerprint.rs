//! What the catalog is after a run, so that a change made outside of migrations can be told at a glance.
//!
//! A fingerprint that is recorded says what migrations make, and not what a database holds. Where the last one is what schema.lock says of
//! that version, this database words its catalog as the proof's server did: then what schema.lock says of the versions to come is recorded,
//! and the catalog is not read at all.
//!
//! Otherwise it is read before the first step and after the last: where it was not what the history says, it is not afterwards either, and
//! nothing is recorded. On PostgreSQL the rows that it is made of are read, and not what they say, which takes many times as long: the digest of
//! the rows tells whether anything may have changed. What schema.lock or an earlier run says is compared in its own words. It is recorded after the last ups of a run: what a down leaves is compared with that, and is never recorded itself.

use std::collections::BTreeSet;

use super::course::{CatalogBefore, Course, Round};
use super::records::records;
use super::report::{Report, StepReport};
use crate::catalog::{CatalogMoment, Ignore, SeenCatalog, Skimmed, Stamp};
use crate::config::{Fingerprinting, Options};
use crate::database::{Database, Detail, Job, Locked, Reader, Write};
use crate::duration::milliseconds;
use crate::error::{Error, Result};
use crate::event::{Action, Event};
use crate::history::{Record, State};
use crate::source::{Migration, Migrations};
use crate::sql::{self, Running};
use crate::version::Version;

const CHANGED: &str = "before this run it was not what was recorded last; `schemactl diff` shows what differs, and once nothing does, \
     `schemactl repair --fingerprint` records it";
const UNKNOWN: &str =
    "what it was before this run is not known; `schemactl repair --fingerprint` compares, and records it";
const NOT_FRESH: &str = "the database held something before its first migration; `schemactl diff` shows what differs";
const NOT_PROVEN: &str = "it is not what schema.lock says, which has the migrations in the order of their versions; `schemactl diff` tells whether anything \
     differs, and where nothing does, `schemactl repair --fingerprint` records it";
const NOT_BACK: &str = "it is not what it was before the versions that were taken back; `schemactl diff` compares, and once nothing differs, \
     `schemactl repair --fingerprint` records it";
const ROWS_NOT_BACK: &str = "by its rows it is not what it was before the versions that were taken back, as where a down makes something again; \
     `schemactl diff` compares, and once nothing differs, `schemactl repair --fingerprint` records it";
const BY_OTHERS: &str = "others wrote into the catalog while this run was at work; `schemactl diff` shows what differs, and once nothing does, \
     `schemactl repair --fingerprint` records it";

/// How much of the history a run has to read.
pub(super) fn detail(options: &Options) -> Detail {
    if options.fingerprinting == Fingerprinting::Off { Detail::Plan } else { Detail::All }
}

/// Looks at the catalog before the first step: one read, where there is anything to compare it with. Where it was looked at, nothing: another
/// runner may have been at work since.
pub(super) async fn look<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    records: &[Record],
    jobs: &[Job<'_>],
    options: &Options,
    ground: &mut Option<CatalogBefore>,
) {
    if ground.is_none() && !jobs.is_empty() {
        *ground = Some(stand(database, migrations, records, jobs, options).await);
    }
}

async fn stand<R: Reader>(
    database: &mut R,
    migrations: &Migrations,
    records: &[Record],
    jobs: &[Job<'_>],
    options: &Options,
) -> CatalogBefore {
    if options.fingerprinting == Fingerprinting::Off {
        return CatalogBefore::Unasked;
    }
    let (recorded, proven) = (recorded(records), proven(migrations, records));
    if !records.is_empty() && recorded.is_none() && proven.is_none() {
        return CatalogBefore::Soft(UNKNOWN);
    }
    if let Some(proven) = proven.as_ref().filter(|proven| recorded.as_ref() == Some(proven))
        && options.ignore == Ignore::default()
        && jobs.iter().all(|job| is_foretold(database, migrations, job, proven))
    {
        return CatalogBefore::Vouched(proven.clone());
    }
    let unknown = |error: Error| {
        tracing::info!("what the catalog was before this run is not known: {}", error.with_its_cause());
        CatalogBefore::Soft(UNKNOWN)
    };
    let skimmed = if is_by_rows(recorded.as_ref(), migrations) { database.skim(None).await } else { Ok(None) };
    let told = jobs.len() <= MOST_TOLD && jobs.iter().all(writes_in_its_transaction);
    let ground = |skimmed: Skimmed| judged(skimmed.seen, told.then_some(skimmed.moment), recorded.as_ref(), records);
    match skimmed.map(|skimmed| skimmed.map(ground)) {
        Ok(Some(ground @ CatalogBefore::Firm { .. })) => return ground,
        // What schema.lock says, and whether a new database is as one is, is told by what the rows say.
        Ok(Some(ground)) if proven.is_none() && !records.is_empty() => return ground,
        Ok(_) => {}
        Err(error) => return unknown(error),
    }
    match database.seen().await {
        Ok(seen) if proven.is_some_and(|proven| proven.has_fingerprint_of(&seen.stamp)) => {
            CatalogBefore::Firm { stamp: seen.stamp, moment: None }
        }
        Ok(seen) => judged(seen, None, recorded.as_ref(), records),
        Err(error) => unknown(error),
    }
}

/// How the catalog stood, by what was recorded of it last.
fn judged(
    seen: SeenCatalog,
    moment: Option<CatalogMoment>,
    recorded: Option<&Stamp>,
    records: &[Record],
) -> CatalogBefore {
    let stamp = seen.stamp;
    match recorded {
        Some(recorded) if *recorded == stamp => CatalogBefore::Firm { stamp, moment },
        Some(recorded) if recorded.is_comparable(&stamp) => CatalogBefore::Soft(CHANGED),
        None if records.is_empty() && seen.is_fresh => CatalogBefore::Firm { stamp, moment },
        None if records.is_empty() => CatalogBefore::Soft(NOT_FRESH),
        _ => CatalogBefore::Soft(UNKNOWN),
    }
}

/// Whether rows are enough: where they were recorded, or nothing was and schema.lock has nothing to compare with.
fn is_by_rows(recorded: Option<&Stamp>, migrations: &Migrations) -> bool {
    recorded.map_or_else(|| migrations.iter().all(|migration| migration.after.is_none()), Stamp::is_of_rows)
}

/// Of so many steps is told which rows of the catalog are theirs.
const MOST_TOLD: usize = 1000;

/// Whether all that a step writes into the catalog is its transaction's: code may have transactions within that, whose rows are not told from those of
/// others, as an extension's script has.
fn writes_in_its_transaction(job: &Job<'_>) -> bool {
    let is_plain = |statement: sql::Statement<'_>| {
        use sql::Verb::{Alter, Comment, Copy, Create, Delete, Drop, Grant, Insert, Revoke, Set, Truncate, Update};
        matches!(
            statement.verb,
            Alter | Comment | Copy | Create | Delete | Drop | Grant | Insert | Revoke | Set | Truncate | Update
        ) && !statement.text.to_ascii_lowercase().contains("extension")
    };
    let text = job.step.script().text();
    !matches!(job.analysis.running, Running::Statements { .. })
        && job.analysis.statements_of(text).flatten().all(is_plain)
}

/// The stamp of the catalog as a run leaves it, of its rows where these are enough. None where others have written some meanwhile.
async fn left<R: Reader>(database: &mut R, recorded: Option<&Stamp>, course: &Course<'_>) -> Result<Option<Stamp>> {
    let since = match course.ground {
        Some(CatalogBefore::Firm { moment, .. }) => moment.as_ref(),
        _ => None,
    };
    let skimmed = if is_by_rows(recorded, course.migrations) { database.skim(since).await? } else { None };
    match skimmed {
        Some(skimmed) => Ok((!skimmed.by_others).then_some(skimmed.seen.stamp)),
        None => Ok(Some(database.seen().await?.stamp)),
    }
}

/// Whether schema.lock says what the catalog is after a step, in the words that `now` has.
///
/// What may be something else here than where it was proven is looked at: a statement that may find what it makes, an extension, whose
/// release is the server's. So is what a down leads to: it may be wrong, and whoever takes something back is to hear of that at once.
fn is_foretold<R: Reader>(database: &R, migrations: &Migrations, job: &Job<'_>, now: &Stamp) -> bool {
    let after = migrations.get(job.step.version()).and_then(after);
    let statements = job.analysis.statements_of(job.step.script().text()).flatten();
    matches!(job.step.action(), Action::Apply | Action::Reapply)
        && after.is_some_and(|after| after.is_comparable(now))
        && job.look.is_none()
        && !sql::is_of_a_place(database.dialect(), statements)
}

/// To how many of the versions below the last one of a run a down is expected to lead back. Each costs a read of the whole catalog: with
/// 200 migrations, one after each would take longer than all of them do.
const NEAR: usize = 2;

/// Records what an up left that so many steps follow, where nothing else would vouch for it once they are taken back. Failing to
/// does no harm: nothing is known of this version then.
pub(super) async fn between<D: Database>(locked: &mut Locked<'_, D>, course: &Course<'_>, job: &Job<'_>, left: usize) {
    let Some(CatalogBefore::Firm { stamp: before, .. }) = course.ground else { return };
    let version = job.step.version();
    // What the last one leaves is looked at as the run ends.
    let is_near_the_end = (1..=NEAR).contains(&left);
    if !is_near_the_end || job.step.action().takes_back() || is_vouched(course, version, before) {
        return;
    }
    let written = match self::left(locked.reader(), None, course).await {
        Ok(None) => Err(BY_OTHERS.to_owned()),
        Ok(Some(stamp)) => {
            let write = Write::fingerprint(version, stamp);
            locked.write(&[write]).await.map_err(|failure| failure.cause)
        }
        Err(error) => Err(error.with_its_cause()),
    };
    if let Err(cause) = written {
        tracing::debug!("the catalog after version {version} could not be recorded: {cause}");
    }
}

/// Whether schema.lock says what this release makes of the migrations up to this one.
fn is_vouched(course: &Course<'_>, version: Version, before: &Stamp) -> bool {
    let after = course.migrations.get(version).and_then(after);
    course.options.ignore == Ignore::default()
        && after.is_some_and(|after| after.is_of_any_release() && after.is_comparable(before))
}

/// Ends a round, and the run with it unless another is to follow: gathers what the run knows only now.
pub(super) async fn end<R: Reader>(
    database: &mut R,
    course: &Course<'_>,
    jobs: &[Job<'_>],
    report: &Report,
    outcome: Result<Round>,
    last: &mut Last,
) -> Option<Result<()>> {
    let failed = match outcome {
        Ok(Round::Overtaken) => return None,
        Ok(Round::Finished) => None,
        Err(error) => Some(error),
    };
    if report.is_empty() {
        return Some(failed.map_or(Ok(()), Err));
    }
    // What failed outside a transaction may have left something.
    let is_whole = |job: &Job<'_>| !matches!(job.analysis.running, Running::Statements { .. });
    let fingerprint = match course.ground {
        Some(ground) if failed.is_none() || jobs.iter().all(is_whole) => {
            fingerprint(database, course, ground, report).await
        }
        _ => Ok(None),
    };
    let (fingerprint, cause) = match fingerprint {
        Ok(write) => (write, None),
        Err(why) => (None, Some(why)),
    };
    last.is_wanted = fingerprint.is_some() || cause.is_some();
    last.cause = cause;
    last.writes = report.steps().iter().filter_map(took).chain(fingerprint).collect();
    Some(failed.map_or(Ok(()), Err))
}

/// What a run records as it gives its lock back: what it knows only then.
#[derive(Default)]
pub(super) struct Last {
    writes: Vec<Write<'static>>,
    /// Whether it was to know a fingerprint.
    is_wanted: bool,
    /// Why it does not.
    cause: Option<String>,
}

impl Last {
    /// Records it, and ends the run. What keeps it from being recorded is told where the run is done, and fails nothing; beside the error of
    /// a step it is nothing.
    pub(super) async fn record<D: Database, T>(
        mut self,
        locked: Locked<'_, D>,
        done: Result<T>,
        options: &Options,
    ) -> Result<T> {
        if self.writes.is_empty() {
            return self.told(locked.end(done).await, options);
        }
        if let Err(failure) = locked.release(&self.writes).await {
            self.cause.get_or_insert(failure.cause);
        }
        self.told(done, options)
    }

    fn told<T>(self, done: Result<T>, options: &Options) -> Result<T> {
        match self.cause {
            Some(cause) if self.is_wanted && done.is_ok() => {
                options.observer.emit(Event::FingerprintNotRecorded { cause });
            }
            Some(cause) => tracing::debug!("the end of the run could not be recorded: {cause}"),
            None => {}
        }
        done
    }
}

/// How long a step took, as it was told. Its record was made before its COMMIT, and one of several in a transaction before the others.
fn took(step: &StepReport) -> Option<Write<'static>> {
    (!step.action.takes_back()).then(|| Write::took(step.version, milliseconds(step.elapsed)))
}

/// What records the fingerprint, if there is one to be recorded. The error says why it is not.
async fn fingerprint<R: Reader>(
    database: &mut R,
    course: &Course<'_>,
    ground: &CatalogBefore,
    report: &Report,
) -> std::result::Result<Option<Write<'static>>, String> {
    match ground {
        CatalogBefore::Unasked => return Ok(None),
        CatalogBefore::Vouched(before) => return Ok(foretold(course, report, before)),
        CatalogBefore::Firm { .. } | CatalogBefore::Soft(_) => {}
    }
    let words = |error: Error| error.cause().map_or_else(|| error.to_string(), str::to_owned);
    let records = records(database, Detail::All).await.map_err(words)?;
    let Some(last) = records.last() else { return Ok(None) };
    let (recorded, proven) = (recorded(&records), proven(course.migrations, &records));
    let took_back = report.steps().iter().any(|step| step.action.takes_back());
    if recorded.is_none() && proven.is_none() {
        match ground {
            // Nothing says what it is to be: the next look replays.
            _ if took_back => return Ok(None),
            CatalogBefore::Soft(why) => return Err((*why).to_owned()),
            _ => {}
        }
    }
    if records.iter().any(|record| matches!(record.state, State::Partial | State::Reverting)) {
        return Ok(None);
    }
    let Some(stamp) = left(database, recorded.as_ref(), course).await.map_err(words)? else {
        return Err(BY_OTHERS.to_owned());
    };
    if recorded.as_ref() == Some(&stamp) {
        return Ok(None);
    }
    if let Some(proven) = proven.as_ref().filter(|_| stamp.is_of_rows()) {
        let seen = database.seen().await.map_err(words)?.stamp;
        if proven.has_fingerprint_of(&seen) {
            return Ok(Some(Write::fingerprint(last.version(), seen)));
        }
    }
    let is_proven = proven.as_ref().is_some_and(|proven| proven.has_fingerprint_of(&stamp));
    let write = Write::fingerprint(last.version(), stamp.clone());
    match (ground, recorded.filter(|recorded| recorded.is_comparable(&stamp))) {
        _ if is_proven => Ok(Some(write)),
        (CatalogBefore::Soft(why), _) => Err((*why).to_owned()),
        // A proof leaves nothing out. On a server it may have other words for owners and extensions.
        _ if course.options.ignore == Ignore::default()
            && proven.as_ref().is_some_and(|proven| proven.is_of_any_release() && proven.is_comparable(&stamp)) =>
        {
            Err(NOT_PROVEN.to_owned())
        }
        // What it was when the version was the last one: a down leads back to it.
        (_, Some(_)) => Err(if stamp.is_of_rows() { ROWS_NOT_BACK } else { NOT_BACK }.to_owned()),
        _ if took_back => Ok(None),
        _ => Ok(Some(write)),
    }
}

/// What records the stamp that schema.lock has for the last version of a run that is done as far as the report says; none where its
/// versions are not all of the migrations up to one.
fn foretold(course: &Course<'_>, report: &Report, before: &Stamp) -> Option<Write<'static>> {
    let old = course.records.iter().map(Record::version);
    let done: BTreeSet<Version> = old.chain(report.steps().iter().map(|step| step.version)).collect();
    let after = after(up_to(course.migrations, &done)?.last()?).filter(|after| after.is_comparable(before))?;
    Some(Write::fingerprint(*done.last()?, after))
}

/// What the last run recorded.
fn recorded(records: &[Record]) -> Option<Stamp> {
    records.last()?.details()?.fingerprint.as_deref().map(Stamp::parse)
}

/// What schema.lock says that these records lead to, where they are all of the migrations up to one, as they were proven.
fn proven(migrations: &Migrations, records: &[Record]) -> Option<Stamp> {
    let applied = up_to(migrations, &records.iter().map(Record::version).collect())?;
    let is_as_proven = |migration: &Migration| {
        let record = records.iter().find(|record| record.version == migration.version());
        record.is_some_and(|record| {
            matches!(record.state, State::Applied | State::Baseline)
                && record.checksum.parse() == Ok(migration.up().checksum())
        })
    };
    let are_all = applied.iter().all(|migration| is_as_proven(migration));
    after(applied.last().filter(|_| are_all)?)
}

/// The migrations that have these versions, in their order, where these are all up to the last of them.
fn up_to<'a>(migrations: &'a Migrations, versions: &BTreeSet<Version>) -> Option<Vec<&'a Migration>> {
    let mut order = migrations.in_order().ok()?;
    order.truncate(versions.len());
    let are_all = order.len() == versions.len() && order.iter().all(|one| versions.contains(&one.version()));
    are_all.then_some(order)
}

/// What schema.lock says that a migration leads to, after all before it.
fn after(migration: &Migration) -> Option<Stamp> {
    migration.after.as_deref().map(Stamp::parse)
}
