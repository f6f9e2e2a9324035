//! Values of columns that a step drops or converts.

use super::apart::NoRecord;
use super::counted::counted;
use super::facts::{KnownTable, array};
use super::pairs::PairedColumn;
use super::part::{StepNotes, TableNotes};
use crate::database::postgres::PostgresDatabase;
use crate::history::{PartKind, UndoColumn, UndoPart};

/// A column that was dropped or converted.
pub(super) struct LostColumn<'s> {
    pub(super) pairs: &'s [PairedColumn<'s>],
    pub(super) place: usize,
    /// That a row is otherwise as it was.
    pub(super) same: &'s str,
}

/// Keeps the values of a column that was dropped, or of which the new type has not all, of the rows that are otherwise as they were: with the row as the step
/// left it, so that its value goes to no other one that has its key by then.
pub(super) async fn values(
    notes: &StepNotes,
    database: &mut PostgresDatabase<'_>,
    log: &TableNotes,
    (was, now): (&KnownTable, &KnownTable),
    lost: &LostColumn<'_>,
    number: u32,
) -> Result<Option<UndoPart>, NoRecord> {
    let part = notes.part(number);
    let Some(column) = lost.pairs[lost.place].before else { return Ok(None) };
    // Another column may have its name by now, and would get its values.
    let named = |pair: &PairedColumn<'_>| pair.after.is_some_and(|after| after.name == column.name);
    let left = Some(lost.place)
        .filter(|place| lost.pairs[*place].after.is_some())
        .or_else(|| lost.pairs.iter().position(named));
    let value = |side: &str, place: usize| format!("i.{side}[{}]", place + 1);
    let before = value("before", lost.place);
    let differs =
        left.map_or_else(String::new, |place| format!(" AND {before} IS DISTINCT FROM {}", value("after", place)));
    let others: Vec<usize> = (0..lost.pairs.len())
        .filter(|place| Some(*place) != left && !lost.pairs[*place].in_key && lost.pairs[*place].after.is_some())
        .collect();
    let kept: Vec<String> = std::iter::once(left.map_or_else(|| "NULL".to_owned(), |place| value("after", place)))
        .chain(others.iter().map(|place| value("after", *place)))
        .collect();
    let sql = format!(
        "INSERT INTO {rows} (version, number, image, was_there, is_there, row_key, before, after) SELECT {}, {number}, {}, true, true, i.row_key, \
         i.row_key || ARRAY[{before}], i.row_key || {} FROM {rows} AS i WHERE {} AND i.was_there AND i.is_there AND {}{differs}",
        part.version,
        part.next(),
        array(&kept),
        log.part.condition_of("i"),
        lost.same,
        rows = part.table
    );
    let key = was.key.iter().filter_map(|number| was.column(*number)).map(|column| UndoColumn {
        before: Some(column.name.clone()),
        after: now.column(column.number).map(|column| column.name.clone()),
        in_key: true,
    });
    let after = left.and_then(|place| lost.pairs[place].after).map(|column| column.name.clone());
    let value = UndoColumn { before: Some(column.name.clone()), after, in_key: false };
    let others = others.iter().map(|place| UndoColumn { before: None, in_key: false, ..lost.pairs[*place].column() });
    let columns = key.chain([value]).chain(others).collect();
    counted(database, &sql, &part, PartKind::Values, (Some(was), Some(now)), columns).await
}
