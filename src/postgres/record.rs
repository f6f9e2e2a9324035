//! What is changed in the history alone.

use tokio_postgres::Client;

use super::connect;
use crate::config::Options;
use crate::database::postgres::PostgresDatabase;
use crate::error::Result;
use crate::plan::RepairRequest;
use crate::run::{self, Repaired};
use crate::source::Migrations;
use crate::version::Version;

/// Records every migration up to `last` that has no record as there already, and returns these: for a database whose tables are older than
/// its history. No migration is run, and nothing is compared; `schemactl diff` tells what differs.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Version, postgres};
///
/// let last = Version::new(7).expect("it is above 0");
/// for change in postgres::baseline(&mut client, migrations, last, &Options::new()).await? {
///     println!("{change}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A version that the files do not have, and where the history cannot be read or written.
pub async fn baseline(
    client: &mut Client,
    migrations: &Migrations,
    last: Version,
    options: &Options,
) -> Result<Vec<Repaired>> {
    repair(client, migrations, &[RepairRequest::Baseline(last)], options).await
}

/// As [`baseline`], in the database that a URL names.
///
/// ```no_run
/// # async fn start(url: &str, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, Version, postgres};
///
/// let last = Version::new(7).expect("it is above 0");
/// postgres::baseline_url(url, migrations, last, &Options::new()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`baseline`], and where the server cannot be reached.
pub async fn baseline_url(
    url: &str,
    migrations: &Migrations,
    last: Version,
    options: &Options,
) -> Result<Vec<Repaired>> {
    repair_url(url, migrations, &[RepairRequest::Baseline(last)], options).await
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

/// As [`repair`], in the database that a URL names.
///
/// ```no_run
/// # async fn start(url: &str, migrations: &schemactl::Migrations) -> schemactl::Result<()> {
/// use schemactl::{Options, RepairRequest, postgres};
///
/// postgres::repair_url(url, migrations, &[RepairRequest::Checksums], &Options::new()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`repair`], and where the server cannot be reached.
pub async fn repair_url(
    url: &str,
    migrations: &Migrations,
    requests: &[RepairRequest],
    options: &Options,
) -> Result<Vec<Repaired>> {
    let mut database = connect(url, options).await?;
    let repaired = run::repair(&mut database, migrations, requests).await;
    database.close().await;
    repaired
}
