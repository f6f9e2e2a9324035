//! A connection that stays open.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::psql;
use crate::scratch;

/// The line that tells that a batch of SQL has ended. No row looks like it.
const END: &str = "\u{1}end\u{1}";
/// Nothing in a test waits longer than this.
const LONGEST: Duration = Duration::from_secs(120);

/// A psql that stays connected: for locks held, transactions left open, queries that block.
#[derive(Debug)]
pub struct Session {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    pid: String,
}

impl Session {
    /// Connects.
    pub fn open(url: &str) -> Self {
        let mut command = psql::command(url);
        // The session goes on after an error, as a program would; both outputs are one stream, to keep their order.
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        let mut child = command
            .args(["-v", "ON_ERROR_STOP=0", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(writer.try_clone().expect("a pipe can be copied"))
            .stderr(writer)
            .spawn()
            .unwrap_or_else(|error| panic!("psql does not start: {error}"));
        // The command holds the writing end too: without this the stream would never end.
        drop(command);
        scratch::register(child.id());
        let input = child.stdin.take().expect("its input is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).lines() {
                if line.is_err() || line.is_ok_and(|line| sender.send(line).is_err()) {
                    break;
                }
            }
        });
        let mut session = Self { child, input, lines, pid: String::new() };
        session.pid = session.run("SELECT pg_backend_pid()");
        session
    }

    /// The process id of its backend.
    pub fn pid(&self) -> &str {
        &self.pid
    }

    /// Runs SQL, waits for it, and returns its rows and errors.
    pub fn run(&mut self, sql: &str) -> String {
        self.begin(sql);
        self.finish()
    }

    /// Sends SQL, without waiting for it.
    pub fn begin(&mut self, sql: &str) {
        // Failure shows in `finish`, with what psql said.
        let _ = write!(self.input, "{sql}\n;\n\\echo {END}\n").and_then(|()| self.input.flush());
    }

    /// Waits for what [`begin`](Self::begin) sent, and returns its rows and errors.
    pub fn finish(&mut self) -> String {
        self.finish_within(LONGEST).unwrap_or_else(|| panic!("a session did not answer within {LONGEST:?}"))
    }

    /// Waits that long for what [`begin`](Self::begin) sent; `None` when it is still running. What it printed until
    /// then is lost: this is for statements that are expected to block.
    pub fn finish_within(&mut self, time: Duration) -> Option<String> {
        let mut rows = Vec::new();
        loop {
            match self.lines.recv_timeout(time) {
                Ok(line) if line == END => return Some(rows.join("\n")),
                Ok(line) => rows.push(line),
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => return Some(rows.join("\n")),
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        scratch::unregister(self.child.id());
    }
}
