//! Closing a source to writers: for a time, or for good.

use rusqlite::Connection;

use super::{Capture, quoted, sorted, unread, writing};
use crate::error::Result;
use crate::history::{CaptureTable, FOR_GOOD, MOVED};
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
            let there = self.gates(transaction)?;
            for (name, sql) in self.wanted_gates(plan) {
                if !there.contains(&name) {
                    transaction.execute_batch(&sql)?;
                }
            }
            Ok(true)
        })
    }

    /// Closes a source for good that is closed, where nothing was changed behind a position. False where it is open again, or something was.
    pub(crate) fn close_for_good(&self, connection: &mut Connection, position: i64) -> Result<bool> {
        writing(connection, "the source cannot be closed", |transaction| {
            let sql = format!(
                "UPDATE main.{} SET closed_until = {FOR_GOOD:?} WHERE closed_until > julianday('now') \
                 AND (SELECT coalesce(max(seq), 0) FROM main.{}) = ?1",
                self.table(CaptureTable::State),
                self.table(CaptureTable::Changes)
            );
            Ok(transaction.execute(&sql, [position])? == 1)
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
        writing(connection, "the source cannot be opened", |transaction| {
            let sql =
                format!("UPDATE main.{} SET closed_until = NULL WHERE {condition}", self.table(CaptureTable::State));
            if transaction.execute(&sql, [])? != 1 {
                return Ok(false);
            }
            for name in self.gates(transaction)? {
                transaction.execute_batch(&format!("DROP TRIGGER main.{}", Ident(&name)))?;
            }
            Ok(true)
        })
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

    fn gate_prefix(&self) -> String {
        format!("{}_moved_", self.history)
    }

    /// The triggers that keep writers out, by their names.
    pub(super) fn gates(&self, connection: &Connection) -> rusqlite::Result<Vec<String>> {
        let prefix = self.gate_prefix();
        let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND substr(name, 1, length(?1)) = ?1 ORDER BY name";
        let mut statement = connection.prepare(sql)?;
        statement.query_map([prefix], |row| row.get(0))?.collect()
    }

    /// Three for each table, with their names.
    fn wanted_gates(&self, plan: &MovePlan) -> Vec<(String, String)> {
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
                quoted(&format!("{MOVED}: the rows of {table} are written there"))
            );
            (name, sql)
        };
        let tables = sorted(plan);
        tables.iter().flat_map(|table| ["INSERT", "UPDATE", "DELETE"].map(|event| gate(&table.name, event))).collect()
    }
}
