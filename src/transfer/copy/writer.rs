//! A session that writes chunks.

use super::chunk::Chunk;
use super::journal::{ChunkLine, MoveJournal};
use super::row_writer::{CopyFailure, RowWriter};
use crate::error::{Code, Error, Result};
use crate::sql::Plain;
use crate::transfer::MovePlan;
use crate::transfer::session::TargetSession;

/// Writes chunks, each in one transaction.
pub(crate) struct ChunkWriter<'a> {
    pub(crate) session: &'a TargetSession,
    pub(crate) journal: &'a MoveJournal,
    pub(crate) plan: &'a MovePlan,
    pub(crate) sets_aside: bool,
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
        let writer = self.rows(chunk);
        self.session.run(&self.begin(), &writer.message()).await?;
        writer.copy(&chunk.rows, 0, chunk.rows.len()).await?;
        self.finish(chunk, chunk.rows.len()).await
    }

    /// The rows that the server takes: those up to one that it refuses, and those behind it. Each part is written within a savepoint, so
    /// that its rows have the `xmin` of that, and so has a line of the journal.
    async fn in_parts(&self, chunk: &mut Chunk) -> Result<ChunkLine, CopyFailure> {
        let writer = self.rows(chunk);
        let message = writer.message();
        self.session.run(&self.begin(), &message).await?;
        let (mut from, mut written, mut part) = (0, 0, 0);
        while from < chunk.rows.len() {
            let (to, refusal) = writer.part(&chunk.rows, from).await?;
            if from < to {
                part += 1;
                let line = self.journal.line(writer.table, chunk.place, part, &ChunkLine::default());
                self.session.run(&format!("{line}; RELEASE SAVEPOINT schemactl_part"), &message).await?;
            }
            written += to - from;
            from = to;
            if let Some(reason) = refusal {
                chunk.set_aside.push(writer.refused(&chunk.rows, to, reason));
                from += 1;
            }
        }
        self.finish(chunk, written).await
    }

    /// Writes what is beside the rows, and commits.
    async fn finish(&self, chunk: &Chunk, written: usize) -> Result<ChunkLine, CopyFailure> {
        let RowWriter { table, .. } = self.rows(chunk);
        self.journal.set_aside(self.session, &chunk.set_aside).await?;
        self.journal.ids(self.session, &chunk.ids).await?;
        let line = ChunkLine::of(chunk, written);
        let sql = self.journal.line(table, chunk.place, 0, &line);
        self.session.run(&format!("{sql}; COMMIT"), &self.rows(chunk).message()).await?;
        Ok(line)
    }

    fn rows(&self, chunk: &Chunk) -> RowWriter<'_> {
        RowWriter { session: self.session, table: &self.plan.tables[chunk.place.table] }
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
