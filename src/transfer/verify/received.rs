//! Rows of the target, as the server sends them in the binary form of COPY.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::StreamExt as _;
use tokio_postgres::error::SqlState;

use crate::error::{Code, Error, Result};
use crate::sql::{Ident, Literal};
use crate::transfer::TableMove;
use crate::transfer::binary_copy::HEADER;
use crate::transfer::copy::{NULLED, ORPHAN, ORPHAN_LEFT_OUT};
use crate::transfer::session::TargetSession;

/// Which rows are received.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ReceivedRows<'a> {
    /// Those that are there.
    Present,
    /// Those of them that are at these places.
    At(&'a RowPlaces),
    /// Those that were written and set aside or left out afterwards, as the journal's table of this name has them.
    Gone(&'a str),
    /// Those of which a reference became NULL, as they were.
    BeforeNull(&'a str),
    /// The same, as they became.
    AfterNull(&'a str),
}

impl ReceivedRows<'_> {
    /// Where they are, as SQL names it.
    fn from(self, table: &TableMove) -> String {
        let (aside, value, classes) = match self {
            Self::Present | Self::At(_) => return table.target.to_string(),
            Self::Gone(aside) => (aside, "value", vec![ORPHAN, ORPHAN_LEFT_OUT]),
            Self::BeforeNull(aside) => (aside, "value", vec![NULLED]),
            Self::AfterNull(aside) => (aside, "became", vec![NULLED]),
        };
        let classes: Vec<String> = classes.iter().map(|class| Literal(Some(class)).to_string()).collect();
        format!(
            "(SELECT (convert_from(a.{value}, 'UTF8')::{}).* FROM {aside} a WHERE a.source_table = {} AND a.storage_class IN ({})) o",
            table.target,
            Literal(Some(&table.name)),
            classes.join(", ")
        )
    }
}

/// Hands over rows of a table of the target, in any order.
///
/// # Errors
///
/// The server refuses, or sends what is no row; or what the visitor returns.
pub(crate) async fn receive(
    session: &TargetSession,
    table: &TableMove,
    which: ReceivedRows<'_>,
    mut visit: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let columns: Vec<String> = table.columns.iter().map(|column| Ident(&column.target).to_string()).collect();
    let rows = format!("SELECT {} FROM {}", columns.join(", "), which.from(table));
    let ReceivedRows::At(places) = which else { return receive_query(session, &rows, &message(table), visit).await };
    for condition in places.conditions() {
        receive_query(session, &format!("{rows} WHERE {condition}"), &message(table), &mut visit).await?;
    }
    Ok(())
}

/// Hands over the place of each row that is there, and its key in the binary form of COPY.
///
/// # Errors
///
/// As [`receive`].
pub(crate) async fn receive_keys(
    session: &TargetSession,
    table: &TableMove,
    mut visit: impl FnMut(RowPlace, &[u8]) -> Result<()>,
) -> Result<()> {
    let key = table.key_columns().map(|column| Ident(&column.target).to_string());
    let columns: Vec<String> = ["tableoid".to_owned(), "ctid".to_owned()].into_iter().chain(key).collect();
    let rows = format!("SELECT {} FROM {}", columns.join(", "), table.target);
    receive_query(session, &rows, &message(table), |row| {
        let (place, key) = RowPlace::cut(row).ok_or_else(|| Error::new(Code::Query, message(table)))?;
        visit(place, &key)
    })
    .await
}

/// Where a row is, as long as nobody changes it: in a transaction that sees one state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowPlace {
    /// The table's number on the server, which of a partitioned one is that of the partition.
    table: u32,
    block: u32,
    line: u16,
}

impl RowPlace {
    /// Cuts a row into its place, which is its first two fields, and the rest of it as a row.
    fn cut(row: &[u8]) -> Option<(Self, Vec<u8>)> {
        let (count, fields) = row.split_first_chunk::<2>()?;
        let left = i16::from_be_bytes(*count).checked_sub(2)?;
        let (head, key) = fields.split_first_chunk::<18>()?;
        let number = |at: usize| head.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes));
        if (number(0)?, number(8)?) != (4, 6) {
            return None;
        }
        let place = Self { table: number(4)?, block: number(12)?, line: u16::from_be_bytes([head[16], head[17]]) };
        Some((place, [&left.to_be_bytes()[..], key].concat()))
    }
}

/// The places of rows.
#[derive(Debug, Default)]
pub(crate) struct RowPlaces {
    of_tables: BTreeMap<u32, Vec<(u32, u16)>>,
}

impl RowPlaces {
    pub(crate) fn add(&mut self, place: RowPlace) {
        self.of_tables.entry(place.table).or_default().push((place.block, place.line));
    }

