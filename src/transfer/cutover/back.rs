//! The switch back: the target is closed, the source opened, and never are both open.

use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::time::timeout;

use super::level::{DifferentCount, catch_up, differing_counts};
use super::{CutoverTask, MESSAGE, late};
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::plural::{count_of, have};
use crate::transfer::TableMove;
use crate::transfer::back::{ReturnCapture, ReturnTask, ReturnedSource, back_has_died, no_way_back};
use crate::transfer::capture::{SourceGate, random};
use crate::transfer::copy::{CopyState, Fence, next_numbers};
use crate::transfer::follow::{FollowTask, taken_over};
use crate::transfer::numbers::goes_on_with;
use crate::transfer::session::TargetSession;
use crate::transfer::texts::rebuild;

/// A switch back to the source.
pub(crate) struct BackTask<'a> {
    pub(crate) follow: FollowTask<'a>,
    /// How long writers may have to wait.
    pub(crate) deadline: Duration,
    /// Goes through all of it, and switches nothing.
    pub(crate) is_dry: bool,
    /// Switches although rows of the target have no place on the source.
    pub(crate) leaves_behind: bool,
}

/// What a switch back has come to.
#[derive(Debug)]
pub(crate) struct BackOutcome {
    /// How long nobody could write; none where nothing was closed.
    pub(crate) pause: Option<Duration>,
    /// Rows of the target that are not on the source.
    pub(crate) left_behind: u64,
}

/// The sessions on the target: one reads, one writes to the journal, and one holds what keeps writers out.
struct BackSessions {
    reader: TargetSession,
    control: TargetSession,
    locker: TargetSession,
}

/// How long one attempt waits for those who write at the moment. The first ones are shorter than what makes the server look for a deadlock; the last
/// ones are longer, so that it ends a vacuum of its own that stands in the way (PostgreSQL 15, `deadlock_timeout`, 1 s).
const ATTEMPTS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(300), Duration::from_millis(500), Duration::from_millis(1500)];
/// How long those who write may go on between two attempts.
const BREATH: Duration = Duration::from_millis(100);

const AS_BEFORE: &str = "PostgreSQL is the side that is written, as before";

