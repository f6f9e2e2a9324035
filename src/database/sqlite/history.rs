//! The history's tables: their SQL, and reading and writing their rows.

use std::time::Instant;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, ToSql, params};

use super::tables::{Tables, ask, columns, number, optional, version};
use super::unreadable::unreadable;
use super::{SqliteDatabase, digest, failure, undo};
use crate::config::Options;
use crate::database::{ColumnValue, Detail, Expected, Failure, HistoryChange, NewRecord, Why, Write, log_values};
use crate::error::{Code, Result};
use crate::history::columns::{DIGEST, FOUND};
use crate::history::{Details, Elapsed, Found, LogEntry, Record, State, StatementHashes, foreign_tool};
use crate::source::{Head, Requirement, Verdict};

impl Tables {
    pub(super) fn is_empty(&self, connection: &Connection) -> rusqlite::Result<bool> {
        connection.query_row(&format!("SELECT NOT EXISTS (SELECT 1 FROM {})", self.history), [], |row| row.get(0))
    }

    /// Whether the log says that migrations were applied here, whatever became of them.
    pub(super) fn were_used(&self, connection: &Connection) -> rusqlite::Result<bool> {
        if !self.exist(connection)? {
            return Ok(false);
        }
        let done = "outcome = 'done' AND action IN ('up', 'baseline')";
        connection.query_row(&format!("SELECT EXISTS (SELECT 1 FROM {} WHERE {done})", self.log), [], |row| row.get(0))
    }

    /// Fails with `DoneByOther` where the row is not what the plan was made for.
    pub(super) fn check(&self, connection: &Connection, expected: &Expected) -> Result<(), Failure> {
        let (version, wanted) = match expected {
            Expected::Anything => return Ok(()),
            Expected::Kept { version, at } => {
                let is_it = undo::is_kept_at(connection, &self.name, *version, at.as_deref());
                if is_it.map_err(|error| failure::of(error, connection))? {
                    return Ok(());
                }
                let why = "another runner changed what is kept";
                return Err(Failure::new(Code::HistoryTable, why).because(Why::DoneByOther));
            }
            Expected::Absent(version) => (*version, None),
            Expected::Row { version, state, done, checksum } => {
                (*version, Some((state.as_str().to_owned(), *done, checksum.clone())))
            }
        };
        let sql = format!("SELECT state, statements_done, checksum FROM {} WHERE version = ?1", self.history);
        let found = optional(connection.prepare(&sql).and_then(|mut statement| {
            statement.query_row([version.get()], |row| Ok((row.get(0)?, number(row, 1)?, row.get(2)?)))
        }))
        .map_err(|error| failure::of(error, connection))?;
        if found == wanted {
            return Ok(());
        }
        Err(Failure::new(Code::HistoryTable, "another runner changed the history").because(Why::DoneByOther))
    }

    /// Makes one change, and its line in the log. The caller has the transaction, which began at `start`.
    pub(super) fn write(
        &self,
        connection: &Connection,
        write: &Write<'_>,
        options: &Options,
        start: Instant,
    ) -> Result<(), Failure> {
        self.check(connection, &write.expected)?;
        self.change(connection, &write.change, options, start)
            .and_then(|()| self.settle(connection, &write.change))
            .and_then(|()| write.log.as_ref().map_or(Ok(()), |log| self.log(connection, log, options, start)))
            .map_err(|error| failure::of(error, connection))
    }

