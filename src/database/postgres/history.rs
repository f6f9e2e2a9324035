//! The history's tables: their SQL, and reading their rows.

use tokio_postgres::SimpleQueryRow;

use super::tables::Tables;
use super::{PostgresDatabase, SessionPurpose, digest, failure, glance};
use crate::config::Options;
use crate::database::{ColumnValue, Detail, Expected, HistoryChange, NewRecord, Write, log_values};
use crate::error::{Code, Error, Result};
use crate::history::columns::{DIGEST, FOUND};
use crate::history::{Details, Elapsed, Found, LogEntry, Record, State, StatementHashes, foreign_tool};
use crate::source::{Head, Verdict};
use crate::sql::{Ident, Literal};
use crate::version::Version;

impl Tables {
    /// A statement that divides by zero where the row is not what the plan was made for, and that keeps it so until the
    /// end of the transaction. That a row is absent is what the primary key checks, when the row is written.
    pub(super) fn check(&self, expected: &Expected) -> Option<String> {
        let (version, state, done, checksum) = match expected {
            Expected::Anything | Expected::Absent(_) => return None,
            Expected::Kept { version, at } => return Some(self.check_kept(*version, at.as_deref())),
            Expected::Row { version, state, done, checksum } => (version, state, done, checksum),
        };
        Some(format!(
            "SELECT 1 / ((SELECT state || ' ' || statements_done || ' ' || checksum FROM {} WHERE version = {version} FOR UPDATE) \
             IS NOT DISTINCT FROM {})::int",
            self.history(),
            Literal(Some(&format!("{} {done} {checksum}", state.as_str())))
        ))
    }

    /// The statement that makes one change, and its line in the log: one, since a step pays for each.
    pub(super) fn write(&self, write: &Write<'_>, options: &Options) -> Option<String> {
        let log = write.log.as_ref().map(|entry| self.log_entry(entry, options));
        let Some(change) = self.change(write, options) else { return log };
        let logged = log.map(|log| format!("logged AS ({log})"));
        let unsettled = write.change.unsettles().map(|version| format!("unsettled AS ({})", self.unsettle(version)));
        let besides: Vec<String> = logged.into_iter().chain(unsettled).collect();
        Some(if besides.is_empty() { change } else { format!("WITH {} {change}", besides.join(", ")) })
    }

    fn change(&self, write: &Write<'_>, options: &Options) -> Option<String> {
        let table = self.history();
        Some(match &write.change {
            HistoryChange::None => return None,
            HistoryChange::Put(record) => self.put(record, &write.expected, options),
            HistoryChange::Delete(version) => format!("DELETE FROM {table} WHERE version = {version}"),
            HistoryChange::Journal { version, state, done, statements, hashes, in_doubt } => format!(
                "UPDATE {table} SET state = {}, statements_done = {done}, statements = {statements}, \
                 statement_hashes = {}, in_doubt = {in_doubt}, {DIGEST} = NULL WHERE version = {version}",
                Literal(Some(state.as_str())),
                Literal(Some(hashes))
            ),
            HistoryChange::Checksum { version, checksum, statements, hashes } => format!(
                "UPDATE {table} SET checksum = {}, statements = {statements}, statements_done = {statements}, \
                 statement_hashes = {}, {DIGEST} = NULL WHERE version = {version}",
                Literal(Some(&checksum.to_string())),
                Literal(Some(hashes))
            ),
            HistoryChange::Fingerprint { version, stamp } => format!(
                "UPDATE {table} SET fingerprint = {} WHERE version = {version} AND version = (SELECT max(version) FROM {table})",
                Literal(Some(&stamp.to_string()))
            ),
            HistoryChange::NoFingerprints => {
                format!("UPDATE {table} SET fingerprint = NULL WHERE fingerprint IS NOT NULL")
            }
            HistoryChange::Took { version, milliseconds } => {
                format!("UPDATE {table} SET duration_ms = {milliseconds} WHERE version = {version}")
            }
            HistoryChange::Purge { version, cause, .. } => self.note_purged(*version, *cause),
            HistoryChange::Down { version, script, verdict } => format!(
                "UPDATE {table} SET down_sql = {}, down_checksum = {}, verdict = {} WHERE version = {version}",
                Literal(Some(script.text())),
                Literal(Some(&script.checksum().to_string())),
                Literal(verdict.as_ref().map(Verdict::to_string).as_deref())
            ),
        })
    }

