//! What an application asks: what is pending, how migrations stand, what an `up` would do.

use rusqlite::Connection;

use super::{block_on, by_url};
use crate::config::Options;
use crate::database::sqlite::{OpenPurpose, SqliteDatabase};
use crate::error::Result;
use crate::plan::Target;
use crate::run::{self, Preview, Rehearse, Status};
use crate::source::Migrations;
use crate::version::Version;

/// Returns the versions that [`up`](super::up) would act on: none when the application may serve. For readiness probes.
///
/// ```
/// use schemactl::{Migrations, Options, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let connection = rusqlite::Connection::open_in_memory()?;
/// assert_eq!(sqlite::pending(&connection, &migrations, &Options::new())?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The same refusals as [`up`](super::up), and failures to read.
pub fn pending(connection: &Connection, migrations: &Migrations, options: &Options) -> Result<Vec<Version>> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::pending(&mut database, migrations, options))
}

/// Returns the versions that [`up_url`](super::up_url) would act on in the database that a URL names. A file that is missing stays missing.
///
/// ```
/// use schemactl::{Migrations, Options, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// assert_eq!(sqlite::pending_url("sqlite:not-there-yet.db", &migrations, &Options::new())?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`pending`], and where the file cannot be opened.
pub fn pending_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Vec<Version>> {
    let mut database = by_url(url, OpenPurpose::Read, options)?;
    block_on(run::pending(&mut database, migrations, options))
}

/// Returns how each migration stands, as `schemactl status` shows it: applied, pending, modified. Reads only.
///
/// ```
/// use schemactl::{MigrationStatus, Migrations, Options, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// sqlite::up(&mut connection, &migrations)?;
/// let status = sqlite::status(&connection, &migrations, &Options::new())?;
/// assert_eq!(status.to_string(), "2 applied");
/// assert!(status.is_settled());
/// assert_eq!(status.migrations()[0].status, MigrationStatus::Applied);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the history cannot be read, or another tool's table has its name.
pub fn status(connection: &Connection, migrations: &Migrations, options: &Options) -> Result<Status> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::status(&mut database, migrations))
}

/// Returns how each migration stands in the database that a URL names. A file that is missing stays missing.
///
/// ```
/// use schemactl::{Migrations, Options, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let status = sqlite::status_url("sqlite:not-there-yet.db", &migrations, &Options::new())?;
/// assert_eq!(status.to_string(), "2 pending");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`status`], and where the file cannot be opened.
pub fn status_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Status> {
    let mut database = by_url(url, OpenPurpose::Read, options)?;
    block_on(run::status(&mut database, migrations))
}

/// Returns what [`up_with`](super::up_with) would do now, as `schemactl plan` shows it, and changes nothing. With [`Rehearse::Yes`] the steps are run on
/// a copy of the database, to see whether they would succeed.
///
/// ```
/// use schemactl::{Migrations, Options, Rehearse, Target, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let connection = rusqlite::Connection::open_in_memory()?;
/// let plan = sqlite::plan(&connection, &migrations, &Target::Latest, Rehearse::Yes, &Options::new())?;
/// assert_eq!((plan.steps().len(), plan.succeeded()), (2, Some(2)));
/// assert!(plan.failure().is_none());
/// assert_eq!(sqlite::pending(&connection, &migrations, &Options::new())?.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The same refusals as [`up`](super::up), and failures to read. Why a step would fail is no error of the plan: [`Preview::failure`] has it.
pub fn plan(
    connection: &Connection,
    migrations: &Migrations,
    target: &Target,
    rehearse: Rehearse,
    options: &Options,
) -> Result<Preview> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::preview(&mut database, migrations, target, options, rehearse))
}

/// Returns what [`up_url`](super::up_url) would do now to the database that a URL names, as far as `target`. A file that is missing stays missing.
///
/// ```
/// use schemactl::{Migrations, Options, Rehearse, Target, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let url = "sqlite:not-there-yet.db";
/// let plan = sqlite::plan_url(url, &migrations, &Target::Latest, Rehearse::No, &Options::new())?;
/// assert_eq!(plan.to_string().lines().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`plan`], and where the file cannot be opened.
pub fn plan_url(
    url: &str,
    migrations: &Migrations,
    target: &Target,
    rehearse: Rehearse,
    options: &Options,
) -> Result<Preview> {
    let mut database = by_url(url, OpenPurpose::Read, options)?;
    block_on(run::preview(&mut database, migrations, target, options, rehearse))
}
