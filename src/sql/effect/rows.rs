//! What a statement does to rows.

use super::copy;
use super::deed::Deed;
use crate::sql::assigned::assigned;
use crate::sql::cursor::Cursor;
use crate::sql::lexer::TokenKind;
use crate::sql::risk::Taken;
use crate::sql::{Dialect, Name, Verb};

/// What may stand before a parenthesis and calls nothing that writes rows.
const HARMLESS: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "by",
    "case",
    "cast",
    "coalesce",
    "conflict",
    "copy",
    "count",
    "current_setting",
    "distinct",
    "else",
    "except",
    "exists",
    "filter",
    "format",
    "from",
    "greatest",
    "in",
    "intersect",
    "into",
    "join",
    "lateral",
    "least",
    "lower",
    "materialized",
    "max",
    "min",
    "nextval",
    "not",
    "now",
    "nullif",
    "on",
    "or",
    "over",
    "recursive",
    "replace",
    "row",
    "select",
    "set_config",
    "setval",
    "some",
    "sum",
    "then",
    "to_regclass",
    "union",
    "upper",
    "using",
    "values",
    "version",
    "when",
    "where",
];

/// After INSERT.
fn insert(mut cursor: Cursor<'_>) -> Vec<Deed<'_>> {
    let replaces = cursor.words(&["or", "replace"]);
    let ignores = !replaces && cursor.words(&["or", "ignore"]);
    if cursor.word("or") {
        cursor.any_word();
    }
    cursor.word("into");
    let Some(into) = cursor.name() else { return vec![Deed::unread("INSERT")] };
    if !replaces
        && !ignores
        && let Some(copy) = copy::inserted(cursor, &into)
    {
        return vec![Deed::Copies(copy)];
    }
    let mut deeds = Vec::new();
    if replaces {
        deeds.push(Deed::Deletes { table: into.clone(), taken: None });
    }
    if updates_on_conflict(cursor) {
        deeds.push(Deed::Changes { table: into, columns: Vec::new(), taken: None });
    }
    cursor.skip_parentheses();
    deeds.extend(within(cursor));
    deeds.extend(calls(cursor));
    deeds
}

/// A statement that is about rows, or may be; `cursor` is behind its first word.
pub(super) fn deeds<'a>(verb: Verb, cursor: Cursor<'a>, whole: Cursor<'a>) -> Vec<Deed<'a>> {
    match verb {
        Verb::Insert => insert(cursor),
        Verb::Delete => [delete(cursor)].into_iter().chain(calls(cursor)).collect(),
        Verb::Update => update(cursor, whole).into_iter().chain(calls(cursor)).collect(),
        Verb::Replace => [replace(cursor)].into_iter().chain(within(cursor)).collect(),
        Verb::Do => hides("a DO block"),
        Verb::Call => hides("a procedure"),
        Verb::Execute => hides("a prepared statement"),
        Verb::Unknown => hides("a statement that is not known here"),
        Verb::Merge | Verb::Explain | Verb::Copy | Verb::Prepare | Verb::Declare | Verb::Fetch => read(whole, cursor),
        _ if verb.is_query() => read(whole, cursor),
        _ => Vec::new(),
    }
}

fn read<'a>(whole: Cursor<'a>, cursor: Cursor<'a>) -> Vec<Deed<'a>> {
    within(whole).into_iter().chain(calls(cursor)).collect()
}

fn hides(what: &str) -> Vec<Deed<'static>> {
    vec![Deed::Hides { what: format!("what {what} does is not in its text") }]
}

