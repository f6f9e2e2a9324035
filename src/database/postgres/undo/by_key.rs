//! Rows that were changed since an up, and are surely the same ones by their keys: what the up took of them comes back to them.
//!
//! A key says so where nobody gives it twice: a number that the table's own sequence had given before the up and has not begun to give anew, or a uuid.
//! One column of it is enough. Who gives a row the key of another one by hand says which row it is.

use super::facts::{KnownColumn, KnownTable, all_of};
use super::part::PartRows;
use crate::history::{ImageKey, PartKind, UndoPart, value_column};
use crate::sql::Ident;

/// That a row `t` has nothing in columns that people have made since under the names of those that the up dropped.
pub(super) fn free(part: &UndoPart, table: &KnownTable) -> String {
    let there = part.vacated().filter(|name| table.named(name).is_some());
    let free: Vec<String> = there.map(|name| format!("t.{} IS NOT DISTINCT FROM NULL", Ident(name))).collect();
    all_of(&free)
}

/// That a row `t`, which has the key of an image `i` and is not as the up left it, is surely the same row, and has nothing of people where its values come back.
/// `known` are the columns of a record that the table has.
pub(super) fn keyed(
    part: &UndoPart,
    rows: &PartRows,
    columns: &str,
    table: &KnownTable,
    known: &[(usize, &KnownColumn)],
) -> String {
    if part.returning().is_empty() || part.row_key != ImageKey::Columns {
        return "false".to_owned();
    }
    // What was converted, or is called as one that was dropped, is as the up left it.
    let place = value_column(&part.columns).map(|(place, _)| place + 1);
    let own = known.iter().find(|(at, _)| part.kind == PartKind::Values && Some(*at) == place);
    let own = own.map_or_else(
        || "true".to_owned(),
        |(at, column)| format!("{} IS NOT DISTINCT FROM i.after[{at}]", column.written("t")),
    );
    let sure = sure(part, rows, columns, table);
    if sure.is_empty() {
        return "false".to_owned();
    }
    format!("i.was_there AND ({}) AND {own} AND {}", sure.join(" OR "), free(part, table))
}

/// Conditions of which one is enough: that a column of the key of an image `i` is given to no other row.
fn sure(part: &UndoPart, rows: &PartRows, columns: &str, table: &KnownTable) -> Vec<String> {
    let of_key = part.columns.iter().enumerate().filter(|(_, column)| column.in_key).enumerate();
    let sure = of_key.filter_map(|(at, (place, column))| {
        let known = table.named(column.after.as_deref()?)?;
        if known.datatype == "uuid" {
            return Some("true".to_owned());
        }
        let numbering = table.numbered.get(&known.number)?;
        let from = format!("{columns} AS c WHERE {} AND c.place = {place}", rows.condition_of("c"));
        let last = numbering.last_kept("c.numbered", &from);
        Some(format!("coalesce(CAST(i.row_key[{}] AS bigint) <= {last}, false)", at + 1))
    });
    sure.collect()
}
