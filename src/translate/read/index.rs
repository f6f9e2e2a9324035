//! A CREATE INDEX.

use super::constraint::KeyPart;
use super::cursor::StatementCursor;
use crate::sql::TokenKind;

/// A CREATE INDEX, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexStatement {
    pub(crate) name: String,
    pub(crate) is_quoted: bool,
    pub(crate) is_unique: bool,
    pub(crate) table: String,
    pub(crate) parts: Vec<KeyPart>,
    /// The condition of a partial one.
    pub(crate) condition: Option<String>,
}

impl IndexStatement {
    /// Reads what `sqlite_schema` has.
    pub(crate) fn parse(sql: &str) -> Option<Self> {
        let mut cursor = StatementCursor::new(sql);
        cursor.words("create");
        let is_unique = cursor.words("unique");
        cursor.words("index");
        cursor.words("if not exists");
        let mut written = cursor.written_name()?;
        if cursor.takes(TokenKind::Dot) {
            written = cursor.written_name()?;
        }
        cursor.words("on");
        let table = cursor.name()?;
        let group = cursor.group()?;
        let condition =
            if cursor.words("where") { Some(cursor.text_of(&cursor.all[cursor.at..]).to_owned()) } else { None };
        let parts = KeyPart::all(sql, &group);
        Some(Self { name: written.name, is_quoted: written.is_quoted, is_unique, table, parts, condition })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read() {
        let index = IndexStatement::parse(
            "CREATE UNIQUE INDEX \"Ix\" ON t (a COLLATE NOCASE DESC, lower(b), \"c\") WHERE a IS NOT NULL",
        )
        .unwrap();
        assert_eq!((index.name.as_str(), index.is_quoted, index.is_unique), ("Ix", true, true));
        let columns: Vec<_> = index.parts.iter().map(|part| part.column.as_deref()).collect();
        assert_eq!(columns, [Some("a"), None, Some("c")]);
        assert_eq!((index.parts[0].collation.as_deref(), index.parts[0].is_descending), (Some("NOCASE"), true));
        assert_eq!((index.parts[1].text.as_str(), index.condition.as_deref()), ("lower(b)", Some("a IS NOT NULL")));
    }
}
