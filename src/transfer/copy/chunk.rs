//! A chunk: rows on their way to the target, which are written in one transaction with what the journal says of them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::SetAside;
use super::duplicate_rows::{DuplicateRows, is_duplicate};
use crate::convert::{Converted, Reason, StoredValue, TargetType, TargetValue, Way, convert};
use crate::transfer::binary_copy::{append, begin_row};
use crate::transfer::source::{RowLabel, RowPosition, SourceRow};
use crate::transfer::{ColumnMove, TableMove};

/// Which chunk of a table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkPlace {
    /// The table, by its place in the plan.
    pub(crate) table: usize,
    pub(crate) range: u32,
    pub(crate) number: u32,
}

/// Rows of a range, and what is set aside of them.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) place: ChunkPlace,
    /// The row that it ends with; none where no row was read, or none of them has a position.
    pub(crate) upto: Option<RowPosition>,
    /// Whether the range ends with it.
    pub(crate) is_last: bool,
    /// Rows that were read.
    pub(crate) read: u64,
    /// Of them those that are too old.
    pub(crate) too_old: u64,
    /// Those that are there more than once, and left out by a rule.
    pub(crate) duplicates: u64,
    /// Those that have a place, in the binary form of COPY.
    pub(crate) rows: ChunkRows,
    pub(crate) set_aside: Vec<SetAside>,
    /// Ids that were made anew, in the same form.
    pub(crate) ids: ChunkRows,
}

/// Rows in the binary form of COPY, of which each can be left out again.
#[derive(Debug, Default)]
pub(crate) struct ChunkRows {
    pub(crate) bytes: Vec<u8>,
    /// Where each row begins.
    pub(crate) begins: Vec<usize>,
    /// How each row is named on the source.
    names: Vec<RowLabel>,
    /// The key of each, where the source is followed.
    keys: Option<Vec<Option<String>>>,
}

impl ChunkRows {
    pub(crate) fn len(&self) -> usize {
        self.begins.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.begins.is_empty()
    }

    /// The bytes of the rows from one to before another.
    pub(crate) fn slice(&self, from: usize, to: usize) -> &[u8] {
        let at = |row: usize| self.begins.get(row).copied().unwrap_or(self.bytes.len());
        self.bytes.get(at(from)..at(to)).unwrap_or_default()
    }

    pub(crate) fn name(&self, row: usize) -> String {
        match self.names.get(row) {
            Some(label) => label.to_string(),
            None => "a row that is not known".to_owned(),
        }
    }

    /// The key of a row, as the journal has it.
    pub(crate) fn key(&self, row: usize) -> Option<String> {
        self.keys.as_ref()?.get(row).cloned().flatten()
    }
}

/// A row with a value that has no place.
#[derive(Debug)]
pub(crate) struct RefusedRow {
    pub(crate) row: String,
    pub(crate) column: String,
    pub(crate) reason: Reason,
}

impl Chunk {
    pub(crate) fn new(place: ChunkPlace) -> Self {
        Self {
            place,
            upto: None,
            is_last: true,
            read: 0,
            too_old: 0,
            duplicates: 0,
            rows: ChunkRows::default(),
            set_aside: Vec::new(),
            ids: ChunkRows::default(),
        }
    }

    /// One that keeps the key of each row, by which a later change of it is told.
    pub(crate) fn of_followed(place: ChunkPlace) -> Self {
        let rows = ChunkRows { keys: Some(Vec::new()), ..ChunkRows::default() };
        Self { rows, ..Self::new(place) }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes.len() + self.ids.bytes.len()
    }

    /// Takes a row up: among those that have a place, or its values among those that are set aside.
    ///
    /// # Errors
    ///
    /// A value of it has no place, and nothing is to be set aside.
    pub(crate) fn take(
        &mut self,
        table: &TableMove,
        row: &dyn SourceRow,
        (moment, duplicates): (i64, &DuplicateRows),
        sets_aside: bool,
    ) -> Result<(), Box<RefusedRow>> {
        self.read += 1;
        let position = row.position();
        match is_duplicate(duplicates, row) {
            _ if table.left_out_by(row, moment).is_some() => self.too_old += 1,
            Some(true) => self.duplicates += 1,
            // It was set aside when that was decided.
            Some(false) => {}
            None => self.convert(table, row, sets_aside)?,
        }
        if position.is_some() {
            self.upto = position;
        }
        Ok(())
    }

