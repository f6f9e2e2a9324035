//! What a step really does to rows that were there: counted by TEMP triggers inside its transaction.
//!
//! They are there only while a statement runs that writes rows, since SQLite refuses to drop a column that a trigger names. What foreign keys
//! and other triggers do fires them as well. They call a function and write nothing, so that `changes()`, `total_changes()` and
//! `last_insert_rowid()` are what the script expects. With the transaction they are gone, however it ends.
//!
//! REPLACE deletes without firing a trigger (`recursive_triggers` would change what the script's own triggers do): where it may be at
//! work the rows are counted before and after each statement, and so they always are in virtual tables, which have no triggers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::failure;
use super::watched::{WatchedColumn, WatchedTables, has_word_replace};
use crate::database::{Counted, Failure, Job};
use crate::sql::{DataHolder, Ident, Loss, Name, Statement};

const FUNCTION: &str = "schemactl_meter";

/// Counts what a step does to rows of tables that were there when it began.
pub(super) struct Meter<'c> {
    pub(super) connection: &'c Connection,
    tables: WatchedTables<'c>,
    /// For each of these tables: how many rows were deleted and changed.
    counted: Vec<RowCount>,
    tally: Arc<Tally>,
    are_on: bool,
    /// Rows may be replaced: by a word of the script, or of a table or trigger.
    replaces: bool,
    /// By a word of the script.
    is_asked_to_replace: bool,
}

/// What the triggers have counted since the last look.
#[derive(Debug, Default)]
struct Tally {
    /// For each table: inserted, deleted, changed.
    counts: std::sync::Mutex<Vec<[u64; 3]>>,
    /// A trigger spoke that is not known.
    strays: AtomicU64,
}

#[derive(Debug, Clone, Copy, Default)]
struct RowCount {
    deleted: u64,
    changed: u64,
}

/// What the triggers of a table speak of.
const INSERTED: usize = 0;
const DELETED: usize = 1;
const CHANGED: usize = 2;

impl<'c> Meter<'c> {
    /// Begins with the tables that are there.
    pub(super) fn begin(connection: &'c Connection, job: &Job<'_>, history: &str) -> Result<Self, Failure> {
        let tally = Arc::new(Tally::default());
        let mut meter = Self {
            connection,
            tables: WatchedTables::new(connection, history),
            counted: Vec::new(),
            tally: Arc::clone(&tally),
            are_on: false,
            replaces: has_word_replace(job.step.script().text()),
            is_asked_to_replace: has_word_replace(job.step.script().text()),
        };
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
        connection
            .create_scalar_function(FUNCTION, 2, flags, move |context| {
                let number = |at| context.get::<i64>(at).map(|number| usize::try_from(number).unwrap_or(usize::MAX));
                tally.count(number(0)?, number(1)?);
                Ok(0)
            })
            .and_then(|()| meter.find_tables())
            .map_err(|error| failure::of(error, connection))?;
        Ok(meter)
    }

    /// Runs a statement of the step, and counts what it does.
    pub(super) fn watch<T>(
        &mut self,
        statement: &Statement<'_>,
        run: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let explain = |error| failure::of(error, self.connection);
        if !statement.verb.may_write_rows() {
            self.remove().map_err(explain)?;
            let done = run()?;
            self.tables.follow(statement).map_err(|error| failure::of(error, self.connection))?;
            return Ok(done);
        }
        self.install().map_err(explain)?;
        let before = self.rows().map_err(|error| failure::of(error, self.connection))?;
        let done = run()?;
        self.add(&before).map_err(|error| failure::of(error, self.connection))?;
        Ok(done)
    }

    /// What was deleted and changed.
    pub(super) fn finish(mut self) -> Result<Vec<Counted>, Failure> {
        self.remove().map_err(|error| failure::of(error, self.connection))?;
        let mut lost = Vec::new();
        for (table, counted) in self.tables.list.iter().zip(&self.counted) {
            let origin = || table.origin.clone();
            if counted.deleted > 0 {
                lost.push(Counted { loss: Loss::Deleted { table: origin() }, count: Some(counted.deleted) });
            }
            if counted.changed > 0 {
                lost.push(Counted { loss: Loss::Changed { table: origin() }, count: Some(counted.changed) });
            }
        }
        if self.tally.strays.load(Ordering::Relaxed) > 0 {
            let what = "rows were changed that could not be told apart".to_owned();
            lost.push(Counted { loss: Loss::Other { what }, count: None });
        }
        lost.extend(self.beyond().map_err(|error| failure::of(error, self.connection))?);
        Ok(lost)
    }

    /// What triggers on the history's tables do when the record is written: after everything was counted.
    fn beyond(&self) -> rusqlite::Result<Vec<Counted>> {
        let of = |schema: &str| {
            format!(
                "SELECT name, tbl_name FROM {schema} WHERE type = 'trigger' AND lower(tbl_name) IN (lower(?1), lower(?2))"
            )
        };
        let sql = format!("{} UNION ALL {} ORDER BY 1", of("sqlite_schema"), of("sqlite_temp_schema"));
        let mut statement = self.connection.prepare(&sql)?;
        let by_record = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Counted> {
            let (trigger, table): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(Counted::by_record(&format!("trigger {trigger} of {table}")))
        };
        statement.query_map(self.tables.recorded(), by_record)?.collect()
    }

