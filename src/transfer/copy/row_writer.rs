//! Rows that are written into a table, up to one that the server refuses.

use std::io::Cursor;
use std::pin::pin;

use futures_util::SinkExt as _;

use super::SetAside;
use super::chunk::ChunkRows;
use crate::error::{Code, Error, Result};
use crate::sql::{Ident, Plain};
use crate::transfer::TableMove;
use crate::transfer::binary_copy::{HEADER, TRAILER};
use crate::transfer::computed::{DROP_STAGE, STAGE, create_stage, move_on, rows_written};
use crate::transfer::session::TargetSession;

/// Bytes that are handed to the connection at once.
const SLICE: usize = 256 * 1024;

/// Writes rows of a table, within the transaction at hand.
pub(crate) struct RowWriter<'a> {
    pub(crate) session: &'a TargetSession,
    pub(crate) table: &'a TableMove,
}

/// Why rows were not taken.
pub(crate) enum CopyFailure {
    /// The server refuses a row: of which number, counted from the first one of the chunk, where it says that.
    Row(Option<usize>, tokio_postgres::Error),
    Other(Error),
}

impl From<Error> for CopyFailure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Rows in the binary form of COPY, into a table or some columns of it.
///
/// # Errors
///
/// The server's.
pub(crate) async fn send(session: &TargetSession, into: &str, rows: &[u8]) -> Result<u64, tokio_postgres::Error> {
    let sql = format!("COPY {into} FROM STDIN BINARY");
    let sending = async {
        let mut sink = pin!(session.client().copy_in::<_, Cursor<Vec<u8>>>(&sql).await?);
        sink.feed(Cursor::new(HEADER.to_vec())).await?;
        for slice in rows.chunks(SLICE) {
            sink.send(Cursor::new(slice.to_vec())).await?;
        }
        sink.feed(Cursor::new(TRAILER.to_vec())).await?;
        sink.finish().await
    };
    session.unless_interrupted(sending).await
}

impl RowWriter<'_> {
    /// Writes rows from one on, up to the first that the server refuses, within a savepoint that is left open. Returns where they end, and why.
    pub(crate) async fn part(&self, rows: &ChunkRows, from: usize) -> Result<(usize, Option<String>), CopyFailure> {
        let message = self.message();
        let (mut to, mut refusal) = (rows.len(), None);
        self.session.run("SAVEPOINT schemactl_part", &message).await?;
        while from < to {
            match self.copy(rows, from, to).await {
                Ok(()) => break,
                // The one that is refused is not always the first that would be: rows before it were not looked at as far.
                Err(CopyFailure::Row(Some(row), error)) if (from..to).contains(&row) => {
                    self.session.run("ROLLBACK TO SAVEPOINT schemactl_part", &message).await?;
                    (to, refusal) = (row, Some(words(&error)));
                }
                // It does not say which one, as of a constraint that is looked at once all are there: halves show it.
                Err(CopyFailure::Row(None, error)) => {
                    self.session.run("ROLLBACK TO SAVEPOINT schemactl_part", &message).await?;
                    (to, refusal) = match to - from {
                        1 => (from, Some(words(&error))),
                        rows => (from + rows / 2, None),
                    };
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok((to, refusal))
    }

    /// Rows of a chunk, from one to before another.
    pub(crate) async fn copy(&self, rows: &ChunkRows, from: usize, to: usize) -> Result<(), CopyFailure> {
        if from == to {
            return Ok(());
        }
        let rows = rows.slice(from, to);
        let (sent, name) = if self.table.computed.is_empty() {
            let into = format!("{} ({})", self.table.target, self.columns().join(", "));
            (send(self.session, &into, rows).await, self.table.target.name.as_str())
        } else {
            (self.by_way_of_stage(rows).await, STAGE)
        };
        let taken = sent.map_err(|error| match row_of(&error, name) {
            RefusedPart::Row(row) => CopyFailure::Row(row.map(|row| from + row), error),
            RefusedPart::Other => CopyFailure::Other(self.session.error(error, &self.message())),
        })?;
        let sent = u64::try_from(to - from).unwrap_or(u64::MAX);
        if taken == sent {
            return Ok(());
        }
        let error = Error::new(Code::Query, self.message())
            .with_cause(format!("{sent} rows were sent, and the server has kept {taken} of them"))
            .with_hint("something on the server takes rows away: a trigger that was made meanwhile, for one");
        Err(error.into())
    }

    /// Rows of which the server computes columns.
    async fn by_way_of_stage(&self, rows: &[u8]) -> Result<u64, tokio_postgres::Error> {
        let (client, columns, target) = (self.session.client(), self.columns(), self.table.target.to_string());
        client.batch_execute(&create_stage(&target, &columns)).await?;
        send(self.session, &format!("pg_temp.{STAGE} ({})", columns.join(", ")), rows).await?;
        let sql = move_on(&target, self.table, &columns, &self.table.computed);
        let taken = self.session.unless_interrupted(rows_written(client, &sql)).await?;
        client.batch_execute(DROP_STAGE).await?;
        Ok(taken)
    }

    fn columns(&self) -> Vec<String> {
        self.table.columns.iter().map(|column| Ident(&column.target).to_string()).collect()
    }

    /// A row that the server refuses, as the journal keeps it.
    pub(crate) fn refused(&self, rows: &ChunkRows, row: usize, reason: String) -> SetAside {
        SetAside::of_row(self.table, (rows.name(row), rows.key(row)), rows.slice(row, row + 1), reason)
    }

    pub(crate) fn message(&self) -> String {
        format!("rows of {} could not be written", Plain(&self.table.name))
    }
}

/// What the server's error is about.
enum RefusedPart {
    Row(Option<usize>),
    Other,
}

/// Which row an error is about: a violated constraint (class 23), or a value that is none (class 22). The server counts lines from 1, and says
/// the word for it in its own language: `COPY agents, line 7`.
fn row_of(error: &tokio_postgres::Error, table: &str) -> RefusedPart {
    let Some(refusal) = error.as_db_error().filter(|error| matches!(&error.code().code()[..2], "22" | "23")) else {
        return RefusedPart::Other;
    };
    let line = refusal.where_().and_then(|text| {
        let begin = format!("COPY {table}, ");
        let rest = text.lines().find_map(|line| line.strip_prefix(&begin))?;
        let digits = rest.chars().skip_while(|letter| !letter.is_ascii_digit());
        let digits: String = digits.take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()?.checked_sub(1)
    });
    RefusedPart::Row(line)
}

/// The server's words.
fn words(error: &tokio_postgres::Error) -> String {
    let Some(refusal) = error.as_db_error() else { return error.to_string() };
    let detail = refusal.detail().map_or_else(String::new, |detail| format!(": {detail}"));
    format!("{}{detail}", refusal.message())
}
