//! Which tables a statement may write: those that SQLite's own program for it opens to write, foreign keys' actions and triggers included.

use std::collections::BTreeSet;

use rusqlite::Connection;

/// What a statement may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WrittenTables {
    /// These tables, in small letters.
    These(BTreeSet<String>),
    /// A virtual table among others, such as a full-text index: what it holds is not kept, and triggers that keep it do not fire at the down.
    Virtual,
    /// It cannot be told.
    Any,
}

/// Asks SQLite for its program (<https://www.sqlite.org/opcode.html>); the programs of triggers and of foreign keys' actions follow that of
/// the statement.
pub(super) fn written(connection: &Connection, statement: &str) -> rusqlite::Result<WrittenTables> {
    let Ok(mut explained) = connection.prepare(&format!("EXPLAIN {statement}")) else { return Ok(WrittenTables::Any) };
    let mut roots = BTreeSet::new();
    let mut rows = explained.query([])?;
    while let Some(row) = rows.next()? {
        let (opcode, first, second, third): (String, i64, i64, i64) =
            (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        match &*opcode {
            "OpenWrite" if third == 0 => drop(roots.insert(second)),
            "Clear" if second == 0 => drop(roots.insert(first)),
            "VUpdate" => return Ok(WrittenTables::Virtual),
            _ => {}
        }
    }
    let mut statement =
        connection.prepare("SELECT lower(tbl_name) FROM main.sqlite_schema WHERE rootpage = ?1 AND rootpage > 0")?;
    let mut tables = BTreeSet::new();
    for root in roots {
        // That of the schema itself.
        if root == 1 {
            continue;
        }
        let mut found = statement.query([root])?;
        match found.next()? {
            Some(row) => drop(tables.insert(row.get(0)?)),
            None => return Ok(WrittenTables::Any),
        }
    }
    Ok(WrittenTables::These(tables))
}
