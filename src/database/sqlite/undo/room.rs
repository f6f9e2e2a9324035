//! How much a step may still record.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::told::{self, ANY_NUMBER, RowEvent, SIZE, ToldRows, ToldTables};
use crate::database::Failure;
use crate::database::sqlite::failure;

/// The function by which triggers ask whether there is room.
pub(super) const FUNCTION: &str = "schemactl_undo";

/// So many rows are noted at most before a statement that may replace any of them, where the step has no limit.
const MOST_NOTED: u64 = 100_000;

/// How much of a step is recorded at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::database::sqlite) struct KeptLimit {
    pub(in crate::database::sqlite) rows: u64,
    pub(in crate::database::sqlite) bytes: u64,
}

/// What triggers have told, and whether what they tell is still recorded.
#[derive(Debug)]
pub(super) struct Room {
    limit: Option<KeptLimit>,
    inserted: AtomicU64,
    deleted: AtomicU64,
    /// Rows that are noted: each once, however often it is changed.
    noted: AtomicU64,
    bytes: AtomicU64,
    /// What is told of each table.
    told: ToldTables,
    /// Whether a statement was stopped, since it does more than there is room for.
    is_stopped: AtomicBool,
}

impl Room {
    /// Registers the function on the connection.
    pub(super) fn open(connection: &Connection, limit: Option<KeptLimit>) -> rusqlite::Result<Arc<Self>> {
        let room = Arc::new(Self {
            limit,
            inserted: AtomicU64::new(0),
            deleted: AtomicU64::new(0),
            noted: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            told: ToldTables::default(),
            is_stopped: AtomicBool::new(false),
        });
        told::count_bytes(connection)?;
        let asked = Arc::clone(&room);
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
        connection.create_scalar_function(FUNCTION, ANY_NUMBER, flags, move |context| {
            let event = RowEvent::of(context.get(0)?);
            // Whether nothing is noted of the row yet: it is then.
            let is_new: bool = context.get(2)?;
            let (is_new, bytes) = match context.get(1)? {
                Some(table) => asked.told.hear(table, event, is_new, context),
                None => (is_new, context.get::<Option<i64>>(4)?.map_or(0, i64::unsigned_abs)),
            };
            if asked.take(event, bytes, is_new) {
                return Ok(is_new);
            }
            // Row after row would be asked for in vain: the statement is begun anew, without triggers.
            asked.is_stopped.store(true, Ordering::Relaxed);
            Err(rusqlite::Error::UserFunctionError("there is no more room for what the step does to rows".into()))
        })?;
        Ok(room)
    }

    /// Takes the functions off the connection.
    pub(super) fn close(connection: &Connection) -> rusqlite::Result<()> {
        connection.remove_function(FUNCTION, ANY_NUMBER)?;
        connection.remove_function(SIZE, ANY_NUMBER)
    }

    pub(super) fn is_limited(&self) -> bool {
        self.limit.is_some()
    }

    fn take(&self, event: RowEvent, bytes: u64, is_new: bool) -> bool {
        match event {
            RowEvent::Inserted => drop(self.inserted.fetch_add(1, Ordering::Relaxed)),
            RowEvent::Deleted => drop(self.deleted.fetch_add(1, Ordering::Relaxed)),
            RowEvent::Changed | RowEvent::Moved => {}
        }
        if is_new {
            self.take_rows(1, bytes);
        }
        self.is_enough_for(0)
    }

    /// What was told of a table; none where that is not all, or a row was touched more than once.
    pub(super) fn told(&self, table: usize) -> Option<ToldRows> {
        self.told.of(table)
    }

    /// Runs a statement as long as there is room for what it does. None where there was not enough: nothing of it is done then.
    pub(super) fn run<T>(
        &self,
        connection: &Connection,
        run: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        if self.limit.is_none() {
            return run().map(Some);
        }
        let execute = |sql: &str| {
            connection.execute_batch(&format!("{sql} {FUNCTION}")).map_err(|error| failure::of(error, connection))
        };
        // A function that fails does not take back what its statement has done by then.
        execute("SAVEPOINT")?;
        let done = match run() {
            Err(_) if self.is_stopped.load(Ordering::Relaxed) => {
                execute("ROLLBACK TO")?;
                None
            }
            done => Some(done?),
        };
        execute("RELEASE")?;
        Ok(done)
    }

    /// Whether so many more rows may be recorded.
    pub(super) fn is_enough_for(&self, rows: u64) -> bool {
        self.limit.is_none_or(|limit| {
            self.rows().saturating_add(rows) <= limit.rows && self.bytes.load(Ordering::Relaxed) <= limit.bytes
        })
    }

    /// Whether values of so many more bytes may be recorded.
    pub(super) fn has_room_for_bytes(&self, bytes: u64) -> bool {
        self.limit.is_none_or(|limit| self.bytes.load(Ordering::Relaxed).saturating_add(bytes) <= limit.bytes)
    }

    /// Whether so many rows are few enough to be noted although most of them stay as they are.
    pub(super) fn has_limit_for(&self, rows: u64) -> bool {
        rows <= self.limit.map_or(MOST_NOTED, |limit| limit.rows)
    }

    /// Takes room for rows that are noted.
    pub(super) fn take_rows(&self, rows: u64, bytes: u64) {
        self.noted.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// How many rows are noted.
    pub(super) fn rows(&self) -> u64 {
        self.noted.load(Ordering::Relaxed)
    }

    /// Inserted and deleted rows.
    pub(super) fn came_and_went(&self) -> (u64, u64) {
        (self.inserted.load(Ordering::Relaxed), self.deleted.load(Ordering::Relaxed))
    }

    /// Why there is no room any more; none where there is.
    pub(super) fn why_full(&self) -> Option<String> {
        let limit = self.limit.filter(|_| !self.is_enough_for(0))?;
        Some(if self.rows() > limit.rows {
            format!("the step changed more than {} rows", limit.rows)
        } else {
            format!("the rows that the step changed have more than {} MB", limit.bytes / 1_000_000)
        })
    }
}
