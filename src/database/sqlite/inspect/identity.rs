//! Which table and column is which, across statements.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

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
    /// By name, in lower case.
    tables: Rc<BTreeMap<String, Rc<KnownTables>>>,
    /// Who had a name last, by name in lower case: tables that are gone as well.
    owners: Rc<BTreeMap<String, Rc<KnownTables>>>,
    others: Rc<HashMap<(Kind, String), u32>>,
}

/// A table that is known. Nobody changes it: where something of it is another one, it is another one.
#[derive(Debug, Clone)]
pub(super) struct KnownTables {
    pub(super) id: u32,
    root: i64,
    columns: Vec<(String, u32)>,
    last_column: u32,
    places: Places,
}

/// The places that a table has taken: names that others had before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(Rc<[TakenPlace]>);

/// A name that another table had.
#[derive(Debug, Clone)]
struct TakenPlace {
    name: String,
    /// Who had it, as it was then.
    of: Rc<KnownTables>,
    /// The numbers of columns that had the same name in both: there and here.
    columns: Vec<(u32, u32)>,
}

impl Places {
    /// The columns of a table that came to be called so in its place, by their numbers there and here; of several that had the name one
    /// after the other, the last.
    ///
    /// A table that is still there has given up its name, and not its place.
    pub(crate) fn instead_of(
        &self,
        table: u32,
        name: &str,
        is_there: &impl Fn(u32) -> bool,
    ) -> Option<Vec<(u32, u32)>> {
        let place = self.0.iter().find(|place| place.name.eq_ignore_ascii_case(name) && !is_there(place.of.id))?;
        if place.of.id == table {
            return Some(place.columns.clone());
        }
        let earlier = place.of.places.instead_of(table, name, is_there)?;
        let here = |(first, there): (u32, u32)| {
            place.columns.iter().find(|(of, _)| *of == there).map(|(_, here)| (first, *here))
        };
        Some(earlier.into_iter().filter_map(here).collect())
    }
}

impl Identities {
    /// Looks at the tables as they are after a statement: name in lower case, root page, columns.
    pub(crate) fn see<'a>(&mut self, now: impl Iterator<Item = (&'a str, i64, &'a CreateTable)>) {
        let now: Vec<_> = now.collect();
        let is_known = |(name, root, table): &(&str, i64, &CreateTable)| {
            self.tables.get(*name).is_some_and(|known| known.is(*root, table))
        };
        if now.len() == self.tables.len() && now.iter().all(is_known) {
            return;
        }
        let mut before = (*self.tables).clone();
        let mut roots: HashMap<i64, String> = HashMap::new();
        for (name, known) in &before {
            roots.entry(known.root).or_insert_with(|| name.clone());
        }
        let (mut tables, mut new) = (BTreeMap::new(), Vec::new());
        for (name, root, table) in now {
            match roots.get(&root).and_then(|old| before.remove(old)) {
                Some(known) => {
                    tables.insert(name.to_owned(), known.with(root, table));
                }
                None => new.push((name, root, table)),
            }
        }
        for (name, root, table) in new {
            // The same name on another page was moved there, as VACUUM does.
            let known = before.remove(name).unwrap_or_else(|| {
                self.last += 1;
                Rc::new(KnownTables {
                    id: self.last,
                    root,
                    columns: Vec::new(),
                    last_column: 0,
                    places: Places::default(),
                })
            });
            tables.insert(name.to_owned(), known.with(root, table));
        }
        self.take_places(&mut tables);
        self.tables = Rc::new(tables);
    }

    /// Takes note of who has a name that another table had.
    fn take_places(&mut self, tables: &mut BTreeMap<String, Rc<KnownTables>>) {
        let owners = Rc::make_mut(&mut self.owners);
        for (name, known) in tables {
            if let Some(last) = owners.get(name).filter(|last| last.id != known.id) {
                *known = known.in_place_of(name, last);
            }
            owners.insert(name.clone(), Rc::clone(known));
        }
    }

    /// A table, by its name in lower case.
    pub(super) fn table(&self, name: &str) -> Option<Rc<KnownTables>> {
        self.tables.get(name).cloned()
    }

    /// The number of what has no identity but its name, in lower case.
    pub(super) fn other(&mut self, kind: Kind, name: &str) -> u32 {
        let key = (kind, name.to_owned());
        if let Some(number) = self.others.get(&key) {
            return *number;
        }
        let next = u32::try_from(self.others.len()).unwrap_or(u32::MAX) + 1;
        Rc::make_mut(&mut self.others).insert(key, next);
        next
    }
}

impl KnownTables {
    /// Whether it has this root page, and columns of these names.
    fn is(&self, root: i64, table: &CreateTable) -> bool {
        let names = table.columns.iter().map(|column| column.name.as_str());
        self.root == root && names.eq(self.columns.iter().map(|(name, _)| name.as_str()))
    }

    /// The number of a column.
    pub(super) fn column(&self, name: &str) -> u32 {
        self.columns.iter().find(|(column, _)| column == name).map_or(0, |(_, id)| *id)
    }

    /// It with the name that another one had.
    fn in_place_of(&self, name: &str, of: &Rc<Self>) -> Rc<Self> {
        let here = |(column, number): &(String, u32)| {
            let same = self.columns.iter().find(|(own, _)| own.eq_ignore_ascii_case(column));
            same.map(|(_, own)| (*number, *own))
        };
        let columns = of.columns.iter().filter_map(here).collect();
        let place = TakenPlace { name: name.to_owned(), of: Rc::clone(of), columns };
        // The last first: a table may come back to a name that it had.
        let known = self.places.0.iter().filter(|place| place.name != name);
        let places = std::iter::once(place).chain(known.cloned()).collect();
        Rc::new(Self { places: Places(places), ..self.clone() })
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    fn with(self: Rc<Self>, root: i64, table: &CreateTable) -> Rc<Self> {
        if self.is(root, table) {
            return self;
        }
        let mut own = Rc::unwrap_or_clone(self);
        own.root = root;
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let old = own.columns.len();
        if names.len() < old {
            let same = own.columns.iter().zip(&names).take_while(|((column, _), name)| column == *name).count();
            own.columns.remove(same);
            own.columns.truncate(names.len());
        }
        for (at, name) in names.into_iter().enumerate() {
            if let Some((column, _)) = own.columns.get_mut(at) {
                name.clone_into(column);
            } else {
                own.last_column += 1;
                own.columns.push((name.to_owned(), own.last_column));
            }
        }
        Rc::new(own)
    }
}
