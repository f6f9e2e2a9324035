//! Migrations for an SQLite database: what an application calls at start-up.
//!
//! Everything here blocks, and needs no async runtime.
//!
//! ```
//! use schemactl::Migrations;
//!
//! # let folder = std::env::temp_dir().join(format!("schemactl-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # std::fs::write(folder.join("V1__create_orders.sql"), "CREATE TABLE orders (id INTEGER PRIMARY KEY);")?;
//! let migrations = Migrations::read(&folder)?; // or `embed!`, at build time
//! let mut connection = rusqlite::Connection::open_in_memory()?;
//! let report = schemactl::sqlite::up(&mut connection, &migrations)?;
//! assert_eq!(report.to_string(), "1 applied");
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod kept;
mod look;
mod proof;
mod record;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;

pub use self::kept::{kept, kept_url, purge, purge_url};
pub use self::look::{pending, pending_url, plan, plan_url, status, status_url};
pub use self::proof::{assert_applies, assert_proven};
pub use self::record::{baseline, baseline_url, repair, repair_url};
use crate::config::{Options, SqliteLocation};
use crate::database::sqlite::{OpenPurpose, SqliteDatabase, open};
use crate::error::Result;
use crate::plan::{Back, Target};
use crate::run::{self, Adopted, Report};
use crate::source::Migrations;

/// Applies every pending migration, with the default options.
///
/// Where nothing is pending this is one read: no lock, no write. Several processes may call it at the same moment: each
/// migration is applied once, and all return when all are.
///
/// ```
/// use schemactl::{Migrations, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// assert_eq!(sqlite::up(&mut connection, &migrations)?.to_string(), "2 applied");
/// assert!(sqlite::up(&mut connection, &migrations)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A refusal ([`ErrorKind::Refused`](crate::ErrorKind::Refused)) where files and history do not agree; otherwise the
/// failure of a step, which is rolled back. [`Error::database_state`](crate::Error::database_state) says what the
/// database holds then.
pub fn up(connection: &mut Connection, migrations: &Migrations) -> Result<Report> {
    up_with(connection, migrations, &Target::Latest, &Options::default())
}

/// Applies pending migrations as far as `target`.
///
/// ```
/// use schemactl::{Migrations, Options, Target, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_memory")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// let options = Options::new().application("notes 2.1");
/// let report = sqlite::up_with(&mut connection, &migrations, &Target::Phase("tables".into()), &options)?;
/// assert_eq!(report.to_string(), "13 applied");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`up`].
pub fn up_with(
    connection: &mut Connection,
    migrations: &Migrations,
    target: &Target,
    options: &Options,
) -> Result<Report> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::up(&mut database, migrations, target, options))
}

/// Opens the database that a URL names, such as `sqlite:app.db`, creates it where it is missing, and applies every pending
/// migration.
///
/// ```
/// use schemactl::{Migrations, Options, sqlite};
///
/// # let folder = std::env::temp_dir().join(format!("schemactl-doc-url-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let url = format!("sqlite:{}", folder.join("app.db").display());
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let report = sqlite::up_url(&url, &migrations, &Options::new())?; // "sqlite:app.db"
/// assert_eq!(report.steps().len(), 2);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`up`], and where the file cannot be opened.
pub fn up_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Report> {
    let mut database = by_url(url, OpenPurpose::Change, options)?;
    block_on(run::up(&mut database, migrations, &Target::Latest, options))
}

/// Takes over what another tool has recorded as applied, as `schemactl adopt` does, and runs nothing: it becomes the baseline from which
/// [`up`] goes on. [`Options::take_over`] says whose record it is; by default it is whichever is found. None where the database was
/// taken over before.
///
/// ```
/// use schemactl::{Migrations, Options, Tool, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// # for migration in &migrations { connection.execute_batch(migration.up().text())?; }
/// connection.execute_batch("CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES (1), (2);")?;
/// let options = Options::new().take_over(Tool::Rails);
/// let adopted = sqlite::adopt(&mut connection, &migrations, &options)?.expect("it is the first time");
/// assert_eq!(adopted.to_string(), "2 adopted from the table schema_migrations (rails)");
/// assert!(sqlite::adopt(&mut connection, &migrations, &options)?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A refusal where there is no such record, or where it and the migrations do not agree. Then nothing was changed.
pub fn adopt(connection: &mut Connection, migrations: &Migrations, options: &Options) -> Result<Option<Adopted>> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::adopt_as_asked(&mut database, migrations, options))
}

/// Opens the database that a URL names, which must be there, and takes over what another tool has recorded, as [`adopt`] does.
///
/// ```no_run
/// # fn start(migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Tool, sqlite};
///
/// sqlite::adopt_url("sqlite:app.db", migrations, &Options::new().take_over(Tool::Refinery))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`adopt`], and where the file cannot be opened.
pub fn adopt_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Option<Adopted>> {
    let location = SqliteLocation::parse(url)?;
    // What is not there has nothing to be taken over: it is read as empty, and stays missing.
    let is_missing = matches!(&location, SqliteLocation::File { path, .. } if matches!(path.try_exists(), Ok(false)));
    let connection = open(&location, if is_missing { OpenPurpose::Read } else { OpenPurpose::Change })?;
    let mut database = SqliteDatabase::own(connection, options);
    block_on(run::adopt_as_asked(&mut database, migrations, options))
}

/// Takes migrations back, the last one first, with the downs that were stored when they were applied.
///
/// ```
/// use schemactl::{Back, Migrations, Options, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// sqlite::up(&mut connection, &migrations)?;
/// let report = sqlite::down(&mut connection, &migrations, Back::Steps(1), &Options::new())?;
/// assert_eq!(report.to_string(), "1 reverted");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A refusal where a version has no down, and the failure of a step, which is rolled back.
pub fn down(connection: &mut Connection, migrations: &Migrations, back: Back, options: &Options) -> Result<Report> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::down(&mut database, migrations, back, options))
}

/// Takes migrations back in the database that a URL names. A file that is missing stays missing: there is nothing in it.
///
/// ```
/// use schemactl::{Back, Migrations, Options, sqlite};
///
/// # let folder = std::env::temp_dir().join(format!("schemactl-doc-down-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let url = format!("sqlite:{}", folder.join("app.db").display());
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// sqlite::up_url(&url, &migrations, &Options::new())?; // "sqlite:app.db"
/// let report = sqlite::down_url(&url, &migrations, Back::Steps(1), &Options::new())?;
/// assert_eq!(report.to_string(), "1 reverted");
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`down`], and where the file cannot be opened.
pub fn down_url(url: &str, migrations: &Migrations, back: Back, options: &Options) -> Result<Report> {
    let mut database = existing(url, options)?;
    block_on(run::down(&mut database, migrations, back, options))
}

fn by_url(url: &str, purpose: OpenPurpose, options: &Options) -> Result<SqliteDatabase<'static>> {
    Ok(SqliteDatabase::own(open(&SqliteLocation::parse(url)?, purpose)?, options))
}

/// To change, but a file that is missing is not created for that.
fn existing(url: &str, options: &Options) -> Result<SqliteDatabase<'static>> {
    let location = SqliteLocation::parse(url)?;
    let purpose = if location.is_missing() { OpenPurpose::Read } else { OpenPurpose::Change };
    Ok(SqliteDatabase::own(open(&location, purpose)?, options))
}

/// Runs a future of an SQLite database, which never has to wait.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("an SQLite database blocks, so that its futures are ready at the first poll"),
    }
}
