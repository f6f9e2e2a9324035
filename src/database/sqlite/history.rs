//! The history's tables: their SQL, and reading and writing their rows.

use std::time::Instant;

use rusqlite::types::Type;
use rusqlite::{Connection, Row, ToSql, params};

use super::session::until_free;
use super::unreadable::unreadable;
use super::{SqliteDatabase, failure};
use crate::config::Options;
use crate::database::{Change, Detail, Expected, Failure, NewRecord, Why, Write, who};
use crate::error::{Code, Result};
use crate::history::{Details, Elapsed, Found, LogEntry, Record, State, StatementHashes, foreign_tool};
use crate::source::Requirement;
use crate::sql::Ident;
use crate::version::Version;

/// The history table and its log, by name.
pub(super) struct Tables {
    pub(super) name: String,
    pub(super) history: String,
    pub(super) log: String,
}

/// The column that says what an up found: earlier releases have made the table without.
pub(super) const FOUND: &str = "found";

/// UTC with milliseconds, as RFC 3339 has it.
const NOW: &str = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";

impl Tables {
    pub(super) fn new(name: &str) -> Self {
        let log = format!("{name}_log");
        Self { history: format!("main.{}", Ident(name)), log: format!("main.{}", Ident(&log)), name: name.to_owned() }
    }

    pub(super) fn exist(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = "SELECT count(*) = 2 FROM main.sqlite_schema WHERE type = 'table' AND name IN (?1, ?1 || '_log')";
        connection.query_row(sql, [&self.name], |row| row.get(0))
    }

    /// Whether the history has the columns of now.
    pub(super) fn is_whole(&self, connection: &Connection) -> rusqlite::Result<bool> {
        Ok(columns(connection, &self.name)?.iter().any(|column| column == FOUND))
    }

    /// Brings a history to its shape of now that an earlier release has made.
    pub(super) fn add_found(&self) -> String {
        format!("ALTER TABLE {} ADD COLUMN {FOUND} TEXT", self.history)
    }

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

