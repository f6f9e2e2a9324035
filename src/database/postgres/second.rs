//! The second connection of a run, which holds the lock, and whether the server serves both at once.
//!
//! A pooler may have one place, and a server one session behind all its connections: then the first connection would wait for
//! the second, whose transaction is open for as long as the run goes on. That is found out before anything is changed.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use tokio::sync::{Mutex, Notify};
use tokio_postgres::{Client, SimpleQueryRow, SimpleQueryStream};

use super::connect::{ConnectSettings, Connected};
use super::session::SessionFailure;
use super::{PostgresDatabase, failure, history, rows_of, state, timer};
use crate::database::{Detail, Reader};
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::history::Found;
use crate::interrupt::Interrupt;
use crate::sql::Name;

/// How long a server may take for an answer that it can give at once.
const LONGEST: Duration = Duration::from_secs(10);

/// Connects a second time, and asks meanwhile what every change depends on. Addresses that the first connection had to wait for are waited
/// for again.
pub(super) async fn open(database: &mut PostgresDatabase<'_>, settings: &ConnectSettings) -> Result<Connected> {
    let limit = LONGEST.max(database.opening * 2);
    let interrupt = database.options.interrupt.clone();
    let mut opening = pin!(within(limit, &interrupt, Box::pin(settings.connect())));
    let opened = {
        let mut asking = Box::pin(state::assert_changeable(database));
        tokio::select! {
            biased;
            asked = &mut asking => {
                asked?;
                opening.await
            }
            // Where nothing can be changed, that is told: the second connection is not at fault.
            opened = &mut opening => {
                asking.await?;
                opened
            }
        }
    };
    match opened? {
        None => Err(silent(database, "the second connection was not opened", limit)),
        Some(Err(error)) if error.code() == Code::Connect => Err(refused(database, error)),
        Some(opened) => opened,
    }
}

/// Waits for an answer on the second connection.
pub(super) async fn answer<T>(database: &PostgresDatabase<'_>, work: impl Future<Output = T>) -> Result<T> {
    let answer = within(LONGEST, &database.options.interrupt, work).await?;
    answer.ok_or_else(|| silent(database, "the second connection had no answer", LONGEST))
}

/// The answer of the first connection to a message that was sent while the second has its transaction. It is not waited for by itself: what
/// is read first is sent behind it.
pub(super) struct FirstAnswer {
    messages: Pin<Box<SimpleQueryStream>>,
    interrupt: Interrupt,
}

/// Why there is no answer.
enum Missing {
    /// Nobody waits any more.
    Interrupted(Error),
    /// It has not come in time.
    Late,
    /// It is an error. A pooler gives up by itself, and ends the connection.
    Lost(tokio_postgres::Error),
}

impl FirstAnswer {
    /// Sends the message.
    pub(super) async fn ask(database: &mut PostgresDatabase<'_>) -> Result<Self> {
        match database.session.client().simple_query_raw("").await {
            Ok(messages) => Ok(Self { messages: Box::pin(messages), interrupt: database.options.interrupt.clone() }),
            Err(error) => Err(Missing::Lost(error).explain(database)),
        }
    }

    /// Fails where there is none.
    pub(super) async fn assert(mut self, database: &mut PostgresDatabase<'_>) -> Result<()> {
        self.given().await.map_err(|missing| missing.explain(database))
    }

    async fn given(&mut self) -> std::result::Result<(), Missing> {
        let Self { messages, interrupt } = self;
        let all = async {
            while messages.try_next().await?.is_some() {}
            Ok(())
        };
        match within(LONGEST, interrupt, all).await.map_err(Missing::Interrupted)? {
            Some(answered) => answered.map_err(Missing::Lost),
            None => Err(Missing::Late),
        }
    }
}

impl Missing {
    fn explain(self, database: &mut PostgresDatabase<'_>) -> Error {
        match self {
            Self::Interrupted(error) => error,
            Self::Late => {
                silent(database, "while the second connection held the lock the first had no answer", LONGEST)
            }
            Self::Lost(error) => {
                let broken =
                    SessionFailure { completed: 0, error, sent: true, last_notice: database.session.tell_notices() };
                let failure = failure::of(broken, database.session.is_interrupted());
                let cause = format!("the first connection, while the second holds the lock: {}", failure.cause);
                self::error(database, cause)
            }
        }
    }
}

