//! Operators, casts, collations, text search, foreign servers and the like: made again where the inspection has the statements.

use crate::catalog::{Fact, Object};

pub(super) fn can_be_made(object: &Object) -> bool {
    object.fact(Fact::Definition).is_some_and(|definition| definition.starts_with("CREATE "))
}

pub(super) fn create(object: &Object) -> Vec<String> {
    let definition = object.fact(Fact::Definition).filter(|_| can_be_made(object)).unwrap_or_default();
    definition.split(";\n").filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}
