//! Statements gathered into messages, and errors traced back from a message to the statement that made them.

use std::ops::Range;

use super::PostgresDatabase;
use super::blockers::BlockerWatch;
use super::copy;
use super::failure;
use super::session::SessionFailure;
use crate::database::{Failure, Why};
use crate::error::Code;
use crate::sql::{Statement, StatementKind, byte_offset};

/// A message is sent when it has grown this long. The server parses a message as a whole before it runs any of it, so that
/// one message for a file of 50 MB would cost it gigabytes.
const FULL: usize = 256 * 1024;

/// Statements that are sent together.
#[derive(Default)]
pub(super) struct Message {
    text: String,
    pieces: Vec<Piece>,
    /// COMMIT was sent, or is about to be.
    commits: bool,
    /// It is a statement outside transactions: nobody is asked who blocks it, since it may wait for whoever asks.
    is_alone: bool,
}

/// One statement of a message, which the server answers with one completion.
struct Piece {
    /// Where it begins in the message.
    at: usize,
    origin: Origin,
}

/// Whose statement it is, and what its failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Ours,
    /// It divides by zero where another runner holds the lock.
    Lock,
    /// It divides by zero where a lock of this run is not held any more.
    Held,
    /// It divides by zero where another runner has changed the row.
    Unchanged {
        job: usize,
    },
    /// It makes deferred constraints speak up now.
    Deferred {
        job: usize,
    },
    /// Writes the record of the job.
    Record {
        job: usize,
    },
    /// A statement of the migration.
    Theirs {
        job: usize,
        number: usize,
        span: Range<usize>,
    },
}

/// What the text of files is in.
pub(super) const UTF8: &str = "SET client_encoding = 'UTF8'";

/// Ends a statement, on a line of its own: the statement may end in a comment.
const END: &str = "\n;\n";

impl Message {
    /// The text of a message with this statement alone, as `pg_stat_activity` shows it.
    pub(super) fn of_one(statement: &str) -> String {
        format!("{statement}{END}")
    }

    /// What was gathered, for another connection than the database's.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether all that was gathered is sent.
    pub(super) fn is_sent(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn ours(&mut self, sql: &str) {
        self.add(sql, Origin::Ours);
    }

    pub(super) fn commit(&mut self) {
        self.commits = true;
        self.add("COMMIT", Origin::Ours);
    }

    /// What follows is a statement outside a transaction, which the server commits when it is done.
    pub(super) fn commits_by_itself(&mut self) {
        self.commits = true;
    }

    pub(super) fn add(&mut self, sql: &str, origin: Origin) {
        self.pieces.push(Piece { at: self.text.len(), origin });
        self.text.push_str(sql);
        self.text.push_str(END);
    }

    /// Adds a statement of a migration; sends what must be sent before or with it.
    pub(super) async fn theirs(
        &mut self,
        database: &mut PostgresDatabase<'_>,
        job: usize,
        number: usize,
        statement: &Statement<'_>,
    ) -> Result<(), Failure> {
        let origin = Origin::Theirs { job, number, span: statement.span() };
        if statement.kind == StatementKind::CopyOut {
            let failure = Failure::new(Code::StatementFailed, "there is nobody to take the rows of COPY ... TO STDOUT")
                .with_hint("name a file of the server in place of STDOUT, or leave the statement out");
            return Err(failure.at(job, Some(number), Some(statement.span())));
        }
        if let Some(data) = statement.copy_data {
            self.part(database).await?;
            return copy::run(database, statement.text, data).await.map_err(|broken| {
                locate(database, &[], "", broken, self.commits).at(job, Some(number), Some(statement.span()))
            });
        }
        self.add(statement.text, origin);
        if self.text.len() >= FULL || matches!(statement.kind, StatementKind::SetStrings { .. }) {
            self.part(database).await?;
        }
        Ok(())
    }

    /// Sends what was gathered, where more of the step follows. A file is in UTF-8, whatever it has set: the server reads a message as
    /// `client_encoding` says that was set before it.
    pub(super) async fn part(&mut self, database: &mut PostgresDatabase<'_>) -> Result<(), Failure> {
        if self.pieces.is_empty() {
            return Ok(());
        }
        self.ours(UTF8);
        self.send(database).await
    }

    /// Adds one statement that must be alone in its message.
    pub(super) fn alone(&mut self, statement: &Statement<'_>) {
        self.add(statement.text, Origin::Theirs { job: 0, number: 0, span: statement.span() });
        self.is_alone = true;
    }

    /// Sends what was gathered.
    pub(super) async fn send(&mut self, database: &mut PostgresDatabase<'_>) -> Result<(), Failure> {
        self.send_counting(database).await.map(drop)
    }

    /// Sends what was gathered, and tells how many rows the last statement of it has touched.
    pub(super) async fn send_counting(&mut self, database: &mut PostgresDatabase<'_>) -> Result<u64, Failure> {
        if self.pieces.is_empty() {
            return Ok(0);
        }
        // A concurrent build waits for the whole transaction in which something was asked while it looked.
        let quiet = match &database.lock {
            Some(lock) if self.is_alone => Some(lock.quiet().await),
            _ => None,
        };
        let watch = if self.is_alone { None } else { BlockerWatch::start(database) };
        let result = database.session.run_counting(&self.text).await;
        drop(quiet);
        let sent = result.map_err(|broken| {
            let failure = locate(database, &self.pieces, &self.text, broken, self.commits);
            match watch {
                Some(watch) => watch.explain(failure),
                None => failure,
            }
        });
        self.text.clear();
        self.pieces.clear();
        self.is_alone = false;
        sent
    }
}

/// What the failure of a message means, and which statement it is about.
fn locate(
    database: &PostgresDatabase<'_>,
    pieces: &[Piece],
    text: &str,
    broken: SessionFailure,
    commits: bool,
) -> Failure {
    let position = failure::position(&broken.error).map(|position| byte_offset(text, position));
    let piece = match position {
        Some(at) => pieces.iter().rev().find(|piece| piece.at <= at),
        None => pieces.get(broken.completed),
    };
    let unknown = commits && broken.sent && failure::may_be_committed(&broken.error);
    let mut failure = failure::of(broken, database.session.is_interrupted());
    if unknown {
        failure.why = Why::Unknown;
    }
    let Some(piece) = piece else { return failure };
    // A connection that is lost says nothing of a statement.
    if failure.code == Code::ConnectionLost {
        return failure;
    }
    match piece.origin.clone() {
        Origin::Lock if failure.is_division() => failure::busy(),
        Origin::Held if failure.is_division() => failure::lock_lost(),
        Origin::Unchanged { job } if failure.is_division() => failure.because(Why::DoneByOther).at(job, None, None),
        Origin::Ours | Origin::Lock | Origin::Held => failure,
        Origin::Record { job } if failure.is_duplicate() => failure.because(Why::DoneByOther).at(job, None, None),
        Origin::Unchanged { job } | Origin::Record { job } => failure.at(job, None, None),
        Origin::Deferred { job } => {
            failure.at(job, None, None).with_hint("a deferred constraint is checked at the end of the step")
        }
        Origin::Theirs { job, number, span } => {
            let start = position.map_or(span.start, |at| span.start + (at - piece.at));
            let start = start.min(span.end);
            failure.at(job, Some(number), Some(start..span.end))
        }
    }
}
