//! What the tables that a script makes hold of those that were there before it: exactly, or nothing is said of it.

use std::borrow::Cow;

use crate::sql::effect::{Copy, CopyColumns, DeclaredColumn};
use crate::sql::name::{is_exactly, is_name};
use crate::sql::{Copied, Dialect, Name, UpLeft};

/// The tables that a script has made, as they are at one place of it.
#[derive(Debug)]
pub(super) struct Contents {
    dialect: Dialect,
    made: Vec<TableContents>,
    /// Tables that were there and have another name by now: that, and the one before.
    moved: Vec<(Name<'static>, Name<'static>)>,
    /// The other names that columns of tables have got which were there, in their order: the table as it was called, the name before, the one since.
    columns: Vec<(Name<'static>, String, String)>,
}

#[derive(Debug)]
struct TableContents {
    name: Name<'static>,
    columns: Vec<String>,
    /// Copies of tables that were there, by the names that these had when the script began.
    holds: Vec<(Name<'static>, CopiedPart)>,
    /// Whether a trigger or a rule may do something else with what is written into it.
    is_guarded: bool,
}

/// Which columns: see [`Copied`].
#[derive(Debug, Clone)]
struct CopiedPart {
    columns: Option<Vec<String>>,
    in_order: Option<Vec<String>>,
}

impl Default for Contents {
    fn default() -> Self {
        Self::new(Dialect::Postgres)
    }
}

impl Contents {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, made: Vec::new(), moved: Vec::new(), columns: Vec::new() }
    }

