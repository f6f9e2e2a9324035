//! Rows that hurt, for one trial: as users have them beside those of a migration, before its up and between it and its down.

use std::collections::BTreeMap;

use super::{SeedCandidate, SeedGround, Slot, Starts, TELLING, WantedTable, many, one, order};
use crate::down::Rows;
use crate::down::rows::{Added, RowTable};
use crate::error::Result;

/// How many rows of a migration others are made for, in one table.
const MOST: usize = TELLING;

/// How many values are tried for a column that a user changes.
const MOST_EDITS: usize = 6;

/// Which rows are laid into the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// With values that tell types apart: all of them, or one.
    Telling(Option<usize>),
    /// With the keys of the migration's rows: of all of them, or of one.
    Colliding(Option<usize>),
    /// They refer to the migration's rows.
    Referring,
    /// The migration's rows are changed.
    Edited,
    /// A row that is there once more, as far as the table lets.
    Twice,
    /// With no value where there may be none.
    Sparse,
}

/// What rows are laid into, and beside.
pub(crate) struct Laid<'a, F> {
    pub(crate) tables: &'a [WantedTable<F>],
    /// The rows of the migration.
    pub(crate) made: &'a [Added],
    /// What is there.
    pub(crate) rows: &'a Rows,
}

/// Lays rows of one kind. Returns how many came in, or were changed.
pub(crate) async fn lay<G: SeedGround>(
    ground: &mut G,
    laid: &Laid<'_, G::Facts>,
    kind: RowKind,
    starts: &mut Starts,
) -> Result<usize> {
    match kind {
        RowKind::Telling(only) => telling(ground, laid.tables, only, starts).await,
        RowKind::Colliding(only) => colliding(ground, laid, only).await,
        RowKind::Referring => referring(ground, laid).await,
        RowKind::Edited => edited(ground, laid).await,
        RowKind::Twice => twice(ground, laid).await,
        RowKind::Sparse => sparse(ground, laid.tables).await,
    }
}

/// Values that are given, by column.
type Fixed = BTreeMap<String, String>;

async fn telling<G: SeedGround>(
    ground: &mut G,
    tables: &[WantedTable<G::Facts>],
    only: Option<usize>,
    starts: &mut Starts,
) -> Result<usize> {
    let mut count = 0;
    for table in order(tables) {
        let rows: Vec<usize> = (0..table.rows).filter(|row| only.is_none_or(|only| only == *row)).collect();
        let mut start = starts.of(table);
        count += many(ground, table, &rows, &mut start).await?;
        starts.keep(table, start);
    }
    Ok(count)
}

async fn sparse<G: SeedGround>(ground: &mut G, tables: &[WantedTable<G::Facts>]) -> Result<usize> {
    let mut count = 0;
    for table in order(tables) {
        let mut start = vec![0; table.slots.len()];
        let last = table.rows.saturating_sub(1);
        count += usize::from(one(ground, table, last, true, &mut start, &Fixed::new()).await?.is_ok());
    }
    Ok(count)
}

/// One row for each key of each row; where there is no key, an equal row.
async fn colliding<G: SeedGround>(ground: &mut G, laid: &Laid<'_, G::Facts>, only: Option<usize>) -> Result<usize> {
    let mut count = 0;
    for table in order(laid.tables) {
        for (number, row, of) in rows_of(laid.made, &table.name) {
            if only.is_some_and(|only| only != number) {
                continue;
            }
            let mut keys: Vec<Vec<usize>> = of.keys.iter().map(|key| key.places.clone()).collect();
            if keys.is_empty() {
                keys.push((0..of.columns.len()).collect());
            }
            for places in keys.iter().filter(|places| places.iter().any(|at| row[*at] != "NULL")) {
                let fixed = places.iter().map(|at| (of.columns[*at].bare.clone(), row[*at].clone())).collect();
                let mut start = vec![0; table.slots.len()];
                let at = number % table.rows.max(1);
                count += usize::from(one(ground, table, at, false, &mut start, &fixed).await?.is_ok());
            }
        }
    }
    Ok(count)
}

