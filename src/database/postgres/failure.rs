use tokio_postgres::error::{DbError, ErrorPosition, Severity, SqlState};

use super::PostgresDatabase;
use super::session::SessionFailure;
use crate::config::mask_sql;
use crate::database::{Failure, Met, Reader, Why};
use crate::error::{Code, Error, Hint, Setting};

/// What an error of the server means for a step.
pub(super) fn of(broken: SessionFailure, interrupted: bool) -> Failure {
    let SessionFailure { error, last_notice, .. } = broken;
    let Some(server) = error.as_db_error() else {
        let cause = last_notice.unwrap_or_else(|| chain(&error));
        let mut failure = Failure::new(Code::ConnectionLost, cause).because(Why::Lost);
        failure.source = Some(Box::new(error));
        return failure;
    };
    let (code, why) =
        if is_fatal(server) { (Code::ConnectionLost, Why::Lost) } else { meaning(server.code(), interrupted) };
    let mut failure = Failure::new(code, cause(server)).because(why);
    failure.sqlstate = Some(server.code().code().to_owned());
    failure.met = met(server);
    if failure.why != Why::Interrupted {
        failure.hints.extend(hint(server));
    }
    failure.source = Some(Box::new(error));
    failure
}

/// Whether the server's session ends with it. The one severity is in the server's language, and the other is missing where a pooler
/// speaks in its place.
fn is_fatal(server: &DbError) -> bool {
    matches!(server.parsed_severity(), Some(Severity::Fatal | Severity::Panic))
        || matches!(server.severity(), "FATAL" | "PANIC")
}

/// Whether what was sent together with a COMMIT may be committed in spite of this error: the connection was lost on the way, or one
/// who stands between says so (classes 08 and 57P), or the session was ended, which may be after the commit and before its answer.
pub(super) fn may_be_committed(error: &tokio_postgres::Error) -> bool {
    let Some(server) = error.as_db_error() else { return true };
    let class = server.code().code();
    is_fatal(server) || class.starts_with("08") || class.starts_with("57P")
}

/// An error of one of our own queries.
pub(super) fn query(broken: SessionFailure, interrupted: bool, message: impl Into<String>) -> Error {
    let failure = of(broken, interrupted);
    let code = code_of_query(&failure);
    of_failure(failure, code, message)
}

fn code_of_query(failure: &Failure) -> Code {
    match (failure.why, failure.code) {
        (Why::Interrupted, _) => Code::Interrupted,
        (_, Code::StatementFailed) => Code::Query,
        (_, code) => code,
    }
}

/// An error of the driver's, on a connection of a move. The state of the database is for the caller to say.
#[cfg(all(feature = "project", feature = "sqlite"))]
pub(crate) fn of_driver(error: tokio_postgres::Error, interrupted: bool, message: impl Into<String>) -> Error {
    let failure = of(SessionFailure { completed: 0, error, sent: true, last_notice: None }, interrupted);
    let code = code_of_query(&failure);
    failure.into_error(code, message)
}

/// The history could not be read.
pub(super) fn of_history(database: &PostgresDatabase<'_>, broken: SessionFailure) -> Error {
    let message = format!("the history of {} cannot be read", database.label());
    query(broken, database.session.is_interrupted(), message)
}

/// The error that a failure outside a step is.
pub(super) fn of_failure(failure: Failure, code: Code, message: impl Into<String>) -> Error {
    failure.into_error(code, message).with_state("nothing was changed")
}

/// Another runner has the step.
pub(super) fn busy() -> Failure {
    let cause =
        "another runner is at work on this database, or the server still works on what one that was killed has begun";
    let mut failure = Failure::new(Code::LockTimeout, cause).because(Why::Busy);
    failure.hints.push(HOLDERS.into());
    failure
}

/// The run's lock is gone.
pub(super) fn lock_lost() -> Failure {
    Failure::new(
        Code::LockLost,
        "the run's lock is not held any more: the connection that held it was lost, or something gave it back; another runner may be at \
         work, so this one stops",
    )
}

/// A runner that is killed leaves its server process at work.
pub(super) const HOLDERS: &str = "`SELECT pid, state, application_name, query FROM pg_stat_activity WHERE pid IN (SELECT pid FROM pg_locks \
     WHERE locktype = 'advisory')` shows who holds it; where that one's runner is gone, `SELECT pg_terminate_backend(PID)` ends it: what it \
     has not committed is rolled back";

/// <https://www.postgresql.org/docs/17/errcodes-appendix.html>
fn meaning(state: &SqlState, interrupted: bool) -> (Code, Why) {
    match state {
        &SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE => {
            (Code::TableLocked, Why::Locked)
        }
        &SqlState::QUERY_CANCELED if interrupted => (Code::Interrupted, Why::Interrupted),
        &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW => {
            (Code::ConnectionLost, Why::Lost)
        }
        &SqlState::INSUFFICIENT_PRIVILEGE => (Code::Privilege, Why::Final),
        &SqlState::READ_ONLY_SQL_TRANSACTION => (Code::Recovery, Why::Final),
        &SqlState::IN_FAILED_SQL_TRANSACTION => (Code::Usage, Why::Final),
        &SqlState::DISK_FULL => (Code::DiskFull, Why::Final),
        _ => (Code::StatementFailed, Why::Final),
    }
}

