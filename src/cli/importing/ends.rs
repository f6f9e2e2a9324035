//! The database that files are imported into, or exported from.

use rusqlite::Connection;

use crate::cli::context::Context;
use crate::cli::database::settings;
use crate::config::{Connection as Place, DatabaseTarget};
use crate::database::postgres::PostgresDatabase;
use crate::database::sqlite::{self, OpenPurpose, SqliteDatabase};
use crate::database::{Detail, HistoryTables, Inspect as _, lock};
use crate::error::{Code, Error, Result};
use crate::import::TargetCatalog;
use crate::run;
use crate::transfer::{SqliteRows, TargetSession};
use crate::version::Version;

/// What of a database an import or export has to know.
pub(in crate::cli) struct ImportEnd {
    pub(in crate::cli) catalog: TargetCatalog,
    /// The schema and the name of its history; on SQLite the schema is of no meaning.
    pub(in crate::cli) schema: String,
    pub(in crate::cli) history: String,
    /// The last version that is applied.
    pub(in crate::cli) version: Option<Version>,
}

/// The one database that is selected.
pub(in crate::cli) fn one(context: &Context) -> Result<DatabaseTarget> {
    let mut targets = context.targets(None)?;
    if targets.len() > 1 {
        let names: Vec<&str> = targets.iter().filter_map(|target| target.database.as_deref()).collect();
        return Err(Error::new(Code::Usage, "files are of one database, and several are selected")
            .with_hint(format!("name one: `--database NAME`; there are {}", names.join(", "))));
    }
    targets.pop().ok_or_else(|| Error::new(Code::UnknownDatabase, "schema.toml has no database"))
}

fn no_history(target: &DatabaseTarget) -> Error {
    Error::new(Code::ImportNotReady, format!("{} has no history: nothing was migrated there", target.connection))
        .with_state("nothing was written")
        .with_hint("make its tables first: `schemactl up`")
}

/// Opens a file of SQLite that migrations have made.
pub(in crate::cli) async fn on_sqlite(target: &DatabaseTarget) -> Result<(Connection, ImportEnd)> {
    let Place::Sqlite(location) = &target.connection else {
        return Err(Error::new(Code::Usage, format!("{} is not a database of SQLite", target.connection)));
    };
    if location.is_missing() {
        return Err(no_history(target));
    }
    let connection = sqlite::open(location, OpenPurpose::Change)?;
    let waits = connection.busy_timeout(target.options.lock_wait);
    waits.map_err(|error| sqlite::of_file(error, "the database cannot be used"))?;
    let end = end_of_sqlite(&connection, target).await?;
    if end.version.is_none() {
        return Err(no_history(target));
    }
    Ok((connection, end))
}

async fn end_of_sqlite(connection: &Connection, target: &DatabaseTarget) -> Result<ImportEnd> {
    let mut database = SqliteDatabase::borrow(connection, &target.options);
    let rows = run::history_rows(&mut database).await?;
    Ok(ImportEnd {
        catalog: TargetCatalog::Sqlite(database.inspection().await?.snapshot),
        schema: String::new(),
        history: target.options.table.clone(),
        version: rows.records().iter().map(|record| record.version).max(),
    })
}

/// Opens a file of SQLite to be read, in one read transaction, whoever has made it.
pub(in crate::cli) async fn read_sqlite(target: &DatabaseTarget) -> Result<(SqliteRows, ImportEnd)> {
    let Place::Sqlite(location) = &target.connection else {
        return Err(Error::new(Code::Usage, format!("{} is not a database of SQLite", target.connection)));
    };
    if location.is_missing() {
        return Err(Error::new(Code::Connect, format!("{} does not exist", target.connection)));
    }
    let rows = SqliteRows::checked(sqlite::open(location, OpenPurpose::Read)?)?;
    let end = end_of_sqlite(rows.connection(), target).await?;
    Ok((rows, end))
}

/// Works in a session on PostgreSQL, while no migration runs there and no other import.
pub(in crate::cli) async fn on_postgres<T>(
    context: &Context,
    target: &DatabaseTarget,
    work: impl AsyncFnOnce(&TargetSession, &ImportEnd) -> Result<T>,
) -> Result<T> {
    let settings = settings(target)?;
    let mut database = PostgresDatabase::connect(settings.clone(), &target.options).await?;
    let done = async {
        let end = end_of(&mut database, target).await?;
        let (locked, _) = lock(&mut database, &HistoryTables::Leave, Detail::Plan).await?;
        let done = async {
            let session = TargetSession::open(&settings, target.options.lock_timeout, context.interrupt()).await?;
            let done = work(&session, &end).await;
            session.close().await;
            done
        };
        let done = done.await;
        locked.end(done).await
    };
    let done = done.await;
    database.close().await;
    done
}

/// What an import or export has to know of a database on PostgreSQL.
pub(in crate::cli) async fn end_of(database: &mut PostgresDatabase<'_>, target: &DatabaseTarget) -> Result<ImportEnd> {
    let Some((schema, history)) = database.history_table().await? else { return Err(no_history(target)) };
    let rows = run::history_rows(database).await?;
    let version = rows.records().iter().map(|record| record.version).max();
    let catalog = TargetCatalog::Postgres(Box::new(database.inspection().await?.snapshot));
    Ok(ImportEnd { catalog, schema, history, version })
}
