//! What became of a statement outside a transaction, as the catalog tells; and clearing away what a failure left.

use std::time::Instant;

use tokio_postgres::SimpleQueryRow;

use super::message::Message;
use super::session::DeferredCleanup;
use super::{PostgresDatabase, carried, failure, holder, restore};
use crate::database::{Holder, Look, Reader, Settled};
use crate::duration::server_milliseconds;
use crate::error::{Code, Error, Result};
use crate::event::Event;
use crate::sql::{Literal, Name, Outside, Statement, StatementKind};

/// Between two looks at a server process that is still at work.
const POLL: std::time::Duration = std::time::Duration::from_millis(200);

/// Whether the statement's effect is there. Half-built indexes are dropped.
pub(super) async fn settle(
    database: &mut PostgresDatabase<'_>,
    statement: &Statement<'_>,
    look: Look,
) -> Result<Settled> {
    let StatementKind::Outside(outside) = &statement.kind else { return Ok(Settled::Open) };
    if look == Look::Before {
        until_idle(database, statement.text).await?;
    }
    // Names are looked up as the step's own SET statements have it.
    carried::resolve(database)
        .await
        .map_err(|failure| failure.into_error(Code::Query, "what the step has set cannot be read"))?;
    let mut settings: Vec<String> = database.carried.statements().map(str::to_owned).collect();
    if look == Look::Failed {
        settings.push(format!("SET lock_timeout = {}", server_milliseconds(database.options.lock_timeout)));
    }
    if settings.is_empty() {
        return of(database, outside, look).await;
    }
    let put_back = restore::defer_put_back(database);
    let settled = match query(database, &settings.join(";\n")).await {
        Ok(_) => of(database, outside, look).await,
        Err(error) => Err(error),
    };
    let restored = query(database, &put_back).await;
    if restored.is_ok() {
        database.session.cleaned_up(DeferredCleanup::Settings);
    }
    let settled = settled?;
    restored.map(|_| settled)
}

async fn of(database: &mut PostgresDatabase<'_>, outside: &Outside<'_>, look: Look) -> Result<Settled> {
    match outside {
        Outside::CreateIndexConcurrently { index, table, .. } => created_index(database, index.as_ref(), table).await,
        Outside::DropIndexConcurrently { indexes } => dropped_indexes(database, indexes).await,
        Outside::ReindexConcurrently { relation } => {
            drop_leftovers(database, relation.as_ref()).await.map(|()| Settled::Open)
        }
        Outside::DetachPartitionConcurrently { parent, partition } => detached(database, parent, partition, look).await,
        Outside::CreateDatabase { name } => exists(database, "pg_database", "datname", name).await,
        Outside::CreateTablespace { name } => exists(database, "pg_tablespace", "spcname", name).await,
        Outside::DropDatabase { name } => exists(database, "pg_database", "datname", name).await.map(opposite),
        Outside::DropTablespace { name } => exists(database, "pg_tablespace", "spcname", name).await.map(opposite),
        // These may be run any number of times, or cannot be told from outside.
        _ => Ok(Settled::Open),
    }
}

fn opposite(settled: Settled) -> Settled {
    match settled {
        Settled::Done | Settled::Finished => Settled::Open,
        Settled::Open => Settled::Done,
    }
}

