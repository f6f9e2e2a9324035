use std::borrow::Cow;

use super::resume::edited_before_resume;
use super::{Entry, MigrationStatus, Plan, Refusal, Step, Target, survey};
use crate::config::{NewerDatabase, Options, Order};
use crate::error::{Code, Error, Result, did_you_mean};
use crate::event::Action;
use crate::history::{Left, Record, State, UndoRecord};
use crate::source::{Migration, Migrations, Phase, Repeat};
use crate::sql::Dialect;
use crate::version::Version;

/// Plans to apply what is pending, or says why not.
///
/// # Errors
/// The outer error is that of a file; the inner one is the refusal of a plan, whose explanation may need the database.
pub(crate) fn up<'a>(
    dialect: Dialect,
    migrations: &'a Migrations,
    records: &'a [Record],
    target: &Target,
    options: &Options,
) -> Result<Result<Plan<'a>, Refusal>> {
    let entries = survey(migrations, records)?;
    if let Some(refusal) = refuse(dialect, &entries, options)? {
        return Ok(Err(refusal));
    }
    let last = last_version(migrations, target)?;
    let (mut steps, mut repeated) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| last.is_none_or(|last| entry.version <= last)) {
        let Some((action, migration)) = pending(entry) else { continue };
        let step = step(action, migration, entry)?;
        match migration.up().directives()?.repeat {
            Repeat::Once => steps.push(step),
            // What a repeatable migration defines may use anything that the numbered ones made.
            Repeat::Changed => repeated.push(step),
        }
    }
    steps.append(&mut repeated);
    Ok(Ok(Plan { steps }))
}

fn pending<'a>(entry: &Entry<'a>) -> Option<(Action, &'a Migration)> {
    let action = match entry.status {
        MigrationStatus::Pending | MigrationStatus::OutOfOrder | MigrationStatus::Skipped => Action::Apply,
        MigrationStatus::Partial => Action::Resume,
        MigrationStatus::Changed => Action::Reapply,
        _ => return None,
    };
    Some((action, entry.migration?))
}

fn step<'a>(action: Action, migration: &'a Migration, entry: &Entry<'a>) -> Result<Step<'a>> {
    Ok(Step {
        action,
        version: migration.version(),
        description: Cow::Borrowed(migration.description()),
        phase: migration.phase().map(Cow::Borrowed),
        script: Cow::Borrowed(migration.up()),
        down: migration.way_back()?.map(Cow::Borrowed),
        verdict: migration.verdict()?,
        out_of_order: entry.status == MigrationStatus::OutOfOrder,
        record: entry.record,
        found: None,
        undo: UndoRecord::Absent,
        filled: Vec::new(),
        left: Left::default(),
        unknown: None,
        passed_over: None,
    })
}

/// The last version that the target includes; `None` for all.
pub(crate) fn last_version(migrations: &Migrations, target: &Target) -> Result<Option<Version>> {
    match target {
        Target::Latest => Ok(None),
        Target::Version(version) if migrations.get(*version).is_some() => Ok(Some(*version)),
        Target::Version(version) => {
            Err(Error::new(Code::UnknownTarget, format!("there is no migration with version {version}"))
                .with_state("nothing was changed")
                .with_hint("`schemactl status` lists the versions"))
        }
        Target::Phase(name) => phase_end(migrations, name).map(Some),
    }
}

fn phase_end(migrations: &Migrations, name: &str) -> Result<Version> {
    let is_named = |migration: &&Migration| {
        migration.phase().is_some_and(|phase| {
            phase.name() == name || phase.number().to_string() == name || phase.to_string() == name
        })
    };
    if let Some(last) = migrations.iter().rev().find(is_named) {
        return Ok(last.version());
    }
    let mut phases: Vec<&str> = migrations.iter().filter_map(Migration::phase).map(Phase::name).collect();
    phases.dedup();
    let error =
        Error::new(Code::UnknownTarget, format!("there is no phase `{name}`")).with_state("nothing was changed");
    Err(match did_you_mean(name, phases.iter().copied()) {
        Some(hint) => error.with_hint(hint),
        None if phases.is_empty() => error.with_hint("phases are subfolders named <number>_<name>, such as 1_core"),
        None => error.with_hint(format!("the phases are {}", phases.join(", "))),
    })
}

