//! The figures of `move follow`, for Prometheus: in a file, or for whoever asks on this machine.
//!
//! Names and labels are written here, and are no text of anybody else, so that there is nothing to be escaped.

use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tempfile::NamedTempFile;
use tiny_http::{Header, Method, Request, Response, Server};

use crate::cli::args::MoveMetricsArgs;
use crate::cli::output::Output;
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;
use crate::transfer::FollowEvent;

/// The media type of the text format.
const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
const SIDES: [Dialect; 2] = [Dialect::Sqlite, Dialect::Postgres];

/// What is known of the following.
#[derive(Debug, Clone, Default)]
struct MoveFigures {
    /// Whether this follower copies or applies: not while another one does.
    is_up: bool,
    /// The side that is written.
    written: Option<Dialect>,
    lag: Option<KnownLag>,
    copied: u64,
    /// Of changes of SQLite, and of PostgreSQL.
    applied: [AppliedChanges; 2],
}

#[derive(Debug, Clone, Copy)]
struct KnownLag {
    changes: u64,
    age: Duration,
    set_aside: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct AppliedChanges {
    rows: u64,
    rounds: u64,
}

impl MoveFigures {
    fn note(&mut self, event: &FollowEvent) {
        match event {
            FollowEvent::Waiting | FollowEvent::Ended => (self.is_up, self.lag) = (false, None),
            FollowEvent::Following { written, .. } => {
                (self.is_up, self.written, self.lag) = (true, Some(*written), None);
            }
            FollowEvent::Behind { changes, age, set_aside } => {
                self.lag = Some(KnownLag { changes: *changes, age: *age, set_aside: *set_aside });
            }
            FollowEvent::Applied { keys, .. } => {
                let at = usize::from(self.written == Some(Dialect::Postgres));
                self.applied[at].rows += keys;
                self.applied[at].rounds += 1;
            }
            FollowEvent::Copying { .. }
            | FollowEvent::Copied { .. }
            | FollowEvent::Level
            | FollowEvent::Switched { .. } => {}
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, values: &[(Option<Dialect>, f64)]| {
            let _ = writeln!(text, "# HELP schemactl_move_{name} {help}\n# TYPE schemactl_move_{name} {kind}");
            for (written, value) in values {
                let labels = written.map(|side| format!("{{written=\"{}\"}}", side.as_str())).unwrap_or_default();
                let _ = writeln!(text, "schemactl_move_{name}{labels} {value}");
            }
        };
        metric("up", "gauge", "Whether this follower copies or applies.", &[(None, f64::from(u8::from(self.is_up)))]);
        metric("copied_rows_total", "counter", "Rows that the copy has read.", &[(None, number(self.copied))]);
        let lag = |value: fn(&KnownLag) -> f64| {
            let known = self.written.zip(self.lag.as_ref());
            known.map(|(written, lag)| (Some(written), value(lag))).into_iter().collect::<Vec<_>>()
        };
        metric("behind_rows", "gauge", "Changes that were not applied yet.", &lag(|lag| number(lag.changes)));
        metric("behind_seconds", "gauge", "The age of the first of them.", &lag(|lag| lag.age.as_secs_f64()));
        metric("set_aside_rows", "gauge", "Rows without a place on the other side.", &lag(|lag| number(lag.set_aside)));
        let applied = |value: fn(&AppliedChanges) -> u64| {
            SIDES
                .iter()
                .zip(&self.applied)
                .map(|(side, applied)| (Some(*side), number(value(applied))))
                .collect::<Vec<_>>()
        };
        metric("applied_rows_total", "counter", "Rows that were brought to the other side.", &applied(|of| of.rows));
        metric("rounds_total", "counter", "Rounds in which changes were applied.", &applied(|of| of.rounds));
        text
    }
}

#[expect(clippy::cast_precision_loss, reason = "a value of Prometheus is a double")]
fn number(value: u64) -> f64 {
    value as f64
}

/// The figures, and where they go. With the value goes who serves them; a file says then that nobody follows.
pub(super) struct MoveMetrics<'a> {
    figures: Arc<Mutex<MoveFigures>>,
    file: Option<&'a Path>,
    /// Whether people were told that the file cannot be written.
    is_told: Mutex<bool>,
    output: &'a Output,
    served: Option<MetricsServer>,
}

impl<'a> MoveMetrics<'a> {
    /// # Errors
    ///
    /// The file cannot be written, or the address is taken.
    pub(super) fn begin(arguments: &'a MoveMetricsArgs, output: &'a Output) -> Result<Self> {
        let figures = Arc::new(Mutex::new(MoveFigures { is_up: true, ..MoveFigures::default() }));
        let served = match arguments.metrics_listen {
            Some(address) => Some(MetricsServer::start(address, Arc::clone(&figures), output)?),
            None => None,
        };
        let file = arguments.metrics_file.as_deref();
        let metrics = Self { figures, file, is_told: Mutex::new(false), output, served };
        metrics.write().map_err(|cause| {
            Error::io(Code::Io, format!("{} cannot be written", file.unwrap_or(Path::new("")).display()), cause)
                .with_state("nothing was begun")
        })?;
        Ok(metrics)
    }

