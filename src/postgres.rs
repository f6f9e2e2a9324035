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

mod kept;
mod look;
mod proof;
mod record;

use tokio_postgres::Client;

pub use self::kept::{kept, kept_url, purge, purge_url};
pub use self::look::{pending, pending_url, plan, plan_url, status, status_url};
pub use self::proof::{assert_applies, assert_proven};
pub use self::record::{baseline, baseline_url, repair, repair_url};
use crate::config::Options;
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};
use crate::error::{Code, Error, Result};
use crate::plan::{Back, Target};
use crate::run::{self, Adopted, Report};
use crate::source::Migrations;

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

/// Takes over what another tool has recorded as applied, as `schemactl adopt` does, and runs nothing: it becomes the baseline from which
/// [`up`] goes on. [`Options::take_over`] says whose record it is; by default it is whichever is found. None where the database was
/// taken over before.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Tool, postgres};
///
/// let options = Options::new().take_over(Tool::Refinery);
/// if let Some(adopted) = postgres::adopt(&mut client, migrations, &options).await? {
///     println!("{adopted}"); // 2 adopted from the table refinery_schema_history (refinery)
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A refusal where there is no such record, or where it and the migrations do not agree. Then nothing was changed.
pub async fn adopt(client: &mut Client, migrations: &Migrations, options: &Options) -> Result<Option<Adopted>> {
    let mut database = PostgresDatabase::borrow(client, options);
    run::adopt_as_asked(&mut database, migrations, options).await
}

/// Connects as [`up_url`] does, and takes over what another tool has recorded, as [`adopt`] does.
///
/// ```no_run
/// # async fn start(migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Tool, postgres};
///
/// let options = Options::new().take_over(Tool::Refinery);
/// postgres::adopt_url("postgresql://app@db.internal/shop", migrations, &options).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`adopt`], and where the server cannot be reached.
pub async fn adopt_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Option<Adopted>> {
    let mut database = connect(url, options).await?;
    let adopted = run::adopt_as_asked(&mut database, migrations, options).await;
    database.close().await;
    adopted
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

/// Takes migrations back in the database that a URL names.
///
/// ```no_run
/// # async fn start(url: &str, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Back, Options, postgres};
///
/// postgres::down_url(url, migrations, Back::Steps(1), &Options::new()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`down`], and where the server cannot be reached.
pub async fn down_url(url: &str, migrations: &Migrations, back: Back, options: &Options) -> Result<Report> {
    let mut database = connect(url, options).await?;
    let report = run::down(&mut database, migrations, back, options).await;
    database.close().await;
    report
}

async fn connect(url: &str, options: &Options) -> Result<PostgresDatabase<'static>> {
    PostgresDatabase::connect(settings(url)?, options).await
}

fn settings(url: &str) -> Result<ConnectSettings> {
    ConnectSettings::parse(url, &ConnectEnvironment::process())
}

/// Runs a future of a PostgreSQL database to its end, on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|cause| Error::io(Code::Connect, "the system refuses what a connection needs", cause))?;
    runtime.block_on(future)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Rehearse;

    fn assert_send<T: Send>(future: T) -> T {
        future
    }

    #[test]
    fn futures_can_be_spawned() {
        let migrations = Migrations::EMPTY;
        drop(assert_send(up_url("", &migrations, &Options::default())));
        let options = Options::default();
        drop(assert_send(down_url("", &migrations, Back::Empty, &options)));
        drop(assert_send(pending_url("", &migrations, &options)));
        drop(assert_send(status_url("", &migrations, &options)));
        drop(assert_send(plan_url("", &migrations, &Target::Latest, Rehearse::Yes, &options)));
        drop(assert_send(repair_url("", &migrations, &[], &options)));
        drop(assert_send(adopt_url("", &migrations, &options)));
        drop(assert_send(assert_applies("", &migrations)));
        drop(assert_send(assert_proven("", &migrations)));
    }
}
