use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::rounds::{FollowLag, RoundEnd, WrittenSide};
use super::{FollowTask, FollowedSource, assert_followed};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;
use crate::transfer::capture::Capture;
use crate::transfer::copy::{FollowState, MoveJournal};
use crate::transfer::session::TargetSession;

/// How often the source is looked at while nothing happens.
const LOOK: Duration = Duration::from_millis(50);

/// SQLite, while it is written and followed.
pub(super) struct SourceSide<'a> {
    pub(super) task: &'a FollowTask<'a>,
    pub(super) session: &'a TargetSession,
    pub(super) follower: &'a str,
    pub(super) source: FollowedSource,
}

/// How far the target is behind a source that is followed.
///
/// # Errors
///
/// It is not known, since the source is not the one that was followed.
pub(in crate::transfer) async fn lag_of_source(
    (journal, session): (&MoveJournal, &TargetSession),
    (capture, source): (&Capture, &Connection),
    state: &FollowState,
) -> Result<FollowLag> {
    assert_followed(capture.state(source)?, state)?;
    let (last, seconds) = capture.behind(source, state.position)?;
    let set_aside = journal.rows_set_aside(session).await?;
    Ok(FollowLag { changes: last - state.position, seconds, set_aside })
}

impl WrittenSide for SourceSide<'_> {
    const WRITTEN: Dialect = Dialect::Sqlite;
    const APPLIED: &'static str = "changes applied";

    async fn lag(&mut self) -> Result<Option<FollowLag>> {
        let state = self.task.state(self.session).await?;
        if state.is_switched {
            return Ok(None);
        }
        let (target, source) = ((self.task.journal, self.session), (self.task.capture, &self.source.connection));
        lag_of_source(target, source, &state).await.map(Some)
    }

    async fn round(&mut self) -> Result<RoundEnd> {
        match self.task.round(self.session, &mut self.source, self.follower).await {
            Ok(Some(applied)) => Ok(RoundEnd::Applied(applied)),
            Ok(None) => Ok(RoundEnd::Level),
            Err(error) if error.code() == Code::Interrupted => Err(self.interrupted()),
            Err(_) if self.task.state(self.session).await?.is_switched => Ok(RoundEnd::Switched),
            Err(error) => Err(error),
        }
    }

    fn is_unsettled(&self) -> bool {
        self.source.unsettled
    }

    async fn settle(&mut self) -> Result<()> {
        self.task.settle(self.session, &mut self.source, self.follower).await
    }

    async fn pause(&mut self, at_most: Duration) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < at_most && !self.task.interrupt.is_triggered() && !self.source.is_written()? {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    fn interrupted(&self) -> Error {
        Error::new(Code::Interrupted, "interrupted while the source was followed")
            .with_state("what was applied is there")
            .with_hint("`schemactl move follow` goes on")
    }
}
