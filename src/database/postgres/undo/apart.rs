//! Queries of ours in the middle of a step: with settings of their own, and a failure of one takes nothing of the step along.

use tokio_postgres::SimpleQueryRow;

use crate::database::postgres::{PostgresDatabase, failure};
use crate::database::{Failure, Why};
use crate::fault;

/// How values are written, how names are found and queries planned, whatever the session has set: what is kept is read again under other settings. A policy that
/// hides rows makes a query fail.
const SETTINGS: [(&str, &str); 13] = [
    ("search_path", "pg_catalog, pg_temp"),
    ("row_security", "off"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("TimeZone", "'UTC'"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("lc_monetary", "'C'"),
    ("xmloption", "content"),
    ("array_nulls", "on"),
    ("client_min_messages", "warning"),
    // Nobody has analyzed the rows of a record: the planner takes them for one, and would read the table for each.
    ("enable_nestloop", "off"),
    // What is off counts as dear, and dear queries would be compiled: a second for each.
    ("jit", "off"),
];

const SAVEPOINT: &str = "schemactl_undo";

/// The point of a fault after each query of a record.
const QUERIED: &str = "record queried";

/// Where names lead while a query of ours runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamePath {
    /// To what PostgreSQL has itself, and nothing that people made hides.
    Catalog,
    /// Where the session's names lead: checks and triggers of people are run, and their functions name tables.
    Session,
}

/// Statements that set all of it until the end of the transaction, or of a savepoint that is rolled back to.
pub(super) fn settings(path: NamePath) -> String {
    let is_meant = |name: &str| path == NamePath::Catalog || name != "search_path";
    let all = SETTINGS.iter().filter(|(name, _)| is_meant(name));
    all.fold(String::new(), |set, (name, value)| set + &format!("SET LOCAL {name} = {value};\n"))
}

/// A query, or several of them, with settings of their own around them: what the step has set is kept in settings that nobody else has, and put back.
fn around(path: NamePath, sql: &str) -> String {
    let name = |name: &str| format!("schemactl.undo_{}", name.to_lowercase());
    let keep = SETTINGS.map(|(of, _)| format!("set_config('{}', current_setting('{of}'), true)", name(of)));
    let back = SETTINGS.map(|(of, _)| format!("set_config('{of}', current_setting('{}'), true)", name(of)));
    format!("SELECT {};\n{}{sql}\n;\nSELECT {}", keep.join(", "), settings(path), back.join(", "))
}

/// The rows of the queries alone, of the answer to what [`around`] makes of them.
fn within(mut rows: Vec<SimpleQueryRow>) -> Vec<SimpleQueryRow> {
    rows.pop();
    rows.drain(..rows.len().min(1));
    rows
}

/// Why nothing is kept of a step: it goes on without, or it has failed.
#[derive(Debug)]
pub(super) enum NoRecord {
    Why(String),
    Failed(Failure),
}

impl From<String> for NoRecord {
    fn from(why: String) -> Self {
        Self::Why(why)
    }
}

impl From<Failure> for NoRecord {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Runs a query, or several of them, of a record that a step does without where it fails; the rows of all.
pub(super) async fn noted(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>, NoRecord> {
    Ok(attempt(database, sql).await??)
}

/// Runs a query, or several of them; the rows of all. Why it does not run, where the step goes on without it.
pub(super) async fn attempt(
    database: &mut PostgresDatabase<'_>,
    sql: &str,
) -> Result<Result<Vec<SimpleQueryRow>, String>, Failure> {
    attempt_in(database, NamePath::Catalog, sql).await
}

/// The same of a statement that writes tables of people.
pub(super) async fn attempt_in(
    database: &mut PostgresDatabase<'_>,
    path: NamePath,
    sql: &str,
) -> Result<Result<Vec<SimpleQueryRow>, String>, Failure> {
    let message = format!("SAVEPOINT {SAVEPOINT};\n{};\nRELEASE SAVEPOINT {SAVEPOINT}", around(path, sql));
    let answer = database.session.query(&message).await;
    fault::frequent_point(QUERIED);
    match answer {
        Ok(rows) => Ok(Ok(within(rows))),
        Err(broken) => {
            let failure = failure::of(broken, database.session.is_interrupted());
            if failure.sqlstate.is_none() || failure.why == Why::Interrupted {
                return Err(failure);
            }
            let undo = format!("ROLLBACK TO SAVEPOINT {SAVEPOINT}; RELEASE SAVEPOINT {SAVEPOINT}");
            match database.session.run(&undo).await {
                Ok(()) => Ok(Err(failure.cause)),
                Err(_) => Err(failure),
            }
        }
    }
}

/// Runs what must run: a failure of it is one of the step.
pub(super) async fn query(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>, Failure> {
    let answer = database.session.query(&around(NamePath::Catalog, sql)).await;
    fault::frequent_point(QUERIED);
    answer.map(within).map_err(|broken| failure::of(broken, database.session.is_interrupted()))
}

/// The number in a column of the last row.
pub(super) fn number_at(rows: &[SimpleQueryRow], at: usize) -> Option<u64> {
    rows.last()?.get(at)?.parse().ok()
}

/// The number in the first column of the last row; 0 where there is none.
pub(super) fn number(rows: &[SimpleQueryRow]) -> u64 {
    number_at(rows, 0).unwrap_or(0)
}
