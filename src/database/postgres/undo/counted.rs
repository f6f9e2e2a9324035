//! A part of a record, as the index has it.

use super::apart::{self, NoRecord};
use super::facts::KnownTable;
use super::part::PartRows;
use crate::database::postgres::PostgresDatabase;
use crate::history::{ImageKey, PartKind, UndoColumn, UndoPart};

/// The part that these rows are of a table as it was and as it is now, with how much of it there is once these statements have written it; none where that is nothing.
pub(super) async fn counted(
    database: &mut PostgresDatabase<'_>,
    written: &str,
    rows: &PartRows,
    kind: PartKind,
    (was, now): (Option<&KnownTable>, Option<&KnownTable>),
    columns: Vec<UndoColumn>,
) -> Result<Option<UndoPart>, NoRecord> {
    let sql = format!(
        "{written};\nSELECT count(*), coalesce(sum(coalesce(pg_column_size(before), 0) + coalesce(pg_column_size(after), 0)), 0) FROM {} WHERE {}",
        rows.table,
        rows.condition()
    );
    let found = apart::noted(database, &sql).await?;
    let number = |at| apart::number_at(&found, at).unwrap_or(0);
    let schema = |table: Option<&KnownTable>| table?.name.schema.as_ref().map(ToString::to_string);
    let name = |table: Option<&KnownTable>| table.map(|table| table.name.name.to_string());
    let has_key = was.or(now).is_some_and(|table| !table.key.is_empty());
    Ok((number(0) > 0).then(|| UndoPart {
        number: rows.number,
        images: rows.selected(),
        kind,
        schema_before: schema(was),
        schema_after: schema(now),
        before: name(was),
        after: name(now),
        row_key: if has_key { ImageKey::Columns } else { ImageKey::Content },
        columns,
        beside: Vec::new(),
        rows: number(0),
        bytes: number(1),
    }))
}
