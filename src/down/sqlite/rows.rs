//! The rows that migrations made, and the statements that put them back.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::name::{self, Plain, list};
use crate::database::sqlite::inspect::{Column, Snapshot, Table, TableEntry};

/// Tables with more rows than this are not looked at row by row: their down would be no text for people.
const MOST_ROWS: usize = 10_000;

/// The rows of every table, values as literals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    /// By name in lower case.
    pub(super) tables: BTreeMap<String, TableRows>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TableRows {
    columns: Vec<String>,
    rows: BTreeSet<(Vec<String>, usize)>,
    /// Whether there are more than are kept.
    more: bool,
}

/// Reads the rows of a table, without what is computed.
pub(super) fn read(connection: &Connection, entry: &TableEntry) -> rusqlite::Result<TableRows> {
    let columns: Vec<String> =
        entry.table.columns.iter().filter(|column| !column.is_generated()).map(|column| column.name.clone()).collect();
    let sql = format!(
        "SELECT {} FROM {} LIMIT {}",
        list(columns.iter().map(String::as_str)),
        Plain(&entry.name),
        MOST_ROWS + 1
    );
    let mut statement = connection.prepare(&sql)?;
    let mut found = statement.query([])?;
    let mut rows = BTreeSet::new();
    let mut more = false;
    while let Some(row) = found.next()? {
        let values = (0..columns.len()).map(|at| row.get_ref(at).map(literal)).collect::<rusqlite::Result<Vec<_>>>()?;
        // Equal rows are counted, so that they stay several.
        let copy = rows.range((values.clone(), 0)..=(values.clone(), usize::MAX)).count();
        rows.insert((values, copy));
        more |= rows.len() > MOST_ROWS;
    }
    Ok(TableRows { columns, rows, more })
}

fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) if number.is_infinite() => if number > 0.0 { "9e999" } else { "-9e999" }.to_owned(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => name::text(text),
            Err(_) => format!("CAST({} AS TEXT)", name::blob(text)),
        },
        ValueRef::Blob(bytes) => name::blob(bytes),
    }
}

/// What makes the rows of `now` those of `before`: what is to go first, children before parents; then what is to come.
pub(super) fn undo(before: &Rows, now: &Rows, snapshot: &Snapshot, fresh: Option<&Rows>) -> Vec<String> {
    let empty = TableRows::default();
    let (mut going, mut coming) = (Vec::new(), Vec::new());
    for entry in &snapshot.tables {
        let name = entry.name.to_ascii_lowercase();
        let of = |rows: &Rows| rows.tables.get(&name).cloned();
        let (Some(was), Some(is)) = (of(before), of(now)) else { continue };
        if was.rows == is.rows || was.more || is.more {
            continue;
        }
        let fresh = fresh.and_then(|rows| rows.tables.get(&name)).unwrap_or(&empty);
        let change = Change::of(entry, &was, &is, fresh);
        if change.key.is_empty() {
            // Nothing tells these rows from others.
            continue;
        }
        going.push(change.going());
        coming.extend(change.coming());
    }
    going.into_iter().rev().flatten().chain(coming).collect()
}

/// What changes in the rows of one table.
struct Change<'a> {
    entry: &'a TableEntry,
    columns: &'a [String],
    /// The places of the columns that tell rows apart.
    key: Vec<usize>,
    deleted: Vec<&'a Vec<String>>,
    updated: Vec<(&'a Vec<String>, &'a Vec<String>)>,
    inserted: Vec<&'a Vec<String>>,
}

impl<'a> Change<'a> {
    fn of(entry: &'a TableEntry, was: &'a TableRows, is: &'a TableRows, fresh: &TableRows) -> Self {
        let mut deleted: Vec<_> = is.rows.difference(&was.rows).map(|(row, _)| row).collect();
        let mut inserted: Vec<_> = was.rows.difference(&is.rows).map(|(row, _)| row).collect();
        let key = key(&entry.table, &is.columns, &[deleted.clone(), inserted.clone()].concat(), &deleted, fresh);
        let mut updated = Vec::new();
        // A key that SQLite gave does not find a row elsewhere, but tells here which one became which.
        let alias = entry.table.rowid_alias().and_then(|alias| is.columns.iter().position(|name| *name == alias.name));
        let same = if key.is_unique { key.places.clone() } else { alias.into_iter().collect() };
        if !same.is_empty() {
            let of = |row: &Vec<String>| same.iter().map(|at| row[*at].clone()).collect::<Vec<_>>();
            inserted.retain(|old| match deleted.iter().position(|new| of(new) == of(old)) {
                Some(at) => {
                    updated.push((*old, deleted.remove(at)));
                    false
                }
                None => true,
            });
        }
        Self { entry, columns: &is.columns, key: key.places, deleted, updated, inserted }
    }

