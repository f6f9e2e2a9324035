//! A table that became partitioned, or is no longer, cannot be altered back: it steps aside, is made anew, and its rows are moved.

use super::context::{Altered, UndoContext, is_disposable};
use super::name::{full, ident};
use super::{OwnKind, OwnStatement, attribute, fill, table};
use crate::catalog::{Kind, Object};

pub(super) fn is_needed(altered: &Altered<'_>) -> bool {
    let (before, now) = (altered.before, altered.now);
    let is_partitioned = |table: &Object| table.body.table().is_some_and(|table| table.partition_key.is_some());
    // Where both are, the partitions have the names that the new ones need.
    now.kind() == Kind::Table
        && is_partitioned(before) != is_partitioned(now)
        && [before, now].iter().all(|table| table.partition_bound().is_none())
}

/// Whether an object of `before` belongs to a table that is made anew, all at once, or is a partition of it.
pub(super) fn covers(context: &UndoContext<'_>, object: &Object) -> bool {
    if object.kind() == Kind::Table {
        return context.missing.contains_key(&object.id) && is_lost_partition(context, object);
    }
    let Some(parent) = object.parent else { return false };
    context.altered.get(&parent).is_some_and(is_needed)
        || context.before.get(parent).is_some_and(|table| table::is_inline(object) && covers(context, table))
}

fn is_lost_partition(context: &UndoContext<'_>, table: &Object) -> bool {
    table.partition_bound().is_some()
        && table.depends_on.iter().filter_map(|id| context.before.get(*id)).any(|parent| {
            context.altered.get(&parent.id).is_some_and(is_needed)
                || context.missing.contains_key(&parent.id) && is_lost_partition(context, parent)
        })
}

/// Whether an added table is a partition of one that is made anew: its rows are still needed, and it goes with the old one.
pub(super) fn takes_along(context: &UndoContext<'_>, created: &Object) -> bool {
    created.partition_bound().is_some()
        && created.depends_on.iter().filter_map(|id| context.now.get(*id)).any(|parent| {
            context.altered.values().any(|altered| altered.now.id == parent.id && is_needed(altered))
                || takes_along(context, parent)
        })
}

/// What is built on the table: names of keys and indexes would be taken.
pub(super) fn in_the_way<'a>(context: &UndoContext<'a>, now: &'a Object) -> Vec<&'a Object> {
    let columns = context.parts_of(now.id).filter(|part| part.kind() == Kind::Column);
    let users = columns.chain([now]).flat_map(|object| context.users_of(object.id));
    context.parts_of(now.id).chain(users).filter(|object| is_disposable(object.kind())).collect()
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let (before, now) = (altered.before, altered.now);
    let mut aside = now.clone();
    aside.name.name += "_old";
    let mut statements: Vec<OwnStatement> = context
        .parts_of(now.id)
        .flat_map(|column| context.parts_of(column.id))
        .filter(|object| object.body.sequence().is_some_and(|sequence| sequence.owned_by.is_some()))
        .map(|sequence| OwnStatement::object(format!("ALTER SEQUENCE {} OWNED BY NONE", full(sequence))))
        .collect();
    let text = format!("ALTER TABLE {} RENAME TO {}", full(now), ident(&aside.name.name));
    statements.push(OwnStatement::new(OwnKind::RenameTable, text));
    statements.extend(table::create(context, before));
    statements.extend(partitions(context, before));
    let kept = attribute::by_position(context.before, before).into_iter().filter(|column| {
        !column.is_generated()
            && context.parts_of(now.id).any(|other| other.kind() == Kind::Column && other.name.name == column.name.name)
    });
    let (names, values): (Vec<String>, Vec<String>) = kept.map(|column| moved(context, now, column)).unzip();
    let copy = format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE\nSELECT {} FROM {}",
        full(before),
        names.join(", "),
        values.join(", "),
        full(&aside)
    );
    statements.push(OwnStatement::new(OwnKind::Rows, copy));
    statements.push(OwnStatement::new(OwnKind::DropTable, format!("DROP TABLE {}", full(&aside))));
    statements
}

/// The partitions that the rows go to.
fn partitions(context: &UndoContext<'_>, parent: &Object) -> Vec<OwnStatement> {
    let all =
        context.missing.values().filter(|table| table.kind() == Kind::Table && table.depends_on.contains(&parent.id));
    let bounds = all.filter_map(|table| Some((*table, table.partition_bound()?)));
    bounds
        .flat_map(|(table, bound)| {
            let mut statements = table::create(context, table);
            statements.extend(partitions(context, table));
            let text = format!("ALTER TABLE {} ATTACH PARTITION {} {bound}", full(parent), full(table));
            statements.push(OwnStatement::object(text));
            statements
        })
        .collect()
}

/// The name of a column, and its value out of the old table.
fn moved(context: &UndoContext<'_>, now: &Object, column: &Object) -> (String, String) {
    let name = ident(&column.name.name);
    let old =
        context.parts_of(now.id).find(|other| other.kind() == Kind::Column && other.name.name == column.name.name);
    let (from, to) = (old.map(Object::data_type).unwrap_or_default(), column.data_type());
    let value = if from == to { None } else { fill::conversion(&name, from, to) };
    (name.clone(), value.unwrap_or(name))
}
