//! What statements name: an up may come upon it, and then what was there before is no work of its migration.

use std::collections::BTreeSet;

use super::lexer::{Lexer, TokenKind};
use super::text::{string_value, unquoted};
use super::{Dialect, Statement};

/// Every word and name of the statements that make, change and drop things, also in the code that they hold: whatever they name, is
/// among these. In lower case where the dialect folds, and for SQLite all.
pub(crate) fn named<'a>(
    dialect: Dialect,
    statements: impl Iterator<Item = Statement<'a>>,
    names: &mut BTreeSet<String>,
) {
    for statement in statements {
        // What these name holds rows, and they make nothing.
        if !statement.verb.is_of_rows() {
            gather(Lexer::new(dialect, statement.strings, statement.text), dialect, 0, names);
        }
    }
}

/// What makes one script make other things on another server, or for another role.
const OF_A_PLACE: [&str; 8] = [
    "extension",
    "current_user",
    "session_user",
    "current_role",
    "current_catalog",
    "current_schema",
    "current_database",
    "current_setting",
];

/// Whether what the statements make may depend on the server, the database or the role that runs them.
pub(crate) fn is_of_a_place<'a>(dialect: Dialect, statements: impl Iterator<Item = Statement<'a>>) -> bool {
    let mut names = BTreeSet::new();
    named(dialect, statements, &mut names);
    OF_A_PLACE.iter().any(|word| names.contains(*word))
}

/// How deep code may lie in code: `DO $$ ... EXECUTE '...' ... $$`.
const DEEPEST: usize = 3;

fn gather(mut lexer: Lexer<'_>, dialect: Dialect, depth: usize, names: &mut BTreeSet<String>) {
    while let Ok(Some(token)) = lexer.token() {
        let text = &lexer.text()[token.start..token.end];
        match token.kind {
            TokenKind::Word => {
                names.insert(text.to_ascii_lowercase());
            }
            TokenKind::QuotedName => {
                let name = unquoted(text).into_owned();
                names.insert(if dialect == Dialect::Sqlite { name.to_ascii_lowercase() } else { name });
            }
            TokenKind::Literal | TokenKind::DollarLiteral => {
                let value = string_value(text).into_owned();
                if depth < DEEPEST {
                    gather(Lexer::new(dialect, lexer.strings, &value), dialect, depth + 1, names);
                }
                // A string may be a name: SQLite takes it for one, and `format('%I', 'T')` makes one of it.
                if !value.contains(char::is_whitespace) {
                    names.insert(if dialect == Dialect::Sqlite { value.to_ascii_lowercase() } else { value });
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statements;

    #[test]
    fn names_in_code_are_found() {
        let text = "DO $$ BEGIN EXECUTE 'CREATE INDEX ' || quote_ident('T i') || ' ON \"Tab\" (a)'; END $$; INSERT INTO t VALUES ('x')";
        let mut names = BTreeSet::new();
        named(Dialect::Postgres, statements(Dialect::Postgres, text).flatten(), &mut names);
        for name in ["Tab", "index", "a"] {
            assert!(names.contains(name), "{name}: {names:?}");
        }
        assert!(!names.contains("x"));
        let mut names = BTreeSet::new();
        named(Dialect::Sqlite, statements(Dialect::Sqlite, "DROP TABLE [My Tab]").flatten(), &mut names);
        assert!(names.contains("my tab"));
    }
}
