//! The switch: the source is closed, the target opened, and never are both open.

mod back;
mod finish;
mod level;
mod open;

pub(crate) use self::back::{BackOutcome, BackTask};
pub(crate) use self::finish::{Finished, assert_undecided, finish, half_finished};

use std::time::{Duration, Instant};

use rusqlite::Connection;

use self::level::{DifferentCount, catch_up, differing_counts};
use super::back::resume_following;
use super::capture::{SourceGate, random};
use super::copy::{CopyState, SequenceSet};
use super::follow::{FollowTask, FollowedSource, not_captured};
use super::session::TargetSession;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};

/// A switch from the source that is followed to its target.
pub(crate) struct CutoverTask<'a> {
    /// The following that it ends.
    pub(crate) follow: FollowTask<'a>,
    /// How long writers may have to wait.
    pub(crate) deadline: Duration,
    /// Goes through all of it, and switches nothing.
    pub(crate) is_dry: bool,
    /// Whether what changes on the target afterwards is noted, for a way back.
    pub(crate) keeps_way_back: bool,
}

/// What a switch has come to.
#[derive(Debug)]
pub(crate) struct CutoverOutcome {
    /// How long nobody could write; none where nothing was closed.
    pub(crate) pause: Option<Duration>,
    pub(crate) sequences: Vec<SequenceSet>,
}

/// How much longer than the deadline a source stays closed whose switch has died: then it opens by itself.
const LEASE: Duration = Duration::from_secs(5);

const MESSAGE: &str = "the switch cannot be made";

