use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{Catalog, Fact, Kind, Object, ObjectName, SharedObject};

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
    let (mut changes, mut new, mut gone) = (Vec::new(), Vec::new(), BTreeMap::new());
    for both in aligned(from, to) {
        match both {
            (Some(before), Some(object)) if before.is_same(object) => {}
            (Some(before), Some(object)) => changes.extend(compare(before, object)),
            (Some(before), None) => {
                gone.insert(key(before), &**before);
            }
            (None, Some(object)) => new.push(&**object),
            (None, None) => {}
        }
    }
    for object in new {
        changes.extend(match gone.remove(&key(object)) {
            None => Some(Change::Created(object)),
            Some(before) => compare(before, object),
        });
    }
    changes.extend(gone.into_values().map(Change::Dropped));
    changes.sort_by_key(|change| change.object().id);
    changes
}

/// The objects of both in the order of their identities, those that are in both beside each other.
fn aligned<'a>(
    from: &'a Catalog,
    to: &'a Catalog,
) -> impl Iterator<Item = (Option<&'a SharedObject>, Option<&'a SharedObject>)> {
    // What is shared as a whole differs in nothing.
    let is_one = from.is_same(to);
    let (mut before, mut after) = (from.shared().peekable(), to.shared().peekable());
    std::iter::from_fn(move || {
        if is_one {
            return None;
        }
        let order = match (before.peek(), after.peek()) {
            (Some(before), Some(after)) => before.id.cmp(&after.id),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        let before = before.next_if(|_| order != Ordering::Greater);
        Some((before, after.next_if(|_| order != Ordering::Less)))
    })
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
        objects.iter().cloned().collect()
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
