//! What a statement does to data, and to the names under which data stands, as far as its text shows it.

mod copy;
mod rows;

use std::borrow::Cow;

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::risk::Taken;
use super::{Dialect, Name, Statement};

pub(super) use copy::{Copy, CopyColumns};

/// One thing that a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect<'a> {
    DropsTable {
        table: Name<'a>,
    },
    /// TRUNCATE.
    EmptiesTable {
        table: Name<'a>,
    },
    DropsColumn {
        table: Name<'a>,
        column: Cow<'a, str>,
    },
    /// Any ALTER TABLE, besides what it does.
    AltersTable {
        table: Name<'a>,
    },
    MakesTable {
        table: Name<'a>,
        if_not_exists: bool,
        /// As it declares them; none where that is not plain to see.
        columns: Vec<Cow<'a, str>>,
    },
    AddsColumn {
        table: Name<'a>,
        column: Cow<'a, str>,
    },
    /// Also by SET SCHEMA.
    RenamesTable {
        from: Name<'a>,
        to: Name<'a>,
    },
    RenamesColumn {
        table: Name<'a>,
        from: Cow<'a, str>,
        to: Cow<'a, str>,
    },
    RenamesSchema {
        from: Cow<'a, str>,
        to: Cow<'a, str>,
    },
    /// Every row of one table is written into another, as it is.
    Copies(Copy<'a>),
    /// Rows are deleted; which, where a plain condition says so.
    Deletes {
        table: Name<'a>,
        taken: Option<Taken>,
    },
    /// Rows get other values in these columns, or in any where none is named.
    Changes {
        table: Name<'a>,
        columns: Vec<String>,
        taken: Option<Taken>,
    },
    /// A column's values become another type's.
    Converts {
        table: Name<'a>,
        column: Cow<'a, str>,
        to: &'a str,
        using: Option<&'a str>,
    },
    /// From here on something else may happen when rows are written into the table: a trigger, a rule.
    Guards {
        table: Name<'a>,
    },
    /// SET search_path: what has no schema is looked for in these.
    LooksIn {
        schemas: Vec<Cow<'a, str>>,
    },
    /// Data is lost that the text does not name: one sentence.
    Loses {
        what: String,
    },
    /// What it does is not in its text: one sentence.
    Hides {
        what: String,
    },
}

impl Effect<'_> {
    /// The tables that are not any more what they were, or do not hold what they did.
    pub(super) fn touches(&self) -> Vec<&Name<'_>> {
        match self {
            Self::DropsTable { table }
            | Self::EmptiesTable { table }
            | Self::DropsColumn { table, .. }
            | Self::RenamesColumn { table, .. }
            | Self::Deletes { table, .. }
            | Self::Changes { table, .. }
            | Self::Converts { table, .. } => vec![table],
            Self::RenamesTable { from, to } => vec![from, to],
            Self::Copies(copy) => vec![&copy.into],
            Self::AltersTable { .. }
            | Self::MakesTable { .. }
            | Self::AddsColumn { .. }
            | Self::RenamesSchema { .. }
            | Self::Guards { .. }
            | Self::LooksIn { .. }
            | Self::Loses { .. }
            | Self::Hides { .. } => Vec::new(),
        }
    }
}

/// What a statement does, in order.
pub(super) fn effects<'a>(dialect: Dialect, statement: &Statement<'a>) -> Vec<Effect<'a>> {
    let mut cursor = Cursor::new(dialect, statement.strings, statement.text);
    let whole = cursor;
    let Some(first) = cursor.any_word() else { return Vec::new() };
    match first.to_ascii_lowercase().as_str() {
        "drop" => drop(cursor),
        "alter" => alter(cursor).unwrap_or_default(),
        "create" => create(cursor),
        "set" if dialect == Dialect::Postgres => looks_in(cursor).into_iter().collect(),
        "truncate" if dialect == Dialect::Postgres => truncate(cursor),
        "insert" => rows::insert(cursor),
        _ => rows::other(first, whole),
    }
}

