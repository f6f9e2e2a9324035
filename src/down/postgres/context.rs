//! Two catalogs of one database, matched.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Change, Id, Kind, Object};
pub(super) use crate::database::postgres::print::Altered;

/// What `before` and `now` have in common and what not.
pub(super) struct UndoContext<'a> {
    pub(super) before: &'a Catalog,
    pub(super) now: &'a Catalog,
    /// In `now` alone.
    pub(super) created: Vec<&'a Object>,
    /// In `before` alone.
    pub(super) missing: BTreeMap<Id, &'a Object>,
    pub(super) renamed: Vec<(&'a Object, &'a Object)>,
    /// By the identity in `before`.
    pub(super) altered: BTreeMap<Id, Altered<'a>>,
    /// What has a new identity: from that in `before` to that in `now`.
    rebuilt: BTreeMap<Id, Id>,
    /// What needs an object of `now`, or is a part of it.
    users: BTreeMap<Id, Vec<Id>>,
    parts: BTreeMap<Id, Vec<Id>>,
}

impl<'a> UndoContext<'a> {
    pub(super) fn new(before: &'a Catalog, now: &'a Catalog, changes: &[Change<'a>]) -> Self {
        let mut context = Self {
            before,
            now,
            created: Vec::new(),
            missing: BTreeMap::new(),
            renamed: Vec::new(),
            altered: BTreeMap::new(),
            rebuilt: rebuilt(before, now),
            users: BTreeMap::new(),
            parts: BTreeMap::new(),
        };
        for change in changes {
            context.take(change);
        }
        context.created.sort_by_key(|object| object.id);
        for object in now.iter() {
            object.depends_on.iter().for_each(|id| context.users.entry(*id).or_default().push(object.id));
            object.parent.iter().for_each(|id| context.parts.entry(*id).or_default().push(object.id));
        }
        context
    }

    fn take(&mut self, change: &Change<'a>) {
        match change {
            Change::Created(object) => self.created.push(object),
            Change::Dropped(object) => {
                self.missing.insert(object.id, object);
            }
            Change::Renamed { from, to } => {
                self.renamed.push((from, to));
                let facts = from.differing(to);
                if !facts.is_empty() {
                    self.altered.insert(from.id, Altered { before: from, now: to, facts });
                }
            }
            Change::Altered { from, to, facts } => {
                self.altered.insert(from.id, Altered { before: from, now: to, facts: facts.clone() });
            }
        }
    }

    /// The object in `now` that one of `before` is.
    pub(super) fn now_of(&self, id: Id) -> Option<&'a Object> {
        let now: &'a Catalog = self.now;
        now.get(id).or_else(|| now.get(*self.rebuilt.get(&id)?))
    }

    /// Whether an object of `now` was not there before.
    pub(super) fn is_created(&self, id: Id) -> bool {
        self.created.binary_search_by_key(&id, |object| object.id).is_ok()
    }

    pub(super) fn users_of(&self, id: Id) -> impl Iterator<Item = &'a Object> {
        let now: &'a Catalog = self.now;
        self.users.get(&id).into_iter().flatten().filter_map(move |id| now.get(*id))
    }

    pub(super) fn parts_of(&self, id: Id) -> impl Iterator<Item = &'a Object> {
        let now: &'a Catalog = self.now;
        self.parts.get(&id).into_iter().flatten().filter_map(move |id| now.get(*id))
    }

    /// Whether the table that a part of `before` belongs to is not there.
    pub(super) fn parent_is_missing(&self, object: &Object) -> bool {
        object.parent.is_some_and(|parent| self.now_of(parent).is_none())
    }
}

fn rebuilt(before: &Catalog, now: &Catalog) -> BTreeMap<Id, Id> {
    let key = |object: &'_ Object| (object.kind(), object.name.clone());
    let new: BTreeMap<_, Id> =
        now.iter().filter(|object| before.get(object.id).is_none()).map(|object| (key(object), object.id)).collect();
    let gone = before.iter().filter(|object| now.get(object.id).is_none());
    gone.filter_map(|object| Some((object.id, *new.get(&key(object))?))).collect()
}

/// Whether objects of this kind hold no rows, and are the same when they are dropped and made again.
pub(super) fn is_disposable(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Function
            | Kind::Procedure
            | Kind::Aggregate
            | Kind::Index
            | Kind::Constraint
            | Kind::Statistics
            | Kind::View
            | Kind::MaterializedView
            | Kind::Rule
            | Kind::Trigger
            | Kind::EventTrigger
            | Kind::Policy
            | Kind::ForeignTable
    )
}

/// Whether columns can be of it.
pub(super) fn is_type(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::EnumType
            | Kind::CompositeType
            | Kind::RangeType
            | Kind::Domain
            | Kind::Other
            | Kind::Extension
            | Kind::Table
    )
}
