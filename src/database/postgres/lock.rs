//! Locks that cannot outlive their owner: advisory locks of transactions.
//!
//! The run's lock is held by a transaction on a second connection. It is tried, never waited for: a session that waits
//! inside `SELECT pg_advisory_xact_lock(...)` holds a snapshot, for which CREATE INDEX CONCURRENTLY waits in turn.
//! An idle transaction at READ COMMITTED holds none.
//!
//! The step's lock is taken by each step's own transaction. Where only the application's client is at hand it is the only
//! one; otherwise it keeps a new runner from a step that a killed runner's server process still works on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::connect::{Connected, ConnectionTask};
use super::message::{Message, Origin};
use super::session::{Session, send};
use super::{PostgresDatabase, failure, state};
use crate::database::{Database, Failure, Why};
use crate::error::{Code, Error, Result};
use crate::event::Event;
use crate::fault;

/// The numbers of a history's locks. Two histories in one database do not wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    run: i64,
    step: i64,
}

impl Keys {
    pub(super) fn new(schema: &str, table: &str) -> Self {
        let key = |purpose: &str| {
            let digest = Sha256::digest(format!("schemactl {purpose} {schema}.{table}").as_bytes());
            i64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"))
        };
        Self { run: key("run"), step: key("step") }
    }

    /// A statement that divides by zero where another transaction has the step's lock.
    pub(super) fn try_step(self) -> String {
        format!("SELECT 1 / pg_try_advisory_xact_lock({})::int", self.step)
    }

    /// The step's lock for the session, for statements that cannot be in a transaction.
    pub(super) fn try_session(self) -> String {
        format!("SELECT pg_try_advisory_lock({})", self.step)
    }

    pub(super) fn unlock_session(self) -> String {
        format!("SELECT pg_advisory_unlock({})", self.step)
    }

    /// A query for who holds the run's lock: a bigint key is shown in two halves, with 1 as `objsubid`.
    fn holder(self) -> String {
        format!(
            "SELECT coalesce(nullif(a.application_name, '') || ', ', '') || 'process ' || a.pid \
             || coalesce(' on ' || host(a.client_addr), '') \
             FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND l.classid::bigint = {} AND l.objid::bigint = {} LIMIT 1",
            self.run.cast_unsigned() >> 32,
            self.run.cast_unsigned() & 0xffff_ffff
        )
    }
}

/// The run's lock: a transaction on a connection of its own, kept alive by a heartbeat.
pub(super) struct RunLock {
    client: Arc<Client>,
    /// The connection ends with it.
    _task: ConnectionTask,
    heartbeat: JoinHandle<()>,
}

/// A server, a proxy or a firewall may end a connection that is idle for long.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// The pauses between two tries grow from the first to the second of these.
const POLL: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

