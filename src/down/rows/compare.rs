//! What differs between two readings of rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{MOST_ROWS, RowTable, Rows, TableRows};
use crate::source::reason;

/// What differs between two readings of the rows of the same catalog: one sentence for each table, none where nothing does.
pub(crate) fn compare(before: &Rows, now: &Rows) -> Vec<String> {
    compare_some(before, now, |_| true)
}

/// The same of some tables only, by their names as SQL has them.
pub(crate) fn compare_some(before: &Rows, now: &Rows, of: impl Fn(&str) -> bool) -> Vec<String> {
    let mut reasons = Vec::new();
    for (name, was) in before.tables.iter().filter(|(_, was)| of(&was.table.name)) {
        // What was read once is the same.
        let is = now.tables.get(name).filter(|is| !Arc::ptr_eq(is, was)).and_then(|is| is.in_order_of(&was.table));
        let Some(is) = is.filter(|is| !was.is_same(is)) else { continue };
        let columns = differing(was, &is);
        let table = &was.table.name;
        reasons.push(match was.rows.len().cmp(&is.rows.len()) {
            _ if was.digest.is_some() || is.digest.is_some() => reason::TOO_MANY_ROWS.say(&[table, &MOST_ROWS]),
            Ordering::Greater => reason::ROWS_REMOVED.say(&[table]),
            Ordering::Less => reason::ROWS_ADDED.say(&[table]),
            Ordering::Equal if columns.is_empty() => reason::ROWS_DIFFER.say(&[table]),
            Ordering::Equal => reason::VALUES_CHANGED.say(&[table, &columns.join(", ")]),
        });
    }
    reasons
}

/// The columns of which the values as a whole differ.
fn differing(was: &TableRows, is: &TableRows) -> Vec<String> {
    let values = |of: &TableRows, at: usize| {
        let mut values: Vec<String> = of.rows.iter().map(|(row, _)| row[at].clone()).collect();
        values.sort();
        values
    };
    let columns = was.table.columns.iter().enumerate();
    columns.filter(|(at, _)| values(was, *at) != values(is, *at)).map(|(_, column)| column.name.clone()).collect()
}

/// Rows of one table that are there no longer, or have other values, as far as the columns show that every reading has.
#[derive(Debug)]
pub(crate) struct Gone {
    pub(crate) table: Arc<RowTable>,
    pub(crate) how: RowFate,
    /// The columns of which the values as a whole differ, without quotes.
    pub(crate) columns: Vec<String>,
}

/// What became of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFate {
    Deleted,
    Changed,
}

/// The rows of `was` that are in `mid` as they were, and not in `now`.
pub(crate) fn gone(was: &Rows, mid: &Rows, now: &Rows) -> Vec<Gone> {
    let mut gone = Vec::new();
    for (name, before) in &was.tables {
        let (Some(between), Some(after)) = (mid.tables.get(name), now.tables.get(name)) else { continue };
        if Arc::ptr_eq(between, after) {
            continue;
        }
        let columns: Vec<&str> = before
            .table
            .columns
            .iter()
            .map(|column| column.bare.as_str())
            .filter(|column| between.table.place(column).is_some() && after.table.place(column).is_some())
            .collect();
        let is_gone = if [before, between, after].iter().any(|rows| rows.digest.is_some()) {
            // Of so many rows only that any differs is known.
            between.table.columns == after.table.columns && !between.is_same(after)
        } else {
            let [before, between, after] = [before, between, after].map(|rows| rows.of_columns(&columns));
            before.iter().any(|(row, count)| {
                let of = |rows: &BTreeMap<Vec<&str>, usize>| rows.get(row).copied().unwrap_or_default();
                of(&between).min(*count) > of(&after)
            })
        };
        if is_gone {
            let differs = |column: &&str| between.of_columns(&[column]) != after.of_columns(&[column]);
            gone.push(Gone {
                table: Arc::clone(&between.table),
                how: if after.rows.len() < between.rows.len() { RowFate::Deleted } else { RowFate::Changed },
                columns: columns.iter().copied().filter(differs).map(str::to_owned).collect(),
            });
        }
    }
    gone
}

/// Rows of one table that were not there, or not like that.
#[derive(Debug)]
pub(crate) struct Added {
    pub(crate) table: Arc<RowTable>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// All rows, of tables that have some.
pub(crate) fn all(rows: &Rows) -> Vec<Added> {
    of_tables(rows, |count| count > 0)
}

/// The rows of tables that have one each.
pub(crate) fn singles(rows: &Rows) -> Vec<Added> {
    of_tables(rows, |count| count == 1)
}

fn of_tables(rows: &Rows, has: impl Fn(usize) -> bool) -> Vec<Added> {
    let all = |rows: &Arc<TableRows>| Added {
        table: Arc::clone(&rows.table),
        rows: rows.rows.iter().map(|(row, _)| row.clone()).collect(),
    };
    rows.tables.values().filter(|rows| has(rows.rows.len())).map(all).collect()
}

/// The rows of `now` that are not in `was`, of tables that both have.
pub(crate) fn added(was: &Rows, now: &Rows) -> Vec<Added> {
    let both = now.tables.iter().filter_map(|(name, after)| Some((was.tables.get(name)?, after)));
    let both = both.filter(|(before, after)| !Arc::ptr_eq(before, after));
    let added = both.map(|(before, after)| {
        let columns: Vec<&str> = after.table.columns.iter().map(|column| column.bare.as_str()).collect();
        let common: Vec<&str> = columns.iter().copied().filter(|column| before.table.place(column).is_some()).collect();
        let known = before.of_columns(&common);
        let is_new = |row: &&Vec<String>| {
            let own: Vec<&str> =
                common.iter().filter_map(|name| Some(row[after.table.place(name)?].as_str())).collect();
            !known.contains_key(&own)
        };
        let rows = after.rows.iter().map(|(row, _)| row).filter(is_new).cloned().collect();
        Added { table: Arc::clone(&after.table), rows }
    });
    added.filter(|added| !added.rows.is_empty()).collect()
}

impl RowTable {
    /// The place of a column, by its name without quotes.
    pub(crate) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|own| own.bare.eq_ignore_ascii_case(column))
    }
}

impl TableRows {
    /// How often there are these values of columns.
    pub(super) fn of_columns(&self, columns: &[&str]) -> BTreeMap<Vec<&str>, usize> {
        let places: Vec<usize> = columns.iter().filter_map(|column| self.table.place(column)).collect();
        let mut found: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
        for (row, _) in &self.rows {
            *found.entry(places.iter().map(|at| row[*at].as_str()).collect()).or_default() += 1;
        }
        found
    }
}