fn met(server: &DbError) -> Option<Met> {
    Some(match *server.code() {
        SqlState::DUPLICATE_TABLE
        | SqlState::DUPLICATE_COLUMN
        | SqlState::DUPLICATE_OBJECT
        | SqlState::DUPLICATE_SCHEMA
        | SqlState::DUPLICATE_FUNCTION => Met::Present,
        SqlState::UNDEFINED_TABLE
        | SqlState::UNDEFINED_COLUMN
        | SqlState::UNDEFINED_OBJECT
        | SqlState::INVALID_SCHEMA_NAME => Met::Missing,
        // An operator that takes no such types has the same code, and no migration made it.
        SqlState::UNDEFINED_FUNCTION if server.routine() != Some("op_error") => Met::Missing,
        SqlState::UNIQUE_VIOLATION => Met::Key,
        SqlState::NOT_NULL_VIOLATION | SqlState::CHECK_VIOLATION => Met::Row,
        _ => return None,
    })
}

/// The server's message, and its detail where it gives one.
fn cause(server: &DbError) -> String {
    let mut cause = server.message().to_owned();
    for more in [server.detail(), server.where_()].into_iter().flatten() {
        cause += "; ";
        cause += more.lines().next().unwrap_or_default();
    }
    // A statement in it may set a password.
    mask_sql(&cause)
}

/// An error of the driver with all that is below it: its own `Display` says little.
fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(below) = source {
        let below_text = below.to_string();
        if !text.contains(&below_text) {
            text = format!("{text}: {below_text}");
        }
        source = below.source();
    }
    text
}

fn hint(server: &DbError) -> Vec<Hint> {
    let mut hints: Vec<Hint> = server.hint().map(Hint::from).into_iter().collect();
    let ours = match *server.code() {
        // The other way round: a block that commits.
        SqlState::ACTIVE_SQL_TRANSACTION | SqlState::INVALID_TRANSACTION_TERMINATION => {
            "run the file outside a transaction: `-- schemactl: transaction = none` at its head"
        }
        SqlState::NOT_NULL_VIOLATION => "add the column with a DEFAULT, or add it as NULL, fill it, then SET NOT NULL",
        // <https://www.postgresql.org/docs/17/ddl-rowsecurity.html>: row_security = off.
        SqlState::INSUFFICIENT_PRIVILEGE if server.routine() == Some("check_enable_rls") => {
            "all rows must be seen: let a role run this that owns the table or has BYPASSRLS, or `ALTER TABLE ... DISABLE ROW LEVEL SECURITY`"
        }
        SqlState::INSUFFICIENT_PRIVILEGE => "let a role run this that owns the object, or GRANT it what it lacks",
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "connect to the primary (target_session_attrs=read-write), or lift default_transaction_read_only"
        }
        SqlState::QUERY_CANCELED => {
            let head = ", or at the head of the file; else somebody cancelled it";
            let longer =
                Hint::from("if it was the statement_timeout, allow more: ").setting(Setting::STATEMENT_TIMEOUT);
            hints.push(longer.then(head));
            return hints;
        }
        SqlState::IN_FAILED_SQL_TRANSACTION => {
            "the client has an open transaction, which has failed before: roll it back first"
        }
        SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE => {
            "add the value in one migration and use it in the next: it must be committed first"
        }
        _ => return hints,
    };
    hints.push(ours.into());
    hints
}

/// Where in the message the mistake is, counted in characters from 1.
pub(super) fn position(error: &tokio_postgres::Error) -> Option<usize> {
    match error.as_db_error()?.position()? {
        ErrorPosition::Original(position) => Some(*position as usize),
        // In a query that the server made, such as a function's: the statement as a whole is to be shown.
        ErrorPosition::Internal { .. } => None,
    }
}

/// Whether the server says that there is no such table or schema.
pub(super) fn is_absent(broken: &SessionFailure) -> bool {
    matches!(broken.error.code(), Some(&SqlState::UNDEFINED_TABLE | &SqlState::INVALID_SCHEMA_NAME))
}

/// Whether the role lacks a privilege.
pub(super) fn is_unprivileged(broken: &SessionFailure) -> bool {
    matches!(broken.error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE))
}

/// Whether the server says that the table has other columns.
pub(super) fn is_other_table(broken: &SessionFailure) -> bool {
    matches!(
        broken.error.code(),
        Some(
            &SqlState::UNDEFINED_COLUMN
                | &SqlState::UNDEFINED_FUNCTION
                | &SqlState::DATATYPE_MISMATCH
                | &SqlState::WRONG_OBJECT_TYPE
        )
    )
}

impl Failure {
    /// A guard says no by dividing by zero, which needs no procedural language.
    pub(super) fn is_division(&self) -> bool {
        self.sqlstate.as_deref() == Some(SqlState::DIVISION_BY_ZERO.code())
    }

    /// The statement ends a transaction, or begins one, which it cannot where it is in one.
    pub(super) fn ends_transactions(&self) -> bool {
        let ends = [SqlState::INVALID_TRANSACTION_TERMINATION, SqlState::ACTIVE_SQL_TRANSACTION];
        ends.iter().any(|state| self.sqlstate.as_deref() == Some(state.code()))
    }

    /// A schema of that name exists.
    pub(super) fn is_duplicate_schema(&self) -> bool {
        self.sqlstate.as_deref() == Some(SqlState::DUPLICATE_SCHEMA.code())
    }

    /// There is no such table any more.
    pub(super) fn is_undefined_table(&self) -> bool {
        self.sqlstate.as_deref() == Some(SqlState::UNDEFINED_TABLE.code())
    }

    /// The history's primary key says that the version is recorded already.
    pub(super) fn is_duplicate(&self) -> bool {
        self.sqlstate.as_deref() == Some(SqlState::UNIQUE_VIOLATION.code())
    }
}