    /// Puts each value of a row through its rule.
    fn convert(&mut self, table: &TableMove, row: &dyn SourceRow, sets_aside: bool) -> Result<(), Box<RefusedRow>> {
        let begins = self.rows.bytes.len();
        let (known_ids, mut is_whole) = (self.ids.len(), true);
        begin_row(&mut self.rows.bytes, table.columns.len());
        for (at, column) in table.columns.iter().enumerate() {
            let stored = row.value(at);
            match convert(stored, &column.rule) {
                Ok(converted) => {
                    self.id(table, column, stored, &converted);
                    append(&mut self.rows.bytes, &converted.value, &column.rule.target);
                }
                Err(reason) if sets_aside => {
                    is_whole = false;
                    let key = self.rows.keys.as_ref().and_then(|_| key_text(table, row));
                    self.set_aside.push(SetAside::of_value(table, column, (row.name(true), key), stored, &reason));
                }
                Err(reason) => {
                    let row = row.name(true);
                    return Err(Box::new(RefusedRow { row, column: column.name.clone(), reason }));
                }
            }
        }
        if is_whole {
            self.rows.begins.push(begins);
            self.rows.names.push(row.label());
            if let Some(keys) = &mut self.rows.keys {
                keys.push(key_text(table, row));
            }
        } else {
            self.rows.bytes.truncate(begins);
            self.ids.bytes.truncate(self.ids.begins.get(known_ids).copied().unwrap_or(self.ids.bytes.len()));
            self.ids.begins.truncate(known_ids);
        }
        Ok(())
    }

    /// Notes an id that a rule made of one that is none, where it is one of the table's own: not where it refers to another table's.
    fn id(&mut self, table: &TableMove, column: &ColumnMove, stored: StoredValue<'_>, converted: &Converted<'_>) {
        if !converted.ways.has(Way::Uuid5) || !column.given.iter().any(|rule| rule.name == "uuid5") {
            return;
        }
        let StoredValue::Text(old) = stored else { return };
        let old = String::from_utf8_lossy(old);
        self.ids.begins.push(self.ids.bytes.len());
        let fields = [&*table.name, &*column.name, &*old];
        begin_row(&mut self.ids.bytes, fields.len() + 1);
        for field in fields {
            append(&mut self.ids.bytes, &TargetValue::Text(field.into()), &TargetType::Text);
        }
        append(&mut self.ids.bytes, &converted.value, &TargetType::Uuid);
    }
}

/// The values of a row's key, as the journal has them.
fn key_text(table: &TableMove, row: &dyn SourceRow) -> Option<String> {
    let key = table.key.as_ref()?;
    Some(RowPosition::Key(key.iter().map(|at| row.value(*at).into()).collect()).to_string())
}

/// What is shared by all that read and write chunks.
#[derive(Debug, Clone)]
pub(crate) struct ChunkLimits {
    /// Rows that a chunk has at most.
    pub(crate) rows: u64,
    /// Bytes after which a chunk ends.
    pub(crate) bytes: usize,
    /// Whether values without a place are set aside.
    pub(crate) sets_aside: bool,
    /// Whether the keys of rows are kept, by which a later change of them is told.
    pub(crate) keeps_keys: bool,
    /// The rows of each table of the plan that do not stay, since their key is there more than once.
    pub(crate) duplicates: Arc<Vec<Arc<DuplicateRows>>>,
    /// Set where one of several has failed, so that the others stop.
    pub(crate) stop: Arc<AtomicBool>,
    /// When no more chunks are read.
    pub(crate) deadline: Option<Instant>,
}