impl BackTask<'_> {
    /// Switches back. One that has died is gone on with.
    ///
    /// # Errors
    ///
    /// Rows have no place, the deadline has passed, or a side cannot be reached. Where the target was not closed, all is as it was; else the next call goes on.
    pub(crate) async fn run(&self) -> Result<BackOutcome> {
        let follow = &self.follow;
        let open = || TargetSession::open(follow.settings, follow.options.lock_timeout, follow.interrupt);
        let sessions = BackSessions { reader: open().await?, control: open().await?, locker: open().await? };
        TargetSession::assert_at_once(&[&sessions.reader, &sessions.control, &sessions.locker]).await?;
        let leader = random();
        let done = self.in_sessions(&sessions, &leader).await;
        let _ = follow.journal.leave(&sessions.control, &leader).await;
        let BackSessions { reader, control, locker } = sessions;
        locker.close().await;
        reader.close().await;
        control.close().await;
        done
    }

    async fn in_sessions(&self, sessions: &BackSessions, leader: &str) -> Result<BackOutcome> {
        let (follow, control) = (&self.follow, &sessions.control);
        let state = follow.journal.state(control).await?.ok_or_else(no_way_back)?;
        match state.progress {
            CopyState::Returned => return self.decided(control).await,
            CopyState::Open | CopyState::Switched => {}
            CopyState::Following => return Err(is_source()),
            _ => return Err(no_way_back()),
        }
        follow.journal.take_lead(control, leader).await?;
        let task = ReturnTask { follow };
        let mut source = ReturnedSource::open(&task, control).await?;
        self.catch_up(sessions, &task, &mut source, leader).await?;
        let left_behind = self.assert_none_aside(&source.connection)?;
        if self.is_dry {
            return Ok(BackOutcome { pause: None, left_behind });
        }
        // That may have taken longer than a follower may be silent.
        follow.journal.take_lead(control, leader).await?;
        let (began, locked) = self.lock(&sessions.locker).await?;
        crate::fault::point("target locked");
        let switched = self.while_locked(sessions, (&task, &mut source), leader, locked).await;
        match switched {
            Ok(left_behind) => Ok(BackOutcome { pause: Some(began.elapsed()), left_behind }),
            Err(error) => {
                sessions.locker.roll_back().await;
                match self.is_decided(control).await {
                    Some(false) => Err(error.with_state(AS_BEFORE)),
                    Some(true) | None => Err(half_way(error)),
                }
            }
        }
    }

    /// Whether the target is closed for good; none where that cannot be asked.
    async fn is_decided(&self, control: &TargetSession) -> Option<bool> {
        let state = self.follow.journal.state(control).await.ok()??;
        Some(state.progress == CopyState::Returned)
    }

    /// Applies what is there, and returns whether nothing was.
    async fn round(
        &self,
        sessions: &BackSessions,
        task: &ReturnTask<'_>,
        source: &mut ReturnedSource<'_>,
        leader: &str,
    ) -> Result<bool> {
        let back = task.state(&sessions.control).await?.ok_or_else(is_source)?;
        Ok(task.round((&sessions.reader, &sessions.control), source, (leader, &back)).await?.is_none())
    }

    /// Applies changes until little is left: who writes all the time never leaves nothing.
    async fn catch_up(
        &self,
        sessions: &BackSessions,
        task: &ReturnTask<'_>,
        source: &mut ReturnedSource<'_>,
        leader: &str,
    ) -> Result<()> {
        let too_fast =
            || late().with_cause("the target is written as fast as its changes can be applied").with_state(AS_BEFORE);
        let round = async || self.round(sessions, task, source, leader).await;
        catch_up(self.deadline, round, || self.assert_going_on(), too_fast).await
    }

    /// Keeps writers out of the tables that are moved: those that write are waited for, those that come wait. Nobody's transaction sees an old state that would let
    /// it write: a lock is the same for all of them. It ends with the session, however that ends. Returns when nobody could write any more, at the latest.
    async fn lock(&self, locker: &TargetSession) -> Result<(Instant, Instant)> {
        let names = self.follow.plan.target_names();
        let first = Instant::now();
        for attempt in 0.. {
            let wait = ATTEMPTS[attempt.min(ATTEMPTS.len() - 1)].min(self.deadline);
            let began = Instant::now();
            let sql = format!(
                "{}; SET LOCAL lock_timeout = {}; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout = {}",
                locker.begin(),
                wait.as_millis().max(1),
                names.join(", "),
                self.deadline.as_millis().max(1)
            );
            match locker.run(&sql, MESSAGE).await {
                Ok(()) => return Ok((began, Instant::now())),
                Err(error) => {
                    locker.roll_back().await;
                    if error.code() != Code::TableLocked {
                        return Err(error.with_state(AS_BEFORE));
                    }
                    self.assert_going_on()?;
                    if first.elapsed() + BREATH >= self.deadline {
                        return Err(late()
                            .with_cause("a transaction writes to a table that is moved for longer than that")
                            .with_state(AS_BEFORE));
                    }
                }
            }
            tokio::time::sleep(BREATH).await;
        }
        Err(late())
    }

    /// The last changes are applied; the source is made ready; the target is closed for good; and the source is open.
    async fn while_locked(
        &self,
        sessions: &BackSessions,
        following: (&ReturnTask<'_>, &mut ReturnedSource<'_>),
        leader: &str,
        began: Instant,
    ) -> Result<u64> {
        let left = self.deadline.saturating_sub(began.elapsed());
        // Those who wait for the lock may have all places of a pooler, so that no answer comes before they are let go.
        let ready = timeout(left, self.make_ready_to_return(sessions, following, leader, began)).await;
        let (left_behind, transaction) = ready.map_err(|_| {
            late().with_cause("an answer of the server did not come in time").with_hint(
                "connect to the server itself, not by way of a pooler: who writes may wait in all of its places",
            )
        })??;
        // From here on the target is never written again, and whatever dies, the source is to be opened.
        sessions.locker.run("COMMIT", MESSAGE).await?;
        crate::fault::point("back decided");
        commit(transaction)?;
        crate::fault::point("source open");
        Ok(left_behind)
    }

    /// Both sides are as they are to be once the switch back is decided, in transactions that are not committed.
    async fn make_ready_to_return<'s>(
        &self,
        sessions: &BackSessions,
        (task, source): (&ReturnTask<'_>, &'s mut ReturnedSource<'_>),
        leader: &str,
        began: Instant,
    ) -> Result<(u64, rusqlite::Transaction<'s>)> {
        let (follow, locker) = (&self.follow, &sessions.locker);
        while !self.round(sessions, task, source, leader).await? {
            self.assert_in_time(began)?;
        }
        let left_behind = self.assert_none_aside(&source.connection)?;
        if left_behind == 0 {
            self.assert_same_counts(&sessions.reader, &source.connection).await?;
        }
        self.assert_in_time(began)?;
        let transaction =
            source.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unwritten)?;
        self.make_source_ready(&sessions.reader, &transaction).await?;
        let state = follow.state(&sessions.control).await?;
        let targets = follow.plan.tables.iter().map(|table| &table.target);
        // What notes changes stays, since to take it away waits for those who read, and somebody who reads may be about to write. It goes before the source is followed.
        let fence = Fence::beside(follow.journal).put_up(targets, &state.capture);
        let returned = follow.journal.set_state(CopyState::Returned.as_str());
        locker.run(&format!("{fence}; {returned}"), MESSAGE).await?;
        if !follow.journal.leave(locker, leader).await? {
            return Err(taken_over());
        }
        crate::fault::point("source ready");
        self.assert_in_time(began)?;
        Ok((left_behind, transaction))
    }

    /// Opens the source, whose target was closed for good by a switch that has died.
    async fn decided(&self, control: &TargetSession) -> Result<BackOutcome> {
        let mut connection = sqlite::open(self.follow.location, OpenPurpose::Change)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(unwritten)?;
        if self.follow.capture.gate(&connection)? != SourceGate::ClosedForGood {
            return Err(is_source());
        }
        if self.is_dry {
            return Err(back_has_died());
        }
        let left_behind = self.follow.capture.rows_not_returned(&connection)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unwritten)?;
        self.make_source_ready(control, &transaction).await?;
        commit(transaction)?;
        Ok(BackOutcome { pause: None, left_behind })
    }

    /// Numbers go on where the target stands, indexes of texts are made of the rows, and the source is open, in the transaction at hand.
    async fn make_source_ready(&self, session: &TargetSession, connection: &Connection) -> Result<()> {
        for table in &self.follow.plan.tables {
            let Some(column) = table.columns.iter().find(|column| Some(&column.name) == table.row_name.key.first())
            else {
                continue;
            };
            for (_, next) in next_numbers(session, &table.target, std::slice::from_ref(&column.target)).await? {
                goes_on_with(connection, &table.name, next).map_err(unwritten)?;
            }
        }
        for statement in rebuilds(connection).map_err(unwritten)? {
            connection.execute_batch(&statement).map_err(unwritten)?;
        }
        self.follow.capture.open_within(connection).map_err(unwritten)
    }

    fn assert_none_aside(&self, connection: &Connection) -> Result<u64> {
        let aside = self.follow.capture.rows_not_returned(connection)?;
        if aside == 0 || self.leaves_behind {
            return Ok(aside);
        }
        let table = self.follow.capture.aside();
        Err(Error::new(Code::ValuesRefused, format!("{} of PostgreSQL {} no place in SQLite", count_of(aside, "row"), have(aside)))
            .with_state(AS_BEFORE)
            .with_hint(format!("the table {table} in SQLite has each with its reason"))
            .with_hint("change them on PostgreSQL, or take them out, and switch back then")
            .with_hint("where SQLite takes fewer digits of a second than `now()` has: `back_digits = 3` in [map.convert], and change the rows once more")
            .with_hint("`schemactl move back --leave-behind` switches without them: they stay on PostgreSQL"))
    }

    /// Each table has as many rows on both sides, unless a rule has left rows out when they were copied.
    async fn assert_same_counts(&self, session: &TargetSession, source: &Connection) -> Result<()> {
        let plan = self.follow.plan;
        if plan.depends_on_moment() {
            return Ok(());
        }
        let known = self.follow.journal.tables(session).await?;
        let has_all =
            |table: &&TableMove| !known.iter().any(|known| known.name == table.name && known.left_out.all() > 0);
        let differing = differing_counts(session, source, plan.tables.iter().filter(has_all)).await?;
        if differing.is_empty() {
            return Ok(());
        }
        let said = |DifferentCount { table, source, target }: &DifferentCount<'_>| {
            format!("{} has {target}, and {} has {source}", table.target.plain(), table.name)
        };
        Err(Error::new(Code::MoveDiffers, "SQLite has other rows than PostgreSQL")
            .with_cause(differing.iter().map(said).collect::<Vec<_>>().join("; "))
            .with_hint("`schemactl move verify` names them"))
    }

    fn assert_in_time(&self, began: Instant) -> Result<()> {
        self.assert_going_on()?;
        if began.elapsed() < self.deadline { Ok(()) } else { Err(late()) }
    }

    fn assert_going_on(&self) -> Result<()> {
        if self.follow.interrupt.is_triggered() {
            return Err(
                Error::new(Code::Interrupted, "interrupted before both sides were switched").with_state(AS_BEFORE)
            );
        }
        Ok(())
    }
}

