//! What the catalog of the target says of a table.

use crate::catalog::{Catalog, ForeignKey, Kind, Object, ObjectName};

/// A table by its name.
pub(in crate::transfer) fn table_of<'c>(catalog: &'c Catalog, name: &ObjectName) -> Option<&'c Object> {
    catalog.of_kind(Kind::Table).find(|table| table.name == *name)
}

/// The columns of a table, in their order.
pub(in crate::transfer) fn columns_of<'c>(
    catalog: &'c Catalog,
    name: &ObjectName,
) -> impl Iterator<Item = &'c Object> + use<'c> {
    let parts = table_of(catalog, name).into_iter().flat_map(|table| catalog.parts_of(table.id));
    let mut columns: Vec<&Object> = parts.filter(|part| part.kind() == Kind::Column).collect();
    columns.sort_by_key(|column| column.id.part);
    columns.into_iter()
}

/// The table that a foreign key refers to. The catalog was read with an empty search path, so that its text names the schema.
pub(super) fn parent_of<'c>(catalog: &'c Catalog, key: &ForeignKey) -> Option<&'c Object> {
    catalog.of_kind(Kind::Table).find(|table| table.name.name == key.table && table.name.schema == key.schema)
}

/// The columns that a foreign key refers to: its own list, or the primary key.
pub(in crate::transfer) fn referenced_columns(catalog: &Catalog, key: &ForeignKey) -> Vec<String> {
    if !key.referenced.is_empty() {
        return key.referenced.clone();
    }
    let parts = parent_of(catalog, key).into_iter().flat_map(|parent| catalog.parts_of(parent.id));
    parts.into_iter().find_map(|part| part.primary_key().map(<[String]>::to_vec)).unwrap_or_default()
}
