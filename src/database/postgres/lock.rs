//! Locks that cannot outlive their owner: advisory locks of transactions.
//!
//! The run's lock is held by a transaction on a second connection. It is tried, never waited for: a session that waits
//! inside `SELECT pg_advisory_xact_lock(...)` holds a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
//! An idle transaction at READ COMMITTED holds none. But a build that looks for snapshots just as a statement in that transaction has one
//! waits for the whole transaction then (`WaitForOlderSnapshots`, tried on 15 and 18): so each try is a transaction of its own, and while the
//! run's own statements outside transactions are at work nothing that needs a snapshot is run in the one that holds the lock.
//!
//! The step's lock is taken by each step's own transaction. Where only one connection is at hand, the application's or one of a
//! server that has no second, it is the only one; otherwise it keeps a new runner from a step that a killed runner's server process still works on.
//!
//! A step that runs statement by statement has no transaction of its own: the journal's lock keeps others from it. Who has two connections
//! takes it together with the run's lock, and only waits while it holds neither: one who held the run's lock and waited for a step of
//! another could be what that step's CREATE INDEX CONCURRENTLY waits for. Where only one connection is at hand its session holds the journal's
//! lock, around the step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::blockers::Asker;
use super::connect::{Connected, ConnectionTask};
use super::holder::{self, Of};
use super::keys::{self, AdvisoryKeys};
use super::message::{Message, Origin};
use super::second::{self, CommittedView, FirstAnswer};
use super::session::{DeferredCleanup, Session, SessionFailure, send};
use super::{PostgresDatabase, failure, moved, record, restore, state, timer};
use crate::config::Connections;
use crate::database::{Failure, HistoryTables, Holder, Reader, Why, Write};
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::event::Event;
use crate::fault;
use crate::sql::OwnKind;

/// The run's lock: a transaction on a connection of its own, kept alive by a heartbeat.
pub(super) struct RunLock {
    client: Arc<Client>,
    /// The server's process that holds it.
    pid: String,
    sight: Sight,
    /// Held by whoever has asked something on this connection, until it is answered.
    questions: Arc<Mutex<()>>,
    /// The connection ends with it.
    _task: ConnectionTask,
    heartbeat: JoinHandle<()>,
}

/// What the role may look at, which some servers keep to few.
#[derive(Debug, Clone, Copy)]
struct Sight {
    locks: bool,
    sessions: bool,
}

/// The two columns of [`Sight`].
const SIGHT: &str = "has_table_privilege('pg_catalog.pg_locks', 'SELECT'), \
     has_table_privilege('pg_catalog.pg_stat_activity', 'SELECT') \
     AND has_function_privilege('pg_catalog.pg_blocking_pids(integer)', 'EXECUTE') \
     AND has_function_privilege('pg_catalog.pg_stat_clear_snapshot()', 'EXECUTE')";

/// A server, a proxy or a firewall may end a connection that is idle for long.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The pauses between two tries grow from the first to the second of these, which stays below any idle_session_timeout.
const POLL: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

impl RunLock {
    /// Keeps the transaction open in which the lock was taken.
    fn keep(connected: Connected, pid: String, sight: Sight) -> Self {
        let client = Arc::new(connected.client);
        let beating = Arc::clone(&client);
        let heartbeat = tokio::spawn(async move {
            loop {
                timer::sleep(HEARTBEAT).await;
                // In the transaction that holds the lock: a message without a statement needs no snapshot. A failure shows as a client that
                // is closed.
                if beating.batch_execute("").await.is_err() {
                    return;
                }
            }
        });
        Self { client, pid, sight, questions: Arc::default(), heartbeat, _task: connected.task }
    }

    /// Asks something about other sessions, where this role may look at them and nobody has the connection for itself. It is not to fail: a
    /// failure ends the transaction, and the lock with it.
    pub(super) fn asker(&self) -> Option<Asker> {
        let (client, questions) = (Arc::clone(&self.client), Arc::clone(&self.questions));
        self.sight.sessions.then(|| Asker::new(client, questions))
    }

    /// Waits until what was asked is answered. As long as the guard is there nothing is asked that needs a snapshot.
    pub(super) async fn quiet(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.questions).lock_owned().await
    }

    /// For questions about what is committed, as nobody's open transaction changes it.
    pub(super) fn committed(&self) -> CommittedView {
        CommittedView { client: Arc::clone(&self.client), questions: Arc::clone(&self.questions) }
    }

    pub(super) fn pid(&self) -> &str {
        &self.pid
    }

    pub(super) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        self.heartbeat.abort();
    }
}

/// The journal's lock, where the session of the only connection has it: it keeps others from a step that runs statement by statement.
pub(super) struct JournalLock {
    /// The server's process that holds it.
    pid: String,
}

