//! Which rows of the source are changed while it is followed: triggers note their keys, in the transactions of the application.

mod changes;
mod close;
mod erase;
mod returned;
mod triggers;
mod unique;

#[cfg(test)]
mod tests;

pub(crate) use self::close::SourceGate;
pub(crate) use self::erase::erase;

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};
use sha2::{Digest as _, Sha256};

use self::triggers::CaptureTrigger;
use super::{MovePlan, TableMove};
use crate::error::{Code, Error, Result};
use crate::hex::Hex;
use crate::history::{CAPTURE_TRIGGERS, CaptureTable};
use crate::sql::{Ident, Plain};

/// The tables and triggers on the source.
#[derive(Debug, Clone)]
pub(crate) struct Capture {
    history: String,
}

/// What the source says of its capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaptureState {
    /// Which move it is of.
    pub(crate) id: String,
    /// What the last round but few has left on both sides.
    pub(crate) mark: String,
    /// The number of the last change.
    pub(crate) last: i64,
    /// Whether rows may have other rowids than they had.
    pub(crate) is_renumbered: bool,
}

impl Capture {
    /// That beside a history of this name, whether the source has one or not.
    pub(crate) fn beside(history: &str) -> Self {
        Self { history: history.to_owned() }
    }

    /// Its tables, by their names.
    pub(crate) fn names(&self) -> [String; 5] {
        CaptureTable::ALL.map(|table| table.name(&self.history))
    }

    /// The table of the rows that have no place here on the way back.
    pub(crate) fn aside(&self) -> String {
        CaptureTable::Aside.name(&self.history)
    }

    pub(in crate::transfer) fn table(&self, table: CaptureTable) -> String {
        Ident(&table.name(&self.history)).to_string()
    }

