//! ALTER DEFAULT PRIVILEGES.

use super::context::Altered;
use super::grant::changes;
use super::{OwnKind, OwnStatement};
use crate::catalog::{Grants, Object};

pub(super) fn create(before: &Object) -> Vec<OwnStatement> {
    statements(before, &otherwise(before), &before.grants)
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<OwnStatement> {
    statements(altered.before, &altered.now.grants, &altered.before.grants)
}

pub(super) fn remove(now: &Object) -> Option<OwnStatement> {
    let statements = statements(now, &now.grants, &otherwise(now));
    let texts: Vec<String> = statements.into_iter().map(|statement| statement.text).collect();
    // They stand together.
    (!texts.is_empty()).then(|| OwnStatement::new(OwnKind::Rights, texts.join(";\n")))
}

/// What holds where there is no entry.
fn otherwise(object: &Object) -> Grants {
    object.body.default_privilege().map(|body| body.otherwise.clone()).unwrap_or_default()
}

fn statements(object: &Object, from: &Grants, to: &Grants) -> Vec<OwnStatement> {
    let clause = object.body.default_privilege().and_then(|body| body.clause.as_deref()).unwrap_or_default();
    let on = format!("ON {}", object.name.name);
    changes(from, to)
        .into_iter()
        .map(|change| format!("ALTER DEFAULT PRIVILEGES {clause} {}", change.sql("", &on)))
        .map(|text| OwnStatement::new(OwnKind::Rights, text))
        .collect()
}
