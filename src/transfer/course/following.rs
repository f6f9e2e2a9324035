use super::copying::copy;
use super::ends::MoveEnds;
use super::known::KnownMove;
use super::laid::PlannedMove;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::postgres::block_on;
use crate::sql::Dialect;
use crate::transfer::{
    Capture, Captured, CopyChoices, CopyEvent, CopyState, FollowEnd, FollowEvent, FollowTask, MoveJournal, MovePlan,
    ReturnTask, copied_without_capture, half_finished, no_way_back, not_captured, resume_following,
};

/// A move whose rows are copied where that is not done yet, and then followed, in whichever direction it goes.
pub(crate) struct FollowMove<'a> {
    pub(crate) ends: &'a MoveEnds,
    pub(crate) laid: &'a PlannedMove,
    pub(crate) choices: &'a CopyChoices,
    /// Whether it ends once nothing is left to apply.
    pub(crate) until_level: bool,
    /// Is told of a copy.
    pub(crate) copying: &'a (dyn Fn(&CopyEvent<'_>) + Sync),
    /// Is told of all else that happens.
    pub(crate) tell: &'a dyn Fn(&FollowEvent),
}

impl FollowMove<'_> {
    /// Copies what is missing, and follows until it is interrupted, or level where that was asked for. After a switch it goes on in the other direction.
    ///
    /// # Errors
    ///
    /// The copy cannot be made, or was made of a source that was not captured; the following is lost, or a side cannot be reached. The next call goes on from what is there.
    pub(crate) fn run(&self) -> Result<()> {
        let capture = self.ends.capture();
        self.laid.assert_same_map()?;
        let begun = KnownMove::read(self.ends)?;
        if begun.as_ref().is_some_and(|begun| begun.following.is_none()) {
            return Err(copied_without_capture());
        }
        if begun.as_ref().is_none_or(|begun| begun.state.progress <= CopyState::Following) {
            let id = self.installed(&capture, begun.as_ref())?;
            if begun.is_none_or(|begun| begun.state.progress < CopyState::Following) {
                self.copied(&Captured { capture: &capture, id: &id })?;
            }
        }
        self.follow(&capture)
    }

    /// Has the changes of the source captured, where that can still be begun.
    fn installed(&self, capture: &Capture, begun: Option<&KnownMove>) -> Result<String> {
        let mut source = sqlite::open(&self.ends.location, OpenPurpose::Change)?;
        match (begun, capture.state(&source)?) {
            (Some(_), None) => return Err(not_captured()),
            // Of a move that was ended on the target alone, or that goes to another target.
            (None, Some(state)) if !state.mark.is_empty() => {
                return Err(if capture.is_closed(&source)? { half_finished() } else { of_another_target() });
            }
            _ => {}
        }
        capture.install(&mut source, &self.laid.plan)
    }

    /// Copies. In a rollback journal's mode each chunk is of another moment, so that a value may be in a row that was copied and in another one
    /// since: then what was changed is taken away, and the copy goes on.
    fn copied(&self, captured: &Captured<'_>) -> Result<()> {
        let mut last = None;
        loop {
            let source = sqlite::open(&self.ends.location, OpenPurpose::Read)?;
            let changes = captured.capture.state(&source)?.map(|state| state.last);
            drop(source);
            match copy(self.ends, self.laid, self.choices, Some(captured), self.copying) {
                Ok(outcome) => {
                    let rows = outcome.tables.iter().map(|table| table.written).sum();
                    (self.tell)(&FollowEvent::Copied { rows });
                    return Ok(());
                }
                Err(error) if error.code() == Code::ValuesRefused && changes > last => last = changes,
                Err(error) => return Err(error),
            }
        }
    }

    fn follow(&self, capture: &Capture) -> Result<()> {
        with_task(self.ends, &self.laid.plan, async |task| {
            let task = FollowTask { until_level: self.until_level, tell: self.tell, ..task };
            let returning = self.laid.plan.returning();
            let back = FollowTask { plan: &returning, ..task };
            let mut followed = None;
            loop {
                let Some(written) = written(self.ends, capture, task.journal).await? else {
                    (self.tell)(&FollowEvent::Ended);
                    return Ok(());
                };
                if followed.replace(written).is_some_and(|followed| followed != written) {
                    (self.tell)(&FollowEvent::Switched { written });
                }
                let end = match written {
                    Dialect::Sqlite => task.run().await?,
                    Dialect::Postgres => ReturnTask { follow: &back }.run().await?,
                };
                if end == FollowEnd::Level {
                    return Ok(());
                }
            }
        })
    }
}

/// Does something with the following of a source, of which nobody is told, and which ends once nothing is left to apply.
pub(crate) fn with_task<T>(
    ends: &MoveEnds,
    plan: &MovePlan,
    work: impl AsyncFnOnce(FollowTask<'_>) -> Result<T>,
) -> Result<T> {
    let (settings, capture) = (ends.settings()?, ends.capture());
    block_on(ends.unlocked(async |journal| {
        let task = FollowTask {
            plan,
            location: &ends.location,
            capture: &capture,
            settings: &settings,
            options: &ends.target.options,
            journal,
            until_level: true,
            interrupt: &ends.interrupt,
            tell: &|_| {},
        };
        work(task).await
    }))
}

/// The side that is written, and is to be followed; none where the move was ended. Where the source is written again, what is off while it is followed is taken off.
async fn written(ends: &MoveEnds, capture: &Capture, journal: &MoveJournal) -> Result<Option<Dialect>> {
    ends.in_session(async |session| {
        let Some(state) = journal.state(session).await? else { return Ok(None) };
        let back = journal.following(session).await?.and_then(|following| following.back);
        match state.progress {
            CopyState::Switched | CopyState::Open if back.is_some() => Ok(Some(Dialect::Postgres)),
            CopyState::Switched | CopyState::Open | CopyState::Complete => Err(no_way_back()),
            CopyState::Returned => {
                resume_following(session, journal, (capture, &ends.location)).await.map(|()| Some(Dialect::Sqlite))
            }
            CopyState::Begun | CopyState::Rows | CopyState::Following => Ok(Some(Dialect::Sqlite)),
        }
    })
    .await
}

/// A source that notes changes, beside a target that has no journal.
fn of_another_target() -> Error {
    Error::new(Code::MoveNotReady, "SQLite notes its changes for a move of which this PostgreSQL knows nothing")
        .with_state("nothing was changed")
        .with_hint("connect to the PostgreSQL that its rows go to")
        .with_hint("where the move was taken away there, `schemactl move discard` ends it in SQLite too")
}
