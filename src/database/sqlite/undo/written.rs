//! Which tables a statement may write: those that SQLite's own program for it opens to write, foreign keys' actions and triggers included.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::sql::Ident;

/// What a statement may write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WrittenTables {
    /// These tables, in small letters.
    These(BTreeSet<String>),
    /// It cannot be told.
    Any,
}

/// What a statement may write, virtual tables apart, such as a full-text index: what these hold is not kept, and triggers that keep it do not fire at the down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatementWrites {
    pub(super) tables: WrittenTables,
    /// Virtual tables, as the program names them.
    pub(super) virtual_tables: BTreeSet<String>,
}

/// Asks SQLite for its program (<https://www.sqlite.org/opcode.html>); the programs of triggers and of foreign keys' actions follow that of
/// the statement.
pub(super) fn written(connection: &Connection, statement: &str) -> rusqlite::Result<StatementWrites> {
    let (mut roots, mut virtual_tables) = (BTreeSet::new(), BTreeSet::new());
    let Ok(mut explained) = connection.prepare(&format!("EXPLAIN {statement}")) else {
        return Ok(StatementWrites { tables: WrittenTables::Any, virtual_tables });
    };
    let mut rows = explained.query([])?;
    while let Some(row) = rows.next()? {
        let (opcode, first, second, third): (String, i64, i64, i64) =
            (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        match &*opcode {
            "OpenWrite" if third == 0 => drop(roots.insert(second)),
            "Clear" if second == 0 => drop(roots.insert(first)),
            "VUpdate" => drop(virtual_tables.insert(row.get(5)?)),
            _ => {}
        }
    }
    Ok(StatementWrites { tables: of_roots(connection, roots)?, virtual_tables })
}

/// The name of a virtual table in the programs of this connection: where it stands in memory. None where it cannot be written.
pub(super) fn virtual_name(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let delete = format!("DELETE FROM main.{}", Ident(table));
    let mut names = written(connection, &delete)?.virtual_tables.into_iter();
    Ok(names.next().filter(|_| names.next().is_none()))
}

/// The tables that begin at these pages.
fn of_roots(connection: &Connection, roots: BTreeSet<i64>) -> rusqlite::Result<WrittenTables> {
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
