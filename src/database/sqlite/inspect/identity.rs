//! Which table and column is which, across statements.

use std::collections::{BTreeMap, HashMap};

use super::table::CreateTable;
use crate::catalog::Kind;

/// The numbers that tables and columns keep through renames.
///
/// One statement creates, drops or renames one thing. Seen after each statement, the root page tells which table it is, though a page
/// that a dropped table leaves is given to the next one; and a list of columns that is one longer, one shorter or of the same
/// length tells which column was added, dropped or renamed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identities {
    last: u32,
    tables: BTreeMap<String, KnownTables>,
    others: HashMap<(Kind, String), u32>,
}

#[derive(Debug, Clone)]
struct KnownTables {
    id: u32,
    root: i64,
    columns: Vec<(String, u32)>,
    last_column: u32,
}

impl Identities {
    /// Looks at the tables as they are after a statement: name, root page, columns.
    pub(crate) fn see<'a>(&mut self, now: impl Iterator<Item = (&'a str, i64, &'a CreateTable)>) {
        let now: Vec<_> = now.map(|(name, root, table)| (name.to_ascii_lowercase(), root, table)).collect();
        let mut before = std::mem::take(&mut self.tables);
        let mut new = Vec::new();
        for (name, root, table) in now {
            let old = before.iter().find(|(_, known)| known.root == root).map(|(name, _)| name.clone());
            match old.and_then(|old| before.remove(&old)) {
                Some(known) => {
                    self.tables.insert(name, known.with(root, table));
                }
                None => new.push((name, root, table)),
            }
        }
        for (name, root, table) in new {
            // The same name on another page was moved there, as VACUUM does.
            let known = before.remove(&name).unwrap_or_else(|| {
                self.last += 1;
                KnownTables { id: self.last, root, columns: Vec::new(), last_column: 0 }
            });
            self.tables.insert(name, known.with(root, table));
        }
    }

    /// The number of a table.
    pub(super) fn table(&self, name: &str) -> u32 {
        self.tables.get(&name.to_ascii_lowercase()).map_or(0, |known| known.id)
    }

    /// The number of a column of a table.
    pub(super) fn column(&self, table: &str, name: &str) -> u32 {
        let known = self.tables.get(&table.to_ascii_lowercase());
        known.and_then(|known| known.columns.iter().find(|(column, _)| column == name)).map_or(0, |(_, id)| *id)
    }

    /// The number of what has no identity but its name.
    pub(super) fn other(&mut self, kind: Kind, name: &str) -> u32 {
        let next = u32::try_from(self.others.len()).unwrap_or(u32::MAX) + 1;
        *self.others.entry((kind, name.to_ascii_lowercase())).or_insert(next)
    }
}

impl KnownTables {
    fn with(mut self, root: i64, table: &CreateTable) -> Self {
        self.root = root;
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let old = self.columns.len();
        if names.len() < old {
            let same = self.columns.iter().zip(&names).take_while(|((column, _), name)| column == *name).count();
            self.columns.remove(same);
            self.columns.truncate(names.len());
        }
        for (at, name) in names.into_iter().enumerate() {
            if let Some((column, _)) = self.columns.get_mut(at) {
                name.clone_into(column);
            } else {
                self.last_column += 1;
                self.columns.push((name.to_owned(), self.last_column));
            }
        }
        self
    }
}
