//! What a table or a column that a down drops holds beyond what the up itself has left in it.

use rusqlite::{Connection, OptionalExtension as _};

use super::facts::TableFacts;
use super::images::is_same;
use crate::database::Amount;
use crate::database::sqlite::inspect::Affinity;
use crate::database::sqlite::session::number;
use crate::sql::{Besides, DataHolder, FilledBy, FilledColumn, Ident, UpLeft, default_expression};

/// How many rows or values are not as the up left them. All of them count where that cannot be told.
pub(in crate::database::sqlite) fn beyond(
    connection: &Connection,
    holder: &DataHolder<'_>,
    left: &UpLeft,
) -> rusqlite::Result<Option<Amount>> {
    let Ok(facts) = TableFacts::read(connection, holder.table)? else { return Ok(None) };
    let mut as_left: Vec<String> =
        left.recorded.iter().filter_map(|besides| is_left(holder, &facts, besides)).collect();
    if as_left.is_empty() && !left.recorded.is_empty() {
        return Ok(None);
    }
    as_left.extend(is_unwritten(connection, holder, &facts, left)?);
    if as_left.is_empty() {
        return Ok(None);
    }
    let counted = holder.column.map_or("*".to_owned(), |column| format!("t.{}", Ident(column)));
    let sql = format!("SELECT count({counted}) FROM {} AS t WHERE NOT ({})", holder.table, as_left.join(" OR "));
    number(connection, &sql).map(|count| Some(Amount::Of(count)))
}

/// The condition that a row `t` is as the up left it; none where that cannot be told.
fn is_left(holder: &DataHolder<'_>, facts: &TableFacts, besides: &Besides) -> Option<String> {
    let is_older = |column: &str| besides.older.iter().any(|older| older.eq_ignore_ascii_case(column));
    if holder.column.is_some_and(is_older) {
        return None;
    }
    let compared: Vec<&(usize, String)> = match holder.column {
        Some(column) => besides.columns.iter().filter(|(_, name)| name.eq_ignore_ascii_case(column)).collect(),
        None => besides.columns.iter().collect(),
    };
    let is_there = |name: &str| facts.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    if compared.is_empty() || !compared.iter().all(|(_, name)| is_there(name)) {
        return None;
    }
    let same = compared.iter().map(|(at, name)| is_same(&format!("i.a{at}"), &format!("t.{}", Ident(name))));
    is_recorded(facts, besides, same.collect())
}

/// The condition that a row `t` is recorded as one that the up left, with more conditions about its image `i`; none where rows cannot be told.
fn is_recorded(facts: &TableFacts, besides: &Besides, more: Vec<String>) -> Option<String> {
    if facts.key.len() != besides.keys {
        return None;
    }
    // A row may have got the number of another one.
    let place = |name: &str| besides.columns.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    let declared = besides.key.iter().map(|name| Some(format!("t.{} = i.a{}", Ident(name), place(name)?.0)));
    let declared =
        declared.collect::<Option<Vec<String>>>().filter(|keys| !keys.is_empty() && !facts.declared.is_empty());
    let keys = declared
        .unwrap_or_else(|| facts.key.iter().enumerate().map(|(at, key)| format!("i.k{at} = t.{}", key.sql)).collect());
    let conditions: Vec<String> = keys.into_iter().chain(more).collect();
    Some(format!(
        "EXISTS (SELECT 1 FROM main.{} AS i WHERE i.a = 1 AND {})",
        Ident(&besides.images),
        conditions.join(" AND ")
    ))
}

