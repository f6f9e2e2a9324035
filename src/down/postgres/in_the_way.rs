//! What must go before a column or a type can be altered.

use super::context::{Altered, UndoContext, is_disposable};
use crate::catalog::{Constraint, Fact, Keys, Kind, Object, RuleKind};

/// Whether what is built on the column must go before it can be altered.
pub(super) fn must_clear(altered: &Altered<'_>) -> bool {
    altered.has(&[Fact::Type, Fact::Collation]) || must_replace(altered)
}

/// An expression cannot be given to a column that has none, or be another (before PostgreSQL 17).
pub(super) fn must_replace(altered: &Altered<'_>) -> bool {
    altered.has(&[Fact::Generated]) && altered.before.is_generated()
}

/// What cannot be where the type of a column is changed. Indexes and keys are rebuilt by the server; the texts of checks and
/// predicates would keep a cast. A foreign key has two ends, which are changed one after the other.
pub(super) fn of_column<'a>(context: &UndoContext<'a>, now: &'a Object) -> Vec<&'a Object> {
    let mut found: Vec<&Object> = Vec::new();
    if context.altered.values().any(|altered| altered.now.id == now.id && must_replace(altered)) {
        found.push(now);
    }
    found.extend(context.users_of(now.id).filter(|user| match user.kind() {
        Kind::Column => user.is_generated() && user.parent == now.parent,
        Kind::Index => user.body.index().is_some_and(|index| index.keys == Keys::Expressions && index.parent.is_none()),
        Kind::Constraint => {
            user.body.constraint().is_some_and(|own| own.origin.is_none() && has_text(context, own, now))
        }
        kind => is_disposable(kind),
    }));
    found
}

/// Whether a constraint keeps a text of its own, or an operator that the types of both its ends have.
fn has_text(context: &UndoContext<'_>, constraint: &Constraint, now: &Object) -> bool {
    match constraint.rule.as_ref().map(|rule| &rule.kind) {
        Some(RuleKind::ForeignKey(_)) => !stays_comparable(context, now),
        Some(RuleKind::Check { .. } | RuleKind::Exclude) => true,
        Some(RuleKind::PrimaryKey { .. } | RuleKind::Unique { .. }) | None => false,
    }
}

/// Whether values of the type that a column has can be compared with those of the type that it is to have again.
fn stays_comparable(context: &UndoContext<'_>, now: &Object) -> bool {
    let altered = context.altered.values().find(|altered| altered.now.id == now.id);
    altered.is_some_and(|altered| {
        let [now, before] = [altered.now, altered.before].map(|column| family(column.data_type()));
        !altered.has(&[Fact::Type]) || now.is_some() && now == before
    })
}

/// Types of which each has an operator `=` with each other one.
fn family(declared: &str) -> Option<&'static str> {
    match declared.split('(').next().unwrap_or_default() {
        "smallint" | "integer" | "bigint" => Some("integer"),
        "text" | "character varying" => Some("text"),
        _ => None,
    }
}

/// Everything that the type, or a column of it, is used by.
pub(super) fn of_type<'a>(context: &UndoContext<'a>, now: &Object) -> Vec<&'a Object> {
    let mut found: Vec<&Object> = Vec::new();
    for user in context.users_of(now.id) {
        match user.kind() {
            Kind::Column => found.extend(of_column(context, user)),
            kind if is_disposable(kind) => found.push(user),
            _ => {}
        }
    }
    found
}
