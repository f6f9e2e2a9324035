//! What a way back costs in rows, as far as two catalogs show it.

use super::context::Context;
use super::fill;
use crate::catalog::{Catalog, Fact, Kind, Object, diff};

/// Data that is there after the up and gone after the down, or that the up destroyed: one sentence each.
pub(crate) fn losses(before: &Catalog, after: &Catalog) -> Vec<String> {
    let changes = diff(before, after);
    let context = Context::new(before, after, &changes);
    let mut reasons = Vec::new();
    for object in &context.created {
        reasons.extend(added(&context, object));
    }
    for object in context.missing.values() {
        reasons.extend(destroyed(&context, object));
    }
    for altered in context.altered.values() {
        let name = &altered.now.name;
        match altered.now.kind() {
            Kind::Column if altered.has(&[Fact::Type]) && of_table(altered.now) => {
                let (from, to) = (altered.now.fact(Fact::Type), altered.before.fact(Fact::Type));
                let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
                if fill::may_lose(from, to) || fill::may_lose(to, from) {
                    reasons.push(format!("values of column {name} are converted from {from} to {to}"));
                }
            }
            Kind::EnumType if altered.has(&[Fact::Labels]) => {
                reasons.push(format!("rows with values that were added to type {name} cannot be converted back"));
            }
            _ => {}
        }
    }
    reasons.sort();
    reasons
}

fn added(context: &Context<'_>, object: &Object) -> Option<String> {
    match object.kind() {
        Kind::Table => Some(format!("the rows of table {} are lost", object.name)),
        Kind::Column if of_table(object) && object.fact(Fact::Generated).is_none() => {
            let table = object.parent?;
            let is_new = context.is_created(table);
            (!is_new).then(|| format!("the values of column {} are lost", object.name))
        }
        _ => None,
    }
}

fn destroyed(context: &Context<'_>, object: &Object) -> Option<String> {
    match object.kind() {
        Kind::Table => Some(format!("the rows of table {} were dropped by the up, and do not come back", object.name)),
        Kind::Column
            if of_table(object) && object.fact(Fact::Generated).is_none() && !context.parent_is_missing(object) =>
        {
            Some(format!("the values of column {} were dropped by the up, and do not come back", object.name))
        }
        _ => None,
    }
}

fn of_table(column: &Object) -> bool {
    column.parent.is_some_and(|parent| parent.kind == Kind::Table)
}
