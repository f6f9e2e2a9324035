//! A connection that is open: the task that drives it, its notices, and how to cancel what it runs.

use std::future::poll_fn;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_postgres::error::DbError;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{AsyncMessage, CancelToken, Client, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::timer;
use crate::error::{Code, Error, Result};

/// How long a connection that is dropped may take to say goodbye to the server.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a request to cancel may take where no `connect_timeout` is set.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is open.
///
/// The fields may be taken apart. Then `task` must be kept for as long as `client` is used: the connection ends with it.
pub(crate) struct Connected {
    pub(crate) client: Client,
    /// What the server, or this client while it connected, had to say. Unread notices are kept until this is dropped.
    pub(crate) notices: mpsc::UnboundedReceiver<Notice>,
    pub(crate) cancel: Cancel,
    pub(crate) task: ConnectionTask,
}

impl Connected {
    /// Ends the session, and waits until the server has been told.
    pub(crate) async fn close(self) {
        drop(self.client);
        self.task.finish().await;
    }
}

/// A message that is no answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// `WARNING`, `NOTICE`, `FATAL` and so on, whatever language the server speaks.
    pub(crate) severity: String,
    pub(crate) message: String,
}

impl Notice {
    fn of(error: &DbError) -> Self {
        let severity =
            error.parsed_severity().map_or_else(|| error.severity().to_owned(), |severity| severity.to_string());
        Self { severity, message: error.message().to_owned() }
    }

    pub(super) fn warning(message: impl Into<String>) -> Self {
        Self { severity: "WARNING".to_owned(), message: message.into() }
    }
}

/// Cancels what the connection runs, from any task.
#[derive(Clone)]
pub(crate) struct Cancel {
    token: CancelToken,
    tls: MakeRustlsConnect,
    timeout: Duration,
}

impl Cancel {
    pub(super) fn new(client: &Client, tls: MakeRustlsConnect, timeout: Option<Duration>) -> Self {
        Self { token: client.cancel_token(), tls, timeout: timeout.unwrap_or(CANCEL_TIMEOUT) }
    }

    /// Asks the server to stop the running query, over a connection of its own with the same TLS settings.
    ///
    /// That the server got the request does not say that it found something to stop.
    ///
    /// # Errors
    /// [`Code::Connect`] if the server cannot be reached.
    pub(crate) async fn cancel(&self) -> Result<()> {
        let failed = || Error::new(Code::Connect, "the request to cancel the query did not reach the server");
        match timer::within(self.timeout, self.token.cancel_query(self.tls.clone())).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err(failed().with_cause(error.to_string()).with_source(error)),
            None => Err(failed().with_cause(format!("no answer within {} s", self.timeout.as_secs()))),
        }
    }
}

/// Drives the connection. When it is dropped, the connection has a second to end by itself, and is cut then.
///
/// Without that second the server would see a lost connection where the client was dropped in good order. With no limit,
/// a connection whose query hangs would stay for ever.
pub(crate) struct ConnectionTask {
    stop: Option<oneshot::Sender<()>>,
    handle: JoinHandle<()>,
}

impl ConnectionTask {
    /// Drives the connection on the runtime, and hands out its notices.
    pub(super) fn spawn<T>(
        connection: Connection<Socket, T>,
    ) -> (Self, mpsc::UnboundedSender<Notice>, mpsc::UnboundedReceiver<Notice>)
    where
        T: TlsStream + Unpin + Send + 'static,
    {
        let (notices, received) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let driver = drive(connection, notices.clone());
        let handle = tokio::spawn(async move {
            tokio::pin!(driver);
            let ended = tokio::select! {
                () = &mut driver => ConnectionEnd::ByItself,
                _ = stopped => ConnectionEnd::ByGuard,
            };
            if let ConnectionEnd::ByGuard = ended {
                // Cut off if it takes longer.
                timer::within(FAREWELL, driver).await;
            }
        });
        (Self { stop: Some(stop), handle }, notices, received)
    }

    async fn finish(mut self) {
        drop(self.stop.take());
        // The task does not panic, and is not aborted.
        let _ = (&mut self.handle).await;
    }
}

enum ConnectionEnd {
    ByItself,
    ByGuard,
}

async fn drive<T>(mut connection: Connection<Socket, T>, notices: mpsc::UnboundedSender<Notice>)
where
    T: TlsStream + Unpin + Send + 'static,
{
    while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
        // What the server said before it hung up, such as that it is shutting down, is a notice too: the client's queries
        // only say that the connection is closed. Nobody may be listening, which is no error.
        match message {
            Ok(AsyncMessage::Notice(notice)) => drop(notices.send(Notice::of(&notice))),
            Ok(_) => {}
            Err(error) => return drop(error.as_db_error().map(|last| notices.send(Notice::of(last)))),
        }
    }
}
