//! Whether a statement may come upon what it makes: then what was there before is no work of its migration.

use std::collections::BTreeSet;

use super::cursor::Cursor;
use super::lexer::{Lexer, TokenKind};
use super::text::{string_value, unquoted};
use super::{Dialect, Statement};

/// Whether the statement may find, replace or drop something that was there before. What cannot be read, may.
pub(crate) fn may_find(dialect: Dialect, statement: &Statement<'_>) -> bool {
    let mut cursor = Cursor::new(dialect, statement.strings, statement.text);
    let Some(first) = cursor.any_word() else { return true };
    match first.to_ascii_lowercase().as_str() {
        "create" | "alter" => says(cursor, &["exists"]) || cursor.words(&["or", "replace"]),
        "insert" | "update" | "delete" | "replace" | "merge" | "copy" | "truncate" | "analyze" | "comment"
        | "grant" | "revoke" | "set" | "reset" | "lock" | "begin" | "commit" | "start" | "end" | "savepoint"
        | "release" | "rollback" | "pragma" | "vacuum" | "reindex" | "cluster" | "refresh" | "attach" | "detach" => {
            false
        }
        // In SQLite no function changes the schema.
        "select" | "with" | "values" => dialect == Dialect::Postgres,
        _ => true,
    }
}

/// Whether one of the words stands in a statement, outside parentheses and strings.
fn says(mut cursor: Cursor<'_>, words: &[&str]) -> bool {
    loop {
        if cursor.skip_parentheses() {
            continue;
        }
        match cursor.token() {
            Some(token) if token.kind == TokenKind::Word => {
                if words.iter().any(|word| cursor.text(token).eq_ignore_ascii_case(word)) {
                    return true;
                }
            }
            Some(_) => {}
            None => return false,
        }
    }
}

/// Every word and name of the statements that make, change and drop things, also in the code that they hold: whatever they name, is
/// among these. In lower case where the dialect folds, and for SQLite all.
pub(crate) fn named<'a>(
    dialect: Dialect,
    statements: impl Iterator<Item = Statement<'a>>,
    names: &mut BTreeSet<String>,
) {
    for statement in statements {
        let mut cursor = Cursor::new(dialect, statement.strings, statement.text);
        let first = cursor.any_word().unwrap_or_default().to_ascii_lowercase();
        // What these name holds rows, and they make nothing.
        if !matches!(first.as_str(), "insert" | "update" | "delete" | "replace" | "merge" | "copy") {
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

    fn finds(dialect: Dialect, text: &str) -> bool {
        may_find(dialect, &statements(dialect, text).next().unwrap().unwrap())
    }

    #[test]
    fn what_may_come_upon_something() {
        for text in [
            "CREATE TABLE IF NOT EXISTS t (a int)",
            "CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a)",
            "DROP VIEW v",
            "create trigger if not exists x after insert on t begin select 1; end",
            "WHATEVER comes",
        ] {
            assert!(finds(Dialect::Sqlite, text), "{text}");
        }
        for text in [
            "CREATE OR REPLACE VIEW v AS SELECT 1",
            "CREATE EXTENSION IF NOT EXISTS hstore",
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int",
            "ALTER TYPE e ADD VALUE IF NOT EXISTS 'a'",
            "DO $$ BEGIN CREATE TYPE a AS ENUM (); EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "CALL make()",
            "SELECT make()",
            "DROP TABLE IF EXISTS t",
        ] {
            assert!(finds(Dialect::Postgres, text), "{text}");
        }
        for text in [
            "CREATE TABLE t (a int CHECK (EXISTS (SELECT 1)))",
            "ALTER TABLE t ADD a int",
            "INSERT INTO t VALUES ('if not exists')",
            "CREATE INDEX i ON t (a)",
            "SET search_path = a",
        ] {
            assert!(!finds(Dialect::Postgres, text), "{text}");
            assert!(!finds(Dialect::Sqlite, text), "{text}");
        }
        assert!(!finds(Dialect::Sqlite, "SELECT 1"));
    }

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