async fn query(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>> {
    match database.session.query(sql).await {
        Ok(rows) => Ok(rows),
        Err(broken) => {
            let message = format!("the catalog of {} cannot be read", database.label());
            Err(failure::query(broken, database.session.is_interrupted(), message))
        }
    }
}

async fn is_found(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<bool> {
    Ok(!query(database, sql).await?.is_empty())
}

/// A killed runner's server process works on until it has finished its statement: waits for that.
async fn until_idle(database: &mut PostgresDatabase<'_>, statement: &str) -> Result<()> {
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' \
         AND datname = current_database() AND starts_with({}, query) AND length(query) > 20",
        Literal(Some(&Message::of_one(statement)))
    );
    wait_while(database, &sql, "an interrupted run's statement is still at work on the server").await
}

/// `sql` finds nothing once there is nothing to wait for; its column `pid` is the server's process, where it tells.
async fn wait_while(database: &mut PostgresDatabase<'_>, sql: &str, what: &str) -> Result<()> {
    let start = Instant::now();
    while let Some(found) = query(database, sql).await?.first() {
        let pid = found.try_get("pid").ok().flatten();
        let holder = match pid {
            Some(pid) => holder::of_process(database, pid).await,
            None => None,
        };
        if start.elapsed() >= database.options.lock_wait {
            let error = Error::new(Code::LockTimeout, what).with_state("this run changed nothing");
            return Err(match (holder, pid) {
                (Some(Holder { who, hints }), _) => {
                    hints.into_iter().fold(error.with_cause(format!("it is {who}")), Error::with_hint)
                }
                (None, Some(pid)) => error
                    .with_cause(format!("it is process {pid} of the server"))
                    .with_hint(format!("wait for it, or end it: `SELECT pg_terminate_backend({pid})`")),
                (None, None) => {
                    error.with_hint("pg_stat_activity shows it: wait for it, or end it with pg_terminate_backend")
                }
            });
        }
        let told = holder.map_or_else(|| what.to_owned(), |holder| format!("{what}: {}", holder.who));
        database.options.observer.emit(Event::WaitingForLock { holder: Some(told), waited: start.elapsed() });
        database.pause(POLL).await;
        if database.session.is_interrupted() {
            return Err(Error::new(Code::Interrupted, "interrupted while waiting"));
        }
    }
    Ok(())
}

/// The table's schema is the index's.
fn index_of(index: &Name<'_>, table: &Name<'_>) -> String {
    format!(
        "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = {} AND t.relnamespace = c.relnamespace AND n.oid = \
         (SELECT relnamespace FROM pg_class WHERE oid = to_regclass({}))",
        Literal(Some(&index.name)),
        Literal(Some(&table.to_string()))
    )
}

async fn created_index(
    database: &mut PostgresDatabase<'_>,
    index: Option<&Name<'_>>,
    table: &Name<'_>,
) -> Result<Settled> {
    match index {
        Some(index) => named_index(database, index, table).await,
        None => unnamed_index(database, table).await,
    }
}

async fn named_index(database: &mut PostgresDatabase<'_>, index: &Name<'_>, table: &Name<'_>) -> Result<Settled> {
    let from = index_of(index, table);
    wait_for_build(database, &from).await?;
    let rows = query(database, &format!("SELECT i.indisvalid, format('%I.%I', n.nspname, c.relname) {from}")).await?;
    match rows.first().map(|row| (row.get(0), row.get(1))) {
        None => Ok(Settled::Open),
        Some((Some("t"), _)) => Ok(Settled::Done),
        Some((_, name)) => {
            drop_index(database, name.unwrap_or_default()).await?;
            Ok(Settled::Open)
        }
    }
}

/// While another session builds an index it is invalid; of other roles' sessions the view tells the process alone, which has this lock.
async fn wait_for_build(database: &mut PostgresDatabase<'_>, from: &str) -> Result<()> {
    let sql = format!(
        "SELECT {from} AND NOT i.indisvalid AND EXISTS (SELECT FROM pg_stat_progress_create_index b JOIN pg_locks l ON l.pid = b.pid WHERE l.relation = i.indrelid \
         AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid() \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    );
    wait_while(database, &sql, "another session is building the index").await
}

/// What was made since the journal noted that the statement at hand is begun: where it notes none, nothing was.
const SINCE: &str = "age(c.xmin) < (SELECT min(age(h.xmin)) FROM HISTORY h WHERE h.in_doubt)";

fn since(database: &PostgresDatabase<'_>) -> String {
    SINCE.replace("HISTORY", &database.tables.history())
}

/// The server chose the name. An index of the table that was made since the statement was begun is its work; an older one is that of
/// others, also where it is invalid.
async fn unnamed_index(database: &mut PostgresDatabase<'_>, table: &Name<'_>) -> Result<Settled> {
    let from = format!(
        "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE i.indrelid = to_regclass({}) AND {}",
        Literal(Some(&table.to_string())),
        since(database)
    );
    wait_for_build(database, &from).await?;
    drop_invalid(database, &format!("{from} AND NOT i.indisvalid AND c.relkind = 'i'")).await?;
    match query(database, &format!("SELECT {from} AND i.indisvalid")).await?.len() {
        0 => Ok(Settled::Open),
        1 => Ok(Settled::Done),
        _ => Err(Error::new(
            Code::InDoubt,
            format!("which index of {} an interrupted run has built cannot be told", table.plain()),
        )
        .with_cause("more than one was built since the statement without a name for its index was begun")
        .with_hint("drop the one that it built, if it did, and run it again; or give the index a name")),
    }
}

/// REINDEX CONCURRENTLY leaves what it was building, or what it has replaced, under these names
/// (<https://www.postgresql.org/docs/17/sql-reindex.html>). Those that were there before are others'.
async fn drop_leftovers(database: &mut PostgresDatabase<'_>, relation: Option<&Name<'_>>) -> Result<()> {
    let of = match relation {
        Some(relation) => {
            let relation = Literal(Some(&relation.to_string())).to_string();
            format!(
                "AND (i.indrelid = to_regclass({relation}) \
                 OR i.indrelid IN (SELECT relid FROM pg_partition_tree(to_regclass({relation}))) \
                 OR i.indrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass({relation})))"
            )
        }
        None => String::new(),
    };
    let from = format!(
        "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND n.nspname !~ '^pg_toast' AND {} {of}",
        since(database)
    );
    wait_for_build(database, &from).await?;
    drop_invalid(database, &from).await
}

async fn drop_invalid(database: &mut PostgresDatabase<'_>, from: &str) -> Result<()> {
    let rows = query(database, &format!("SELECT format('%I.%I', n.nspname, c.relname) {from} ORDER BY 1")).await?;
    for name in rows.iter().filter_map(|row| row.get(0)) {
        drop_index(database, name).await?;
    }
    Ok(())
}

async fn drop_index(database: &mut PostgresDatabase<'_>, name: &str) -> Result<()> {
    database.options.observer.emit(Event::RepairingIndex { index: name.to_owned() });
    // The server quoted the name.
    query(database, &format!("DROP INDEX CONCURRENTLY {name}")).await.map(drop).map_err(|error| match error.code() {
        Code::Interrupted | Code::ConnectionLost | Code::TableLocked => error,
        _ => {
            let cause = error.cause().unwrap_or_default().to_owned();
            Error::new(Code::InvalidIndex, format!("the index {name} was left invalid, and cannot be dropped"))
                .with_cause(cause)
                .with_hint(format!("drop it (`DROP INDEX {name}`), then run `schemactl up` again"))
        }
    })
}

async fn dropped_indexes(database: &mut PostgresDatabase<'_>, indexes: &[Name<'_>]) -> Result<Settled> {
    let mut settled = Settled::Done;
    for index in indexes {
        let sql = format!("SELECT WHERE to_regclass({}) IS NOT NULL", Literal(Some(&index.to_string())));
        if is_found(database, &sql).await? {
            settled = Settled::Open;
        }
    }
    Ok(settled)
}

/// An interrupted detach is to be finished: <https://www.postgresql.org/docs/17/sql-altertable.html>.
async fn detached(
    database: &mut PostgresDatabase<'_>,
    parent: &Name<'_>,
    partition: &Name<'_>,
    look: Look,
) -> Result<Settled> {
    let sql = format!(
        "SELECT inhdetachpending FROM pg_inherits WHERE inhparent = to_regclass({}) AND inhrelid = to_regclass({})",
        Literal(Some(&parent.to_string())),
        Literal(Some(&partition.to_string()))
    );
    match query(database, &sql).await?.first().map(|row| row.get(0) == Some("t")) {
        None => Ok(Settled::Done),
        Some(false) => Ok(Settled::Open),
        Some(true) if look == Look::Failed => Ok(Settled::Open),
        Some(true) => {
            query(database, &format!("ALTER TABLE {parent} DETACH PARTITION {partition} FINALIZE")).await?;
            Ok(Settled::Finished)
        }
    }
}

async fn exists(
    database: &mut PostgresDatabase<'_>,
    catalog: &'static str,
    column: &'static str,
    name: &Name<'_>,
) -> Result<Settled> {
    let sql = format!("SELECT FROM {catalog} WHERE {column} = {}", Literal(Some(&name.name)));
    Ok(if is_found(database, &sql).await? { Settled::Done } else { Settled::Open })
}
