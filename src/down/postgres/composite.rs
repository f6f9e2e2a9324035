//! Composite types: their attributes are columns.

use super::attribute::{as_created, by_position, declared};
use super::context::{Altered, UndoContext};
use super::name::{full, ident, owner};
use super::{OwnStatement, in_the_way, type_rebuild};
use crate::catalog::{Fact, Kind, Object};

pub(super) fn create(context: &UndoContext<'_>, object: &Object) -> Vec<OwnStatement> {
    let attributes: Vec<String> = by_position(context.before, object).into_iter().map(as_created).collect();
    vec![OwnStatement::object(create_of(object, &attributes))]
}

fn create_of(object: &Object, attributes: &[String]) -> String {
    let list = if attributes.is_empty() { String::new() } else { format!("\n    {}\n", attributes.join(",\n    ")) };
    format!("CREATE TYPE {} AS ({list})", full(object))
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    if !changes_type(altered) {
        return Vec::new();
    }
    if stored(context, altered.now).is_some() {
        // The type is made anew.
        return Vec::new();
    }
    let (name, kind) = (ident(&altered.now.name.name), declared(altered.before));
    vec![OwnStatement::object(format!("ALTER TYPE {} ALTER ATTRIBUTE {name} TYPE {kind}", owner(altered.now)))]
}

fn changes_type(altered: &Altered<'_>) -> bool {
    altered.has(&[Fact::Type, Fact::Collation])
}

/// The type of an attribute, where columns of tables are of it: the server changes no attribute then.
fn stored<'a>(context: &UndoContext<'a>, attribute: &Object) -> Option<&'a Object> {
    let of = context.now.get(attribute.parent?).filter(|of| of.kind() == Kind::CompositeType)?;
    let is_stored =
        |user: &Object| user.kind() == Kind::Column && user.parent.is_some_and(|parent| parent.kind == Kind::Table);
    context.users_of(of.id).any(is_stored).then_some(of)
}

/// What uses the type of an attribute that only a new type can have.
pub(super) fn in_the_way<'a>(context: &UndoContext<'a>, attribute: &Object) -> Vec<&'a Object> {
    stored(context, attribute).map_or_else(Vec::new, |of| in_the_way::of_type(context, of))
}

/// All attributes at once, with the types that they had, before anything is made that needs the type.
pub(super) fn rebuild(context: &UndoContext<'_>, before: &Object) -> Vec<OwnStatement> {
    let Some(now) = context.now_of(before.id) else { return Vec::new() };
    let is_to_change = |altered: &Altered<'_>| {
        altered.now.parent == Some(now.id) && changes_type(altered) && stored(context, altered.now).is_some()
    };
    if !context.altered.values().any(is_to_change) || type_rebuild::still_used(context, now) {
        return Vec::new();
    }
    let as_before = |column: &Object| {
        let altered = context.altered.values().find(|altered| altered.now.id == column.id);
        as_created(altered.map_or(column, |altered| altered.before))
    };
    let attributes: Vec<String> = by_position(context.now, now).into_iter().map(as_before).collect();
    type_rebuild::step_aside(context, now, now, create_of(now, &attributes))
}
