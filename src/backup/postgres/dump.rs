//! Taking the content of a database.

use tokio_postgres::Client;

use super::programs::{self, Program};
use super::{ask, locale};
use crate::backup::files;
use crate::backup::manifest::damaged;
use crate::backup::partial::Partial;
use crate::backup::task::{BackupRequest, TakenContent, last_version};
use crate::config::Secret;
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::connect::ConnectSettings;
use crate::database::{Detail, Reader as _};
use crate::error::{Error, Result};
use crate::fault;
use crate::version::Version;

/// The transaction that `pg_dump` takes its snapshot of, and in which the history is read: the version is that of the backup.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
                     SET LOCAL idle_in_transaction_session_timeout = 0";

/// What the server tells of itself and of the database.
struct ServerFacts {
    release: String,
    major: u32,
    snapshot: String,
    /// Of all tables: more than what is compressed, unless they are nearly empty.
    bytes: u64,
}

/// Takes the content of a database while others work with it.
pub(in crate::backup) async fn take(request: &BackupRequest<'_>, url: &Secret) -> Result<TakenContent> {
    let settings = ask::settings(request.target, url)?;
    let connected = settings.connect().await?;
    let taken = dump(request, url, &settings, &connected.client).await;
    connected.close().await;
    taken
        .map_err(|error| if error.database_state().is_none() { error.with_state("nothing was changed") } else { error })
}

async fn dump(
    request: &BackupRequest<'_>,
    url: &Secret,
    settings: &ConnectSettings,
    client: &Client,
) -> Result<TakenContent> {
    ask::run(client, BEGIN, "the database cannot be read").await?;
    let facts = facts(client).await?;
    let mut database = PostgresDatabase::borrow_to_look(client, &request.target.options);
    let version = last_version(&database.history(Detail::Plan).await?);
    let pg_bin = request.settings.pg_bin.as_deref();
    let pg_dump = programs::find("pg_dump", facts.major, pg_bin)?;
    let pg_restore = programs::find("pg_restore", pg_dump.major, pg_bin)?;
    files::assert_space_for_backup(&request.settings.folder, facts.bytes, &request.target.connection.to_string())?;
    let postgres = locale::read(client, pg_dump.major).await?;
    let content = Partial::new(&request.settings.folder)?;
    let arguments = vec![
        "--format=custom".to_owned(),
        format!("--snapshot={}", facts.snapshot),
        format!("--file={}", content.path().display()),
    ];
    let parameters = ask::parameters(url, settings.database())?;
    ask::program(&pg_dump, arguments, Some(parameters), request.interrupt).await?;
    fault::point("after backup copy");
    check(request, &pg_restore, &content, version).await?;
    Ok(TakenContent {
        content,
        name: settings.database().to_owned(),
        source: settings.redacted(),
        end: ".dump".to_owned(),
        version,
        engine: format!("PostgreSQL {}", facts.release),
        compression: None,
        database_bytes: None,
        postgres: Some(postgres),
    })
}

async fn facts(client: &Client) -> Result<ServerFacts> {
    let sql = "SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_setting('server_version_num')::integer / 10000, \
                 pg_catalog.pg_export_snapshot(), \
                 (SELECT sum(pg_catalog.pg_table_size(oid)) FROM pg_catalog.pg_class WHERE relkind IN ('r', 'm'))";
    let rows = ask::rows(client, sql).await?;
    let column = |at: usize| rows.first().and_then(|row| row.get(at)).unwrap_or_default();
    let number =
        |at: usize| column(at).parse().map_err(|_| damaged("the server does not say how large the database is"));
    let release = column(0).split_whitespace().next().unwrap_or_default().to_owned();
    let major = u32::try_from(number(1)?).unwrap_or(u32::MAX);
    Ok(ServerFacts { release, major, snapshot: column(2).to_owned(), bytes: number(3)? })
}

/// Reads the file to its end, as restoring would, and looks for the rows of the history.
async fn check(
    request: &BackupRequest<'_>,
    pg_restore: &Program,
    content: &Partial,
    version: Option<Version>,
) -> Result<()> {
    let path = content.path().display().to_string();
    let unreadable = |error: Error| damaged("what pg_dump wrote cannot be read").with_cause(error.with_its_cause());
    let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let all = vec![format!("--file={nowhere}"), path.clone()];
    ask::program(pg_restore, all, None, request.interrupt).await.map_err(unreadable)?;
    let list =
        ask::program(pg_restore, vec!["--list".to_owned(), path], None, request.interrupt).await.map_err(unreadable)?;
    let table = &request.target.options.table;
    let has_history = list.lines().any(|line| line.contains(" TABLE DATA ") && line.contains(&format!(" {table} ")));
    if version.is_none() || has_history {
        return Ok(());
    }
    Err(damaged(format!("what pg_dump wrote has no rows of {table}")))
}
