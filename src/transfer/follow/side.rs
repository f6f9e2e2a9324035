use std::time::{Duration, Instant};

use super::rounds::{FollowLag, RoundEnd, WrittenSide};
use super::{FollowTask, FollowedSource};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;
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

impl WrittenSide for SourceSide<'_> {
    const WRITTEN: Dialect = Dialect::Sqlite;
    const APPLIED: &'static str = "changes applied";

    async fn lag(&mut self) -> Result<Option<FollowLag>> {
        let state = self.task.state(self.session).await?;
        if state.is_switched {
            return Ok(None);
        }
        let (last, seconds) = self.task.capture.behind(&self.source.connection, state.position)?;
        let set_aside = self.task.journal.rows_set_aside(self.session).await?;
        Ok(Some(FollowLag { changes: last - state.position, seconds, set_aside }))
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
