//! Whether what a down left is right. Independent of the product: it knows the rows before, the rows right before the down, and those of a twin
//! that never had the up.

use std::collections::{BTreeMap, BTreeSet};

use schemactl_test_support::rusqlite::Connection;

use super::dump::{Bag, Bags, Dump};
use super::names::{Names, Side};
use super::write::Write;

/// What users wrote, and where that met what the up has changed.
#[derive(Debug, Default)]
pub(super) struct Written<'a> {
    /// Tables, by their names before, in which a write changed something else than in the twin, or what only the twin has.
    contested: BTreeSet<String>,
    /// Those that the writes name; others have changed by foreign keys and triggers.
    named: BTreeSet<String>,
    kept: Vec<&'a Write>,
    is_any: bool,
}

/// What a difference between two moments is: what went, and what came.
fn change(before: &Bags, after: &Bags) -> BTreeMap<String, (Bag, Bag)> {
    let tables = before
        .keys()
        .map(|table| (table.clone(), (less(&before[table], &after[table]), less(&after[table], &before[table]))));
    tables.collect()
}

/// The rows of one that are more often there than in the other.
fn less(one: &Bag, other: &Bag) -> Bag {
    let more = one.iter().map(|(row, count)| (row.clone(), count.saturating_sub(other.get(row).copied().unwrap_or(0))));
    more.filter(|(_, count)| *count > 0).collect()
}

/// Runs one write, or nothing of it. Whether it changed anything.
fn run(connection: &Connection, text: &str) -> bool {
    connection.execute_batch("SAVEPOINT trial").expect("no savepoint is open");
    let changed = connection.execute(text, []).is_ok_and(|changed| changed > 0);
    // An action of a foreign key may have rolled all of it back.
    if !connection.is_autocommit() {
        let end = if changed { "RELEASE trial" } else { "ROLLBACK TO trial; RELEASE trial" };
        connection.execute_batch(end).expect("the savepoint is open");
    }
    changed
}

fn says(connection: &Connection, question: &str) -> bool {
    connection.query_row(question, [], |row| row.get(0)).unwrap_or(false)
}

/// Users write into the database, and into its twin what they could write there. `all` are the names of all that the first schema has.
pub(super) fn write<'a>(
    writes: &'a [Write],
    own: &Connection,
    twin: &Connection,
    names: &Names,
    all: &Names,
) -> Written<'a> {
    let mut written = Written::default();
    let bags = |connection: &Connection, names: &Names, side| Dump::of(connection, false).of_both(names, side);
    let look = || (bags(own, names, Side::Now), bags(twin, names, Side::Before), bags(twin, all, Side::Before));
    for write in writes {
        let (Some(here), Some(there)) = (write.text(names, Side::Now), write.text(names, Side::Before)) else {
            continue;
        };
        let (before, rows) = (look(), Dump::of(own, true));
        if !run(own, &here) {
            continue;
        }
        // Whoever writes what is there anyway has written nothing that could be told from it, by anybody.
        if Dump::of(own, true) == rows {
            continue;
        }
        run(twin, &there);
        let after = look();
        let (here, there) = (change(&before.0, &after.0), change(&before.1, &after.1));
        let whole = change(&before.2, &after.2);
        let is_alike = |table: &String| {
            let size = |change: Option<&(Bag, Bag)>| change.map_or(0, |change| change.0.values().sum::<usize>());
            // An action of a foreign key may have changed what the up has dropped.
            here.get(table) == there.get(table) && size(whole.get(table)) == size(there.get(table))
        };
        written.contested.extend(whole.keys().filter(|table| !is_alike(table)).cloned());
        written.is_any = true;
        written.named.insert(write.table().to_owned());
        if !write.is_delete() {
            written.kept.push(write);
        }
    }
    written
}

/// How a down that ended with 0 is judged.
#[derive(Debug)]
pub(super) enum Judgement {
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

/// The rows before an up and right before its down, and the questions to which users' rows are the answer.
pub(super) struct Before<'a> {
    first: &'a Bags,
    rows: Dump,
    written: &'a Written<'a>,
    names: &'a Names,
    answered: Vec<&'a Write>,
}

impl<'a> Before<'a> {
    pub(super) fn new(own: &Connection, first: &'a Bags, written: &'a Written<'a>, names: &'a Names) -> Self {
        let is_there = |write: &&&Write| write.question(names, Side::Now).is_some_and(|question| says(own, &question));
        let answered = written.kept.iter().filter(is_there).copied().collect();
        Self { first, rows: Dump::of(own, !written.is_any), written, names, answered }
    }

    pub(super) fn is_written(&self) -> bool {
        self.written.is_any
    }

    pub(super) fn is_contested(&self) -> bool {
        !self.written.contested.is_empty()
    }

    pub(super) fn judge(&self, own: &Connection, twin: &Connection) -> Judgement {
        let has_numbers = !self.written.is_any;
        let (after, expected) = (Dump::of(own, has_numbers), Dump::of(twin, has_numbers));
        let is_contested = self.is_contested();
        let asked = self
            .answered
            .iter()
            .find(|write| write.question(self.names, Side::Before).is_some_and(|question| !says(own, &question)));
        if let Some(write) = asked.filter(|_| is_contested || after != expected) {
            return Judgement::Lost(format!("what users wrote is not there: {write:?}"));
        }
        let differences = after.differences(&expected);
        if differences.is_empty() {
            return Judgement::Exact;
        }
        let shown = differences.values().map(String::as_str).collect::<Vec<_>>().join("\n");
        let bags = (
            after.of_both(self.names, Side::Before),
            expected.of_both(self.names, Side::Before),
            self.rows.of_both(self.names, Side::Now),
        );
        let none = Bag::new();
        let lost = bags.0.keys().find_map(|table| {
            // What an action of a foreign key or a trigger would have done to a row that was not there then, nobody knows.
            let by_action = self.written.contested.contains(table) && !self.written.named.contains(table);
            let first = self.first.get(table).filter(|_| by_action).unwrap_or(&none);
            lost(&bags.0[table], &bags.1[table], &bags.2[table], first)
        });
        if let Some(lost) = lost {
            return Judgement::Lost(format!("{lost}\nafter the down, and had the up never been:\n{shown}"));
        }
        if differences.keys().all(|table| self.written.contested.contains(table)) {
            return Judgement::Kept;
        }
        if after.has_shape_of(&expected) { Judgement::Left(shown) } else { Judgement::OtherTables(shown) }
    }
}

/// A row that is neither as it would be nor as it was right before the down, or one that is as it would be and was there, and is gone.
fn lost(after: &Bag, expected: &Bag, before: &Bag, first: &Bag) -> Option<String> {
    let of = |bag: &Bag, row: &String| bag.get(row).copied().unwrap_or(0);
    let known = |row: &String| of(expected, row).max(of(before, row)).max(of(first, row));
    let made = after.iter().find(|(row, count)| **count > known(row));
    if let Some((row, _)) = made {
        return Some(format!("a row is what it never was: {row}"));
    }
    let gone = expected.iter().find(|(row, count)| of(after, row) < (**count).min(of(before, row)));
    gone.map(|(row, _)| format!("a row is gone: {row}"))
}
