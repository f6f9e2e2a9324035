//! The statements that make rows what they were.

use std::borrow::Cow;
use std::sync::Arc;

use super::{RowColumn, RowKey, RowTable, Rows, TableRows};
use crate::source::reason;
use crate::sql::{Loss, OwnKind, OwnStatement};

/// What makes the rows of `now` those of `before`, once the catalog is: what is to go first, children before parents; then what is to
/// come. `is_made` tells the tables that the way back has made: they are empty. `fresh` are the rows after the same up in a database
/// that has other rows too: what differs there was made up by the database, and is no key.
pub(crate) fn undo(before: &Rows, now: &Rows, fresh: Option<&Rows>, is_made: impl Fn(&str) -> bool) -> Undo {
    let mut changes: Vec<TableUndo<'_>> = Vec::new();
    for (name, was) in &before.tables {
        if now.tables.get(name).is_some_and(|is| Arc::ptr_eq(is, was)) {
            continue;
        }
        let of =
            |rows: &'_ Rows| rows.tables.get(name).and_then(|rows| rows.in_order_of(&was.table)).map(Cow::into_owned);
        let Some(is) = of(now).filter(|is| !was.is_same(is)) else { continue };
        if was.digest.is_some() || is.digest.is_some() {
            continue;
        }
        let fresh = fresh.and_then(of);
        let mut change = RowChange::of(was, &is, fresh.as_ref());
        change.may_be_there &= !is_made(&was.table.name);
        // Without a key nothing tells these rows from others.
        let is_written = !was.table.follows || !was.table.keys.is_empty();
        if is_written && !change.key.is_empty() {
            let (going, coming) = (change.going().collect(), change.coming().collect());
            changes.push(TableUndo { table: &was.table, by_value: change.finds_by_value(), going, coming });
        }
    }
    if changes.iter().any(|change| !change.table.follows) {
        changes.retain(|change| !change.table.follows);
    }
    changes.sort_by_key(|change| change.table.rank);
    let by_value = changes.iter().filter(|change| change.by_value);
    let reason = |change: &TableUndo<'_>| reason::FOUND_BY_VALUES.say(&[&change.table.name]);
    let reasons = by_value.map(reason).collect();
    let going: Vec<OwnStatement> =
        changes.iter_mut().rev().flat_map(|change| std::mem::take(&mut change.going)).collect();
    let statements = going.into_iter().chain(changes.into_iter().flat_map(|change| change.coming)).collect();
    Undo { statements, reasons }
}

/// The way back of rows.
#[derive(Default)]
pub(crate) struct Undo {
    /// What they cost are the rows that they delete or change, in tables that were there: a row of a user may be like one of the migration's.
    pub(crate) statements: Vec<OwnStatement>,
    /// What it may do to rows that it does not mean: one sentence each.
    pub(crate) reasons: Vec<String>,
}

/// What is to be done in one table.
struct TableUndo<'a> {
    table: &'a RowTable,
    by_value: bool,
    going: Vec<OwnStatement>,
    coming: Vec<OwnStatement>,
}

/// What changes in the rows of one table.
struct RowChange<'a> {
    table: &'a RowTable,
    /// The places of the columns that find a row.
    key: Vec<usize>,
    is_unique: bool,
    /// The places of the columns that tell whether a row is as the up left it, beside those that find it.
    image: Vec<usize>,
    /// Those of columns whose values are others in another database.
    made_up: Vec<usize>,
    /// Whether there are keys that rows of users may have.
    may_be_there: bool,
    deleted: Vec<&'a Vec<String>>,
    updated: Vec<(&'a Vec<String>, &'a Vec<String>)>,
    inserted: Vec<&'a Vec<String>>,
}

impl<'a> RowChange<'a> {
    fn of(was: &'a TableRows, is: &'a TableRows, fresh: Option<&TableRows>) -> Self {
        let table = &*was.table;
        let mut deleted: Vec<_> = is.rows.difference(&was.rows).map(|(row, _)| row).collect();
        let mut inserted: Vec<_> = was.rows.difference(&is.rows).map(|(row, _)| row).collect();
        let rows = [deleted.clone(), inserted.clone()].concat();
        let made = MadeRows { rows: &deleted, fresh };
        let unique = unique_key(table, &rows, &made);
        // A key that the database gave does not find a row elsewhere, but tells here which one became which.
        let has_no_null = |key: &&RowKey| rows.iter().all(|row| key.places.iter().all(|at| row[*at] != NULL));
        let same = unique.clone().or_else(|| table.keys.iter().find(has_no_null).map(|key| key.places.clone()));
        let is_unique = unique.is_some();
        let image = made.given_columns(table);
        let made_up = (0..table.columns.len()).filter(|at| made.is_made_up(*at)).collect();
        let key = unique.unwrap_or_else(|| image.clone());
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
        Self { table, key, is_unique, image, made_up, may_be_there, deleted, updated, inserted }
    }