    /// Has every change noted from one commit on. Where that is so already, and of the same tables, nothing is done. Returns which move it is of.
    ///
    /// # Errors
    ///
    /// A table has no key by which the target knows its rows, the source cannot be written, or a capture of other tables is there.
    pub(crate) fn install(&self, connection: &mut Connection, plan: &MovePlan) -> Result<String> {
        assert_keyed(plan)?;
        connection.busy_timeout(PATIENCE).map_err(|error| unwritten(error, "the source cannot be waited for"))?;
        let message = "the changes of the source cannot be captured";
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| unwritten(error, message))?;
        if let Some(state) = self.state(&transaction)? {
            self.assert_whole(&transaction, plan)?;
            return Ok(state.id);
        }
        let triggers = self.triggers(&transaction, plan)?;
        let id = random();
        let made = transaction.execute_batch(&self.tables(plan)).and_then(|()| {
            let sql = format!(
                "INSERT INTO {} (one, id, mark, triggers) VALUES (1, ?1, '', ?2)",
                self.table(CaptureTable::State)
            );
            transaction.execute(&sql, (&id, digest(&triggers)))
        });
        made.map_err(|error| unwritten(error, message))?;
        for trigger in &triggers {
            transaction.execute_batch(&trigger.sql).map_err(|error| unwritten(error, message))?;
        }
        compiles(&transaction, plan)?;
        transaction.commit().map_err(|error| unwritten(error, message))?;
        Ok(id)
    }

    /// Takes the triggers and tables away. Where nothing is there, nothing is done.
    ///
    /// # Errors
    ///
    /// The source cannot be written.
    pub(crate) fn remove(&self, connection: &mut Connection) -> Result<()> {
        writing(connection, NOT_REMOVED, |transaction| self.remove_within(transaction))
    }

    fn remove_within(&self, connection: &Connection) -> rusqlite::Result<()> {
        let installed = self.installed(connection)?.into_iter().map(|(name, _)| name);
        drop_triggers(connection, installed.chain(self.gates(connection)?))?;
        self.drop_tables(connection, |_| true)
    }

    /// The same without asking the target: only where the source is open, so that nobody is about to switch, or has. Returns whether something was there.
    ///
    /// # Errors
    ///
    /// The source is closed, or cannot be written.
    pub(crate) fn remove_alone(&self, connection: &mut Connection) -> Result<bool> {
        if self.state(connection)?.is_none() {
            return Ok(false);
        }
        let is_open = format!(
            "SELECT coalesce(closed_until, 0.0) <= julianday('now') FROM main.{}",
            self.table(CaptureTable::State)
        );
        let removed = writing(connection, NOT_REMOVED, |transaction| {
            let is_open = transaction.query_row(&is_open, [], |row| row.get(0))?;
            if is_open {
                self.remove_within(transaction)?;
            }
            Ok(is_open)
        })?;
        if removed {
            return Ok(true);
        }
        Err(Error::new(Code::MoveNotReady, "SQLite is closed to writers: both sides are switched, or about to be")
            .with_state("nothing was changed")
            .with_hint("`schemactl move status` shows how both stand, and what goes on"))
    }

    /// Takes its tables away of which that is wanted, where they are there.
    fn drop_tables(&self, connection: &Connection, is_wanted: fn(CaptureTable) -> bool) -> rusqlite::Result<()> {
        for table in CaptureTable::ALL.into_iter().filter(|table| is_wanted(*table)) {
            connection.execute_batch(&format!("DROP TABLE IF EXISTS main.{}", self.table(table)))?;
        }
        Ok(())
    }

    /// What is captured; none where nothing is.
    pub(crate) fn state(&self, connection: &Connection) -> Result<Option<CaptureState>> {
        let read = || {
            let names = self.names();
            let sql = "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND lower(name) IN (lower(?1), lower(?2), lower(?3), lower(?4), lower(?5))";
            let there: i64 = connection.query_row(sql, rusqlite::params_from_iter(&names), |row| row.get(0))?;
            if usize::try_from(there) != Ok(names.len()) {
                return Ok(None);
            }
            let sql = format!(
                "SELECT id, mark, (SELECT coalesce(max(seq), 0) FROM main.{}), NOT EXISTS (SELECT 1 FROM main.{} WHERE rowid = {AS_MADE}) FROM main.{}",
                self.table(CaptureTable::Changes),
                self.table(CaptureTable::Rowids),
                self.table(CaptureTable::State)
            );
            let state = |row: &rusqlite::Row<'_>| {
                Ok(CaptureState { id: row.get(0)?, mark: row.get(1)?, last: row.get(2)?, is_renumbered: row.get(3)? })
            };
            connection.query_row(&sql, [], state).optional()
        };
        read().map_err(unread)
    }

    /// Refuses a source of which a trigger is not as it was installed: what was changed without it, nobody knows.
    pub(crate) fn assert_whole(&self, connection: &Connection, plan: &MovePlan) -> Result<()> {
        let wanted = self.triggers(connection, plan)?;
        let sql = format!("SELECT triggers FROM main.{}", self.table(CaptureTable::State));
        let recorded: String = connection.query_row(&sql, [], |row| row.get(0)).map_err(unread)?;
        let installed = self.installed(connection).map_err(unread)?;
        let is_there = |trigger: &CaptureTrigger| installed.iter().any(|(_, sql)| *sql == trigger.sql);
        if recorded == digest(&wanted) && wanted.iter().all(is_there) && installed.len() == wanted.len() {
            return Ok(());
        }
        let missing = wanted.iter().find(|trigger| !is_there(trigger));
        let cause = match missing {
            Some(trigger) => format!("the trigger {} is not as this move wants it", trigger.name),
            None => "its triggers are of other tables, columns or indexes than this move has".to_owned(),
        };
        Err(Error::new(Code::CaptureLost, "the source was changed so that its changes are not captured as they were")
            .with_cause(cause)
            .with_hint(
                "a migration of the source is for before or after a move: begin anew with `schemactl move discard`",
            ))
    }

    /// Leaves a mark in place of another one, and takes away the changes up to a position. The last change stays, so that numbers go on counting up. False where
    /// another mark is there.
    ///
    /// # Errors
    ///
    /// The source cannot be written.
    pub(crate) fn settle(
        &self,
        connection: &mut Connection,
        position: i64,
        (last, mark): (&str, &str),
    ) -> rusqlite::Result<bool> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changes = self.table(CaptureTable::Changes);
        let sql = format!("UPDATE main.{} SET mark = ?1 WHERE mark = ?2", self.table(CaptureTable::State));
        if transaction.execute(&sql, [mark, last])? != 1 {
            return Ok(false);
        }
        let sql = format!(
            "DELETE FROM main.{changes} WHERE seq <= min(?1, (SELECT max(seq) FROM main.{changes}) - 1, \
             (SELECT min(seq) FROM main.{changes}) + {PRUNED_AT_ONCE})"
        );
        transaction.execute(&sql, [position])?;
        transaction.commit()?;
        Ok(true)
    }

    fn triggers(&self, connection: &Connection, plan: &MovePlan) -> Result<Vec<CaptureTrigger>> {
        let changes = CaptureTable::Changes.name(&self.history);
        let mut triggers = Vec::new();
        for table in sorted(plan) {
            let unique = unique::keys(connection, table)?;
            triggers.extend(triggers::of(&changes, &self.prefix(), table, &unique));
        }
        Ok(triggers)
    }

    /// With what the names of its triggers begin.
    fn prefix(&self) -> String {
        format!("{}_{CAPTURE_TRIGGERS}", self.history)
    }

    /// The triggers that are there, with their text.
    fn installed(&self, connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
        let prefix = self.prefix();
        let sql = "SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND substr(name, 1, length(?1)) = ?1 ORDER BY name";
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    /// The changes are lines with as many values as the longest key has. No column has a type, so that each value is kept as it is.
    fn tables(&self, plan: &MovePlan) -> String {
        let most = plan.tables.iter().filter_map(|table| table.key.as_ref()).map(Vec::len).max().unwrap_or(1);
        let keys: Vec<String> = (1..=most).map(changes::key_column).collect();
        format!(
            "CREATE TABLE main.{} (seq INTEGER PRIMARY KEY, source_table TEXT NOT NULL, at REAL NOT NULL DEFAULT (julianday('now')), {}); \
             {}; \
             CREATE TABLE main.{} (source_table TEXT NOT NULL, column_name TEXT NOT NULL, value BLOB NOT NULL, stored, PRIMARY KEY (source_table, column_name, value)) WITHOUT ROWID; \
             CREATE TABLE main.{} (source_table TEXT NOT NULL, row_key TEXT NOT NULL, reason TEXT NOT NULL, at REAL NOT NULL DEFAULT (julianday('now')), PRIMARY KEY (source_table, row_key)) WITHOUT ROWID; \
             CREATE TABLE main.{rowids} (x); INSERT INTO main.{rowids} (rowid) VALUES ({AS_MADE})",
            self.table(CaptureTable::Changes),
            keys.join(", "),
            self.state_table(),
            self.table(CaptureTable::Keys),
            self.table(CaptureTable::Aside),
            rowids = self.table(CaptureTable::Rowids)
        )
    }

    /// The statement that makes the table which says how the source stands, where it is not there.
    fn state_table(&self) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS main.{} (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, mark TEXT NOT NULL, triggers TEXT NOT NULL, \
             closed_until REAL, returned TEXT, returns INTEGER NOT NULL DEFAULT 0, has_keys INTEGER NOT NULL DEFAULT 0)",
            self.table(CaptureTable::State)
        )
    }
}

