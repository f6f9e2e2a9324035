use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};

use super::{Catalog, Fact, Id, Object};
use crate::hex::Hex;

/// A hash of a catalog that is the same for the same schema, whatever way it was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Hashes kinds, names and facts in the order of names. Identities do not count.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        Self::without(catalog, &BTreeSet::new())
    }

    /// The same, but for these objects.
    pub(crate) fn without(catalog: &Catalog, ignored: &BTreeSet<Id>) -> Self {
        Self::with(catalog.iter().filter(|object| !ignored.contains(&object.id)), |_| true)
    }

    /// The same, but for the order of columns.
    #[cfg(test)]
    pub(crate) fn but_for_column_order(catalog: &Catalog) -> Self {
        Self::with(catalog.iter(), |fact| fact != Fact::Position)
    }

    fn with<'a>(objects: impl Iterator<Item = &'a Object>, counts: impl Fn(Fact) -> bool) -> Self {
        let mut objects: Vec<&Object> = objects.collect();
        objects.sort_by(|a, b| (a.kind(), &a.name).cmp(&(b.kind(), &b.name)));
        let mut hash = Sha256::new();
        let mut field = |text: &str| {
            // The length keeps neighbours apart.
            hash.update(text.len().to_be_bytes());
            hash.update(text.as_bytes());
        };
        for object in objects {
            field(&format!("{:?} {}", object.kind(), object.name));
            for (fact, value) in object.facts().iter().filter(|(fact, _)| counts(**fact)) {
                field(&format!("{fact:?}"));
                field(value);
            }
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", Hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Id, Kind, ObjectName};

    fn column(number: u32, name: &str, position: &str) -> Object {
        let id = Id { kind: Kind::Column, object: 1, part: number };
        let name = ObjectName { schema: None, owner: Some("t".into()), name: name.into() };
        Object::of(id, name, &[(Fact::Type, "integer"), (Fact::Position, position)])
    }

    fn catalog(columns: [Object; 2]) -> Catalog {
        Catalog { objects: columns.into_iter().map(|object| (object.id, object)).collect() }
    }

    #[test]
    fn only_what_is_seen_counts() {
        let one = catalog([column(1, "a", "1"), column(2, "b", "2")]);
        let other_numbers = catalog([column(7, "b", "2"), column(9, "a", "1")]);
        let other_order = catalog([column(1, "b", "1"), column(2, "a", "2")]);
        assert_eq!(Fingerprint::of(&one), Fingerprint::of(&other_numbers));
        assert_ne!(Fingerprint::of(&one), Fingerprint::of(&other_order));
        assert_eq!(Fingerprint::but_for_column_order(&one), Fingerprint::but_for_column_order(&other_order));
    }
}
