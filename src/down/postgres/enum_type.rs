use super::name::full;
use crate::catalog::{Fact, Object};

pub(super) fn create(object: &Object) -> Vec<String> {
    vec![create_as(object, &full(object))]
}

pub(super) fn create_as(object: &Object, name: &str) -> String {
    format!("CREATE TYPE {name} AS ENUM ({})", object.fact(Fact::Labels).unwrap_or_default())
}