    fn change(
        &self,
        connection: &Connection,
        change: &HistoryChange<'_>,
        options: &Options,
        start: Instant,
    ) -> rusqlite::Result<()> {
        let table = &self.history;
        match change {
            HistoryChange::None => Ok(()),
            HistoryChange::Put(record) => {
                self.put(connection, record, options, start)?;
                undo::settle(connection, &self.name, record.version)
            }
            HistoryChange::Delete(version) => {
                undo::forget(connection, &self.name, *version)?;
                execute(connection, &format!("DELETE FROM {table} WHERE version = ?1"), params![version.get()])
            }
            HistoryChange::Journal { version, state, done, statements, hashes, in_doubt } => execute(
                connection,
                &format!(
                    "UPDATE {table} SET state = ?2, statements_done = ?3, statements = ?4, statement_hashes = ?5, in_doubt = ?6, \
                     {DIGEST} = NULL WHERE version = ?1"
                ),
                params![version.get(), state.as_str(), signed(*done), signed(*statements), hashes, in_doubt],
            ),
            HistoryChange::Checksum { version, checksum, statements, hashes } => execute(
                connection,
                &format!(
                    "UPDATE {table} SET checksum = ?2, statements = ?3, statements_done = ?3, statement_hashes = ?4, {DIGEST} = NULL \
                     WHERE version = ?1"
                ),
                params![version.get(), checksum.to_string(), signed(*statements), hashes],
            ),
            HistoryChange::Fingerprint { version, stamp } => {
                let last = format!("(SELECT max(version) FROM {table})");
                let sql = format!("UPDATE {table} SET fingerprint = ?2 WHERE version = ?1 AND version = {last}");
                execute(connection, &sql, params![version.get(), stamp.to_string()])
            }
            HistoryChange::NoFingerprints => {
                let sql = format!("UPDATE {table} SET fingerprint = NULL WHERE fingerprint IS NOT NULL");
                execute(connection, &sql, &[])
            }
            HistoryChange::Took { version, milliseconds } => {
                let sql = format!("UPDATE {table} SET duration_ms = ?2 WHERE version = ?1");
                execute(connection, &sql, params![version.get(), i64::try_from(*milliseconds).unwrap_or(i64::MAX)])
            }
            HistoryChange::Purge { version, cause, .. } => undo::purge(connection, &self.name, *version, *cause),
            HistoryChange::Down { version, script, verdict } => execute(
                connection,
                &format!("UPDATE {table} SET down_sql = ?2, down_checksum = ?3, verdict = ?4 WHERE version = ?1"),
                params![
                    version.get(),
                    script.text(),
                    script.checksum().to_string(),
                    verdict.as_ref().map(Verdict::to_string)
                ],
            ),
        }
    }

    fn put(
        &self,
        connection: &Connection,
        record: &NewRecord<'_>,
        options: &Options,
        start: Instant,
    ) -> rusqlite::Result<()> {
        let mut values = record.values(&options.application);
        let digest = self.next_digest(connection, record)?;
        values.push((DIGEST, ColumnValue::Text(digest.into())));
        let kept = format!("coalesce(?, (SELECT {FOUND} FROM {} WHERE version = {}))", self.history, record.version);
        let place = |column: &str| if column == FOUND { kept.clone() } else { "?".to_owned() };
        insert(connection, &format!("INSERT OR REPLACE INTO {}", self.history), &values, place, start)
    }

    fn log(
        &self,
        connection: &Connection,
        entry: &LogEntry,
        options: &Options,
        start: Instant,
    ) -> rusqlite::Result<()> {
        let values = log_values(entry, &options.application);
        insert(connection, &format!("INSERT INTO {}", self.log), &values, |_| "?".to_owned(), start)
    }
}

