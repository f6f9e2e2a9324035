use super::{Form, MappedColumn, MappedTable, MappedTables};
use crate::catalog::{Catalog, Kind, Object};
use crate::history::ROW_NUMBER;

impl MappedTables for Catalog {
    fn tables(&self) -> Vec<MappedTable> {
        let table = |table: &Object| {
            let mut columns: Vec<&Object> =
                self.parts_of(table.id).filter(|part| part.kind() == Kind::Column && !is_of_move(part)).collect();
            columns.sort_by_key(|column| column.id.part);
            MappedTable {
                schema: table.name.schema.clone(),
                name: table.name.name.clone(),
                columns: columns.into_iter().map(|object| column(self, object)).collect(),
            }
        };
        // The rows of a partition are those of its parent.
        let tables = self.of_kind(Kind::Table).filter(|table| table.partition_bound().is_none());
        tables.map(table).collect()
    }
}

/// Whether a move has added it, for the time that the source is followed.
fn is_of_move(column: &Object) -> bool {
    column.name.name == ROW_NUMBER
}

fn column(catalog: &Catalog, object: &Object) -> MappedColumn {
    let datatype = object.data_type().to_owned();
    let not_null = object.body.column().and_then(|column| column.not_null.as_ref());
    MappedColumn {
        name: object.name.name.clone(),
        form: form(catalog, &datatype),
        datatype,
        may_be_null: not_null.is_none_or(|not_null| not_null.not_valid),
        is_key: is_key(catalog, object),
        is_generated: object.is_generated(),
    }
}

fn is_key(catalog: &Catalog, column: &Object) -> bool {
    let constraints = column.parent.into_iter().flat_map(|table| catalog.parts_of(table));
    let mut keys = constraints.filter_map(Object::primary_key);
    keys.any(|columns| columns.contains(&column.name.name))
}

/// By the names that `format_type` gives (PostgreSQL 14 to 18). What other types keep is not known here.
fn form(catalog: &Catalog, datatype: &str) -> Form {
    let bare = datatype.split('(').next().unwrap_or_default().trim_end();
    match bare {
        _ if datatype.ends_with("[]") => Form::Structured,
        "smallint" | "integer" | "bigint" | "oid" => Form::Integer,
        "boolean" => Form::Boolean,
        "real" | "double precision" => Form::Real,
        "numeric" | "money" => Form::Decimal,
        "text" | "character varying" | "character" | "name" | "citext" | "inet" | "cidr" | "macaddr" => Form::Text,
        "json" | "jsonb" | "xml" | "tsvector" => Form::Structured,
        "uuid" => Form::Uuid,
        "date" => Form::Time,
        "bytea" => Form::Bytes,
        _ if bare.starts_with("timestamp") || bare.starts_with("time") => Form::Time,
        _ if is_enum(catalog, datatype) => Form::Text,
        _ => Form::Any,
    }
}

/// A catalog is read with an empty search path, so that `format_type` names every schema but the server's own.
fn is_enum(catalog: &Catalog, datatype: &str) -> bool {
    catalog.of_kind(Kind::EnumType).any(|object| object.name.plain() == datatype)
}
