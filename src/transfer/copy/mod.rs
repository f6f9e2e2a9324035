//! The copy: rows of the source into empty tables of the target, so that whatever dies, what is missing can be told and added.

mod apart;
mod begin;
mod chunk;
mod discard;
mod duplicate_rows;
mod duplicates;
mod fence;
mod finish;
mod journal;
mod map;
mod orphans;
mod ownership;
mod range;
mod reader;
mod row_writer;
mod rows;
mod sequences;
mod set_aside;
mod writer;

pub(crate) use self::apart::{KEY_OFF_AND_BACK, StillApart};
pub(in crate::transfer) use self::apart::{identities, with_partitions};
pub(crate) use self::begin::copied_without_capture;
pub(crate) use self::chunk::{Chunk, ChunkPlace};
pub(crate) use self::discard::{Discarded, discard, row_numbers_off};
pub(crate) use self::fence::{FOLLOWER, Fence};
pub(crate) use self::journal::{
    CopiedTable, CopyState, FollowState, MoveJournal, MoveState, NULLED, ORPHAN, ORPHAN_LEFT_OUT, OrphanCounts,
    RefusedDigests, ReturnState, RoundDone,
};
pub(crate) use self::map::assert_same_map;
pub(crate) use self::orphans::OrphanTask;
pub(crate) use self::row_writer::{CopyFailure, RowWriter, send};
pub(crate) use self::sequences::{SequenceSet, advance, advance_table, column_sequences, next_numbers};
use self::set_aside::SetAside;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::capture::Capture;
use super::session::TargetSession;
use super::{MovePlan, file_state};
use crate::config::{Options, SqliteLocation};
use crate::database::postgres::connect::ConnectSettings;
use crate::error::{Code, Error, Place, Result};
use crate::interrupt::Interrupt;

/// A copy that is to be made, or gone on with.
pub(crate) struct CopyTask<'a> {
    pub(crate) plan: &'a Arc<MovePlan>,
    /// How messages name the source.
    pub(crate) source: &'a str,
    pub(crate) location: &'a SqliteLocation,
    pub(crate) path: &'a Path,
    pub(crate) settings: &'a ConnectSettings,
    pub(crate) options: &'a Options,
    pub(crate) journal: &'a MoveJournal,
    pub(crate) choices: &'a CopyChoices,
    /// Where what is changed meanwhile is captured, by what: the source is followed once all rows are there.
    pub(crate) captured: Option<&'a Captured<'a>>,
    pub(crate) interrupt: &'a Interrupt,
    /// Is told of what happens.
    pub(crate) tell: &'a (dyn Fn(&CopyEvent<'_>) + Sync),
}

/// A capture of changes that was installed.
pub(crate) struct Captured<'a> {
    pub(crate) capture: &'a Capture,
    pub(crate) id: &'a str,
}

/// What the user chooses of a copy.
#[derive(Debug, Clone)]
pub(crate) struct CopyChoices {
    /// How many sessions write at once.
    pub(crate) jobs: usize,
    /// Rows that a transaction has at most; none for no such limit.
    pub(crate) batch: Option<u64>,
    /// Whether values and rows without a place are set aside.
    pub(crate) sets_aside: bool,
    /// The only tables to be copied now, in this order; none for all.
    pub(crate) tables: Option<Vec<String>>,
    /// The tables that are copied before the others, where none are named.
    pub(crate) first: Vec<(String, Place)>,
    pub(crate) time_limit: Option<Duration>,
}

/// What happens in a copy.
#[derive(Debug)]
pub(crate) enum CopyEvent<'a> {
    /// The tables to be copied, with their rows on the source, and of them those that are there already.
    Tables(&'a [(String, u64, u64)]),
    /// More rows of a table are there.
    Rows { table: &'a str, read: u64, bytes: u64 },
    /// Something that was off is put back.
    PuttingBack { what: &'a str, name: &'a str, table: &'a str },
    /// Indexes that stay on while rows come, since they would come back differently.
    LeftOn(&'a [String]),
}

/// What a copy has come to.
#[derive(Debug)]
pub(crate) struct CopyOutcome {
    pub(crate) state: MoveState,
    pub(crate) tables: Vec<CopiedTable>,
    /// What is still off.
    pub(crate) apart: Vec<StillApart>,
    pub(crate) sequences: Vec<SequenceSet>,
    /// Rows and bytes that this run has written, and in what time.
    pub(crate) written: (u64, u64),
    pub(crate) took: Duration,
}

impl CopyTask<'_> {
    /// Makes the copy, or goes on with it.
    ///
    /// # Errors
    ///
    /// The target is not empty, or has rows of others; a value has no place; the rules are others than those of rows that are there; or what
    /// a database may refuse. What is there stays, and the next call goes on from it.
    pub(crate) async fn run(&self) -> Result<CopyOutcome> {
        let began = Instant::now();
        let session = TargetSession::open(self.settings, self.options.lock_timeout, self.interrupt).await?;
        let done = self.in_session(&session, began).await;
        session.close().await;
        done
    }

    async fn in_session(&self, session: &TargetSession, began: Instant) -> Result<CopyOutcome> {
        let mut readers = rows::readers(self)?;
        self.begin(session, &readers).await?;
        self.decide_duplicates(session, &mut readers.rows[0]).await?;
        crate::fault::point("duplicates decided");
        let deadline = self.choices.time_limit.map(|limit| began + limit);
        let written = self.rows(session, readers.rows, deadline).await.map_err(|error| {
            error.unless_stated("what was copied before stays, and `schemactl move copy` goes on from it")
        })?;
        let mut sequences = Vec::new();
        let tables = self.journal.tables(session).await?;
        let state = self.state(session).await?;
        if tables.iter().all(|table| table.is_done) && state.progress < CopyState::Following {
            sequences = self.finish(session, &tables).await?;
        }
        // Rows may have been set aside at the end.
        let tables = self.journal.tables(session).await?;
        if self.captured.is_none() {
            self.look_at_source(session, &state).await?;
        }
        Ok(CopyOutcome {
            state: self.state(session).await?,
            tables,
            apart: self.journal.apart(session).await?,
            sequences,
            written,
            took: began.elapsed(),
        })
    }

    async fn state(&self, session: &TargetSession) -> Result<MoveState> {
        let state = self.journal.state(session).await?;
        state.ok_or_else(|| Error::new(Code::Query, "the journal of the move was taken away while rows were copied"))
    }

    /// Notes whether the source was written since the move began.
    async fn look_at_source(&self, session: &TargetSession, state: &MoveState) -> Result<()> {
        if file_state(self.path)? == state.source_state {
            return Ok(());
        }
        session.run(&self.journal.source_changed(), "the journal of the move cannot be written").await
    }
}
