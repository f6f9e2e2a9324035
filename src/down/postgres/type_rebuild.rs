//! Types that cannot be altered: the old one steps aside, a new one takes its name, and every column is converted.

use super::context::{Altered, UndoContext};
use super::name::{full, ident, owner, word};
use super::{OwnStatement, attribute, domain, enum_type};
use crate::catalog::{Fact, Id, Kind, Object};

pub(super) fn is_needed(altered: &Altered<'_>) -> bool {
    match altered.now.kind() {
        Kind::EnumType => altered.has(&[Fact::Labels]),
        Kind::RangeType => altered.has(&[Fact::Definition]),
        Kind::Domain => altered.has(&[Fact::Type, Fact::Collation]),
        _ => false,
    }
}

pub(super) fn create_range(object: &Object) -> String {
    let definition = object.body.range_type().and_then(|range| range.definition.as_deref()).unwrap_or_default();
    format!("CREATE TYPE {} AS RANGE (\n    {definition}\n)", full(object))
}

pub(super) fn alter(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let (before, now) = (altered.before, altered.now);
    if !is_needed(altered) || still_used(context, now) {
        return Vec::new();
    }
    if now.kind() == Kind::RangeType {
        return through_text(context, altered);
    }
    let create = match before.kind() {
        Kind::Domain => domain::create_as(context, before, &full(before)),
        _ => enum_type::create_as(before, &full(before)),
    };
    step_aside(context, before, now, create)
}

/// The old type goes by another name until no column is of it.
pub(super) fn step_aside(
    context: &UndoContext<'_>,
    before: &Object,
    now: &Object,
    create: String,
) -> Vec<OwnStatement> {
    let old = format!("{}_old", now.name.name);
    let kind = word(now.kind());
    let mut aside = now.clone();
    aside.name.name.clone_from(&old);
    let rename = format!("ALTER {kind} {} RENAME TO {}", full(now), ident(&old));
    let mut statements = vec![OwnStatement::object(rename), OwnStatement::object(create)];
    for user in columns(context, now.id) {
        statements.extend(default_of(user).filter(|_| !is_attribute(user)).map(|_| attribute::drop_default(user)));
        statements.extend(convert(context, user, now, &full(before)));
    }
    statements.push(OwnStatement::object(format!("DROP {kind} {}", full(&aside))));
    statements
}

/// A range type cannot step aside: the functions that make its values, and its type of many ranges, would be in the way.
fn through_text(context: &UndoContext<'_>, altered: &Altered<'_>) -> Vec<OwnStatement> {
    let now = altered.now;
    let users = columns(context, now.id);
    let to_text = users.iter().flat_map(|column| {
        let (table, name) = (owner(column), ident(&column.name.name));
        let text = if column.data_type().ends_with("[]") { "text[]" } else { "text" };
        let change = format!("ALTER TABLE {table}\n    ALTER COLUMN {name} TYPE {text} USING {name}::{text}");
        let drop = default_of(column).map(|_| attribute::drop_default(column));
        drop.into_iter().chain([OwnStatement::object(change)])
    });
    let mut statements: Vec<OwnStatement> = to_text.collect();
    statements.push(OwnStatement::object(format!("DROP TYPE {}", full(now))));
    statements.push(OwnStatement::object(create_range(altered.before)));
    statements.extend(users.iter().flat_map(|column| convert(context, column, now, &full(altered.before))));
    statements
}

/// Something that is not a column or an attribute, or a part of a key, could not be cleared away.
pub(super) fn still_used(context: &UndoContext<'_>, now: &Object) -> bool {
    context.users_of(now.id).any(|user| {
        let is_column = user.kind() == Kind::Column
            && user
                .parent
                .is_some_and(|parent| matches!(parent.kind, Kind::Table | Kind::ForeignTable | Kind::CompositeType));
        !is_column && user.kind() != Kind::Other
    })
}

fn columns<'a>(context: &UndoContext<'a>, id: Id) -> Vec<&'a Object> {
    let mut columns: Vec<&Object> = context.users_of(id).filter(|user| user.kind() == Kind::Column).collect();
    columns.sort_by_key(|column| column.id);
    columns
}

/// Gives a column, whose default is gone, the new type, and a default again.
fn convert(context: &UndoContext<'_>, column: &Object, now: &Object, new_name: &str) -> Vec<OwnStatement> {
    let (table, name) = (owner(column), ident(&column.name.name));
    let mut statements = Vec::new();
    // Only the default may be of the type.
    let declared = column.data_type();
    let is_of_type = declares(declared, now);
    let array = if declared.ends_with("[]") { "[]" } else { "" };
    if is_attribute(column) {
        // Where a table has the composite type, the server refuses.
        let text = format!("ALTER TYPE {table} ALTER ATTRIBUTE {name} TYPE {new_name}{array}");
        return vec![OwnStatement::object(text)];
    }
    if !column.is_inherited() && is_of_type {
        let through = if now.kind() == Kind::Domain { String::new() } else { format!("text{array}::") };
        statements.push(OwnStatement::object(format!(
            "ALTER TABLE {table}\n    ALTER COLUMN {name} TYPE {new_name}{array} USING {name}::{through}{new_name}{array}"
        )));
    }
    let before = context.before.iter().find(|other| other.kind() == Kind::Column && other.name == column.name);
    if let Some(default) = before.and_then(default_of).filter(|_| default_of(column).is_some() && is_of_type) {
        let text = format!("ALTER TABLE {table} ALTER COLUMN {name} SET DEFAULT {default}");
        statements.push(OwnStatement::object(text));
    }
    statements
}

fn is_attribute(column: &Object) -> bool {
    column.parent.is_some_and(|parent| parent.kind == Kind::CompositeType)
}

fn default_of(column: &Object) -> Option<&str> {
    column.body.column()?.default.as_deref()
}

fn declares(declared: &str, of: &Object) -> bool {
    let element = declared.trim_end_matches("[]");
    let schema = of.name.schema.as_deref().unwrap_or_default();
    let plain = |text: &str| text.replace('"', "");
    plain(element) == format!("{}.{}", plain(schema), plain(&of.name.name))
}
