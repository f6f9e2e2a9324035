//! What is kept of the rows that migrations changed.

use tokio_postgres::Client;

use super::connect;
use crate::config::Options;
use crate::database::postgres::PostgresDatabase;
use crate::error::Result;
use crate::history::KeptRows;
use crate::run::{self, PurgeRequest};

/// Returns what is kept of the rows that migrations changed, as `schemactl undo list` shows it. Reads only.
///
/// ```no_run
/// # async fn start(client: tokio_postgres::Client) -> schemactl::Result<()> {
/// use schemactl::{Options, postgres};
///
/// for kept in postgres::kept(&client, &Options::new()).await? {
///     println!("{}: {}, {} rows", kept.version, kept.state, kept.rows);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Where the index cannot be read.
pub async fn kept(client: &Client, options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = PostgresDatabase::borrow_to_look(client, options);
    run::kept(&mut database).await
}

/// As [`kept`], in the database that a URL names.
///
/// ```no_run
/// # async fn start(url: &str) -> schemactl::Result<()> {
/// use schemactl::{Options, postgres};
///
/// assert!(postgres::kept_url(url, &Options::new()).await?.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`kept`], and where the server cannot be reached.
pub async fn kept_url(url: &str, options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = connect(url, options).await?;
    let kept = run::kept(&mut database).await;
    database.close().await;
    kept
}

/// Takes away what is kept, and returns what that was: [`down`](super::down) does not put it back any more. All of it is done or nothing, and each version has a
/// line in the log.
///
/// ```no_run
/// # async fn start(mut client: tokio_postgres::Client) -> schemactl::Result<()> {
/// use schemactl::{Options, PurgeRequest, postgres};
///
/// let purged = postgres::purge(&mut client, &[PurgeRequest::Expired], &Options::new()).await?;
/// println!("{} purged", purged.len());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A version that is not applied and of which nothing is kept, and where the index cannot be read or written. Then nothing was purged.
pub async fn purge(client: &mut Client, requests: &[PurgeRequest], options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = PostgresDatabase::borrow(client, options);
    run::purge(&mut database, requests).await
}

/// As [`purge`], in the database that a URL names.
///
/// ```no_run
/// # async fn start(url: &str) -> schemactl::Result<()> {
/// use schemactl::{Options, PurgeRequest, postgres};
///
/// postgres::purge_url(url, &[PurgeRequest::All], &Options::new()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`purge`], and where the server cannot be reached.
pub async fn purge_url(url: &str, requests: &[PurgeRequest], options: &Options) -> Result<Vec<KeptRows>> {
    let mut database = connect(url, options).await?;
    let purged = run::purge(&mut database, requests).await;
    database.close().await;
    purged
}
