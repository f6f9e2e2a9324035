//! ALTER DEFAULT PRIVILEGES.

use super::context::Altered;
use super::grant::changes;
use crate::catalog::{Grants, Object};

pub(super) fn create(before: &Object) -> Vec<String> {
    statements(before, &otherwise(before), &before.grants)
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<String> {
    statements(altered.before, &altered.now.grants, &altered.before.grants)
}

pub(super) fn remove(now: &Object) -> Option<String> {
    let statements = statements(now, &now.grants, &otherwise(now));
    (!statements.is_empty()).then(|| statements.join(";\n"))
}

/// What holds where there is no entry.
fn otherwise(object: &Object) -> Grants {
    object.body.default_privilege().map(|body| body.otherwise.clone()).unwrap_or_default()
}

fn statements(object: &Object, from: &Grants, to: &Grants) -> Vec<String> {
    let clause = object.body.default_privilege().and_then(|body| body.clause.as_deref()).unwrap_or_default();
    let on = format!("ON {}", object.name.name);
    changes(from, to)
        .into_iter()
        .map(|change| format!("ALTER DEFAULT PRIVILEGES {clause} {}", change.sql("", &on)))
        .collect()
}
