//! Tables get their old columns back: by ALTER TABLE where the result is exact, else by a rebuild.

use super::name::PlainName;
use super::pairs::{Pair, Pairs};
use super::rebuild;
use crate::database::sqlite::inspect::{ColumnDefinition, SqliteSnapshot};
use crate::down::UndoCandidate;
use crate::sql::OwnStatement;

/// For each table that differs, what ALTER TABLE can do, then the rebuild.
pub(super) fn offers(
    pairs: &Pairs<'_>,
    now: &SqliteSnapshot,
    before: &SqliteSnapshot,
    offers: &mut Vec<UndoCandidate>,
) {
    let wrong: Vec<&Pair<'_>> =
        pairs.both.iter().filter(|pair| pair.now.name == pair.before.name && pair.differs()).collect();
    for pair in &wrong {
        if let Some(statements) = alter(pair).filter(|statements| !statements.is_empty()) {
            offers.push(UndoCandidate { statements });
        }
    }
    for pair in wrong {
        for around in [rebuild::Around::Users, rebuild::Around::All] {
            offers.push(UndoCandidate { statements: rebuild::statements(pair, now, before, around) });
        }
    }
}

/// Columns that were added go, and those that stood at the end and are gone come back.
fn alter(pair: &Pair<'_>) -> Option<Vec<OwnStatement>> {
    let (now, before) = (&pair.now.table, &pair.before.table);
    let places = pair.columns();
    let kept: Vec<usize> = places.iter().flatten().copied().collect();
    let is_in_order = kept.windows(2).all(|pair| pair[0] < pair[1]);
    let first_missing = places.iter().position(Option::is_none).unwrap_or(places.len());
    let is_at_end = places[first_missing..].iter().all(Option::is_none);
    let same = |(column, place): (&ColumnDefinition, &Option<usize>)| {
        place.is_none_or(|place| now.columns[place].definition == column.definition)
    };
    let is_same = before.columns.iter().zip(&places).all(same)
        && now.constraints == before.constraints
        && now.options == before.options;
    let missing = &before.columns[first_missing..];
    if !is_in_order || !is_at_end || !is_same || !missing.iter().all(can_be_added) {
        return None;
    }
    let table = PlainName(&pair.now.name);
    let dropped = now.columns.iter().enumerate().filter(|(at, _)| !kept.contains(at));
    let drops = dropped.map(|(_, column)| format!("ALTER TABLE {table} DROP COLUMN {}", PlainName(&column.name)));
    let adds = missing.iter().map(|column| format!("ALTER TABLE {table} ADD COLUMN {}", column.sql));
    Some(drops.chain(adds).map(OwnStatement::object).collect())
}

/// What ALTER TABLE ADD COLUMN takes also where there are rows (<https://www.sqlite.org/lang_altertable.html#altertabaddcol>).
fn can_be_added(column: &ColumnDefinition) -> bool {
    let forbidden = ["primary", "unique", "check", "as"].iter().any(|word| column.has(word));
    let has_default = column.default_value().is_some();
    let needs_default = column.is_not_null() && !has_default;
    let refers_by_default = column.has("references") && has_default;
    !forbidden && !needs_default && !refers_by_default && !column.has_moving_default()
}
