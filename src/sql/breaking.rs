//! Whether something else may not compile any more after a statement.

use super::cursor::Cursor;
use super::{Dialect, Statement};

/// Whether a function, a view or a trigger may not compile after the statement. What cannot be read, may.
pub(crate) fn may_break(dialect: Dialect, statement: &Statement<'_>) -> bool {
    let mut cursor = Cursor::new(dialect, statement.strings, statement.text);
    let Some(first) = cursor.any_word() else { return true };
    match first.to_ascii_lowercase().as_str() {
        "insert" | "update" | "delete" | "merge" | "copy" | "truncate" | "analyze" | "comment" | "grant" | "revoke"
        | "set" | "reset" | "lock" | "vacuum" | "reindex" | "cluster" | "refresh" => false,
        // What is new is named by nothing yet; what it hides is rare.
        "create" => {
            let second = cursor.any_word().unwrap_or_default().to_ascii_lowercase();
            !matches!(second.as_str(), "table" | "index" | "unique" | "sequence" | "unlogged")
        }
        _ => true,
    }
}
