//! The second connection of a run, which holds the lock, and whether the server serves both at once.
//!
//! A pooler may have one place, and a server one session behind all its connections: then the first connection would wait for
//! the second, whose transaction is open for as long as the run goes on. That is found out before anything is changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::connect::{Connected, Settings};
use super::{PostgresDatabase, failure, timer};
use crate::database::Reader;
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::interrupt::Interrupt;

/// How long a server may take for an answer that it can give at once.
const LONGEST: Duration = Duration::from_secs(10);

/// Connects a second time. Addresses that the first connection had to wait for are waited for again.
pub(super) async fn open(database: &PostgresDatabase<'_>, settings: &Settings) -> Result<Connected> {
    let limit = LONGEST.max(database.opening * 2);
    match within(limit, &database.options.interrupt, Box::pin(settings.connect())).await? {
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

/// Fails where the first connection has no answer while the second has its transaction.
pub(super) async fn assert_both(database: &mut PostgresDatabase<'_>) -> Result<()> {
    let interrupt = database.options.interrupt.clone();
    match within(LONGEST, &interrupt, database.session.run("")).await? {
        Some(Ok(())) => Ok(()),
        // A pooler gives up by itself, and ends the connection.
        Some(Err(broken)) => {
            let failure = failure::of(broken, interrupt.is_triggered());
            Err(error(database, format!("the first connection, while the second holds the lock: {}", failure.cause)))
        }
        None => Err(silent(database, "while the second connection held the lock the first had no answer", LONGEST)),
    }
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
