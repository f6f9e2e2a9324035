//! Looking for drift in a database of either kind, and what is said of it.

#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(unused_variables, clippy::unused_async, reason = "there is no database to look at")
)]

use super::context::Context;
use super::database::AnyDatabase;
#[cfg(feature = "postgres")]
use super::database::scratch;
use crate::config::{DatabaseTarget, Project};
use crate::database::{Detail, HistoryTables, Prelude, Write, lock};
use crate::drift::{self, Depth, Differences, Drift, Finding, NeverRun, Obstacles, Reach, Recording, Sql};
use crate::error::{Audience, Code, Error, Result};
use crate::plural::{listed, repeated};
use crate::report::{count, visible};
use crate::run::HistoryRows;
use crate::source::Migrations;
use crate::version::Version;

/// Looks for drift. Where a comparison needs a scratch database on a server, that is dropped also when the user stops it.
pub(super) struct Looker<'a> {
    context: &'a Context,
    project: &'a Project,
}

impl<'a> Looker<'a> {
    pub(super) fn new(context: &'a Context, project: &'a Project) -> Self {
        Self { context, project }
    }

    pub(super) fn context(&self) -> &'a Context {
        self.context
    }

    /// Compares a database with what its history implies.
    pub(super) async fn look(
        &self,
        database: &mut AnyDatabase,
        migrations: &Migrations,
        target: &DatabaseTarget,
        depth: Depth,
    ) -> Result<Drift> {
        match database {
            #[cfg(feature = "sqlite")]
            AnyDatabase::Sqlite(database) => {
                let setup = self.project.scratch_setup(&target.source())?;
                let make = async || crate::down::sqlite::SqliteScratch::open_on(setup.as_deref());
                drift::look(&mut **database, migrations, &target.options, depth, make).await
            }
            #[cfg(feature = "postgres")]
            AnyDatabase::Postgres(database) => {
                let make = async || scratch(self.context.interrupt(), self.project, &target.source()).await;
                Box::pin(drift::look(&mut **database, migrations, &target.options, depth, make)).await
            }
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            AnyDatabase::Neither(never) => match *never {},
        }
    }

    /// Tells how far a database is what a baseline says that is to be recorded. The inner error says why that is not known.
    pub(super) async fn reached(
        &self,
        database: &mut AnyDatabase,
        migrations: &Migrations,
        target: &DatabaseTarget,
        recording: &Recording,
    ) -> Result<std::result::Result<Reach, Obstacles>> {
        match database {
            #[cfg(feature = "sqlite")]
            AnyDatabase::Sqlite(database) => {
                let setup = self.project.scratch_setup(&target.source())?;
                let make = async || crate::down::sqlite::SqliteScratch::open_on(setup.as_deref());
                drift::reached(&mut **database, migrations, recording, &target.options, make).await
            }
            #[cfg(feature = "postgres")]
            AnyDatabase::Postgres(database) => {
                let make = async || scratch(self.context.interrupt(), self.project, &target.source()).await;
                Box::pin(drift::reached(&mut **database, migrations, recording, &target.options, make)).await
            }
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            AnyDatabase::Neither(never) => match *never {},
        }
    }

    /// Looks for drift where there is a history. Where nobody can tell, as where nothing was recorded and no scratch database is to be had,
    /// that is a finding too: what is not known may be the worse.
    pub(super) async fn check(
        &self,
        database: &mut AnyDatabase,
        rows: &HistoryRows,
        target: &DatabaseTarget,
        migrations: &Migrations,
    ) -> Result<Option<Drift>> {
        if rows.records().is_empty() {
            return Ok(None);
        }
        self.look(database, migrations, target, Depth::Names).await.map(Some)
    }

    /// Compares a database whose history was written without running migrations, and tells what differs: what was asked for is done, and
    /// every check finds the rest.
    pub(super) async fn tell_baseline(
        &self,
        database: &mut AnyDatabase,
        migrations: &Migrations,
        target: &DatabaseTarget,
    ) {
        if let Err(error) = self.baseline(database, migrations, target).await {
            let cause = error.cause().map_or_else(String::new, |cause| format!(": {cause}"));
            // The first hint leads out where a record is what differs.
            let way =
                error.hints().first().map_or_else(String::new, |hint| format!("; {}", hint.words(Audience::Command)));
            self.context.output.note(format!("{error}{cause}{way}"));
        }
    }

    /// Compares a database with what its history says. Where it holds what the migrations make, that is recorded; the error says what
    /// differs. What is not known is told.
    pub(super) async fn baseline(
        &self,
        database: &mut AnyDatabase,
        migrations: &Migrations,
        target: &DatabaseTarget,
    ) -> Result<FingerprintState> {
        let drift = self.look(database, migrations, target, Depth::Names).await?;
        match (&drift.finding, drift.version) {
            (Finding::None, Some(version)) => {
                // What was recorded by other rules, as before `schemas` or `ignore` was changed, is no measure for lower versions either.
                let is_outdated =
                    drift.recorded.as_ref().is_some_and(|one| *one != drift.live && one.is_comparable(&drift.live));
                let outdated = is_outdated.then(Write::no_fingerprints);
                let writes: Vec<_> =
                    outdated.into_iter().chain([Write::fingerprint(version, drift.live.clone())]).collect();
                let tables = HistoryTables::Create(Prelude::default());
                let (locked, _) = lock(database, &tables, Detail::Plan).await?;
                if let Err(failure) = locked.release(&writes).await {
                    self.context.output.note(format!("no fingerprint of the catalog was recorded: {}", failure.cause));
                    return Ok(FingerprintState::NotKnown);
                }
                Ok(FingerprintState::As(version))
            }
            (Finding::None, None) => Ok(FingerprintState::NoVersion),
            (Finding::Differs(_), _) => finding(target, &drift).map_or(Ok(FingerprintState::NotKnown), Err),
            (Finding::Unexplained(_) | Finding::Unknown(_), _) => {
                let message = message(target, &drift.finding).unwrap_or_default();
                let way = record_again(&drift).map_or_else(String::new, |way| format!("; {way}"));
                self.context.output.note(format!("{message}: {}{way}", cause(&drift)));
                Ok(FingerprintState::NotKnown)
            }
        }
    }
}

