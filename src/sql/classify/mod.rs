//! Telling what a statement is by its first tokens.

mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;

use super::cursor::Cursor;
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

/// The first word in lower case, to match on without a copy on the heap; `None` for a word longer than any keyword.
struct Keyword {
    letters: [u8; 16],
    length: usize,
}

impl Keyword {
    fn new(word: &str) -> Option<Self> {
        let mut letters = [0; 16];
        letters.get_mut(..word.len())?.copy_from_slice(word.as_bytes());
        letters.make_ascii_lowercase();
        Some(Self { letters, length: word.len() })
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.letters[..self.length]).unwrap_or_default()
    }
}

/// After ROLLBACK: a rollback to a savepoint ends no transaction.
fn rollback(mut cursor: Cursor<'_>) -> StatementKind<'_> {
    cursor.one_of(&["work", "transaction"]);
    if cursor.word("to") { StatementKind::Ordinary } else { StatementKind::Transaction(Control::Rollback) }
}
