//! What keeps two rows of a table apart: by each of these a REPLACE may put a row out.

use rusqlite::Connection;

use super::unread;
use crate::database::sqlite::inspect::CreateTable;
use crate::error::{Code, Error, Result};
use crate::sql::{Dialect, Ident, Plain, tokens, unquoted_name};
use crate::transfer::TableMove;
use crate::translate::IndexStatement;

/// A unique key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UniqueKey {
    terms: Vec<UniqueTerm>,
    /// Of a partial index, which rows are in it.
    condition: Option<String>,
}

/// A column of a unique key, or an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum UniqueTerm {
    Column {
        name: String,
        collation: Option<String>,
    },
    /// With the columns that are stored, which it may read.
    Expression {
        /// How a row that is there is asked for it.
        held: String,
        text: String,
        collation: Option<String>,
        columns: Vec<String>,
    },
}

/// All unique keys of a table: its rowid, its primary key, its unique indexes.
///
/// # Errors
///
/// An index cannot be read; or the rows that it keeps apart cannot be found by a trigger.
pub(super) fn keys(connection: &Connection, table: &TableMove) -> Result<Vec<UniqueKey>> {
    let mut keys = Vec::new();
    if let Some(rowid) = table.row_name.rowid {
        let terms = vec![UniqueTerm::Column { name: rowid.to_owned(), collation: None }];
        keys.push(UniqueKey { terms, condition: None });
    }
    let indexes = indexes(connection, table).map_err(unread)?;
    if indexes.is_empty() {
        return Ok(keys);
    }
    let reader = KeyReader { table, definition: definition(connection, table).map_err(unread)? };
    for index in indexes {
        keys.push(reader.key(&index)?);
    }
    Ok(keys)
}

struct UniqueIndex {
    name: String,
    /// None where a constraint has made it.
    sql: Option<String>,
    /// The column of each term, where it is one, and its collation.
    terms: Vec<(Option<String>, Option<String>)>,
}

fn indexes(connection: &Connection, table: &TableMove) -> rusqlite::Result<Vec<UniqueIndex>> {
    let sql = "SELECT i.name, s.sql FROM pragma_index_list(?1, 'main') i LEFT JOIN main.sqlite_schema s ON s.type = 'index' AND s.name = i.name \
               WHERE i.\"unique\" ORDER BY i.name";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([&table.name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut found = Vec::new();
    for name in names {
        let (name, sql): (String, Option<String>) = name?;
        let mut terms =
            connection.prepare("SELECT name, coll FROM pragma_index_xinfo(?1, 'main') WHERE key ORDER BY seqno")?;
        let terms = terms.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        found.push(UniqueIndex { name, sql, terms });
    }
    Ok(found)
}

fn definition(connection: &Connection, table: &TableMove) -> rusqlite::Result<CreateTable> {
    let sql = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1)";
    connection.query_row(sql, [&table.name], |row| row.get::<_, String>(0)).map(|sql| CreateTable::parse(&sql))
}

struct KeyReader<'a> {
    table: &'a TableMove,
    definition: CreateTable,
}

impl KeyReader<'_> {
    fn key(&self, index: &UniqueIndex) -> Result<UniqueKey> {
        let statement = match &index.sql {
            None => None,
            Some(sql) => Some(IndexStatement::parse(sql).ok_or_else(|| self.refused(index))?),
        };
        let parts = statement.iter().flat_map(|statement| statement.parts.iter().map(|part| part.text.as_str()));
        let mut parts = parts.map(Some).chain(std::iter::repeat(None));
        let terms: Option<Vec<UniqueTerm>> = index
            .terms
            .iter()
            .map(|(name, collation)| self.term(name.as_deref(), collation.as_deref(), parts.next()?))
            .collect();
        let terms = terms.ok_or_else(|| self.refused(index))?;
        Ok(UniqueKey { terms, condition: statement.and_then(|statement| statement.condition) })
    }

    /// None where it reads what a trigger cannot tell: a generated column of a row that is only to come.
    fn term(&self, name: Option<&str>, collation: Option<&str>, written: Option<&str>) -> Option<UniqueTerm> {
        let generated = |name: &str| {
            let mut columns = self.definition.columns.iter();
            columns.find(|column| column.name.eq_ignore_ascii_case(name))?.generated()
        };
        let (held, text) = match (name, name.and_then(generated)) {
            (Some(name), None) => {
                return Some(UniqueTerm::Column { name: name.to_owned(), collation: collation.map(str::to_owned) });
            }
            (Some(name), Some(generated)) => {
                (format!("{}.{}", Ident(&self.table.name), Ident(name)), generated.expression)
            }
            (None, _) => (format!("({})", written?), written?.to_owned()),
        };
        let stored = self.definition.columns.iter().filter(|column| !column.is_generated());
        let columns = stored.map(|column| column.name.clone()).collect();
        (!self.reads_generated(&text)).then(|| UniqueTerm::Expression {
            held,
            text,
            collation: collation.map(str::to_owned),
            columns,
        })
    }

    fn reads_generated(&self, expression: &str) -> bool {
        let generated: Vec<&String> =
            self.definition.columns.iter().filter(|column| column.is_generated()).map(|column| &column.name).collect();
        tokens(Dialect::Sqlite, expression).into_iter().any(|token| {
            let name = unquoted_name(expression, token);
            generated.iter().any(|column| column.eq_ignore_ascii_case(&name))
        })
    }

    fn refused(&self, index: &UniqueIndex) -> Error {
        let message = format!("the changes of {} cannot be captured", Plain(&self.table.name));
        Error::new(Code::MoveNotReady, message)
            .with_cause(format!(
                "which rows its unique index {} keeps apart cannot be told beforehand",
                Plain(&index.name)
            ))
            .with_state("nothing was changed")
            .with_hint("drop the index for the time of the move, by a migration")
            .with_hint("or stop the application, and copy all: `schemactl move copy`")
    }
}

impl UniqueKey {
    /// The condition by which a row of the table holds what NEW would have: to be read where the table is in FROM.
    pub(super) fn is_held(&self, table: &str) -> String {
        let terms = self.terms.iter().map(|term| match term {
            UniqueTerm::Column { name, collation } => {
                let name = Ident(name);
                format!("{}.{name}{} = NEW.{name}", Ident(table), collated(collation.as_deref()))
            }
            UniqueTerm::Expression { held, text, collation, columns } => {
                let columns: Vec<String> =
                    columns.iter().map(|column| format!("NEW.{0} AS {0}", Ident(column))).collect();
                // The names in the expression are those of the innermost FROM.
                let new = format!("(SELECT {text} FROM (SELECT {}))", columns.join(", "));
                format!("{held}{} = {new}", collated(collation.as_deref()))
            }
        });
        let condition = self.condition.iter().map(|condition| format!("({condition})"));
        terms.chain(condition).collect::<Vec<_>>().join(" AND ")
    }

    /// The condition by which an update may come to hold what another row has: it changes a value. None where that is always looked at.
    pub(super) fn is_changed(&self) -> Option<String> {
        let changed = |term: &UniqueTerm| match term {
            UniqueTerm::Column { name, .. } => Some(format!("NEW.{0} IS NOT OLD.{0}", Ident(name))),
            UniqueTerm::Expression { .. } => None,
        };
        // Into a partial index a row may come by any of its columns.
        let terms: Option<Vec<String>> = self.terms.iter().map(changed).collect();
        terms.filter(|_| self.condition.is_none()).map(|terms| terms.join(" OR "))
    }
}

fn collated(collation: Option<&str>) -> String {
    collation.map_or_else(String::new, |collation| format!(" COLLATE {}", Ident(collation)))
}
