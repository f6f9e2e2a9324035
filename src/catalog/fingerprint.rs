use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};

#[cfg(test)]
use super::Body;
use super::shared::{HashedObject, SharedObject};
use super::{Catalog, Id, Object};
use crate::hex::Hex;

/// A hash of a catalog that is the same for the same schema, whatever way it was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Hashes kinds, names and facts in the order of names. Identities do not count.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        Self(catalog.hash(|| hash(catalog.shared().collect())))
    }

    /// The same, but for these objects.
    pub(crate) fn without(catalog: &Catalog, ignored: &BTreeSet<Id>) -> Self {
        if ignored.is_empty() {
            return Self::of(catalog);
        }
        Self(hash(catalog.shared().filter(|object| !ignored.contains(&object.id)).collect()))
    }

    /// The same, but for the order of columns.
    #[cfg(test)]
    pub(crate) fn but_for_column_order(catalog: &Catalog) -> Self {
        let mut catalog = catalog.clone();
        catalog.change_all(|object| {
            if let Body::Column(column) = &mut object.body {
                column.position = None;
            }
        });
        Self::of(&catalog)
    }
}

/// Tells catalogs apart as a [`Fingerprint`] does, within one process: what is summed up needs no order, and of each object is hashed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CatalogSum(u128);

impl CatalogSum {
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let sum = |sum: u128, object: &SharedObject| sum.wrapping_add(object.hashed(hashed).number);
        Self(catalog.shared().fold(0, sum))
    }
}

fn hash(mut objects: Vec<&SharedObject>) -> [u8; 32] {
    objects.sort_by(|a, b| (a.kind(), &a.name).cmp(&(b.kind(), &b.name)));
    let mut hash = Sha256::new();
    objects.iter().for_each(|object| hash.update(&object.hashed(hashed).text));
    hash.finalize().into()
}

fn hashed(object: &Object) -> HashedObject {
    let text = text(object);
    let hash: [u8; 32] = Sha256::digest(&text).into();
    let number = hash.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
    HashedObject { text, number }
}

/// What is hashed of an object.
fn text(object: &Object) -> Vec<u8> {
    let mut text = Vec::new();
    let mut field = |part: &str| {
        // The length keeps neighbours apart.
        text.extend(part.len().to_be_bytes());
        text.extend(part.as_bytes());
    };
    field(&format!("{:?} {}", object.kind(), object.name));
    for (fact, value) in &object.facts() {
        field(&format!("{fact:?}"));
        field(value);
    }
    text
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
    use crate::catalog::{Fact, Kind, ObjectName};

    fn column(number: u32, name: &str, position: &str) -> Object {
        let id = Id { kind: Kind::Column, object: 1, part: number };
        let name = ObjectName { schema: None, owner: Some("t".into()), name: name.into() };
        Object::of(id, name, &[(Fact::Type, "integer"), (Fact::Position, position)])
    }

    fn catalog(columns: [Object; 2]) -> Catalog {
        columns.into_iter().collect()
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
