//! What is to be known of a table before its rows can be told apart.

use rusqlite::{Connection, params};

use crate::history::ImageKey;
use crate::sql::{Ident, Name};

/// A table of the database itself, whatever temporary one has its name.
pub(super) fn main(table: &str) -> Name<'static> {
    Name { schema: Some("main".into()), name: table.to_owned().into() }
}

/// A table as it is now.
#[derive(Debug, Clone)]
pub(super) struct TableFacts {
    /// Those that hold values of their own, in the order of the table.
    pub(super) columns: Vec<FactColumn>,
    pub(super) row_key: ImageKey,
    /// What tells rows apart while a step runs, as SQL names it, with the collation of each.
    pub(super) key: Vec<KeyColumn>,
    /// The primary key of a table whose rows have numbers besides; empty where the number is the key.
    pub(super) declared: Vec<KeyColumn>,
}

#[derive(Debug, Clone)]
pub(super) struct FactColumn {
    pub(super) name: String,
    /// In small letters.
    pub(super) datatype: String,
    pub(super) in_key: bool,
}

#[derive(Debug, Clone)]
pub(super) struct KeyColumn {
    /// A name of the row's number, or a column, in quotes where it is one.
    pub(super) sql: String,
    pub(super) collation: Option<String>,
}

/// Why rows of a table cannot be recorded.
pub(super) type Unrecordable = String;

/// A trigger names each column twice, and no statement has room for more than 2,000.
const MOST_COLUMNS: usize = 900;

impl TableFacts {
    /// Reads them. The table is there, and no virtual one.
    pub(super) fn read(connection: &Connection, table: &Name<'_>) -> rusqlite::Result<Result<Self, Unrecordable>> {
        let sql = "SELECT name, lower(type), pk, hidden FROM pragma_table_xinfo(?1, ?2) ORDER BY cid";
        let mut statement = connection.prepare(sql)?;
        let all: Vec<(String, String, i64, i64)> = statement
            .query_map(params![table.name, table.schema], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let columns: Vec<FactColumn> = all
            .iter()
            .filter(|(.., hidden)| *hidden == 0)
            .map(|(name, datatype, pk, _)| FactColumn {
                name: name.clone(),
                datatype: datatype.clone(),
                in_key: *pk > 0,
            })
            .collect();
        if columns.len() > MOST_COLUMNS {
            return Ok(Err(format!("table {} has more than {MOST_COLUMNS} columns", table.plain())));
        }
        let is_free = |word: &&str| !all.iter().any(|(name, ..)| name.eq_ignore_ascii_case(word));
        let Some(rowid) = ["rowid", "_rowid_", "oid"].into_iter().find(is_free) else {
            return Ok(Err(format!("table {} has columns of all the names of a row's number", table.plain())));
        };
        let sql = "SELECT part.name, part.coll FROM pragma_index_list(?1, ?2) AS one, pragma_index_xinfo(one.name, ?2) AS part \
                   WHERE one.origin = 'pk' AND part.key = 1 ORDER BY part.seqno";
        let key: Vec<KeyColumn> = connection
            .prepare(sql)?
            .query_map(params![table.name, table.schema], |row| {
                Ok(KeyColumn { sql: Ident(&row.get::<_, String>(0)?).to_string(), collation: row.get(1)? })
            })?
            .collect::<Result<_, _>>()?;
        if connection.prepare(&format!("SELECT {rowid} FROM {table} LIMIT 0")).is_ok() {
            let number = vec![KeyColumn { sql: rowid.to_owned(), collation: None }];
            return Ok(Ok(Self { columns, row_key: ImageKey::Rowid, key: number, declared: key }));
        }
        if key.is_empty() {
            return Ok(Err(format!("what tells the rows of table {} apart could not be read", table.plain())));
        }
        Ok(Ok(Self { columns, row_key: ImageKey::Columns, key, declared: Vec::new() }))
    }

    /// Those of a table of which it is enough that its rows have numbers.
    pub(super) fn numbered() -> Self {
        let number = KeyColumn { sql: "rowid".to_owned(), collation: None };
        Self { columns: Vec::new(), row_key: ImageKey::Rowid, key: vec![number], declared: Vec::new() }
    }

    /// Whether rows are told apart by columns that people give, and not by a number alone which another copy of the table does not have.
    pub(super) fn has_key(&self) -> bool {
        self.columns.iter().any(|column| column.in_key)
    }

    /// SQL for the key of a row `t`: `id = 1`, or its number where it has no key.
    pub(super) fn shown(&self) -> String {
        let keys = self.columns.iter().filter(|column| column.in_key).map(|column| column.name.as_str());
        shown(keys.map(|name| (name, format!("t.{}", Ident(name)))), &format!("t.{}", self.key[0].sql))
    }

    /// Whether the number of a row is its primary key.
    pub(super) fn is_numbered_by_key(&self) -> bool {
        // It has no index of its own then.
        self.row_key == ImageKey::Rowid && self.has_key() && self.declared.is_empty()
    }
}

/// SQL for a key, of names with what stands for their values: `id = 1`, or the number of the row where it has none.
pub(super) fn shown<'n>(key: impl Iterator<Item = (&'n str, String)>, number: &str) -> String {
    let shown: Vec<String> =
        key.map(|(name, value)| format!("'{} = ' || quote({value})", name.replace('\'', "''"))).collect();
    if shown.is_empty() { format!("'row ' || {number}") } else { shown.join(" || ', ' || ") }
}
