//! Operators, casts, collations, text search, foreign servers and the like: made again where the inspection has the statements.

use crate::catalog::Object;

pub(super) fn can_be_made(object: &Object) -> bool {
    statements(object).is_some()
}

/// Where the inspection has no statements, it has something else that tells the object apart.
fn statements(object: &Object) -> Option<&str> {
    object.body.other()?.definition.as_deref().filter(|definition| definition.starts_with("CREATE "))
}

pub(super) fn create(object: &Object) -> Vec<String> {
    statements(object)
        .unwrap_or_default()
        .split(";\n")
        .filter(|statement| !statement.is_empty())
        .map(str::to_owned)
        .collect()
}