    fn put(&self, record: &NewRecord<'_>, expected: &Expected, options: &Options) -> String {
        let mut values = rendered(record.values(&options.application));
        values.push((DIGEST, self.next_digest(record)));
        let replace = match expected {
            Expected::Absent(_) => String::new(),
            Expected::Anything | Expected::Row { .. } | Expected::Kept { .. } => {
                let value = |column: &str| match column {
                    // What an up found stays where a row is written anew.
                    FOUND => format!("coalesce(excluded.{FOUND}, {}.{FOUND})", Ident(&self.name)),
                    column => format!("excluded.{column}"),
                };
                let columns = values.iter().map(|(column, _)| *column).filter(|column| *column != "version");
                let columns: Vec<String> = columns.map(|column| format!("{column} = {}", value(column))).collect();
                format!(
                    " ON CONFLICT (version) DO UPDATE SET {}, in_doubt = false, fingerprint = NULL, applied_at = clock_timestamp()",
                    columns.join(", ")
                )
            }
        };
        format!("{}{replace}", insert(&self.history(), &values))
    }

    fn log_entry(&self, entry: &LogEntry, options: &Options) -> String {
        insert(&self.log(), &rendered(log_values(entry, &options.application)))
    }
}

/// The statement that adds a line to the log of a history in this schema.
#[cfg(all(feature = "project", feature = "sqlite"))]
pub(crate) fn log_statement(schema: &str, entry: &LogEntry, options: &Options) -> String {
    let mut tables = Tables::new(options);
    tables.resolve(schema.to_owned());
    tables.log_entry(entry, options)
}

/// The values as SQL has them.
fn rendered(values: Vec<(&'static str, ColumnValue<'_>)>) -> Vec<(&'static str, String)> {
    let render = |value: ColumnValue<'_>| match value {
        ColumnValue::Null => "NULL".to_owned(),
        ColumnValue::Text(text) => Literal(Some(&text)).to_string(),
        ColumnValue::Number(number) => number.to_string(),
        ColumnValue::Took(elapsed) => milliseconds(elapsed),
    };
    values.into_iter().map(|(column, value)| (column, render(value))).collect()
}

fn insert(table: &str, values: &[(&str, String)]) -> String {
    let (columns, values): (Vec<&str>, Vec<&str>) =
        values.iter().map(|(column, value)| (*column, value.as_str())).unzip();
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "))
}

fn milliseconds(elapsed: Elapsed) -> String {
    match elapsed {
        Elapsed::Transaction => "(extract(epoch FROM clock_timestamp() - now()) * 1000)::bigint".to_owned(),
        Elapsed::Milliseconds(milliseconds) => milliseconds.to_string(),
    }
}

/// Reads the history in one round trip.
pub(super) async fn read(database: &mut PostgresDatabase<'_>, detail: Detail) -> Result<Found> {
    // Nothing says that it is not to be read.
    Ok(ask(database, detail, None).await?.unwrap_or(Found::Absent))
}

/// Reads the history, unless its last row says that all of these migrations are applied, and nothing else: one round trip either way.
pub(super) async fn read_unless(database: &mut PostgresDatabase<'_>, head: &Head<'_>) -> Result<Option<Found>> {
    ask(database, Detail::Plan, Some(head)).await
}

/// Only where reading fails is it asked what the table is.
async fn ask(database: &mut PostgresDatabase<'_>, detail: Detail, head: Option<&Head<'_>>) -> Result<Option<Found>> {
    // Between the two queries another runner may create the table, or put it in the place of another tool's.
    const TRIES: u32 = 3;
    // An application's client may have a transaction open, which an error would end. A run is refused there anyway.
    if database.session.is_borrowed()
        && database.purpose == SessionPurpose::Look
        && let Some(found) = glance::before(database).await?
    {
        return Ok(Some(found));
    }
    let mut tried = 0;
    loop {
        tried += 1;
        let rows = select(&database.tables, detail);
        let query = head.map_or_else(
            || format!("{rows} ORDER BY version"),
            |head| database.tables.unless(head, &rows, COLUMNS_OF_PLAN),
        );
        let broken = match database.session.query_whole(&query).await {
            Ok(rows) => {
                if let Some(said) = digest::said(&rows).filter(|_| head.is_some()) {
                    database.has_expired = said.has_expired;
                    return Ok(None);
                }
                let read = |row| record(row, detail).ok_or_else(|| unreadable(&database.tables.shown(), row));
                return rows.iter().map(read).collect::<Result<_>>().map(|records| Some(Found::Ours(records)));
            }
            Err(broken) => broken,
        };
        if failure::is_absent(&broken) {
            return glance::absent(database).await.map(Some);
        }
        if failure::is_unprivileged(&broken) {
            return Err(glance::unprivileged(database, broken).await);
        }
        if !failure::is_other_table(&broken) || tried == TRIES {
            return Err(failure::of_history(database, broken));
        }
        let columns = columns(database).await?;
        if let Some(tool) = foreign_tool(&columns) {
            return Ok(Some(Found::Foreign { tool: tool.to_owned(), columns }));
        }
    }
}