impl RunLock {
    /// Keeps the transaction open in which the lock was taken.
    fn keep(connected: Connected) -> Self {
        let client = Arc::new(connected.client);
        let beating = Arc::clone(&client);
        let heartbeat = tokio::spawn(async move {
            loop {
                tokio::time::sleep(HEARTBEAT).await;
                // In the transaction that holds the lock; a failure shows as a client that is closed.
                if beating.batch_execute("SELECT 1").await.is_err() {
                    return;
                }
            }
        });
        Self { client, heartbeat, _task: connected.task }
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

/// Waits for the lock, and creates the history where it is missing.
pub(super) async fn acquire(database: &mut PostgresDatabase<'_>) -> Result<()> {
    state::prepare(database).await?;
    if let Some(obstacle) = database.prepared().obstacle {
        return Err(obstacle.error(database));
    }
    fault::point("before lock");
    if let Some(settings) = database.settings.clone() {
        let connected = settings.connect().await?;
        database.lock = Some(wait(database, connected).await?);
    }
    fault::point("after lock");
    create(database).await
}

async fn wait(database: &PostgresDatabase<'_>, connected: Connected) -> Result<RunLock> {
    let keys = database.prepared().keys;
    let start = Instant::now();
    let mut pause = POLL.0;
    let mut session = Session::own(connected, &database.options);
    loop {
        let failed = |broken| failure::query(broken, database.session.is_interrupted(), "the lock cannot be taken");
        let rows = session.query(&attempt(database, keys)).await.map_err(failed)?;
        if rows.last().and_then(|row| row.get(0)) == Some("t") {
            return session
                .into_connected()
                .map(RunLock::keep)
                .ok_or_else(|| Error::new(Code::LockLost, "the connection that holds the lock is not ours"));
        }
        let rows = session.query(&format!("ROLLBACK;\n{}", keys.holder())).await.map_err(failed)?;
        let holder = rows.first().and_then(|row| row.get(0)).map(str::to_owned);
        let waited = start.elapsed();
        if waited >= database.options.lock_wait {
            return Err(timeout(database, holder.as_deref(), waited));
        }
        if database.session.is_interrupted() {
            return Err(Error::new(Code::Interrupted, "interrupted while waiting for another runner")
                .with_state("nothing was changed"));
        }
        database.options.observer.emit(Event::WaitingForLock { holder, waited });
        tokio::time::sleep(pause.min(database.options.lock_wait.saturating_sub(waited))).await;
        pause = (pause * 2).min(POLL.1);
    }
}

/// One try. Limits on idle transactions must not end the one that holds the lock.
fn attempt(database: &PostgresDatabase<'_>, keys: Keys) -> String {
    let limits = if database.prepared().version >= 170_000 {
        "SET LOCAL idle_in_transaction_session_timeout = 0;\nSET LOCAL transaction_timeout = 0;\n"
    } else {
        "SET LOCAL idle_in_transaction_session_timeout = 0;\n"
    };
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;\n{limits}SET LOCAL statement_timeout = 0;\n\
         SELECT pg_try_advisory_xact_lock({})",
        keys.run
    )
}

fn timeout(database: &PostgresDatabase<'_>, holder: Option<&str>, waited: Duration) -> Error {
    let who = holder.unwrap_or("another runner");
    Error::new(
        Code::LockTimeout,
        format!(
            "{} is being migrated by another runner, which was waited for {} s",
            database.label(),
            waited.as_secs()
        ),
    )
    .with_cause(format!("the lock is held by {who}"))
    .with_state("this run changed nothing")
    .with_hint("wait for it to finish, or allow more time: `--lock-wait 15min`, or lock_wait in schema.toml")
}

async fn create(database: &mut PostgresDatabase<'_>) -> Result<()> {
    if database.prepared().create.is_empty() {
        return Ok(());
    }
    let start = Instant::now();
    loop {
        let mut message = Message::default();
        message.ours("BEGIN ISOLATION LEVEL READ COMMITTED");
        message.add(&database.prepared().keys.try_step(), Origin::Lock);
        database.prepared().create.iter().for_each(|statement| message.ours(statement));
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

async fn retry_create(database: &PostgresDatabase<'_>, failure: Failure, start: Instant) -> Result<()> {
    if failure.why == Why::Busy && start.elapsed() < database.options.lock_wait {
        tokio::time::sleep(POLL.0).await;
        return Ok(());
    }
    Err(state::of_write(failure, &database.label()))
}

/// Fails where the connection that held the lock is gone: another runner may be at work.
pub(super) fn assert_held(database: &PostgresDatabase<'_>) -> Result<(), Failure> {
    if database.lock.as_ref().is_some_and(RunLock::is_lost) {
        return Err(Failure::new(Code::LockLost, "the connection that held the lock was lost")
            .with_hint("run the command again: it goes on from here"));
    }
    Ok(())
}

/// Ends the transaction that holds the lock.
pub(super) async fn release(database: &mut PostgresDatabase<'_>) -> Result<()> {
    let Some(lock) = database.lock.take() else { return Ok(()) };
    lock.heartbeat.abort();
    // The connection may be gone, and with it the lock.
    if let Err(error) = lock.client.batch_execute("ROLLBACK").await {
        tracing::warn!("the lock's connection was lost before the end of the run: {error}");
    }
    Ok(())
}
