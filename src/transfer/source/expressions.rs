//! Whether SQLite takes what `sqlite = "..."` says for one value of a row, which is the same whenever it is read.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use crate::convert::Supply;
use crate::database::sqlite::sandbox::Installed;
use crate::error::{Code, Error, Result};
use crate::sql::{Dialect, Ident, Plain, TokenKind, tokens};
use crate::transfer::{ColumnMove, MovePlan, TableMove};

/// The bit of `pragma_function_list` that a function has which gives the same for the same arguments: `SQLITE_DETERMINISTIC`
/// (<https://www.sqlite.org/c3ref/c_deterministic.html>).
const DETERMINISTIC: i64 = 0x800;

/// Functions of dates and times that take the time of the call where they are not given another one, with the arguments that they need for that
/// (<https://www.sqlite.org/lang_datefunc.html>).
const OF_TIME: [(&str, usize); 7] =
    [("date", 1), ("time", 1), ("datetime", 1), ("julianday", 1), ("unixepoch", 1), ("strftime", 2), ("timediff", 2)];

/// Arguments of theirs that depend on when or where they are called.
const NOT_THE_SAME: [&str; 3] = ["now", "localtime", "utc"];

/// What an expression uses, as SQLite says while it compiles it.
#[derive(Debug, Default)]
struct UsedNames {
    functions: BTreeSet<String>,
    /// Tables and columns.
    columns: BTreeSet<(String, String)>,
}

/// What is wrong with the expressions of a plan: one error each. The connection is opened where there are any.
pub(crate) fn refused_expressions(plan: &MovePlan, open: impl FnOnce() -> Result<Connection>) -> Result<Vec<Error>> {
    let computes = |column: &ColumnMove| matches!(column.rule.options.supply, Supply::Sqlite(_));
    if !plan.tables.iter().any(|table| table.columns.iter().any(computes)) {
        return Ok(Vec::new());
    }
    let mut connection = open()?;
    let mut wrong = Vec::new();
    for table in &plan.tables {
        for column in &table.columns {
            let Supply::Sqlite(expression) = &column.rule.options.supply else { continue };
            if let Err(why) = check(&mut connection, table, expression) {
                wrong.push(refused(table, column, why));
            }
        }
    }
    Ok(wrong)
}

fn refused(table: &TableMove, column: &ColumnMove, why: String) -> Error {
    let name = format!("{}.{}", Plain(&table.name), Plain(&column.name));
    let error = Error::new(Code::InvalidValue, format!("what `sqlite` says for {name} is refused")).with_cause(why);
    let error = error.with_hint(
        "it is one expression over the columns of the row, as in a SELECT, that gives the same whenever it is read",
    );
    match column.given.iter().find(|rule| rule.name == "sqlite") {
        Some(rule) => error.with_place(rule.place.clone()),
        None => error,
    }
}

fn check(connection: &mut Connection, table: &TableMove, expression: &str) -> std::result::Result<(), String> {
    // In a WHERE no aggregate may stand, which would make one row of all.
    let sql = format!("SELECT ({expression}\n) FROM main.{} WHERE ({expression}\n) IS NULL", Ident(&table.name));
    let used = compiled(connection, &sql)?;
    for name in &used.functions {
        if !is_deterministic(connection, name) {
            return Err(format!("the function {name} does not give the same each time"));
        }
    }
    let of_time = used.functions.iter().any(|name| OF_TIME.iter().any(|(known, _)| name.eq_ignore_ascii_case(known)));
    if !of_time {
        return Ok(());
    }
    if let Some(what) = depends_on_the_call(expression) {
        return Err(what);
    }
    for (of, column) in &used.columns {
        holds_now(connection, of, column)?;
    }
    Ok(())
}

