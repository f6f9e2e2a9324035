//! What stands in for what an application registers with its connections.

use rusqlite::Connection;

/// Something that compares bytes stands in for a collation that the application registers.
pub(super) fn collate(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection.create_collation(name, |a: &str, b: &str| a.cmp(b))
}

/// The name in `no such function: X`, or in `unknown function: X()` of a default: SQLite has no code of its own for it.
pub(super) fn missing_function(error: &rusqlite::Error) -> Option<String> {
    let text = error.to_string();
    let (_, rest) = text.split_once("no such function: ").or_else(|| text.split_once("unknown function: "))?;
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}
