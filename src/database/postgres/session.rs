use std::collections::BTreeMap;
use std::future::pending;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_util::TryStreamExt;
use tokio::sync::Notify;
use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage, SimpleQueryRow};

use super::connect::{Cancel, Connected};
use super::limit::Limit;
use crate::config::Options;
use crate::event::{Event, Observer};
use crate::interrupt::{Interrupt, WakeGuard};

/// A session: the application's, or one of our own with its notices.
pub(super) struct Session<'c> {
    /// Taken only by what consumes the session.
    handle: Option<ClientHandle<'c>>,
    interrupt: Interrupt,
    triggered: Arc<Notify>,
    /// What the application's client is to be told when this is dropped in the middle of a run.
    deferred: BTreeMap<DeferredCleanup, String>,
    observer: Observer,
    /// Whether notices are of no interest: that no transaction is open is no news after one that was not begun.
    is_quiet: bool,
    /// How long what runs may take.
    limit: Option<Box<Limit>>,
    _wake: WakeGuard,
}

enum ClientHandle<'c> {
    Borrowed(&'c Client),
    Owned(Box<Connected>),
}

/// What the application's client must not keep. The order is that in which it is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DeferredCleanup {
    /// An open transaction.
    Transaction,
    /// Settings of a statement outside a transaction.
    Settings,
    /// A lock of the session.
    Lock,
    /// Temporary objects and the like, of a step.
    Belongings,
    /// `standard_conforming_strings`, which scripts are cut with.
    Strings,
}

/// A message that did not come to its end.
pub(super) struct SessionFailure {
    /// How many statements of the message were completed.
    pub(super) completed: usize,
    pub(super) error: Error,
    /// Whether the server may have got the message.
    pub(super) sent: bool,
    /// What the server said before it hung up.
    pub(super) last_notice: Option<String>,
}

impl<'c> Session<'c> {
    pub(super) fn borrow(client: &'c Client, options: &Options) -> Self {
        Self::new(ClientHandle::Borrowed(client), options)
    }

    pub(super) fn own(connected: Connected, options: &Options) -> Self {
        Self::new(ClientHandle::Owned(Box::new(connected)), options)
    }

    fn new(handle: ClientHandle<'c>, options: &Options) -> Self {
        let triggered = Arc::new(Notify::new());
        let wake = Arc::clone(&triggered);
        Self {
            handle: Some(handle),
            interrupt: options.interrupt.clone(),
            observer: options.observer.clone(),
            is_quiet: false,
            limit: None,
            triggered,
            deferred: BTreeMap::new(),
            _wake: options.interrupt.on_trigger(move || wake.notify_one()),
        }
    }

    pub(super) fn client(&self) -> &Client {
        match self.handle() {
            ClientHandle::Borrowed(client) => client,
            ClientHandle::Owned(connected) => &connected.client,
        }
    }

