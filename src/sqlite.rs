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

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rusqlite::Connection;

use crate::config::{Options, SqliteLocation};
use crate::database::sqlite::{Purpose, SqliteDatabase, open};
use crate::down::sqlite::SqliteScratch;
use crate::error::Result;
use crate::plan::{Back, RepairRequest, Target};
use crate::prove::{self, Bench, Given, Known};
use crate::run::{self, Repaired, Report};
use crate::source::Migrations;
use crate::version::Version;

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
    let connection = open(&SqliteLocation::parse(url)?, Purpose::Change)?;
    let mut database = SqliteDatabase::own(connection, options);
    block_on(run::up(&mut database, migrations, &Target::Latest, options))
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

/// Returns the versions that [`up`] would act on: none when the application may serve. For readiness probes.
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
/// The same refusals as [`up`], and failures to read.
pub fn pending(connection: &Connection, migrations: &Migrations, options: &Options) -> Result<Vec<Version>> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::pending(&mut database, migrations, options))
}

/// Puts the history right, as `schemactl repair` does, and returns what was changed: for an application that has nobody to type it.
/// Migrations are never run. All changes are made or none, and each has a line in the log.
///
/// ```
/// use schemactl::{Migrations, Options, RepairRequest, Version, sqlite};
///
/// let migrations = Migrations::read("migrations/sqlite/agent_platform")?;
/// let mut connection = rusqlite::Connection::open_in_memory()?;
/// // The tables are there already: nothing is run for them.
/// let last = Version::new(1).expect("it is above 0");
/// let changes = sqlite::repair(&mut connection, &migrations, &[RepairRequest::Baseline(last)], &Options::new())?;
/// assert_eq!(changes.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A version that neither the files nor the history have, and where the history cannot be read or written.
pub fn repair(
    connection: &mut Connection,
    migrations: &Migrations,
    requests: &[RepairRequest],
    options: &Options,
) -> Result<Vec<Repaired>> {
    let mut database = SqliteDatabase::borrow(connection, options);
    block_on(run::repair(&mut database, migrations, requests))
}

/// Fails the test that calls it unless every migration applies to an empty database, can be taken back, and applies
/// again. What is irreversible says so (`-- schemactl: irreversible`), and is not taken back, nor what is below it. The database is in memory.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// #[test]
/// fn migrations_apply() {
///     schemactl::sqlite::assert_applies(&MIGRATIONS);
/// }
/// ```
///
/// # Panics
/// With the whole error report where one does not.
#[track_caller]
pub fn assert_applies(migrations: &Migrations) {
    if let Err(error) = applies(migrations) {
        panic!("{error:#}");
    }
}

fn applies(migrations: &Migrations) -> Result<()> {
    // The database is its own: what migrations wrote there is nobody's.
    let options = Options::default().accept_data_loss(true);
    let mut database = SqliteDatabase::own(open(&SqliteLocation::Memory, Purpose::Change)?, &options);
    block_on(run::walk(&mut database, migrations, &options))
}

/// Fails the test that calls it unless every migration is proven: its down, written or derived, restores the schema exactly, and the
/// up runs again after it. A migration that declares itself irreversible is taken at its word. The databases are in memory.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// #[test]
/// fn migrations_can_be_taken_back() {
///     schemactl::sqlite::assert_proven(&MIGRATIONS);
/// }
/// ```
///
/// # Panics
/// With what every wrong down leaves to be done.
#[track_caller]
pub fn assert_proven(migrations: &Migrations) {
    match proven(migrations) {
        Ok(wrong) => assert!(wrong.is_empty(), "{}", wrong.join("\n")),
        Err(error) => panic!("{error:#}"),
    }
}

/// One text for each migration whose down is wrong.
fn proven(migrations: &Migrations) -> Result<Vec<String>> {
    let mut bench = Bench::new(SqliteScratch::open()?, SqliteScratch::open()?);
    let proofs = block_on(bench.prove(migrations, Given::Prove, &Known::new()))?;
    Ok(prove::wrong(&proofs))
}

/// Runs a future of an SQLite database, which never has to wait.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("an SQLite database blocks, so that its futures are ready at the first poll"),
    }
}
