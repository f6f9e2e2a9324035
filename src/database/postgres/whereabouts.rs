//! Which history this is about, and which others the database has.

use tokio_postgres::SimpleQueryRow;

use super::{PostgresDatabase, failure};
use crate::error::{Result, Setting};
use crate::history::{OURS, OtherHistory, Whereabouts, journals_beside};
use crate::sql::{Literal, Plain};

pub(super) async fn of(database: &mut PostgresDatabase<'_>) -> Result<Whereabouts> {
    let table = database.tables.name().to_owned();
    let rows = match database.session.query(&sql(database)).await {
        Ok(rows) => rows,
        Err(broken) => return Err(failure::of_history(database, broken)),
    };
    let is = |kind: &'static str| move |row: &&SimpleQueryRow| row.get(0) == Some(kind);
    let here = rows.iter().find(is("here"));
    let name = |row: &SimpleQueryRow, at| row.get(at).unwrap_or_default().to_owned();
    Ok(Whereabouts {
        database: format!("database {:?}", here.map(|row| name(row, 1)).unwrap_or_default()),
        table: match here.and_then(|row| row.get(2)) {
            Some(schema) => format!("{}.{}", Plain(schema), Plain(&table)),
            None => database.tables.shown(),
        },
        keys: vec![Setting::NAMED_TABLE, Setting::NAMED_SCHEMA],
        url_from: database.options.url_from.clone(),
        others: rows
            .iter()
            .filter(is("other"))
            .map(|row| other(&name(row, 1), &name(row, 2), &table, row.get(3) == Some("t")))
            .collect(),
    })
}

/// The schema in which the history is, and its name.
#[cfg(all(feature = "project", feature = "sqlite"))]
pub(super) async fn history_table(database: &mut PostgresDatabase<'_>) -> Result<Option<(String, String)>> {
    let sql = format!(
        "SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass({})",
        Literal(Some(&database.tables.history()))
    );
    match database.session.query(&sql).await {
        Ok(rows) => {
            let schema = rows.first().and_then(|row| row.get(0));
            Ok(schema.map(|schema| (schema.to_owned(), database.tables.name().to_owned())))
        }
        Err(broken) => Err(failure::of_history(database, broken)),
    }
}

fn other(schema: &str, name: &str, table: &str, is_led_to: bool) -> OtherHistory {
    // A string of TOML has the escapes of one of Rust for what a name may have.
    let also = if name == table { String::new() } else { format!(", table = {name:?}") };
    OtherHistory {
        name: format!("{}.{}", Plain(schema), Plain(name)),
        setting: format!("schema = {schema:?}{also}"),
        path: if is_led_to { None } else { path_in_url(schema) },
    }
}

/// What of a URL lets names lead into a schema; none where that would have to be escaped.
pub(super) fn path_in_url(schema: &str) -> Option<String> {
    let is_plain = schema.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    is_plain.then(|| format!("?options=-c%20search_path%3D{schema}"))
}

/// The schema in which the history is looked for, and other tables with its columns.
fn sql(database: &PostgresDatabase<'_>) -> String {
    let tables = &database.tables;
    let found = format!("to_regclass({})", Literal(Some(&tables.history())));
    let schema = match tables.schema() {
        "" => "current_schema()".to_owned(),
        schema => Literal(Some(schema)).to_string(),
    };
    let beside = journals_beside("").chain(["_log".to_owned()]);
    let beside: Vec<String> = beside.map(|suffix| format!("c.relname || {}", Literal(Some(&suffix)))).collect();
    let columns: Vec<String> = OURS.iter().map(|name| Literal(Some(name)).to_string()).collect();
    format!(
        "SELECT 'here', current_database(), coalesce((SELECT n.nspname FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {found}), {schema})::text\n;\n\
         SELECT 'other', n.nspname, c.relname, n.nspname = ANY (current_schemas(false)) OR NOT EXISTS (SELECT FROM pg_catalog.pg_class b \
         WHERE b.relnamespace = c.relnamespace AND b.relkind IN ('r', 'p') AND b.relname <> ALL (ARRAY[c.relname, {}])) FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE c.relkind IN ('r', 'p') AND c.oid IS DISTINCT FROM {found}::oid AND n.nspname !~ '^pg_' \
         AND a.attname::text = ANY (ARRAY[{}]::text[]) \
         GROUP BY n.nspname, c.oid, c.relname, c.relnamespace HAVING count(*) = {} ORDER BY 2, 3",
        beside.join(", "),
        columns.join(", "),
        columns.len()
    )
}