    /// Whether the client is the application's.
    pub(super) fn is_borrowed(&self) -> bool {
        matches!(self.handle(), ClientHandle::Borrowed(_))
    }

    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.is_triggered()
    }

    /// The connection of an owned session.
    pub(super) fn into_connected(mut self) -> Option<Connected> {
        match self.handle.take() {
            Some(ClientHandle::Owned(connected)) => Some(*connected),
            Some(ClientHandle::Borrowed(_)) | None => None,
        }
    }

    fn handle(&self) -> &ClientHandle<'c> {
        self.handle.as_ref().expect("only what consumes the session takes it")
    }

    pub(super) async fn close(self) {
        if let Some(connected) = self.into_connected() {
            connected.close().await;
        }
    }

    /// What is to be sent if the run ends before [`Session::cleaned_up`] takes it back.
    pub(super) fn defer_cleanup(&mut self, cleanup: DeferredCleanup, message: &str) {
        self.deferred.insert(cleanup, message.to_owned());
    }

    /// A cleanup was done, and is not to be sent any more.
    pub(super) fn cleaned_up(&mut self, cleanup: DeferredCleanup) {
        self.deferred.remove(&cleanup);
    }

    /// Sends the cleanups of a step, and waits for no answer.
    pub(super) fn send_deferred(&mut self) {
        let of_run = self.deferred.split_off(&DeferredCleanup::Strings);
        let of_step = std::mem::replace(&mut self.deferred, of_run);
        of_step.values().for_each(|message| send(self.client(), message));
    }

    /// Ends the open transaction, and waits until the server has. Where it does not answer, the cleanup stays.
    pub(super) async fn roll_back(&mut self) {
        self.is_quiet = true;
        let ended = self.run("ROLLBACK").await;
        self.is_quiet = false;
        match ended {
            Ok(()) => self.cleaned_up(DeferredCleanup::Transaction),
            Err(broken) => tracing::debug!("the server rolls back by itself: {}", broken.error),
        }
    }

    /// Sends one message and drops what it returns. An interrupt cancels it on the server.
    pub(super) async fn run(&mut self, message: &str) -> Result<(), SessionFailure> {
        self.run_counting(message).await.map(drop)
    }

    /// Like [`Session::run`], and tells how many rows the last statement of the message has touched.
    pub(super) async fn run_counting(&mut self, message: &str) -> Result<u64, SessionFailure> {
        self.read(message, |_| ()).await
    }

    /// Sends one message and returns the rows of all its statements.
    pub(super) async fn query(&mut self, message: &str) -> Result<Vec<SimpleQueryRow>, SessionFailure> {
        let mut rows = Vec::new();
        self.read(message, |row| rows.push(row)).await?;
        Ok(rows)
    }

    /// As [`query`](Self::query) with one statement, and fails where a policy hides rows: what a history hides would be done again.
    /// A transaction that the application has open goes on with the setting that it had.
    pub(super) async fn query_whole(&mut self, statement: &str) -> Result<Vec<SimpleQueryRow>, SessionFailure> {
        let message = format!(
            "SELECT current_setting('row_security'), now() <> statement_timestamp()\n;\n\
             SET LOCAL row_security = off\n;\n{statement}"
        );
        let mut rows = self.query(&message).await?;
        let first = if rows.is_empty() { None } else { Some(rows.remove(0)) };
        if let Some(first) = first
            && first.get(1) == Some("t")
        {
            self.run(&format!("SET LOCAL row_security = {}", first.get(0).unwrap_or("on"))).await?;
        }
        Ok(rows)
    }

    async fn read(&mut self, message: &str, row: impl FnMut(SimpleQueryRow)) -> Result<u64, SessionFailure> {
        let mut completed = 0;
        let sent = !self.client().is_closed();
        let result = self.unless_interrupted(read(self.client(), message, &mut completed, row)).await;
        let last_notice = self.tell_notices();
        result.map_err(|error| SessionFailure { completed, error, sent, last_notice })
    }

    /// From now on, what takes longer is cancelled.
    pub(super) fn allow(&mut self, limit: Limit) {
        self.limit = Some(Box::new(limit));
    }

    /// From now on there is no limit. Returns whether something was cancelled for it.
    pub(super) fn lift(&mut self) -> bool {
        self.limit.take().is_some_and(|limit| limit.is_passed())
    }

    /// Waits for `work`, and asks the server to cancel it when the run is interrupted, or its time is over.
    pub(super) async fn unless_interrupted<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = self.triggered.notified() => {}
            () = self.limit_passes() => {}
        }
        self.cancel().await;
        work.await
    }

    async fn limit_passes(&self) {
        match &self.limit {
            Some(limit) => limit.passes().await,
            None => pending().await,
        }
    }

    async fn cancel(&self) {
        let sent = match self.handle() {
            // How the application connected is not known: without TLS is a guess.
            ClientHandle::Borrowed(client) => {
                client.cancel_token().cancel_query(NoTls).await.map_err(|error| error.to_string())
            }
            ClientHandle::Owned(connected) => {
                Cancel::cancel(&connected.cancel).await.map_err(|error| error.to_string())
            }
        };
        if let Err(error) = sent {
            tracing::warn!("the query could not be cancelled: {error}");
        }
    }

    /// Passes on the notices that have come; returns the last one that says why the server hung up.
    pub(super) fn tell_notices(&mut self) -> Option<String> {
        let Some(ClientHandle::Owned(connected)) = &mut self.handle else { return None };
        let mut last_notice = None;
        while let Ok(notice) = connected.notices.try_recv() {
            if matches!(notice.severity.as_str(), "FATAL" | "PANIC") {
                last_notice = Some(notice.message.clone());
            }
            if self.is_quiet {
                continue;
            }
            self.observer.emit(Event::Notice { severity: notice.severity, message: notice.message });
        }
        last_notice
    }
}

async fn read(
    client: &Client,
    message: &str,
    completed: &mut usize,
    mut row: impl FnMut(SimpleQueryRow),
) -> Result<u64, Error> {
    let mut touched = 0;
    let mut answers = pin!(client.simple_query_raw(message).await?);
    while let Some(answer) = answers.try_next().await? {
        match answer {
            SimpleQueryMessage::Row(found) => row(found),
            SimpleQueryMessage::CommandComplete(rows) => {
                *completed += 1;
                touched = rows;
            }
            _ => {}
        }
    }
    Ok(touched)
}

/// A future may be dropped while its transaction is open, or its lock held: the application's client must not keep them.
/// A connection of our own ends with its session, and takes both along.
impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(ClientHandle::Borrowed(client)) = self.handle {
            self.deferred.values().for_each(|message| send(client, message));
        }
    }
}

/// Hands a message to the connection without waiting for the answer: tokio-postgres queues it at the first poll.
pub(super) fn send(client: &Client, message: &str) {
    let mut sending: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(client.batch_execute(message));
    let answer: Poll<Result<(), Error>> = sending.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    if let Poll::Ready(Err(error)) = answer {
        tracing::debug!("`{message}` was not sent: {error}");
    }
}