fn delete(mut cursor: Cursor<'_>) -> Deed<'_> {
    cursor.word("from");
    let start = cursor;
    let Some(table) = cursor.table() else { return Deed::unread("DELETE") };
    let taken = taken(start, cursor);
    Deed::Deletes { table, taken }
}

fn update<'a>(mut cursor: Cursor<'a>, whole: Cursor<'a>) -> Vec<Deed<'a>> {
    let replaces = cursor.words(&["or", "replace"]);
    if cursor.word("or") {
        cursor.any_word();
    }
    let start = cursor;
    let Some(table) = cursor.table() else { return vec![Deed::unread("UPDATE")] };
    let mut deeds = Vec::new();
    if replaces {
        deeds.push(Deed::Deletes { table: table.clone(), taken: None });
    }
    let columns = assigned(whole);
    let taken = if replaces { None } else { taken(start, cursor) };
    deeds.push(Deed::Changes { table, columns, taken });
    deeds
}

fn replace(mut cursor: Cursor<'_>) -> Deed<'_> {
    cursor.word("into");
    match cursor.name() {
        Some(table) => Deed::Deletes { table, taken: None },
        None => Deed::unread("REPLACE"),
    }
}

/// The rows that a DELETE or an UPDATE takes, unless other tables, an order, or a query have a say in it. `start` is before the
/// table's name.
fn taken(start: Cursor<'_>, mut cursor: Cursor<'_>) -> Option<Taken> {
    let mut from: Option<String> = None;
    let mut condition = None;
    loop {
        let before = cursor;
        if cursor.skip_parentheses() {
            continue;
        }
        let Some(token) = cursor.token() else {
            let from = from.unwrap_or_else(|| start.until(&before).to_owned());
            let condition = condition.map(|begin: Cursor<'_>| begin.until(&before).to_owned());
            return is_plain(condition.as_deref(), start).then_some(Taken { from, condition });
        };
        if token.kind != TokenKind::Word {
            continue;
        }
        match cursor.text(token).to_ascii_lowercase().as_str() {
            "set" if from.is_none() => from = Some(start.until(&before).to_owned()),
            "where" if condition.is_none() => {
                from.get_or_insert_with(|| start.until(&before).to_owned());
                condition = Some(cursor);
            }
            "returning" => {
                let from = from.unwrap_or_else(|| start.until(&before).to_owned());
                let condition = condition.map(|begin| begin.until(&before).to_owned());
                return is_plain(condition.as_deref(), start).then_some(Taken { from, condition });
            }
            "from" | "using" | "limit" | "order" if condition.is_none() => return None,
            "limit" | "order" => return None,
            _ => {}
        }
    }
}

/// Whether a condition asks nothing but the row.
fn is_plain(condition: Option<&str>, of: Cursor<'_>) -> bool {
    condition.is_none_or(|condition| {
        let mut words = of.over(condition).tokens().filter(|(kind, _)| *kind == TokenKind::Word);
        !words.any(|(_, word)| ["select", "current"].iter().any(|query| word.eq_ignore_ascii_case(query)))
    })
}

fn updates_on_conflict(mut cursor: Cursor<'_>) -> bool {
    loop {
        if cursor.words(&["do", "update"]) {
            return true;
        }
        if cursor.token().is_none() {
            return false;
        }
    }
}

/// What stands anywhere in the statement: in a WITH, after EXPLAIN ANALYZE, in the query of a COPY.
pub(super) fn within(mut cursor: Cursor<'_>) -> Vec<Deed<'_>> {
    let mut deeds = Vec::new();
    let mut into: Option<Name<'_>> = None;
    loop {
        if cursor.words(&["delete", "from"]) {
            deeds.extend(cursor.table().map(|table| Deed::Deletes { table, taken: None }));
        } else if cursor.words(&["do", "update"]) {
            deeds.extend(into.clone().map(|table| Deed::Changes { table, columns: Vec::new(), taken: None }));
        } else if cursor.word("update") {
            deeds.extend(updated(&mut cursor));
        } else if cursor.words(&["merge", "into"]) {
            if let Some(table) = cursor.table() {
                deeds.push(Deed::Deletes { table: table.clone(), taken: None });
                deeds.push(Deed::Changes { table, columns: Vec::new(), taken: None });
            }
        } else if cursor.words(&["replace", "into"]) {
            deeds.extend(cursor.name().map(|table| Deed::Deletes { table, taken: None }));
        } else if cursor.words(&["insert", "into"]) {
            into = cursor.name();
        } else if cursor.token().is_none() {
            return deeds;
        }
    }
}

/// After UPDATE: a table that is followed by SET. FOR UPDATE is none.
fn updated<'a>(cursor: &mut Cursor<'a>) -> Option<Deed<'a>> {
    let mut ahead = *cursor;
    if ahead.word("or") {
        ahead.any_word();
    }
    let table = ahead.table()?;
    for _ in 0..3 {
        if ahead.word("set") {
            return Some(Deed::Changes { table, columns: Vec::new(), taken: None });
        }
        ahead.token()?;
    }
    None
}

/// PostgreSQL: a function may write rows. SQLite's do not.
fn calls(mut cursor: Cursor<'_>) -> Vec<Deed<'_>> {
    if cursor.dialect() == Dialect::Sqlite {
        return Vec::new();
    }
    loop {
        let Some(token) = cursor.token() else { return Vec::new() };
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        let name = cursor.text(token);
        let mut ahead = cursor;
        if is_name
            && ahead.take(TokenKind::Open).is_some()
            && !HARMLESS.iter().any(|harmless| name.eq_ignore_ascii_case(harmless))
        {
            return hides(&format!("function {name}"));
        }
    }
}
