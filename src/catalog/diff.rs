use std::collections::BTreeMap;

use super::{Catalog, Fact, Kind, Object, ObjectName};

/// One difference between two catalogs of the same database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    /// It is in `to` alone.
    Created(&'a Object),
    /// It is in `from` alone.
    Dropped(&'a Object),
    /// The same object has another name, and perhaps other facts.
    Renamed { from: &'a Object, to: &'a Object },
    /// The same object, by the same name, has other facts.
    Altered { from: &'a Object, to: &'a Object, facts: Vec<Fact> },
}

impl<'a> Change<'a> {
    /// The object as it is in `to`, or was in `from`.
    pub(crate) fn object(&self) -> &'a Object {
        match self {
            Self::Created(object) | Self::Dropped(object) => object,
            Self::Renamed { to, .. } | Self::Altered { to, .. } => to,
        }
    }
}

/// What must change in `from` to make it `to`, in the order of kinds and identities.
///
/// Objects are the same where their identity is. One whose identity is new is the same as one of its kind and name whose identity
/// is gone: it was rebuilt.
pub(crate) fn diff<'a>(from: &'a Catalog, to: &'a Catalog) -> Vec<Change<'a>> {
    let mut gone: BTreeMap<(Kind, &ObjectName), &Object> =
        from.iter().filter(|object| to.get(object.id).is_none()).map(|object| (key(object), object)).collect();
    let mut changes = Vec::new();
    for object in to.iter() {
        let before = from.get(object.id).or_else(|| gone.remove(&key(object)));
        changes.extend(match before {
            None => Some(Change::Created(object)),
            Some(before) => compare(before, object),
        });
    }
    changes.extend(gone.into_values().map(Change::Dropped));
    changes.sort_by_key(|change| change.object().id);
    changes
}

fn key(object: &Object) -> (Kind, &ObjectName) {
    (object.kind(), &object.name)
}

fn compare<'a>(from: &'a Object, to: &'a Object) -> Option<Change<'a>> {
    if from.name.name != to.name.name || from.name.schema != to.name.schema {
        return Some(Change::Renamed { from, to });
    }
    let facts = from.differing(to);
    (!facts.is_empty()).then_some(Change::Altered { from, to, facts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Id;

    fn object(kind: Kind, number: u32, name: &str, definition: &str) -> Object {
        let name = ObjectName { schema: None, owner: None, name: name.to_owned() };
        Object::of(Id { kind, object: number, part: 0 }, name, &[(Fact::Definition, definition)])
    }

    fn catalog(objects: &[Object]) -> Catalog {
        Catalog { objects: objects.iter().map(|object| (object.id, object.clone())).collect() }
    }

    #[test]
    fn identity_tells_a_rename_from_a_drop_and_a_create() {
        let from = catalog(&[object(Kind::Table, 2, "a", "x"), object(Kind::Table, 3, "b", "y")]);
        let to = catalog(&[object(Kind::Table, 2, "z", "x"), object(Kind::Table, 9, "c", "y")]);
        let changes = diff(&from, &to);
        assert!(matches!(changes[0], Change::Renamed { from, to } if from.name.name == "a" && to.name.name == "z"));
        assert!(matches!(changes[1], Change::Dropped(object) if object.name.name == "b"));
        assert!(matches!(changes[2], Change::Created(object) if object.name.name == "c"));
        assert_eq!(changes.len(), 3);
    }

    #[test]
    fn a_rebuilt_object_is_the_same_by_its_name() {
        let from = catalog(&[object(Kind::Table, 2, "a", "x")]);
        assert_eq!(diff(&from, &catalog(&[object(Kind::Table, 7, "a", "x")])), []);
        let altered = catalog(&[object(Kind::Table, 7, "a", "y")]);
        assert!(matches!(&diff(&from, &altered)[..], [Change::Altered { facts, .. }] if *facts == [Fact::Definition]));
    }
}
