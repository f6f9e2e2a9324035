//! Closing a source to writers: for a time, or for good.

use rusqlite::Connection;

use super::{Capture, drop_triggers, quoted, sorted, unread, writing};
use crate::database::sqlite::has_table;
use crate::error::Result;
use crate::history::{CaptureTable, FOR_GOOD, GATE_TRIGGERS, MOVED};
use crate::sql::Ident;
use crate::transfer::MovePlan;

/// How a source stands to writers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum SourceGate {
    Open,
    /// For so many seconds from now on. Then it opens by itself.
    Closed(f64),
    ClosedForGood,
}

/// The condition by which the source is not closed until then.
const NOT_FOR_GOOD: &str = "coalesce(closed_until, 0.0) < 1e9";

impl Capture {
    /// Has every write to a table that is moved fail for so many seconds, from one commit on; also of connections that are open. Readers go on. False where the
    /// source is closed for good.
    ///
    /// # Errors
    ///
    /// The source cannot be written.
    pub(crate) fn close(&self, connection: &mut Connection, plan: &MovePlan, seconds: f64) -> Result<bool> {
        writing(connection, "the source cannot be closed", |transaction| {
            let sql = format!(
                "UPDATE main.{} SET closed_until = julianday('now') + ?1 / 86400.0 WHERE {NOT_FOR_GOOD}",
                self.table(CaptureTable::State)
            );
            if transaction.execute(&sql, [seconds])? != 1 {
                return Ok(false);
            }
            let tables: Vec<String> = sorted(plan).into_iter().map(|table| table.name.clone()).collect();
            self.put_gates_up(transaction, &tables)?;
            Ok(true)
        })
    }

    /// Closes a source for good that is closed, where nothing was changed behind a position. False where it is open again, or something was.
    pub(crate) fn close_for_good(&self, connection: &mut Connection, position: i64) -> Result<bool> {
        writing(connection, "the source cannot be closed", |transaction| {
            let sql = format!(
                "UPDATE main.{} SET closed_until = {FOR_GOOD:?}, returned = NULL, returns = 0, has_keys = 0 WHERE closed_until > julianday('now') \
                 AND (SELECT coalesce(max(seq), 0) FROM main.{}) = ?1",
                self.table(CaptureTable::State),
                self.table(CaptureTable::Changes)
            );
            if transaction.execute(&sql, [position])? != 1 {
                return Ok(false);
            }
            for table in [CaptureTable::Keys, CaptureTable::Aside] {
                transaction.execute_batch(&format!("DELETE FROM main.{}", self.table(table)))?;
            }
            Ok(true)
        })
    }

    /// Lets everybody write again, unless the source is closed for good: then another one has decided so since. Returns whether it is open.
    pub(crate) fn open_again(&self, connection: &mut Connection) -> Result<bool> {
        self.opened(connection, NOT_FOR_GOOD)
    }

    /// Lets everybody write again, also where the source is closed for good. Whoever calls it has seen to it that no target is opened.
    pub(crate) fn open(&self, connection: &mut Connection) -> Result<()> {
        self.opened(connection, "true").map(drop)
    }

    fn opened(&self, connection: &mut Connection, condition: &str) -> Result<bool> {
        writing(connection, "the source cannot be opened", |transaction| self.opened_within(transaction, condition))
    }

    /// Lets everybody write again from the end of the transaction at hand on.
    pub(crate) fn open_within(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.opened_within(connection, "true").map(drop)
    }

    fn opened_within(&self, connection: &Connection, condition: &str) -> rusqlite::Result<bool> {
        let sql = format!("UPDATE main.{} SET closed_until = NULL WHERE {condition}", self.table(CaptureTable::State));
        if connection.execute(&sql, [])? != 1 {
            return Ok(false);
        }
        drop_triggers(connection, self.gates(connection)?)?;
        Ok(true)
    }

    /// Puts up the gates of tables that are not there yet.
    fn put_gates_up(&self, connection: &Connection, tables: &[String]) -> rusqlite::Result<()> {
        let there = self.gates(connection)?;
        for (_, sql) in self.wanted_gates(tables).into_iter().filter(|(name, _)| !there.contains(name)) {
            connection.execute_batch(&sql)?;
        }
        Ok(())
    }