impl CutoverTask<'_> {
    /// Switches. One that has died is gone on with.
    ///
    /// # Errors
    ///
    /// Rows have no place or refer to nothing, the deadline has passed, or a side cannot be reached. Where the source was not closed for good before, all is as
    /// it was; else the next call goes on.
    pub(crate) async fn run(&self) -> Result<CutoverOutcome> {
        let session =
            TargetSession::open(self.follow.settings, self.follow.options.lock_timeout, self.follow.interrupt).await?;
        let leader = random();
        let done = self.in_session(&session, &leader).await;
        let _ = self.follow.journal.leave(&session, &leader).await;
        session.close().await;
        done
    }

    async fn in_session(&self, session: &TargetSession, leader: &str) -> Result<CutoverOutcome> {
        let state = self.follow.journal.state(session).await?.ok_or_else(not_followed)?;
        match state.progress {
            // Nothing is left that a rehearsal could tell: to go on is to switch.
            CopyState::Switched if self.is_dry => return Err(switched()),
            CopyState::Switched => return self.complete(session, None, Vec::new()).await,
            CopyState::Following => {}
            CopyState::Returned => {
                let source = (self.follow.capture, self.follow.location);
                resume_following(session, self.follow.journal, source).await?;
            }
            _ => return Err(not_followed()),
        }
        self.follow.journal.take_lead(session, leader).await?;
        let mut source = FollowedSource::open(&self.follow)?;
        if self.follow.capture.state(&source.connection)?.is_none() {
            return Err(not_captured());
        }
        if self.follow.capture.gate(&source.connection)? == SourceGate::ClosedForGood {
            // It was decided, and whoever decided it has died.
            if self.is_dry {
                return Err(has_died());
            }
            return self.decided(session, &mut source, leader).await;
        }
        self.catch_up(session, &mut source, leader).await?;
        self.assert_ready(session).await?;
        // That may have taken longer than a follower may be silent.
        self.follow.journal.take_lead(session, leader).await?;
        if self.is_dry {
            return self.rehearse(session, leader).await;
        }
        self.switch(session, &mut source, leader).await
    }

    /// Applies changes until little is left: who writes all the time never leaves nothing.
    async fn catch_up(&self, session: &TargetSession, source: &mut FollowedSource, leader: &str) -> Result<()> {
        let too_fast = || {
            late()
                .with_cause("the source is written as fast as its changes can be applied")
                .with_state("nothing was switched; the source is open, and can be followed as before")
        };
        let round = async || Ok(self.follow.round(session, source, leader).await?.is_none());
        catch_up(self.deadline, round, || self.assert_going_on(), too_fast).await
    }

    async fn switch(
        &self,
        session: &TargetSession,
        source: &mut FollowedSource,
        leader: &str,
    ) -> Result<CutoverOutcome> {
        let mut writer = sqlite::open(self.follow.location, OpenPurpose::Change)?;
        let closed = (self.deadline + LEASE).as_secs_f64();
        if !self.follow.capture.close(&mut writer, self.follow.plan, closed)? {
            return Err(half_way(Error::new(Code::MoveNotReady, "another switch was decided meanwhile")));
        }
        let began = Instant::now();
        crate::fault::point("source closed");
        let switched = self.while_closed(session, (source, &mut writer), leader, began).await;
        match switched {
            Ok(sequences) => self.complete(session, Some(began.elapsed()), sequences).await,
            Err(error) if self.is_decided(&writer) => Err(half_way(error)),
            Err(error) => {
                session.roll_back().await;
                let opened = self.follow.capture.open_again(&mut writer).map_err(|also| {
                    also.with_state(format!("the source opens by itself after {} s at most", closed.ceil()))
                })?;
                // Another switch may have decided since this one was asked.
                if !opened {
                    return Err(half_way(error));
                }
                Err(error.with_state("the source is open, and is followed as before"))
            }
        }
    }

    /// What cannot be asked counts as decided: then nothing is opened.
    fn is_decided(&self, writer: &Connection) -> bool {
        !matches!(self.follow.capture.gate(writer), Ok(SourceGate::Open | SourceGate::Closed(_)))
    }

    /// All changes are applied; the target is made ready; the source is closed for good; and the target is open.
    async fn while_closed(
        &self,
        session: &TargetSession,
        (source, writer): (&mut FollowedSource, &mut Connection),
        leader: &str,
        began: Instant,
    ) -> Result<Vec<SequenceSet>> {
        while self.follow.round(session, source, leader).await?.is_some() {
            self.assert_in_time(began)?;
        }
        self.assert_none_aside(session).await?;
        self.assert_same_counts(session, &source.connection).await?;
        self.assert_in_time(began)?;
        let state = self.follow.state(session).await?;
        session.run(&session.begin(), MESSAGE).await?;
        let sequences = self.make_ready(session, &source.connection, leader).await?;
        crate::fault::point("target ready");
        self.assert_in_time(began)?;
        if !self.follow.capture.close_for_good(writer, state.position)? {
            return Err(late().with_cause("the source was open again before the target was ready"));
        }
        // From here on the source is never written again, and whatever dies, the target is to be opened.
        crate::fault::point("decided");
        session.run("COMMIT", MESSAGE).await?;
        crate::fault::point("target open");
        Ok(sequences)
    }

    /// Opens the target, whose source was closed for good by a switch that has died.
    async fn decided(
        &self,
        session: &TargetSession,
        source: &mut FollowedSource,
        leader: &str,
    ) -> Result<CutoverOutcome> {
        while self.follow.round(session, source, leader).await?.is_some() {}
        let sequences =
            session.alone(MESSAGE, async || self.make_ready(session, &source.connection, leader).await).await?;
        self.complete(session, None, sequences).await
    }

    async fn rehearse(&self, session: &TargetSession, leader: &str) -> Result<CutoverOutcome> {
        let source = sqlite::open(self.follow.location, OpenPurpose::Read)?;
        session.run(&session.begin(), MESSAGE).await?;
        let ready = self.make_ready(session, &source, leader).await;
        session.roll_back().await;
        ready.map(|sequences| CutoverOutcome { pause: None, sequences })
    }

    fn assert_in_time(&self, began: Instant) -> Result<()> {
        self.assert_going_on()?;
        if began.elapsed() < self.deadline { Ok(()) } else { Err(late()) }
    }

    fn assert_going_on(&self) -> Result<()> {
        if self.follow.interrupt.is_triggered() {
            return Err(Error::new(Code::Interrupted, "interrupted before both sides were switched"));
        }
        Ok(())
    }

    /// Each table has as many rows on both sides.
    async fn assert_same_counts(&self, session: &TargetSession, source: &Connection) -> Result<()> {
        // A rule leaves out rows that are too old, and no count says how many these are by now.
        if self.follow.plan.depends_on_moment() {
            return Ok(());
        }
        let differing = differing_counts(session, source, self.follow.plan.tables.iter()).await?;
        if differing.is_empty() {
            return Ok(());
        }
        let said = |DifferentCount { table, source, target }: &DifferentCount<'_>| {
            format!("{} has {source}, and {} has {target}", table.name, table.target.plain())
        };
        let error = Error::new(Code::MoveDiffers, "the target has other rows than the source")
            .with_cause(differing.iter().map(said).collect::<Vec<_>>().join("; "))
            .with_hint("`schemactl move verify` names them");
        if self.follow.capture.rows_not_returned(source)? == 0 {
            return Err(error);
        }
        Err(error.with_hint(
            "rows were left behind when SQLite was switched back to: have the application write to SQLite what of them is wanted, then begin anew, \
             `schemactl move discard --accept-data-loss` and `schemactl move follow`",
        ))
    }
}

