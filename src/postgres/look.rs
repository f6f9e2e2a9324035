//! What an application asks: what is pending, how migrations stand, what an `up` would do.

use tokio_postgres::Client;

use super::connect;
use crate::config::Options;
use crate::database::postgres::PostgresDatabase;
use crate::error::Result;
use crate::plan::Target;
use crate::run::{self, Preview, Rehearse, Status};
use crate::source::Migrations;
use crate::version::Version;

/// Returns the versions that [`up`](super::up) would act on: none when the application may serve. For readiness probes.
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
/// The same refusals as [`up`](super::up), and failures to read.
pub async fn pending(client: &Client, migrations: &Migrations, options: &Options) -> Result<Vec<Version>> {
    let mut database = PostgresDatabase::borrow_to_look(client, options);
    run::pending(&mut database, migrations, options).await
}

/// Returns the versions that [`up_url`](super::up_url) would act on in the database that a URL names.
///
/// ```no_run
/// # async fn start(url: &str, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, postgres};
///
/// let ready = postgres::pending_url(url, migrations, &Options::new()).await?.is_empty();
/// # let _ = ready;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`pending`], and where the server cannot be reached.
pub async fn pending_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Vec<Version>> {
    let mut database = connect(url, options).await?;
    let versions = run::pending(&mut database, migrations, options).await;
    database.close().await;
    versions
}

/// Returns how each migration stands, as `schemactl status` shows it: applied, pending, modified. Reads only.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{MigrationStatus, Options, postgres};
///
/// let status = postgres::status(&client, migrations, &Options::new()).await?;
/// println!("{status}"); // 12 applied, 2 pending
/// for migration in status.migrations().iter().filter(|one| one.status == MigrationStatus::Pending) {
///     println!("{} {}", migration.version, migration.description);
/// }
/// # let _ = &mut client;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Where the history cannot be read, or another tool's table has its name.
pub async fn status(client: &Client, migrations: &Migrations, options: &Options) -> Result<Status> {
    let mut database = PostgresDatabase::borrow_to_look(client, options);
    run::status(&mut database, migrations).await
}

/// Returns how each migration stands in the database that a URL names.
///
/// ```no_run
/// # async fn start(url: &str, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, postgres};
///
/// let status = postgres::status_url(url, migrations, &Options::new()).await?;
/// println!("{status}"); // 12 applied, 2 pending
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`status`], and where the server cannot be reached.
pub async fn status_url(url: &str, migrations: &Migrations, options: &Options) -> Result<Status> {
    let mut database = connect(url, options).await?;
    let status = run::status(&mut database, migrations).await;
    database.close().await;
    status
}

/// Returns what [`up_with`](super::up_with) would do now, as `schemactl plan` shows it. With [`Rehearse::Yes`] the steps are run in a transaction that is
/// rolled back, to see whether they would succeed: it takes their locks meanwhile, and sequences stay advanced.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Rehearse, Target, postgres};
///
/// let plan = postgres::plan(&mut client, migrations, &Target::Latest, Rehearse::Yes, &Options::new()).await?;
/// if let Some(error) = plan.failure() {
///     eprintln!("{error:#}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The same refusals as [`up`](super::up), and failures to read. Why a step would fail is no error of the plan: [`Preview::failure`] has it.
pub async fn plan(
    client: &mut Client,
    migrations: &Migrations,
    target: &Target,
    rehearse: Rehearse,
    options: &Options,
) -> Result<Preview> {
    let mut database = PostgresDatabase::borrow_to_look(client, options);
    run::preview(&mut database, migrations, target, options, rehearse).await
}

/// Returns what [`up_url`](super::up_url) would do now to the database that a URL names, as far as `target`.
///
/// ```no_run
/// # async fn start(url: &str, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Rehearse, Target, postgres};
///
/// let plan = postgres::plan_url(url, migrations, &Target::Latest, Rehearse::No, &Options::new()).await?;
/// println!("{plan}"); // apply 7 add_total
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`plan`], and where the server cannot be reached.
pub async fn plan_url(
    url: &str,
    migrations: &Migrations,
    target: &Target,
    rehearse: Rehearse,
    options: &Options,
) -> Result<Preview> {
    let mut database = connect(url, options).await?;
    let preview = run::preview(&mut database, migrations, target, options, rehearse).await;
    database.close().await;
    preview
}
