//! What columns of tables and attributes of composite types have in common.

use super::name::{ident, owner};
use crate::catalog::{Catalog, Fact, Kind, Object};

/// The columns of a table or the attributes of a composite type, as they follow each other.
pub(super) fn by_position<'a>(catalog: &'a Catalog, table: &Object) -> Vec<&'a Object> {
    let columns = catalog.parts_of(table.id).filter(|part| part.kind() == Kind::Column);
    let mut columns: Vec<&Object> = columns.collect();
    columns.sort_by_key(|column| column.fact(Fact::Position).and_then(|at| at.parse::<u32>().ok()));
    columns
}

/// As CREATE takes it.
pub(super) fn as_created(column: &Object) -> String {
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

pub(super) fn drop_default(column: &Object) -> String {
    format!("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", owner(column), ident(&column.name.name))
}
