//! A thread that reads chunks: one range after the other, until no more are left.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::mpsc::Sender;

use super::chunk::{Chunk, ChunkLimits, ChunkPlace, RefusedRow};
use super::range::RowRange;
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;
use crate::sql::Plain;
use crate::transfer::source::{RowPosition, RowSource};
use crate::transfer::{MovePlan, SqliteRows, TableMove};

/// A range that is not copied to its end.
#[derive(Debug, Clone)]
pub(crate) struct RangeLeft {
    pub(crate) table: usize,
    pub(crate) range: RowRange,
    /// How far it was copied.
    pub(crate) position: Option<RowPosition>,
    /// The number of the next chunk.
    pub(crate) next: u32,
}

/// The ranges that nobody has taken yet.
#[derive(Debug, Default)]
pub(crate) struct RangesLeft(Mutex<VecDeque<RangeLeft>>);

impl RangesLeft {
    pub(crate) fn new(ranges: impl IntoIterator<Item = RangeLeft>) -> Self {
        Self(Mutex::new(ranges.into_iter().collect()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.locked().is_empty()
    }

    fn locked(&self) -> MutexGuard<'_, VecDeque<RangeLeft>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<RangeLeft> {
        self.locked().pop_front()
    }

    fn give_back(&self, left: RangeLeft) {
        self.locked().push_front(left);
    }
}

/// Reads chunks and hands them over.
pub(crate) struct ChunkReader {
    pub(crate) plan: Arc<MovePlan>,
    pub(crate) limits: ChunkLimits,
    pub(crate) ranges: Arc<RangesLeft>,
    pub(crate) interrupt: Interrupt,
    pub(crate) chunks: Sender<Chunk>,
}

impl ChunkReader {
    /// Reads until no range is left, or whoever writes takes no more.
    pub(crate) fn run(self, mut rows: SqliteRows) -> Result<()> {
        while let Some(mut left) = self.ranges.take() {
            loop {
                if self.is_to_stop()? {
                    self.ranges.give_back(left);
                    return Ok(());
                }
                let chunk = rows.chunk(|rows| self.read(rows, &left))?;
                let is_last = chunk.is_last;
                left.position.clone_from(&chunk.upto);
                left.next += 1;
                if self.chunks.blocking_send(chunk).is_err() {
                    return Ok(());
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(())
    }

    fn is_to_stop(&self) -> Result<bool> {
        if self.interrupt.is_triggered() {
            return Err(Error::new(Code::Interrupted, "interrupted while rows were copied"));
        }
        let is_over = self.limits.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        Ok(is_over || self.limits.stop.load(Ordering::SeqCst))
    }

    fn read(&self, rows: &mut SqliteRows, left: &RangeLeft) -> Result<Chunk> {
        let RangeLeft { table: at, range, position, next } = left;
        let table = &self.plan.tables[*at];
        let place = ChunkPlace { table: *at, range: range.number, number: *next };
        let mut chunk = if self.limits.keeps_keys { Chunk::of_followed(place) } else { Chunk::new(place) };
        chunk.upto.clone_from(position);
        let limits = &self.limits;
        chunk.is_last = rows.rows(table, &range.span(position.clone()), &mut |row| {
            chunk
                .take(table, row, (self.plan.moment, &limits.duplicates[*at]), limits.sets_aside)
                .map_err(|refused| no_place(table, &refused))?;
            let is_full = chunk.read >= limits.rows || chunk.bytes() >= limits.bytes;
            // A chunk ends where the next one can begin.
            Ok(if is_full && row.position().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok(chunk)
    }
}

fn no_place(table: &TableMove, refused: &RefusedRow) -> Error {
    let RefusedRow { row, column, reason } = refused;
    let message = format!("{}.{} of {row} has no place on PostgreSQL", Plain(&table.name), Plain(column));
    Error::new(Code::ValuesRefused, message)
        .with_cause(reason.to_string())
        .with_hint("`schemactl move plan` names all such values, and the rules that settle them")
        .with_hint("or set such rows aside, to be looked at later: `--on-reject set-aside`")
}
