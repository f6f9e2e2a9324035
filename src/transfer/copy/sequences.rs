//! Identity columns and sequences: the next number that they give is above all that were copied.

use rusqlite::{Connection, OptionalExtension as _};
use tokio_postgres::SimpleQueryRow;

use crate::catalog::ObjectName;
use crate::error::{Code, Error, Result};
use crate::sql::{Ident, Literal, Plain};
use crate::transfer::session::TargetSession;
use crate::transfer::{MovePlan, TableMove};

/// A sequence that gives a column its numbers.
pub(crate) struct ColumnSequence {
    pub(crate) column: String,
    /// As SQL names it.
    sequence: String,
    /// Whether it counts up.
    is_up: bool,
}

impl ColumnSequence {
    /// The query for the number that it gives next.
    fn next(&self) -> String {
        format!(
            "SELECT s.last_value::numeric + CASE WHEN s.is_called THEN q.seqincrement ELSE 0 END AS next \
             FROM {} s, pg_catalog.pg_sequence q WHERE q.seqrelid = {}::regclass",
            self.sequence,
            Literal(Some(&self.sequence))
        )
    }

    /// The query for the number that it gives next, and the furthest of its column, where it would come to that or has passed it.
    pub(crate) fn behind(&self, table: &TableMove) -> String {
        let (furthest, beyond) = if self.is_up { ("max", ">=") } else { ("min", "<=") };
        format!(
            "SELECT g.next, v.last FROM (SELECT {furthest}({})::bigint AS last FROM {}) v, ({}) g WHERE v.last {beyond} g.next",
            Ident(&self.column),
            table.target,
            self.next()
        )
    }
}

/// A sequence, and the number that it gives next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceSet {
    pub(crate) column: String,
    pub(crate) sequence: String,
    pub(crate) next: i64,
}

/// Sets the sequences of all columns that were copied, where they do not stand far enough already. Doing it twice changes nothing.
pub(crate) async fn advance(session: &TargetSession, source: &Connection, plan: &MovePlan) -> Result<Vec<SequenceSet>> {
    let mut set = Vec::new();
    for table in &plan.tables {
        let least = |target: &str| {
            let column = table.columns.iter().find(|column| column.target == target);
            let is_key = column.is_some_and(|column| Some(&column.name) == table.row_name.key.first());
            if is_key { last_given(source, table) } else { Ok(None) }
        };
        set.extend(advance_table(session, table, least).await?);
    }
    Ok(set)
}

/// Sets the sequences of a table, where they do not stand far enough already; one that counts up, behind the least last number of its column.
pub(crate) async fn advance_table(
    session: &TargetSession,
    table: &TableMove,
    least: impl Fn(&str) -> Result<Option<i64>>,
) -> Result<Vec<SequenceSet>> {
    let message = format!("the sequences of {} cannot be set", table.target.plain());
    let mut set = Vec::new();
    for sequence in column_sequences(session, table).await? {
        let least = if sequence.is_up { least(&sequence.column)? } else { None };
        let next = session.rows(&advanced(table, &sequence, least), &message).await?;
        let next = next.iter().rev().find_map(|row| row.get(0)?.parse().ok());
        set.extend(next.map(|next| SequenceSet {
            column: format!("{}.{}", table.target.plain(), Plain(&sequence.column)),
            sequence: sequence.sequence.clone(),
            next,
        }));
    }
    Ok(set)
}

/// The next number of each of these columns of a table that a sequence numbers.
pub(crate) async fn next_numbers(
    session: &TargetSession,
    table: &ObjectName,
    columns: &[String],
) -> Result<Vec<(String, i64)>> {
    let message = format!("the sequences of {} cannot be read", table.plain());
    let mut next = Vec::new();
    for row in session.rows(&sequences(table), &message).await? {
        let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
        let sequence = ColumnSequence { column: text(0), sequence: text(1), is_up: text(2) == "t" };
        if columns.contains(&sequence.column) {
            let rows = session.rows(&sequence.next(), &message).await?;
            let number = rows.first().and_then(|row| row.get(0)?.parse().ok());
            next.extend(number.map(|number| (sequence.column, number)));
        }
    }
    Ok(next)
}

/// The sequences that give columns of a table that are moved their numbers.
pub(crate) async fn column_sequences(session: &TargetSession, table: &TableMove) -> Result<Vec<ColumnSequence>> {
    let message = format!("the sequences of {} cannot be read", table.target.plain());
    let rows = session.rows(&sequences(&table.target), &message).await?;
    let is_moved = |name: &str| table.columns.iter().any(|column| column.target == name);
    let sequence = |row: &SimpleQueryRow| {
        let text = |at: usize| row.get(at).map(str::to_owned);
        Some(ColumnSequence { column: text(0)?, sequence: text(1)?, is_up: row.get(2)? == "t" })
    };
    Ok(rows.iter().filter_map(sequence).filter(|found| is_moved(&found.column)).collect())
}

/// Those of identity and serial columns, and those that a default names.
fn sequences(table: &ObjectName) -> String {
    let name = table.to_string();
    format!(
        "SELECT DISTINCT a.attname, s.seqrelid::regclass::text, s.seqincrement > 0 FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_type y ON y.oid = a.atttypid LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum \
         JOIN pg_catalog.pg_depend d ON (d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass \
         AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')) \
         OR (d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass) \
         JOIN pg_catalog.pg_sequence s ON s.seqrelid = CASE d.classid WHEN 'pg_catalog.pg_class'::regclass THEN d.objid ELSE d.refobjid END \
         WHERE a.attrelid = {}::regclass AND a.attnum > 0 AND NOT a.attisdropped \
         AND y.typname IN ('int2', 'int4', 'int8', 'numeric') ORDER BY 1, 2",
        Literal(Some(&name))
    )
}

/// Moves a sequence on to the last number of its column, or of those that the source has given, and returns the next one that it gives.
fn advanced(table: &TableMove, sequence: &ColumnSequence, least: Option<i64>) -> String {
    let ColumnSequence { column, sequence: name, is_up } = sequence;
    let (furthest, beyond, extreme) = if *is_up { ("max", ">=", "greatest") } else { ("min", "<=", "least") };
    let least = least.map_or_else(|| "NULL".to_owned(), |least| least.to_string());
    format!(
        "SELECT NULL FROM (SELECT setval({literal}::regclass, v.last, true) \
         FROM (SELECT {extreme}({furthest}({column})::bigint, {least}::bigint) AS last FROM {table}) v, {name} s \
         WHERE v.last {beyond} s.last_value) set; {next}",
        next = sequence.next(),
        literal = Literal(Some(name)),
        column = Ident(column),
        table = table.target,
    )
}

/// The last number that AUTOINCREMENT has given, whose row may be gone: it is not given again
/// (<https://www.sqlite.org/autoinc.html>).
fn last_given(source: &Connection, table: &TableMove) -> Result<Option<i64>> {
    let read = || {
        // It is there once a table has AUTOINCREMENT.
        let is_there = "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_sequence'";
        if source.query_row(is_there, [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(None);
        }
        let query = "SELECT seq FROM main.sqlite_sequence WHERE lower(name) = lower(?1) AND typeof(seq) = 'integer'";
        source.query_row(query, [&table.name], |row| row.get(0)).optional()
    };
    read().map_err(|error: rusqlite::Error| {
        Error::new(Code::Query, "the numbers that AUTOINCREMENT has given cannot be read")
            .with_cause(error.to_string())
            .with_source(error)
    })
}
