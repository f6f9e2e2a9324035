//! Questions to a server, and what it is told to do.

use std::sync::Arc;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryRow};

use super::child;
use super::programs::Program;
use crate::config::{DatabaseTarget, Secret};
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings, LibpqParameters};
use crate::database::postgres::rows_of;
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;

/// How the server of a target is reached.
pub(super) fn settings(target: &DatabaseTarget, url: &Secret) -> Result<ConnectSettings> {
    ConnectSettings::parse(url.expose(), &ConnectEnvironment::process()).map_err(|error| target.locate(error))
}

/// The same for a program.
pub(super) fn parameters(url: &Secret, database: &str) -> Result<LibpqParameters> {
    LibpqParameters::of(url.expose(), &ConnectEnvironment::process(), database)
}

/// Runs a program while the runtime goes on driving its connections.
pub(super) async fn program(
    program: &Program,
    arguments: Vec<String>,
    reached: Option<LibpqParameters>,
    interrupt: &Interrupt,
) -> Result<String> {
    let (program, interrupt) = (program.clone(), Arc::new(interrupt.clone()));
    let name = program.path.display().to_string();
    let run = move || child::run(&program, arguments, reached.as_ref(), &interrupt);
    tokio::task::spawn_blocking(run).await.unwrap_or_else(|stopped| {
        Err(Error::new(Code::ProgramFailed, format!("{name} was not waited for")).with_cause(stopped.to_string()))
    })
}

/// The rows that a query returns.
pub(super) async fn rows(client: &Client, sql: &str) -> Result<Vec<SimpleQueryRow>> {
    let answer = client.simple_query(sql).await.map(rows_of);
    answer.map_err(|error| refused(error, "the server does not answer what a backup needs to know"))
}

/// A column of the only row of a query; none where it is NULL, or there is no row.
pub(super) async fn value(client: &Client, sql: &str) -> Result<Option<String>> {
    Ok(rows(client, sql).await?.first().and_then(|row| row.get(0)).map(str::to_owned))
}

pub(super) async fn run(client: &Client, sql: &str, message: impl Into<String>) -> Result<()> {
    client.batch_execute(sql).await.map_err(|error| refused(error, message))
}

fn refused(error: tokio_postgres::Error, message: impl Into<String>) -> Error {
    let (code, cause) = match error.as_db_error() {
        Some(server) => (of_state(server.code()), server.message().to_owned()),
        None if error.is_closed() => (Code::ConnectionLost, error.to_string()),
        None => (Code::Query, error.to_string()),
    };
    let built = Error::new(code, message).with_cause(cause);
    let built = match error.code() {
        Some(state) => built.with_sqlstate(state.code()),
        None => built,
    };
    built.with_source(error)
}

fn of_state(state: &SqlState) -> Code {
    match *state {
        SqlState::INSUFFICIENT_PRIVILEGE => Code::Privilege,
        SqlState::OBJECT_IN_USE => Code::DatabaseInUse,
        SqlState::DISK_FULL => Code::DiskFull,
        SqlState::READ_ONLY_SQL_TRANSACTION => Code::Recovery,
        _ => Code::Query,
    }
}
