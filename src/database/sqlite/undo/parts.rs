//! What is in the parts of a version of which something is kept: how many rows of which kind, and the first of them.

use rusqlite::{Connection, Row};

use super::images::Images;
use super::undoing;
use crate::config::UndoSettings;
use crate::database::kept::{
    CompareRows, KeptPart, KeptPartRows, KeptParts, KeptValues, ShownList, ShownRows, ShownValue,
};
use crate::database::sqlite::session::number;
use crate::database::undo::{Conflict, SHOWN};
use crate::history::{PartKind, UndoColumn, UndoPart};

/// Of so many letters a value is shown.
const LONGEST: usize = 60;

/// Reads them; of rows that may be shown the keys, and the values where they are asked for.
pub(in crate::database::sqlite) fn of_version(
    connection: &Connection,
    parts: &[UndoPart],
    shown: &ShownRows<'_>,
) -> rusqlite::Result<KeptParts> {
    let in_the_way = match shown.compare {
        CompareRows::Yes => {
            let mut found = undoing::in_the_way(connection, parts)?;
            found.iter_mut().filter(|conflict| has_ignored_key(parts, conflict, shown.settings)).for_each(hide);
            Some(found)
        }
        CompareRows::No => None,
    };
    let parts = parts.iter().map(|part| of_part(connection, part, shown)).collect::<rusqlite::Result<_>>()?;
    Ok(KeptParts { parts, in_the_way })
}

fn of_part(connection: &Connection, part: &UndoPart, shown: &ShownRows<'_>) -> rusqlite::Result<KeptPart> {
    let what = match part.kind {
        PartKind::Rows => {
            let list = |condition: &str| list(connection, part, shown, condition);
            let is_dropped = |column: &&UndoColumn| column.after.is_none() && part.after.is_some();
            KeptPartRows::Rows {
                inserted: list("i.b = 0")?,
                changed: list("i.b = 1 AND i.a = 1")?,
                deleted: list("i.b = 1 AND i.a IS NULL")?,
                dropped: part.columns.iter().filter(is_dropped).filter_map(|column| column.before.clone()).collect(),
            }
        }
        PartKind::Values => {
            let columns = part.columns.iter().filter(|column| !column.in_key);
            KeptPartRows::Values {
                columns: columns.filter_map(|column| column.before.clone()).collect(),
                values: part.rows,
            }
        }
    };
    Ok(KeptPart { before: part.before.clone(), after: part.after.clone(), bytes: part.bytes, what })
}

/// What is not shown, since the settings of now say that it is never kept.
const HIDDEN: &str = "(ignored)";

fn list(
    connection: &Connection,
    part: &UndoPart,
    shown: &ShownRows<'_>,
    condition: &str,
) -> rusqlite::Result<ShownList> {
    let from = format!("FROM {} AS i WHERE {condition}", Images::of_part(part).table);
    let mut list = ShownList::default();
    list.rows.count = number(connection, &format!("SELECT count(*) {from}"))?;
    if list.rows.count == 0 {
        return Ok(list);
    }
    let has_values = shown.values == KeptValues::OfFirst;
    let columns = part.columns.iter().enumerate().filter(|(_, column)| column.in_key || has_values);
    let columns: Vec<(usize, &UndoColumn)> = columns.collect();
    let quoted = |name: String| format!(", CAST(quote({name}) AS BLOB)");
    let texts = columns.iter().flat_map(|(at, _)| [quoted(format!("i.b{at}")), quoted(format!("i.a{at}"))]);
    let sql = format!("SELECT i.b, i.a, i.k0{} {from} ORDER BY i.rowid LIMIT {SHOWN}", texts.collect::<String>());
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let values = values(row, part, &columns, shown.settings)?;
        let keys = columns.iter().zip(&values).filter(|((_, column), _)| column.in_key);
        let keys: Vec<String> = keys.map(|(_, value)| key(value)).collect();
        // A row of a table without a key has a number alone.
        list.rows.first.push(if keys.is_empty() { format!("row {}", row.get::<_, i64>(2)?) } else { keys.join(", ") });
        if has_values {
            list.values.push(values.into_iter().filter(is_told).collect());
        }
    }
    Ok(list)
}

fn values(
    row: &Row<'_>,
    part: &UndoPart,
    columns: &[(usize, &UndoColumn)],
    settings: &UndoSettings,
) -> rusqlite::Result<Vec<ShownValue>> {
    let was_there: bool = row.get(0)?;
    let is_there = row.get::<_, Option<i64>>(1)?.is_some();
    let value = |(place, (_, column)): (usize, &(usize, &UndoColumn))| {
        let is_ignored = is_ignored(part, column, settings);
        let side = |is_there: bool, at: usize| -> rusqlite::Result<Option<String>> {
            match (is_there, is_ignored) {
                (false, _) => Ok(None),
                (true, true) => Ok(Some(HIDDEN.to_owned())),
                (true, false) => Ok(Some(cut(&String::from_utf8_lossy(&row.get::<_, Vec<u8>>(at)?)))),
            }
        };
        Ok(ShownValue {
            column: column.before.as_ref().or(column.after.as_ref()).cloned().unwrap_or_default(),
            before: side(was_there && column.before.is_some(), 3 + 2 * place)?,
            after: side(is_there && column.after.is_some(), 4 + 2 * place)?,
        })
    };
    columns.iter().enumerate().map(value).collect()
}

/// Whether the keys by which rows are named are never kept by the settings of now.
fn has_ignored_key(parts: &[UndoPart], conflict: &Conflict, settings: &UndoSettings) -> bool {
    let is_it = |part: &&UndoPart| {
        [&part.before, &part.after].into_iter().flatten().any(|name| conflict.table.name.eq_ignore_ascii_case(name))
    };
    parts
        .iter()
        .filter(is_it)
        .any(|part| part.columns.iter().any(|column| column.in_key && is_ignored(part, column, settings)))
}

fn hide(conflict: &mut Conflict) {
    conflict.rows.first.clear();
}

/// Whether the settings of now say that the values of a column are never kept: they were kept when the settings did not.
fn is_ignored(part: &UndoPart, column: &UndoColumn, settings: &UndoSettings) -> bool {
    let names = [&column.before, &column.after].into_iter().flatten();
    let tables = || [&part.before, &part.after].into_iter().flatten();
    names
        .flat_map(|name| tables().map(move |table| (table, name)))
        .any(|(table, name)| settings.ignores(None, table, name))
}

/// Whether a value is another since, as those of a row that was inserted or deleted all are.
fn is_told(value: &ShownValue) -> bool {
    value.before != value.after || value.before.as_deref() == Some(HIDDEN)
}

/// As the row is called now; where it is gone as it was.
fn key(value: &ShownValue) -> String {
    let text = value.after.as_ref().or(value.before.as_ref()).map_or("NULL", String::as_str);
    format!("{} = {text}", value.column)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}