/// The first reason not to run anything, gravest first.
fn refuse(dialect: Dialect, entries: &[Entry<'_>], options: &Options) -> Result<Option<Refusal>> {
    let versions = |status: MigrationStatus| -> Vec<Version> {
        entries.iter().filter(|entry| entry.status == status).map(|entry| entry.version).collect()
    };
    if let Some(entry) = entries.iter().find(|entry| entry.status == MigrationStatus::Reverting) {
        return Ok(Some(Refusal::Reverting { version: entry.version, description: entry.description().to_owned() }));
    }
    let newer = versions(MigrationStatus::Newer);
    if !newer.is_empty() && options.newer_database != NewerDatabase::Allow {
        let last_file = entries.iter().rev().find_map(|entry| entry.migration).map(Migration::version);
        let is_below = |entry: &&Entry<'_>| entry.record.is_some() && Some(entry.version) <= last_file;
        let back_to = entries.iter().rev().find(is_below).map(|entry| entry.version);
        return Ok(Some(Refusal::NewerDatabase { versions: newer, last_file, back_to, stuck: None }));
    }
    if let Some(entry) = entries.iter().find(|entry| entry.status == MigrationStatus::Modified) {
        return Ok(modified(entry, &versions(MigrationStatus::Modified), entries));
    }
    let missing = versions(MigrationStatus::Missing);
    if !missing.is_empty() {
        let first = entries.iter().find(|entry| entry.status == MigrationStatus::Missing);
        let description = first.map(|entry| entry.description().to_owned()).unwrap_or_default();
        let moved = first.and_then(|entry| moved(entry, entries));
        return Ok(Some(Refusal::Missing { versions: missing, description, moved }));
    }
    for entry in entries.iter().filter(|entry| entry.status == MigrationStatus::Partial) {
        let (Some(migration), Some(record)) = (entry.migration, entry.record) else { continue };
        if let Some(refusal) = edited_before_resume(dialect, migration.up(), record)? {
            return Ok(Some(refusal));
        }
    }
    Ok(late(entries, options))
}

/// Whether a partly applied migration was edited where it was done already, so that it does not go on.
#[cfg(feature = "project")]
pub(crate) fn is_edited_since(dialect: Dialect, entry: &Entry<'_>) -> Result<bool> {
    match (entry.status, entry.migration, entry.record) {
        (MigrationStatus::Partial, Some(migration), Some(record)) => {
            Ok(edited_before_resume(dialect, migration.up(), record)?.is_some())
        }
        _ => Ok(false),
    }
}

/// The migration that has the text of what was applied under this entry's version, and is not applied itself.
pub(crate) fn moved(entry: &Entry<'_>, entries: &[Entry<'_>]) -> Option<(Version, String)> {
    let applied = &entry.record?.checksum;
    let found = entries.iter().filter(|other| other.record.is_none()).filter_map(|other| other.migration);
    let mut found = found.filter(|migration| applied.parse() == Ok(migration.up().checksum()));
    found.next().map(|migration| (migration.version(), migration.description().to_owned()))
}

fn modified(entry: &Entry<'_>, all: &[Version], entries: &[Entry<'_>]) -> Option<Refusal> {
    let (migration, record) = (entry.migration?, entry.record?);
    Some(Refusal::Modified {
        version: entry.version,
        description: migration.description().to_owned(),
        script: Box::new(migration.up().clone()),
        recorded: record.checksum.clone(),
        others: all.iter().copied().filter(|version| *version != entry.version).collect(),
        change: None,
        was: Some(record.description.clone()).filter(|was| was != migration.description()),
        moved: moved(entry, entries),
    })
}

fn late(entries: &[Entry<'_>], options: &Options) -> Option<Refusal> {
    let pending = entries.iter().find(|entry| entry.status == MigrationStatus::OutOfOrder)?;
    let applied = entries.iter().rev().find(|entry| {
        let counts = entry.record.is_some_and(|record| record.state != State::Skipped);
        counts && !entry.migration.is_some_and(Migration::is_repeatable)
    })?;
    (options.order == Order::Strict).then(|| Refusal::OutOfOrder {
        pending: (pending.version, pending.description().to_owned()),
        applied: (applied.version, applied.description().to_owned()),
    })
}
