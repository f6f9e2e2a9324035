//! Telling what a statement is by its first tokens.

mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

use super::cursor::Cursor;
use super::verb::Keyword;
use super::{Control, Dialect, StatementKind, Strings};

/// What the statement `text` is. What is not recognised, or is not even SQL, is ordinary: the database will judge it.
pub(super) fn classify(dialect: Dialect, strings: Strings, text: &str) -> StatementKind<'_> {
    let cursor = Cursor::new(dialect, strings, text);
    let kind = match dialect {
        Dialect::Sqlite => sqlite::classify(cursor),
        Dialect::Postgres => postgres::classify(cursor),
    };
    kind.unwrap_or(StatementKind::Ordinary)
}

/// After ROLLBACK: a rollback to a savepoint ends no transaction.
fn rollback(mut cursor: Cursor<'_>) -> StatementKind<'_> {
    cursor.one_of(&["work", "transaction"]);
    if cursor.word("to") { StatementKind::Ordinary } else { StatementKind::Transaction(Control::Rollback) }
}
