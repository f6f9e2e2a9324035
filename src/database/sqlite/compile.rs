//! What does not compile. SQLite reads a view or a trigger when it is used, not when what it names goes: until then nobody hears of it.
//! And where a name in double quotes is no column, SQLite takes it for a string (<https://www.sqlite.org/quirks.html#dblquote>).

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::session::until_free;
use super::{SqliteDatabase, failure};
use crate::database::Failure;
use crate::sql::{Dialect, Ident, TokenKind, tokens};

/// What does not compile now, which is looked for again where the schema has changed, and strings in double quotes of the statements
/// that ran since this was last asked.
pub(super) fn of_database(database: &SqliteDatabase<'_>) -> Result<Vec<String>, Failure> {
    let connection = database.connection();
    let explain = |error| failure::of(error, connection);
    // Nobody takes the schema away while it is looked at.
    let moment = connection.unchecked_transaction().map_err(explain)?;
    let version = until_free(&database.options, || schema_version(connection).map_err(explain))?;
    let mut compiled = database.compiled.borrow_mut();
    if compiled.as_ref().is_none_or(|(seen, _)| *seen != version) {
        *compiled = Some((version, unsound(connection).map_err(explain)?));
    }
    moment.finish().map_err(explain)?;
    let mut found = database.quoted.take();
    found.extend(compiled.iter().flat_map(|(_, found)| found.iter().cloned()));
    Ok(found)
}

/// Changes with every change of the schema (<https://www.sqlite.org/pragma.html#pragma_schema_version>).
fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA main.schema_version", [], |row| row.get(0))
}

/// Each view and trigger that does not compile as the schema is now, and each in which a string stands in double quotes: a sentence.
pub(crate) fn unsound(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for (what, statement) in uses(connection)? {
        match connection.prepare(&statement) {
            Err(error) if is_of_something_else(&error.to_string()) => {}
            Err(error) => found.push(format!("{what} does not compile: {}", cause(&error))),
            Ok(_) => {
                if let Some(cause) = strictly(connection, &statement)? {
                    found.push(format!("{what} has a string in double quotes: {cause}"));
                }
            }
        }
    }
    Ok(found)
}

/// The cause where a statement that is about to run has a string in double quotes, which SQLite looks up as a column first.
pub(crate) fn double_quoted(connection: &Connection, sql: &str) -> rusqlite::Result<Option<String>> {
    let is_quoted = |kind: TokenKind, start: usize| kind == TokenKind::QuotedName && sql[start..].starts_with('"');
    if !sql.contains('"') || !tokens(Dialect::Sqlite, sql).iter().any(|token| is_quoted(token.kind, token.start)) {
        return Ok(None);
    }
    // What does not compile at all is told by its own failure.
    if connection.prepare(sql).is_err() { Ok(None) } else { strictly(connection, sql) }
}

/// Why a statement does not compile where names in double quotes are nothing but names. It compiles where they may be strings.
fn strictly(connection: &Connection, sql: &str) -> rusqlite::Result<Option<String>> {
    let options = [DbConfig::SQLITE_DBCONFIG_DQS_DML, DbConfig::SQLITE_DBCONFIG_DQS_DDL];
    let before = [connection.db_config(options[0])?, connection.db_config(options[1])?];
    let set = |values: [bool; 2]| -> rusqlite::Result<()> {
        connection.set_db_config(options[0], values[0])?;
        connection.set_db_config(options[1], values[1])?;
        Ok(())
    };
    set([false, false])?;
    let result = connection.prepare(sql).err().map(|error| cause(&error));
    set(before)?;
    Ok(result)
}

/// A function that the application registers is not known here; what a view has no trigger for is no mistake of those that it has; a
/// foreign key is not the trigger's; and what an authorizer refuses is none either.
fn is_of_something_else(error: &str) -> bool {
    ["no such function", "because it is a view", "foreign key mismatch", "not authorized", " is prohibited"]
        .iter()
        .any(|words| error.contains(words))
}

fn cause(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } | rusqlite::Error::SqliteFailure(_, Some(msg)) => msg.clone(),
        other => other.to_string(),
    }
}

/// For each view, and for each table that has triggers, statements that need them, none of which is run.
fn uses(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut uses = Vec::new();
    let names = |sql: &str| -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    for (view, _) in names("SELECT name, '' FROM main.sqlite_schema WHERE type = 'view' ORDER BY name")? {
        uses.push((format!("view {view}"), format!("SELECT * FROM main.{}", Ident(&view))));
    }
    let triggers = "SELECT tbl_name, group_concat(name, ', ') FROM \
        (SELECT tbl_name, name FROM main.sqlite_schema WHERE type = 'trigger' ORDER BY name) GROUP BY tbl_name ORDER BY tbl_name";
    for (table, names) in names(triggers)? {
        let what = if names.contains(", ") { "one of the triggers" } else { "trigger" };
        for statement in writes(connection, &table)? {
            uses.push((format!("{what} {names} on {table}"), statement));
        }
    }
    Ok(uses)
}

/// Statements that fire every trigger of a table or view.
fn writes(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1, 'main')")?;
    // Of a view that does not compile there are no columns, and the view is told already.
    let columns: Vec<String> = match statement.query_map([table], |row| row.get(0)) {
        Ok(rows) => rows.flatten().collect(),
        Err(_) => return Ok(Vec::new()),
    };
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let name = Ident(table);
    let all: Vec<String> = columns.iter().map(|column| Ident(column).to_string()).collect();
    let same: Vec<String> = all.iter().map(|column| format!("{column} = {column}")).collect();
    Ok(vec![
        format!("INSERT INTO main.{name} ({0}) SELECT {0} FROM main.{name}", all.join(", ")),
        format!("UPDATE main.{name} SET {}", same.join(", ")),
        format!("DELETE FROM main.{name}"),
    ])
}
