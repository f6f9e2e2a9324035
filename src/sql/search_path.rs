use std::borrow::Cow;

use super::cursor::Cursor;
use super::lexer::TokenKind;

/// What the search path is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SearchPathSetting<'a> {
    Default,
    Schemas(Vec<Cow<'a, str>>),
}

/// After SET: `search_path = a, b`, `search_path TO DEFAULT`, and `SCHEMA 'a'`, which is the same.
pub(super) fn set(mut cursor: Cursor<'_>) -> Option<SearchPathSetting<'_>> {
    cursor.one_of(&["session", "local"]);
    if cursor.word("search_path") {
        let _ = cursor.word("to") || cursor.take(TokenKind::Symbol).is_some();
    } else if !cursor.word("schema") {
        return None;
    }
    if cursor.word("default") {
        return Some(SearchPathSetting::Default);
    }
    let mut schemas = Vec::new();
    while let Some(schema) = cursor.string().or_else(|| cursor.part()) {
        schemas.push(schema);
        if cursor.take(TokenKind::Comma).is_none() {
            break;
        }
    }
    Some(SearchPathSetting::Schemas(schemas))
}