/// The columns of what has the history's name.
async fn columns(database: &mut PostgresDatabase<'_>) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        Literal(Some(&database.tables.history()))
    );
    match database.session.query(&sql).await {
        Ok(rows) => Ok(rows.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect()),
        Err(broken) => Err(failure::of_history(database, broken)),
    }
}

/// The rows of a query about the history, or about what is beside it: all of them, or it fails.
pub(super) async fn rows(database: &mut PostgresDatabase<'_>, query: &str) -> Result<Vec<SimpleQueryRow>> {
    match database.session.query_whole(query).await {
        Ok(rows) => Ok(rows),
        Err(broken) => Err(failure::of_history(database, broken)),
    }
}

pub(super) fn unreadable(table: &str, row: &SimpleQueryRow) -> Error {
    let held = |column: usize| row.get(column).map_or_else(|| "NULL".to_owned(), |text| format!("{text:?}"));
    let id = row.get(0).unwrap_or("NULL");
    let is_read = |column: usize, name: &str| match (name, row.get(column)) {
        ("version", _) => version(row).is_some(),
        ("state", Some(state)) => State::parse(state).is_some(),
        ("statements_done" | "statements", Some(count)) => count.parse::<usize>().is_ok(),
        ("duration_ms", Some(time)) => time.parse::<u64>().is_ok(),
        ("phase" | "fingerprint" | "verdict", None) => true,
        (_, value) => value.is_some(),
    };
    let names = || row.columns().iter().map(tokio_postgres::SimpleColumn::name).enumerate();
    let wrong = names().find(|(column, name)| !is_read(*column, name));
    let cause = wrong.map_or_else(
        || format!("the row of version {id} in {table}"),
        |(column, name)| format!("the row of version {id} in {table}: its column {name} holds {}", held(column)),
    );
    Error::new(Code::Query, "the history has a row that cannot be read")
        .with_cause(cause)
        .with_state("nothing was changed")
        .with_hint("was it changed by hand, or by a newer schemactl? An UPDATE of that column mends it")
}

/// So many columns are read for a plan.
const COLUMNS_OF_PLAN: usize = 9;

fn select(tables: &Tables, detail: Detail) -> String {
    let details = match detail {
        Detail::Plan => "",
        Detail::All => {
            ", to_char(applied_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), host, application, tool, \
             duration_ms, down_sql IS NOT NULL, fingerprint, verdict"
        }
    };
    format!(
        "SELECT version, description, phase, checksum, state, statements_done, statements, in_doubt, \
         CASE WHEN state IN ('partial', 'reverting') THEN statement_hashes ELSE '' END{details} \
         FROM {}",
        tables.history()
    )
}

fn record(row: &SimpleQueryRow, detail: Detail) -> Option<Record> {
    Some(Record {
        version: version(row)?,
        description: row.get(1)?.to_owned(),
        phase: row.get(2).map(str::to_owned),
        checksum: row.get(3)?.to_owned(),
        state: State::parse(row.get(4)?)?,
        statements_done: row.get(5)?.parse().ok()?,
        statements: row.get(6)?.parse().ok()?,
        in_doubt: row.get(7)? == "t",
        hashes: StatementHashes::parse(row.get(8)?),
        details: match detail {
            Detail::Plan => None,
            Detail::All => Some(details(row)?),
        },
    })
}

fn details(row: &SimpleQueryRow) -> Option<Details> {
    Some(Details {
        applied_at: row.get(9)?.to_owned(),
        host: row.get(10)?.to_owned(),
        application: row.get(11)?.to_owned(),
        tool: row.get(12)?.to_owned(),
        duration_ms: row.get(13)?.parse().ok()?,
        down_stored: row.get(14)? == "t",
        fingerprint: row.get(15).map(str::to_owned),
        verdict: row.get(16).and_then(|verdict| verdict.parse().ok()),
    })
}

pub(super) fn version(row: &SimpleQueryRow) -> Option<Version> {
    Version::new(row.get(0)?.parse().ok()?)
}
