//! Following a source that is written: what was changed since the last round, into the target, until somebody stops it.

mod event;
mod round;
mod rounds;
mod side;

pub use self::event::FollowEvent;
pub(crate) use self::round::RoundApplied;
pub(in crate::transfer) use self::rounds::{FollowLag, FollowRounds, RoundEnd, WrittenSide};
use self::side::SourceSide;
pub(in crate::transfer) use self::side::lag_of_source;

use std::time::Duration;

use rusqlite::Connection;

use super::capture::{Capture, CaptureState, random};
use super::copy::{FollowState, MoveJournal};
use super::session::TargetSession;
use super::{MovePlan, TableMove};
use crate::config::{Options, SqliteLocation};
use crate::database::postgres::connect::ConnectSettings;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;

/// A source that is followed, or on the way back its target.
#[derive(Clone, Copy)]
pub(crate) struct FollowTask<'a> {
    pub(crate) plan: &'a MovePlan,
    pub(crate) location: &'a SqliteLocation,
    pub(crate) capture: &'a Capture,
    pub(crate) settings: &'a ConnectSettings,
    pub(crate) options: &'a Options,
    pub(crate) journal: &'a MoveJournal,
    /// Whether it ends once nothing is left to apply.
    pub(crate) until_level: bool,
    pub(crate) interrupt: &'a Interrupt,
    /// Is told of what happens.
    pub(crate) tell: &'a dyn Fn(&FollowEvent),
}

/// Why following has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FollowEnd {
    /// Nothing was left to apply.
    Level,
    /// Both sides were switched: the other one is to be followed now.
    Switched,
    /// Another one follows, or switches: it is to be waited for.
    TakenOver,
    /// The move was ended.
    Ended,
}

