//! A session on the target, as a move uses it: transactions of its own, which no setting of the server cuts short.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_postgres::{Client, SimpleQueryRow};

use crate::database::postgres::connect::{ConnectSettings, Connected};
use crate::database::postgres::{of_driver, rows_of};
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;

/// Lets names without a schema lead nowhere until [`PATH_BACK`], so that the server writes out the schema of each name. What is run with it does
/// not evaluate functions of the application, whose bodies may need the path.
pub(crate) const PATH_ASIDE: &str =
    "SELECT set_config('schemactl.path', current_setting('search_path'), true), set_config('search_path', '', true)";
pub(crate) const PATH_BACK: &str = "SELECT set_config('search_path', current_setting('schemactl.path'), true)";

/// How long a server may take for an answer that it can give at once.
const LONGEST: Duration = Duration::from_secs(10);

/// A connection to the target.
pub(crate) struct TargetSession {
    connected: Connected,
    interrupt: Interrupt,
    /// How long a statement waits for a lock.
    lock_timeout: Duration,
    /// The server's version: `150004`.
    version: u32,
}

impl TargetSession {
    /// Connects. A pooler lets in whom it has no place for: it is asked something that has an answer at once.
    ///
    /// # Errors
    ///
    /// No server is reached, or it has no place for one more session.
    pub(crate) async fn open(
        settings: &ConnectSettings,
        lock_timeout: Duration,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let connected = settings.connect().await?;
        let mut session = Self { connected, interrupt: interrupt.clone(), lock_timeout, version: 0 };
        let asked = session.rows("SHOW server_version_num", "the server's version cannot be read");
        let rows = timeout(LONGEST, asked).await.map_err(|_| no_place("a new connection had no answer"))??;
        session.version = rows.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or_default();
        Ok(session)
    }

    /// Refuses a server that does not serve all of these at once: each has a transaction while the others have one. One that waits for a place would
    /// wait for those that wait for it.
    ///
    /// # Errors
    ///
    /// A pooler has fewer places.
    pub(crate) async fn assert_at_once(sessions: &[&Self]) -> Result<()> {
        let served = async {
            for session in sessions {
                session.run("BEGIN", "a transaction cannot be begun").await?;
            }
            Ok(())
        };
        let served = timeout(LONGEST, served).await;
        for session in sessions {
            session.roll_back().await;
        }
        served.map_err(|_| no_place(&format!("{} transactions were not served at once", sessions.len())))?
    }

    pub(crate) fn client(&self) -> &Client {
        &self.connected.client
    }

    /// Ends the session; a transaction that is open is rolled back.
    pub(crate) async fn close(self) {
        self.connected.close().await;
    }

    /// The beginning of a transaction that no limit of the server or the role ends. Row security refuses in it where it would hide rows.
    pub(crate) fn begin(&self) -> String {
        self.begun("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    }

    /// The beginning of one that sees one state, and changes nothing.
    pub(crate) fn begin_to_read(&self) -> String {
        self.begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    /// Does something in a transaction of its own: all of it, or nothing.
    pub(crate) async fn alone<T>(&self, message: &str, work: impl AsyncFnOnce() -> Result<T>) -> Result<T> {
        self.run(&self.begin(), message).await?;
        let done = match work().await {
            Ok(done) => self.run("COMMIT", message).await.map(|()| done),
            Err(error) => Err(error),
        };
        if done.is_err() {
            self.roll_back().await;
        }
        done
    }

    fn begun(&self, begin: &str) -> String {
        let newer = if self.version >= 170_000 { "SET LOCAL transaction_timeout = 0; " } else { "" };
        format!(
            "{begin}; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; {newer}\
             SET LOCAL lock_timeout = {}; SET LOCAL row_security = off; SET LOCAL DateStyle = ISO; SET LOCAL TimeZone = 'UTC'; \
             SET LOCAL client_min_messages = warning; SET LOCAL standard_conforming_strings = on",
            self.lock_timeout.as_millis().max(1)
        )
    }

    /// Runs statements. `message` says what could not be done where they fail.
    pub(crate) async fn run(&self, sql: &str, message: &str) -> Result<()> {
        let ran = self.unless_interrupted(self.client().batch_execute(sql)).await;
        ran.map_err(|error| self.error(error, message))
    }

    /// The rows that statements return.
    pub(crate) async fn rows(&self, sql: &str, message: &str) -> Result<Vec<SimpleQueryRow>> {
        let answer = self.unless_interrupted(self.client().simple_query(sql)).await;
        answer.map(rows_of).map_err(|error| self.error(error, message))
    }

    /// The rows that a query returns, in which the server names the schema of each name that it writes out.
    pub(crate) async fn rows_written_out(&self, sql: &str, message: &str) -> Result<Vec<SimpleQueryRow>> {
        self.run(PATH_ASIDE, message).await?;
        let rows = self.rows(sql, message).await?;
        self.run(PATH_BACK, message).await?;
        Ok(rows)
    }

    /// A number that a query returns in its first row.
    pub(crate) async fn number(&self, sql: &str, message: &str) -> Result<u64> {
        let rows = self.rows(sql, message).await?;
        let number = rows.first().and_then(|row| row.get(0)?.parse().ok());
        number.ok_or_else(|| Error::new(Code::Query, message).with_cause("the server returned no number"))
    }

    /// Rolls back. A connection that is lost has rolled back already.
    pub(crate) async fn roll_back(&self) {
        let _ = self.client().batch_execute("ROLLBACK").await;
    }

    /// The error that the driver's is.
    pub(crate) fn error(&self, error: tokio_postgres::Error, message: &str) -> Error {
        of_driver(error, self.interrupt.is_triggered(), message)
    }

    /// Waits for the server, and asks it to stop where the user does not want to wait. What it answers then is its error.
    pub(crate) async fn unless_interrupted<T>(&self, asked: impl Future<Output = T>) -> T {
        let wake = Arc::new(Notify::new());
        let woken = Arc::clone(&wake);
        let _guard = self.interrupt.on_trigger(move || woken.notify_one());
        let mut asked = pin!(asked);
        loop {
            tokio::select! {
                biased;
                answer = &mut asked => return answer,
                () = wake.notified() => {}
            }
            // It may be between two statements, so that this stops nothing; the next interrupt asks again.
            let _ = self.connected.cancel.cancel().await;
        }
    }
}

/// A pooler that has fewer places than a move needs, or whose places are all taken.
fn no_place(what: &str) -> Error {
    Error::new(Code::SecondConnection, "the server does not serve all connections of the move at once")
        .with_cause(format!("{what} within {} s", LONGEST.as_secs()))
        .with_hint("connect to the server itself, not by way of a pooler")
        .with_hint("or let the pooler have more places: default_pool_size of PgBouncer")
}
