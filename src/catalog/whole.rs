//! All objects of a database.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

#[cfg(feature = "postgres")]
use super::Kind;
use super::{Id, Object, SharedObject};

/// What a database holds.
///
/// A copy of it costs nothing, and one that was changed shares with it what is the same in both.
#[derive(Clone, Default)]
pub(crate) struct Catalog {
    objects: Arc<BTreeMap<Id, SharedObject>>,
    /// Its hash, once somebody has asked: of these objects, and of no others.
    hash: Arc<OnceLock<[u8; 32]>>,
}

impl Catalog {
    pub(crate) fn get(&self, id: Id) -> Option<&Object> {
        self.objects.get(&id).map(|object| &**object)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Object> {
        self.objects.values().map(|object| &**object)
    }

    /// The objects as they are shared, in the order of their identities.
    pub(super) fn shared(&self) -> impl Iterator<Item = &SharedObject> {
        self.objects.values()
    }

    /// Whether both share all that they have.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.objects, &other.objects)
    }

    /// The hash of all its objects, made at the first time.
    pub(super) fn hash(&self, make: impl FnOnce() -> [u8; 32]) -> [u8; 32] {
        *self.hash.get_or_init(make)
    }

    pub(crate) fn insert(&mut self, object: Object) {
        self.insert_shared(SharedObject::new(object));
    }

    pub(crate) fn insert_shared(&mut self, object: SharedObject) {
        self.changing().insert(object.id, object);
    }

    pub(crate) fn remove(&mut self, id: Id) {
        self.changing().remove(&id);
    }

    /// Makes changes to every object. Their identities stay.
    pub(crate) fn change_all(&mut self, mut change: impl FnMut(&mut Object)) {
        for object in self.changing().values_mut() {
            *object = changed(object, &mut change);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The objects themselves, in the order of their identities.
    pub(crate) fn into_objects(self) -> impl Iterator<Item = Object> {
        Arc::unwrap_or_clone(self.objects).into_values().map(SharedObject::into_object)
    }

    /// The one door to its objects for whoever changes them: what was known of those before is not known of these.
    fn changing(&mut self) -> &mut BTreeMap<Id, SharedObject> {
        self.hash = Arc::default();
        Arc::make_mut(&mut self.objects)
    }
}

fn changed(object: &SharedObject, change: impl FnOnce(&mut Object)) -> SharedObject {
    let mut own = Object::clone(object);
    change(&mut own);
    if own == **object { object.clone() } else { SharedObject::new(own) }
}

impl FromIterator<Object> for Catalog {
    fn from_iter<I: IntoIterator<Item = Object>>(objects: I) -> Self {
        objects.into_iter().map(SharedObject::new).collect()
    }
}

impl FromIterator<SharedObject> for Catalog {
    fn from_iter<I: IntoIterator<Item = SharedObject>>(objects: I) -> Self {
        let objects = objects.into_iter().map(|object| (object.id, object)).collect();
        Self { objects: Arc::new(objects), hash: Arc::default() }
    }
}

impl PartialEq for Catalog {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.objects == other.objects
    }
}

impl Eq for Catalog {}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(feature = "postgres")]
impl Catalog {
    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Object> {
        let of = |part| Id { kind, object: part, part };
        self.objects.range(of(u32::MIN)..=of(u32::MAX)).map(|(_, object)| &**object)
    }

    /// What belongs to an object: the columns of a table.
    pub(crate) fn parts_of(&self, id: Id) -> impl Iterator<Item = &Object> {
        self.iter().filter(move |object| object.parent == Some(id))
    }
}
