//! Rows into a database of SQLite.

use chrono::{DateTime, TimeDelta};
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Row, params, params_from_iter};

use super::{ImportTarget, RowOutcome, TransactionEnd, WriteWay};
use crate::convert::{Shown, TargetType, TargetValue};
use crate::database::sqlite::PreparedStatements;
use crate::error::{Error, Result};
use crate::history::ImportTable;
use crate::import::content::Stretch;
use crate::import::journal::{JournalEntry, KeyDigest, KeyOwner};
use crate::import::places::RecordPlaces;
use crate::import::rows::ImportRow;
use crate::import::table::{LookupPlan, TablePlan};
use crate::sql::Ident;

/// A database that is imported into, with the names of its journal's tables.
pub(crate) struct SqliteTarget {
    connection: Connection,
    files: String,
    keys: String,
    /// Whether nothing is to stay.
    is_dry: bool,
}

const ENTRY: &str =
    "rule, path, sha256, bytes, modified, records, set_aside, settled_bytes, settled_sha256, settled_records, aside";

impl SqliteTarget {
    pub(crate) fn new(connection: Connection, history: &str, is_dry: bool) -> Self {
        let name = |table: ImportTable| format!("main.{}", Ident(&table.name(history)));
        Self { connection, files: name(ImportTable::Files), keys: name(ImportTable::Keys), is_dry }
    }

    fn run(&self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(failed)
    }
}

/// Writes a row in its way.
fn write_row(
    statements: &PreparedStatements<'_>,
    plan: &TablePlan,
    row: &ImportRow,
    way: WriteWay,
) -> rusqlite::Result<RowOutcome> {
    let values: Vec<Value> =
        row.values.iter().zip(&plan.columns).map(|(value, column)| bound(value, &column.rule.target)).collect();
    let keys = plan.key.iter().map(|at| values[*at].clone());
    let matches: Vec<String> = plan.key.iter().map(|at| format!("{} IS ?", Ident(&plan.columns[*at].name))).collect();
    let matches = matches.join(" AND ");
    if !plan.key.is_empty() && way != WriteWay::Replace {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM main.{} WHERE {matches})", plan.name);
        let is_there =
            statements.with(&sql, |asks| asks.query_row(params_from_iter(keys.clone()), |row| row.get(0)))?;
        match (is_there, way) {
            (true, WriteWay::InsertMissing) => return Ok(RowOutcome::Kept),
            (true, _) => return Ok(there_already(plan)),
            (false, _) => {}
        }
    }
    if way == WriteWay::Replace {
        let set: Vec<String> = plan.columns.iter().map(|column| format!("{} = ?", Ident(&column.name))).collect();
        let sql = format!("UPDATE main.{} SET {} WHERE {matches}", plan.name, set.join(", "));
        let all = values.iter().cloned().chain(keys);
        if statements.with(&sql, |replaces| replaces.execute(params_from_iter(all)))? > 0 {
            return Ok(RowOutcome::Replaced);
        }
    }
    let names: Vec<String> = plan.columns.iter().map(|column| Ident(&column.name).to_string()).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO main.{} ({}) VALUES ({marks})", plan.name, names.join(", "));
    statements.with(&sql, |inserts| inserts.execute(params_from_iter(values)))?;
    Ok(RowOutcome::Inserted)
}

/// What a row is told that nobody imported.
pub(super) fn there_already(plan: &TablePlan) -> RowOutcome {
    RowOutcome::Refused {
        reason: format!(
            "{} has a row with its key that no file brought; `existing` in the rule says what becomes of it",
            plan.plain
        ),
        refers_to_nothing: false,
    }
}

fn failed(error: rusqlite::Error) -> Error {
    crate::database::sqlite::of_file(error, "the database cannot be imported into")
}

/// A value as SQLite keeps it.
pub(crate) fn bound(value: &TargetValue<'_>, target: &TargetType) -> Value {
    match value {
        TargetValue::Null => Value::Null,
        TargetValue::Boolean(value) => Value::Integer(i64::from(*value)),
        TargetValue::Integer(value) => Value::Integer(*value),
        TargetValue::Single(value) => Value::Real(f64::from(*value)),
        TargetValue::Double(value) => Value::Real(*value),
        TargetValue::Text(text) | TargetValue::Json(text) => Value::Text(text.clone().into_owned()),
        TargetValue::Bytes(bytes) => Value::Blob(bytes.clone().into_owned()),
        TargetValue::Timestamp(micros) => Value::Text(moment(*micros, target)),
        other => Value::Text(Shown(other, target).to_string()),
    }
}