/// Takes a switch back that has died before the target was open: the source is open, and followed as before.
///
/// # Errors
///
/// Both sides are switched already.
pub(crate) async fn abort(follow: &FollowTask<'_>) -> Result<()> {
    let session = TargetSession::open(follow.settings, follow.options.lock_timeout, follow.interrupt).await?;
    let leader = random();
    let done = async {
        assert_not_switched(follow, &session).await?;
        // Who was about to switch cannot any more, or has.
        follow.journal.take_lead(&session, &leader).await?;
        assert_not_switched(follow, &session).await?;
        follow.capture.open(&mut sqlite::open(follow.location, OpenPurpose::Change)?)?;
        follow.journal.leave(&session, &leader).await.map(drop)
    };
    let done = done.await;
    session.close().await;
    done
}

/// Refuses a source that is not followed, and one whose target is open.
async fn assert_not_switched(follow: &FollowTask<'_>, session: &TargetSession) -> Result<()> {
    let state = follow.journal.state(session).await?.ok_or_else(not_followed)?;
    match follow.journal.following(session).await? {
        Some(following) if following.is_switched => Err(switched()),
        Some(_) if state.progress == CopyState::Following => Ok(()),
        _ => Err(not_followed()),
    }
}

/// A switch that is decided, and whose target is not open.
fn has_died() -> Error {
    half_way(Error::new(Code::MoveNotReady, "a switch has died after it was decided"))
}

fn half_way(error: Error) -> Error {
    error
        .with_state("the source is closed for good; where the target is not open yet, nobody can write")
        .with_hint(
            "`schemactl move status` says how both stand; `schemactl move cutover` goes on, and opens the target",
        )
        .with_hint("`schemactl move cutover --abort` opens the source again instead, where the target is not open yet")
}

fn late() -> Error {
    Error::new(Code::TimeLimit, "the deadline has passed before both sides were switched")
        .with_hint("try again when less is written, or with a longer `--deadline`")
}

fn switched() -> Error {
    Error::new(Code::MoveNotReady, "both sides are switched already: the target is the one that is written")
        .with_state("nothing was changed")
}

fn not_followed() -> Error {
    Error::new(Code::MoveNotReady, "the source is not followed, so that nothing can be switched")
        .with_state("nothing was changed")
        .with_hint("`schemactl move follow` copies the rows, and follows then")
}
