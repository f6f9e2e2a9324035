//! The rows that migrations made, and the statements that put them back.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Tables with more rows than this are not looked at row by row: their down would be no text for people.
pub(crate) const MOST_ROWS: usize = 10_000;

/// The rows of every table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    /// By a name that is the same in every reading.
    pub(crate) tables: BTreeMap<String, TableRows>,
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
        self.tables.values().find(|rows| is_called(&rows.table))
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

/// What makes the rows of `now` those of `before`, once the catalog is: what is to go first, children before parents; then what is to
/// come. `is_made` tells the tables that the way back has made: they are empty. `fresh` are the rows after the same up in a database
/// that has other rows too: what differs there was made up by the database, and is no key.
pub(crate) fn undo(before: &Rows, now: &Rows, fresh: Option<&Rows>, is_made: impl Fn(&str) -> bool) -> Undo {
    let mut changes: Vec<Statements<'_>> = Vec::new();
    for (name, was) in &before.tables {
        let of =
            |rows: &'_ Rows| rows.tables.get(name).and_then(|rows| rows.in_order_of(&was.table)).map(Cow::into_owned);
        let Some(is) = of(now).filter(|is| !was.is_same(is)) else { continue };
        if was.digest.is_some() || is.digest.is_some() {
            continue;
        }
        let fresh = fresh.and_then(of);
        let mut change = Change::of(was, &is, fresh.as_ref());
        change.may_be_there &= !is_made(&was.table.name);
        // Without a key nothing tells these rows from others.
        let is_written = !was.table.follows || !was.table.keys.is_empty();
        if is_written && !change.key.is_empty() {
            let (going, coming) = (change.going().collect(), change.coming().collect());
            changes.push(Statements { table: &was.table, by_value: change.finds_by_value(), going, coming });
        }
    }
    if changes.iter().any(|change| !change.table.follows) {
        changes.retain(|change| !change.table.follows);
    }
    changes.sort_by_key(|change| change.table.rank);
    let by_value = changes.iter().filter(|change| change.by_value);
    let reason = |change: &Statements<'_>| {
        format!("rows of {} are found by their values: those with the same ones change too", change.table.name)
    };
    let reasons = by_value.map(reason).collect();
    let going: Vec<String> = changes.iter_mut().rev().flat_map(|change| std::mem::take(&mut change.going)).collect();
    let statements = going.into_iter().chain(changes.into_iter().flat_map(|change| change.coming)).collect();
    Undo { statements, reasons }
}

/// The way back of rows.
#[derive(Default)]
pub(crate) struct Undo {
    /// Without the `;`.
    pub(crate) statements: Vec<String>,
    /// What it may do to rows that it does not mean: one sentence each.
    pub(crate) reasons: Vec<String>,
}

/// What is to be done in one table.
struct Statements<'a> {
    table: &'a RowTable,
    by_value: bool,
    going: Vec<String>,
    coming: Vec<String>,
}

/// What changes in the rows of one table.
struct Change<'a> {
    table: &'a RowTable,
    /// The places of the columns that find a row.
    key: Vec<usize>,
    is_unique: bool,
    /// Whether there are keys that rows of users may have.
    may_be_there: bool,
    deleted: Vec<&'a Vec<String>>,
    updated: Vec<(&'a Vec<String>, &'a Vec<String>)>,
    inserted: Vec<&'a Vec<String>>,
}

impl<'a> Change<'a> {
    fn of(was: &'a TableRows, is: &'a TableRows, fresh: Option<&TableRows>) -> Self {
        let table = &*was.table;
        let mut deleted: Vec<_> = is.rows.difference(&was.rows).map(|(row, _)| row).collect();
        let mut inserted: Vec<_> = was.rows.difference(&is.rows).map(|(row, _)| row).collect();
        let rows = [deleted.clone(), inserted.clone()].concat();
        let made = Made { rows: &deleted, fresh };
        let unique = unique_key(table, &rows, &made);
        // A key that the database gave does not find a row elsewhere, but tells here which one became which.
        let has_no_null = |key: &&RowKey| rows.iter().all(|row| key.places.iter().all(|at| row[*at] != NULL));
        let same = unique.clone().or_else(|| table.keys.iter().find(has_no_null).map(|key| key.places.clone()));
        let is_unique = unique.is_some();
        let key = unique.unwrap_or_else(|| made.given_columns(table));
        let mut updated = Vec::new();
        if let Some(same) = same {
            let of = |row: &Vec<String>| same.iter().map(|at| row[*at].clone()).collect::<Vec<_>>();
            inserted.retain(|old| match deleted.iter().position(|new| of(new) == of(old)) {
                Some(at) => {
                    updated.push((*old, deleted.remove(at)));
                    false
                }
                None => true,
            });
        }
        let may_be_there = !table.keys.is_empty() && !table.follows;
        Self { table, key, is_unique, may_be_there, deleted, updated, inserted }
    }

    fn finds_by_value(&self) -> bool {
        !self.is_unique && self.deleted.len() + self.updated.len() > 0
    }