    fn finds_by_value(&self) -> bool {
        !self.is_unique && self.deleted.len() + self.updated.len() > 0
    }

    fn going(&self) -> impl Iterator<Item = OwnStatement> {
        let table = &self.table.name;
        self.deleted.iter().map(move |row| {
            let text = format!("DELETE FROM {table} WHERE {}", self.condition(row, &[]));
            OwnStatement::new(OwnKind::Delete, text).costing(Loss::Deleted { table: self.table.called.to_owned() })
        })
    }

    fn coming(&self) -> impl Iterator<Item = OwnStatement> {
        let RowTable { name, columns, insert_clause, .. } = self.table;
        let updates = self.updated.iter().map(move |(old, new)| {
            let changed: Vec<usize> = (0..columns.len()).filter(|at| old[*at] != new[*at]).collect();
            let set: Vec<String> = changed.iter().map(|at| format!("{} = {}", columns[*at].name, old[*at])).collect();
            let text = format!("UPDATE {name} SET {} WHERE {}", set.join(", "), self.condition(new, &changed));
            OwnStatement::new(OwnKind::Rows, text).costing(Loss::Changed { table: self.table.called.to_owned() })
        });
        let list = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        // The application may have put back itself what the up removed.
        let end = if self.may_be_there { " ON CONFLICT DO NOTHING" } else { "" };
        let insert = move |row: &&Vec<String>| {
            let text = format!("INSERT INTO {name} ({list}) {insert_clause}VALUES ({}){end}", row.join(", "));
            OwnStatement::new(OwnKind::Rows, text)
        };
        let inserts = self.inserted.iter().map(insert);
        updates.chain(inserts)
    }

    /// Finds the row by its key, as long as it is what the up left: one that somebody changed since is not the migration's any more.
    /// A value that the up changed counts even where it is another one elsewhere, as that of a counter; but for the time of day.
    fn condition(&self, row: &[String], changed: &[usize]) -> String {
        let equal = |at: &usize| {
            let RowColumn { name, compared, .. } = &self.table.columns[*at];
            if row[*at] == NULL { format!("{name} IS NULL") } else { format!("{compared} = {}", row[*at]) }
        };
        let counts = |at: &usize| {
            self.image.contains(at) || changed.contains(at) && !(self.made_up.contains(at) && is_clock(&row[*at]))
        };
        let rest = (0..self.table.columns.len()).filter(|at| !self.key.contains(at)).filter(counts);
        self.key.iter().copied().chain(rest).map(|at| equal(&at)).collect::<Vec<_>>().join(" AND ")
    }
}

const NULL: &str = "NULL";

/// The first key that finds the rows in any database.
fn unique_key(table: &RowTable, rows: &[&Vec<String>], made: &MadeRows<'_>) -> Option<Vec<usize>> {
    let finds = |key: &&RowKey| {
        rows.iter().all(|row| key.places.iter().all(|at| row[*at] != NULL))
            && (!key.is_assigned || made.is_given(table, &key.places))
    };
    table.keys.iter().find(finds).map(|key| key.places.clone())
}

/// Rows that a migration made, and those that it made where there are others.
struct MadeRows<'a> {
    rows: &'a [&'a Vec<String>],
    fresh: Option<&'a TableRows>,
}

impl MadeRows<'_> {
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

/// Whether a value is a date or a time, or seconds since 1970.
fn is_clock(literal: &str) -> bool {
    const SINCE_1970: f64 = 1e8;
    let text = literal.trim_matches('\'').as_bytes();
    let is_like = |part: &[u8], form: &[u8]| {
        part.iter().zip(form).all(|(byte, form)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form })
    };
    let has = |form: &[u8]| text.windows(form.len()).any(|part| is_like(part, form));
    has(b"0000-00-00") || has(b"00:00:00") || literal.parse::<f64>().is_ok_and(|number| number > SINCE_1970)
}

/// Whether a value may be what CURRENT_TIMESTAMP or an expression gave.
fn is_time(literal: &str) -> bool {
    literal.starts_with('\'') || literal.contains('.')
}
