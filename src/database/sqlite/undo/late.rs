//! Indexes that a generated down makes over rows which do not have their values back yet: such a one is made once they have, and where rows do not fit it
//! then, they are named.

use std::ops::Range;

use rusqlite::{Connection, ErrorCode};

use super::facts::{TableFacts, main};
use super::images::Images;
use super::state::{GIVEN, PartState, equal, key_places, listed};
use crate::database::sqlite::failure;
use crate::database::sqlite::session::run;
use crate::database::undo::{Conflict, ConflictKind, RowList};
use crate::database::{Failure, Met};
use crate::history::{ImageKey, PartKind};
use crate::sql::{Ident, Name, Statement, indexed_table, with_line_feeds};

/// Under this name a table stands aside while it is tried which of its rows fit an index.
const ASIDE: &str = "schemactl_undo_aside";

/// A statement that makes an index.
#[derive(Debug)]
pub(in crate::database::sqlite) struct LateIndex {
    table: Name<'static>,
    sql: String,
    /// Which statement of the step it is, and where.
    number: usize,
    span: Range<usize>,
}

impl LateIndex {
    /// None where a statement makes no index.
    pub(in crate::database::sqlite) fn of(statement: &Statement<'_>, number: usize) -> Option<Self> {
        let table = main(&indexed_table(statement)?.name);
        Some(Self { table, sql: with_line_feeds(statement.text).into_owned(), number, span: statement.span() })
    }

    /// Whether it is the rows that a failure is about: two have one value, or an expression cannot be worked out for one.
    pub(in crate::database::sqlite) fn is_about_rows(failure: &Failure) -> bool {
        let error = failure.source.as_ref().and_then(|source| source.downcast_ref::<rusqlite::Error>());
        // What is wrong with the statement itself has a place in it, and is another variant.
        let Some(rusqlite::Error::SqliteFailure(error, _)) = error else { return false };
        match error.code {
            ErrorCode::ConstraintViolation => true,
            ErrorCode::Unknown => failure.met.is_none(),
            _ => false,
        }
    }

    /// Makes the index over the rows as they are by now. `verdicts` says which of them were put back.
    pub(super) fn make(&self, connection: &Connection, parts: &[PartState], verdicts: &str) -> Result<(), Failure> {
        run(connection, &self.sql).map_err(|error| {
            let (failed, _) = failure::of_statement(error, connection, &self.sql);
            let mut failed = self.explained(connection, failed, parts, verdicts);
            failed.statement = Some(self.number);
            failed.span = Some(self.span.clone());
            failed
        })
    }

    /// Names the rows that do not fit the index beside those that were put back, and beside older ones.
    fn explained(&self, connection: &Connection, failed: Failure, parts: &[PartState], verdicts: &str) -> Failure {
        if failed.met != Some(Met::Key) {
            return failed;
        }
        match self.misfits(connection, parts, verdicts) {
            Ok(rows) if rows.count > 0 => {
                let table = Name { schema: None, name: self.table.name.clone() };
                Failure::of_conflicts(&[Conflict { table, rows, what: ConflictKind::Misfit(failed.cause) }])
            }
            Ok(_) => failed,
            Err(error) => {
                tracing::debug!("which rows do not fit an index could not be tried: {error}");
                failed
            }
        }
    }

    /// The same of a down without a record.
    pub(in crate::database::sqlite) fn plainly_explained(&self, connection: &Connection, failed: Failure) -> Failure {
        self.explained(connection, failed, &[], "0")
    }

    /// The rows that do not fit, found by writing all of them into an empty table that has the index; nothing of that stays.
    fn misfits(&self, connection: &Connection, parts: &[PartState], verdicts: &str) -> rusqlite::Result<RowList> {
        connection.execute_batch("SAVEPOINT schemactl_undo_index")?;
        let found = self.tried(connection, parts, verdicts);
        connection.execute_batch("ROLLBACK TO schemactl_undo_index; RELEASE schemactl_undo_index")?;
        found
    }

    fn tried(&self, connection: &Connection, parts: &[PartState], verdicts: &str) -> rusqlite::Result<RowList> {
        let table = &self.table;
        let Ok(facts) = TableFacts::read(connection, table)? else { return Ok(RowList::default()) };
        let sql = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1)";
        let text: String = connection.query_row(sql, [&table.name], |row| row.get(0))?;
        run(connection, &format!("ALTER TABLE {table} RENAME TO {ASIDE}"))?;
        run(connection, &text)?;
        run(connection, &self.sql)?;
        let number =
            (facts.row_key == ImageKey::Rowid && !facts.is_numbered_by_key()).then(|| facts.key[0].sql.clone());
        let columns = facts.columns.iter().map(|column| Ident(&column.name).to_string());
        let columns = number.into_iter().chain(columns).collect::<Vec<_>>().join(", ");
        let keys: Vec<&str> = facts.key.iter().map(|key| key.sql.as_str()).collect();
        // The first one stays: of equal rows those that came back, then the older ones.
        let first = came_back(parts, table, &facts, verdicts);
        run(
            connection,
            &format!(
                "INSERT OR IGNORE INTO {table} ({columns}) SELECT {columns} FROM main.{ASIDE} AS t ORDER BY {first} DESC, {}",
                keys.join(", ")
            ),
        )?;
        let same: Vec<String> = keys.iter().map(|key| format!("n.{key} IS t.{key}")).collect();
        let from = format!(
            "FROM main.{ASIDE} AS t WHERE NOT EXISTS (SELECT 1 FROM {table} AS n WHERE {})",
            same.join(" AND ")
        );
        listed(connection, &from, &facts.shown(), &keys.join(", "))
    }
}

/// The condition that a row `t` of a table is one that has got back what it had.
fn came_back(parts: &[PartState], table: &Name<'_>, facts: &TableFacts, verdicts: &str) -> String {
    let is_it = |state: &&PartState| {
        let is_named = state.part.before.as_deref().is_some_and(|before| before.eq_ignore_ascii_case(&table.name));
        is_named && state.part.row_key == facts.row_key
    };
    let of = |state: &PartState| {
        let places = key_places(&state.part, |column| column.before.as_deref());
        let same = match places.filter(|_| facts.row_key == ImageKey::Rowid && !facts.is_numbered_by_key()) {
            Some(places) => equal(&places, 'b'),
            None => Images::matched(&facts.key),
        };
        let is_there = if state.part.kind == PartKind::Rows { " AND i.b = 1" } else { "" };
        format!(
            "EXISTS (SELECT 1 FROM {} AS i JOIN {} AS s ON s.image = i.rowid WHERE ({verdicts} OR s.verdict = {GIVEN}) AND {same}{is_there})",
            state.images.table, state.table
        )
    };
    let all: Vec<String> = parts.iter().filter(is_it).map(of).collect();
    // A number would be the place of a column where rows are ordered by it.
    if all.is_empty() { "NULL".to_owned() } else { format!("({})", all.join(" OR ")) }
}