const NOT_REMOVED: &str = "the capture of changes cannot be taken away";
/// How long a writer of the application is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// The rowid of the row that shows whether VACUUM has given others: it would get 1.
const AS_MADE: i64 = 7;
/// Changes that one transaction takes away at most, so that no writer waits long for it.
const PRUNED_AT_ONCE: i64 = 20_000;

/// The plan's order is that of foreign keys on the target, which may change; the names stay.
fn sorted(plan: &MovePlan) -> Vec<&TableMove> {
    let mut tables: Vec<&TableMove> = plan.tables.iter().collect();
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    tables
}

/// Follows rows by the primary key of the target.
fn assert_keyed(plan: &MovePlan) -> Result<()> {
    let without: Vec<String> =
        plan.tables.iter().filter(|table| table.key.is_none()).map(|table| table.target.plain()).collect();
    let odd: Vec<String> = plan
        .tables
        .iter()
        .filter(|table| ["new", "old"].iter().any(|name| table.name.eq_ignore_ascii_case(name)))
        .map(|table| Plain(&table.name).to_string())
        .collect();
    let refused = |message: &str, cause: String| {
        Error::new(Code::MoveNotReady, message).with_cause(cause).with_state("nothing was written")
    };
    if !without.is_empty() {
        return Err(refused("rows without a key cannot be followed", format!("no primary key, or one of which not all columns are moved: {}", without.join(", ")))
            .with_hint("give the table a primary key on PostgreSQL by a migration, of columns that are moved; a table of SQLite that has rowids needs none")
            .with_hint("or stop the application, and copy all: `schemactl move copy`"));
    }
    if !odd.is_empty() {
        return Err(refused("a table has a name that triggers use for rows", odd.join(", "))
            .with_hint("stop the application, and copy all: `schemactl move copy`"));
    }
    Ok(())
}

