use rusqlite::Connection;

use super::ends::MoveEnds;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Result};
use crate::sql::Dialect;
use crate::transfer::back::lag_of_target;
use crate::transfer::follow::{FollowLag, lag_of_source};
use crate::transfer::{CopyState, FollowState, MoveJournal, SourceGate, TargetSession};

/// How a move stands at a moment, as both sides say it.
pub(crate) struct MoveLook {
    pub(crate) state: CopyState,
    /// The side that takes writes; none in the moment of a switch, and where the move does not say it.
    pub(crate) written: Option<Dialect>,
    /// Whether somebody follows, as was heard of them last.
    pub(crate) is_followed: bool,
    /// Keys that were applied since the copy, in both directions.
    pub(crate) applied: u64,
    /// How far the other side is behind now, whoever follows; none where it is not followed.
    pub(crate) lag: Option<FollowLag>,
}

impl MoveLook {
    /// Looks; none where no move has begun.
    ///
    /// # Errors
    ///
    /// A side cannot be read, or it is not known how far the other side is behind.
    pub(crate) async fn read(ends: &MoveEnds, journal: &MoveJournal, session: &TargetSession) -> Result<Option<Self>> {
        let Some(state) = journal.state(session).await? else { return Ok(None) };
        let state = state.progress;
        let mut following = journal.following(session).await?;
        let source = sqlite::open(&ends.location, OpenPurpose::Read)?;
        loop {
            let Some(read) = following else {
                return Ok(Some(Self { state, written: None, is_followed: false, applied: 0, lag: None }));
            };
            let lag = match lag(ends, &source, (journal, session), &read).await {
                // Whoever follows may have gone on since the journal was read, so that both sides did not fit.
                Err(error) if error.code() == Code::CaptureLost => {
                    following = journal.following(session).await?;
                    if following.as_ref() == Some(&read) {
                        return Err(error);
                    }
                    continue;
                }
                lag => lag?,
            };
            let written = written(ends, &source, state)?;
            return Ok(Some(Self { state, written, is_followed: read.is_alive, applied: read.changes, lag }));
        }
    }
}

fn written(ends: &MoveEnds, source: &Connection, state: CopyState) -> Result<Option<Dialect>> {
    if matches!(state, CopyState::Switched | CopyState::Open | CopyState::Complete) {
        return Ok(Some(Dialect::Postgres));
    }
    let is_open = matches!(ends.capture().gate_of_captured(source)?, None | Some(SourceGate::Open));
    Ok(is_open.then_some(Dialect::Sqlite))
}

async fn lag(
    ends: &MoveEnds,
    source: &Connection,
    (journal, session): (&MoveJournal, &TargetSession),
    following: &FollowState,
) -> Result<Option<FollowLag>> {
    let capture = ends.capture();
    if capture.state(source)?.is_none() {
        return Ok(None);
    }
    match &following.back {
        Some(back) => lag_of_target((journal, session), (&capture, source), back).await.map(Some),
        None if following.is_switched => Ok(None),
        None => lag_of_source((journal, session), (&capture, source), following).await.map(Some),
    }
}