/// The condition that a row `t`, of those that the up has not written, has the default with which it added a column; none where that cannot be told.
fn is_unwritten(
    connection: &Connection,
    holder: &DataHolder<'_>,
    facts: &TableFacts,
    left: &UpLeft,
) -> rusqlite::Result<Option<String>> {
    let Some(column) = holder.column else { return Ok(None) };
    let mut of_column = left.filled.iter().filter(|filled| filled.column.eq_ignore_ascii_case(column));
    let (Some(filled), None) = (of_column.next(), of_column.next()) else { return Ok(None) };
    let written = left.recorded.iter().map(|besides| is_recorded(facts, besides, Vec::new()));
    let Some(written) = written.collect::<Option<Vec<String>>>() else { return Ok(None) };
    let Some(is_default) = is_default(connection, holder, filled)? else { return Ok(None) };
    let is_written = if written.is_empty() { "0".to_owned() } else { written.join(" OR ") };
    Ok(Some(format!("({is_default} AND NOT ({is_written}))")))
}

/// How many values of a column are not the default with which it was added. All of them count where that cannot be told.
pub(in crate::database::sqlite) fn beyond_default(
    connection: &Connection,
    holder: &DataHolder<'_>,
    filled: &FilledColumn,
) -> rusqlite::Result<Option<Amount>> {
    let Some(is_default) = is_default(connection, holder, filled)? else { return Ok(None) };
    let value = Ident(&filled.column);
    let sql = format!("SELECT count(t.{value}) FROM {} AS t WHERE NOT ({is_default})", holder.table);
    number(connection, &sql).map(|count| Some(Amount::Of(count)))
}

/// The condition that a row `t` has the default with which a column was added, or what a copy wrote into it; none where the column has another default now.
fn is_default(
    connection: &Connection,
    holder: &DataHolder<'_>,
    filled: &FilledColumn,
) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT type, dflt_value FROM pragma_table_xinfo(?1, coalesce(?2, 'main')) WHERE lower(name) = lower(?3) AND hidden = 0";
    let named = rusqlite::params![holder.table.name, holder.table.schema, filled.column];
    let column = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?));
    let Some((datatype, default)) = connection.query_row(sql, named, column).optional()? else { return Ok(None) };
    // Another default than that of the up: somebody has made the table again.
    let is_by_default = filled.by == FilledBy::Default;
    if is_by_default && default.as_deref() != Some(filled.told_default()) {
        return Ok(None);
    }
    // A query of its own: `IS FALSE` is an operator, which asks for less.
    let (value, default) =
        (format!("t.{}", Ident(&filled.column)), format!("(SELECT {})", default_expression(filled.told_default())));
    // It may call a function that this connection does not have.
    if connection.query_row(&format!("SELECT {default}"), [], |_| Ok(())).is_err() {
        return Ok(None);
    }
    // <https://www.sqlite.org/datatype3.html#determination_of_column_affinity>: a column has another type's default as its own type has it, and a comparison
    // makes the same of it.
    let affinity = Affinity::of(&datatype.to_ascii_lowercase());
    let converted = match affinity {
        Affinity::Blob | Affinity::Any => String::new(),
        Affinity::Text | Affinity::Integer | Affinity::Numeric | Affinity::Real => {
            let is_plain = |one: &str| format!("typeof({one}) IN ('integer', 'real', 'text')");
            format!(" OR {} AND {} AND {value} IS {default} COLLATE BINARY", is_plain(&value), is_plain(&default))
        }
    };
    // Rows that were there have a number as it is written, in a column of texts.
    let written = match written_number(filled.told_default()).filter(|_| is_by_default && affinity == Affinity::Text) {
        Some(text) => format!(" OR {}", is_same(&value, &format!("'{text}'"))),
        None => String::new(),
    };
    Ok(Some(format!("({}{converted}{written})", is_same(&value, &default))))
}

/// The number that a default is, without what may stand before it.
fn written_number(default: &str) -> Option<String> {
    let (sign, number) = match (default.strip_prefix('-'), default.strip_prefix('+')) {
        (Some(number), _) => ("-", number.trim_start()),
        (_, Some(number)) => ("", number.trim_start()),
        _ => ("", default),
    };
    let is_number = number.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    (is_number && number.parse::<f64>().is_ok()).then(|| format!("{sign}{number}"))
}