/// A time in the one form that sorts as it passes: RFC 3339 with three digits.
fn moment(micros: i64, target: &TargetType) -> String {
    let zone = if matches!(target, TargetType::Timestamptz(_)) { "Z" } else { "" };
    let begin = DateTime::from_timestamp(946_684_800, 0).unwrap_or_default();
    let Some(time) = begin.checked_add_signed(TimeDelta::microseconds(micros)) else {
        return Shown(&TargetValue::Timestamp(micros), target).to_string();
    };
    time.format(&format!("%Y-%m-%dT%H:%M:%S%.3f{zone}")).to_string()
}

fn entry(row: &Row<'_>) -> rusqlite::Result<JournalEntry> {
    let number = |at: usize| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or_default());
    Ok(JournalEntry {
        rule: row.get(0)?,
        path: row.get(1)?,
        sha256: row.get(2)?,
        bytes: number(3)?,
        modified: row.get(4)?,
        records: number(5)?,
        set_aside: number(6)?,
        settled: Stretch { bytes: number(7)?, sha256: row.get(8)?, ends_a_line: true },
        settled_records: number(9)?,
        aside: RecordPlaces::parse(&row.get::<_, String>(10)?),
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl ImportTarget for SqliteTarget {
    async fn prepare(&mut self) -> Result<()> {
        if self.is_dry {
            self.run("BEGIN IMMEDIATE")?;
        }
        self.run(&format!(
            "CREATE TABLE IF NOT EXISTS {} (rule TEXT NOT NULL, path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, \
             modified INTEGER NOT NULL, records INTEGER NOT NULL, set_aside INTEGER NOT NULL, settled_bytes INTEGER NOT NULL, \
             settled_sha256 TEXT NOT NULL, settled_records INTEGER NOT NULL, aside TEXT NOT NULL, \
             imported_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), PRIMARY KEY (rule, path)); \
             CREATE TABLE IF NOT EXISTS {} (target TEXT NOT NULL, key BLOB NOT NULL, rule TEXT NOT NULL, path TEXT NOT NULL, \
             sha256 TEXT NOT NULL, modified INTEGER NOT NULL, PRIMARY KEY (target, key)) WITHOUT ROWID",
            self.files, self.keys
        ))
    }

    async fn journal(&mut self, rule: &str) -> Result<Vec<JournalEntry>> {
        let sql = format!("SELECT {ENTRY} FROM {} WHERE rule = ?1 ORDER BY path", self.files);
        let read = || self.connection.prepare(&sql)?.query_map([rule], entry)?.collect::<rusqlite::Result<_>>();
        read().map_err(failed)
    }

    async fn begin(&mut self, plan: &TablePlan) -> Result<()> {
        self.run(if self.is_dry { "SAVEPOINT schemactl_file" } else { "BEGIN IMMEDIATE" })?;
        let set = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, plan.fires_triggers);
        set.map(drop).map_err(failed)
    }

    async fn entry(&mut self, rule: &str, path: &str) -> Result<Option<JournalEntry>> {
        let sql = format!("SELECT {ENTRY} FROM {} WHERE rule = ?1 AND path = ?2", self.files);
        self.connection.query_row(&sql, [rule, path], entry).optional().map_err(failed)
    }

    async fn owners(&mut self, table: &str, keys: &[KeyDigest]) -> Result<Vec<Option<(String, KeyOwner)>>> {
        let sql = format!("SELECT rule, path, sha256, modified FROM {} WHERE target = ?1 AND key = ?2", self.keys);
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        let owner = |row: &Row<'_>| {
            Ok((row.get(0)?, KeyOwner { path: row.get(1)?, sha256: row.get(2)?, modified: row.get(3)? }))
        };
        keys.iter().map(|key| statement.query_row(params![table, key.0], owner).optional().map_err(failed)).collect()
    }

    async fn look_up(&mut self, plan: &LookupPlan, by: &[&[String]]) -> Result<Vec<Option<String>>> {
        let is_same: Vec<String> = plan.by.iter().map(|name| format!("{} = ?", Ident(name))).collect();
        let column = Ident(&plan.column);
        let sql = format!("SELECT CAST({column} AS TEXT) FROM main.{} WHERE {}", plan.table, is_same.join(" AND "));
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        by.iter()
            .map(|by| statement.query_row(params_from_iter(by.iter()), |row| row.get(0)).optional().map_err(failed))
            .collect()
    }

    async fn write(&mut self, plan: &TablePlan, rows: &[(&ImportRow, WriteWay)]) -> Result<Vec<RowOutcome>> {
        let mut outcomes = Vec::with_capacity(rows.len());
        let statements = PreparedStatements::of(&self.connection);
        for (row, way) in rows {
            outcomes.push(match write_row(&statements, plan, row, *way) {
                Ok(outcome) => outcome,
                // Some errors, such as RAISE(ROLLBACK), have ended the transaction with all that was written.
                Err(error) if self.connection.is_autocommit() => return Err(failed(error)),
                Err(error) => refused(error)?,
            });
        }
        Ok(outcomes)
    }

    async fn own(&mut self, table: &str, of: &JournalEntry, keys: &[KeyDigest]) -> Result<()> {
        let sql = format!(
            "INSERT INTO {} (target, key, rule, path, sha256, modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (target, key) \
             DO UPDATE SET rule = ?3, path = ?4, sha256 = ?5, modified = ?6",
            self.keys
        );
        let mut statement = self.connection.prepare(&sql).map_err(failed)?;
        for key in keys {
            statement.execute(params![table, key.0, of.rule, of.path, of.sha256, of.modified]).map_err(failed)?;
        }
        Ok(())
    }

    async fn record(&mut self, new: &JournalEntry, before: Option<&str>) -> Result<()> {
        if let Some(before) = before.filter(|before| *before != new.path) {
            let sql = format!("DELETE FROM {} WHERE rule = ?1 AND path = ?2", self.files);
            self.connection.execute(&sql, [&new.rule, before]).map_err(failed)?;
            let sql = format!("UPDATE {} SET path = ?3 WHERE rule = ?1 AND path = ?2", self.keys);
            self.connection.execute(&sql, [&new.rule, before, &new.path]).map_err(failed)?;
        }
        let sql = format!(
            "INSERT OR REPLACE INTO {} ({ENTRY}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            self.files
        );
        let JournalEntry { rule, path, sha256, bytes, modified, records, set_aside, settled, settled_records, aside } =
            new;
        let values = params![
            rule,
            path,
            sha256,
            signed(*bytes),
            modified,
            signed(*records),
            signed(*set_aside),
            signed(settled.bytes),
            settled.sha256,
            signed(*settled_records),
            aside.to_string()
        ];
        self.connection.execute(&sql, values).map(drop).map_err(failed)
    }

    async fn forget(&mut self, rule: &str, path: &str) -> Result<()> {
        let sql = format!("UPDATE {} SET sha256 = '' WHERE rule = ?1 AND path = ?2", self.keys);
        self.connection.execute(&sql, [rule, path]).map(drop).map_err(failed)
    }

    async fn left_behind(&mut self, entry: &JournalEntry) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {} WHERE rule = ?1 AND path = ?2 AND sha256 <> ?3", self.keys);
        let values = [&entry.rule, &entry.path, &entry.sha256];
        let count: i64 = self.connection.query_row(&sql, values, |row| row.get(0)).map_err(failed)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    async fn end(&mut self, kept: TransactionEnd) -> Result<()> {
        let sql = match (self.is_dry, kept) {
            (true, TransactionEnd::Keep) => "RELEASE schemactl_file",
            (true, TransactionEnd::Discard) => "ROLLBACK TO schemactl_file; RELEASE schemactl_file",
            (false, TransactionEnd::Keep) => "COMMIT",
            (false, TransactionEnd::Discard) => "ROLLBACK",
        };
        if self.connection.is_autocommit() {
            return Ok(());
        }
        let ended = self.connection.execute_batch(sql).map_err(failed);
        if ended.is_err() && !self.is_dry {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        ended
    }
}

/// Whether an error is about the row: then the others can go on.
fn refused(error: rusqlite::Error) -> Result<RowOutcome> {
    let extended = error.sqlite_error().map(|error| error.extended_code);
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch) => {
            let reason = match &error {
                rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
                other => other.to_string(),
            };
            let refers_to_nothing = extended == Some(rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY);
            Ok(RowOutcome::Refused { reason, refers_to_nothing })
        }
        _ => Err(failed(error)),
    }
}
