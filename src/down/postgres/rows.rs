//! The rows of the tables in a scratch database, all in one message.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_postgres::SimpleQueryRow;

use super::name::{ident, literal};
use crate::database::postgres::scratch::ScratchDatabase;
use crate::down::Rows;
use crate::down::rows::{MOST_ROWS, RowColumn, RowKey, RowTable, TableRows};
use crate::error::Result;
use crate::sql::Name;

/// One row for each column that is not generated, of tables, with the keys that it is in as `<index>.<place>`.
/// What a partition holds is read as the rows of its parent.
const COLUMNS: &str = "SELECT c.oid, n.nspname, c.relname, c.relkind, a.attname, b.typcategory AS category, a.attidentity = 'a' AS always, \
       c.relkind = 'p' OR pg_relation_size(c.oid) > 0 AS filled, \
       (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) ~ '\\(|^CURRENT|^LOCAL|^SESSION') IS TRUE AS moves, \
       NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprname = '=' AND o.oprleft = b.oid AND o.oprright = b.oid) \
         AND b.typcategory NOT IN ('A', 'E', 'R', 'S', 'C') AS unequal, b.oid = 'real'::regtype AS is_short, \
       (SELECT string_agg(i.indexrelid || '.' || k.place || CASE WHEN i.indisprimary THEN '!' ELSE '' END, ' ') \
        FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(number, place) \
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts \
          AND k.number = a.attnum) AS keys \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' \
     JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END \
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition \
       AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
       AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e') \
     ORDER BY c.oid, a.attnum";

/// Values read the same in every session that writes them back.
const PLAINLY: &str = "SELECT set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', true), \
     set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)";

pub(super) async fn read(database: &mut ScratchDatabase) -> Result<Rows> {
    let columns = database.query_again("schemactl_columns", COLUMNS).await?;
    let tables = tables(&columns);
    let mut rows = Rows::default();
    if tables.is_empty() {
        return Ok(rows);
    }
    let filled = tables.iter().enumerate().filter(|(_, table)| table.is_filled);
    let selects = filled.map(|(at, table)| select(at, &table.read));
    let message: Vec<String> = std::iter::once(PLAINLY.to_owned()).chain(selects).collect();
    let found = database.query(&message.join("\n;\n")).await?;
    let mut read: Vec<TableRows> = tables.iter().map(|table| TableRows::new(Arc::clone(&table.read.table))).collect();
    for row in &found {
        let Some(at) = row.try_get("schemactl_table").ok().flatten().and_then(|at| at.parse::<usize>().ok()) else {
            continue;
        };
        let quoted = &tables[at].read.quoted;
        let value = |place: usize| match row.get(place + 1) {
            None => "NULL".to_owned(),
            Some(text) if quoted[place] => literal(text),
            Some(text) => number(text),
        };
        read[at].add((0..quoted.len()).map(value).collect());
    }
    for (table, mut rows_of) in tables.into_iter().zip(read) {
        if rows_of.is_full() {
            rows_of.digest(digest(database, &table.read.from).await?);
        }
        rows.tables.insert(table.key, rows_of);
    }
    Ok(rows)
}

struct FoundRows {
    key: String,
    /// Whether it may hold rows: files are made when the first one comes.
    is_filled: bool,
    read: Readable,
}

struct Readable {
    table: Arc<RowTable>,
    /// What is read from: not from the tables that inherit from it.
    from: String,
    /// Which columns' values are quoted.
    quoted: Vec<bool>,
}

fn tables(rows: &[SimpleQueryRow]) -> Vec<FoundRows> {
    let text = |row: &SimpleQueryRow, name: &str| row.try_get(name).ok().flatten().unwrap_or_default().to_owned();
    let mut tables: Vec<FoundRows> = Vec::new();
    for of_table in rows.chunk_by(|a, b| a.get(0) == b.get(0)) {
        let first = &of_table[0];
        let name = format!("{}.{}", ident(&text(first, "nspname")), ident(&text(first, "relname")));
        let columns = of_table.iter().map(|row| {
            let bare = text(row, "attname");
            let name = ident(&bare);
            let compared = if text(row, "unequal") == "t" { format!("CAST({name} AS text)") } else { name.clone() };
            RowColumn { name, bare, compared, moves: text(row, "moves") == "t" }
        });
        let columns: Vec<RowColumn> = columns.collect();
        let table = RowTable {
            keys: keys(of_table, &columns),
            insert_clause: if of_table.iter().any(|row| text(row, "always") == "t") {
                "OVERRIDING SYSTEM VALUE "
            } else {
                ""
            },
            columns,
            follows: false,
            rank: text(first, "oid").parse().unwrap_or_default(),
            called: Name { schema: Some(text(first, "nspname").into()), name: text(first, "relname").into() },
            name: name.clone(),
        };
        let only = if text(first, "relkind") == "p" { "" } else { "ONLY " };
        // A number of four bytes is compared as one only where it is written as a text.
        let quoted = of_table.iter().map(|row| text(row, "category") != "N" || text(row, "is_short") == "t");
        let read = Readable { table: Arc::new(table), from: format!("{only}{name}"), quoted: quoted.collect() };
        tables.push(FoundRows { key: name, is_filled: text(first, "filled") == "t", read });
    }
    tables
}

/// The primary key first.
fn keys(rows: &[SimpleQueryRow], columns: &[RowColumn]) -> Vec<RowKey> {
    let mut keys: BTreeMap<(bool, u32), Vec<(usize, usize)>> = BTreeMap::new();
    for (column, row) in rows.iter().enumerate() {
        for entry in row.try_get("keys").ok().flatten().unwrap_or_default().split(' ').filter(|entry| !entry.is_empty())
        {
            let is_primary = entry.ends_with('!');
            let Some((index, place)) = entry.trim_end_matches('!').split_once('.') else { continue };
            let (Ok(index), Ok(place)) = (index.parse(), place.parse()) else { continue };
            keys.entry((!is_primary, index)).or_default().push((place, column));
        }
    }
    let in_order = |mut places: Vec<(usize, usize)>| {
        places.sort_unstable();
        let places: Vec<usize> = places.into_iter().map(|(_, column)| column).collect();
        let is_assigned = places.iter().any(|at| columns[*at].moves);
        RowKey { places, is_assigned }
    };
    keys.into_values().map(in_order).collect()
}

fn select(at: usize, read: &Readable) -> String {
    let columns: Vec<String> = read.table.columns.iter().map(|column| format!(", {}::text", column.name)).collect();
    format!("SELECT {at} AS schemactl_table{} FROM {} LIMIT {}", columns.concat(), read.from, MOST_ROWS + 1)
}

async fn digest(database: &mut ScratchDatabase, from: &str) -> Result<String> {
    let sql = format!("SELECT count(*) || ' ' || sum(hashtextextended(x::text, 0)::numeric) FROM {from} AS x");
    let rows = database.query(&sql).await?;
    Ok(rows.first().and_then(|row| row.get(0)).unwrap_or_default().to_owned())
}

/// Infinity and NaN are words, which only a literal has.
fn number(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'e' | b'+'));
    if is_plain { text.to_owned() } else { literal(text) }
}
