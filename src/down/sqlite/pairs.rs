//! Which table of the one snapshot is which of the other, and which column.

use crate::database::sqlite::inspect::{SqliteSnapshot, TableEntry};

/// A table that is in both.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) now: &'a TableEntry,
    pub(super) before: &'a TableEntry,
}

/// The tables of two snapshots.
pub(super) struct Pairs<'a> {
    pub(super) both: Vec<Pair<'a>>,
    /// Those that are in `now` alone, in the order in which they were created.
    pub(super) added: Vec<&'a TableEntry>,
    /// Those that were in `before` alone, in the order in which they were created.
    pub(super) gone: Vec<&'a TableEntry>,
}

impl<'a> Pairs<'a> {
    /// The same table has the same number; one that was rebuilt has the same name.
    pub(super) fn of(now: &'a SqliteSnapshot, before: &'a SqliteSnapshot) -> Self {
        let mut pairs = Self { both: Vec::new(), added: Vec::new(), gone: Vec::new() };
        for entry in before.tables.iter() {
            let same = now.tables.iter().find(|table| table.id == entry.id);
            let rebuilt = || now.table(&entry.name).filter(|table| !before.tables.iter().any(|old| old.id == table.id));
            match same.or_else(rebuilt) {
                Some(table) => pairs.both.push(Pair { now: table, before: entry }),
                None => pairs.gone.push(entry),
            }
        }
        let is_paired = |table: &&TableEntry| !pairs.both.iter().any(|pair| pair.now.id == table.id);
        pairs.added = now.tables.iter().filter(is_paired).collect();
        pairs
    }
}

impl<'a> Pair<'a> {
    /// Whether anything but the name differs.
    pub(super) fn differs(&self) -> bool {
        self.now.table.definition != self.before.table.definition || self.column_names_differ()
    }

    /// Case included, which the definition leaves out.
    fn column_names_differ(&self) -> bool {
        let names = |entry: &'a TableEntry| entry.table.columns.iter().map(|column| column.name.as_str());
        !names(self.now).eq(names(self.before))
    }

    /// For each column of `before`, its place in `now`.
    ///
    /// The same number, where the table is the same. In a table that was rebuilt, the same name; and where on both sides one column
    /// is left with the same place and definition, it was renamed: that the rows agree is for the proof to show.
    pub(super) fn columns(&self) -> Vec<Option<usize>> {
        let same_table = self.now.id == self.before.id;
        let by_number = |number: &u32| self.now.columns.iter().position(|other| same_table && other == number);
        let mut found: Vec<Option<usize>> = self.before.columns.iter().map(by_number).collect();
        for at in 0..found.len() {
            if found[at].is_none() {
                let name = &self.before.table.columns[at].name;
                let same = self.now.table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
                found[at] = same.filter(|place| !found.contains(&Some(*place)));
            }
        }
        if !same_table {
            self.guess_renamed(&mut found);
        }
        found
    }

    fn guess_renamed(&self, found: &mut [Option<usize>]) {
        for at in 0..found.len() {
            let free = found[at].is_none() && !found.contains(&Some(at));
            let definition =
                |entry: &'a TableEntry| entry.table.columns.get(at).map(|column| column.definition.as_str());
            if free && definition(self.now) == definition(self.before) {
                found[at] = Some(at);
            }
        }
    }
}
