//! Other tools' tables: finding them, reading them, and taking them over.

use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::SqlState;

use super::message::{Message, Origin};
use super::{PostgresDatabase, failure, lock, record, state, step};
use crate::database::{Failure, Reader, Takeover, Why};
use crate::error::{Code, Result};
use crate::history::{ForeignHistory, LedgerRow, LocatedTable};
use crate::sql::{Ident, Literal};

/// So many records share a message.
const TOGETHER: usize = 100;

/// Puts the history in the place of another tool's table.
pub(super) async fn take_over(database: &mut PostgresDatabase<'_>, takeover: &Takeover<'_>) -> Result<(), Failure> {
    lock::assert_held(database)?;
    let done = in_transaction(database, takeover).await;
    record::end(database, done).await?;
    if let Some(prepared) = &mut database.prepared {
        prepared.create.clear();
    }
    Ok(())
}

/// Finds a table, in the history's schema or else by the search path.
pub(super) async fn locate(database: &mut PostgresDatabase<'_>, table: &str) -> Result<Option<LocatedTable>> {
    let tables = &database.tables;
    let sql = format!(
        "SELECT format('%I.%I', n.nspname, c.relname), c.relname, c.oid IS NOT DISTINCT FROM to_regclass({}), a.attname \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
         WHERE c.oid = coalesce(to_regclass({}), to_regclass({})) AND c.relkind IN ('r', 'p') \
         AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        Literal(Some(&tables.history())),
        Literal(Some(&tables.qualified(table))),
        Literal(Some(&Ident(table).to_string()))
    );
    let rows = query(database, &sql).await?;
    let text = |row: &SimpleQueryRow, column: usize| row.get(column).unwrap_or_default().to_owned();
    Ok(rows.first().map(|first| LocatedTable {
        // The server quoted it.
        sql: text(first, 0),
        name: text(first, 1),
        columns: rows.iter().map(|row| text(row, 3)).collect(),
        is_in_our_place: first.get(2) == Some("t"),
    }))
}

/// Reads the rows of another tool's table.
pub(super) async fn rows(database: &mut PostgresDatabase<'_>, select: &str) -> Result<Vec<LedgerRow>> {
    let rows = query(database, select).await?;
    let text = |row: &SimpleQueryRow, column: usize| row.get(column).map(str::to_owned);
    let row = |row| LedgerRow { version: text(row, 0), flag: text(row, 1), name: text(row, 2), checksum: text(row, 3) };
    Ok(rows.iter().map(row).collect())
}

async fn query(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>> {
    match database.session.query(sql).await {
        Ok(rows) => Ok(rows),
        Err(broken) => {
            let message = format!("the tables of {} cannot be read", database.label());
            Err(failure::query(broken, database.session.is_interrupted(), message))
        }
    }
}

async fn in_transaction(database: &mut PostgresDatabase<'_>, takeover: &Takeover<'_>) -> Result<(), Failure> {
    let ForeignHistory { tool, place, rows: read } = &takeover.ledger;
    let mut message = step::begin(database);
    message.ours(&state::lock_timeout(database));
    message.ours(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", place.sql));
    message.send(database).await.map_err(|failure| {
        let is_gone = failure.is_undefined_table();
        if is_gone { failure.because(Why::DoneByOther) } else { failure }
    })?;
    // The application's client holds no lock of the run: between the reading and the lock another starter may have marked the table.
    let now = rows(database, &ForeignHistory::select(*tool, place)).await.map_err(|error| {
        let is_marked = error.sqlstate() == Some(SqlState::UNDEFINED_COLUMN.code());
        let failure = Failure::of_error(error);
        if is_marked { failure.because(Why::DoneByOther) } else { failure }
    })?;
    if now != *read {
        return Err(Failure::new(Code::HistoryTable, "the table was changed meanwhile").because(Why::DoneByOther));
    }
    if let Some(mark) = takeover.mark() {
        message.ours(&mark);
    }
    if let Some(aside) = &takeover.aside {
        message.ours(&format!("ALTER TABLE {} RENAME TO {}", place.sql, Ident(aside)));
    }
    create(database, &mut message);
    let empty = format!("SELECT 1 / (NOT EXISTS (SELECT FROM {}))::int", database.tables.history());
    message.add(&empty, Origin::Unchanged { job: 0 });
    for (number, write) in takeover.writes.iter().enumerate() {
        if number > 0 && number % TOGETHER == 0 {
            message.send(database).await?;
        }
        if let Some(statement) = database.tables.write(write, &database.options) {
            message.add(&statement, Origin::Record { job: 0 });
        }
    }
    message.commit();
    message.send(database).await
}

/// Another tool's table may have hidden that the history is missing.
fn create(database: &PostgresDatabase<'_>, message: &mut Message) {
    message.ours(super::lock::NO_NOTICES);
    let known = &database.prepared().create;
    if known.is_empty() {
        database.tables.create(true).iter().for_each(|statement| message.ours(&statement.text));
    } else {
        known.iter().for_each(|statement| message.ours(&statement.text));
    }
}