fn drop(mut cursor: Cursor<'_>) -> Vec<Effect<'_>> {
    let object = cursor.any_word().unwrap_or_default().to_ascii_lowercase();
    cursor.words(&["if", "exists"]);
    match object.as_str() {
        "table" => cursor.names().into_iter().map(|table| Effect::DropsTable { table }).collect(),
        // Without CASCADE these fail where anything is left that holds data.
        "schema" | "type" | "domain" | "extension" if has_word(cursor, &["cascade"]) => {
            let names: Vec<_> = cursor.names().iter().map(|name| name.plain().to_string()).collect();
            let what = format!("{object} {} is dropped with everything that depends on it", names.join(", "));
            vec![Effect::Loses { what }]
        }
        "owned" => vec![Effect::Loses { what: "everything that a role owns is dropped".to_owned() }],
        "database" => vec![Effect::Loses { what: "a database is dropped with everything in it".to_owned() }],
        _ => Vec::new(),
    }
}

fn alter(mut cursor: Cursor<'_>) -> Option<Vec<Effect<'_>>> {
    if cursor.word("schema") {
        let from = cursor.part()?;
        let to = cursor.words(&["rename", "to"]).then(|| cursor.part())??;
        return Some(vec![Effect::RenamesSchema { from, to }]);
    }
    if cursor.word("type") {
        return attribute(cursor).map(|effect| vec![effect]);
    }
    cursor.word("table").then_some(())?;
    cursor.words(&["if", "exists"]);
    let table = table(&mut cursor)?;
    if cursor.words(&["set", "schema"]) {
        let to = Name { schema: Some(cursor.part()?), name: table.name.clone() };
        return Some(vec![Effect::RenamesTable { from: table, to }]);
    }
    if cursor.word("rename") {
        return rename(table, cursor).map(|effect| vec![effect]);
    }
    let mut effects = vec![Effect::AltersTable { table: table.clone() }];
    loop {
        effects.extend(action(&table, &mut cursor));
        if !to_next_comma(&mut cursor) {
            return Some(effects);
        }
    }
}

/// After RENAME: `TO new`, `[COLUMN] old TO new`, `CONSTRAINT old TO new`.
fn rename<'a>(table: Name<'a>, mut cursor: Cursor<'a>) -> Option<Effect<'a>> {
    let whole = cursor;
    if cursor.word("to")
        && let Some(name) = cursor.part()
        && cursor.is_at_end()
    {
        let to = Name { schema: table.schema.clone(), name };
        return Some(Effect::RenamesTable { from: table, to });
    }
    cursor = whole;
    if cursor.word("constraint") {
        return None;
    }
    cursor.word("column");
    let from = cursor.part()?;
    let to = cursor.word("to").then(|| cursor.part())??;
    Some(Effect::RenamesColumn { table, from, to })
}

/// `ALTER TYPE t DROP ATTRIBUTE a`: columns of that type have it in every row.
fn attribute(mut cursor: Cursor<'_>) -> Option<Effect<'_>> {
    let name = cursor.name()?;
    loop {
        if cursor.one_of(&["drop", "alter"]) && cursor.word("attribute") {
            cursor.words(&["if", "exists"]);
            let what = format!("attribute {}.{} is dropped or converted in every row", name.plain(), cursor.part()?);
            return Some(Effect::Loses { what });
        }
        cursor.token()?;
    }
}

/// `ALTER [COLUMN] c [SET DATA] TYPE t [USING e]`, up to the comma after it.
fn conversion<'a>(table: &Name<'a>, cursor: &mut Cursor<'a>) -> Option<Effect<'a>> {
    cursor.word("column");
    let column = cursor.part()?;
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
    Some(Effect::Converts { table: table.clone(), column, to, using: using.map(|using| using.until(&end)) })
}

/// One of the actions that an ALTER TABLE lists.
fn action<'a>(table: &Name<'a>, cursor: &mut Cursor<'a>) -> Option<Effect<'a>> {
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
    let (table, column) = (table.clone(), cursor.part()?);
    Some(if is_drop { Effect::DropsColumn { table, column } } else { Effect::AddsColumn { table, column } })
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

fn create(mut cursor: Cursor<'_>) -> Vec<Effect<'_>> {
    while cursor.one_of(&["global", "local", "temp", "temporary", "unlogged", "virtual", "or", "replace", "constraint"])
    {
    }
    if cursor.word("trigger") {
        return guards(cursor, "on").into_iter().collect();
    }
    if cursor.word("rule") {
        return guards(cursor, "to").into_iter().collect();
    }
    if !cursor.word("table") {
        return Vec::new();
    }
    let if_not_exists = cursor.words(&["if", "not", "exists"]);
    let Some(table) = cursor.name() else { return Vec::new() };
    let columns = copy::declared(cursor).unwrap_or_default();
    let copied = copy::made_of(cursor, &table).map(Effect::Copies);
    let hidden = rows::within(cursor);
    [Effect::MakesTable { table, if_not_exists, columns }].into_iter().chain(copied).chain(hidden).collect()
}

/// What CREATE TRIGGER and CREATE RULE are for: the name after this word.
fn guards<'a>(mut cursor: Cursor<'a>, before: &str) -> Option<Effect<'a>> {
    loop {
        if cursor.word(before) {
            return table(&mut cursor).map(|table| Effect::Guards { table });
        }
        cursor.token()?;
    }
}

fn truncate(mut cursor: Cursor<'_>) -> Vec<Effect<'_>> {
    cursor.word("table");
    let mut effects = Vec::new();
    let mut tables = Vec::new();
    while let Some(table) = table(&mut cursor) {
        tables.push(table.plain().to_string());
        effects.push(Effect::EmptiesTable { table });
        if cursor.take(TokenKind::Comma).is_none() {
            break;
        }
    }
    if has_word(cursor, &["cascade"]) {
        let what = format!("tables that refer to {} are emptied too", tables.join(", "));
        effects.push(Effect::Loses { what });
    }
    effects
}

/// `SET search_path = a, b`, and `SET SCHEMA 'a'`, which is the same.
fn looks_in(mut cursor: Cursor<'_>) -> Option<Effect<'_>> {
    cursor.one_of(&["session", "local"]);
    if cursor.word("search_path") {
        let _ = cursor.word("to") || cursor.take(TokenKind::Symbol).is_some();
    } else if !cursor.word("schema") {
        return None;
    }
    let mut schemas = Vec::new();
    while let Some(schema) = cursor.string().or_else(|| cursor.part()) {
        schemas.push(schema);
        if cursor.take(TokenKind::Comma).is_none() {
            break;
        }
    }
    Some(Effect::LooksIn { schemas })
}

/// A name, after ONLY and before `*`, which PostgreSQL has for parents.
fn table<'a>(cursor: &mut Cursor<'a>) -> Option<Name<'a>> {
    if cursor.dialect() == Dialect::Postgres {
        cursor.word("only");
    }
    let name = cursor.name()?;
    let mut ahead = *cursor;
    if ahead.take(TokenKind::Symbol).is_some_and(|token| ahead.text(token) == "*") {
        *cursor = ahead;
    }
    Some(name)
}

fn has_word(cursor: Cursor<'_>, words: &[&str]) -> bool {
    cursor
        .tokens()
        .any(|(kind, text)| kind == TokenKind::Word && words.iter().any(|word| text.eq_ignore_ascii_case(word)))
}
