//! Which table of the one snapshot is which of the other, and which column.

use crate::database::sqlite::inspect::{SqliteSnapshot, TableEntry};

/// A table that is in both.
pub(super) struct Pair<'a> {
    pub(super) now: &'a TableEntry,
    pub(super) before: &'a TableEntry,
    /// The numbers that columns have before and now, as far as it is known.
    known: Vec<(u32, u32)>,
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
    /// The same table has the same number. One that was rebuilt has taken the name that the old one had, whatever it is called now; or it has
    /// that name, where nobody saw how it came to it.
    pub(super) fn of(now: &'a SqliteSnapshot, before: &'a SqliteSnapshot) -> Self {
        let mut pairs = Self { both: Vec::new(), added: Vec::new(), gone: Vec::new() };
        let is_there = |id: u32| now.tables.iter().any(|table| table.id == id);
        let is_new = |table: &&TableEntry| !before.tables.iter().any(|old| old.id == table.id);
        // Of two tables whose names one has taken it is the one that it is called like now.
        let is_meant = |table: &TableEntry, entry: &TableEntry| {
            let is_other = |other: &TableEntry| other.id != entry.id && !is_there(other.id);
            !before.tables.iter().any(|other| is_other(other) && other.name.eq_ignore_ascii_case(&table.name))
        };
        let mut left = Vec::new();
        for entry in before.tables.iter() {
            let is_free = |table: &&TableEntry| !pairs.both.iter().any(|pair| pair.now.id == table.id);
            let mut new = now.tables.iter().filter(is_new).filter(is_free).filter(|table| is_meant(table, entry));
            if let Some(table) = now.tables.iter().find(|table| table.id == entry.id) {
                let known = table.columns.iter().map(|number| (*number, *number)).collect();
                pairs.both.push(Pair { now: table, before: entry, known });
            } else if let Some((table, known)) =
                new.find_map(|table| Some((table, table.places.instead_of(entry.id, &entry.name, &is_there)?)))
            {
                pairs.both.push(Pair { now: table, before: entry, known });
            } else {
                left.push(entry);
            }
        }
        for entry in left {
            let is_free = |table: &&TableEntry| !pairs.both.iter().any(|pair| pair.now.id == table.id);
            match now.table(&entry.name).filter(is_new).filter(is_free) {
                Some(table) => pairs.both.push(Pair { now: table, before: entry, known: Vec::new() }),
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
    /// Where it is known by its number, that. In a table that was rebuilt, the same name; and where on both sides one column
    /// is left with the same place and definition, it was renamed: that the rows agree is for the proof to show.
    pub(super) fn columns(&self) -> Vec<Option<usize>> {
        let place = |number: &u32| {
            let (_, here) = self.known.iter().find(|(before, _)| before == number)?;
            self.now.columns.iter().position(|other| other == here)
        };
        let mut found: Vec<Option<usize>> = self.before.columns.iter().map(place).collect();
        for at in 0..found.len() {
            if found[at].is_none() {
                let name = &self.before.table.columns[at].name;
                let same = self.now.table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
                found[at] = same.filter(|place| !found.contains(&Some(*place)));
            }
        }
        if self.now.id != self.before.id {
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
