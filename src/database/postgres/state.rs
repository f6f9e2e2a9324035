//! What is asked of a server before the first change, and why nothing may be changed there.

use tokio_postgres::SimpleQueryRow;

use super::PostgresDatabase;
use super::Prepared;
use super::failure;
use super::fresh::{Belongings, INVENTORY};
use super::keys::AdvisoryKeys;
use super::privilege;
use super::restore::{self, SessionState};
use super::session::{DeferredCleanup, SessionFailure};
use crate::database::Failure;
use crate::duration::server_milliseconds;
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::source::Requirement;
use crate::sql::{Literal, Strings};

/// The oldest server that is supported, as `server_version_num` has it.
const OLDEST: u32 = 140_000;

/// Why nothing can be written here, though reading works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteObstacle {
    /// The server is a hot standby.
    Recovery,
    /// Transactions of this session are read only by default.
    ReadOnly,
    /// The role may not write the history, or create it.
    Privilege,
    /// No schema of the search path exists.
    NoSchema,
    /// An earlier release made the history, and the role may not add the column that it lacks.
    Shape,
}

/// So many columns has the row of a setting that was made in the session. Those of what the session has besides have another number.
const SETTING_COLUMNS: usize = 2;

/// A query with everything that is to be known before the first change: one row, one of the history's tables, then one for each setting that
/// was made in this session, and, of the application's, for each thing that it has besides.
const PREPARE: &str = "SELECT 'server', current_database(), current_setting('server_version_num'), pg_is_in_recovery(), \
     current_setting('transaction_read_only'), current_setting('role'), session_user, \
     current_setting('standard_conforming_strings'), now() = statement_timestamp(), pg_backend_pid(), \
     current_setting('row_security')";

/// Asks what every change depends on, and fails where nothing can be changed.
pub(super) async fn assert_changeable(database: &mut PostgresDatabase<'_>) -> Result<()> {
    prepare(database).await?;
    match database.prepared().obstacle {
        Some(obstacle) => Err(obstacle.error(database)),
        None => Ok(()),
    }
}

/// Asks the server, once, for what every change depends on.
pub(super) async fn prepare(database: &mut PostgresDatabase<'_>) -> Result<()> {
    if database.prepared.is_some() {
        return Ok(());
    }
    let is_borrowed = database.session.is_borrowed();
    let message = format!(
        "{PREPARE}\n;\n{}\n;\nSELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name{}",
        database.tables.locate(),
        if is_borrowed { format!("\n;\n{INVENTORY}") } else { String::new() }
    );
    let rows = match database.session.query(&message).await {
        Ok(rows) => rows,
        Err(broken) => return Err(unprepared(database, broken)),
    };
    let text = |row: usize, column: usize| rows.get(row).and_then(|row| row.get(column)).unwrap_or_default().to_owned();
    let version = text(0, 2).parse().unwrap_or(0);
    if version < OLDEST {
        return Err(too_old(version));
    }
    if text(0, 8) == "f" {
        return Err(Error::new(Code::Usage, "the client has an open transaction")
            .with_state("nothing was changed")
            .with_hint("commit it or roll it back first: migrations have transactions of their own"));
    }
    let strings = if text(0, 7) == "off" { Strings::Escapes } else { Strings::Standard };
    if strings == Strings::Escapes {
        standard_strings(database).await?;
    }
    let reset = restore::reset(is_borrowed, version);
    let (settings, belongings): (Vec<_>, Vec<_>) = rows.iter().skip(2).partition(|row| row.len() == SETTING_COLUMNS);
    let value = |row: &SimpleQueryRow, column: usize| row.get(column).unwrap_or_default().to_owned();
    let settings: Vec<(String, String)> = settings.into_iter().map(|row| (value(row, 0), value(row, 1))).collect();
    let schema = rows.get(1).and_then(|row| row.get(0)).map(str::to_owned);
    let is_old = text(1, 1) == "t" && text(1, 4) == "f";
    let obstacle = obstacle(&text(0, 3), &text(0, 4), schema.as_deref(), &text(1, 2))
        .or_else(|| (is_old && text(1, 5) != "t").then_some(WriteObstacle::Shape));
    let schema = schema.unwrap_or_default();
    let is_there = text(1, 1) == "t";
    let privileges = match obstacle {
        Some(WriteObstacle::Privilege) if !is_there => privilege::hints(database, &schema).await?,
        Some(WriteObstacle::Privilege) => {
            let role = if text(0, 5) == "none" { text(0, 6) } else { text(0, 5) };
            vec![privilege::to_write(database, &role)]
        }
        _ => Vec::new(),
    };
    let keys = AdvisoryKeys::new(&schema, database.tables.name());
    database.tables.resolve(schema);
    let belongings = if is_borrowed { Belongings::of_application(belongings) } else { Belongings::of_own() };
    database.prepared = Some(Prepared {
        database: text(0, 1),
        version,
        pid: text(0, 9).parse().unwrap_or_default(),
        keys,
        belongings,
        row_security: text(0, 10),
        state: SessionState::new(&text(0, 6), &text(0, 5), &settings, reset, strings),
        create: match (is_there, is_old) {
            (true, false) => Vec::new(),
            (true, true) => database.tables.complete(),
            (false, _) => database.tables.create(text(1, 3) == "t"),
        },
        obstacle,
        has_move: text(1, 6) == "t",
        owns_kept: text(1, 7) == "t",
        privileges,
    });
    Ok(())
}

