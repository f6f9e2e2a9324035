//! Looking for drift in a database of either kind, and what is said of it.

#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(unused_variables, clippy::unused_async, reason = "there is no database to look at")
)]

use super::context::Context;
use super::database::AnyDatabase;
#[cfg(feature = "postgres")]
use super::database::scratch;
use crate::config::{Project, Target};
use crate::drift::{self, Depth, Differences, Drift, Finding, Obstacles};
use crate::error::{Code, Error, Result};
use crate::report::count;
use crate::run::Status;
use crate::source::Migrations;

/// Looks for drift. Where a comparison needs a scratch database on a server, that is dropped also when the user stops it.
pub(super) struct Looker<'a> {
    context: &'a Context,
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite's scratch databases are in memory"))]
    project: &'a Project,
}

impl<'a> Looker<'a> {
    pub(super) fn new(context: &'a Context, project: &'a Project) -> Self {
        Self { context, project }
    }

    /// Compares a database with what its history implies.
    pub(super) async fn look(
        &self,
        database: &mut AnyDatabase,
        migrations: &Migrations,
        target: &Target,
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
                let make = async || scratch(self.context, self.project, &target.source()).await;
                Box::pin(drift::look(&mut **database, migrations, &target.options, depth, make)).await
            }
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            AnyDatabase::Neither(never) => match *never {},
        }
    }

    /// Looks for drift where the last run recorded a fingerprint. Without one a check of the history stays what it was: one read. That
    /// nobody can tell, as on a server that was upgraded and gives no scratch database, is no finding of a check: it is told to people.
    pub(super) async fn check(
        &self,
        database: &mut AnyDatabase,
        status: &Status,
        target: &Target,
        migrations: &Migrations,
    ) -> Result<Option<Drift>> {
        if drift::recorded(status).is_none() {
            return Ok(None);
        }
        let drift = self.look(database, migrations, target, Depth::Names).await?;
        if let (Finding::Unknown(_), Some(message)) = (&drift.finding, message(target, &drift.finding)) {
            self.context.output.note(format!("{message}: {}", cause(&drift)));
            return Ok(None);
        }
        Ok(Some(drift))
    }
}

/// The error with which a command ends that has shown what differs.
pub(super) fn error(target: &Target, drift: &Drift) -> Option<Error> {
    let error = Error::new(Code::Drift, message(target, &drift.finding)?);
    Some(match &drift.finding {
        Finding::Differs(differences) => {
            let hint = "write what is to stay as a migration; take back the rest: `schemactl diff --sql`";
            with_schemas(error.with_hint(hint), differences)
        }
        Finding::Unexplained(obstacles) | Finding::Unknown(obstacles) => not_known(error, drift, obstacles),
        Finding::None => return None,
    })
}

/// The error as a finding among others: with what differs.
pub(super) fn finding(target: &Target, drift: &Drift) -> Option<Error> {
    let error = Error::new(Code::Drift, message(target, &drift.finding)?);
    Some(match &drift.finding {
        Finding::Differs(differences) => {
            let hint = "`schemactl diff` shows it as SQL, and the SQL that takes it back";
            with_schemas(error.with_cause(cause(drift)).with_hint(hint), differences)
        }
        Finding::Unexplained(obstacles) | Finding::Unknown(obstacles) => not_known(error, drift, obstacles),
        Finding::None => return None,
    })
}

fn with_schemas(error: Error, differences: &Differences) -> Error {
    if differences.has_new_schemas() {
        return error.with_hint("what others keep in schemas of their own is left out by `schemas` in schema.toml");
    }
    error
}

fn message(target: &Target, finding: &Finding) -> Option<String> {
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
    cause
}