impl JournalLock {
    /// Tries to take it.
    pub(super) async fn take(database: &mut PostgresDatabase<'_>) -> Result<Option<Self>, Failure> {
        let keys = database.prepared().keys;
        // Owed before it is asked for: the run may be dropped, or interrupted, before the answer comes.
        database.session.defer_cleanup(DeferredCleanup::Lock, &keys.unlock_session());
        let rows = database.session.query(&keys.try_session()).await;
        let interrupted = database.session.is_interrupted();
        let rows = rows.map_err(|broken| failure::of(broken, interrupted))?;
        let row = rows.first().filter(|row| is_true(row.get(0)));
        let Some(pid) = row.and_then(|row| row.get(1)) else {
            database.session.cleaned_up(DeferredCleanup::Lock);
            return Ok(None);
        };
        Ok(Some(Self { pid: pid.to_owned() }))
    }

    /// Gives it back. Where that fails the connection is gone, and the lock with it.
    pub(super) async fn release(database: &mut PostgresDatabase<'_>) -> Result<(), Failure> {
        if database.journal_lock.take().is_some() {
            let unlock = database.prepared().keys.unlock_session();
            let interrupted = database.session.is_interrupted();
            database.session.run(&unlock).await.map_err(|broken| failure::of(broken, interrupted))?;
            database.session.cleaned_up(DeferredCleanup::Lock);
        }
        Ok(())
    }
}

fn is_true(value: Option<&str>) -> bool {
    value == Some("t")
}

/// Waits for the lock, and makes the history's tables where they are missing and wanted. What it returns is an answer that is still to be
/// waited for.
pub(super) async fn acquire(
    database: &mut PostgresDatabase<'_>,
    tables: &HistoryTables,
) -> Result<Option<FirstAnswer>> {
    let answer = hold(database).await?;
    if let HistoryTables::Create(_) = tables {
        moved::assert_none_under_way(database).await?;
    }
    match tables {
        HistoryTables::Create(_) if !database.prepared().create.is_empty() => {
            if let Some(answer) = answer {
                answer.assert(database).await?;
            }
            create(database).await?;
            Ok(None)
        }
        HistoryTables::Create(_) | HistoryTables::Leave => Ok(answer),
    }
}

/// Waits for the run's lock, where there is one, and asks whether the server serves both connections.
async fn hold(database: &mut PostgresDatabase<'_>) -> Result<Option<FirstAnswer>> {
    let Some(settings) = database.settings.clone().filter(|_| database.options.connections == Connections::Two) else {
        state::assert_changeable(database).await?;
        fault::point("before lock");
        fault::point("after lock");
        return Ok(None);
    };
    // On the heap: what an application spawns has all that it waits for in it.
    let connected = Box::pin(second::open(database, &settings)).await?;
    fault::point("before lock");
    let lock = Box::pin(wait(database, connected)).await?;
    database.lock = Some(lock);
    fault::point("after lock");
    FirstAnswer::ask(database).await.map(Some)
}

async fn wait(database: &mut PostgresDatabase<'_>, connected: Connected) -> Result<RunLock> {
    let keys = database.prepared().keys;
    let start = Instant::now();
    let mut pause = POLL.0;
    let mut session = Session::own(connected, &database.options);
    loop {
        let interrupted = database.session.is_interrupted();
        let failed = |broken| failure::query(broken, interrupted, "the lock cannot be taken");
        let rows = second::answer(database, session.query(&attempt(database, keys))).await?.map_err(failed)?;
        if let Some(row) = rows.last().filter(|row| is_true(row.get(0))) {
            let pid = row.get(1).unwrap_or_default().to_owned();
            let sight = Sight { locks: is_true(row.get(2)), sessions: is_true(row.get(3)) };
            return session
                .into_connected()
                .map(|connected| RunLock::keep(connected, pid, sight))
                .ok_or_else(|| Error::new(Code::LockLost, "the connection that holds the lock is not ours"));
        }
        let holder = format!("ROLLBACK;\n{}", holder::of_run(keys));
        // A server may not show that: a connection that is lost shows with the next try.
        let rows = second::answer(database, session.query(&holder)).await?.unwrap_or_default();
        let holder = rows.first().and_then(|row| holder::told(row, Of::Run));
        let waited = start.elapsed();
        if waited >= database.options.lock_wait {
            return Err(timeout(database, holder, waited));
        }
        if database.session.is_interrupted() {
            return Err(Error::new(Code::Interrupted, "interrupted while waiting for another runner")
                .with_state("nothing was changed"));
        }
        database.options.observer.emit(Event::WaitingForLock { holder: holder.map(|holder| holder.who), waited });
        database.pause(pause.min(database.options.lock_wait.saturating_sub(waited))).await;
        pause = (pause * 2).min(POLL.1);
    }
}

