//! How much would go of what tables and columns hold.

use rusqlite::{Connection, OptionalExtension, params};

use super::session::number;
use super::tables::ask;
use super::{SqliteDatabase, undo};
use crate::database::{Amount, Counted};
use crate::error::Result;
use crate::sql::{Copied, DataHolder, Ident, Loss, Measure, Name, Risk, Taken, content_table};

pub(super) fn all(database: &SqliteDatabase<'_>, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>> {
    ask(database, |connection| {
        // One view of the database: between the question whether a table is there and its count another run may drop it.
        let _view = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
        risks.iter().map(|risk| one(connection, risk)).collect()
    })
}

/// What would go of it now.
pub(super) fn one(connection: &Connection, risk: &Risk) -> rusqlite::Result<Vec<Counted>> {
    let Some(holder) = risk.loss.holder() else {
        let is_asked = risk.measure == Measure::Never;
        return Ok(Vec::from_iter(is_asked.then(|| Counted { loss: risk.loss.clone(), count: None })));
    };
    let count = match &risk.measure {
        Measure::Except(copied) => return except(connection, holder.table, copied),
        Measure::Dropped if is_index(connection, holder.table)? => Amount::Of(0),
        Measure::Beyond(left) => match undo::beyond(connection, &holder, left)? {
            Some(amount) => amount,
            None => held(connection, &holder)?,
        },
        Measure::Filled(filled) => match undo::beyond_default(connection, &holder, filled)? {
            Some(amount) => amount,
            None => held(connection, &holder)?,
        },
        Measure::All | Measure::Dropped | Measure::Converted { .. } | Measure::Never => held(connection, &holder)?,
        // A courtesy: where the condition cannot be asked yet, the step itself tells.
        Measure::Where(taken) if !is_view(connection, holder.table)? => {
            taken_rows(connection, taken).map_or(Amount::Gone, Amount::Of)
        }
        Measure::Where(_) | Measure::Step => Amount::Gone,
    };
    Ok(count.of(&as_called(connection, &risk.loss)?))
}

/// Names a table as the meter does: without `main`, unless a temporary table would be meant then.
fn as_called(connection: &Connection, loss: &Loss) -> rusqlite::Result<Loss> {
    let is_main = |table: &Name<'_>| table.schema.as_deref().is_some_and(|schema| schema.eq_ignore_ascii_case("main"));
    let Some(holder) = loss.holder().filter(|holder| is_main(holder.table)) else { return Ok(loss.clone()) };
    let sql = "SELECT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE lower(name) = lower(?1))";
    let is_hidden: bool = connection.query_row(sql, [&holder.table.name], |row| row.get(0))?;
    Ok(if is_hidden { loss.clone() } else { loss.clone().without_schema() })
}

/// What would go for certain, as far as nothing but the text tells: rows that a condition cannot be asked about count all.
pub(super) fn certain(connection: &Connection, risk: &Risk) -> rusqlite::Result<Vec<Counted>> {
    match (&risk.measure, risk.loss.holder()) {
        (Measure::Where(taken), Some(holder)) => {
            let amount = taken_rows(connection, taken).map(Amount::Of).or_else(|_| held(connection, &holder))?;
            Ok(amount.of(&as_called(connection, &risk.loss)?))
        }
        (Measure::Step, Some(holder)) => Ok(held(connection, &holder)?.of(&as_called(connection, &risk.loss)?)),
        _ => one(connection, risk),
    }
}

fn held(connection: &Connection, holder: &DataHolder<'_>) -> rusqlite::Result<Amount> {
    let DataHolder { table, column } = holder;
    if let Some(schema) = table.schema.as_deref()
        && !is_attached(connection, schema)?
    {
        return Ok(Amount::Unknown);
    }
    // A column that is not there must not be asked for: SQLite takes its quoted name for a string, which is never NULL.
    let sql = "SELECT hidden FROM pragma_table_xinfo(?1, ?2) WHERE ?3 IS NULL OR lower(name) = lower(?3) LIMIT 1";
    let values = params![table.name, table.schema, column];
    let Some(hidden) = connection.query_row(sql, values, |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(Amount::Gone);
    };
    let counted = match column {
        // <https://www.sqlite.org/pragma.html#pragma_table_xinfo>: 2 and 3 are generated.
        Some(_) if hidden >= 2 => return Ok(Amount::Of(0)),
        Some(column) => Ident(column).to_string(),
        None => "*".to_owned(),
    };
    match number(connection, &format!("SELECT count({counted}) FROM {table}")) {
        // A full-text index without texts, or one whose table of texts is gone, is no table to be read.
        Err(rusqlite::Error::SqliteFailure(error, _))
            if error.code == rusqlite::ErrorCode::Unknown && is_virtual(connection, table)? =>
        {
            Ok(Amount::Unknown)
        }
        count => count.map(Amount::Of),
    }
}