/// Writes a row with these columns. Each has its place in the statement, which has one parameter.
fn insert(
    connection: &Connection,
    into: &str,
    values: &[(&str, ColumnValue<'_>)],
    place: impl Fn(&str) -> String,
    start: Instant,
) -> rusqlite::Result<()> {
    let columns: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
    let places: Vec<String> = columns.iter().map(|column| place(column)).collect();
    let mut statement =
        connection.prepare(&format!("{into} ({}) VALUES ({})", columns.join(", "), places.join(", ")))?;
    for (index, (_, value)) in (1..).zip(values) {
        match value {
            ColumnValue::Null => statement.raw_bind_parameter(index, rusqlite::types::Null)?,
            ColumnValue::Text(text) => statement.raw_bind_parameter(index, text.as_ref())?,
            ColumnValue::Number(number) => statement.raw_bind_parameter(index, number)?,
            ColumnValue::Took(elapsed) => statement.raw_bind_parameter(index, milliseconds(*elapsed, start))?,
        }
    }
    statement.raw_execute().map(drop)
}

fn execute(connection: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    connection.prepare(sql)?.execute(values).map(drop)
}

fn milliseconds(elapsed: Elapsed, start: Instant) -> i64 {
    match elapsed {
        Elapsed::Transaction => i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX),
        Elapsed::Milliseconds(milliseconds) => i64::try_from(milliseconds).unwrap_or(i64::MAX),
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Reads the history. The statement is tried first: only where it fails is it asked what the table is.
pub(super) fn read(database: &SqliteDatabase<'_>, detail: Detail) -> Result<Found> {
    // Between the two reads another runner may create the table.
    const TRIES: u32 = 3;
    let mut tried = 0;
    loop {
        tried += 1;
        let failed = match ask(database, |connection| rows(connection, &database.tables, detail)) {
            Ok(records) => return Ok(Found::Ours(records)),
            Err(failed) if failed.code() != Code::Query => return Err(failed),
            Err(failed) => failed,
        };
        let columns = ask(database, |connection| columns(connection, &database.tables.name))?;
        if columns.is_empty() {
            return Ok(Found::Absent);
        }
        let is_view = ask(database, |connection| database.tables.is_view(connection))?;
        if let Some(tool) = if is_view { Some("hand, as a view") } else { foreign_tool(&columns) } {
            return Ok(Found::Foreign { tool: tool.to_owned(), columns });
        }
        if tried == TRIES {
            return Err(failed);
        }
    }
}

/// Reads the history, unless its last row says that all of these migrations are applied, and nothing else.
pub(super) fn read_unless(database: &SqliteDatabase<'_>, head: &Head<'_>) -> Result<Option<Found>> {
    match digest::says(database, head) {
        Ok(true) => Ok(None),
        Err(failed) if failed.code() != Code::Query => Err(failed),
        // What is wrong with the table is told where all of it is read.
        Ok(false) | Err(_) => read(database, Detail::Plan).map(Some),
    }
}

fn rows(connection: &Connection, tables: &Tables, detail: Detail) -> rusqlite::Result<Vec<Record>> {
    let details = match detail {
        Detail::Plan => "",
        Detail::All => ", applied_at, host, application, tool, duration_ms, down_sql IS NOT NULL, fingerprint, verdict",
    };
    let sql = format!(
        "SELECT version, description, phase, checksum, state, statements_done, statements, in_doubt, \
         CASE WHEN state IN ('partial', 'reverting') THEN statement_hashes ELSE '' END{details} \
         FROM {} ORDER BY version",
        tables.history
    );
    let mut statement = connection.prepare(&sql)?;
    let records = statement.query_map([], |row| record(row, detail).map_err(|error| unreadable(error, row)))?;
    records.collect()
}

fn record(row: &Row<'_>, detail: Detail) -> rusqlite::Result<Record> {
    let state: String = row.get(4)?;
    Ok(Record {
        version: version(row)?,
        description: row.get(1)?,
        phase: row.get(2)?,
        checksum: row.get(3)?,
        state: State::parse(&state).ok_or(rusqlite::Error::InvalidColumnType(4, state, Type::Text))?,
        statements_done: number(row, 5)?,
        statements: number(row, 6)?,
        in_doubt: row.get(7)?,
        hashes: StatementHashes::parse(row.get_ref(8)?.as_str()?),
        details: match detail {
            Detail::Plan => None,
            Detail::All => Some(details(row)?),
        },
    })
}

fn details(row: &Row<'_>) -> rusqlite::Result<Details> {
    Ok(Details {
        applied_at: row.get(9)?,
        host: row.get(10)?,
        application: row.get(11)?,
        tool: row.get(12)?,
        duration_ms: u64::try_from(row.get::<_, i64>(13)?).unwrap_or(0),
        down_stored: row.get(14)?,
        fingerprint: row.get(15)?,
        verdict: row.get::<_, Option<String>>(16)?.and_then(|verdict| verdict.parse().ok()),
    })
}

/// An extension of SQLite is a module, such as `fts5`, that is compiled in or loaded.
pub(super) fn available(database: &SqliteDatabase<'_>, requirement: &Requirement) -> Result<bool> {
    let Requirement::Extension(name) = requirement;
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_module_list WHERE name = ?1)";
    ask(database, |connection| connection.query_row(sql, [name], |row| row.get(0)))
}
