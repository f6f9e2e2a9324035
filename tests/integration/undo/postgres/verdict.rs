//! Whether what a down left is right. Independent of the product: it knows the rows before, the rows right before the down, and those of a twin
//! that never had the up.

use std::collections::{BTreeMap, BTreeSet};

use schemactl_test_support::postgres::Session;

use super::rows::{AllRows, RowBag, RowBags};
use super::user_write::UserWrite;
use crate::undo::names::{Names, Side};

/// What users wrote, and where that met what the up has changed.
#[derive(Debug, Default)]
pub(super) struct WrittenRows {
    /// Tables, by their names before, in which a write changed something else than in the twin, or what only the twin has.
    contested: BTreeSet<String>,
    /// What each write made, by the columns that both schemas have.
    made: Vec<(String, RowBag)>,
    pub(super) is_any: bool,
}

/// What a difference between two moments is: what went, and what came.
fn change(before: &RowBags, after: &RowBags) -> BTreeMap<String, (RowBag, RowBag)> {
    let tables = before
        .keys()
        .map(|table| (table.clone(), (less(&before[table], &after[table]), less(&after[table], &before[table]))));
    tables.collect()
}

/// The rows of one that are more often there than in the other.
fn less(one: &RowBag, other: &RowBag) -> RowBag {
    let more = one.iter().map(|(row, count)| (row.clone(), count.saturating_sub(other.get(row).copied().unwrap_or(0))));
    more.filter(|(_, count)| *count > 0).collect()
}

/// Runs one write, or nothing of it.
fn run(session: &mut Session, text: &str) -> bool {
    !session.run(text).contains("ERROR:")
}

/// Users write into the database, and into its twin what they could write there. `all` are the names of all that the first schema has.
pub(super) fn write(
    writes: &[UserWrite],
    own: &mut Session,
    twin: &mut Session,
    names: &Names,
    all: &Names,
) -> WrittenRows {
    let mut written = WrittenRows::default();
    let look = |own: &mut Session, twin: &mut Session| {
        let there = AllRows::of(twin, false);
        let here = AllRows::of(own, false);
        (here.of_both(names, Side::Now), there.of_both(names, Side::Before), there.of_both(all, Side::Before))
    };
    for write in writes {
        let (Some(here), Some(there)) = (write.text(names, Side::Now), write.text(names, Side::Before)) else {
            continue;
        };
        let (before, rows) = (look(own, twin), AllRows::of(own, true));
        // Whoever writes what is there anyway has written nothing that could be told from it, by anybody.
        if !run(own, &here) || AllRows::of(own, true) == rows {
            continue;
        }
        run(twin, &there);
        let after = look(own, twin);
        let (here, there) = (change(&before.0, &after.0), change(&before.1, &after.1));
        let whole = change(&before.2, &after.2);
        let is_alike = |table: &String| {
            let size = |change: Option<&(RowBag, RowBag)>| change.map_or(0, |change| change.0.values().sum::<usize>());
            // An action of a foreign key may have changed what the up has dropped.
            here.get(table) == there.get(table) && size(whole.get(table)) == size(there.get(table))
        };
        written.contested.extend(whole.keys().filter(|table| !is_alike(table)).cloned());
        written.is_any = true;
        if !write.is_delete() {
            let made = here.get(write.table()).map(|(_, came)| came.clone()).unwrap_or_default();
            written.made.push((write.table().to_owned(), made));
        }
    }
    written
}

/// How a down that ended with 0 is judged.
#[derive(Debug)]
pub(super) enum RowsFound {
    /// Every row is as it would be had the up never been.
    Exact,
    /// Rows that users wrote over those of the up are as they wrote them; all others are as had the up never been.
    Kept,
    /// Nothing of users is lost, but something of the up is left.
    Left(String),
    /// So it is, and tables or columns are not those that were there before.
    OtherTables(String),
    Lost(String),
}

/// The rows before an up and right before its down.
pub(super) struct RowsBefore<'a> {
    first: &'a RowBags,
    rows: AllRows,
    written: &'a WrittenRows,
    names: &'a Names,
}

impl<'a> RowsBefore<'a> {
    pub(super) fn new(own: &mut Session, first: &'a RowBags, written: &'a WrittenRows, names: &'a Names) -> Self {
        Self { first, rows: AllRows::of(own, !written.is_any), written, names }
    }

    pub(super) fn is_contested(&self) -> bool {
        !self.written.contested.is_empty()
    }

    pub(super) fn judge(&self, own: &mut Session, twin: &mut Session) -> RowsFound {
        let has_numbers = !self.written.is_any;
        let (after, expected) = (AllRows::of(own, has_numbers), AllRows::of(twin, has_numbers));
        let differences = after.differences(&expected);
        if differences.is_empty() && !self.is_contested() {
            return RowsFound::Exact;
        }
        let bags = (
            after.of_both(self.names, Side::Before),
            expected.of_both(self.names, Side::Before),
            self.rows.of_both(self.names, Side::Now),
        );
        // What users wrote last, and what was there right before the down.
        for (table, made) in &self.written.made {
            let is_gone = |row: &&String| bags.2[table].contains_key(*row) && !bags.0[table].contains_key(*row);
            if let Some(row) = made.keys().find(is_gone) {
                return RowsFound::Lost(format!("what users wrote is not there: {table}: {row}"));
            }
        }
        if differences.is_empty() {
            return RowsFound::Exact;
        }
        let shown = differences.values().map(String::as_str).collect::<Vec<_>>().join("\n");
        let none = RowBag::new();
        let lost = bags.0.keys().find_map(|table| {
            // What an action of a foreign key or a trigger would have done to a row that was not there then, nobody knows; nor what users had done to one
            // in whose place they have put another.
            let first = self.first.get(table).filter(|_| self.written.contested.contains(table)).unwrap_or(&none);
            lost(&bags.0[table], &bags.1[table], &bags.2[table], first)
        });
        if let Some(lost) = lost {
            return RowsFound::Lost(format!("{lost}\nafter the down, and had the up never been:\n{shown}"));
        }
        if differences.keys().all(|table| self.written.contested.contains(table)) {
            return RowsFound::Kept;
        }
        if after.has_shape_of(&expected) { RowsFound::Left(shown) } else { RowsFound::OtherTables(shown) }
    }
}

/// A row that is neither as it would be nor as it was right before the down, or one that is as it would be and was there, and is gone.
fn lost(after: &RowBag, expected: &RowBag, before: &RowBag, first: &RowBag) -> Option<String> {
    let of = |bag: &RowBag, row: &String| bag.get(row).copied().unwrap_or(0);
    let known = |row: &String| of(expected, row).max(of(before, row)).max(of(first, row));
    let made = after.iter().find(|(row, count)| **count > known(row));
    if let Some((row, _)) = made {
        return Some(format!("a row is what it never was: {row}"));
    }
    let gone = expected.iter().find(|(row, count)| of(after, row) < (**count).min(of(before, row)));
    gone.map(|(row, _)| format!("a row is gone: {row}"))
}
