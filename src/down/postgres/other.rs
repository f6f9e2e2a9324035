//! Operators, casts, collations, text search, foreign servers and the like: made again where the inspection has the statements.

use super::OwnStatement;
use crate::catalog::{Making, Object};

pub(super) fn can_be_made(object: &Object) -> bool {
    statements(object).is_some()
}

/// Where the inspection has no statements, it has something else that tells the object apart.
fn statements(object: &Object) -> Option<&[String]> {
    match object.body.other()?.making.as_ref()? {
        Making::Statements(statements) => Some(statements),
        Making::Mark(_) => None,
    }
}

pub(super) fn create(object: &Object) -> Vec<OwnStatement> {
    let all = statements(object).unwrap_or_default().iter();
    all.filter(|statement| !statement.is_empty()).map(OwnStatement::object).collect()
}