    fn going(&self) -> Vec<String> {
        let table = Plain(&self.entry.name);
        self.deleted.iter().map(|row| format!("DELETE FROM {table} WHERE {}", self.condition(row))).collect()
    }

    fn coming(&self) -> Vec<String> {
        let table = Plain(&self.entry.name);
        let mut statements: Vec<String> = Vec::new();
        for (old, new) in &self.updated {
            let set: Vec<String> = (0..self.columns.len())
                .filter(|at| old[*at] != new[*at])
                .map(|at| format!("{} = {}", Plain(&self.columns[at]), old[at]))
                .collect();
            statements.push(format!("UPDATE {table} SET {} WHERE {}", set.join(", "), self.condition(new)));
        }
        let columns = list(self.columns.iter().map(String::as_str));
        statements.extend(
            self.inserted.iter().map(|row| format!("INSERT INTO {table} ({columns}) VALUES ({})", row.join(", "))),
        );
        statements
    }

    fn condition(&self, row: &[String]) -> String {
        let equal = |at: &usize| {
            let column = Plain(&self.columns[*at]);
            if row[*at] == "NULL" { format!("{column} IS NULL") } else { format!("{column} = {}", row[*at]) }
        };
        self.key.iter().map(equal).collect::<Vec<_>>().join(" AND ")
    }
}

struct Key {
    places: Vec<usize>,
    is_unique: bool,
}

/// The columns by which rows are found. An INTEGER PRIMARY KEY only counts where the migration gave the value itself: one that
/// SQLite gave is another in a database with users' rows, and would name one of these.
fn key(table: &Table, columns: &[String], rows: &[&Vec<String>], made: &[&Vec<String>], fresh: &TableRows) -> Key {
    let places = |names: &[String]| -> Option<Vec<usize>> {
        names.iter().map(|name| columns.iter().position(|column| column.eq_ignore_ascii_case(name))).collect()
    };
    let alias = table.rowid_alias().map(|column| column.name.clone());
    let primary = table.primary_key();
    let mut candidates = Vec::new();
    if alias.is_none() && !primary.is_empty() {
        candidates.push(primary);
    } else if let Some(alias) = &alias
        && places(std::slice::from_ref(alias)).is_some_and(|key| is_given(&key, made, fresh))
    {
        candidates.push(vec![alias.clone()]);
    }
    candidates.extend(table.uniques());
    let has_no_null = |key: &Vec<usize>| rows.iter().all(|row| key.iter().all(|at| row[*at] != "NULL"));
    if let Some(places) = candidates.iter().filter_map(|names| places(names)).find(has_no_null) {
        return Key { places, is_unique: true };
    }
    let counts = |at: &usize| {
        let moves = table.column(&columns[*at]).is_some_and(Column::has_moving_default);
        Some(&columns[*at]) != alias.as_ref() && !(moves && rows.iter().any(|row| is_time(&row[*at])))
    };
    Key { places: (0..columns.len()).filter(counts).collect(), is_unique: false }
}

/// Whether a value may be what CURRENT_TIMESTAMP or an expression gave.
fn is_time(literal: &str) -> bool {
    literal.starts_with('\'') || literal.contains('.')
}

/// Whether rows have the same key in a database that has other rows too.
fn is_given(key: &[usize], made: &[&Vec<String>], fresh: &TableRows) -> bool {
    made.iter()
        .all(|row| fresh.rows.iter().any(|(other, _)| other == *row && key.iter().all(|at| other[*at] == row[*at])))
}

/// What differs, for people.
pub(super) fn compare(before: &Rows, now: &Rows) -> Vec<String> {
    let mut reasons = Vec::new();
    for (name, was) in &before.tables {
        let Some(is) = now.tables.get(name) else { continue };
        if was.rows == is.rows {
            continue;
        }
        let columns = differing(was, is);
        let table = Plain(name);
        reasons.push(match was.rows.len().cmp(&is.rows.len()) {
            std::cmp::Ordering::Greater => format!("rows of {table} that the up removes do not come back"),
            std::cmp::Ordering::Less => format!("rows that the up adds to {table} stay"),
            std::cmp::Ordering::Equal if columns.is_empty() => format!("rows of {table} are not what they were"),
            std::cmp::Ordering::Equal => {
                format!("values of {table} that the up changes do not come back: {}", columns.join(", "))
            }
        });
    }
    reasons
}

/// The columns of which the values as a whole differ.
fn differing(was: &TableRows, is: &TableRows) -> Vec<String> {
    let values = |of: &TableRows, name: &String| -> Option<Vec<String>> {
        let at = of.columns.iter().position(|column| column == name)?;
        let mut values: Vec<String> = of.rows.iter().map(|(row, _)| row[at].clone()).collect();
        values.sort();
        Some(values)
    };
    let differs = |name: &&String| values(was, name) != values(is, name);
    was.columns.iter().filter(differs).map(|name| Plain(name).to_string()).collect()
}