/// One try. Limits on idle transactions must not end the one that holds the lock. The last writes of the run are made in it.
fn attempt(database: &PostgresDatabase<'_>, keys: AdvisoryKeys) -> String {
    let limits = if database.prepared().version >= 170_000 {
        "SET LOCAL idle_in_transaction_session_timeout = 0;\nSET LOCAL transaction_timeout = 0;\n"
    } else {
        "SET LOCAL idle_in_transaction_session_timeout = 0;\n"
    };
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;\n{limits}SET LOCAL statement_timeout = 0;\n\
         SELECT {}, pg_backend_pid(), {SIGHT}",
        keys.try_run()
    )
}

fn timeout(database: &PostgresDatabase<'_>, holder: Option<Holder>, waited: Duration) -> Error {
    let (who, hints) = match holder {
        Some(Holder { who, hints }) => (who, hints),
        None => ("another runner".to_owned(), vec![failure::HOLDERS.into()]),
    };
    let error = Error::new(
        Code::LockTimeout,
        format!(
            "{} is being migrated by another runner, which was waited for {} s",
            database.label(),
            waited.as_secs()
        ),
    )
    .with_cause(format!("the lock is held by {who}"))
    .with_state("this run changed nothing")
    .with_hint(Hint::from("wait for it to finish, or allow more time: ").setting(Setting::LOCK_WAIT));
    hints.into_iter().fold(error, Error::with_hint)
}

/// Of several starters one makes the history's tables; that they exist already is no news to the users of the others.
pub(super) const NO_NOTICES: &str = "SET LOCAL client_min_messages = warning";

async fn create(database: &mut PostgresDatabase<'_>) -> Result<()> {
    let start = Instant::now();
    loop {
        let mut message = Message::default();
        message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
        message.ours(NO_NOTICES);
        message.add(&database.prepared().keys.try_step(), Origin::Lock);
        database.prepared().create.iter().for_each(|statement| message.ours(&statement.text));
        message.commit();
        match message.send(database).await {
            Ok(()) => break,
            Err(failure) => {
                send(database.session.client(), "ROLLBACK");
                retry_create(database, failure, start).await?;
            }
        }
    }
    if let Some(prepared) = &mut database.prepared {
        prepared.create.clear();
    }
    Ok(())
}

async fn retry_create(database: &mut PostgresDatabase<'_>, failure: Failure, start: Instant) -> Result<()> {
    if failure.is_duplicate_schema() {
        // Another runner has created it since this one looked.
        if let Some(prepared) = &mut database.prepared {
            prepared.create.retain(|statement| statement.kind != OwnKind::CreateSchema);
        }
        return Ok(());
    }
    if failure.why == Why::Busy && start.elapsed() < database.options.lock_wait {
        timer::sleep(POLL.0).await;
        return Ok(());
    }
    Err(state::of_write(failure, &database.label()))
}

/// Fails where the connection that held the lock is gone: another runner may be at work.
pub(super) fn assert_held(database: &PostgresDatabase<'_>) -> Result<(), Failure> {
    if database.lock.as_ref().is_some_and(RunLock::is_lost) { Err(failure::lock_lost()) } else { Ok(()) }
}

/// Adds what fails where the run's lock, or the journal's, is not held any more: a transaction that has failed holds none,
/// though its connection is there.
pub(super) fn check(database: &PostgresDatabase<'_>, message: &mut Message) {
    let Some(prepared) = &database.prepared else { return };
    let keys = prepared.keys;
    let held = match (&database.lock, &database.journal_lock) {
        // Nobody has it then, or there is nothing more to be seen.
        (Some(lock), _) if !lock.sight.locks => keys.assert_taken(),
        (Some(lock), _) => keys::assert_held(&[keys.run, keys.journal], &lock.pid),
        (None, Some(JournalLock { pid })) => keys::assert_held(&[keys.journal], pid),
        (None, _) => return,
    };
    message.add(&held, Origin::Held);
}

/// Ends the transaction that holds the lock, with the last writes to the history in it. A failure of these ends it too.
pub(super) async fn release(database: &mut PostgresDatabase<'_>, last: &[Write<'_>]) -> Result<(), Failure> {
    let Some(lock) = database.lock.take() else {
        return if last.is_empty() { Ok(()) } else { record::write(database, last).await };
    };
    lock.heartbeat.abort();
    let mut message = Message::default();
    if !last.is_empty() {
        restore::settings(database, &mut message);
        message.ours(&state::lock_timeout(database));
        record::writes(database, &mut message, last);
    }
    message.commit();
    // The connection may be gone, and with it the lock.
    let ended = lock.client.batch_execute(message.text()).await;
    ended.map_err(|error| failure::of(SessionFailure { completed: 0, error, sent: true, last_notice: None }, false))
}
