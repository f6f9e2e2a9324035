//! Composite types: their attributes are columns.

use super::context::Context;
use super::name::{full, ident};
use super::table::by_position;
use crate::catalog::{Fact, Object};

pub(super) fn create(context: &Context<'_>, object: &Object) -> Vec<String> {
    let attributes: Vec<String> = by_position(context.before, object).into_iter().map(attribute).collect();
    let list = if attributes.is_empty() { String::new() } else { format!("\n    {}\n", attributes.join(",\n    ")) };
    vec![format!("CREATE TYPE {} AS ({list})", full(object))]
}

/// As CREATE takes it, for columns too.
pub(super) fn attribute(column: &Object) -> String {
    let kind = column.fact(Fact::Type).unwrap_or_default();
    let compression =
        column.fact(Fact::Compression).map_or_else(String::new, |method| format!(" COMPRESSION {method}"));
    let collation = column.fact(Fact::Collation).map_or_else(String::new, |collation| format!(" COLLATE {collation}"));
    format!("{} {kind}{compression}{collation}", ident(&column.name.name))
}

/// The type as ALTER takes it.
pub(super) fn declared(column: &Object) -> String {
    let kind = column.fact(Fact::Type).unwrap_or_default();
    column.fact(Fact::Collation).map_or_else(|| kind.to_owned(), |collation| format!("{kind} COLLATE {collation}"))
}