/// Whether it was recorded that a database holds what its migrations make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FingerprintState {
    /// With the record of this version, the last one.
    As(Version),
    /// No version is recorded.
    NoVersion,
    /// Why not was told.
    NotKnown,
}

/// Running the migration here would make for the second time what is there.
const STAYS: &str = "write what is to stay as a migration, `schemactl diff --new DESCRIPTION`, and record it here, where it is done already: \
     `schemactl repair --mark-applied VERSION`";

/// The error with which a command ends that has shown what differs.
pub(super) fn error(target: &DatabaseTarget, drift: &Drift) -> Option<Error> {
    let error = Error::new(Code::Drift, message(target, &drift.finding)?);
    let error = unrecorded(error, drift);
    Some(match &drift.finding {
        Finding::Differs(differences) => {
            let ways = ways(differences);
            let error = ways.into_iter().fold(never_run(error, differences), Error::with_hint);
            with_schemas(error, differences)
        }
        Finding::Unexplained(obstacles) | Finding::Unknown(obstacles) => not_known(error, drift, obstacles),
        Finding::None => return None,
    })
}

/// What becomes of the differences. What cannot be had as statements, as who owns a table where this role may not say so, is named with its reason.
fn ways(differences: &Differences) -> Vec<&'static str> {
    let is_written = |sql: &Option<Sql>| sql.as_ref().is_some_and(Sql::has_statements);
    let (done, undo) = (is_written(&differences.done), is_written(&differences.undo));
    let stays = done.then_some(STAYS);
    let goes = undo.then_some("take back the rest: `schemactl diff --sql` shows how");
    let by_hand = (!done && !undo).then_some(
        "no statements for it could be written here, and the comments say why: let a role that may, or a superuser, change it back by hand",
    );
    [stays, goes, by_hand].into_iter().flatten().collect()
}

/// The error as a finding among others: with what differs.
pub(super) fn finding(target: &DatabaseTarget, drift: &Drift) -> Option<Error> {
    let error = unrecorded(Error::new(Code::Drift, message(target, &drift.finding)?), drift);
    Some(match &drift.finding {
        Finding::Differs(differences) => {
            let hint = "`schemactl diff` shows it as SQL, and the SQL that takes it back";
            with_schemas(never_run(error.with_cause(cause(drift)), differences).with_hint(hint), differences)
        }
        Finding::Unexplained(obstacles) | Finding::Unknown(obstacles) => not_known(error, drift, obstacles),
        Finding::None => return None,
    })
}

