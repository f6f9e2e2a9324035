//! Two databases' identities mean nothing to each other: one catalog is given those of the other, by name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalog, Id, Ignore, Kind, MoveTraces, Object, ObjectName};

/// A database as it was read: a catalog, and the texts that SQL is made of.
pub(crate) trait Snapshot: Clone {
    fn catalog(&self) -> &Catalog;

    /// The same with the identities of `model`: without what is ignored, and with what `model` has of that.
    fn fitted(self, fit: &Alignment, model: &Self) -> Self;
}

/// How a catalog is made comparable with that of another database, the model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Alignment {
    /// From the identities of the catalog to those of the model. What is ignored has none.
    ids: BTreeMap<Id, Id>,
    /// What the model has of what is ignored.
    pub(crate) kept: BTreeSet<Id>,
    /// What a move has changed in tables of the catalog.
    traces: MoveTraces,
}

impl Alignment {
    /// Objects are the same by kind and name. A column, table or enum value that is left over on both sides, with everything but its name
    /// the same, was renamed. What is left then is new.
    pub(crate) fn of(live: &Catalog, model: &Catalog, ignore: &Ignore) -> Self {
        let (mut ignored, kept) = (ignore.of(live), ignore.of(model));
        // One that is left out since nothing of its own is in it may be made by a migration all the same.
        let made: BTreeSet<&ObjectName> = model
            .iter()
            .filter(|one| one.kind() == Kind::Schema && !kept.contains(&one.id))
            .map(|one| &one.name)
            .collect();
        ignored.retain(|id| !live.get(*id).is_some_and(|one| one.kind() == Kind::Schema && made.contains(&one.name)));
        let counts = |object: &&Object| !ignored.contains(&object.id);
        let mut free: BTreeMap<(Kind, &ObjectName), &Object> = model
            .iter()
            .filter(|object| !kept.contains(&object.id))
            .map(|object| ((object.kind(), &object.name), object))
            .collect();
        let mut ids = BTreeMap::new();
        let mut rest = Vec::new();
        for object in live.iter().filter(counts) {
            match free.remove(&(object.kind(), &object.name)) {
                Some(same) => {
                    ids.insert(object.id, same.id);
                }
                None => rest.push(object),
            }
        }
        let mut matching = Matching { live, model, ids, free: free.into_values().collect() };
        let all = rest.clone();
        rest.retain(|object| !matching.renamed(object, &all));
        matching.parts_of_renamed(&mut rest);
        fresh(&mut matching.ids, &rest);
        Self { ids: matching.ids, kept, traces: ignore.traces.clone() }
    }

    /// The identity in the model, unless the object is ignored.
    pub(crate) fn id(&self, id: Id) -> Option<Id> {
        self.ids.get(&id).copied()
    }
}

struct Matching<'a> {
    live: &'a Catalog,
    model: &'a Catalog,
    ids: BTreeMap<Id, Id>,
    /// What the model has that nothing is the same as yet.
    free: Vec<&'a Object>,
}

