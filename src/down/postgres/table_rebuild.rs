//! A table that became partitioned cannot be altered back: it steps aside, is made anew, and its rows are moved.

use super::context::{Altered, Context, is_disposable};
use super::name::{full, ident};
use super::table;
use crate::catalog::{Fact, Kind, Object};

pub(super) fn is_needed(altered: &Altered<'_>) -> bool {
    altered.now.kind() == Kind::Table
        && altered.has(&[Fact::PartitionKey])
        && altered.before.fact(Fact::PartitionKey).is_none()
        && altered.before.fact(Fact::PartitionBound).is_none()
}

/// Whether an object of `before` belongs to a table that is made anew, all at once.
pub(super) fn covers(context: &Context<'_>, object: &Object) -> bool {
    object.parent.and_then(|parent| context.altered.get(&parent)).is_some_and(is_needed)
}

/// Whether an added table is a partition of one that is made anew: its rows are still needed, and it goes with the old one.
pub(super) fn takes_along(context: &Context<'_>, created: &Object) -> bool {
    created.fact(Fact::PartitionBound).is_some()
        && created.depends_on.iter().filter_map(|id| context.now.get(*id)).any(|parent| {
            context.altered.values().any(|altered| altered.now.id == parent.id && is_needed(altered))
                || takes_along(context, parent)
        })
}

/// What is built on the table: names of keys and indexes would be taken.
pub(super) fn in_the_way<'a>(context: &Context<'a>, now: &'a Object) -> Vec<&'a Object> {
    let columns = context.parts_of(now.id).filter(|part| part.kind() == Kind::Column);
    let users = columns.chain([now]).flat_map(|object| context.users_of(object.id));
    context.parts_of(now.id).chain(users).filter(|object| is_disposable(object.kind())).collect()
}

pub(super) fn alter(context: &Context<'_>, altered: &Altered<'_>) -> Vec<String> {
    let (before, now) = (altered.before, altered.now);
    let mut aside = now.clone();
    aside.name.name += "_old";
    let mut statements: Vec<String> = context
        .parts_of(now.id)
        .flat_map(|column| context.parts_of(column.id))
        .filter(|sequence| sequence.fact(Fact::OwnedBy).is_some())
        .map(|sequence| format!("ALTER SEQUENCE {} OWNED BY NONE", full(sequence)))
        .collect();
    statements.push(format!("ALTER TABLE {} RENAME TO {}", full(now), ident(&aside.name.name)));
    statements.extend(table::create(context, before));
    let kept = table::by_position(context.before, before).into_iter().filter(|column| {
        column.fact(Fact::Generated).is_none()
            && context.parts_of(now.id).any(|other| other.kind() == Kind::Column && other.name.name == column.name.name)
    });
    let kept: Vec<String> = kept.map(|column| ident(&column.name.name)).collect();
    let kept = kept.join(", ");
    statements.push(format!(
        "INSERT INTO {} ({kept}) OVERRIDING SYSTEM VALUE\nSELECT {kept} FROM {}",
        full(before),
        full(&aside)
    ));
    statements.push(format!("DROP TABLE {}", full(&aside)));
    statements
}