/// Compiles a statement that may read, and nothing else.
fn compiled(connection: &mut Connection, sql: &str) -> std::result::Result<UsedNames, String> {
    let used = Arc::new(Mutex::new(UsedNames::default()));
    let noted = Arc::clone(&used);
    let watch = move |context: AuthContext<'_>| {
        let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
        match context.action {
            AuthAction::Select | AuthAction::Recursive => {}
            AuthAction::Read { table_name, column_name } => {
                noted.columns.insert((table_name.to_owned(), column_name.to_owned()));
            }
            AuthAction::Function { function_name } => {
                noted.functions.insert(function_name.to_lowercase());
            }
            _ => return Authorization::Deny,
        }
        Authorization::Allow
    };
    Installed::done(connection.authorizer(Some(watch))).map_err(|error| error.to_string())?;
    let compiled = connection.prepare(sql).map_err(|error| error.to_string()).and_then(|statement| {
        if statement.column_count() != 1 {
            return Err("it is not one value".to_owned());
        }
        if statement.parameter_count() != 0 {
            return Err("it has a parameter, and nothing is bound to it".to_owned());
        }
        Ok(())
    });
    Installed::done(connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>))
        .map_err(|error| error.to_string())?;
    compiled?;
    Ok(std::mem::take(&mut *used.lock().unwrap_or_else(PoisonError::into_inner)))
}

/// What is not known of a function counts as the worse. Aggregates are in queries of their own here.
fn is_deterministic(connection: &Connection, name: &str) -> bool {
    let sql =
        "SELECT count(*), sum(type = 's' AND flags & ?1 = 0) FROM pragma_function_list WHERE name = ?2 COLLATE NOCASE";
    let counts = connection
        .query_row(sql, rusqlite::params![DETERMINISTIC, name], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)));
    matches!(counts, Ok((1i64.., Some(0))))
}

/// Whether a function of time is called so that it depends on when or where.
fn depends_on_the_call(expression: &str) -> Option<String> {
    let tokens = tokens(Dialect::Sqlite, expression);
    let text = |at: usize| tokens.get(at).map_or("", |token| &expression[token.start..token.end]);
    for (at, token) in tokens.iter().enumerate() {
        let inner = text(at).trim_matches('\'').trim();
        if token.kind == TokenKind::Literal && NOT_THE_SAME.iter().any(|word| inner.eq_ignore_ascii_case(word)) {
            return Some(format!("'{inner}' depends on when or where it is read"));
        }
        let name = text(at).trim_matches(['"', '`', '[', ']']);
        let Some((name, needed)) = OF_TIME.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)) else { continue };
        let is_call = tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Open);
        let first = text(at + 2).trim_matches('\'').to_lowercase();
        if is_call && (arguments(&tokens[at + 2..]) < *needed || matches!(first.as_str(), "subsec" | "subsecond")) {
            return Some(format!("{name} without a time gives that at which it is read"));
        }
    }
    None
}

/// How many arguments a call has, of what follows its parenthesis.
fn arguments(tokens: &[crate::sql::Token]) -> usize {
    let (mut depth, mut commas, mut is_empty) = (0u32, 0, true);
    for token in tokens {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close if depth == 0 => break,
            TokenKind::Close => depth -= 1,
            TokenKind::Comma if depth == 0 => commas += 1,
            _ => {}
        }
        is_empty = false;
    }
    if is_empty { 0 } else { commas + 1 }
}

/// The word `now` in a column would become the time at which the row is read.
fn holds_now(connection: &Connection, table: &str, column: &str) -> std::result::Result<(), String> {
    let (of, name) = (Ident(table), Ident(column));
    let sql = format!("SELECT EXISTS (SELECT 1 FROM main.{of} WHERE trim({name}) = 'now' COLLATE NOCASE)");
    match connection.query_row(&sql, [], |row| row.get(0)) {
        Ok(false) => Ok(()),
        Ok(true) => Err(format!(
            "{}.{} holds the word `now`, which a function of time takes for the time of the call",
            Plain(table),
            Plain(column)
        )),
        Err(error) => Err(error.to_string()),
    }
}
