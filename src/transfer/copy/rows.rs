//! Rows on their way: threads that read, and sessions that write, a pair for each stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use futures_util::future::join_all;
use rusqlite::Connection;
use tokio::sync::mpsc::{Receiver, channel};

use super::chunk::{Chunk, ChunkLimits};
use super::reader::{ChunkReader, RangeLeft, RangesLeft};
use super::writer::ChunkWriter;
use super::{CopyEvent, CopyTask};
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::sql::Ident;
use crate::transfer::session::TargetSession;
use crate::transfer::{SqliteRows, file_state};

/// Bytes after which a chunk ends.
const CHUNK: usize = 4 * 1024 * 1024;

/// Tries to have several connections see the same state of a source that is written all the time.
const TRIES: usize = 100;

/// The source, as this run reads it.
pub(super) struct Readers {
    pub(super) rows: Vec<SqliteRows>,
    /// What the file of the source is as they read it.
    pub(super) state: String,
}

impl Readers {
    pub(super) fn connection(&self) -> &Connection {
        self.rows[0].connection()
    }
}

/// Opens the source as often as sessions write. With a write-ahead log all see the same state.
pub(super) fn readers(task: &CopyTask<'_>) -> Result<Readers> {
    let open = || SqliteRows::begin(sqlite::open(task.location, OpenPurpose::Read)?);
    for _ in 0..TRIES {
        let before = file_state(task.path)?;
        let rows: Vec<SqliteRows> = (0..task.choices.jobs.max(1)).map(|_| open()).collect::<Result<_>>()?;
        if file_state(task.path)? == before {
            return yielding(rows, before);
        }
    }
    // It is written faster than it can be opened twice.
    let rows = vec![open()?];
    yielding(rows, file_state(task.path)?)
}

fn yielding(mut rows: Vec<SqliteRows>, state: String) -> Result<Readers> {
    rows.iter_mut().try_for_each(SqliteRows::yield_to_writers)?;
    Ok(Readers { rows, state })
}

impl CopyTask<'_> {
    /// Copies the rows that are missing. Returns how many rows and bytes were written.
    pub(super) async fn rows(
        &self,
        session: &TargetSession,
        readers: Vec<SqliteRows>,
        deadline: Option<Instant>,
    ) -> Result<(u64, u64)> {
        let left = self.left(session, readers[0].connection()).await?;
        if left.is_empty() {
            return Ok((0, 0));
        }
        let mut duplicates = Vec::with_capacity(self.plan.tables.len());
        for table in &self.plan.tables {
            duplicates.push(self.journal.duplicates(session, table).await?);
        }
        let limits = ChunkLimits {
            duplicates: Arc::new(duplicates),
            rows: self.choices.batch.unwrap_or(u64::MAX),
            bytes: CHUNK,
            sets_aside: self.choices.sets_aside,
            keeps_keys: self.captured.is_some() && self.choices.sets_aside,
            stop: Arc::new(AtomicBool::new(false)),
            deadline,
        };
        let ranges = Arc::new(RangesLeft::new(left));
        let streams = readers.into_iter().map(|rows| self.stream(rows, &limits, &ranges));
        let done = join_all(streams).await;
        let mut sum = (0, 0);
        for stream in done {
            let (rows, bytes) = stream?;
            sum = (sum.0 + rows, sum.1 + bytes);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) && !ranges.is_empty() {
            return Err(Error::new(Code::TimeLimit, "the time for the copy is over, and rows are missing")
                .with_state("what was copied is there, and the move goes on from it")
                .with_hint("`schemactl move copy` goes on")
                .with_hint("`schemactl move discard` takes away what was copied"));
        }
        Ok(sum)
    }

    /// The ranges that are not copied to their end, of the tables that are to be copied now, in their order.
    async fn left(&self, session: &TargetSession, source: &Connection) -> Result<Vec<RangeLeft>> {
        let counted = self.journal.tables(session).await?;
        let (mut left, mut told) = (Vec::new(), Vec::new());
        for at in self.chosen()? {
            let table = &self.plan.tables[at];
            left.extend(self.journal.left(session, (at, table)).await?);
            let sql = format!("SELECT count(*) FROM main.{}", Ident(&table.name));
            let rows = source.query_row(&sql, [], |row| row.get::<_, i64>(0)).ok();
            let there = counted.iter().find(|known| known.name == table.name).map_or(0, |known| known.read);
            told.push((table.name.clone(), rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or_default(), there));
        }
        (self.tell)(&CopyEvent::Tables(&told));
        Ok(left)
    }

    /// The tables that are to be copied now, by their places in the plan.
    fn chosen(&self) -> Result<Vec<usize>> {
        if let Some(names) = &self.choices.tables {
            return names.iter().map(|name| self.place_of(name, Code::Usage)).collect();
        }
        let mut order = Vec::new();
        for (name, place) in &self.choices.first {
            order.push(self.place_of(name, Code::InvalidValue).map_err(|error| error.with_place(place.clone()))?);
        }
        let others = (0..self.plan.tables.len()).filter(|at| !order.contains(at)).collect::<Vec<_>>();
        order.extend(others);
        Ok(order)
    }

    fn place_of(&self, name: &str, code: Code) -> Result<usize> {
        let at = self.plan.tables.iter().position(|table| table.name.eq_ignore_ascii_case(name));
        at.ok_or_else(|| {
            let known: Vec<&str> = self.plan.tables.iter().map(|table| table.name.as_str()).collect();
            Error::new(code, format!("table {name} is not moved"))
                .with_cause(format!("those that are moved: {}", known.join(", ")))
        })
    }

    /// One thread that reads, and one session that writes.
    async fn stream(&self, rows: SqliteRows, limits: &ChunkLimits, ranges: &Arc<RangesLeft>) -> Result<(u64, u64)> {
        let session = TargetSession::open(self.settings, self.options.lock_timeout, self.interrupt).await?;
        let (sender, receiver) = channel(1);
        let reader = ChunkReader {
            plan: Arc::clone(self.plan),
            limits: limits.clone(),
            ranges: Arc::clone(ranges),
            interrupt: self.interrupt.clone(),
            chunks: sender,
        };
        let reading = thread::spawn(move || reader.run(rows));
        let written = self.write(&session, receiver, limits.sets_aside).await;
        if written.is_err() {
            limits.stop.store(true, Ordering::SeqCst);
        }
        let read = ended(reading);
        if read.is_err() {
            limits.stop.store(true, Ordering::SeqCst);
        }
        session.close().await;
        let sum = written?;
        read?;
        Ok(sum)
    }

    async fn write(
        &self,
        session: &TargetSession,
        mut chunks: Receiver<Chunk>,
        sets_aside: bool,
    ) -> Result<(u64, u64)> {
        let writer = ChunkWriter { session, journal: self.journal, plan: self.plan, sets_aside };
        let mut sum = (0, 0);
        while let Some(chunk) = chunks.recv().await {
            let table = chunk.place.table;
            let line = writer.write(chunk).await?;
            sum = (sum.0 + line.written, sum.1 + line.bytes);
            let table = &self.plan.tables[table].name;
            (self.tell)(&CopyEvent::Rows { table, read: line.read, bytes: line.bytes });
            crate::fault::point("chunk written");
        }
        Ok(sum)
    }
}

/// What a thread returned; it ends once nobody takes what it reads.
fn ended(reading: JoinHandle<Result<()>>) -> Result<()> {
    reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
