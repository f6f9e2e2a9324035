//! What is in the way of a first run.

use tokio_postgres::SimpleQueryRow;

use super::{PostgresDatabase, failure};
use crate::database::Reader;
use crate::error::Result;
use crate::history::{KnownTool, SCHEMAS_OF_TOOLS, marks, migrator};
use crate::plan::{Among, Obstacle, Sought, SoughtTable};
use crate::sql::{Leads, Literal};

/// A table that another tool made.
struct ToolTable {
    by: KnownTool,
    /// As SQL names it, quoted.
    sql: String,
    /// Whether this role may look into it.
    is_readable: bool,
}

pub(super) async fn obstacle(database: &mut PostgresDatabase<'_>, sought: &Sought) -> Result<Option<Obstacle>> {
    if sought.among == Among::Tables {
        if sought.tables.is_empty() {
            return Ok(None);
        }
        let made = made(&query(database, &tables(sought)).await?);
        return Ok(made.first().map(|table| Obstacle::Made { table: *table, others: made.len() - 1 }));
    }
    let log = database.tables.log();
    let mut message = format!(
        "SELECT 'log', to_regclass({}) IS NOT NULL AND has_table_privilege(to_regclass({0}), 'SELECT')\n;\n{}",
        Literal(Some(&log)),
        tools(database, sought)
    );
    if !sought.tables.is_empty() {
        message = format!("{message}\n;\n{}", tables(sought));
    }
    let rows = query(database, &message).await?;
    let (has_log, kept, made) = (has_log(&rows), kept(&rows), made(&rows));
    if kept.is_empty() && made.is_empty() {
        return Ok(None);
    }
    // What cannot be looked into counts as a record of something.
    let mut looks: Vec<String> = kept.iter().map(looks_into).collect();
    if has_log {
        looks.push(format!("SELECT 'used' FROM {log} WHERE outcome = 'done' AND action IN ('up', 'baseline') LIMIT 1"));
    }
    let rows = if looks.is_empty() { Vec::new() } else { query(database, &looks.join("\n;\n")).await? };
    if rows.iter().any(|row| row.get(0) == Some("used")) {
        return Ok(None);
    }
    let counts =
        |kept: &&ToolTable| rows.iter().any(|row| row.get(0) == Some("rows") && row.get(1) == Some(kept.sql.as_str()));
    if let Some(kept) = kept.iter().find(counts) {
        return Ok(Some(Obstacle::Migrated { by: kept.by, table: kept.sql.clone() }));
    }
    Ok(made.first().map(|table| Obstacle::Made { table: *table, others: made.len() - 1 }))
}

async fn query(database: &mut PostgresDatabase<'_>, sql: &str) -> Result<Vec<SimpleQueryRow>> {
    match database.session.query(sql).await {
        Ok(rows) => Ok(rows),
        Err(broken) => {
            let message = format!("{} could not be looked through for what another tool has made", database.label());
            Err(failure::query(broken, database.session.is_interrupted(), message))
        }
    }
}

fn has_log(rows: &[SimpleQueryRow]) -> bool {
    rows.iter().any(|row| row.get(0) == Some("log") && row.get(1) == Some("t"))
}

/// Tables in the schemas that the run is about, with their columns, that have one by which a tool is known.
fn tools(database: &PostgresDatabase<'_>, sought: &Sought) -> String {
    let history = database.options.schema.as_deref();
    let schemas = sought.schemas.iter().map(String::as_str).chain(SCHEMAS_OF_TOOLS.iter().copied()).chain(history);
    let schemas = list(schemas.chain(database.options.ignore.schemas.iter().map(String::as_str)));
    format!(
        "SELECT 'tool', format('%I.%I', n.nspname, c.relname), c.relname, \
         has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'), \
         array_to_string(array_agg(lower(a.attname) ORDER BY a.attnum), ' ') \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE c.relkind IN ('r', 'p') AND (n.nspname = ANY (current_schemas(false)) OR n.nspname = ANY (ARRAY[{schemas}]::name[])) \
         AND {} GROUP BY n.oid, n.nspname, c.oid, c.relname HAVING bool_or(lower(a.attname) = ANY (ARRAY[{}]::text[])) \
         ORDER BY 2",
        not_of_an_extension(),
        list(marks().into_iter())
    )
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(|text| Literal(Some(text)).to_string()).collect::<Vec<_>>().join(", ")
}

fn not_of_an_extension() -> &'static str {
    "NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"
}

fn kept(rows: &[SimpleQueryRow]) -> Vec<ToolTable> {
    let of_tools = rows.iter().filter(|row| row.get(0) == Some("tool"));
    let kept = of_tools.filter_map(|row| {
        let columns: Vec<String> = row.get(4)?.split(' ').map(str::to_owned).collect();
        let by = migrator(row.get(2)?, &columns)?;
        Some(ToolTable { by, sql: row.get(1)?.to_owned(), is_readable: row.get(3) == Some("t") })
    });
    kept.collect()
}

fn looks_into(kept: &ToolTable) -> String {
    let sql = &kept.sql;
    let name = Literal(Some(sql));
    if !kept.is_readable {
        return format!("SELECT 'rows', {name}");
    }
    // The server quoted the name.
    format!("SELECT 'rows', {name} WHERE EXISTS (SELECT FROM {sql} WHERE {})", kept.by.counts.unwrap_or("true"))
}

/// Which of the tables are there already: where the name leads now, and, where one is dropped first, anywhere on the way.
fn tables(sought: &Sought) -> String {
    let rows: Vec<String> =
        sought.tables.iter().enumerate().map(|(number, table)| values(number, table, sought)).collect();
    format!(
        "SELECT DISTINCT 'made', t.number FROM (VALUES {}) AS t (number, name, path, reaches) \
         JOIN pg_class c ON c.relname = t.name JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND {} AND n.nspname !~ '^(pg_|information_schema$)' AND (t.path IS NULL \
         OR n.nspname = (SELECT p.name FROM unnest(t.path) WITH ORDINALITY AS p (name, place) \
         WHERE EXISTS (SELECT FROM pg_namespace s WHERE s.nspname = p.name) ORDER BY p.place LIMIT 1) \
         OR t.reaches AND n.nspname = ANY (t.path)) ORDER BY 2",
        rows.join(", "),
        not_of_an_extension()
    )
}

/// A name in any schema has no path.
fn values(number: usize, table: &SoughtTable, sought: &Sought) -> String {
    let named = |schemas: &[String]| format!("ARRAY[{}]::name[]", list(schemas.iter().map(String::as_str)));
    let path = match (&table.name.schema, &table.leads) {
        (Some(schema), _) => format!("ARRAY[{}]::name[]", Literal(Some(schema))),
        (None, Leads::Session) => "current_schemas(false)".to_owned(),
        (None, Leads::Path(path)) => named(sought.first_of(path)),
        (None, Leads::Unknown) => "NULL::name[]".to_owned(),
    };
    format!("({number}, {}::name, {path}, {})", Literal(Some(&table.name.name)), table.drops)
}

fn made(rows: &[SimpleQueryRow]) -> Vec<usize> {
    let made = rows.iter().filter(|row| row.get(0) == Some("made"));
    made.filter_map(|row| row.get(1)?.parse().ok()).collect()
}
