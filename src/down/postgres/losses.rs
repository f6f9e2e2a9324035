//! What a way back costs in rows, as far as two catalogs show it.

use std::borrow::Cow;

use super::context::{Altered, Context, is_type};
use super::fill;
use crate::catalog::{Catalog, Fact, Id, Kind, Object, ObjectName, diff};
use crate::down::Losses;
use crate::sql::{Loss, Name};

/// Data that is there after the up and gone after the down, or that the up destroyed.
pub(crate) fn losses(before: &Catalog, after: &Catalog) -> Losses {
    let changes = diff(before, after);
    let context = Context::new(before, after, &changes);
    let mut losses = Losses::default();
    losses.lost.extend(context.created.iter().filter_map(|object| added(&context, object)));
    for object in context.missing.values() {
        destroyed(&context, object, &mut losses);
    }
    for altered in context.altered.values() {
        match altered.now.kind() {
            Kind::Column if altered.has(&[Fact::Type]) && of_table(altered.now) && !is_same_type(altered) => {
                converted(altered, &mut losses);
            }
            Kind::EnumType if context.created.iter().any(|object| is_label_of(object, altered.now.id)) => {
                let name = whole(&altered.now.name);
                let reason =
                    format!("rows with values that were added to type {} cannot be converted back", name.plain());
                losses.reasons.push(reason);
            }
            _ => {}
        }
    }
    losses.lost.sort();
    losses.reasons.sort();
    losses
}

fn added(context: &Context<'_>, object: &Object) -> Option<Loss> {
    match object.kind() {
        Kind::Table => Some(Loss::Rows { table: whole(&object.name) }),
        Kind::Column if of_table(object) && object.fact(Fact::Generated).is_none() => {
            let is_new = context.is_created(object.parent?);
            (!is_new).then(|| Loss::Values { table: owner(&object.name), column: object.name.name.clone() })
        }
        _ => None,
    }
}

fn destroyed(context: &Context<'_>, object: &Object, losses: &mut Losses) {
    match object.kind() {
        Kind::Table => losses.table_was_dropped(&whole(&object.name)),
        Kind::Column
            if of_table(object) && object.fact(Fact::Generated).is_none() && !context.parent_is_missing(object) =>
        {
            losses.column_was_dropped(&owner(&object.name), &object.name.name);
        }
        _ => {}
    }
}

/// Of the two conversions, that of the up is done, and that of the down is to come.
fn converted(altered: &Altered<'_>, losses: &mut Losses) {
    let kind = |object: &Object| object.fact(Fact::Type).unwrap_or_default().to_owned();
    let (before, now) = (kind(altered.before), kind(altered.now));
    let name = &altered.now.name;
    let loss = |from: &str, to: &str| Loss::Converted {
        table: owner(name),
        column: name.name.clone(),
        how: format!("from {from} to {to}"),
    };
    if fill::may_lose(&now, &before) {
        losses.lost.push(loss(&now, &before));
    }
    if fill::may_lose(&before, &now) {
        losses
            .reasons
            .push(format!("values of {} are those that the up converted from {before} to {now}", loss(&now, &before)));
    }
}

/// A value that was renamed keeps its identity.
fn is_label_of(object: &Object, id: Id) -> bool {
    object.kind() == Kind::EnumLabel && object.parent == Some(id)
}

/// Whether the type only has another name, or is in another schema.
fn is_same_type(altered: &Altered<'_>) -> bool {
    let types = |object: &Object| object.depends_on.iter().filter(|id| is_type(id.kind)).copied().collect::<Vec<_>>();
    let types_before = types(altered.before);
    !types_before.is_empty() && types_before == types(altered.now)
}

fn of_table(column: &Object) -> bool {
    column.parent.is_some_and(|parent| parent.kind == Kind::Table)
}

fn whole(name: &ObjectName) -> Name<'static> {
    self::name(name, &name.name)
}

/// The table of a column.
fn owner(name: &ObjectName) -> Name<'static> {
    self::name(name, name.owner.as_deref().unwrap_or_default())
}

fn name(of: &ObjectName, name: &str) -> Name<'static> {
    Name { schema: of.schema.clone().map(Cow::Owned), name: Cow::Owned(name.to_owned()) }
}
