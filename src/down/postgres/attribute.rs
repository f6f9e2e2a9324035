//! What columns of tables and attributes of composite types have in common.

use super::OwnStatement;
use super::name::{ident, owner};
use crate::catalog::{Catalog, Kind, Object};

/// The columns of a table or the attributes of a composite type, as they follow each other.
pub(super) fn by_position<'a>(catalog: &'a Catalog, table: &Object) -> Vec<&'a Object> {
    let columns = catalog.parts_of(table.id).filter(|part| part.kind() == Kind::Column);
    let mut columns: Vec<&Object> = columns.collect();
    columns.sort_by_key(|column| column.position());
    columns
}

/// As CREATE takes it.
pub(super) fn as_created(column: &Object) -> String {
    let clause = |word: &str, text: Option<&String>| text.map_or_else(String::new, |text| format!(" {word} {text}"));
    let body = column.body.column();
    let compression = clause("COMPRESSION", body.and_then(|body| body.compression.as_ref()));
    let collation = clause("COLLATE", body.and_then(|body| body.collation.as_ref()));
    format!("{} {}{compression}{collation}", ident(&column.name.name), column.data_type())
}

/// The type as ALTER takes it.
pub(super) fn declared(column: &Object) -> String {
    let kind = column.data_type();
    let collation = column.body.column().and_then(|body| body.collation.as_ref());
    collation.map_or_else(|| kind.to_owned(), |collation| format!("{kind} COLLATE {collation}"))
}

pub(super) fn drop_default(column: &Object) -> OwnStatement {
    OwnStatement::object(format!(
        "ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT",
        owner(column),
        ident(&column.name.name)
    ))
}
