//! The rows of the tables in a scratch database, all in one message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio_postgres::SimpleQueryRow;

use super::name::{ident, literal};
use crate::database::postgres::scratch::{RowVersions, ScratchDatabase, Since};
use crate::down::Rows;
use crate::down::rows::{MOST_ROWS, RowColumn, RowKey, RowTable, TableRows};
use crate::error::Result;
use crate::sql::Name;

/// One row for each column that is not generated, of tables, with the keys that it is in as `<index>.<place>`.
/// What a partition holds is read as the rows of its parent.
const COLUMNS: &str = "SELECT c.oid, n.nspname, c.relname, c.relkind, a.attname, b.typcategory AS category, a.attidentity = 'a' AS always, \
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
       AND {which} ORDER BY c.oid, a.attnum";

/// The tables that may hold rows: files are made when the first one comes.
const FILLED: &str =
    "SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.oid >= 16384 AND pg_relation_size(c.oid) > 0";

/// Values read the same in every session that writes them back.
const PLAINLY: &str = "SELECT set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', true), \
     set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true)";

/// What tables there are, as far as is known, and the versions of what says so.
#[derive(Default)]
pub(super) struct KnownShapes {
    tables: BTreeMap<u32, FoundRows>,
    versions: Option<RowVersions>,
}

impl KnownShapes {
    /// Looks what tables there are: at those that may look different from when this was last done.
    async fn look(&mut self, database: &mut ScratchDatabase) -> Result<()> {
        let (versions, since) = database.since(self.versions.as_ref()).await?;
        // Until all is read nothing is known.
        self.versions = None;
        let found = match since {
            Since::Nothing => Vec::new(),
            Since::Relations(relations) => {
                self.tables.retain(|oid, _| !relations.contains(oid));
                let sql = COLUMNS.replace("{which}", "c.oid = ANY ($1)");
                let all: Vec<String> = relations.iter().map(u32::to_string).collect();
                database
                    .query_again("schemactl_columns_of (oid[])", &sql, &format!("('{{{}}}')", all.join(",")))
                    .await?
            }
            Since::Everything => {
                self.tables.clear();
                database.query_again("schemactl_columns", &COLUMNS.replace("{which}", "true"), "").await?
            }
        };
        self.tables.extend(tables(&found).into_iter().map(|table| (table.read.table.rank, table)));
        self.versions = versions;
        Ok(())
    }
}

pub(super) async fn read(database: &mut ScratchDatabase, known: &mut KnownShapes) -> Result<Rows> {
    known.look(database).await?;
    let tables: Vec<&FoundRows> = known.tables.values().collect();
    let mut rows = Rows::default();
    if tables.is_empty() {
        return Ok(rows);
    }
    let filled = database.query_again("schemactl_filled", FILLED, "").await?;
    let filled: BTreeSet<u32> = filled.iter().filter_map(|row| row.get(0)?.parse().ok()).collect();
    let is_filled = |table: &FoundRows| table.is_partitioned || filled.contains(&table.read.table.rank);
    let selects = tables.iter().enumerate().filter(|(_, table)| is_filled(table));
    let selects = selects.map(|(at, table)| select(at, &table.read));
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
        rows.tables.insert(table.key.clone(), Arc::new(rows_of));
    }
    Ok(rows)
}

struct FoundRows {
    key: String,
    is_partitioned: bool,
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
        tables.push(FoundRows { key: name, is_partitioned: text(first, "relkind") == "p", read });
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