impl Matching<'_> {
    /// Finds the one object that differs from this one in its name alone. `rest` is what else has none: of two that are alike, either may
    /// have been renamed.
    fn renamed(&mut self, object: &Object, rest: &[&Object]) -> bool {
        let has_twin = || {
            rest.iter().any(|other| {
                let is_alike = (other.kind(), other.parent) == (object.kind(), object.parent) && other.is_alike(object);
                other.id != object.id && is_alike && have_same_columns((self.live, other.id), (self.live, object.id))
            })
        };
        let found: Vec<usize> = match object.kind() {
            // PostgreSQL has no way to take a value out of an enum: one that is gone has another name.
            Kind::Column | Kind::EnumLabel => {
                let parent = object.parent.and_then(|parent| self.ids.get(&parent)).copied();
                let is_same = |other: &Object| parent.is_some() && other.parent == parent && other.is_alike(object);
                self.places(object.kind(), is_same)
            }
            Kind::Table => {
                let has_columns = !columns(self.live, object.id).is_empty();
                let is_same = |other: &Object| {
                    has_columns
                        && other.is_alike(object)
                        && have_same_columns((self.model, other.id), (self.live, object.id))
                };
                self.places(Kind::Table, is_same)
            }
            _ => return false,
        };
        let [place] = found[..] else { return false };
        if has_twin() {
            return false;
        }
        self.ids.insert(object.id, self.free.remove(place).id);
        true
    }

    fn places(&self, kind: Kind, is_same: impl Fn(&Object) -> bool) -> Vec<usize> {
        let all = self.free.iter().enumerate();
        all.filter(|(_, other)| other.kind() == kind && is_same(other)).map(|(place, _)| place).collect()
    }

    /// What belongs to a table that was renamed has another owner in its name, and is the same by what is left of that.
    fn parts_of_renamed(&mut self, rest: &mut Vec<&Object>) {
        rest.retain(|object| {
            let Some(parent) = object.parent.and_then(|parent| self.ids.get(&parent)).copied() else { return true };
            let is_same = |other: &Object| other.parent == Some(parent) && other.name.name == object.name.name;
            let Some(place) = self.places(object.kind(), is_same).first().copied() else { return true };
            self.ids.insert(object.id, self.free.remove(place).id);
            false
        });
    }
}

/// The columns of a table, by their names.
fn columns(catalog: &Catalog, table: Id) -> BTreeMap<&str, &Object> {
    let of_table = |object: &&Object| object.kind() == Kind::Column && object.parent == Some(table);
    catalog.iter().filter(of_table).map(|column| (column.name.name.as_str(), column)).collect()
}

fn have_same_columns((catalog, table): (&Catalog, Id), (other_catalog, other): (&Catalog, Id)) -> bool {
    let (own, others) = (columns(catalog, table), columns(other_catalog, other));
    own.len() == others.len()
        && own.iter().all(|(name, column)| others.get(name).is_some_and(|other| other.is_alike(column)))
}

/// Identities that neither database comes to give, in the order in which the objects were created.
fn fresh(ids: &mut BTreeMap<Id, Id>, rest: &[&Object]) {
    let first = u32::MAX - u32::try_from(rest.len()).unwrap_or(u32::MAX);
    let (wholes, parts): (Vec<&&Object>, Vec<&&Object>) = rest.iter().partition(|object| object.id.part == 0);
    for (next, object) in (first..u32::MAX).zip(wholes.into_iter().chain(parts)) {
        // A column has the number of its table.
        let within = object.parent.filter(|parent| parent.object == object.id.object && object.id.part != 0);
        let id = match within.and_then(|parent| ids.get(&parent)) {
            Some(parent) => Id { kind: object.kind(), object: parent.object, part: next },
            None => Id { kind: object.kind(), object: next, part: object.id.part },
        };
        ids.insert(object.id, id);
    }
}

impl Snapshot for Catalog {
    fn catalog(&self) -> &Catalog {
        self
    }

    fn fitted(self, fit: &Alignment, model: &Self) -> Self {
        let mut fitted = Self::default();
        for mut object in self.into_objects() {
            let Some(id) = fit.id(object.id) else { continue };
            object.id = id;
            if !fit.traces.is_empty() {
                model.get(id).iter().for_each(|model| fit.traces.lift(&mut object, model));
            }
            object.parent = object.parent.and_then(|parent| fit.id(parent));
            object.depends_on = object.depends_on.iter().filter_map(|needed| fit.id(*needed)).collect();
            fitted.insert(object);
        }
        fit.kept.iter().filter_map(|id| model.get(*id)).for_each(|object| fitted.insert(object.clone()));
        fitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Change, Fact, Pattern, diff};

    fn id(kind: Kind, object: u32, part: u32) -> Id {
        Id { kind, object, part }
    }

