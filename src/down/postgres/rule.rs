//! What a constraint demands, and how CREATE and ADD take it.

use super::name::ident;
use crate::catalog::{Object, Rule, RuleKind, Validated};

pub(super) fn clause(object: &Object) -> String {
    let text = rule(object).map_or("", |rule| rule.text.as_str());
    format!("CONSTRAINT {} {text}", ident(&object.name.name))
}

/// Whether rows that are there may break it.
pub(super) fn is_not_valid(object: &Object) -> bool {
    object.body.constraint().is_some_and(|constraint| constraint.validated == Validated::No)
}

pub(super) fn is_primary_key(object: &Object) -> bool {
    rule(object).is_some_and(|rule| matches!(rule.kind, RuleKind::PrimaryKey { .. }))
}

/// Whether an index sees to it.
pub(super) fn has_index(object: &Object) -> bool {
    rule(object).is_some_and(|rule| rule.kind.has_index())
}

fn rule(object: &Object) -> Option<&Rule> {
    object.body.constraint()?.rule.as_ref()
}