    pub(super) fn make(&mut self, table: &Name<'_>, columns: &[DeclaredColumn<'_>]) {
        let columns = columns.iter().map(|column| column.name.to_string()).collect();
        self.made.push(TableContents { name: table.to_owned(), columns, holds: Vec::new(), is_guarded: false });
    }

    /// Whether the script itself has made the table.
    pub(super) fn has(&self, table: &Name<'_>) -> bool {
        self.find(table).is_some()
    }

    /// Drops one that the script has made; false where it was there before.
    pub(super) fn drop(&mut self, table: &Name<'_>) -> bool {
        let found = self.find(table);
        found.map(|at| self.made.remove(at)).is_some()
    }

    /// Renames one that the script has made; false where it was there before.
    pub(super) fn rename(&mut self, from: &Name<'_>, to: &Name<'_>) -> bool {
        if let Some(at) = self.find(from) {
            self.made[at].name = to.to_owned();
            return true;
        }
        let origin = self.origin(from);
        self.moved.retain(|(now, _)| !is_exactly(self.dialect, now, from));
        self.moved.push((to.to_owned(), origin));
        false
    }

    /// Renames a column of a table that was there: what is copied of it is known by the name that it had.
    pub(super) fn rename_column(&mut self, table: &Name<'_>, from: &str, to: &str) {
        if self.find(table).is_none() {
            self.columns.push((self.origin(table), from.to_owned(), to.to_owned()));
        }
    }

    /// What is copied of a table that was there, by the names that its columns had when the script began.
    fn as_it_was(&self, origin: &Name<'_>, part: CopiedPart) -> CopiedPart {
        let renames = self.columns.iter().rev().filter(|(table, ..)| is_exactly(self.dialect, table, origin));
        let first = |name: String| {
            renames.clone().fold(
                name,
                |name, (_, from, to)| {
                    if is_name(self.dialect, &name, to) { from.clone() } else { name }
                },
            )
        };
        let all = |names: Vec<String>| names.into_iter().map(first).collect();
        CopiedPart { columns: part.columns.map(all), in_order: part.in_order.map(all) }
    }

    /// The name that a table had when the script began.
    pub(super) fn origin(&self, table: &Name<'_>) -> Name<'static> {
        let moved = self.moved.iter().find(|(now, _)| is_exactly(self.dialect, now, table));
        moved.map_or_else(|| table.to_owned(), |(_, before)| before.clone())
    }

    pub(super) fn guard(&mut self, table: &Name<'_>) {
        for made in self.made.iter_mut().filter(|made| made.name.may_be(table)) {
            made.is_guarded = true;
        }
    }

    /// What the table holds may not be what was copied any more.
    pub(super) fn spoil(&mut self, table: &Name<'_>) {
        for made in self.made.iter_mut().filter(|made| made.name.may_be(table)) {
            made.holds.clear();
        }
    }

    /// Names may mean other tables from here on, or anything may have been done to them.
    pub(super) fn forget(&mut self) {
        self.made.clear();
        self.moved.clear();
        self.columns.clear();
    }

    pub(super) fn copy(&mut self, copy: &Copy<'_>) {
        let Some(into) = self.find(&copy.into).filter(|at| !self.made[*at].is_guarded) else { return };
        let targets = &self.made[into].columns;
        let new = if let Some(from) = self.find(&copy.from) {
            self.made[from]
                .holds
                .iter()
                .filter_map(|(origin, part)| Some((origin.clone(), self.again(part, from, &copy.columns, targets)?)))
                .collect()
        } else {
            let origin = self.origin(&copy.from);
            let part = part(&copy.columns, targets).map(|part| self.as_it_was(&origin, part));
            Vec::from_iter(part.map(|part| (origin, part)))
        };
        self.made[into].holds.extend(new);
    }

    /// What of a copy is in a copy of it.
    fn again(
        &self,
        part: &CopiedPart,
        from: usize,
        columns: &CopyColumns<'_>,
        targets: &[String],
    ) -> Option<CopiedPart> {
        let named = match columns {
            CopyColumns::All => return Some(part.clone()),
            CopyColumns::Named(names) => names.iter().map(ToString::to_string).collect(),
            CopyColumns::InOrder(items) => in_order(items, targets)?,
            CopyColumns::AllInOrder if self.made[from].columns.is_empty() => {
                // A copy by CREATE TABLE AS: what its columns are is not in the text.
                let whole = part.columns.is_none() && part.in_order.is_none() && !targets.is_empty();
                return whole.then(|| CopiedPart { columns: Some(targets.to_vec()), in_order: Some(targets.to_vec()) });
            }
            CopyColumns::AllInOrder => {
                let same = self.made[from].columns.iter().zip(targets);
                same.filter(|(from, to)| is_name(self.dialect, from, to)).map(|(from, _)| from.clone()).collect()
            }
        };
        let columns: Vec<String> = match &part.columns {
            None => named,
            Some(held) => {
                held.iter().filter(|held| named.iter().any(|name| is_name(self.dialect, name, held))).cloned().collect()
            }
        };
        Some(CopiedPart { columns: Some(columns), in_order: part.in_order.clone() })
    }

    /// What the table that has this name in the end holds of another one, by the name that this had when the script began.
    pub(super) fn kept(&self, name: &Name<'_>, origin: &Name<'_>) -> Option<Copied> {
        let made = &self.made[self.find(name)?];
        let (_, part) = made.holds.iter().find(|(held, _)| is_exactly(self.dialect, held, origin))?;
        let CopiedPart { columns, in_order } = part.clone();
        Some(Copied { columns, in_order, kept_in: made.name.clone(), left: UpLeft::default() })
    }

    fn find(&self, table: &Name<'_>) -> Option<usize> {
        self.made.iter().rposition(|made| is_exactly(self.dialect, &made.name, table))
    }
}

/// Of a table that was there.
fn part(columns: &CopyColumns<'_>, targets: &[String]) -> Option<CopiedPart> {
    match columns {
        CopyColumns::All => Some(CopiedPart { columns: None, in_order: None }),
        CopyColumns::AllInOrder if targets.is_empty() => None,
        CopyColumns::AllInOrder => {
            Some(CopiedPart { columns: Some(targets.to_vec()), in_order: Some(targets.to_vec()) })
        }
        CopyColumns::Named(names) => {
            Some(CopiedPart { columns: Some(names.iter().map(ToString::to_string).collect()), in_order: None })
        }
        CopyColumns::InOrder(items) => Some(CopiedPart { columns: Some(in_order(items, targets)?), in_order: None }),
    }
}

/// Those that are written into the column of their own name.
fn in_order(items: &[Option<Cow<'_, str>>], targets: &[String]) -> Option<Vec<String>> {
    if targets.len() < items.len() {
        return None;
    }
    let pairs = items.iter().zip(targets);
    Some(
        pairs.filter(|(item, target)| item.as_deref() == Some(target.as_str())).map(|(_, name)| name.clone()).collect(),
    )
}