    /// A table with columns, by their names.
    fn table(number: u32, name: &str, columns: &[&str]) -> Vec<Object> {
        let whole =
            Object::new(id(Kind::Table, number, 0), ObjectName { schema: None, owner: None, name: name.to_owned() });
        let column = |(part, column): (u32, &&str)| {
            let own = ObjectName { schema: None, owner: Some(name.to_owned()), name: (*column).to_owned() };
            Object {
                parent: Some(whole.id),
                depends_on: BTreeSet::from([whole.id]),
                ..Object::of(id(Kind::Column, number, part), own, &[(Fact::Position, &part.to_string())])
            }
        };
        let columns: Vec<Object> = (1..).zip(columns).map(column).collect();
        [vec![whole], columns].concat()
    }

    fn catalog(tables: &[Vec<Object>]) -> Catalog {
        tables.concat().into_iter().collect()
    }

    fn fitted(live: Catalog, model: &Catalog, ignore: &[&str]) -> Catalog {
        let patterns = ignore.iter().map(|text| Pattern::parse(text).unwrap()).collect();
        let ignore = Ignore { patterns, ..Ignore::default() };
        let fit = Alignment::of(&live, model, &ignore);
        live.fitted(&fit, model)
    }

    #[test]
    fn the_same_by_name_is_the_same() {
        let model = catalog(&[table(1, "a", &["x", "y"]), table(2, "b", &["x"])]);
        let live = catalog(&[table(9, "b", &["x"]), table(5, "a", &["x", "y"])]);
        assert_eq!(fitted(live, &model, &[]), model);
    }

    #[test]
    fn what_is_new_has_an_identity_of_its_own() {
        let model = catalog(&[table(1, "a", &["x"])]);
        let live = fitted(catalog(&[table(1, "b", &["k", "v"]), table(2, "a", &["x", "y"])]), &model, &[]);
        let changes = diff(&model, &live);
        let created: Vec<String> = changes.iter().map(|change| change.object().name.plain()).collect();
        assert_eq!(created, ["b", "a.y", "b.k", "b.v"]);
        assert!(changes.iter().all(|change| matches!(change, Change::Created(_))));
        let b = changes[0].object().id;
        assert!(b.object > u32::MAX - 100);
        assert_eq!(changes[2].object().parent, Some(b));
        assert_eq!(changes[2].object().depends_on, BTreeSet::from([b]));
        assert_eq!(changes[1].object().id.object, 1);
    }

    #[test]
    fn what_differs_in_its_name_alone_was_renamed() {
        let model = catalog(&[table(1, "a", &["x", "y"]), table(2, "b", &["k"])]);
        let live = fitted(catalog(&[table(7, "a", &["x", "z"]), table(8, "c", &["k"])]), &model, &[]);
        let changes = diff(&model, &live);
        let renamed: Vec<_> = changes
            .iter()
            .map(|change| match change {
                Change::Renamed { from, to } => (from.name.plain(), to.name.plain()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(renamed, [("b".to_owned(), "c".to_owned()), ("a.y".to_owned(), "a.z".to_owned())]);
    }

    #[test]
    fn which_of_two_was_renamed_is_not_guessed() {
        let model = catalog(&[table(1, "a", &["x"]), table(2, "b", &["x"])]);
        let live = fitted(catalog(&[table(1, "c", &["x"])]), &model, &[]);
        assert!(diff(&model, &live).iter().all(|change| !matches!(change, Change::Renamed { .. })));
        let model = catalog(&[table(1, "a", &["x"])]);
        let live = fitted(catalog(&[table(1, "b", &["x"]), table(2, "c", &["x"])]), &model, &[]);
        assert!(diff(&model, &live).iter().all(|change| !matches!(change, Change::Renamed { .. })));
    }

    #[test]
    fn what_is_ignored_is_as_in_the_model() {
        let model = catalog(&[table(1, "a", &["x"]), table(2, "tmp_1", &["k"])]);
        let live = catalog(&[table(1, "a", &["x"]), table(2, "tmp_1", &["other"]), table(3, "tmp_2", &["k"])]);
        assert_eq!(fitted(live, &model, &["table tmp_*"]), model);
    }
}