/// Reads the history behind the message whose answer is waited for: in the same round trip.
pub(super) async fn read_beside(
    database: &mut PostgresDatabase<'_>,
    mut answer: FirstAnswer,
    detail: Detail,
) -> Result<Found> {
    let missing = {
        let mut reading = Box::pin(history::read(database, detail));
        tokio::select! {
            biased;
            given = answer.given() => match given {
                Ok(()) => return reading.await,
                Err(missing) => missing,
            },
            // It is answered later than what was sent before it, unless neither was.
            read = &mut reading => return read,
        }
    };
    Err(missing.explain(database))
}

/// The result of `work`; `None` where it took longer than the limit.
async fn within<T>(limit: Duration, interrupt: &Interrupt, work: impl Future<Output = T>) -> Result<Option<T>> {
    tokio::select! {
        biased;
        done = timer::within(limit, work) => Ok(done),
        () = triggered(interrupt) => {
            let error = Error::new(Code::Interrupted, "interrupted while waiting for the server");
            Err(error.with_state("nothing was changed"))
        }
    }
}

async fn triggered(interrupt: &Interrupt) {
    let notify = Arc::new(Notify::new());
    let wake = Arc::clone(&notify);
    let _guard = interrupt.on_trigger(move || wake.notify_one());
    if !interrupt.is_triggered() {
        notify.notified().await;
    }
}

/// The first connection was opened in the same way: what the server lacks is another one.
fn refused(database: &PostgresDatabase<'_>, refusal: Error) -> Error {
    let error = error(database, format!("the second connection: {}", refusal.cause().unwrap_or_default()));
    let error = match refusal.sqlstate().map(str::to_owned) {
        Some(sqlstate) => error.with_sqlstate(sqlstate),
        None => error,
    };
    error.with_source(refusal)
}

fn silent(database: &PostgresDatabase<'_>, what: &str, limit: Duration) -> Error {
    error(database, format!("{what} within {} s", limit.as_secs()))
}

fn error(database: &PostgresDatabase<'_>, cause: String) -> Error {
    let label = database.label();
    let message = format!("the server of {label} does not serve the two connections of a run at once");
    Error::new(Code::SecondConnection, message)
        .with_cause(cause)
        .with_state("nothing was changed")
        .with_hint(
            "let it serve two: CONNECTION LIMIT of the role and the database, max_connections, default_pool_size of PgBouncer",
        )
        .with_hint(Hint::from("or run with one: ").setting(Setting::ONE_CONNECTION))
}

/// How long a look at a table may take.
const LOOK: &str = "60s";

const SAVEPOINT: &str = "schemactl_look";

/// The connection that holds the run's lock, for questions about what is committed.
pub(super) struct CommittedView {
    pub(super) client: Arc<Client>,
    pub(super) questions: Arc<Mutex<()>>,
}

impl CommittedView {
    /// Asks about one table, with these settings, and keeps no lock of it. It waits for nobody: who wants the table for himself waits for the step, and this would wait for him.
    pub(super) async fn ask(
        &self,
        set: &str,
        table: &Name<'_>,
        query: &str,
    ) -> std::result::Result<Vec<SimpleQueryRow>, String> {
        let _asking = self.questions.lock().await;
        let message = format!(
            "SAVEPOINT {SAVEPOINT};\n{set}SET LOCAL statement_timeout = '{LOOK}';\nLOCK TABLE ONLY {table} IN ACCESS SHARE MODE NOWAIT;\n\
             SELECT 1 / (current_setting('transaction_isolation') = 'read committed')::int;\n{query}\n;\nROLLBACK TO SAVEPOINT {SAVEPOINT};\nRELEASE SAVEPOINT {SAVEPOINT}"
        );
        match self.client.simple_query(&message).await {
            Ok(answer) => {
                let mut rows = rows_of(answer);
                // The first one says nothing but that it is so.
                rows.drain(..rows.len().min(1));
                Ok(rows)
            }
            Err(error) => {
                let undo = format!("ROLLBACK TO SAVEPOINT {SAVEPOINT};\nRELEASE SAVEPOINT {SAVEPOINT}");
                // Where that fails the lock is lost, which the step sees before it commits.
                if let Err(lost) = self.client.batch_execute(&undo).await {
                    tracing::debug!("the connection that holds the lock: {lost}");
                }
                let why = error.as_db_error().map_or_else(|| error.to_string(), |server| server.message().to_owned());
                Err(format!("what was there before cannot be read: {why}"))
            }
        }
    }
}
