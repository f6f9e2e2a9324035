//! What a table or a column that a down drops holds beyond what the up itself has left in it.

use tokio_postgres::SimpleQueryRow;

use super::apart;
use super::facts::{array, written};
use crate::sql::{Besides, DataHolder, FilledColumn, Ident, Literal};

/// A query for the columns of a table, if it is there and is the one that a record is of: their names, whether they are numbers that are written as names, and
/// the table.
pub(in crate::database::postgres) fn held_columns(holder: &DataHolder<'_>, besides: &Besides) -> String {
    format!(
        "SELECT a.attname, y.typnamespace = 'pg_catalog'::regnamespace AND y.typname LIKE 'reg%', format('%I.%I', n.nspname, c.relname) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
         JOIN pg_type y ON y.oid = a.atttypid \
         WHERE c.oid = to_regclass({}) AND c.oid = to_regclass({}) AND c.relkind = 'r'",
        Literal(Some(&holder.table.to_string())),
        Literal(Some(&besides.table.to_string()))
    )
}

/// A query for how many rows or values are not as the up left them, by what [`held_columns`] found; none where that cannot be told.
pub(in crate::database::postgres) fn beyond(
    holder: &DataHolder<'_>,
    besides: &Besides,
    found: &[SimpleQueryRow],
) -> Option<String> {
    let table = found.first()?.get(2)?;
    let value = |name: &str| {
        let row = found.iter().find(|row| row.get(0) == Some(name))?;
        Some(written("t", name, row.get(1)? == "t"))
    };
    let (values, images, only) = if let Some(column) = holder.column {
        let (place, name) = besides.columns.iter().find(|(_, name)| name == column)?;
        let keys: Vec<String> = besides.key.iter().map(|name| value(name)).collect::<Option<_>>()?;
        if keys.is_empty() || keys.len() != besides.keys {
            return None;
        }
        let only = format!(" WHERE t.{} IS DISTINCT FROM NULL", Ident(name));
        let images = format!("i.row_key, i.after[{}]", place + 1);
        (format!("{}, {}", array(&keys), value(name)?), images, only)
    } else {
        let all: Vec<String> = besides.columns.iter().map(|(_, name)| value(name)).collect::<Option<_>>()?;
        let places: Vec<String> = besides.columns.iter().map(|(place, _)| format!("i.after[{}]", place + 1)).collect();
        (array(&all), array(&places), String::new())
    };
    Some(format!(
        "{}SELECT count(*) FROM (SELECT {values} FROM ONLY {table} AS t{only} \
         EXCEPT ALL SELECT {images} FROM {} AS i WHERE i.is_there) AS beyond",
        apart::settings(apart::NamePath::Catalog),
        besides.images
    ))
}

/// A query for a column, if it is the one that was added with a default: the table, its name, its type, and what rows have that were there, which the server
/// keeps until it writes the table anew.
pub(in crate::database::postgres) fn filled_column(holder: &DataHolder<'_>, filled: &FilledColumn) -> String {
    format!(
        "SELECT format('%I.%I', n.nspname, c.relname), a.attname, format_type(a.atttypid, a.atttypmod), a.attmissingval::text \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid \
         JOIN pg_type y ON y.oid = a.atttypid AND y.typcategory <> 'A' \
         WHERE c.oid = to_regclass({}) AND c.oid = to_regclass({}) AND c.relkind = 'r' AND a.attname = {} AND a.attnum > 0 \
         AND NOT a.attisdropped AND a.atthasmissing AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid)",
        Literal(Some(&holder.table.to_string())),
        Literal(Some(&filled.table.to_string())),
        Literal(Some(&filled.column))
    )
}

/// A query for how many values of it are others.
pub(in crate::database::postgres) fn beyond_default(found: &SimpleQueryRow) -> Option<String> {
    let (table, column, datatype, missing) = (found.get(0)?, found.get(1)?, found.get(2)?, found.get(3)?);
    let value = written("t", column, false);
    let default = format!("concat((CAST({} AS {datatype}[]))[1])", Literal(Some(missing)));
    Some(format!(
        "{}SELECT count(*) FROM ONLY {table} AS t WHERE {value} <> {default}",
        apart::settings(apart::NamePath::Catalog)
    ))
}