/// Children of the migration's rows.
async fn referring<G: SeedGround>(ground: &mut G, laid: &Laid<'_, G::Facts>) -> Result<usize> {
    let mut count = 0;
    for table in order(laid.tables) {
        for slot in &table.slots {
            let Some(parent) = &slot.parent else { continue };
            for (number, row, of) in rows_of(laid.made, parent) {
                let Some(fixed) = reference(slot, row, of) else { continue };
                let mut start = vec![0; table.slots.len()];
                let at = number % table.rows.max(1);
                count += usize::from(one(ground, table, at, false, &mut start, &fixed).await?.is_ok());
            }
        }
    }
    Ok(count)
}

fn reference(slot: &Slot, row: &[String], of: &RowTable) -> Option<Fixed> {
    let value = |name: &String| row.get(of.place(name)?).filter(|value| *value != "NULL").cloned();
    slot.columns.iter().zip(&slot.to).map(|(own, to)| Some((own.clone(), value(to)?))).collect()
}

/// The migration's rows get other values, in every column that is in no key.
async fn edited<G: SeedGround>(ground: &mut G, laid: &Laid<'_, G::Facts>) -> Result<usize> {
    let mut count = 0;
    for table in laid.tables {
        for (_, row, of) in rows_of(laid.made, &table.name) {
            let has_no_null = |places: &&Vec<usize>| places.iter().all(|at| row[*at] != "NULL");
            let Some(key) = of.keys.iter().map(|key| &key.places).find(has_no_null) else { continue };
            let equal = |at: &usize| format!("{} = {}", of.columns[*at].compared, row[*at]);
            let is_it = key.iter().map(equal).collect::<Vec<_>>().join(" AND ");
            let in_key = |at: usize| of.keys.iter().any(|key| key.places.contains(&at));
            for (at, column) in of.columns.iter().enumerate().filter(|(at, _)| !in_key(*at)) {
                for value in values(table, &column.bare).take(MOST_EDITS).filter(|value| **value != row[at]) {
                    let sql = format!("UPDATE {} SET {} = {value} WHERE {is_it}", of.name, column.name);
                    if ground.attempt_one(&sql).await? {
                        count += 1;
                        break;
                    }
                }
            }
        }
    }
    Ok(count)
}

/// The values that a column of its own may have.
fn values<'t, F>(table: &'t WantedTable<F>, column: &'t str) -> impl Iterator<Item = &'t String> {
    let is_it = move |slot: &&Slot| matches!(&slot.columns[..], [own] if own.eq_ignore_ascii_case(column));
    let slots = table.slots.iter().filter(is_it).filter(|slot| slot.parent.is_none());
    slots.flat_map(|slot| &slot.rows).flatten().filter_map(|candidate| match candidate {
        SeedCandidate::Given(values) => values.first(),
        SeedCandidate::Own(_) | SeedCandidate::LeftOut => None,
    })
}

/// With its key if that may be, else with another.
async fn twice<G: SeedGround>(ground: &mut G, laid: &Laid<'_, G::Facts>) -> Result<usize> {
    let mut count = 0;
    let filled = laid.rows.tables.values().filter(|rows| !rows.is_empty());
    let tables = filled.map(|rows| rows.table());
    for of in tables.filter(|of| laid.tables.iter().any(|table| table.name == of.name)) {
        let in_key = |at: &usize| of.keys.iter().any(|key| key.is_assigned && key.places.contains(at));
        let all: Vec<usize> = (0..of.columns.len()).collect();
        let without_key: Vec<usize> = all.iter().copied().filter(|at| !in_key(at)).collect();
        for places in [all, without_key] {
            let columns: Vec<&str> = places.iter().map(|at| of.columns[*at].name.as_str()).collect();
            let (name, list) = (&of.name, columns.join(", "));
            let sql = format!("INSERT INTO {name} ({list}) {}SELECT {list} FROM {name} LIMIT 1", of.insert_clause);
            if !columns.is_empty() && ground.attempt_one(&sql).await? {
                count += 1;
                break;
            }
        }
    }
    Ok(count)
}

/// The rows that the migration made in a table, each with its number.
fn rows_of<'a>(made: &'a [Added], table: &str) -> impl Iterator<Item = (usize, &'a Vec<String>, &'a RowTable)> {
    let of_table = made.iter().filter(move |added| added.table.name == table);
    of_table.flat_map(|added| added.rows.iter().take(MOST).enumerate().map(|(at, row)| (at, row, &*added.table)))
}