    fn going(&self) -> impl Iterator<Item = String> {
        let table = &self.table.name;
        self.deleted.iter().map(move |row| format!("DELETE FROM {table} WHERE {}", self.condition(row)))
    }

    fn coming(&self) -> impl Iterator<Item = String> {
        let RowTable { name, columns, insert_clause, .. } = self.table;
        let updates = self.updated.iter().map(move |(old, new)| {
            let set: Vec<String> = (0..columns.len())
                .filter(|at| old[*at] != new[*at])
                .map(|at| format!("{} = {}", columns[at].name, old[at]))
                .collect();
            format!("UPDATE {name} SET {} WHERE {}", set.join(", "), self.condition(new))
        });
        let list = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        // The application may have put back itself what the up removed.
        let end = if self.may_be_there { " ON CONFLICT DO NOTHING" } else { "" };
        let inserts = self
            .inserted
            .iter()
            .map(move |row| format!("INSERT INTO {name} ({list}) {insert_clause}VALUES ({}){end}", row.join(", ")));
        updates.chain(inserts)
    }

    fn condition(&self, row: &[String]) -> String {
        let equal = |at: &usize| {
            let RowColumn { name, compared, .. } = &self.table.columns[*at];
            if row[*at] == NULL { format!("{name} IS NULL") } else { format!("{compared} = {}", row[*at]) }
        };
        self.key.iter().map(equal).collect::<Vec<_>>().join(" AND ")
    }
}

const NULL: &str = "NULL";

/// The first key that finds the rows in any database.
fn unique_key(table: &RowTable, rows: &[&Vec<String>], made: &Made<'_>) -> Option<Vec<usize>> {
    let finds = |key: &&RowKey| {
        rows.iter().all(|row| key.places.iter().all(|at| row[*at] != NULL))
            && (!key.is_assigned || made.is_given(table, &key.places))
    };
    table.keys.iter().find(finds).map(|key| key.places.clone())
}

/// Rows that a migration made, and those that it made where there are others.
struct Made<'a> {
    rows: &'a [&'a Vec<String>],
    fresh: Option<&'a TableRows>,
}

impl Made<'_> {
    /// Whether rows have the same values there: the migration gave them, not the database.
    fn is_given(&self, table: &RowTable, places: &[usize]) -> bool {
        let Some(fresh) = self.fresh else { return self.rows.is_empty() };
        let counts = |at: &usize| places.contains(at) || !table.columns[*at].moves && !self.is_made_up(*at);
        let places: Vec<usize> = (0..table.columns.len()).filter(counts).collect();
        let same = |row: &Vec<String>, other: &Vec<String>| places.iter().all(|at| other.get(*at) == Some(&row[*at]));
        self.rows.iter().all(|row| fresh.rows.iter().any(|(other, _)| same(row, other)))
    }

    /// Whether the values of a column are others there: what now() gave, say.
    fn is_made_up(&self, at: usize) -> bool {
        let is_there = |value: &str| {
            self.fresh.is_none_or(|fresh| {
                fresh.rows.iter().any(|(other, _)| other.get(at).is_some_and(|other| other == value))
            })
        };
        !self.rows.iter().all(|row| is_there(&row[at]))
    }

    /// All columns but those whose values the database made up.
    fn given_columns(&self, table: &RowTable) -> Vec<usize> {
        let assigned: Vec<usize> =
            table.keys.iter().filter(|key| key.is_assigned).flat_map(|key| key.places.clone()).collect();
        let counts = |at: &usize| {
            // The time of day may be the same in both databases by chance.
            let is_moving = table.columns[*at].moves
                && (self.rows.iter().any(|row| is_time(&row[*at])) || !self.is_given(table, &[*at]));
            !assigned.contains(at) && !is_moving && !self.is_made_up(*at)
        };
        (0..table.columns.len()).filter(counts).collect()
    }
}

/// Whether a value may be what CURRENT_TIMESTAMP or an expression gave.
fn is_time(literal: &str) -> bool {
    literal.starts_with('\'') || literal.contains('.')
}

/// What differs between two readings of the rows of the same catalog: one sentence for each table, none where nothing does.
pub(crate) fn compare(before: &Rows, now: &Rows) -> Vec<String> {
    let mut reasons = Vec::new();
    for (name, was) in &before.tables {
        let is = now.tables.get(name).and_then(|is| is.in_order_of(&was.table));
        let Some(is) = is.filter(|is| !was.is_same(is)) else { continue };
        let columns = differing(was, &is);
        let table = &was.table.name;
        reasons.push(match was.rows.len().cmp(&is.rows.len()) {
            _ if was.digest.is_some() || is.digest.is_some() => {
                format!("{table} has more than {MOST_ROWS} rows, and those that the up changes are not put back")
            }
            Ordering::Greater => format!("rows of {table} that the up removes do not come back"),
            Ordering::Less => format!("rows that the up adds to {table} stay"),
            Ordering::Equal if columns.is_empty() => format!("rows of {table} are not what they were"),
            Ordering::Equal => {
                format!("values of {table} that the up changes do not come back: {}", columns.join(", "))
            }
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
