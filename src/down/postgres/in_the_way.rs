//! What must go before a column or a type can be altered.

use super::context::{Altered, Context, is_disposable};
use crate::catalog::{Fact, Kind, Object};

/// Whether what is built on the column must go before it can be altered.
pub(super) fn must_clear(altered: &Altered<'_>) -> bool {
    altered.has(&[Fact::Type, Fact::Collation]) || must_replace(altered)
}

/// An expression cannot be given to a column that has none, or be another (before PostgreSQL 17).
pub(super) fn must_replace(altered: &Altered<'_>) -> bool {
    altered.has(&[Fact::Generated]) && altered.before.fact(Fact::Generated).is_some()
}

/// What cannot be where the type of a column is changed. Indexes and keys are rebuilt by the server; the texts of checks and
/// predicates would keep a cast. A foreign key has two ends, which are changed one after the other.
pub(super) fn of_column<'a>(context: &Context<'a>, now: &'a Object) -> Vec<&'a Object> {
    let mut found: Vec<&Object> = Vec::new();
    if context.altered.values().any(|altered| altered.now.id == now.id && must_replace(altered)) {
        found.push(now);
    }
    found.extend(context.users_of(now.id).filter(|user| match user.kind() {
        Kind::Column => user.fact(Fact::Generated).is_some() && user.parent == now.parent,
        Kind::Index => user.fact(Fact::Generated).is_some() && user.fact(Fact::Parents).is_none(),
        Kind::Constraint if user.fact(Fact::Parents).is_some() => false,
        Kind::Constraint => match user.fact(Fact::Type) {
            Some("FOREIGN KEY") => !stays_comparable(context, now),
            kind => matches!(kind, Some("CHECK" | "EXCLUDE")),
        },
        kind => is_disposable(kind),
    }));
    found
}

/// Whether values of the type that a column has can be compared with those of the type that it is to have again.
fn stays_comparable(context: &Context<'_>, now: &Object) -> bool {
    let altered = context.altered.values().find(|altered| altered.now.id == now.id);
    altered.is_some_and(|altered| {
        let [now, before] =
            [altered.now, altered.before].map(|column| family(column.fact(Fact::Type).unwrap_or_default()));
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
pub(super) fn of_type<'a>(context: &Context<'a>, now: &Object) -> Vec<&'a Object> {
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
