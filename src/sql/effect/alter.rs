//! What an ALTER does.

use super::declared::default;
use super::deed::Deed;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::{Dialect, Name};

/// After ALTER.
pub(super) fn deeds(mut cursor: Cursor<'_>) -> Option<Vec<Deed<'_>>> {
    if cursor.word("schema") {
        let from = cursor.part()?;
        let to = cursor.words(&["rename", "to"]).then(|| cursor.part())??;
        return Some(vec![Deed::RenamesSchema { from, to }]);
    }
    if cursor.word("type") {
        return attribute(cursor).map(|deed| vec![deed]);
    }
    cursor.word("table").then_some(())?;
    cursor.words(&["if", "exists"]);
    let Some(table) = cursor.table() else { return Some(vec![Deed::unread("ALTER TABLE")]) };
    if cursor.words(&["set", "schema"]) {
        let to = Name { schema: Some(cursor.part()?), name: table.name.clone() };
        return Some(vec![Deed::RenamesTable { from: table, to }]);
    }
    if cursor.word("rename") {
        return rename(table, cursor).map(|deed| vec![deed]);
    }
    let mut deeds = vec![Deed::AltersTable { table: table.clone() }];
    loop {
        deeds.extend(action(&table, &mut cursor));
        if !to_next_comma(&mut cursor) {
            return Some(deeds);
        }
    }
}

/// After RENAME: `TO new`, `[COLUMN] old TO new`, `CONSTRAINT old TO new`.
fn rename<'a>(table: Name<'a>, mut cursor: Cursor<'a>) -> Option<Deed<'a>> {
    let whole = cursor;
    if cursor.word("to")
        && let Some(name) = cursor.part()
        && cursor.is_at_end()
    {
        let to = Name { schema: table.schema.clone(), name };
        return Some(Deed::RenamesTable { from: table, to });
    }
    cursor = whole;
    if cursor.word("constraint") {
        return None;
    }
    cursor.word("column");
    let from = cursor.part();
    let to = cursor.word("to").then(|| cursor.part()).flatten();
    let (Some(from), Some(to)) = (from, to) else { return Some(Deed::unread("ALTER TABLE ... RENAME")) };
    Some(Deed::RenamesColumn { table, from, to })
}

/// `ALTER TYPE t DROP ATTRIBUTE a`: columns of that type have it in every row.
fn attribute(mut cursor: Cursor<'_>) -> Option<Deed<'_>> {
    let name = cursor.name()?;
    loop {
        if cursor.one_of(&["drop", "alter"]) && cursor.word("attribute") {
            cursor.words(&["if", "exists"]);
            let what = format!("attribute {}.{} is dropped or converted in every row", name.plain(), cursor.part()?);
            return Some(Deed::Loses { what });
        }
        cursor.token()?;
    }
}

/// `ALTER [COLUMN] c [SET DATA] TYPE t [USING e]`, up to the comma after it.
fn conversion<'a>(table: &Name<'a>, cursor: &mut Cursor<'a>) -> Option<Deed<'a>> {
    cursor.word("column");
    let Some(column) = cursor.part() else { return Some(Deed::unread("ALTER COLUMN")) };
    (cursor.words(&["set", "data", "type"]) || cursor.word("type")).then_some(())?;
    let start = *cursor;
    let (mut to_end, mut using) = (None, None);
    let mut end = start;
    loop {
        let mut ahead = *cursor;
        let Some(token) = ahead.token() else { break };
        match token.kind {
            TokenKind::Comma => break,
            TokenKind::Open => {
                cursor.skip_parentheses();
            }
            TokenKind::Word if using.is_none() && ahead.text(token).eq_ignore_ascii_case("using") => {
                to_end = Some(end);
                *cursor = ahead;
                using = Some(ahead);
            }
            _ => *cursor = ahead,
        }
        end = *cursor;
    }
    let to = start.until(&to_end.unwrap_or(end));
    Some(Deed::Converts { table: table.clone(), column, to, using: using.map(|using| using.until(&end)) })
}

/// One of the actions that an ALTER TABLE lists.
fn action<'a>(table: &Name<'a>, cursor: &mut Cursor<'a>) -> Option<Deed<'a>> {
    if cursor.dialect() == Dialect::Postgres && cursor.word("alter") {
        return conversion(table, cursor);
    }
    let is_drop = cursor.word("drop");
    if !is_drop && !cursor.word("add") {
        return None;
    }
    if cursor.word("constraint") {
        return None;
    }
    cursor.word("column");
    let _ = cursor.words(&["if", "exists"]) || cursor.words(&["if", "not", "exists"]);
    let table = table.clone();
    let Some(column) = cursor.part() else {
        // A constraint that is added may have no name; what is dropped has one.
        return is_drop.then(|| Deed::unread("ALTER TABLE ... DROP"));
    };
    if is_drop {
        return Some(Deed::DropsColumn { table, column });
    }
    Some(Deed::AddsColumn { table, column, default: default(*cursor) })
}

fn to_next_comma(cursor: &mut Cursor<'_>) -> bool {
    loop {
        if cursor.skip_parentheses() {
            continue;
        }
        match cursor.token().map(|token| token.kind) {
            Some(TokenKind::Comma) => return true,
            Some(_) => {}
            None => return false,
        }
    }
}
