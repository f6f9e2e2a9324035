use std::collections::BTreeSet;

use super::{Kind, Name, Rows, Shape};

/// Whether a script asks for foreign keys not to be enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Enforcement {
    #[default]
    Unchanged,
    /// It has `PRAGMA foreign_keys = OFF`.
    SwitchedOff,
}

/// SQLite: what a script does that foreign keys must be guarded against. Names are as the script writes them;
/// [`Name::may_be`] compares them as SQLite does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shapes {
    pub(crate) enforcement: Enforcement,
    /// Tables that are dropped, in order.
    pub(crate) dropped: Vec<Name<'static>>,
    /// Tables that are renamed, from and to, in order.
    pub(crate) renamed: Vec<(Name<'static>, Name<'static>)>,
    /// Tables from which DELETE or REPLACE removes rows, but not while the script has foreign keys off.
    pub(crate) deleted: BTreeSet<Name<'static>>,
    /// Tables whose rows an UPDATE changes, but not while the script has foreign keys off.
    pub(crate) updated: BTreeSet<Name<'static>>,
    /// The last `PRAGMA foreign_keys` so far was OFF: whoever wrote it wants no actions of foreign keys.
    is_off: bool,
}

impl Shapes {
    /// Whether a table is dropped or renamed, so that the step needs the guard.
    pub(crate) fn need_guard(&self) -> bool {
        !self.dropped.is_empty() || !self.renamed.is_empty()
    }

    pub(super) fn see(&mut self, kind: &Kind<'_>) {
        match kind {
            Kind::Shape(Shape::DropTable { name }) => self.dropped.push(name.to_owned()),
            Kind::Shape(Shape::RenameTable { from, to }) => self.renamed.push((from.to_owned(), to.to_owned())),
            Kind::Rows(_) if self.is_off => {}
            Kind::Rows(Rows::Delete { table } | Rows::Replace { table }) => insert(&mut self.deleted, table),
            Kind::Rows(Rows::Update { table }) => insert(&mut self.updated, table),
            Kind::Pragma(pragma) if pragma.is("foreign_keys") && pragma.value.is_some() => {
                self.is_off = pragma.switches_off();
                if self.is_off {
                    self.enforcement = Enforcement::SwitchedOff;
                }
            }
            _ => {}
        }
    }
}

/// A script may have a million REPLACE of one table: only the first is copied.
fn insert(names: &mut BTreeSet<Name<'static>>, name: &Name<'_>) {
    if !contains(names, name) {
        names.insert(name.to_owned());
    }
}

fn contains<'a>(names: &BTreeSet<Name<'a>>, name: &Name<'a>) -> bool {
    names.contains(name)
}
