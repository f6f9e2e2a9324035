//! Every value of every row through its rule, before anything is written.

mod finding;
mod tally;

use std::ops::ControlFlow;

pub(crate) use finding::{ConvertedExample, Example, RefusedValues, quoted, shown_value};
pub(crate) use tally::{ColumnTally, LeftOutRows, TableTally};

use super::source::{RowSource, RowSpan, SourceRow};
use super::{ColumnMove, MovePlan, RowsPiece, TableMove, binary_copy};
use crate::convert::{Reason, StoredValue, TargetType, TargetValue, convert};
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;
use crate::sql::Plain;

/// Bytes of rows that are handed over at once.
const PIECE: usize = 1024 * 1024;

/// What the values were found to be.
#[derive(Debug)]
pub(crate) struct Preflight {
    pub(crate) tables: Vec<TableTally>,
}

/// What a preflight does besides reading.
pub(crate) struct PreflightTask<'a, F> {
    pub(crate) plan: &'a MovePlan,
    /// How many examples are kept of each kind of refusal: what is kept in memory does not grow with the rows.
    pub(crate) most: usize,
    pub(crate) interrupt: &'a Interrupt,
    /// Whether keys may stand in the names of rows.
    pub(crate) shows_keys: bool,
    /// Is told of each value that is refused.
    pub(crate) refused: Option<RefusedListener<'a>>,
    /// Takes the rows that have a place; false ends it. None where they are not tried on the server.
    pub(crate) accepted: Option<F>,
}

/// Takes each value that is refused.
pub(crate) type RefusedListener<'a> = Box<dyn FnMut(&RefusedValue<'_>) -> Result<()> + Send + 'a>;

/// A value that is refused.
pub(crate) struct RefusedValue<'a> {
    pub(crate) table: &'a TableMove,
    pub(crate) column: &'a ColumnMove,
    /// How its row is named.
    pub(crate) row: String,
    pub(crate) stored: StoredValue<'a>,
    pub(crate) reason: &'a Reason,
}

/// The rows of one table on their way to the server.
struct Outgoing<'a, 'l, F> {
    table: usize,
    /// Those of the columns, as the temporary table has them.
    types: Vec<TargetType>,
    buffer: Vec<u8>,
    shows_keys: bool,
    refused: Option<&'a mut RefusedListener<'l>>,
    accepted: Option<&'a mut F>,
}

impl<F: FnMut(RowsPiece) -> bool> PreflightTask<'_, F> {
    /// Puts every value of every row through its rule.
    pub(crate) fn run(mut self, source: &mut impl RowSource) -> Result<Preflight> {
        let mut tables = Vec::with_capacity(self.plan.tables.len());
        for (at, table) in self.plan.tables.iter().enumerate() {
            tables.push(self.table(at, table, source)?);
        }
        Ok(Preflight { tables })
    }

    fn table(&mut self, at: usize, table: &TableMove, source: &mut impl RowSource) -> Result<TableTally> {
        let mut tally = TableTally::of(table);
        let (most, interrupt, moment) = (self.most, self.interrupt, self.plan.moment);
        let mut outgoing = Outgoing {
            table: at,
            types: table.columns.iter().map(|column| column.rule.target.beneath()).collect(),
            buffer: Vec::new(),
            shows_keys: self.shows_keys,
            refused: self.refused.as_mut(),
            accepted: self.accepted.as_mut(),
        };
        source.rows(table, &RowSpan::default(), &mut |row| {
            if interrupt.is_triggered() {
                let message = format!("interrupted while reading table {}", Plain(&table.name));
                return Err(Error::new(Code::Interrupted, message).with_state("nothing was written"));
            }
            tally.rows += 1;
            if outgoing.is_left_out((table, moment), row, &mut tally) {
                return Ok(ControlFlow::Continue(()));
            }
            outgoing.row(table, row, &mut tally, most).map(ControlFlow::Continue)
        })?;
        outgoing.flush()?;
        Ok(tally)
    }
}

impl<F: FnMut(RowsPiece) -> bool> Outgoing<'_, '_, F> {
    /// Counts a row that is too old.
    fn is_left_out(&self, (table, moment): (&TableMove, i64), row: &dyn SourceRow, tally: &mut TableTally) -> bool {
        let Some(at) = table.left_out_by(row, moment) else { return false };
        let rule = &table.columns[at].rule;
        let (Some(age), Ok(converted)) = (rule.options.age, convert(row.value(at), rule)) else { return false };
        tally.left_out_rows += 1;
        tally.columns[at].leave_out(age, moment, || {
            ConvertedExample::of(row.name(self.shows_keys), row.value(at), &converted.value, &rule.target)
        });
        true
    }

    fn row(&mut self, table: &TableMove, row: &dyn SourceRow, tally: &mut TableTally, most: usize) -> Result<()> {
        let begins = self.buffer.len();
        let mut is_whole = true;
        let numbered = table.keeps_one();
        binary_copy::begin_row(&mut self.buffer, table.columns.len() + if numbered { 2 } else { 1 });
        for (at, column) in table.columns.iter().enumerate() {
            let stored = row.value(at);
            match convert(stored, &column.rule) {
                Ok(converted) => {
                    tally.columns[at].add(converted.ways, || {
                        ConvertedExample::of(row.name(self.shows_keys), stored, &converted.value, &column.rule.target)
                    });
                    if is_whole {
                        binary_copy::append(&mut self.buffer, &converted.value, &self.types[at]);
                    }
                }
                Err(reason) => {
                    is_whole = false;
                    if let Some(refused) = &mut self.refused {
                        let row = row.name(self.shows_keys);
                        refused(&RefusedValue { table, column, row, stored, reason: &reason })?;
                    }
                    tally.columns[at].refuse(reason, most, || Example::of(row.name(self.shows_keys), stored));
                }
            }
        }
        tally.refused_rows += u64::from(!is_whole);
        if is_whole {
            tally.bytes += u64::try_from(self.buffer.len() - begins).unwrap_or_default();
        }
        if self.accepted.is_none() || !is_whole {
            self.buffer.truncate(begins);
            return Ok(());
        }
        binary_copy::append(&mut self.buffer, &TargetValue::Text(row.name(self.shows_keys).into()), &TargetType::Text);
        if numbered {
            let number = i64::try_from(tally.rows).unwrap_or(i64::MAX);
            binary_copy::append(&mut self.buffer, &TargetValue::Integer(number), &TargetType::BigInt);
        }
        if self.buffer.len() >= PIECE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let Some(accepted) = self.accepted.as_mut().filter(|_| !self.buffer.is_empty()) else { return Ok(()) };
        let piece = RowsPiece { table: self.table, bytes: std::mem::take(&mut self.buffer) };
        if accepted(piece) {
            return Ok(());
        }
        // The server's own error says why, and is told instead of this one.
        Err(Error::new(Code::Query, "the rows could not be tried on the server"))
    }
}
