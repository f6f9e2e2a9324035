//! The rows of the tables in a scratch database.

use std::sync::Arc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, Statement};

use super::name::{self, PlainName};
use crate::database::sqlite::inspect::{ColumnDefinition, TableEntry};
use crate::down::rows::{MOST_ROWS, RowColumn, RowKey, RowTable, TableRows};
use crate::sql::Name;

/// Reads the rows of a table, without what is computed.
pub(super) fn read(connection: &Connection, entry: &TableEntry) -> rusqlite::Result<TableRows> {
    let table = Arc::new(describe(entry));
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let sql = format!("SELECT {} FROM {}", columns.join(", "), table.name);
    let mut statement = connection.prepare(&sql)?;
    fill(&mut statement, TableRows::new(table))
}

/// Reads the rows of a table together with their rowids, where these are no column: something elsewhere names rows by them. Nobody
/// gives them, so that they are compared, and not put back.
pub(super) fn read_numbered(connection: &Connection, entry: &TableEntry) -> rusqlite::Result<Option<TableRows>> {
    let is_hidden = !entry.table.is_without_rowid() && entry.table.rowid_alias().is_none();
    if !is_hidden || entry.table.column("rowid").is_some() {
        return Ok(None);
    }
    let of = describe(entry);
    let rowid = RowColumn { name: "rowid".into(), bare: "rowid".into(), compared: "rowid".into(), moves: true };
    let table = RowTable {
        name: format!("{} (by rowid)", of.name),
        columns: std::iter::once(rowid).chain(of.columns).collect(),
        keys: Vec::new(),
        follows: true,
        ..of
    };
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let sql = format!("SELECT {} FROM {}", columns.join(", "), PlainName(&entry.name));
    fill(&mut connection.prepare(&sql)?, TableRows::new(Arc::new(table))).map(Some)
}

/// Reads all that a query finds; of too many rows, a digest.
pub(super) fn fill(statement: &mut Statement<'_>, mut rows: TableRows) -> rusqlite::Result<TableRows> {
    let count = statement.column_count();
    let mut found = statement.query([])?;
    let mut digest = Digest::default();
    while let Some(row) = found.next()? {
        digest.add(row, count)?;
        if digest.count > MOST_ROWS as u64 {
            continue;
        }
        rows.add((0..count).map(|at| row.get_ref(at).map(literal)).collect::<rusqlite::Result<Vec<_>>>()?);
    }
    if digest.count > MOST_ROWS as u64 {
        rows.digest(digest.text());
    }
    Ok(rows)
}

/// Differs where any of many rows does; their order does not count.
#[derive(Default)]
struct Digest {
    count: u64,
    sum: u128,
}

impl Digest {
    fn add(&mut self, row: &Row<'_>, columns: usize) -> rusqlite::Result<()> {
        use sha2::{Digest as _, Sha256};
        let mut hash = Sha256::new();
        for at in 0..columns {
            match row.get_ref(at)? {
                ValueRef::Null => hash.update([0]),
                ValueRef::Integer(number) => hash.update([&[1], &number.to_be_bytes()[..]].concat()),
                ValueRef::Real(number) => hash.update([&[2], &number.to_bits().to_be_bytes()[..]].concat()),
                ValueRef::Text(bytes) => Self::bytes(&mut hash, 3, bytes),
                ValueRef::Blob(bytes) => Self::bytes(&mut hash, 4, bytes),
            }
        }
        let bytes: [u8; 32] = hash.finalize().into();
        let (half, _) = bytes.split_at(16);
        self.count += 1;
        self.sum = self.sum.wrapping_add(half.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte)));
        Ok(())
    }

    fn bytes(hash: &mut sha2::Sha256, kind: u8, bytes: &[u8]) {
        use sha2::Digest as _;
        hash.update([kind]);
        hash.update(bytes.len().to_be_bytes());
        hash.update(bytes);
    }

    fn text(&self) -> String {
        format!("{} {:032x}", self.count, self.sum)
    }
}

fn describe(entry: &TableEntry) -> RowTable {
    let kept: Vec<&ColumnDefinition> = entry.table.columns.iter().filter(|column| !column.is_generated()).collect();
    let places = |names: &[String]| -> Option<Vec<usize>> {
        names.iter().map(|name| kept.iter().position(|column| column.name.eq_ignore_ascii_case(name))).collect()
    };
    let primary = entry.table.primary_key();
    // An INTEGER PRIMARY KEY that no statement gives is SQLite's choice.
    let is_assigned = entry.table.rowid_alias().is_some();
    let mut keys: Vec<RowKey> = Vec::new();
    keys.extend(places(&primary).filter(|places| !places.is_empty()).map(|places| RowKey { places, is_assigned }));
    let uniques = entry.table.uniques();
    keys.extend(uniques.iter().filter_map(|names| places(names)).map(|places| {
        let is_assigned = places.iter().any(|at| kept[*at].has_moving_default());
        RowKey { places, is_assigned }
    }));
    let columns = kept.iter().map(|column| {
        let name = PlainName(&column.name).to_string();
        RowColumn { compared: name.clone(), name, bare: column.name.clone(), moves: column.has_moving_default() }
    });
    RowTable {
        name: PlainName(&entry.name).to_string(),
        called: Name { schema: None, name: entry.name.clone().into() },
        rank: entry.id,
        columns: columns.collect(),
        keys,
        insert_clause: "",
        follows: false,
    }
}

fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) if number.is_infinite() => if number > 0.0 { "9e999" } else { "-9e999" }.to_owned(),
        ValueRef::Real(number) => format!("{number:?}"),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => name::text(text),
            Err(_) => format!("CAST({} AS TEXT)", name::blob(text)),
        },
        ValueRef::Blob(bytes) => name::blob(bytes),
    }
}