    pub(super) fn note(&self, event: &FollowEvent) {
        lock(&self.figures).note(event);
        // The others come many times in a second.
        if !matches!(event, FollowEvent::Applied { .. } | FollowEvent::Copying { .. } | FollowEvent::Level) {
            self.write_or_tell();
        }
    }

    pub(super) fn copied(&self, rows: u64) {
        lock(&self.figures).copied += rows;
    }

    fn write_or_tell(&self) {
        let Err(error) = self.write() else { return };
        let mut is_told = lock(&self.is_told);
        if !std::mem::replace(&mut *is_told, true) {
            self.output.note(format!("warning: the file of metrics cannot be written: {error}"));
        }
    }

    /// Writes the file whole, or leaves what was there.
    fn write(&self) -> io::Result<()> {
        let Some(path) = self.file else { return Ok(()) };
        let text = lock(&self.figures).text();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let mut file = readable_by_all(folder)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }
}

impl Drop for MoveMetrics<'_> {
    fn drop(&mut self) {
        self.served.take();
        let mut figures = lock(&self.figures);
        (figures.is_up, figures.lag) = (false, None);
        drop(figures);
        self.write_or_tell();
    }
}

/// Who reads it is another program, of another user.
#[cfg(unix)]
fn readable_by_all(folder: &Path) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;

    tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o644)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn readable_by_all(folder: &Path) -> io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers on an address of this machine alone, until it is dropped.
struct MetricsServer {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

impl MetricsServer {
    fn start(address: SocketAddr, figures: Arc<Mutex<MoveFigures>>, output: &Output) -> Result<Self> {
        let refused = |cause: String| {
            Error::new(Code::Io, format!("metrics cannot be served on {address}"))
                .with_cause(cause)
                .with_state("nothing was begun")
        };
        let server = Arc::new(Server::http(address).map_err(|cause| refused(cause.to_string()))?);
        let bound = server.server_addr().to_ip().unwrap_or(address);
        let serving = Arc::clone(&server);
        let serve = move || serving.incoming_requests().for_each(|request| answer(request, &figures));
        let thread = thread::Builder::new().name("schemactl-metrics".to_owned()).spawn(serve);
        let thread = thread.map_err(|cause| refused(cause.to_string()))?;
        output.tell("info", format!("metrics on http://{bound}/metrics"), || {
            let fields = [("event", "metrics".to_owned()), ("url", format!("http://{bound}/metrics"))];
            fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
        });
        Ok(Self { server, thread: Some(thread) })
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.server.unblock();
        // A thread that has panicked has told so.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Who has left meanwhile does not wait for the answer.
fn answer(request: Request, figures: &Mutex<MoveFigures>) {
    let path = request.url().split('?').next().unwrap_or_default();
    let _ = match (request.method(), path) {
        (Method::Get, "/metrics") => {
            let response = Response::from_string(lock(figures).text());
            let header = Header::from_bytes("Content-Type", MEDIA_TYPE);
            request.respond(match header {
                Ok(header) => response.with_header(header),
                Err(()) => response,
            })
        }
        (Method::Get, _) => request.respond(Response::from_string("metrics are at /metrics\n").with_status_code(404)),
        _ => request.respond(Response::from_string("").with_status_code(405)),
    };
}
