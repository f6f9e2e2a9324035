//! What a way back costs in rows, as far as two catalogs show it.

use std::borrow::Cow;

use super::context::{Altered, UndoContext, is_type};
use super::fill::{self, CastFit};
use super::table_rebuild;
use crate::catalog::{Catalog, Fact, Id, Inheritance, Kind, Object, ObjectName, diff};
use crate::source::{Losses, reason};
use crate::sql::{Loss, Name, Plain};

/// Data that is there after the up and gone after the down, or that the up destroyed.
pub(crate) fn losses(before: &Catalog, after: &Catalog) -> Losses {
    let changes = diff(before, after);
    let context = UndoContext::new(before, after, &changes);
    let mut losses = Losses::default();
    losses.lost.extend(context.created.iter().filter_map(|object| added(&context, object)));
    for object in context.missing.values() {
        destroyed(&context, object, &mut losses);
    }
    for change in conversions(&context) {
        if change.back == CastFit::NotAlways {
            losses.lost.push(change.loss(&change.now, &change.before));
        }
        if change.there == CastFit::NotAlways {
            let (before, now) = (&change.before, &change.now);
            let column = change.loss(now, before);
            losses.reasons.push(reason::WERE_CONVERTED.say(&[&column, before, now]));
        }
    }
    for altered in context.altered.values() {
        let is_written = altered.before.is_generated() && !altered.now.is_generated();
        if of_table(altered.now) && is_written {
            losses.lost.push(Loss::Converted {
                table: owner(&altered.now.name),
                column: altered.now.name.name.clone(),
                how: "to what its expression gives".to_owned(),
            });
        }
    }
    losses.lost.sort();
    losses.reasons.sort();
    losses
}

/// Rows that a derived down would fail on, without a change to any of them: one sentence each.
pub(crate) fn hindrances(before: &Catalog, after: &Catalog) -> Vec<String> {
    let changes = diff(before, after);
    let context = UndoContext::new(before, after, &changes);
    let converted = conversions(&context).into_iter().filter(|change| change.back == CastFit::OrFails).map(|change| {
        let column = change.loss(&change.now, &change.before);
        reason::IN_THE_WAY.say(&[&format!("a value of {column} does not fit {}", change.before)])
    });
    let added = context.altered.values().filter(|altered| {
        let is_new = |object: &&Object| is_label_of(object, altered.now.id);
        altered.now.kind() == Kind::EnumType && context.created.iter().any(is_new)
    });
    let added = added.map(|altered| {
        let name = whole(&altered.now.name);
        reason::IN_THE_WAY.say(&[&format!("a row has a value that was added to type {}", name.plain())])
    });
    let mut all: Vec<String> = converted.chain(added).collect();
    all.sort();
    all
}

fn added(context: &UndoContext<'_>, object: &Object) -> Option<Loss> {
    match object.kind() {
        Kind::Table if is_partition_of(object, |parent| context.is_created(parent)) => None,
        // Its rows are moved back.
        Kind::Table if table_rebuild::takes_along(context, object) => None,
        Kind::Table => Some(Loss::Rows { table: whole(&object.name) }),
        Kind::Column if of_table(object) && !object.is_generated() && !is_inherited(object) => {
            let is_new = context.is_created(object.parent?);
            (!is_new).then(|| Loss::Values { table: owner(&object.name), column: object.name.name.clone() })
        }
        Kind::Column if !context.is_created(object.parent?) && is_stored(context.now, object) => {
            Some(Loss::Other { what: format!("attribute {} is dropped with its values", attribute(object)) })
        }
        _ => None,
    }
}

fn destroyed(context: &UndoContext<'_>, object: &Object, losses: &mut Losses) {
    match object.kind() {
        Kind::Table if is_partition_of(object, |parent| context.missing.contains_key(&parent)) => {}
        Kind::Table => losses.table_was_dropped(&whole(&object.name)),
        Kind::Column if context.parent_is_missing(object) || is_inherited(object) => {}
        Kind::Column if of_table(object) && !object.is_generated() => {
            losses.column_was_dropped(&owner(&object.name), &object.name.name);
        }
        Kind::Column if is_stored(context.before, object) => {
            let attribute = attribute(object);
            losses.reasons.push(format!("attribute {attribute} comes back without the values that the up dropped"));
        }
        Kind::Sequence if object.parent.is_none() => {
            losses.reasons.push(format!("sequence {} begins anew", whole(&object.name).plain()));
        }
        _ => {}
    }
}

/// A column whose values the up has converted, and the down converts back.
struct Conversion<'a> {
    column: &'a Object,
    before: String,
    now: String,
    there: CastFit,
    back: CastFit,
}

impl Conversion<'_> {
    fn loss(&self, from: &str, to: &str) -> Loss {
        let name = &self.column.name;
        Loss::Converted { table: owner(name), column: name.name.clone(), how: format!("from {from} to {to}") }
    }
}

/// Those of columns whose type is another one, and of columns of a domain that is over another type.
fn conversions<'a>(context: &UndoContext<'a>) -> Vec<Conversion<'a>> {
    let mut found = Vec::new();
    for altered in context.altered.values().filter(|altered| altered.has(&[Fact::Type])) {
        let (before, now) = (altered.before.data_type().to_owned(), altered.now.data_type().to_owned());
        let columns: Vec<&Object> = match altered.now.kind() {
            Kind::Column if !is_same_type(altered) => vec![altered.now],
            Kind::Domain => context.users_of(altered.now.id).filter(|user| user.kind() == Kind::Column).collect(),
            _ => Vec::new(),
        };
        let (there, back) = (fit_of(altered.now, &before, &now), fit_of(altered.before, &now, &before));
        let of_tables = columns.into_iter().filter(|column| of_table(column) && !is_inherited(column));
        found.extend(of_tables.map(|column| Conversion {
            column,
            before: before.clone(),
            now: now.clone(),
            there,
            back,
        }));
    }
    found
}

/// A text is a value of an enum type, or is refused.
fn fit_of(object: &Object, from: &str, to: &str) -> CastFit {
    let is_enum = object.depends_on.iter().any(|id| id.kind == Kind::EnumType) && !to.ends_with("[]");
    if is_enum && fill::is_text(from) { CastFit::OrFails } else { fill::fit(from, to) }
}

fn is_partition_of(table: &Object, is: impl Fn(Id) -> bool) -> bool {
    table.partition_bound().is_some() && table.depends_on.iter().any(|parent| parent.kind == Kind::Table && is(*parent))
}

/// What its parent's column has or loses too.
fn is_inherited(column: &Object) -> bool {
    column.body.column().is_some_and(|column| column.inheritance == Inheritance::Inherited)
}

/// Whether it is an attribute of a composite type that a table has a column of.
fn is_stored(catalog: &Catalog, attribute: &Object) -> bool {
    let Some(of) = attribute.parent.filter(|parent| parent.kind == Kind::CompositeType) else { return false };
    catalog.iter().any(|object| object.kind() == Kind::Column && of_table(object) && object.depends_on.contains(&of))
}

fn attribute(object: &Object) -> String {
    format!("{}.{}", owner(&object.name).plain(), Plain(&object.name.name))
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
