//! Foreign keys that SQLite takes and that no row can keep.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{Affinity, SqliteSnapshot};
use crate::catalog::Kind;
use crate::error::{Code, Error, Result};

/// The columns of one foreign key: where they are, and what they refer to.
struct ReferenceKey {
    child: String,
    parent: String,
    is_there: bool,
    columns: Vec<ReferencePair>,
}

struct ReferencePair {
    from: String,
    /// None where the parent has no primary key, and none is named.
    to: Option<String>,
    datatype: String,
    /// None where there is no such column.
    wanted: Option<String>,
}

/// Each foreign key that refers to what no row can be found by: a table or column that is not there, columns that are no key, a column that
/// keeps other values. One sentence each.
///
/// # Errors
/// SQLite cannot even have another database in memory, or does not take the tables again.
pub(crate) fn loose(snapshot: &SqliteSnapshot) -> Result<Vec<String>> {
    copy(snapshot).and_then(|connection| loose_in(&connection)).map_err(|error| {
        Error::new(Code::Query, "the foreign keys of the scratch database cannot be read")
            .with_cause(error.to_string())
            .with_source(error)
    })
}

/// The tables and indexes alone, where pragmas can be asked.
fn copy(snapshot: &SqliteSnapshot) -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    // What an application registers compares in some way; which one does not matter where there are no rows.
    connection.collation_needed(|connection, name| connection.create_collation(name, str::cmp))?;
    snapshot.tables.iter().try_for_each(|entry| connection.execute_batch(&entry.table.sql))?;
    let indexes = snapshot.others.iter().filter(|other| other.kind == Kind::Index);
    for index in indexes {
        connection.execute_batch(&index.sql)?;
    }
    Ok(connection)
}

fn loose_in(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for key in keys(connection)? {
        found.extend(fault(connection, &key)?);
    }
    Ok(found)
}

fn keys(connection: &Connection) -> rusqlite::Result<Vec<ReferenceKey>> {
    let sql = "SELECT child.name, key.id, key.\"table\", key.\"from\", \
                 coalesce(key.\"to\", (SELECT name FROM pragma_table_xinfo(key.\"table\") WHERE pk = key.seq + 1)) AS wanted, \
                 EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = key.\"table\" COLLATE NOCASE) \
               FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
               WHERE child.type = 'table' ORDER BY child.name, key.id, key.seq";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut keys: BTreeMap<(String, i64), ReferenceKey> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (child, id, parent): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let to: Option<String> = row.get(4)?;
        let from: String = row.get(3)?;
        let pair = ReferencePair {
            datatype: type_of(connection, &child, &from)?.unwrap_or_default(),
            from,
            wanted: to.as_deref().map(|to| type_of(connection, &parent, to)).transpose()?.flatten(),
            to,
        };
        let is_there = row.get(5)?;
        let key = ReferenceKey { child: child.clone(), parent, is_there, columns: Vec::new() };
        keys.entry((child, id)).or_insert(key).columns.push(pair);
    }
    Ok(keys.into_values().collect())
}

fn fault(connection: &Connection, key: &ReferenceKey) -> rusqlite::Result<Option<String>> {
    let names: Vec<&str> = key.columns.iter().map(|pair| pair.from.as_str()).collect();
    let refers = format!("{}.{} refers to {}", key.child, names.join(", "), key.parent);
    if !key.is_there {
        return Ok(Some(format!("{refers}, which is not there")));
    }
    let mut wanted = Vec::with_capacity(key.columns.len());
    for pair in &key.columns {
        let Some(to) = &pair.to else { return Ok(Some(format!("{refers}, which has no primary key"))) };
        match &pair.wanted {
            None => return Ok(Some(format!("{refers}.{to}, which is not there"))),
            Some(parent) if is_unlike(&pair.datatype, parent) => {
                return Ok(Some(format!("{refers}.{to}: {} does not keep all values of {parent}", pair.datatype)));
            }
            Some(_) => wanted.push(to.to_lowercase()),
        }
    }
    wanted.sort();
    let is_key = unique(connection, &key.parent)?.contains(&wanted);
    Ok((!is_key).then(|| format!("{refers} by {}, which is no key there", wanted.join(", "))))
}

/// Whether one keeps numbers and the other does not: `007` is 7 there. A column without a type keeps anything.
fn is_unlike(child: &str, parent: &str) -> bool {
    let is_number = |datatype: &str| {
        !matches!(Affinity::of(&datatype.to_lowercase()), Affinity::Text | Affinity::Blob | Affinity::Any)
    };
    !child.is_empty() && !parent.is_empty() && is_number(child) != is_number(parent)
}

fn type_of(connection: &Connection, table: &str, column: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT type FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([table, column])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// The columns of the primary key and of each unique index that counts for a foreign key, in lower case and sorted
/// (<https://www.sqlite.org/foreignkeys.html#fk_indexes>).
fn unique(connection: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let sql = "SELECT '', name FROM pragma_table_xinfo(?1) WHERE pk > 0 \
               UNION ALL SELECT i.name, c.name FROM pragma_index_list(?1) AS i, pragma_index_info(i.name) AS c \
               WHERE i.\"unique\" AND NOT i.partial";
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        // Without a name: an expression, which is no column.
        let column = row.get::<_, Option<String>>(1)?.unwrap_or_default();
        keys.entry(row.get(0)?).or_default().push(column.to_lowercase());
    }
    let mut keys: Vec<Vec<String>> = keys.into_values().collect();
    keys.iter_mut().for_each(|key| key.sort());
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_row_can_keep_is_found() {
        let connection = Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE p (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b TEXT, c TEXT, UNIQUE (b, c)); \
                   CREATE UNIQUE INDEX partial ON p (c) WHERE c > ''; CREATE TABLE none (a TEXT); \
                   CREATE TABLE right (x REFERENCES P, i INT REFERENCES p (ID), t TEXT REFERENCES p (a), c TEXT, \
                     b VARCHAR(9), FOREIGN KEY (c, b) REFERENCES p (c, b)); \
                   CREATE TABLE w1 (x INT REFERENCES gone); CREATE TABLE w2 (x INT REFERENCES p (gone)); \
                   CREATE TABLE w3 (x INT REFERENCES p (a)); CREATE TABLE w4 (x TEXT REFERENCES p (b)); \
                   CREATE TABLE w5 (x TEXT REFERENCES p (c)); CREATE TABLE w6 (x TEXT REFERENCES none)";
        connection.execute_batch(sql).unwrap();
        let wanted = [
            "w1.x refers to gone, which is not there",
            "w2.x refers to p.gone, which is not there",
            "w3.x refers to p.a: INT does not keep all values of TEXT",
            "w4.x refers to p by b, which is no key there",
            "w5.x refers to p by c, which is no key there",
            "w6.x refers to none, which has no primary key",
        ];
        let snapshot = super::super::Inspector::default().read(&connection).unwrap();
        assert_eq!(loose(&snapshot).unwrap(), wanted);
    }
}
