//! The way back: what the application changes on the target is applied to the source, until somebody stops it or switches back.

mod capture;
mod changes;
mod keys;
mod resume;
mod round;
mod row;
mod seal;
mod side;
mod table;

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

pub(crate) use self::capture::{ReturnCapture, remove as remove_return_capture, row_numbers_gone};
pub(in crate::transfer) use self::changes::{NOT_THE_SERVER, NotedChanges, key_types};
use self::keys::KeyNames;
pub(crate) use self::resume::{back_has_died, resume_following};
use self::side::TargetSide;
pub(in crate::transfer) use self::side::lag_of_target;
use self::table::ReturnedTable;
use super::capture::{SourceGate, random};
use super::copy::ReturnState;
use super::follow::{FollowEnd, FollowRounds, FollowTask};
use super::session::TargetSession;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};

/// A target that is followed back to its source.
pub(crate) struct ReturnTask<'a> {
    pub(crate) follow: &'a FollowTask<'a>,
}

/// The source, as the way back writes to it.
pub(crate) struct ReturnedSource<'p> {
    pub(crate) connection: Connection,
    names: KeyNames,
    tables: Vec<ReturnedTable<'p>>,
    /// The state of the schema in which the capture was found whole.
    whole_at: Option<i64>,
    /// The snapshot up to which changes that were noted are to be taken away.
    unsettled: Option<String>,
}

impl<'p> ReturnedSource<'p> {
    /// Opens the source: no trigger of it fires for what is written here, no foreign key takes rows along, and none is asked.
    pub(crate) async fn open(task: &ReturnTask<'p>, session: &TargetSession) -> Result<Self> {
        let follow = task.follow;
        let mut connection = sqlite::open(follow.location, OpenPurpose::Change)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(unread)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map_err(unread)?;
        connection.execute_batch("PRAGMA foreign_keys = OFF").map_err(unread)?;
        task.assert_closed(&connection)?;
        let names = KeyNames::open(&mut connection, follow.capture, follow.plan)?;
        crate::fault::point("keys noted");
        let mut tables = Vec::new();
        for at in 0..follow.plan.tables.len() {
            tables.push(ReturnedTable::open(session, &connection, follow.plan, at).await?);
        }
        Ok(Self { connection, names, tables, whole_at: None, unsettled: None })
    }
}

impl ReturnTask<'_> {
    /// Follows until it is interrupted, level where that was asked for, or both sides are switched again.
    ///
    /// # Errors
    ///
    /// What notes the changes is not what was installed, a side was put back from a backup, or cannot be reached. What was applied is there, and the next call goes on.
    pub(crate) async fn run(&self) -> Result<FollowEnd> {
        let follow = self.follow;
        let open = || TargetSession::open(follow.settings, follow.options.lock_timeout, follow.interrupt);
        let (session, control) = (open().await?, open().await?);
        TargetSession::assert_at_once(&[&session, &control]).await?;
        let follower = random();
        let done = self.in_session(&session, &control, &follower).await;
        let done = follow.unless_taken_over(&control, &follower, done).await;
        // Where the connection is lost, silence says it.
        let _ = follow.journal.leave(&control, &follower).await;
        session.close().await;
        control.close().await;
        done
    }

    async fn in_session(&self, session: &TargetSession, control: &TargetSession, follower: &str) -> Result<FollowEnd> {
        let follow = self.follow;
        follow.lead(control, follower).await?;
        if self.state(control).await?.is_none() {
            return Ok(FollowEnd::Switched);
        }
        let source = ReturnedSource::open(self, control).await?;
        let mut side = TargetSide { task: self, session, control, follower, source };
        FollowRounds { task: follow, session: control, follower }.run(&mut side).await
    }

    /// The way back; none where the source is the side that is written.
    pub(crate) async fn state(&self, session: &TargetSession) -> Result<Option<ReturnState>> {
        let state = self.follow.state(session).await?;
        if state.is_switched { state.back.ok_or_else(no_way_back).map(Some) } else { Ok(None) }
    }

    /// Nobody writes to a source that is followed back.
    pub(crate) fn assert_closed(&self, connection: &Connection) -> Result<()> {
        let capture = self.follow.capture;
        if capture.state(connection)?.is_none() {
            return Err(super::follow::not_captured());
        }
        if capture.gate(connection)? == SourceGate::ClosedForGood {
            return Ok(());
        }
        Err(Error::new(
            Code::CaptureLost,
            "the source is open to writers, although the target is the side that is written",
        )
        .with_cause("the file may have been put back from a backup")
        .with_state("nothing was changed")
        .with_hint("no change of the target goes back to it any more: `schemactl move finish` ends the way back"))
    }
}

/// A target that is not captured for the way back.
pub(crate) fn no_way_back() -> Error {
    Error::new(Code::MoveNotReady, "there is no way back: both sides were switched without one")
        .with_state("nothing was changed")
        .with_hint("`schemactl move status` shows how both stand")
}

/// A target of which nobody knows what was changed since it was looked at last.
pub(in crate::transfer) fn lost(cause: &str) -> Error {
    Error::new(Code::CaptureLost, "the way back is lost: not all changes of the target are known")
        .with_cause(cause)
        .with_state(
            "PostgreSQL is the side that is written, and keeps all its rows; SQLite has what was applied before",
        )
        .with_hint("`schemactl move finish` ends the way back")
}

fn unread(error: rusqlite::Error) -> Error {
    super::follow::unread(error)
}

fn unwritten(error: rusqlite::Error) -> Error {
    Error::new(Code::Query, "the source cannot be written")
        .with_cause(error.to_string())
        .with_state("what was applied before is there; PostgreSQL is the side that is written")
        .with_source(error)
}
