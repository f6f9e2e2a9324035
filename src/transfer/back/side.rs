use std::time::Duration;

use rusqlite::Connection;

use super::changes::{NotedChanges, prune};
use super::{ReturnTask, ReturnedSource};
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;
use crate::transfer::capture::Capture;
use crate::transfer::copy::{MoveJournal, ReturnState};
use crate::transfer::follow::{FollowLag, RoundEnd, WrittenSide};
use crate::transfer::session::TargetSession;

/// How often the target is looked at while nothing happens.
const LOOK: Duration = Duration::from_millis(100);

/// PostgreSQL, while it is written and followed back.
pub(super) struct TargetSide<'a, 'p> {
    pub(super) task: &'a ReturnTask<'p>,
    /// Where rows are read.
    pub(super) session: &'a TargetSession,
    /// Where the journal is read and written.
    pub(super) control: &'a TargetSession,
    pub(super) follower: &'a str,
    pub(super) source: ReturnedSource<'p>,
}

/// How far a source is behind the target that is followed back to it.
///
/// # Errors
///
/// It is not known, since not all changes of the target are.
pub(in crate::transfer) async fn lag_of_target(
    (journal, session): (&MoveJournal, &TargetSession),
    (capture, source): (&Capture, &Connection),
    state: &ReturnState,
) -> Result<FollowLag> {
    let returned = capture.returned(source)?;
    let noted = NotedChanges { journal, since: returned.snapshot.as_deref().unwrap_or(&state.from) };
    let tables: Vec<String> = journal.tables(session).await?.into_iter().map(|table| table.target).collect();
    noted.assert_whole(session, &tables, state).await?;
    let (changes, seconds) = noted.behind(session).await?;
    let set_aside = capture.rows_not_returned(source)?;
    Ok(FollowLag { changes, seconds, set_aside })
}

impl WrittenSide for TargetSide<'_, '_> {
    const WRITTEN: Dialect = Dialect::Postgres;
    const APPLIED: &'static str = "changes returned";

    async fn lag(&mut self) -> Result<Option<FollowLag>> {
        let Some(state) = self.task.state(self.control).await? else { return Ok(None) };
        let follow = self.task.follow;
        let (target, source) = ((follow.journal, self.control), (follow.capture, &self.source.connection));
        match lag_of_target(target, source, &state).await {
            // What notes changes goes when both sides are switched.
            Err(_) if self.task.state(self.control).await?.is_none() => Ok(None),
            lag => lag.map(Some),
        }
    }

    async fn round(&mut self) -> Result<RoundEnd> {
        let Some(state) = self.task.state(self.control).await? else { return Ok(RoundEnd::Switched) };
        let (sessions, by) = ((self.session, self.control), (self.follower, &state));
        match self.task.round(sessions, &mut self.source, by).await {
            Ok(Some(applied)) => Ok(RoundEnd::Applied(applied)),
            Ok(None) => Ok(RoundEnd::Level),
            Err(error) if error.code() == Code::Interrupted => Err(self.interrupted()),
            Err(_) if self.task.state(self.control).await?.is_none() => Ok(RoundEnd::Switched),
            Err(error) => Err(error),
        }
    }

    fn is_unsettled(&self) -> bool {
        self.source.unsettled.is_some()
    }

    async fn settle(&mut self) -> Result<()> {
        match self.source.unsettled.take() {
            Some(snapshot) => prune(self.control, self.task.follow.journal, &snapshot).await,
            None => Ok(()),
        }
    }

    async fn pause(&mut self, at_most: Duration) -> Result<()> {
        tokio::time::sleep(LOOK.min(at_most)).await;
        Ok(())
    }

    fn interrupted(&self) -> Error {
        Error::new(Code::Interrupted, "interrupted while the target was followed back")
            .with_state("what was applied is there; PostgreSQL is the side that is written")
            .with_hint("`schemactl move follow` goes on")
    }
}