impl CutoverTask<'_> {
    /// Has the target captured for the way back, or takes away what only following needs.
    pub(super) async fn prepare_way_back(&self, session: &TargetSession, names: &[String]) -> Result<()> {
        if self.keeps_way_back {
            let plan = self.follow.plan;
            let state = self.follow.state(session).await?;
            return ReturnCapture { journal: self.follow.journal, plan }.install(session, &state.capture).await;
        }
        session.run(&crate::transfer::copy::row_numbers_off(names), MESSAGE).await
    }
}

/// With a rollback journal a reader keeps a commit waiting; the transaction stays as it is meanwhile.
fn commit(transaction: rusqlite::Transaction<'_>) -> Result<()> {
    let begun = Instant::now();
    loop {
        match transaction.execute_batch("COMMIT") {
            Ok(()) => {
                // It is over, so that nothing is rolled back.
                drop(transaction);
                return Ok(());
            }
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && begun.elapsed() < Duration::from_secs(60) => {}
            Err(error) => return Err(unwritten(error)),
        }
    }
}

/// The statements that make indexes of texts anew, whose triggers have not run.
fn rebuilds(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql =
        "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND lower(sql) LIKE 'create virtual table%'";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let found: Vec<(String, String)> = found.collect::<rusqlite::Result<_>>()?;
    Ok(found.iter().filter_map(|(name, sql)| rebuild(name, sql)).collect())
}

fn half_way(error: Error) -> Error {
    error
        .with_state("PostgreSQL may be closed for good; where SQLite is not open yet, nobody can write")
        .with_hint("`schemactl move status` says how both stand; `schemactl move back` goes on, and opens SQLite")
}

fn is_source() -> Error {
    Error::new(Code::MoveNotReady, "SQLite is the side that is written").with_state("nothing was changed")
}

fn unwritten(error: rusqlite::Error) -> Error {
    Error::new(Code::Query, "SQLite cannot be made ready").with_cause(error.to_string()).with_source(error)
}
