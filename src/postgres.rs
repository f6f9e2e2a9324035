//! Migrations for a PostgreSQL database: what an application calls at start-up.
//!
//! ```no_run
//! # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
//! let report = schemactl::postgres::up(&mut client, migrations).await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! The session of the application's own client is left with the settings that it had. Only what an application has invented
//! (`SET app.tenant = ...`) cannot be put back where a migration itself sets it, or says RESET ALL: no catalog lists it.
//!
//! With the application's own client each step takes the lock within its own transaction. By URL a second connection holds
//! the lock for the whole run; [`Options::connections`] does without it where the server has none. Behind `PgBouncer` in transaction mode, prefer the URL for migrations that cannot be in a
//! transaction: with one client they need a lock of the session.

use tokio_postgres::Client;

use crate::config::Options;
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::connect::{Environment, Settings};
use crate::database::postgres::scratch::ScratchServer;
use crate::error::Result;
use crate::plan::{Back, RepairRequest, Target};
use crate::prove::{self, Given, Known, Proof};
use crate::run::{self, Repaired, Report};
use crate::source::Migrations;
use crate::version::Version;

/// Applies every pending migration, with the default options.
///
/// Where nothing is pending this is one round trip: no lock, no write. Several processes may call it at the same moment:
/// each migration is applied once, and all return when all are.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// let report = schemactl::postgres::up(&mut client, migrations).await?;
/// println!("{report}"); // 2 applied
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A refusal ([`ErrorKind::Refused`](crate::ErrorKind::Refused)) where files and history do not agree; otherwise the
/// failure of a step. [`Error::database_state`](crate::Error::database_state) says what the database holds then.
pub async fn up(client: &mut Client, migrations: &Migrations) -> Result<Report> {
    up_with(client, migrations, &Target::Latest, &Options::default()).await
}

/// Applies pending migrations as far as `target`.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Target, postgres};
///
/// let options = Options::new().application("notes 2.1");
/// postgres::up_with(&mut client, migrations, &Target::Phase("core".into()), &options).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`up`].
pub async fn up_with(
    client: &mut Client,
    migrations: &Migrations,
    target: &Target,
    options: &Options,
) -> Result<Report> {
    let mut database = PostgresDatabase::borrow(client, options);
    run::up(&mut database, migrations, target, options).await
}

/// Connects as libpq would, with a URL, a `key=value` string, PG* variables, the password and service files, and applies
/// every pending migration.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, postgres};
///
/// let url = "postgresql://app@db.internal/shop?sslmode=verify-full";
/// postgres::up_url(url, migrations, &Options::new()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`up`], and where the server cannot be reached.
pub async fn up_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Report> {
    let mut database = connect(url, options).await?;
    let report = run::up(&mut database, migrations, &Target::Latest, options).await;
    database.close().await;
    report
}

/// Takes migrations back, the last one first, with the downs that were stored when they were applied.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Back, Options, postgres};
///
/// postgres::down(&mut client, migrations, Back::Steps(1), &Options::new()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A refusal where a version has no down, and the failure of a step.
pub async fn down(client: &mut Client, migrations: &Migrations, back: Back, options: &Options) -> Result<Report> {
    let mut database = PostgresDatabase::borrow(client, options);
    run::down(&mut database, migrations, back, options).await
}

/// Returns the versions that [`up`] would act on: none when the application may serve. For readiness probes.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, postgres};
///
/// let ready = postgres::pending(&client, migrations, &Options::new()).await?.is_empty();
/// # let _ = ready;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The same refusals as [`up`], and failures to read.
pub async fn pending(client: &Client, migrations: &Migrations, options: &Options) -> Result<Vec<Version>> {
    let mut database = PostgresDatabase::borrow(client, options);
    run::pending(&mut database, migrations, options).await
}

/// Puts the history right, as `schemactl repair` does, and returns what was changed: for an application that has nobody to type it.
/// Migrations are never run. All changes are made or none, and each has a line in the log.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, RepairRequest, postgres};
///
/// for change in postgres::repair(&mut client, migrations, &[RepairRequest::Checksums], &Options::new()).await? {
///     println!("{change}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A version that neither the files nor the history have, and where the history cannot be read or written.
pub async fn repair(
    client: &mut Client,
    migrations: &Migrations,
    requests: &[RepairRequest],
    options: &Options,
) -> Result<Vec<Repaired>> {
    let mut database = PostgresDatabase::borrow(client, options);
    run::repair(&mut database, migrations, requests).await
}

/// Fails the test that calls it unless every migration applies to an empty database, can be taken back, and applies
/// again. What is irreversible says so (`-- schemactl: irreversible`), and is not taken back, nor what is below it. The database is a new one on the server of `url`, and is dropped afterwards.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// # async fn test() {
/// schemactl::postgres::assert_applies("postgresql://localhost/postgres", &MIGRATIONS).await;
/// # }
/// ```
///
/// # Panics
/// With the whole error report where one does not.
pub async fn assert_applies(url: &str, migrations: &Migrations) {
    if let Err(error) = Box::pin(applies(url, migrations)).await {
        panic!("{error:#}");
    }
}

async fn applies(url: &str, migrations: &Migrations) -> Result<()> {
    // The database is its own: what migrations wrote there is nobody's.
    let options = Options::default().accept_data_loss(true);
    let mut server = ScratchServer::connect(settings(url)?, &options).await?;
    let scratch = server.create(None).await?;
    let walked = match server.open(&scratch).await {
        Ok(mut database) => {
            let walked = run::walk(&mut database, migrations, &options).await;
            database.close().await;
            walked
        }
        Err(error) => Err(error),
    };
    server.drop(&scratch).await?;
    server.close().await;
    walked
}

/// Fails the test that calls it unless every migration is proven: its down, written or derived, restores the schema exactly, and the
/// up runs again after it. A migration that declares itself irreversible is taken at its word. The databases are new ones on the
/// server of `url`, and are dropped afterwards; the role must be allowed to create databases.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// # async fn test() {
/// schemactl::postgres::assert_proven("postgresql://localhost/postgres", &MIGRATIONS).await;
/// # }
/// ```
///
/// # Panics
/// With what every wrong down leaves to be done.
pub async fn assert_proven(url: &str, migrations: &Migrations) {
    match Box::pin(proven(url, migrations)).await {
        Ok(proofs) => {
            let wrong = prove::wrong(&proofs);
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
        Err(error) => panic!("{error:#}"),
    }
}

async fn proven(url: &str, migrations: &Migrations) -> Result<Vec<Proof>> {
    let (options, known) = (Options::default(), Known::new());
    Box::pin(prove::postgres::prove(settings(url)?, &options, migrations, Given::Prove, &known)).await
}

async fn connect(url: &str, options: &Options) -> Result<PostgresDatabase<'static>> {
    PostgresDatabase::connect(settings(url)?, options).await
}

fn settings(url: &str) -> Result<Settings> {
    Settings::parse(url, &Environment::process())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_send<T: Send>(future: T) -> T {
        future
    }

    #[test]
    fn futures_can_be_spawned() {
        let migrations = Migrations::EMPTY;
        drop(assert_send(up_url("", &migrations, &Options::default())));
        drop(assert_send(assert_applies("", &migrations)));
        drop(assert_send(assert_proven("", &migrations)));
    }
}
