//! Columns as CREATE TABLE and ADD COLUMN declare them.

use std::borrow::Cow;

use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;

/// A column of a CREATE TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) struct DeclaredColumn<'a> {
    pub(in crate::sql) name: Cow<'a, str>,
    /// What stands after DEFAULT.
    pub(in crate::sql) default: Option<&'a str>,
}

/// The columns that a CREATE TABLE declares, where they stand there.
pub(super) fn declared(mut cursor: Cursor<'_>) -> Option<Vec<DeclaredColumn<'_>>> {
    cursor.take(TokenKind::Open)?;
    let mut columns = Vec::new();
    loop {
        let is_rule = cursor.one_of(&["constraint", "primary", "unique", "check", "foreign", "exclude"]);
        if !is_rule {
            if cursor.word("like") {
                return None;
            }
            let name = cursor.part()?;
            columns.push(DeclaredColumn { name, default: default(cursor) });
        }
        loop {
            // A generated column takes no place among those that are written.
            if cursor.skip_parentheses() {
                continue;
            }
            if !is_rule && cursor.one_of(&["generated", "as"]) && !cursor.words(&["by", "default"]) {
                return None;
            }
            match cursor.token()?.kind {
                TokenKind::Comma => break,
                TokenKind::Close => return Some(columns),
                _ => {}
            }
        }
    }
}

/// What stands after DEFAULT, up to the end of the column's definition: one literal, a call, or an expression in parentheses.
pub(super) fn default(mut cursor: Cursor<'_>) -> Option<&str> {
    let is_end = |kind: TokenKind| matches!(kind, TokenKind::Comma | TokenKind::Close);
    loop {
        if cursor.word("default") {
            break;
        }
        if cursor.skip_parentheses() {
            continue;
        }
        cursor.token().filter(|token| !is_end(token.kind))?;
    }
    let start = cursor;
    if !cursor.skip_parentheses() {
        let mut first = cursor.token().filter(|token| !is_end(token.kind))?;
        if ["+", "-"].contains(&cursor.text(first)) {
            first = cursor.token().filter(|token| !is_end(token.kind))?;
        }
        // A number may be several tokens, with nothing between them, and a call has parentheses.
        loop {
            let mut ahead = cursor;
            match ahead.token() {
                Some(next) if next.kind == TokenKind::Open => drop(cursor.skip_parentheses()),
                Some(next) if next.start == first.end && !is_end(next.kind) => (first, cursor) = (next, ahead),
                _ => break,
            }
        }
    }
    Some(start.until(&cursor))
}
