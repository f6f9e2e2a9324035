//! What only the server can judge: whether the rows together keep its constraints.
//!
//! The rows that were converted go into temporary tables of one transaction, which is rolled back. So the target's own functions,
//! collations and types decide, and nothing of it is there afterwards. No default is taken, since that of a sequence would move it on.

mod computing;
mod constraints;
mod settling;
mod sizes;

use std::io::Cursor;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryRow};

pub(crate) use self::sizes::TableMeasure;
use super::binary_copy::{HEADER, TRAILER};
use super::{MovePlan, TableMove};
use crate::catalog::Catalog;
use crate::config::ConvertRule;
use crate::database::postgres::rows_of;
use crate::error::{Code, Error, Place, Result};
use crate::sql::{Ident, Plain};

/// The column of a temporary table that names the row on SQLite.
pub(super) const ROW_NAME: &str = "\"schemactl: row\"";

/// The column that numbers the rows in the order of SQLite, where a rule depends on it.
pub(super) const ROW_NUMBER: &str = "\"schemactl: number\"";

/// Bytes of rows, in the order of the tables of the plan.
#[derive(Debug)]
pub(crate) struct RowsPiece {
    pub(crate) table: usize,
    pub(crate) bytes: Vec<u8>,
}

/// Rows that together do not keep a constraint.
#[derive(Debug)]
pub(crate) struct BrokenConstraint {
    pub(crate) table: String,
    /// `check`, `unique`, `foreign-key`, `exclude`, `domain`, `not-null` or `computed` of a column that the server computes, or `not-empty` of a
    /// table that has rows already.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) definition: String,
    /// How many rows; none where the server says only that there is one.
    pub(crate) rows: Option<u64>,
    pub(crate) examples: Vec<BrokenExample>,
    /// The server's words, where it does not name rows.
    pub(crate) cause: Option<String>,
}

/// Some of the rows that break a constraint.
#[derive(Debug)]
pub(crate) struct BrokenExample {
    pub(crate) rows: String,
    /// The value that they have in common, where a constraint is about one column.
    pub(crate) value: Option<String>,
    pub(crate) count: u64,
}

/// What a trial has shown.
#[derive(Debug, Default)]
pub(crate) struct TrialVerdict {
    pub(crate) broken: Vec<BrokenConstraint>,
    /// Constraints that could not be tried, with why.
    pub(crate) untried: Vec<String>,
    /// Columns that the server computes.
    pub(crate) computed: Vec<ComputedTrial>,
    /// Rows that rules settle, which would break a constraint otherwise.
    pub(crate) settled: Vec<SettledRows>,
    /// What the rows of each table of the plan take, in its order.
    pub(crate) measures: Vec<TableMeasure>,
    /// How long the server took to judge them.
    pub(crate) judged: Duration,
}

/// Rows that a rule settles, which would break a constraint otherwise.
#[derive(Debug)]
pub(crate) struct SettledRows {
    pub(crate) table: String,
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// What becomes of them.
    pub(crate) outcome: &'static str,
    /// The constraint.
    pub(crate) name: String,
    /// The lines of `[map.convert]` that have the rule.
    pub(crate) rules: Vec<ConvertRule>,
    /// Where a line of `[map.unique]` stands that has it.
    pub(crate) place: Option<Place>,
    pub(crate) count: u64,
    pub(crate) example: Option<BrokenExample>,
}

impl TrialVerdict {
    /// Adds rows that a rule settles to those of the same constraint.
    fn add(&mut self, found: SettledRows) {
        let is_same = |known: &&mut SettledRows| known.table == found.table && known.name == found.name;
        match self.settled.iter_mut().find(is_same) {
            Some(known) => {
                known.count += found.count;
                known.example = known.example.take().or(found.example);
            }
            None => self.settled.push(found),
        }
    }
}

/// A column that the server computes, as the trial has seen it.
#[derive(Debug)]
pub(crate) struct ComputedTrial {
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) expression: String,
    /// Whether it gives the same for the same row, so that a verification can compute it again.
    pub(crate) is_repeatable: bool,
    pub(crate) rows: u64,
    /// A row, and the value that it got.
    pub(crate) example: Option<(String, String)>,
}

/// How rows are tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrialChoices {
    /// How many examples are kept of each constraint that is broken.
    pub(crate) most: usize,
    /// Whether a copy has begun, so that rows of the target are its own.
    pub(crate) holds_copy: bool,
}

/// The name of the temporary table for the one at this place of the plan.
pub(super) fn temporary(at: usize) -> String {
    format!("pg_temp.schemactl_move_{at}")
}