    /// Keeps a source closed for good of which nothing is noted any more: its gates stay, and all else that served a move goes.
    ///
    /// # Errors
    ///
    /// The source cannot be written.
    pub(crate) fn finish(&self, connection: &mut Connection, tables: &[String]) -> Result<()> {
        writing(connection, "what served the move cannot be taken away from SQLite", |transaction| {
            drop_triggers(transaction, self.installed(transaction)?.into_iter().map(|(name, _)| name))?;
            self.drop_tables(transaction, |table| table != CaptureTable::State)?;
            // A copy that was not followed has nothing there, and its source is open.
            transaction.execute_batch(&self.state_table())?;
            let state = self.table(CaptureTable::State);
            let sql = format!(
                "INSERT INTO main.{state} (one, id, mark, triggers) SELECT 1, '', '', '' WHERE NOT EXISTS (SELECT 1 FROM main.{state}); \
                 UPDATE main.{state} SET closed_until = {FOR_GOOD:?}"
            );
            transaction.execute_batch(&sql)?;
            self.put_gates_up(transaction, tables)
        })
    }

    /// Whether a move of the source has ended, so that it is closed for good and nothing of it is noted.
    pub(crate) fn is_finished(&self, connection: &Connection) -> Result<bool> {
        Ok(self.is_closed(connection)? && !self.is_there(connection, CaptureTable::Changes)?)
    }

    /// Whether the source is closed for good, by a move that goes on or one that has ended.
    pub(crate) fn is_closed(&self, connection: &Connection) -> Result<bool> {
        Ok(self.is_there(connection, CaptureTable::State)? && self.gate(connection)? == SourceGate::ClosedForGood)
    }

    fn is_there(&self, connection: &Connection, table: CaptureTable) -> Result<bool> {
        has_table(connection, &table.name(&self.history)).map_err(unread)
    }

    /// How the source stands to writers.
    pub(crate) fn gate(&self, connection: &Connection) -> Result<SourceGate> {
        let sql = format!(
            "SELECT closed_until >= {FOR_GOOD:?}, (closed_until - julianday('now')) * 86400.0 FROM main.{}",
            self.table(CaptureTable::State)
        );
        let gate = |row: &rusqlite::Row<'_>| {
            Ok(match (row.get::<_, Option<bool>>(0)?, row.get::<_, Option<f64>>(1)?) {
                (Some(true), _) => SourceGate::ClosedForGood,
                (_, Some(seconds)) if seconds > 0.0 => SourceGate::Closed(seconds),
                _ => SourceGate::Open,
            })
        };
        connection.query_row(&sql, [], gate).map_err(unread)
    }

    /// The same of a source that may not be captured; none where it is not.
    pub(crate) fn gate_of_captured(&self, connection: &Connection) -> Result<Option<SourceGate>> {
        if self.state(connection)?.is_none() { Ok(None) } else { self.gate(connection).map(Some) }
    }

    fn gate_prefix(&self) -> String {
        format!("{}_{GATE_TRIGGERS}", self.history)
    }

    /// The triggers that keep writers out, by their names.
    pub(super) fn gates(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let prefix = self.gate_prefix();
        let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND substr(name, 1, length(?1)) = ?1 ORDER BY name";
        let mut statement = connection.prepare(sql)?;
        statement.query_map([prefix], |row| row.get(0))?.collect()
    }

    /// Three for each table, with their names.
    fn wanted_gates(&self, tables: &[String]) -> Vec<(String, String)> {
        let prefix = self.gate_prefix();
        let state = self.table(CaptureTable::State);
        let gate = |table: &str, event: &str| {
            let name = format!("{prefix}{}_{table}", event.to_lowercase());
            // ABORT is not overruled by OR IGNORE, as a constraint is (https://www.sqlite.org/lang_createtrigger.html).
            let sql = format!(
                "CREATE TRIGGER {} BEFORE {event} ON {} WHEN (SELECT closed_until FROM {state}) > julianday('now') \
                 BEGIN SELECT RAISE(ABORT, {}); END",
                Ident(&name),
                Ident(table),
                quoted(&format!("{MOVED}{table} are written there"))
            );
            (name, sql)
        };
        tables.iter().flat_map(|table| ["INSERT", "UPDATE", "DELETE"].map(|event| gate(table, event))).collect()
    }
}
