//! What a database holds, read by plain SELECTs: every value with its type and its bytes.

use std::collections::BTreeMap;

use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::rusqlite::types::ValueRef;

use super::names::{Names, Side};
use super::schema::quote;
use super::world::NUMBERED;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Content {
    /// In their order by name: a column that comes back stands last.
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// The rows of users' tables, by table. Implicit rowids are left out, and the tables of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dump(BTreeMap<String, Content>);

/// The rows of tables, by their names in the first schema.
pub(super) type Bags = BTreeMap<String, Bag>;

/// How often each row is there.
pub(super) type Bag = BTreeMap<String, usize>;

impl Dump {
    /// The numbers that rows of a log find by themselves are others where users wrote in between: they are read where nobody did.
    pub(super) fn of(connection: &Connection, has_numbers: bool) -> Self {
        let tables = tables(connection).into_iter().map(|table| {
            let mut columns = columns(connection, &table);
            columns.retain(|column| has_numbers || table != NUMBERED || column != "no");
            columns.sort_unstable();
            let names: Vec<String> = columns.iter().map(|column| quote(column)).collect();
            let mut rows = rows(connection, &format!("SELECT {} FROM {}", names.join(", "), quote(&table)));
            rows.sort_unstable();
            (table, Content { columns, rows })
        });
        Self(tables.collect())
    }

    /// The tables and columns that both schemas have.
    pub(super) fn of_both(&self, names: &Names, side: Side) -> Bags {
        let mut bags = Bags::new();
        for before in names.tables() {
            let bag = bags.entry(before.to_owned()).or_default();
            let content = names.table(before, side).and_then(|table| self.0.get(table));
            let Some(content) = content else {
                bag.insert("the table is not there".to_owned(), 1);
                continue;
            };
            let columns = names.columns(before, side);
            let columns: Vec<Option<usize>> =
                columns.iter().map(|name| content.columns.iter().position(|column| column == name)).collect();
            for row in &content.rows {
                let values = columns.iter().map(|at| at.map_or("-", |at| row[at].as_str()));
                *bag.entry(values.collect::<Vec<_>>().join(" | ")).or_default() += 1;
            }
        }
        bags
    }

    /// Whether another one has the same tables and columns.
    pub(super) fn has_shape_of(&self, other: &Self) -> bool {
        let shape = |dump: &Self| -> Vec<(String, Vec<String>)> {
            dump.0.iter().map(|(table, content)| (table.clone(), content.columns.clone())).collect()
        };
        shape(self) == shape(other)
    }

    /// Tables in which two differ, with what is different.
    pub(super) fn differences(&self, other: &Self) -> BTreeMap<String, String> {
        let all = self.0.keys().chain(other.0.keys());
        let differ = all.filter(|table| self.0.get(*table) != other.0.get(*table));
        differ.map(|table| (table.clone(), format!("{}\n  and\n{}", self.shown(table), other.shown(table)))).collect()
    }

    fn shown(&self, table: &str) -> String {
        let Some(content) = self.0.get(table) else { return format!("  no table {table}") };
        let rows = content.rows.iter().map(|row| format!("\n    {}", row.join(" | ")));
        format!("  {table} ({}){}", content.columns.join(", "), rows.collect::<String>())
    }
}

/// All that the database holds but the history: schema, rowids and sequences as well.
pub(super) fn everything(connection: &Connection) -> String {
    let is_users = |row: &Vec<String>| row.iter().all(|value| !value.contains(HISTORY));
    let mut parts = rows(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema");
    parts.extend(tables(connection).iter().flat_map(|table| {
        let keyed = rows(
            connection,
            &format!("SELECT 1 FROM pragma_table_list WHERE name = '{}' AND wr", table.replace('\'', "''")),
        );
        let rowid = if keyed.is_empty() { "rowid, " } else { "" };
        let mut rows = rows(connection, &format!("SELECT {rowid}* FROM {}", quote(table)));
        rows.iter_mut().for_each(|row| row.insert(0, table.clone()));
        rows
    }));
    let has_sequences = !rows(connection, "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").is_empty();
    if has_sequences {
        parts.extend(rows(connection, "SELECT 'sequence', name, seq FROM sqlite_sequence"));
    }
    parts.retain(is_users);
    let mut lines: Vec<String> = parts.into_iter().map(|row| row.join(" | ")).collect();
    lines.sort_unstable();
    lines.join("\n")
}

const HISTORY: &str = "schema_migrations";

fn tables(connection: &Connection) -> Vec<String> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").expect("the schema is readable");
    let names = statement.query_map([], |row| row.get::<_, String>(0)).expect("the schema is readable");
    let names = names.map(|name| name.expect("a name is text"));
    names.filter(|name| !name.starts_with(HISTORY) && !name.starts_with("sqlite_")).collect()
}

fn columns(connection: &Connection, table: &str) -> Vec<String> {
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden <> 1").expect("the pragma is there");
    let names = statement.query_map([table], |row| row.get(0)).expect("the table is there");
    names.map(|name| name.expect("a name is text")).collect()
}

fn rows(connection: &Connection, query: &str) -> Vec<Vec<String>> {
    let mut statement = connection.prepare(query).unwrap_or_else(|error| panic!("{error}: {query}"));
    let columns = statement.column_count();
    let mut rows = statement.query([]).expect("it has no parameters");
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap_or_else(|error| panic!("{error}: {query}")) {
        all.push((0..columns).map(|at| text(row.get_ref(at).expect("the column is there"))).collect());
    }
    all
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => format!("{value:?} real"),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => format!("{text:?}"),
            Err(_) => format!("text {}", hex(bytes)),
        },
        ValueRef::Blob(bytes) => format!("blob {}", hex(bytes)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}