/// Takes rows as they come, and judges them when no more do.
///
/// # Errors
///
/// The server refuses, or the connection is lost. Nothing stays there in any case.
pub(crate) async fn judge(
    client: &Client,
    (plan, catalog): (&MovePlan, &Catalog),
    mut pieces: Receiver<RowsPiece>,
    choices: TrialChoices,
) -> Result<TrialVerdict> {
    run(client, "BEGIN").await?;
    let mut waiting = None;
    let mut verdict = TrialVerdict::default();
    for (at, table) in plan.tables.iter().enumerate() {
        let began = Instant::now();
        run(client, &create(at, table, catalog)).await?;
        waiting = if table.computed.is_empty() {
            copy(client, &temporary(at), (at, table), waiting, &mut pieces).await?
        } else {
            computing::copy(client, (at, table), waiting, &mut pieces, &mut verdict).await?
        };
        let arrival = began.elapsed();
        run(client, &format!("ANALYZE {}", temporary(at))).await?;
        verdict.measures.push(TableMeasure { arrival, part: sizes::measure(client, at, (table, catalog)).await? });
    }
    let began = Instant::now();
    settling::duplicates(client, plan, &mut verdict).await?;
    settling::orphans(client, plan, &mut verdict).await?;
    let mut verdict = constraints::judge(client, (plan, catalog), choices, verdict).await?;
    verdict.judged = began.elapsed();
    run(client, "ROLLBACK").await?;
    Ok(verdict)
}

/// A table with the columns of the target's, and none of its defaults and constraints. A domain counts as the type beneath it.
fn create(at: usize, table: &TableMove, catalog: &Catalog) -> String {
    let mut columns: Vec<String> = Vec::new();
    for part in super::layout::columns_of(catalog, &table.target) {
        let name = &part.name.name;
        let moved = table.columns.iter().find(|column| column.target == *name);
        columns.push(match moved.filter(|_| super::layout::is_domain(catalog, part.data_type())) {
            Some(column) => format!("NULL::{} AS {}", column.rule.target, Ident(name)),
            None => format!("o.{}", Ident(name)),
        });
    }
    columns.push(format!("NULL::text AS {ROW_NAME}"));
    columns.extend(table.keeps_one().then(|| format!("NULL::bigint AS {ROW_NUMBER}")));
    let (name, listed) = (temporary(at), columns.join(", "));
    format!("CREATE TEMPORARY TABLE {name} AS SELECT {listed} FROM {} o WITH NO DATA", table.target)
}

/// The columns of the rows that are sent, as SQL names them.
fn sent(table: &TableMove) -> Vec<String> {
    let columns = table.columns.iter().map(|column| Ident(&column.target).to_string());
    columns.chain([ROW_NAME.to_owned()]).chain(table.keeps_one().then(|| ROW_NUMBER.to_owned())).collect()
}

/// Sends the rows of a table. Returns the first piece of a later one.
async fn copy(
    client: &Client,
    into: &str,
    (at, table): (usize, &TableMove),
    waiting: Option<RowsPiece>,
    pieces: &mut Receiver<RowsPiece>,
) -> Result<Option<RowsPiece>> {
    let sql = format!("COPY {into} ({}) FROM STDIN BINARY", sent(table).join(", "));
    let failed =
        |error: tokio_postgres::Error| refused(&error, &format!("table {} could not be tried", Plain(&table.name)));
    let mut sink = pin!(client.copy_in::<_, Cursor<Vec<u8>>>(&sql).await.map_err(failed)?);
    sink.send(Cursor::new(HEADER.to_vec())).await.map_err(failed)?;
    let mut next = waiting;
    let later = loop {
        let piece = match next.take() {
            Some(piece) => piece,
            None => match pieces.recv().await {
                Some(piece) => piece,
                None => break None,
            },
        };
        if piece.table != at {
            break Some(piece);
        }
        sink.send(Cursor::new(piece.bytes)).await.map_err(failed)?;
    };
    sink.send(Cursor::new(TRAILER.to_vec())).await.map_err(failed)?;
    sink.finish().await.map_err(failed)?;
    Ok(later)
}

/// Hands pieces over to [`judge`]. False where it has ended.
pub(crate) fn hand_over(sender: &Sender<RowsPiece>, piece: RowsPiece) -> bool {
    sender.blocking_send(piece).is_ok()
}

async fn run(client: &Client, sql: &str) -> Result<()> {
    client.batch_execute(sql).await.map_err(|error| refused(&error, "the rows could not be tried on the server"))
}

/// The rows that a query returns.
async fn ask(client: &Client, sql: &str) -> Result<Vec<SimpleQueryRow>, tokio_postgres::Error> {
    client.simple_query(sql).await.map(rows_of)
}

/// What lets rows be tried where the server refuses with this code.
fn hint(code: Option<&SqlState>) -> Option<&'static str> {
    match *code? {
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            Some("it only reads: name the primary, or look at the values alone with `--no-trial`")
        }
        SqlState::INSUFFICIENT_PRIVILEGE => Some(
            "the role needs TEMPORARY on the database: GRANT TEMPORARY ON DATABASE ... TO ...; or, to look at the values alone: `--no-trial`",
        ),
        _ => None,
    }
}

fn refused(error: &tokio_postgres::Error, message: &str) -> Error {
    let cause = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    let built = Error::new(Code::Query, message.to_owned()).with_cause(cause).with_state("nothing was written");
    match hint(error.code()) {
        Some(hint) => built.with_hint(hint),
        None => built,
    }
}
