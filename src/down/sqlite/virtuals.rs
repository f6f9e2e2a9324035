//! The rows of virtual tables.

use std::sync::Arc;

use rusqlite::{Connection, Statement};

use super::name::{self, PlainName, list};
use super::rows::fill;
use crate::database::sqlite::inspect::WholeObject;
use crate::down::rows::{RowColumn, RowKey, RowTable, TableRows};
use crate::sql::{Name, content_table};

/// What a virtual table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    /// A full-text index with its own texts.
    Texts,
    /// A full-text index of texts that are elsewhere, or nowhere.
    Index,
    /// The rectangles of an R-tree, by the key that is the first column.
    Rectangles,
    /// What another module makes of it.
    Unknown,
}

impl Holds {
    fn of(table: &WholeObject) -> Self {
        let definition = table.definition.as_ref();
        let uses = |module: &str| definition.contains(&format!("using {module}"));
        if uses("fts3") || uses("fts4") || uses("fts5") {
            if definition.contains("content =") { Self::Index } else { Self::Texts }
        } else if uses("rtree") {
            Self::Rectangles
        } else {
            Self::Unknown
        }
    }
}

/// Whether all that it holds can be built again from that table (an external content table), and it finds its rows by the numbers that SQLite gives them.
pub(super) fn is_of_numbers_in(table: &WholeObject, name: &str) -> bool {
    content(table).is_some_and(|content| content.eq_ignore_ascii_case(name))
}

/// The table of whose texts it is an index.
fn content(table: &WholeObject) -> Option<String> {
    if Holds::of(table) == Holds::Index { content_table(&table.sql) } else { None }
}

/// Reads the rows. None where the table cannot be read, as where the module is not there, or the content.
pub(super) fn read(connection: &Connection, table: &WholeObject) -> Option<TableRows> {
    let (name, holds) = (PlainName(&table.name), Holds::of(table));
    let sql = match holds {
        Holds::Texts => format!("SELECT rowid, * FROM {name}"),
        // Which rows are indexed: the texts are read from elsewhere.
        Holds::Index => format!("SELECT * FROM {}", PlainName(&format!("{}_docsize", table.name))),
        Holds::Rectangles | Holds::Unknown => format!("SELECT * FROM {name}"),
    };
    let mut statement = connection.prepare(&sql).ok()?;
    let columns = columns(&statement).ok()?.into_iter().map(|column| {
        let name = PlainName(&column).to_string();
        RowColumn { compared: name.clone(), name, bare: column, moves: false }
    });
    let keys = match holds {
        Holds::Texts | Holds::Rectangles => vec![RowKey { places: vec![0], is_assigned: true }],
        Holds::Index | Holds::Unknown => Vec::new(),
    };
    let shape = RowTable {
        name: name.to_string(),
        called: Name { schema: None, name: table.name.clone().into() },
        rank: u32::MAX,
        columns: columns.collect(),
        follows: true,
        keys,
        insert_clause: "",
    };
    fill(&mut statement, TableRows::new(Arc::new(shape))).ok()
}

/// Puts rows into one that has none; nothing is done where it is not known which rows the module takes.
pub(super) fn seed(
    connection: &Connection,
    table: &WholeObject,
    rows: usize,
    first_key: usize,
) -> rusqlite::Result<()> {
    let name = PlainName(&table.name);
    let statement = connection.prepare(&format!("SELECT * FROM {name} LIMIT 0"))?;
    let columns = columns(&statement)?;
    for row in 0..rows {
        let value = |at: usize| match Holds::of(table) {
            Holds::Rectangles if at == 0 => (first_key + row).to_string(),
            Holds::Rectangles => at.to_string(),
            _ => name::text(&format!("{} {row}", columns[at])),
        };
        let values: Vec<String> = (0..columns.len()).map(value).collect();
        let columns = list(columns.iter().map(String::as_str));
        if matches!(Holds::of(table), Holds::Texts | Holds::Rectangles) {
            connection.execute(&format!("INSERT INTO {name} ({columns}) VALUES ({})", values.join(", ")), [])?;
        }
    }
    Ok(())
}

fn columns(statement: &Statement<'_>) -> rusqlite::Result<Vec<String>> {
    (0..statement.column_count()).map(|at| statement.column_name(at).map(str::to_owned)).collect()
}
