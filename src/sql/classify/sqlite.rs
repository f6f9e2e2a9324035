//! SQLite.

use super::super::cursor::Cursor;
use super::super::lexer::TokenKind;
use super::super::text::unquoted;
use super::super::{Control, Outside, Pragma, RowStatement, Shape, StatementKind};
use super::{Keyword, rollback};

pub(super) fn classify(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    let keyword = Keyword::new(cursor.any_word()?)?;
    match keyword.as_str() {
        "begin" => Some(StatementKind::Transaction(Control::Begin)),
        "commit" | "end" => Some(StatementKind::Transaction(Control::Commit)),
        "rollback" => Some(rollback(cursor)),
        "vacuum" => Some(StatementKind::Outside(Outside::Vacuum)),
        "detach" => Some(StatementKind::Outside(Outside::Detach)),
        "pragma" => pragma(cursor),
        "drop" => drop_table(cursor),
        "alter" => rename_table(cursor),
        "with" => with(cursor),
        keyword => rows(keyword, cursor),
    }
}

/// `PRAGMA name`, `PRAGMA name = value`, `PRAGMA name(value)`.
fn pragma(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    let name = cursor.name()?;
    let value = if cursor.take(TokenKind::Open).is_some() {
        cursor.rest().trim_end().strip_suffix(')').map(str::trim_end)
    } else {
        cursor.take(TokenKind::Symbol).map(|_| cursor.rest())
    };
    let pragma = Pragma { schema: name.schema, name: name.name, value: value.map(unquoted) };
    Some(if runs_outside(&pragma) {
        StatementKind::Outside(Outside::Pragma(pragma))
    } else {
        StatementKind::Pragma(pragma)
    })
}

/// Tried on SQLite 3.40: these fail in a transaction, with "Safety level may not be changed inside a transaction" and
/// the like, or silently keep the old value (`journal_mode` on a WAL database).
fn runs_outside(pragma: &Pragma<'_>) -> bool {
    let set = ["journal_mode", "synchronous", "temp_store"];
    pragma.is("wal_checkpoint") || (pragma.value.is_some() && set.iter().any(|name| pragma.is(name)))
}

fn drop_table(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    if !cursor.word("table") {
        return None;
    }
    cursor.words(&["if", "exists"]);
    Some(StatementKind::Shape(Shape::DropTable { name: cursor.name()? }))
}

/// `ALTER TABLE name RENAME TO new`, but not RENAME COLUMN, nor `RENAME a TO b`, which is that too.
fn rename_table(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    if !cursor.word("table") {
        return None;
    }
    let from = cursor.name()?;
    if !cursor.words(&["rename", "to"]) {
        return None;
    }
    let to = cursor.name()?;
    // `RENAME to TO x` renames a column that is called `to`: the name would be followed by more.
    cursor.is_at_end().then_some(StatementKind::Shape(Shape::RenameTable { from, to }))
}

/// After WITH: the statement is the first word outside parentheses that begins one which changes rows.
fn with(mut cursor: Cursor<'_>) -> Option<StatementKind<'_>> {
    loop {
        if cursor.skip_parentheses() {
            continue;
        }
        let token = cursor.token()?;
        if token.kind != TokenKind::Word {
            continue;
        }
        let Some(keyword) = Keyword::new(cursor.text(token)) else { continue };
        // A table expression may be called `replace`: then `AS` or `(` follows, and no INTO.
        if let Some(kind) = rows(keyword.as_str(), cursor) {
            return Some(kind);
        }
        if matches!(keyword.as_str(), "select" | "values" | "insert") {
            return None;
        }
    }
}

fn rows<'a>(keyword: &str, mut cursor: Cursor<'a>) -> Option<StatementKind<'a>> {
    let rows = match keyword {
        "delete" if cursor.word("from") => RowStatement::Delete { table: cursor.name()? },
        "replace" if cursor.word("into") => RowStatement::Replace { table: cursor.name()? },
        "insert" if cursor.words(&["or", "replace", "into"]) => RowStatement::Replace { table: cursor.name()? },
        "update" if cursor.words(&["or", "replace"]) => RowStatement::Replace { table: cursor.name()? },
        "update" => update(cursor)?,
        _ => return None,
    };
    Some(StatementKind::Rows(rows))
}

/// After UPDATE: SET tells it from a table expression of that name.
fn update(mut cursor: Cursor<'_>) -> Option<RowStatement<'_>> {
    if cursor.word("or") {
        cursor.any_word();
    }
    let table = cursor.name()?;
    cursor.rest().get(..1)?.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(RowStatement::Update { table })
}
