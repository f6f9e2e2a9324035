//! Rounds in either direction, until somebody stops them.

use std::time::{Duration, Instant};

use super::event::FollowEvent;
use super::round::RoundApplied;
use super::{FollowEnd, FollowTask, taken_over};
use crate::error::{Error, Result};
use crate::sql::Dialect;
use crate::transfer::session::TargetSession;

/// How often the follower says that it is alive.
const WORD: Duration = Duration::from_secs(2);
/// How often changes that were applied are taken away.
const SETTLE: Duration = Duration::from_secs(1);

/// The side that is written, as rounds follow it.
pub(in crate::transfer) trait WrittenSide {
    const WRITTEN: Dialect;
    /// The fault point after a round.
    const APPLIED: &'static str;

    /// How far the other side is behind; none where both sides were switched.
    async fn lag(&mut self) -> Result<Option<FollowLag>>;

    /// Applies what was changed since the last round.
    async fn round(&mut self) -> Result<RoundEnd>;

    /// Whether something was applied that is still noted.
    fn is_unsettled(&self) -> bool;

    /// Takes away what was applied.
    async fn settle(&mut self) -> Result<()>;

    /// Waits for changes, where nothing is left, for as long at most.
    async fn pause(&mut self, at_most: Duration) -> Result<()>;

    /// What is said where somebody stops it.
    fn interrupted(&self) -> Error;
}

/// How far the other side is behind.
pub(crate) struct FollowLag {
    pub(crate) changes: i64,
    /// The age of the first change, in seconds.
    pub(crate) seconds: f64,
    /// Rows that have no place on the other side.
    pub(crate) set_aside: u64,
}

/// What a round has come to.
pub(in crate::transfer) enum RoundEnd {
    Applied(RoundApplied),
    /// Nothing was left.
    Level,
    /// Both sides were switched.
    Switched,
}

/// A task that goes round after round.
pub(in crate::transfer) struct FollowRounds<'a> {
    pub(in crate::transfer) task: &'a FollowTask<'a>,
    /// Where the journal is read and written.
    pub(in crate::transfer) session: &'a TargetSession,
    pub(in crate::transfer) follower: &'a str,
}

impl FollowRounds<'_> {
    pub(in crate::transfer) async fn run<S: WrittenSide>(&self, side: &mut S) -> Result<FollowEnd> {
        let task = self.task;
        let Some(lag) = side.lag().await? else { return Ok(FollowEnd::Switched) };
        (task.tell)(&FollowEvent::Following { written: S::WRITTEN, behind: lag.changes() });
        lag.tell(task);
        let (mut told, mut settled) = (Instant::now(), Instant::now());
        let mut is_level = false;
        loop {
            let began = Instant::now();
            match side.round().await? {
                RoundEnd::Applied(RoundApplied { keys, set_aside, .. }) => {
                    is_level = false;
                    (task.tell)(&FollowEvent::Applied { keys, set_aside, took: began.elapsed() });
                    crate::fault::point(S::APPLIED);
                }
                RoundEnd::Level if is_level => {}
                RoundEnd::Level => {
                    is_level = true;
                    (task.tell)(&FollowEvent::Level);
                }
                RoundEnd::Switched => return Ok(FollowEnd::Switched),
            }
            let is_last = is_level && task.until_level;
            if is_last || side.is_unsettled() && settled.elapsed() >= SETTLE {
                side.settle().await?;
                settled = Instant::now();
            }
            if is_last {
                return Ok(FollowEnd::Level);
            }
            if told.elapsed() >= WORD {
                let Some(lag) = side.lag().await? else { return Ok(FollowEnd::Switched) };
                if !task.journal.alive(self.session, self.follower, (lag.changes, lag.seconds)).await? {
                    return Err(taken_over());
                }
                lag.tell(task);
                told = Instant::now();
            }
            if task.interrupt.is_triggered() {
                return Err(side.interrupted());
            }
            if is_level {
                side.pause(WORD.saturating_sub(told.elapsed())).await?;
            }
        }
    }
}

impl FollowLag {
    fn changes(&self) -> u64 {
        u64::try_from(self.changes).unwrap_or_default()
    }

    fn tell(&self, task: &FollowTask<'_>) {
        let (changes, set_aside) = (self.changes(), self.set_aside);
        let age = Duration::try_from_secs_f64(self.seconds).unwrap_or_default();
        (task.tell)(&FollowEvent::Behind { changes, age, set_aside });
    }
}