    fn is_view(&self, connection: &Connection) -> rusqlite::Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'view' AND lower(name) = lower(?1))";
        connection.query_row(sql, [&self.name], |row| row.get(0))
    }

    /// The columns of what stands under the log's name and is not ours; none where nothing does.
    pub(super) fn foreign_log(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        const OURS: [&str; 5] = ["action", "version", "checksum", "outcome", "duration_ms"];
        let columns = columns(connection, &format!("{}_log", self.name))?;
        let is_ours = OURS.iter().all(|ours| columns.iter().any(|column| column == ours));
        Ok(if is_ours { Vec::new() } else { columns })
    }

    pub(super) fn create(&self) -> String {
        let Self { history, log, .. } = self;
        format!(
            "CREATE TABLE IF NOT EXISTS {history} (
    version INTEGER PRIMARY KEY NOT NULL,
    description TEXT NOT NULL,
    phase TEXT,
    checksum TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('applied', 'partial', 'reverting', 'skipped', 'baseline')),
    statements_done INTEGER NOT NULL,
    statements INTEGER NOT NULL,
    in_doubt INTEGER NOT NULL DEFAULT 0,
    applied_at TEXT NOT NULL DEFAULT ({NOW}),
    host TEXT NOT NULL,
    application TEXT NOT NULL,
    tool TEXT NOT NULL,
    duration_ms INTEGER NOT NULL,
    fingerprint TEXT,
    verdict TEXT,
    statement_hashes TEXT NOT NULL,
    down_checksum TEXT,
    down_sql TEXT,
    {FOUND} TEXT
);
CREATE TABLE IF NOT EXISTS {log} (
    id INTEGER PRIMARY KEY,
    logged_at TEXT NOT NULL DEFAULT ({NOW}),
    action TEXT NOT NULL,
    version INTEGER NOT NULL,
    description TEXT NOT NULL,
    checksum TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT,
    host TEXT NOT NULL,
    application TEXT NOT NULL,
    tool TEXT NOT NULL,
    duration_ms INTEGER NOT NULL
);"
        )
    }

    /// Fails with `DoneByOther` where the row is not what the plan was made for.
    pub(super) fn check(&self, connection: &Connection, expected: &Expected) -> Result<(), Failure> {
        let (version, wanted) = match expected {
            Expected::Anything => return Ok(()),
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
            .and_then(|()| write.change.unsettles().map_or(Ok(()), |version| self.unsettle(connection, version)))
            .and_then(|()| write.log.as_ref().map_or(Ok(()), |log| self.log(connection, log, options, start)))
            .map_err(|error| failure::of(error, connection))
    }

    fn change(
        &self,
        connection: &Connection,
        change: &Change<'_>,
        options: &Options,
        start: Instant,
    ) -> rusqlite::Result<()> {
        let table = &self.history;
        match change {
            Change::None => Ok(()),
            Change::Put(record) => self.put(connection, record, options, start),
            Change::Delete(version) => {
                execute(connection, &format!("DELETE FROM {table} WHERE version = ?1"), params![version.get()])
            }
            Change::Journal { version, state, done, statements, hashes, in_doubt } => execute(
                connection,
                &format!(
                    "UPDATE {table} SET state = ?2, statements_done = ?3, statements = ?4, statement_hashes = ?5, in_doubt = ?6 \
                     WHERE version = ?1"
                ),
                params![version.get(), state.as_str(), signed(*done), signed(*statements), hashes, in_doubt],
            ),
            Change::Checksum { version, checksum, statements, hashes } => execute(
                connection,
                &format!(
                    "UPDATE {table} SET checksum = ?2, statements = ?3, statements_done = ?3, statement_hashes = ?4 \
                     WHERE version = ?1"
                ),
                params![version.get(), checksum.to_string(), signed(*statements), hashes],
            ),
            Change::Fingerprint { version, stamp } => {
                let last = format!("(SELECT max(version) FROM {table})");
                let sql = format!("UPDATE {table} SET fingerprint = ?2 WHERE version = ?1 AND version = {last}");
                execute(connection, &sql, params![version.get(), stamp.to_string()])
            }
            Change::NoFingerprints => {
                let sql = format!("UPDATE {table} SET fingerprint = NULL WHERE fingerprint IS NOT NULL");
                execute(connection, &sql, &[])
            }
            Change::Took { version, milliseconds } => {
                let sql = format!("UPDATE {table} SET duration_ms = ?2 WHERE version = ?1");
                execute(connection, &sql, params![version.get(), i64::try_from(*milliseconds).unwrap_or(i64::MAX)])
            }
            Change::Down { version, script, verdict } => execute(
                connection,
                &format!("UPDATE {table} SET down_sql = ?2, down_checksum = ?3, verdict = ?4 WHERE version = ?1"),
                params![version.get(), script.text(), script.checksum().to_string(), verdict],
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
        let sql = format!(
            "INSERT OR REPLACE INTO {} (version, description, phase, checksum, state, statements_done, statements, host, \
             application, tool, duration_ms, verdict, statement_hashes, down_checksum, down_sql, {FOUND}) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, \
             coalesce(?16, (SELECT {FOUND} FROM {0} WHERE version = ?1)))",
            self.history
        );
        execute(
            connection,
            &sql,
            params![
                record.version.get(),
                record.description,
                record.phase,
                record.checksum.to_string(),
                record.state.as_str(),
                signed(record.statements_done),
                signed(record.statements),
                who::host(),
                options.application,
                who::TOOL,
                milliseconds(record.elapsed, start),
                record.verdict,
                record.hashes,
                record.down.map(|down| down.checksum().to_string()),
                record.down.map(crate::source::Script::text),
                record.found,
            ],
        )
    }

    fn log(
        &self,
        connection: &Connection,
        entry: &LogEntry,
        options: &Options,
        start: Instant,
    ) -> rusqlite::Result<()> {
        let sql = format!(
            "INSERT INTO {} (action, version, description, checksum, outcome, detail, host, application, tool, duration_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            self.log
        );
        execute(
            connection,
            &sql,
            params![
                entry.action,
                entry.version.get(),
                entry.description,
                entry.checksum,
                entry.outcome.as_str(),
                entry.detail,
                who::host(),
                options.application,
                who::TOOL,
                milliseconds(entry.elapsed, start),
            ],
        )
    }
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

pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<usize> {
    Ok(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn optional<T>(result: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(error) => Err(error),
    }
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

/// Reads, and waits where another connection has the database locked.
pub(super) fn ask<T>(database: &SqliteDatabase<'_>, read: impl Fn(&Connection) -> rusqlite::Result<T>) -> Result<T> {
    let connection = database.connection();
    until_free(&database.options, || read(connection).map_err(|error| failure::of(error, connection)))
        .map_err(|failure| failure::query(failure, &database.label))
}

pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare("SELECT name FROM pragma_table_info(?1, 'main')")?
        .query_map([table], |row| row.get(0))?
        .collect()
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
        verdict: row.get(16)?,
    })
}

pub(super) fn version(row: &Row<'_>) -> rusqlite::Result<Version> {
    let number = row.get(0)?;
    Version::new(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, number))
}

/// An extension of SQLite is a module, such as `fts5`, that is compiled in or loaded.
pub(super) fn available(database: &SqliteDatabase<'_>, requirement: &Requirement) -> Result<bool> {
    let Requirement::Extension(name) = requirement;
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_module_list WHERE name = ?1)";
    ask(database, |connection| connection.query_row(sql, [name], |row| row.get(0)))
}