fn unrecorded(error: Error, drift: &Drift) -> Error {
    record_again(drift).into_iter().fold(error, Error::with_hint)
}

/// What is there already is recorded, and not made again.
fn record_again(drift: &Drift) -> Option<String> {
    if drift.unrecorded.is_empty() {
        return None;
    }
    let marked = repeated("--mark-applied", &drift.unrecorded);
    let (versions, verb) = (listed(&drift.unrecorded, 10), if drift.unrecorded.len() == 1 { "makes" } else { "make" });
    Some(format!(
        "what {versions} {verb} is there already, and not recorded, as after `repair --forget`: `schemactl repair {marked}` records it"
    ))
}

/// What was recorded and never run, a baseline that was too high or a version by itself, is forgotten, and run.
fn never_run(error: Error, differences: &Differences) -> Error {
    let Some(NeverRun { is_baseline, versions, first, silent, are_late }) = &differences.never_run else {
        return error;
    };
    let up = if *are_late { "`schemactl up --order any`" } else { "`schemactl up`" };
    let (version, what, forget) = (first.version, &first.what, repeated("--forget", versions));
    let error = error.with_hint(visible(&if *is_baseline {
        format!(
            "the baseline was too high: what {version} makes is not there ({what}); `schemactl repair {forget}`, then {up} applies what was only \
             recorded"
        )
    } else {
        format!(
            "nothing of what {version} makes is there ({what}): where it was recorded and never run, as by `repair --mark-applied`, \
             `schemactl repair {forget}`, then {up} applies it"
        )
    }));
    if silent.is_empty() {
        return error;
    }
    error.with_hint(format!(
        "{} changes rows alone, or nothing that the catalog shows: where that was not done either, forget it as well",
        listed(silent, 5)
    ))
}

/// What there is to know of what was compared: that data is being moved, and other histories. Where the history is in doubt, as its own notes say, others are named
/// already.
pub(super) fn notes(drift: &Drift, of_history: &[String]) -> Vec<String> {
    let others = if of_history.is_empty() { other_histories(drift) } else { Vec::new() };
    drift.moved.iter().cloned().chain(others).collect()
}

/// That other applications have histories of their own in this database: what those made may be drift to these migrations.
fn other_histories(drift: &Drift) -> Vec<String> {
    let note = |name: &String| format!("another history, schemactl's own: {name}; its application is not looked at");
    drift.others.iter().map(note).collect()
}

/// What is somebody else's is left out, by what it is called or by its schema.
fn with_schemas(error: Error, differences: &Differences) -> Error {
    /// More are better left out by a pattern with `*`.
    const MOST: usize = 6;
    let mut patterns = differences.all.iter().filter_map(|difference| difference.pattern.as_deref());
    let first: Vec<String> = patterns.by_ref().take(MOST).map(|pattern| format!("\"{pattern}\"")).collect();
    let more = match patterns.count() {
        0 => String::new(),
        more => format!(", and so on for {more} more; `*` in a pattern stands for any letters"),
    };
    let error = if first.is_empty() {
        error
    } else {
        error.with_hint(format!(
            "where it is somebody else's, as another application's in the same database, leave it out in schema.toml: `ignore = [{}]`{more}",
            first.join(", ")
        ))
    };
    if differences.has_new_schemas() {
        return error.with_hint("what others keep in schemas of their own is left out by `schemas` in schema.toml");
    }
    error
}

fn message(target: &DatabaseTarget, finding: &Finding) -> Option<String> {
    let database = &target.connection;
    Some(match finding {
        Finding::None => return None,
        Finding::Differs(differences) => {
            format!("{database} is not what its migrations make: {}", count(differences.all.len(), "difference"))
        }
        Finding::Unexplained(_) => format!("{database} is not what the last run left"),
        Finding::Unknown(_) => format!("whether {database} is what its migrations make is not known"),
    })
}

fn not_known(error: Error, drift: &Drift, obstacles: &Obstacles) -> Error {
    obstacles.hints.iter().cloned().fold(error.with_cause(cause(drift)), Error::with_hint)
}

fn cause(drift: &Drift) -> String {
    /// More are counted.
    const MOST: usize = 5;
    let sentences = drift.finding.sentences();
    let mut cause = sentences.iter().take(MOST).cloned().collect::<Vec<_>>().join("; ");
    if sentences.len() > MOST {
        cause.push_str(&format!("; and {} more", sentences.len() - MOST));
    }
    visible(&cause)
}
