//! Rows at the moments of a trial in which a down puts rows back from a record: what is not as if there had never been the up.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Rows, TableRows};
use crate::sql::Name;

/// The rows at four moments.
pub(crate) struct Moments<'r> {
    pub(crate) before_up: &'r Rows,
    pub(crate) after_up: &'r Rows,
    /// After users wrote more.
    pub(crate) written: &'r Rows,
    pub(crate) after_down: &'r Rows,
}

/// What a trial compares, beside rows.
pub(crate) struct MomentScope<'c> {
    /// Tables that the up gives another name: as readings have them after it, and before.
    pub(crate) renamed: &'c BTreeMap<String, String>,
    /// Columns whose values a down may convert, by table and name: what becomes of values that users write there is told by the catalogs.
    pub(crate) converted: &'c [(String, String)],
}

/// How often there are values.
type Bag<'r> = BTreeMap<Vec<&'r str>, usize>;

impl Moments<'_> {
    /// The tables whose rows from before the up did not all come back, or that have others than these and those of users.
    pub(crate) fn not_restored(&self, compared: &MomentScope<'_>) -> Vec<Name<'static>> {
        let mut tables = Vec::new();
        for (key, was) in &self.before_up.tables {
            let Some(is) = self.after_down.tables.get(key).and_then(|is| is.in_order_of(&was.table)) else {
                tables.push(was.table.called.to_owned());
                continue;
            };
            if was.digest.is_some() || is.digest.is_some() {
                // Of so many it is not known.
                tables.push(was.table.called.to_owned());
                continue;
            }
            let columns = columns(was);
            let (before, after) = (was.of_columns(&columns), is.of_columns(&columns));
            let more: usize = less(&after, &before).values().sum();
            let (own, written) = self.of_users(key, compared);
            let by_users = written.zip(own).map_or(0, |(written, own)| added(written, own, &self::columns(written)));
            if more > by_users || !less(&before, &after).is_empty() {
                tables.push(was.table.called.to_owned());
            }
        }
        tables
    }

    /// The tables of which rows are gone, or have other values, that users wrote between the up and the down, as far as the table and its columns are there
    /// before and after it.
    pub(crate) fn lost_of_users(&self, compared: &MomentScope<'_>) -> Vec<Name<'static>> {
        let mut lost = Vec::new();
        for (key, is) in &self.after_down.tables {
            let (Some(own), Some(written)) = self.of_users(key, compared) else { continue };
            if own.digest.is_some() || written.digest.is_some() || is.digest.is_some() {
                lost.push(is.table.called.to_owned());
                continue;
            }
            let is_compared = |column: &&str| {
                let is_converted = |(table, of): &(String, String)| {
                    table.eq_ignore_ascii_case(&is.table.called.name) && of.eq_ignore_ascii_case(column)
                };
                is.table.place(column).is_some()
                    && own.table.place(column).is_some()
                    && !compared.converted.iter().any(is_converted)
            };
            let columns: Vec<&str> = self::columns(written).into_iter().filter(is_compared).collect();
            let (own, written) = (own.of_columns(&columns), written.of_columns(&columns));
            let now = is.of_columns(&columns);
            // Rows that were there before may be like them: then there are so many more.
            let before = self.before_up.tables.get(key).filter(|before| columns_are(before, &columns));
            let before = before.map(|before| before.of_columns(&columns)).unwrap_or_default();
            let is_gone = less(&written, &own).into_iter().any(|(row, count)| {
                let stayed =
                    before.get(&row).copied().unwrap_or_default().min(own.get(&row).copied().unwrap_or_default());
                now.get(&row).copied().unwrap_or_default() < count + stayed
            });
            if is_gone {
                lost.push(is.table.called.to_owned());
            }
        }
        lost
    }

    /// The rows of a table after the up, and after users wrote more.
    fn of_users(&self, key: &str, compared: &MomentScope<'_>) -> (Option<&Arc<TableRows>>, Option<&Arc<TableRows>>) {
        let renamed = compared.renamed.iter().find(|(_, before)| *before == key).map(|(after, _)| after.as_str());
        let key = renamed.unwrap_or(key);
        (self.after_up.tables.get(key), self.written.tables.get(key))
    }
}

fn columns(rows: &TableRows) -> Vec<&str> {
    rows.table.columns.iter().map(|column| column.bare.as_str()).collect()
}

fn columns_are(rows: &TableRows, columns: &[&str]) -> bool {
    columns.iter().all(|column| rows.table.place(column).is_some())
}

/// How many rows one has more than the other.
fn added(rows: &TableRows, than: &TableRows, columns: &[&str]) -> usize {
    if !columns_are(than, columns) {
        return 0;
    }
    less(&rows.of_columns(columns), &than.of_columns(columns)).values().sum()
}

/// The rows of one that are more often there than in the other, and how often.
fn less<'r>(one: &Bag<'r>, other: &Bag<'_>) -> Bag<'r> {
    let more = one.iter().map(|(row, count)| {
        let there = other.get(row).copied().unwrap_or_default();
        (row.clone(), count.saturating_sub(there))
    });
    more.filter(|(_, count)| *count > 0).collect()
}