/// SQLite reads a trigger's body when it fires: one that it cannot read would end the application's own writes.
fn compiles(connection: &Connection, plan: &MovePlan) -> Result<()> {
    for table in &plan.tables {
        let name = Ident(&table.name);
        let column = Ident(&table.columns[0].name);
        for sql in [
            format!("INSERT INTO main.{name} DEFAULT VALUES"),
            format!("UPDATE main.{name} SET {column} = {column}"),
            format!("DELETE FROM main.{name}"),
        ] {
            connection.prepare(&sql).map_err(|error| {
                Error::new(Code::MoveNotReady, format!("the changes of {} cannot be captured", Plain(&table.name)))
                    .with_cause(error.to_string())
                    .with_state("nothing was changed")
                    .with_hint("a unique index on an expression may be the cause; or a trigger of the application that does not compile")
            })?;
        }
    }
    Ok(())
}

fn digest(triggers: &[CaptureTrigger]) -> String {
    let text: Vec<&str> = triggers.iter().map(|trigger| trigger.sql.as_str()).collect();
    Hex(&Sha256::digest(text.join("\n"))).to_string()
}

fn drop_triggers(connection: &Connection, names: impl IntoIterator<Item = String>) -> rusqlite::Result<()> {
    for name in names {
        connection.execute_batch(&format!("DROP TRIGGER main.{}", Ident(&name)))?;
    }
    Ok(())
}

/// Does something in a write transaction.
fn writing<T>(
    connection: &mut Connection,
    message: &str,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T> {
    let done = (|| {
        connection.busy_timeout(PATIENCE)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    })();
    done.map_err(|error| unwritten(error, message))
}

/// A text of SQLite, in which a backslash is one.
pub(in crate::transfer) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What no other move has.
pub(crate) fn random() -> String {
    let state = RandomState::new();
    format!("{:016x}{:016x}", state.hash_one(0), state.hash_one(1))
}

fn unwritten(error: rusqlite::Error, message: &str) -> Error {
    Error::new(Code::Query, message)
        .with_cause(error.to_string())
        .with_state("nothing was changed in SQLite")
        .with_source(error)
}

fn unread(error: rusqlite::Error) -> Error {
    Error::new(Code::Query, "the captured changes cannot be read").with_cause(error.to_string()).with_source(error)
}