/// An application that wants backslashes in strings gets them back when the run is over.
async fn standard_strings(database: &mut PostgresDatabase<'_>) -> Result<()> {
    database.session.defer_cleanup(DeferredCleanup::Strings, "SET standard_conforming_strings = off");
    let set = database.session.run("SET standard_conforming_strings = on").await;
    set.map_err(|broken| unprepared(database, broken))
}

fn obstacle(in_recovery: &str, read_only: &str, schema: Option<&str>, may_write: &str) -> Option<WriteObstacle> {
    match (in_recovery, read_only, schema, may_write) {
        ("t", ..) => Some(WriteObstacle::Recovery),
        (_, "on", ..) => Some(WriteObstacle::ReadOnly),
        (_, _, None, _) => Some(WriteObstacle::NoSchema),
        (.., "f") => Some(WriteObstacle::Privilege),
        _ => None,
    }
}

fn unprepared(database: &PostgresDatabase<'_>, broken: SessionFailure) -> Error {
    failure::query(broken, database.session.is_interrupted(), "the server could not be asked for its state")
}

fn too_old(version: u32) -> Error {
    let (major, minor) = (version / 10_000, version % 10_000);
    Error::new(Code::ServerVersion, format!("PostgreSQL 14 to 18 are supported, the server is {major}.{minor}"))
        .with_state("nothing was changed")
        .with_hint("upgrade the server: the community supports each major version for five years")
}

impl WriteObstacle {
    /// The error of a run that has something to change.
    pub(super) fn error(self, database: &PostgresDatabase<'_>) -> Error {
        let label = crate::database::Reader::label(database);
        let error = match self {
            Self::Recovery => {
                Error::new(Code::Recovery, format!("{label} is on a hot standby: it cannot be changed here"))
                    .with_hint("connect to the primary, or let libpq's rule find it: target_session_attrs=read-write")
            }
            Self::ReadOnly => {
                Error::new(Code::Recovery, format!("transactions in {label} are read only for this role"))
                    .with_hint("lift default_transaction_read_only for the role that migrates")
            }
            Self::Privilege if database.prepared().create.is_empty() => Error::new(
                Code::Privilege,
                format!("this role may not write the history of {label}"),
            )
,
            Self::Privilege => Error::new(Code::Privilege, format!("this role may not create the history of {label}")),
            Self::Shape => Error::new(
                Code::Privilege,
                format!("the history of {label} was made by an earlier release, and this role may not add the column that it lacks"),
            )
            .with_hint(format!("let its owner migrate once, or run `{}`", database.tables.add_columns())),
            Self::NoSchema => Error::new(Code::HistoryTable, format!("no schema of the search path exists in {label}"))
                .with_hint(Hint::from("name one, and it is created: ").setting(Setting::OWN_SCHEMA)),
        };
        let hints = if self == Self::Privilege { &database.prepared().privileges[..] } else { &[] };
        hints.iter().cloned().fold(error.with_state("nothing was changed"), Error::with_hint)
    }

    /// Why a dry run cannot run anything.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Recovery => "the server is a hot standby",
            Self::ReadOnly => "transactions are read only for this role",
            Self::Privilege => "this role may not write the history",
            Self::NoSchema => "no schema of the search path exists",
            Self::Shape => "the history lacks a column, which only its owner may add",
        }
    }
}

/// The settings of a step's transaction.
pub(super) fn local(database: &PostgresDatabase<'_>, job: &crate::database::Job<'_>) -> String {
    let lock = job.directives.lock_timeout.unwrap_or(database.options.lock_timeout);
    // Without a limit it waits as long as it takes.
    let lock = server_milliseconds(if lock.is_zero() { lock } else { lock.min(database.patience) });
    let statement = server_milliseconds(job.directives.statement_timeout.unwrap_or(database.options.statement_timeout));
    let mut sql = format!(
        "SELECT set_config('lock_timeout', '{lock}', true), set_config('statement_timeout', '{statement}', true), \
         set_config('idle_in_transaction_session_timeout', '0', true)"
    );
    // PostgreSQL 17 added a limit on whole transactions.
    if database.prepared().version >= 170_000 {
        sql += ", set_config('transaction_timeout', '0', true)";
    }
    sql
}

/// How long a write to the history may wait for a lock in its transaction.
pub(super) fn lock_timeout(database: &PostgresDatabase<'_>) -> String {
    let patience = server_milliseconds(database.options.lock_timeout);
    format!("SELECT set_config('lock_timeout', '{patience}', true)")
}

/// An error of a write to the history, outside a step.
pub(super) fn of_write(failure: Failure, label: &str) -> Error {
    let code = if failure.code == Code::StatementFailed { Code::HistoryTable } else { failure.code };
    failure::of_failure(failure, code, format!("the history of {label} cannot be written"))
}

/// Whether the server can create the extension.
pub(super) async fn available(database: &mut PostgresDatabase<'_>, requirement: &Requirement) -> Result<bool> {
    let Requirement::Extension(name) = requirement;
    let query = format!("SELECT FROM pg_available_extensions WHERE name = {}", Literal(Some(name)));
    match database.session.query(&query).await {
        Ok(rows) => Ok(!rows.is_empty()),
        Err(broken) => Err(failure::of_history(database, broken)),
    }
}
