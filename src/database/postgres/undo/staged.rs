//! Rows that a step has changed, written down while it goes on: as they were, and the keys of those that it has inserted.

use super::apart::{self, NoRecord};
use super::facts::{KnownTable, is_own};
use super::look::RowBefore;
use super::part::PartRows;
use crate::database::postgres::PostgresDatabase;

/// So many rows are sent at once.
const ROWS: usize = 500;

/// A message is sent when it has so many bytes.
const FULL: usize = 256 * 1024;

/// Writes down which rows the step has changed, as they were, and which it has inserted. Fails where there are more than so many.
pub(super) async fn changed(
    database: &mut PostgresDatabase<'_>,
    part: &PartRows,
    now: &KnownTable,
    rows: &[RowBefore],
    most: Option<u64>,
) -> Result<(), NoRecord> {
    let (of, table) = (part.condition(), &part.table);
    let mut statements = vec![format!("DELETE FROM {table} WHERE {of}")];
    for some in rows.chunks(ROWS) {
        let values: Vec<String> = some.iter().map(|row| format!("({})", row.literals())).collect();
        statements.push(format!(
            "INSERT INTO {table} (version, number, image, was_there, is_there, row_key, before) \
             SELECT {}, {}, {}, true, false, v.row_key, v.before FROM (VALUES {}) AS v (row_key, before)",
            part.version,
            part.number,
            part.next(),
            values.join(", ")
        ));
    }
    let key = now.told_by("t");
    // Rows without a key are told from those that were there in the end.
    let is_new = if now.key.is_empty() {
        String::new()
    } else {
        format!(
            " AND NOT EXISTS (SELECT FROM {table} AS i WHERE {} AND i.was_there AND i.row_key = {key})",
            part.condition_of("i")
        )
    };
    let limit = most.map_or_else(String::new, |most| format!(" LIMIT {}", most + 1));
    statements.push(format!(
        "INSERT INTO {table} (version, number, image, was_there, is_there, row_key) SELECT {}, {}, {}, false, true, {key} FROM ONLY {} AS t \
         WHERE {}{is_new}{limit}",
        part.version,
        part.number,
        part.next(),
        now.name,
        is_own("t")
    ));
    statements.push(format!("SELECT count(*) FROM {table} WHERE {of}"));
    let mut message = String::new();
    for statement in statements {
        if message.len() > FULL {
            apart::noted(database, &std::mem::take(&mut message)).await?;
        }
        message = message + &statement + ";\n";
    }
    let count = apart::noted(database, &message).await?;
    match most {
        Some(most) if apart::number(&count) > most => Err(format!("the step changed more than {most} rows").into()),
        _ => Ok(()),
    }
}
