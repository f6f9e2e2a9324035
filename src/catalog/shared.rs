//! An object that several catalogs have: what did not change between two readings is one object, and is told to be so at a glance.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::Object;

/// An object that nobody changes. Whoever wants another one makes another one, so that what is kept beside it stays true.
#[derive(Clone)]
pub(crate) struct SharedObject(Arc<Kept>);

struct Kept {
    object: Object,
    /// What is hashed of it, once somebody has asked.
    hashed: OnceLock<HashedObject>,
}

/// What is hashed of an object, and a number that it alone has.
pub(super) struct HashedObject {
    pub(super) text: Vec<u8>,
    pub(super) number: u128,
}

impl SharedObject {
    pub(crate) fn new(object: Object) -> Self {
        Self(Arc::new(Kept { object, hashed: OnceLock::new() }))
    }

    /// Whether both are one and the same in memory. Others may be equal too.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What is hashed of it, made at the first time.
    pub(super) fn hashed(&self, make: impl FnOnce(&Object) -> HashedObject) -> &HashedObject {
        self.0.hashed.get_or_init(|| make(&self.0.object))
    }

    pub(super) fn into_object(self) -> Object {
        match Arc::try_unwrap(self.0) {
            Ok(kept) => kept.object,
            Err(shared) => shared.object.clone(),
        }
    }
}

impl Deref for SharedObject {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.0.object
    }
}

impl PartialEq for SharedObject {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.0.object == other.0.object
    }
}

impl Eq for SharedObject {}

impl fmt::Debug for SharedObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.object, f)
    }
}