    /// The tables of databases that were not there before: of all of them at first, then of those that the step attaches.
    fn find_tables(&mut self) -> rusqlite::Result<()> {
        for found in self.tables.find()? {
            self.replaces |= has_word_replace(&found);
        }
        self.counted.resize(self.tables.list.len(), RowCount::default());
        self.tally.reset(self.tables.list.len());
        Ok(())
    }

    fn install(&mut self) -> rusqlite::Result<()> {
        if self.are_on {
            return Ok(());
        }
        self.find_tables()?;
        self.are_on = true;
        for (at, table) in self.tables.list.iter().enumerate() {
            if let (Some(now), false) = (&table.now, table.is_virtual) {
                self.connection.execute_batch(&triggers(at, now, &table.columns))?;
            }
        }
        Ok(())
    }

    fn remove(&mut self) -> rusqlite::Result<()> {
        if !std::mem::take(&mut self.are_on) {
            return Ok(());
        }
        for (at, table) in self.tables.list.iter().enumerate() {
            if table.now.is_some() && !table.is_virtual {
                let drops =
                    (INSERTED..=CHANGED).map(|kind| format!("DROP TRIGGER IF EXISTS temp.{FUNCTION}_{at}_{kind};"));
                self.connection.execute_batch(&drops.collect::<String>())?;
            }
        }
        Ok(())
    }

    /// How many rows there are, where triggers alone do not tell.
    fn rows(&self) -> rusqlite::Result<Vec<Option<u64>>> {
        self.tally.reset(self.tables.list.len());
        self.tables
            .list
            .iter()
            .map(|table| match &table.now {
                Some(now) if table.is_virtual || self.replaces => {
                    let sql = format!("SELECT count(*) FROM {now}");
                    match self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0)) {
                        Ok(count) => Ok(Some(count.unsigned_abs())),
                        // A virtual table that cannot be read without an argument holds no rows of its own.
                        Err(_) if table.is_virtual => Ok(None),
                        Err(error) => Err(error),
                    }
                }
                _ => Ok(None),
            })
            .collect()
    }

    fn add(&mut self, before: &[Option<u64>]) -> rusqlite::Result<()> {
        let counts = self.tally.take();
        let after = self.rows()?;
        for (at, table) in self.counted.iter_mut().enumerate() {
            let [inserted, deleted, changed] = counts[at];
            let unseen = match (before[at], after[at]) {
                (Some(before), Some(after)) => (before + inserted).saturating_sub(deleted + after),
                _ => 0,
            };
            table.deleted += deleted + unseen;
            table.changed += changed;
        }
        Ok(())
    }

    /// Whether the meter tells of this loss. Of a virtual table it sees that there are fewer rows, and not what is changed or replaced;
    /// SQLite's own tables have no triggers.
    pub(super) fn sees(&self, loss: &Loss) -> bool {
        let Some(DataHolder { table, .. }) = loss.holder() else { return true };
        let is_own = table.name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
        let is_virtual = self.tables.resolve(table).is_some_and(|at| self.tables.list[at].is_virtual);
        !is_own && (!is_virtual || (matches!(loss, Loss::Deleted { .. }) && !self.is_asked_to_replace))
    }
}

/// The triggers go with the transaction, also where it is rolled back; the function is the connection's.
impl Drop for Meter<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::debug!("the triggers that count rows go with the transaction: {error}");
        }
        if let Err(error) = self.connection.remove_function(FUNCTION, 2) {
            tracing::warn!("a function could not be taken off the connection: {error}");
        }
    }
}

impl Tally {
    fn reset(&self, tables: usize) {
        *self.lock() = vec![[0; 3]; tables];
    }

    fn take(&self) -> Vec<[u64; 3]> {
        std::mem::take(&mut *self.lock())
    }

    fn count(&self, table: usize, kind: usize) {
        match self.lock().get_mut(table).and_then(|counts| counts.get_mut(kind)) {
            Some(count) => *count += 1,
            None => drop(self.strays.fetch_add(1, Ordering::Relaxed)),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<[u64; 3]>> {
        self.counts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A row counts as changed where a value of a column that was there is another one now, letter by letter and byte by byte.
fn triggers(at: usize, table: &Name<'_>, columns: &[WatchedColumn]) -> String {
    let one = |kind: usize, event: &str, when: &str| {
        format!(
            "CREATE TEMP TRIGGER {FUNCTION}_{at}_{kind} AFTER {event} ON {table} {when} \
             BEGIN SELECT {FUNCTION}({at}, {kind}); END;\n"
        )
    };
    let known = || columns.iter().filter(|column| column.origin.is_some());
    let list = |row: &str, collation: &str| -> String {
        known().map(|column| format!("{row}.{}{collation}", Ident(&column.name))).collect::<Vec<_>>().join(", ")
    };
    let mut sql = one(INSERTED, "INSERT", "") + &one(DELETED, "DELETE", "");
    if known().next().is_some() {
        let when = format!("WHEN ({}) IS NOT ({})", list("OLD", " COLLATE BINARY"), list("NEW", ""));
        sql += &one(CHANGED, "UPDATE", &when);
    }
    sql
}
