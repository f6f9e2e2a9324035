//! What is in the parts of a version of which something is kept: how many rows of which kind, and the first of them.

use tokio_postgres::SimpleQueryRow;

use super::store;
use crate::config::UndoSettings;
use crate::database::kept::{KeptPart, KeptPartRows, KeptParts, KeptValues, ShownList, ShownRows, ShownValue};
use crate::database::postgres::{PostgresDatabase, history};
use crate::database::undo::SHOWN;
use crate::error::Result;
use crate::history::{PartKind, UndoColumn, UndoPart};
use crate::version::Version;

/// Of so many letters a value is shown.
const LONGEST: usize = 60;

/// What is not shown, since the settings of now say that it is never kept.
const HIDDEN: &str = "(ignored)";

/// Reads them; of rows that may be shown the keys, and the values where they are asked for. What is in the way of a down is not looked at: that would lock rows
/// which others write, and `down --dry-run` tells it.
pub(super) async fn parts(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    shown: &ShownRows<'_>,
) -> Result<KeptParts> {
    let record = store::read(database, &[version]).await?.remove(&version).unwrap_or_default();
    let mut parts = Vec::new();
    for part in record.parts() {
        parts.push(of_part(database, part, shown).await?);
    }
    Ok(KeptParts { parts, in_the_way: None })
}

async fn of_part(database: &mut PostgresDatabase<'_>, part: &UndoPart, shown: &ShownRows<'_>) -> Result<KeptPart> {
    let what = match part.kind {
        PartKind::Rows => {
            let is_dropped = |column: &&UndoColumn| column.after.is_none() && part.after.is_some();
            let changed = "i.was_there AND i.is_there AND NOT i.is_same";
            KeptPartRows::Rows {
                inserted: list(database, part, shown, "NOT i.was_there").await?,
                changed: list(database, part, shown, changed).await?,
                deleted: list(database, part, shown, "i.was_there AND NOT i.is_there").await?,
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

async fn list(
    database: &mut PostgresDatabase<'_>,
    part: &UndoPart,
    shown: &ShownRows<'_>,
    condition: &str,
) -> Result<ShownList> {
    let has_values = shown.values == KeptValues::OfFirst;
    let columns: Vec<(usize, &UndoColumn)> =
        part.columns.iter().enumerate().filter(|(_, column)| column.in_key || has_values).collect();
    let quoted = |value: String| {
        format!("CASE WHEN {value} ~ '^-?[0-9]+$' THEN {value} ELSE coalesce(quote_literal({value}), 'NULL') END")
    };
    // The key stands apart: of a row that is as it was nothing else is kept.
    let mut place = 0;
    let texts = columns.iter().flat_map(|(at, column)| {
        let of_key = column.in_key.then(|| {
            place += 1;
            format!("i.row_key[{place}]")
        });
        let side = |side: &str| quoted(of_key.clone().unwrap_or_else(|| format!("i.{side}[{}]", at + 1)));
        [side("before"), side("after")]
    });
    let texts: Vec<String> = texts.collect();
    let listed = if texts.is_empty() { String::new() } else { format!(", {}", texts.join(", ")) };
    let from = format!("FROM {} AS i WHERE {condition}", part.images);
    let count = history::rows(database, &format!("SELECT count(*) {from}")).await?;
    let mut list = ShownList::default();
    list.rows.count = count.first().and_then(|row| row.get(0)?.parse().ok()).unwrap_or(0);
    if list.rows.count == 0 {
        return Ok(list);
    }
    let sql = format!("SELECT i.was_there, i.is_there, i.image{listed} {from} ORDER BY i.image LIMIT {SHOWN}");
    for row in &history::rows(database, &sql).await? {
        let values = values(row, part, &columns, shown.settings);
        let keys = columns.iter().zip(&values).filter(|((_, column), _)| column.in_key);
        let keys: Vec<String> = keys.map(|(_, value)| key(value)).collect();
        let number = || format!("row {}", row.get(2).unwrap_or_default());
        list.rows.first.push(if keys.is_empty() { number() } else { keys.join(", ") });
        if has_values {
            list.values.push(values.into_iter().filter(is_told).collect());
        }
    }
    Ok(list)
}

fn values(
    row: &SimpleQueryRow,
    part: &UndoPart,
    columns: &[(usize, &UndoColumn)],
    settings: &UndoSettings,
) -> Vec<ShownValue> {
    let is_so = |at: usize| row.get(at) == Some("t");
    let value = |(place, (_, column)): (usize, &(usize, &UndoColumn))| {
        let is_hidden = is_ignored(part, column, settings);
        let side = |is_there: bool, at: usize| match (is_there, is_hidden) {
            (false, _) => None,
            (true, true) => Some(HIDDEN.to_owned()),
            (true, false) => Some(cut(row.get(at).unwrap_or("NULL"))),
        };
        ShownValue {
            column: column.before.as_ref().or(column.after.as_ref()).cloned().unwrap_or_default(),
            before: side(is_so(0) && column.before.is_some(), 3 + 2 * place),
            after: side(is_so(1) && column.after.is_some(), 4 + 2 * place),
        }
    };
    columns.iter().enumerate().map(value).collect()
}

/// Whether the settings of now say that the values of a column are never kept: they were kept when the settings did not.
fn is_ignored(part: &UndoPart, column: &UndoColumn, settings: &UndoSettings) -> bool {
    let names = [&column.before, &column.after].into_iter().flatten();
    let tables = || [part.table_before(), part.table_after()].into_iter().flatten();
    names
        .flat_map(|name| tables().map(move |table| (table, name)))
        .any(|(table, name)| settings.ignores(table.schema.as_deref(), &table.name, name))
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
