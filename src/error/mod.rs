//! The error of this crate: what failed, where, the cause, the state of the database now, and what to do.
//!
//! [`Error`] is opaque. Match on [`Error::kind`] or [`Error::code`], never on text. Its parts are kept apart so that a
//! terminal, a log line and JSON can each show them their way.

mod code;
mod function;
mod hint;
mod place;
mod setting;
mod suggest;

use std::error::Error as StdError;
use std::fmt;

pub use code::{Code, ErrorKind};
pub(crate) use hint::Audience;
pub use hint::{Hint, HintPart};
pub use place::Place;
pub(crate) use setting::Setting;
pub(crate) use suggest::did_you_mean;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, why, what the database holds now, and what to do about it.
///
/// `Display` is one lowercase fragment that says what failed and does not repeat [`source`](StdError::source);
/// the alternate form (`{:#}`) is the whole report on several lines, worded for an application.
///
/// ```
/// fn log(error: &schemactl::Error) {
///     eprintln!("{} {error}", error.code());
///     for hint in error.hints() {
///         eprintln!("hint: {hint}");
///     }
/// }
/// ```
pub struct Error(Box<Parts>);

struct Parts {
    code: Code,
    message: String,
    place: Option<Place>,
    cause: Option<String>,
    sqlstate: Option<String>,
    state: Option<String>,
    hints: Vec<Hint>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            message: message.into(),
            place: None,
            cause: None,
            sqlstate: None,
            state: None,
            hints: Vec::new(),
            source: None,
        }))
    }

    /// An operation on a file failed.
    pub(crate) fn io(code: Code, message: impl Into<String>, source: std::io::Error) -> Self {
        Self::new(code, message).with_cause(source.to_string()).with_source(source)
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    pub(crate) fn with_place(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    pub(crate) fn with_sqlstate(mut self, sqlstate: impl Into<String>) -> Self {
        self.0.sqlstate = Some(sqlstate.into());
        self
    }

    pub(crate) fn with_state(mut self, state: impl Into<String>) -> Self {
        self.0.state = Some(state.into());
        self
    }

    /// What the database is now, where nothing more exact is said of it.
    #[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
    pub(crate) fn unless_stated(mut self, state: impl Into<String>) -> Self {
        self.0.state.get_or_insert_with(|| state.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Hint>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Before the hint with this place, counted from 0.
    pub(crate) fn with_hint_at(mut self, at: usize, hint: impl Into<Hint>) -> Self {
        self.0.hints.insert(at.min(self.0.hints.len()), hint.into());
        self
    }

    pub(crate) fn without_hints(mut self) -> Self {
        self.0.hints.clear();
        self
    }

    pub(crate) fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with_boxed_source(Box::new(source))
    }

    pub(crate) fn with_boxed_source(mut self, source: Box<dyn StdError + Send + Sync>) -> Self {
        self.0.source = Some(source);
        self
    }

    /// Returns the stable code of this error, such as `E0204`.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// This error, where a script may be to blame for it; where its surroundings are (the connection, an interrupt, a lock of others), it says
    /// nothing of the script, and is returned as a failure.
    pub(crate) fn of_script(self) -> Result<Self> {
        match self.code() {
            Code::Interrupted
            | Code::Connect
            | Code::ConnectionLost
            | Code::SecondConnection
            | Code::LockTimeout
            | Code::TableLocked
            | Code::LockLost => Err(self),
            _ => Ok(self),
        }
    }

    /// Returns the family that the error belongs to, which also decides the exit code of the command.
    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind()
    }

    /// Returns the file, line and column that the error is about.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// Returns the cause in the words of the database or the operating system.
    pub fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// What failed and its cause, in one sentence.
    pub(crate) fn with_its_cause(&self) -> String {
        self.cause().map_or_else(|| self.to_string(), |cause| format!("{self}: {cause}"))
    }

    /// Returns the SQLSTATE that PostgreSQL gave, such as `23502`.
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.sqlstate.as_deref()
    }

    /// Returns what the database holds now, after the failure.
    pub fn database_state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// Returns what to do next, most likely remedy first. `Display` of each words it for an application.
    pub fn hints(&self) -> &[Hint] {
        &self.0.hints
    }

    fn fmt_whole(&self, f: &mut fmt::Formatter<'_>, audience: Audience) -> fmt::Result {
        write!(f, "error[{}]: {}", self.0.code, self.0.message)?;
        if let Some(place) = &self.0.place {
            write!(f, "\n{place:#}")?;
        }
        if let Some(cause) = &self.0.cause {
            write!(f, "\n   = cause: {cause}")?;
            if let Some(sqlstate) = &self.0.sqlstate {
                write!(f, " (SQLSTATE {sqlstate})")?;
            }
        }
        if let Some(state) = &self.0.state {
            write!(f, "\n   = state: {state}")?;
        }
        if !self.0.hints.is_empty() {
            f.write_str("\n")?;
        }
        for hint in &self.0.hints {
            write!(f, "\nhint: {}", hint.words(audience))?;
        }
        Ok(())
    }
}

/// An error as the command shows it.
#[cfg(feature = "project")]
pub(crate) struct ForCommand<'a>(&'a Error);

#[cfg(feature = "project")]
impl Error {
    /// The whole report, worded for whoever runs the command.
    pub(crate) fn for_command(&self) -> ForCommand<'_> {
        ForCommand(self)
    }
}

#[cfg(feature = "project")]
impl fmt::Display for ForCommand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_whole(f, Audience::Command)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() { self.fmt_whole(f, Audience::Application) } else { f.write_str(&self.0.message) }
    }
}

/// The whole report: this is what `unwrap()` and a `main` that returns the error print.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_whole(f, Audience::Application)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_report_has_the_order_of_the_model() {
        let error = Error::new(Code::StatementFailed, "migration 7 add_total failed at statement 2 of 3")
            .with_place(Place::new(
                "migrations/postgres/V0007__add_total.sql",
                "SELECT 1;\nALTER TABLE orders;\n",
                10..28,
            ))
            .with_cause("column \"total\" contains null values")
            .with_sqlstate("23502")
            .with_state("rolled back; database \"shop\" is still at version 6")
            .with_hint("add the column with a DEFAULT");
        assert_eq!(
            format!("{error:#}"),
            "error[E0204]: migration 7 add_total failed at statement 2 of 3\n\
             \x20 --> migrations/postgres/V0007__add_total.sql:2:1\n\
             \x20  |\n\
             \x202 | ALTER TABLE orders;\n\
             \x20  | ^^^^^^^^^^^^^^^^^^\n\
             \x20  = cause: column \"total\" contains null values (SQLSTATE 23502)\n\
             \x20  = state: rolled back; database \"shop\" is still at version 6\n\
             \n\
             hint: add the column with a DEFAULT"
        );
        assert_eq!(error.to_string(), "migration 7 add_total failed at statement 2 of 3");
    }
}