impl FollowTask<'_> {
    /// Follows until it is interrupted, or level where that was asked for.
    ///
    /// # Errors
    ///
    /// The capture is not what was installed, the file is another one, or a side cannot be reached. What was applied is there, and the next call goes on.
    pub(crate) async fn run(&self) -> Result<FollowEnd> {
        let session = TargetSession::open(self.settings, self.options.lock_timeout, self.interrupt).await?;
        let follower = random();
        let done = self.in_session(&session, &follower).await;
        let done = self.unless_taken_over(&session, &follower, done).await;
        // Where the connection is lost, silence says it.
        let _ = self.journal.leave(&session, &follower).await;
        session.close().await;
        done
    }

    /// What has ended following: not an error where another one follows since, or where the move itself has ended.
    pub(super) async fn unless_taken_over(
        &self,
        session: &TargetSession,
        follower: &str,
        done: Result<FollowEnd>,
    ) -> Result<FollowEnd> {
        match done {
            // A connection that is lost says nothing of the move.
            Err(_) if !self.journal.is_there(session).await.unwrap_or(true) => Ok(FollowEnd::Ended),
            Err(error) if error.code() == Code::MoveNotReady && !self.journal.is_led_by(session, follower).await? => {
                Ok(FollowEnd::TakenOver)
            }
            done => done,
        }
    }

    async fn in_session(&self, session: &TargetSession, follower: &str) -> Result<FollowEnd> {
        self.lead(session, follower).await?;
        let source = FollowedSource::open(self)?;
        let mut side = SourceSide { task: self, session, follower, source };
        FollowRounds { task: self, session, follower }.run(&mut side).await
    }

    /// Waits until nobody else follows.
    pub(super) async fn lead(&self, session: &TargetSession, follower: &str) -> Result<()> {
        let mut is_told = false;
        while !self.journal.lead(session, follower).await? {
            if !is_told {
                (self.tell)(&FollowEvent::Waiting);
                is_told = true;
            }
            if self.interrupt.is_triggered() {
                return Err(Error::new(Code::Interrupted, "interrupted while another follower was waited for"));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    pub(crate) async fn state(&self, session: &TargetSession) -> Result<FollowState> {
        let state = self.journal.following(session).await?;
        state.ok_or_else(|| Error::new(Code::Query, "the journal of the move was taken away while it was followed"))
    }

    /// Marks both sides, and takes away what was applied. Where the application has the source locked, that is for the next time.
    async fn settle(&self, session: &TargetSession, source: &mut FollowedSource, follower: &str) -> Result<()> {
        let state = self.state(session).await?;
        let Some(captured) = self.capture.state(&source.connection)? else { return Ok(()) };
        let mark = random();
        if !self.journal.mark_soon(session, follower, &mark).await? {
            return Err(taken_over());
        }
        match self.capture.settle(&mut source.writer, state.position, (&captured.mark, &mark)) {
            Ok(true) => {
                self.journal.marked(session, &mark).await?;
                source.unsettled = false;
                Ok(())
            }
            // One who followed before has marked it meanwhile.
            Ok(false) => Ok(()),
            Err(error) if is_busy(&error) => Ok(()),
            Err(error) => {
                Err(Error::new(Code::Query, "changes that were applied cannot be taken away from the source")
                    .with_cause(error.to_string())
                    .with_state("what was applied is there")
                    .with_source(error))
            }
        }
    }

    /// Refuses a source that is not the one that was followed until now.
    fn assert_same(&self, captured: Option<CaptureState>, state: &FollowState) -> Result<CaptureState> {
        if state.is_switched {
            return Err(Error::new(Code::MoveNotReady, "both sides are switched: there is nothing to follow any more")
                .with_state("nothing was changed")
                .with_hint("`schemactl move status` shows how both stand"));
        }
        let captured = assert_followed(captured, state)?;
        if captured.is_renumbered && self.plan.tables.iter().any(TableMove::has_row_numbers) {
            return Err(lost("VACUUM has given rows of tables without a key other rowids, by which they were known"));
        }
        Ok(captured)
    }
}

/// Refuses a source of which a state of the journal does not tell how far it was applied.
pub(super) fn assert_followed(captured: Option<CaptureState>, state: &FollowState) -> Result<CaptureState> {
    let Some(captured) = captured else { return Err(not_captured()) };
    if captured.id != state.capture {
        return Err(lost("its capture is that of another move"));
    }
    if captured.mark != state.mark && !state.pending_marks.contains(&captured.mark) {
        return Err(lost(
            "the mark that both sides were given is another one: the file may have been put back from a backup",
        ));
    }
    if captured.last < state.position {
        return Err(lost("it has fewer changes than were applied: the file may have been put back from a backup"));
    }
    Ok(captured)
}

/// A source of which nobody knows what was changed since it was looked at last.
pub(crate) fn lost(cause: &str) -> Error {
    Error::new(Code::CaptureLost, "the source is not the one that was followed")
        .with_cause(cause)
        .with_state("what was applied before is in the target")
        .with_hint(
            "what was changed since is not known: begin anew, `schemactl move discard` and `schemactl move follow`",
        )
}

/// A source that was followed, and has no triggers any more.
pub(crate) fn not_captured() -> Error {
    lost("its changes are not captured")
}

/// The connections to a source.
pub(crate) struct FollowedSource {
    pub(crate) connection: Connection,
    /// Takes away what was applied.
    writer: Connection,
    /// The state of the schema in which the capture was found whole.
    whole_at: Option<i64>,
    /// What changes with each commit of others.
    version: i64,
    /// Whether something was applied that is still there.
    unsettled: bool,
}

impl FollowedSource {
    pub(crate) fn open(task: &FollowTask<'_>) -> Result<Self> {
        let connection = sqlite::open(task.location, OpenPurpose::Read)?;
        let writer = sqlite::open(task.location, OpenPurpose::Change)?;
        let patience = |connection: &Connection, time| connection.busy_timeout(time).map_err(unread);
        patience(&connection, Duration::from_secs(10))?;
        patience(&writer, Duration::from_millis(200))?;
        Ok(Self { connection, writer, whole_at: None, version: -1, unsettled: true })
    }

    /// Whether somebody has committed since this was last asked.
    fn is_written(&mut self) -> Result<bool> {
        let version = number(&self.connection, "PRAGMA data_version")?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}

fn number(connection: &Connection, sql: &str) -> Result<i64> {
    connection.query_row(sql, [], |row| row.get(0)).map_err(unread)
}

pub(crate) fn unread(error: rusqlite::Error) -> Error {
    Error::new(Code::Query, "the source cannot be read")
        .with_cause(error.to_string())
        .with_state("what was applied before is in the target")
        .with_source(error)
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}

pub(crate) fn taken_over() -> Error {
    Error::new(Code::MoveNotReady, "another one follows the source now")
        .with_cause("nothing was heard of this one for too long, or it was told to leave")
        .with_state("what was applied is there")
        .with_hint("`schemactl move status` shows who follows")
}