/// Whether the table is a full-text index of the texts of another, ordinary table of the same file that is there.
fn is_index(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<bool> {
    let is_in_main = table.schema.as_ref().is_none_or(|schema| schema.eq_ignore_ascii_case("main"));
    let is_temporary = "SELECT EXISTS (SELECT 1 FROM sqlite_temp_schema WHERE lower(name) = lower(?1))";
    if !is_in_main || connection.query_row(is_temporary, [&table.name], |row| row.get(0))? {
        return Ok(false);
    }
    let text =
        "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1) AND sql IS NOT NULL";
    let made: Option<String> = connection.query_row(text, [&table.name], |row| row.get(0)).optional()?;
    let Some(content) = made.as_deref().and_then(content_table) else { return Ok(false) };
    let is_there = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema \
                    WHERE type = 'table' AND lower(name) = lower(?1) AND sql NOT LIKE 'create virtual%')";
    connection.query_row(is_there, [&content], |row| row.get(0))
}

/// Whether the connection has a database of that name: one that a script attaches is not there before it.
fn is_attached(connection: &Connection, schema: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT lower(?1) = 'temp' OR EXISTS (SELECT 1 FROM pragma_database_list WHERE lower(name) = lower(?1))";
    connection.query_row(sql, [schema], |row| row.get(0))
}

fn is_virtual(connection: &Connection, name: &Name<'_>) -> rusqlite::Result<bool> {
    let schema = name.schema.as_deref().unwrap_or("main");
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {}.sqlite_schema WHERE lower(name) = lower(?1) AND sql LIKE 'create virtual%')",
        Ident(schema)
    );
    connection.query_row(&sql, [&name.name], |row| row.get(0))
}

/// What is deleted through a view only its triggers tell.
fn is_view(connection: &Connection, name: &Name<'_>) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'view' AND lower(name) = lower(?1))";
    connection.query_row(sql, [&name.name], |row| row.get(0))
}

fn taken_rows(connection: &Connection, taken: &Taken) -> rusqlite::Result<u64> {
    let condition = taken.condition.as_ref().map(|condition| format!("\nWHERE {condition}")).unwrap_or_default();
    number(connection, &format!("SELECT count(*) FROM {}{condition}\n", taken.from))
}

/// What was not copied out of a table before it is dropped: the values of some columns, or all rows where the copy is of another
/// table than the one that is there.
fn except(connection: &Connection, table: &Name<'static>, copied: &Copied) -> rusqlite::Result<Vec<Counted>> {
    let columns = columns(connection, table)?;
    let is_same = |one: &[String], other: &[String]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.eq_ignore_ascii_case(other))
    };
    if copied.in_order.as_ref().is_some_and(|order| !is_same(order, &columns)) {
        return Ok(held(connection, &DataHolder { table, column: None })?.of(&Loss::Rows { table: table.clone() }));
    }
    let Some(kept) = &copied.columns else { return Ok(Vec::new()) };
    let mut lost = Vec::new();
    for column in columns.into_iter().filter(|column| !kept.iter().any(|kept| kept.eq_ignore_ascii_case(column))) {
        let holder = DataHolder { table, column: Some(&column) };
        let amount = match undo::beyond(connection, &holder, &copied.left)? {
            Some(amount) => amount,
            None => held(connection, &holder)?,
        };
        lost.extend(amount.of(&Loss::Values { table: table.clone(), column }));
    }
    Ok(lost)
}

/// The columns that hold values of their own, in the order of the table.
pub(super) fn columns(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_xinfo(?1, ?2) WHERE hidden = 0 ORDER BY cid";
    connection.prepare(sql)?.query_map(params![table.name, table.schema], |row| row.get(0))?.collect()
}

/// The table that holds what a database is made of; that of temporary objects has another name.
pub(super) fn schema_table(schema: &str) -> String {
    if schema == "temp" { "temp.sqlite_temp_schema".to_owned() } else { format!("{}.sqlite_schema", Ident(schema)) }
}

/// The ordinary and virtual tables of a database, with the text that made them; without SQLite's own, and those in which virtual tables
/// keep their data.
pub(super) fn tables(connection: &Connection, schema: &str) -> rusqlite::Result<Vec<(String, bool, String)>> {
    let schema_table = schema_table(schema);
    let sql = format!(
        "SELECT name, sql LIKE 'create virtual%', coalesce(sql, '') FROM {schema_table} \
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    );
    let all: Vec<(String, bool, String)> = connection
        .prepare(&sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let shadows = shadows(connection, schema, &all)?;
    Ok(all.into_iter().filter(|(name, ..)| !shadows.contains(name)).collect())
}

/// SQLite tells them from 3.37 on; before, their names do.
fn shadows(connection: &Connection, schema: &str, all: &[(String, bool, String)]) -> rusqlite::Result<Vec<String>> {
    let virtuals: Vec<&str> =
        all.iter().filter(|(_, is_virtual, _)| *is_virtual).map(|(name, ..)| name.as_str()).collect();
    if virtuals.is_empty() {
        return Ok(Vec::new());
    }
    let told = "SELECT name FROM pragma_table_list WHERE schema = ?1 AND type = 'shadow'";
    if let Ok(mut statement) = connection.prepare(told) {
        return statement.query_map([schema], |row| row.get(0))?.collect();
    }
    let is_shadow =
        |name: &str| virtuals.iter().any(|of| name.strip_prefix(of).is_some_and(|rest| rest.starts_with('_')));
    Ok(all
        .iter()
        .filter(|(name, is_virtual, _)| !is_virtual && is_shadow(name))
        .map(|(name, ..)| name.clone())
        .collect())
}
