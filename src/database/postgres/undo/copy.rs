//! A whole table, kept before a statement that destroys of it what nobody can read afterwards.

use super::apart::{self, NoRecord};
use super::facts::{KnownTable, array, is_own};
use super::part::PartRows;
use crate::database::postgres::PostgresDatabase;

/// Adds the rows of a table as they were before the step to its images, but for those that are there already since the step has changed them.
pub(super) async fn whole(
    database: &mut PostgresDatabase<'_>,
    before: &KnownTable,
    now: &KnownTable,
    part: &PartRows,
    room: Option<(u64, u64)>,
) -> Result<(), NoRecord> {
    let table = &now.name;
    // Written anew, all rows are the step's: what it has not changed is told from what it has only while they are where they were.
    let (is_changed, is_anew) = (now.touched != before.touched, now.file != before.file);
    let shown = before.name.plain().to_string();
    if is_changed && is_anew {
        return Err(format!("rows of table {shown} were changed, and all of it written anew").into());
    }
    let is_as_it_was = if is_changed { format!(" WHERE NOT {}", is_own("t")) } else { String::new() };
    if let Some((rows, bytes)) = room {
        let weighed = format!(
            "SELECT count(*), coalesce(sum(w.bytes), 0) FROM (SELECT {} AS bytes FROM ONLY {table} AS t{is_as_it_was} LIMIT {}) AS w",
            now.weight("t"),
            rows + 1
        );
        let weighed = apart::noted(database, &weighed).await?;
        let number = |at| apart::number_at(&weighed, at).unwrap_or(u64::MAX);
        if number(0) > rows || number(1) > bytes {
            let most = format!("more than {rows} rows, or {} MB,", bytes / 1_000_000);
            return Err(format!("the step takes or may change {most} of table {shown}").into());
        }
    }
    let mut values = Vec::new();
    for column in &before.columns {
        // By its number: it may be called otherwise by now.
        let Some(column) = now.column(column.number) else {
            return Err(format!("column {} of table {shown} is gone", column.name).into());
        };
        values.push(column.written("t"));
    }
    let key: Option<Vec<String>> = before.key.iter().map(|number| Some(now.column(*number)?.written("t"))).collect();
    let key = key.filter(|key| !key.is_empty()).map_or_else(|| array(&values), |key| array(&key));
    let sql = format!(
        "DELETE FROM {rows} WHERE {of} AND NOT was_there;\n\
         INSERT INTO {rows} (version, number, image, was_there, is_there, row_key, before) \
         SELECT {}, {}, {}, true, false, {key}, {} FROM ONLY {table} AS t{is_as_it_was}",
        part.version,
        part.number,
        part.next(),
        array(&values),
        rows = part.table,
        of = part.condition()
    );
    apart::noted(database, &sql).await.map(drop)
}
