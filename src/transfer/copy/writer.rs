//! A session that writes chunks.

use std::io::Cursor;
use std::pin::pin;

use futures_util::SinkExt as _;

use super::SetAside;
use super::chunk::Chunk;
use super::journal::{ChunkLine, MoveJournal};
use crate::error::{Code, Error, Result};
use crate::history::MoveTable;
use crate::sql::{Ident, Plain};
use crate::transfer::binary_copy::{HEADER, TRAILER};
use crate::transfer::computed::{DROP_STAGE, STAGE, create_stage, move_on, run_to_move_on};
use crate::transfer::session::TargetSession;
use crate::transfer::{MovePlan, TableMove};

/// Bytes that are handed to the connection at once.
const SLICE: usize = 256 * 1024;

/// Writes chunks, each in one transaction.
pub(crate) struct ChunkWriter<'a> {
    pub(crate) session: &'a TargetSession,
    pub(crate) journal: &'a MoveJournal,
    pub(crate) plan: &'a MovePlan,
    pub(crate) sets_aside: bool,
}

/// Why rows were not taken.
enum CopyFailure {
    /// The server refuses a row: of which number, counted from the first one of the chunk, where it says that.
    Row(Option<usize>, tokio_postgres::Error),
    Other(Error),
}

impl From<Error> for CopyFailure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl ChunkWriter<'_> {
    /// Writes a chunk and its line in the journal, or nothing. Returns what it counts.
    ///
    /// # Errors
    ///
    /// The server refuses a row and nothing is to be set aside, another copy has written this chunk, or the connection is lost.
    pub(crate) async fn write(&self, mut chunk: Chunk) -> Result<ChunkLine> {
        let mut written = self.whole(&chunk).await;
        if let Err(CopyFailure::Row(..)) = &written
            && self.sets_aside
        {
            self.session.roll_back().await;
            written = self.in_parts(&mut chunk).await;
        }
        match written {
            Ok(line) => Ok(line),
            Err(failure) => {
                self.session.roll_back().await;
                Err(match failure {
                    CopyFailure::Row(row, error) => self.refused(&chunk, row, error),
                    CopyFailure::Other(error) => error,
                })
            }
        }
    }

    /// A constraint that may be deferred is looked at with the rows that break it, and not with the commit.
    fn begin(&self) -> String {
        format!("{}; SET CONSTRAINTS ALL IMMEDIATE", self.session.begin())
    }

    /// All rows at once.
    async fn whole(&self, chunk: &Chunk) -> Result<ChunkLine, CopyFailure> {
        let message = self.message(chunk);
        self.session.run(&self.begin(), &message).await?;
        self.copy(chunk, 0, chunk.rows.len()).await?;
        self.finish(chunk, chunk.rows.len()).await
    }

    /// The rows that the server takes: those up to one that it refuses, and those behind it. Each part is written within a savepoint, so
    /// that its rows have the `xmin` of that, and so has a line of the journal.
    async fn in_parts(&self, chunk: &mut Chunk) -> Result<ChunkLine, CopyFailure> {
        let message = self.message(chunk);
        self.session.run(&self.begin(), &message).await?;
        let (mut from, mut written, mut part) = (0, 0, 0);
        while from < chunk.rows.len() {
            let (to, refusal) = self.part(chunk, from).await?;
            if from < to {
                part += 1;
                let line =
                    self.journal.line(&self.plan.tables[chunk.place.table], chunk.place, part, &ChunkLine::default());
                self.session.run(&format!("{line}; RELEASE SAVEPOINT schemactl_part"), &message).await?;
            }
            written += to - from;
            from = to;
            if let Some(reason) = refusal {
                let (name, row) = (chunk.rows.name(to), chunk.rows.slice(to, to + 1));
                let refused = SetAside::of_row(&self.plan.tables[chunk.place.table], name, row, reason);
                chunk.set_aside.push(refused);
                from += 1;
            }
        }
        self.finish(chunk, written).await
    }

    /// Writes rows from one on, up to the first that the server refuses, within a savepoint that is left open. Returns where they end, and why.
    async fn part(&self, chunk: &Chunk, from: usize) -> Result<(usize, Option<String>), CopyFailure> {
        let message = self.message(chunk);
        let (mut to, mut refusal) = (chunk.rows.len(), None);
        self.session.run("SAVEPOINT schemactl_part", &message).await?;
        while from < to {
            match self.copy(chunk, from, to).await {
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
    async fn copy(&self, chunk: &Chunk, from: usize, to: usize) -> Result<(), CopyFailure> {
        if from == to {
            return Ok(());
        }
        let table = &self.plan.tables[chunk.place.table];
        let rows = chunk.rows.slice(from, to);
        let (sent, name) = if table.computed.is_empty() {
            let sql = copy_to(&table.target.to_string(), &columns(table));
            (self.session.unless_interrupted(self.send(&sql, rows)).await, table.target.name.as_str())
        } else {
            (self.session.unless_interrupted(self.by_way_of_stage(table, rows)).await, STAGE)
        };
        let taken = sent.map_err(|error| match row_of(&error, name) {
            RefusedPart::Row(row) => CopyFailure::Row(row.map(|row| from + row), error),
            RefusedPart::Other => CopyFailure::Other(self.session.error(error, &self.message(chunk))),
        })?;
        let sent = u64::try_from(to - from).unwrap_or(u64::MAX);
        if taken == sent {
            return Ok(());
        }
        let error = Error::new(Code::Query, self.message(chunk))
            .with_cause(format!("{sent} rows were sent, and the server has kept {taken} of them"))
            .with_hint("something on the server takes rows away: a trigger that was made meanwhile, for one");
        Err(error.into())
    }

    /// Rows of which the server computes columns.
    async fn by_way_of_stage(&self, table: &TableMove, rows: &[u8]) -> Result<u64, tokio_postgres::Error> {
        let (client, columns) = (self.session.client(), columns(table));
        client.batch_execute(&create_stage(&table.target.to_string(), &columns)).await?;
        self.send(&copy_to(&format!("pg_temp.{STAGE}"), &columns), rows).await?;
        let target = table.target.to_string();
        let taken = run_to_move_on(client, &move_on(&target, table, &columns, &table.computed)).await?;
        client.batch_execute(DROP_STAGE).await?;
        Ok(taken)
    }

    async fn send(&self, sql: &str, rows: &[u8]) -> Result<u64, tokio_postgres::Error> {
        let mut sink = pin!(self.session.client().copy_in::<_, Cursor<Vec<u8>>>(sql).await?);
        sink.feed(Cursor::new(HEADER.to_vec())).await?;
        for slice in rows.chunks(SLICE) {
            sink.send(Cursor::new(slice.to_vec())).await?;
        }
        sink.feed(Cursor::new(TRAILER.to_vec())).await?;
        sink.finish().await
    }

    /// Writes what is beside the rows, and commits.
    async fn finish(&self, chunk: &Chunk, written: usize) -> Result<ChunkLine, CopyFailure> {
        let message = self.message(chunk);
        if !chunk.set_aside.is_empty() {
            let mut rows = Vec::new();
            chunk.set_aside.iter().for_each(|value| value.encode(&mut rows));
            self.note(MoveTable::SetAside, SetAside::COLUMNS, &rows, &message).await?;
        }
        if !chunk.ids.is_empty() {
            self.note(MoveTable::Ids, "source_table, column_name, old_id, new_id", &chunk.ids.bytes, &message).await?;
        }
        let line = ChunkLine::of(chunk, written);
        let sql = self.journal.line(&self.plan.tables[chunk.place.table], chunk.place, 0, &line);
        self.session.run(&format!("{sql}; COMMIT"), &message).await?;
        Ok(line)
    }

    /// Appends rows to a table of the journal. They are not part of a statement's text, which a server may log.
    async fn note(&self, table: MoveTable, columns: &str, rows: &[u8], message: &str) -> Result<()> {
        let sql = format!("COPY {} ({columns}) FROM STDIN BINARY", self.journal.table(table));
        let sent = self.session.unless_interrupted(self.send(&sql, rows)).await;
        sent.map(drop).map_err(|error| self.session.error(error, message))
    }

    fn message(&self, chunk: &Chunk) -> String {
        format!("rows of {} could not be written", Plain(&self.plan.tables[chunk.place.table].name))
    }

    fn refused(&self, chunk: &Chunk, row: Option<usize>, error: tokio_postgres::Error) -> Error {
        let table = &self.plan.tables[chunk.place.table];
        let message = match row {
            Some(row) => format!("{} of {} is refused by the server", chunk.rows.name(row), Plain(&table.name)),
            None => format!("a row of {} is refused by the server", Plain(&table.name)),
        };
        let error = self.session.error(error, &message);
        // What was being done failed at a row, whatever else it may be called.
        let error = Error::new(Code::ValuesRefused, message).with_cause(error.cause().unwrap_or_default().to_owned());
        error
            .with_hint("`schemactl move plan` tries all rows against the constraints of the target")
            .with_hint("or set such rows aside, to be looked at later: `--on-reject set-aside`")
    }
}

fn columns(table: &TableMove) -> Vec<String> {
    table.columns.iter().map(|column| Ident(&column.target).to_string()).collect()
}

fn copy_to(table: &str, columns: &[String]) -> String {
    format!("COPY {table} ({}) FROM STDIN BINARY", columns.join(", "))
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