    /// Conditions that together have all of them, each of as many as a statement may well name.
    fn conditions(&self) -> impl Iterator<Item = String> {
        const AT_ONCE: usize = 2_000;

        self.of_tables.iter().flat_map(|(table, places)| {
            places.chunks(AT_ONCE).map(move |places| {
                let places: Vec<String> = places.iter().map(|(block, line)| format!("\"({block},{line})\"")).collect();
                format!("tableoid = {table} AND ctid = ANY ('{{{}}}'::tid[])", places.join(","))
            })
        })
    }
}

fn message(table: &TableMove) -> String {
    format!("the rows of {} cannot be read", table.target.plain())
}

/// Hands over the rows of a query.
///
/// # Errors
///
/// The server refuses, or sends what is no row; or what the visitor returns.
pub(crate) async fn receive_query(
    session: &TargetSession,
    query: &str,
    message: &str,
    mut visit: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let sql = format!("COPY ({query}) TO STDOUT (FORMAT binary)");
    let stream = session.unless_interrupted(session.client().copy_out(&sql)).await;
    let mut stream = pin!(stream.map_err(|error| unreadable(session, error, message))?);
    let mut rows = RowCutter::default();
    while let Some(piece) = session.unless_interrupted(stream.next()).await {
        let piece = piece.map_err(|error| session.error(error, message))?;
        rows.take(&piece, &mut visit)?;
    }
    if rows.is_ended {
        Ok(())
    } else {
        Err(Error::new(Code::Query, message).with_cause("the rows ended without an end"))
    }
}

fn unreadable(session: &TargetSession, error: tokio_postgres::Error, message: &str) -> Error {
    let is_forbidden = error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
    let error = session.error(error, message);
    if is_forbidden {
        return error.with_hint(
            "a role needs SELECT on the table; where policies hide rows from it, it needs BYPASSRLS, or to be the owner of a table without FORCE ROW LEVEL SECURITY",
        );
    }
    error
}

/// Cuts a stream into rows, however it comes in pieces.
#[derive(Debug, Default)]
struct RowCutter {
    /// What is not a whole row yet.
    rest: Vec<u8>,
    is_begun: bool,
    is_ended: bool,
}

impl RowCutter {
    fn take(&mut self, piece: &[u8], visit: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if self.rest.is_empty() {
            // Most pieces are a row each.
            let used = self.rows(piece, visit)?;
            self.rest.extend_from_slice(&piece[used..]);
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(piece);
        let used = self.rows(&bytes, visit)?;
        bytes.drain(..used);
        self.rest = bytes;
        Ok(())
    }

    /// Hands over the whole rows at the beginning, and returns where they end.
    fn rows(&mut self, bytes: &[u8], visit: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<usize> {
        let mut at = 0;
        if !self.is_begun {
            let Some(extension) = bytes.get(15..19) else { return Ok(0) };
            let extension = extension.try_into().map_or(0, u32::from_be_bytes) as usize;
            if !bytes.starts_with(&HEADER[..11]) || bytes.len() < 19 + extension {
                return Ok(0);
            }
            (self.is_begun, at) = (true, 19 + extension);
        }
        while let Some(length) = row_length(&bytes[at..]) {
            if length == 0 {
                self.is_ended = true;
                return Ok(bytes.len());
            }
            visit(&bytes[at..at + length])?;
            at += length;
        }
        Ok(at)
    }
}

/// How long the row is that begins here; 0 where the rows end here, none where it is not all there.
fn row_length(bytes: &[u8]) -> Option<usize> {
    let count = i16::from_be_bytes(*bytes.first_chunk::<2>()?);
    let Ok(count) = usize::try_from(count) else { return Some(0) };
    let mut at = 2;
    for _ in 0..count {
        let length = i32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?);
        at += 4 + usize::try_from(length).unwrap_or_default();
    }
    (at <= bytes.len()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::binary_copy::TRAILER;

    #[test]
    fn rows_are_whole_however_they_come() {
        let rows: Vec<Vec<u8>> = ["a", "", "some text"]
            .iter()
            .map(|text| {
                let length = i32::try_from(text.len()).unwrap();
                [&[0, 2][..], &length.to_be_bytes(), text.as_bytes(), &(-1i32).to_be_bytes()].concat()
            })
            .collect();
        let stream = [HEADER, &rows.concat(), TRAILER].concat();
        for size in 1..=stream.len() {
            let mut cutter = RowCutter::default();
            let mut got = Vec::new();
            for piece in stream.chunks(size) {
                cutter
                    .take(piece, &mut |row| {
                        got.push(row.to_vec());
                        Ok(())
                    })
                    .unwrap();
            }
            assert_eq!(got, rows, "pieces of {size}");
            assert!(cutter.is_ended);
        }
    }
}
