//! The rows that migrations made, and the statements that put them back.

mod compare;
mod moments;
mod undo;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use self::compare::{Added, Gone, RowFate, added, all, compare, compare_some, gone, singles};
pub(crate) use self::moments::{MomentScope, Moments};
pub(crate) use self::undo::{Undo, undo};
use crate::sql::Name;

/// Tables with more rows than this are not looked at row by row: their down would be no text for people.
pub(crate) const MOST_ROWS: usize = 10_000;

/// The rows of every table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    /// By a name that is the same in every reading.
    pub(crate) tables: BTreeMap<String, Arc<TableRows>>,
}

/// The rows of one table, values as literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableRows {
    table: Arc<RowTable>,
    /// Equal rows are counted, so that they stay several.
    rows: BTreeSet<(Vec<String>, usize)>,
    /// Of tables with more rows than are kept: something that differs where any of them does.
    digest: Option<String>,
}

/// What is to be known of a table to put rows back. Generated columns are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowTable {
    /// As SQL has it.
    pub(crate) name: String,
    pub(crate) called: Name<'static>,
    /// The order of creation: rows of later tables go first.
    pub(crate) rank: u32,
    pub(crate) columns: Vec<RowColumn>,
    /// What tells rows apart, the best first.
    pub(crate) keys: Vec<RowKey>,
    /// Whether its rows may follow from those of others, by triggers: they are put back last.
    pub(crate) follows: bool,
    /// What stands before VALUES.
    pub(crate) insert_clause: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowColumn {
    /// As SQL has it.
    pub(crate) name: String,
    /// As the database has it, without quotes.
    pub(crate) bare: String,
    /// What is compared with a literal: the name, or a cast where the type has no equality.
    pub(crate) compared: String,
    /// Whether its default is another value each time.
    pub(crate) moves: bool,
}

/// The places of columns that tell rows apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowKey {
    pub(crate) places: Vec<usize>,
    /// Whether the database gives the key where the statement does not. Such a key names another row elsewhere.
    pub(crate) is_assigned: bool,
}

impl Rows {
    /// Those of the table that a statement calls so, in whatever schema.
    pub(crate) fn of(&self, name: &str) -> Option<&TableRows> {
        let is_called = |table: &RowTable| table.name.rsplit('.').next().is_some_and(|last| is_name(last, name));
        self.tables.values().map(|rows| &**rows).find(|rows| is_called(&rows.table))
    }

    /// How many each table has, by its name as SQL has it.
    #[cfg(test)]
    pub(crate) fn counts(&self) -> BTreeMap<&str, usize> {
        self.tables.values().map(|rows| (rows.table.name.as_str(), rows.rows.len())).collect()
    }
}

fn is_name(quoted: &str, name: &str) -> bool {
    quoted.trim_matches('"').eq_ignore_ascii_case(name)
}

impl TableRows {
    pub(crate) fn new(table: Arc<RowTable>) -> Self {
        Self { table, rows: BTreeSet::new(), digest: None }
    }

    pub(crate) fn table(&self) -> &RowTable {
        &self.table
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.digest.is_none()
    }

    /// Takes a row, unless there are too many already.
    pub(crate) fn add(&mut self, values: Vec<String>) {
        if self.is_full() {
            return;
        }
        let last = self.rows.range((values.clone(), 0)..=(values.clone(), usize::MAX)).next_back();
        let copy = last.map_or(0, |(_, copy)| copy + 1);
        self.rows.insert((values, copy));
    }

    /// Whether there are more rows than are kept.
    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() > MOST_ROWS
    }

    /// Keeps a digest in place of the rows.
    pub(crate) fn digest(&mut self, digest: String) {
        self.rows.clear();
        self.digest = Some(digest);
    }

    /// Whether these values are those of keys, and all of them there.
    pub(crate) fn have(&self, given: &[(String, Vec<String>)]) -> bool {
        let place = |name: &str| self.table.columns.iter().position(|column| is_name(&column.name, name));
        let given: Vec<(Option<usize>, &Vec<String>)> =
            given.iter().map(|(column, values)| (place(column), values)).collect();
        let values = |at: &usize| given.iter().find(|(place, _)| *place == Some(*at)).map(|(_, values)| *values);
        let Some(key) = self.table.keys.iter().find(|key| key.places.iter().all(|at| values(at).is_some())) else {
            return false;
        };
        let wanted: usize = key.places.iter().filter_map(values).map(Vec::len).product();
        let is_given =
            |row: &Vec<String>| key.places.iter().all(|at| values(at).is_some_and(|values| values.contains(&row[*at])));
        self.rows.iter().filter(|(row, _)| is_given(row)).count() == wanted
    }

    /// Whether values of the same columns are others, or there are more or fewer.
    pub(crate) fn differs(&self, other: &Self) -> bool {
        self.table.columns == other.table.columns && !self.is_same(other)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.rows == other.rows && self.digest == other.digest
    }

    /// With the columns in the order of another table. None where it has other columns.
    fn in_order_of(&self, other: &RowTable) -> Option<Cow<'_, Self>> {
        let columns = &self.table.columns;
        if *columns == other.columns {
            return Some(Cow::Borrowed(self));
        }
        let place = |column: &RowColumn| columns.iter().position(|own| own.name == column.name);
        let places: Vec<usize> = other.columns.iter().map(place).collect::<Option<_>>()?;
        if places.len() != columns.len() {
            return None;
        }
        let in_order = |row: &[String]| places.iter().map(|at| row[*at].clone()).collect();
        let rows = self.rows.iter().map(|(row, copy)| (in_order(row), *copy)).collect();
        Some(Cow::Owned(Self { table: Arc::clone(&self.table), rows, digest: self.digest.clone() }))
    }
}
