//! ALTER DEFAULT PRIVILEGES. Where there is no entry, `Value` of the inspection says what holds.

use super::context::Altered;
use super::grant::changes;
use crate::catalog::{Fact, Object};

pub(super) fn create(before: &Object) -> Vec<String> {
    statements(before, before.fact(Fact::Value), before.fact(Fact::Grants))
}

pub(super) fn alter(altered: &Altered<'_>) -> Vec<String> {
    statements(altered.before, altered.now.fact(Fact::Grants), altered.before.fact(Fact::Grants))
}

pub(super) fn remove(now: &Object) -> Option<String> {
    let statements = statements(now, now.fact(Fact::Grants), now.fact(Fact::Value));
    (!statements.is_empty()).then(|| statements.join(";\n"))
}

fn statements(object: &Object, from: Option<&str>, to: Option<&str>) -> Vec<String> {
    let clause = object.fact(Fact::Definition).unwrap_or_default();
    let on = format!("ON {}", object.name.name);
    changes(from, to)
        .into_iter()
        .map(|change| format!("ALTER DEFAULT PRIVILEGES {clause} {}", change.sql("", &on)))
        .collect()
}
