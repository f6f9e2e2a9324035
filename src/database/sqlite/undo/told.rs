//! What triggers tell of the rows of each table, value by value: so that it need not be read from the images in the end.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

/// A function takes any number of arguments, as a table has columns.
pub(super) const ANY_NUMBER: i32 = -1;

/// What a trigger tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowEvent {
    Inserted = 0,
    Deleted = 1,
    Changed = 2,
    /// A row has got another key.
    Moved = 3,
}

impl RowEvent {
    pub(super) fn of(number: i64) -> Self {
        match number {
            0 => Self::Inserted,
            1 => Self::Deleted,
            2 => Self::Changed,
            _ => Self::Moved,
        }
    }
}

/// The place of the first value among what a trigger tells.
pub(super) const FIRST_VALUE: usize = 4;

/// So many values are told at most: no SQLite takes fewer arguments of a function (<https://www.sqlite.org/limits.html>).
pub(super) const MOST_VALUES: usize = 100 - FIRST_VALUE;

/// The function that says how many bytes its arguments have: in SQL, with `typeof` and `length` of each, that takes as long as to write them.
pub(super) const SIZE: &str = "schemactl_undo_size";

/// What the images of a table have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ToldRows {
    pub(super) rows: u64,
    /// As `Images::bytes` counts them.
    pub(super) bytes: u64,
    /// Whether a row was touched that is noted already, or has got another key: what was told of the row as the step left it is not true any more.
    is_stale: bool,
}

/// By the place of the table among those that are watched.
#[derive(Debug, Default)]
pub(super) struct ToldTables {
    all: Mutex<Vec<ToldRows>>,
}

/// What the values of one event have.
struct Heard {
    bytes: u64,
    /// Of texts and blobs, as the row was or is: what limits count.
    long: u64,
    /// Whether a row that was changed is as it was.
    is_same: bool,
}

impl ToldTables {
    /// Takes note of an event. Returns whether the row is to be noted, and the bytes that it takes. The triggers' arguments are the event, the place of the
    /// table, whether nothing is noted of the row, whether it has got another key, and its values: of a row that was changed each as it was and as it is.
    pub(super) fn hear(&self, table: i64, event: RowEvent, is_new: bool, context: &Context<'_>) -> (bool, u64) {
        let heard = Heard::of(event, context);
        let is_moved = event == RowEvent::Moved || context.get(3).unwrap_or(true);
        let is_nothing = event == RowEvent::Changed && heard.is_same && !is_moved;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(table).unwrap_or(usize::MAX - 1);
        if all.len() <= place {
            all.resize(place + 1, ToldRows::default());
        }
        let told = &mut all[place];
        told.is_stale |= is_moved || (!is_new && !is_nothing);
        let is_noted = is_new && !is_nothing;
        if is_noted {
            told.rows += 1;
            told.bytes += heard.bytes;
        }
        (is_noted, heard.long)
    }

    /// None where it is not true any more.
    pub(super) fn of(&self, table: usize) -> Option<ToldRows> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let told = all.get(table).copied().unwrap_or_default();
        (!told.is_stale).then_some(told)
    }
}

impl Heard {
    fn of(event: RowEvent, context: &Context<'_>) -> Self {
        let values = FIRST_VALUE..context.len();
        if event != RowEvent::Changed {
            let mut heard = Self { bytes: 0, long: 0, is_same: false };
            for (bytes, long) in values.map(|at| size(context.get_raw(at))) {
                heard.bytes += bytes;
                heard.long += long;
            }
            return heard;
        }
        let mut heard = Self { bytes: 0, long: 0, is_same: true };
        for at in values.step_by(2) {
            let (was, is) = (context.get_raw(at), context.get_raw(at + 1));
            let (bytes, long) = size(was);
            heard.bytes += bytes + size(is).0;
            heard.long += long;
            heard.is_same &= are_same(was, is);
        }
        heard
    }
}

/// Registers the function that counts bytes.
pub(super) fn count_bytes(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(SIZE, ANY_NUMBER, flags, |context| {
        let bytes: u64 = (0..context.len()).map(|at| size(context.get_raw(at)).0).sum();
        Ok(i64::try_from(bytes).unwrap_or(i64::MAX))
    })
}

/// The bytes of a value, where numbers count as 8, and those of a text or blob alone.
fn size(value: ValueRef<'_>) -> (u64, u64) {
    match value {
        ValueRef::Null => (0, 0),
        ValueRef::Integer(_) | ValueRef::Real(_) => (8, 0),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => (bytes.len() as u64, bytes.len() as u64),
    }
}

/// As `images::is_same` compares: by type and bytes.
fn are_same(one: ValueRef<'_>, other: ValueRef<'_>) -> bool {
    one == other
}
