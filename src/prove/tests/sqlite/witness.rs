//! What SQLite itself says of a schema: `sqlite_schema` and its pragmas.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::Value;

/// Objects by type and name, each with all that is to be equal.
pub(super) fn schema(connection: &Connection) -> BTreeMap<(String, String), Vec<String>> {
    let mut objects = BTreeMap::new();
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    for row in query(connection, sql) {
        let [kind, name, table, sql] = &row[..] else { unreachable!("four columns") };
        let mut facts = vec![table.to_lowercase(), tokens(sql)];
        if kind == "table" || kind == "view" {
            facts.push(pragma(connection, "table_xinfo", name, 1));
        }
        if kind == "table" {
            facts.push(indexes(connection, name));
            facts.push(foreign_keys(connection, name));
        }
        objects.insert((kind.clone(), name.to_lowercase()), facts);
    }
    objects
}

pub(super) fn query(connection: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let count = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..count).map(|at| Ok(format!("{:?}", row.get::<_, Value>(at)?))).collect::<rusqlite::Result<Vec<_>>>()
    });
    let text = |value: String| match value.strip_prefix("Text(\"").and_then(|rest| rest.strip_suffix("\")")) {
        Some(text) => text.replace("\\\"", "\"").replace("\\n", "\n").replace("\\'", "'").replace("\\\\", "\\"),
        None => value,
    };
    match rows {
        Ok(rows) => {
            rows.map(|row| row.map_or(vec!["error".to_owned()], |row| row.into_iter().map(text).collect())).collect()
        }
        Err(error) => vec![vec![error.to_string()]],
    }
}

fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

fn pragma(connection: &Connection, pragma: &str, name: &str, skip: usize) -> String {
    let Ok(mut statement) = connection.prepare(&format!("PRAGMA {pragma}({})", quoted(name))) else {
        return "does not fit the schema".to_owned();
    };
    drop(statement.query([]));
    drop(statement);
    let rows = query(connection, &format!("PRAGMA {pragma}({})", quoted(name)));
    format!(
        "{:?}",
        rows.iter()
            .map(|row| row.iter().skip(skip).map(|value| value.to_lowercase()).collect())
            .collect::<Vec<Vec<_>>>()
    )
}

fn indexes(connection: &Connection, table: &str) -> String {
    let mut all: Vec<String> = query(connection, &format!("PRAGMA index_list({})", quoted(table)))
        .iter()
        .map(|row| {
            let name = if row[3] == "c" { row[1].to_lowercase() } else { String::new() };
            format!("{name} {:?} {}", &row[2..], pragma(connection, "index_xinfo", &row[1], 1))
        })
        .collect();
    all.sort();
    all.join("\n")
}

fn foreign_keys(connection: &Connection, table: &str) -> String {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in query(connection, &format!("PRAGMA foreign_key_list({})", quoted(table))) {
        keys.entry(row[0].clone()).or_default().push(format!("{:?}", &row[1..]).to_lowercase());
    }
    let mut keys: Vec<_> = keys.into_values().collect();
    keys.sort();
    format!("{keys:?}")
}

/// The text without comments, white space, case and quotes around names.
fn tokens(sql: &str) -> String {
    let mut result = String::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let end = |close: &str, from: usize| rest[from..].find(close).map_or(rest.len(), |at| from + at + close.len());
        let length = match first {
            _ if rest.starts_with("--") => end("\n", 2),
            _ if rest.starts_with("/*") => end("*/", 2),
            '\'' | '"' | '`' => end(&first.to_string(), 1),
            '[' => end("]", 1),
            _ if first.is_alphanumeric() || first == '_' => {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => first.len_utf8(),
        };
        let token = &rest[..length];
        match first {
            _ if token.starts_with("--") || token.starts_with("/*") || first.is_whitespace() => {}
            '\'' => result.push_str(&format!("{token} ")),
            '"' | '`' | '[' => result.push_str(&format!("{} ", token[1..length - 1].to_lowercase())),
            _ => result.push_str(&format!("{} ", token.to_lowercase())),
        }
        rest = &rest[length..];
    }
    result
}
