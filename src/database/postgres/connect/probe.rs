//! Watches how far TLS gets: the driver's error does not tell a refusal of TLS from a failed handshake.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio_postgres::Socket;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How far TLS got in one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsProgress {
    /// No handshake was begun: TLS was not wanted, or the server has none.
    None,
    /// The handshake was begun and not finished.
    Begun,
    /// The connection is encrypted.
    Done,
}

/// Makes TLS connections and remembers how far the last one got.
#[derive(Clone)]
pub(super) struct Probe {
    inner: MakeRustlsConnect,
    progress: Arc<AtomicU8>,
}

impl Probe {
    pub(super) fn new(inner: MakeRustlsConnect) -> Self {
        Self { inner, progress: Arc::default() }
    }

    pub(super) fn progress(&self) -> TlsProgress {
        match self.progress.load(Ordering::SeqCst) {
            0 => TlsProgress::None,
            1 => TlsProgress::Begun,
            _ => TlsProgress::Done,
        }
    }
}

type Inner = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type Handshake = Pin<Box<dyn Future<Output = Result<Stream, <Inner as TlsConnect<Socket>>::Error>> + Send>>;

impl MakeTlsConnect<Socket> for Probe {
    type Stream = Stream;
    type TlsConnect = ProbedConnect;
    type Error = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Error;

    fn make_tls_connect(&mut self, domain: &str) -> Result<ProbedConnect, Self::Error> {
        let inner = MakeTlsConnect::<Socket>::make_tls_connect(&mut self.inner, domain)?;
        Ok(ProbedConnect { inner, progress: Arc::clone(&self.progress) })
    }
}

/// One handshake.
pub(super) struct ProbedConnect {
    inner: Inner,
    progress: Arc<AtomicU8>,
}

impl TlsConnect<Socket> for ProbedConnect {
    type Stream = Stream;
    type Error = <Inner as TlsConnect<Socket>>::Error;
    type Future = Handshake;

    fn connect(self, stream: Socket) -> Handshake {
        Box::pin(async move {
            self.progress.store(1, Ordering::SeqCst);
            let stream = self.inner.connect(stream).await?;
            self.progress.store(2, Ordering::SeqCst);
            Ok(stream)
        })
    }
}
