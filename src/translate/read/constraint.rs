//! Constraints of columns and tables.

use super::cursor::{StatementCursor, parts};
use crate::sql::{Token, TokenKind};

/// A constraint, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConstraintText {
    pub(crate) name: Option<String>,
    pub(crate) kind: ConstraintKind,
    /// The whole of it.
    pub(crate) sql: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    PrimaryKey {
        columns: Vec<KeyPart>,
        conflict: Option<String>,
    },
    Unique {
        columns: Vec<KeyPart>,
        conflict: Option<String>,
    },
    NotNull {
        conflict: Option<String>,
    },
    Check {
        expression: String,
    },
    Collate {
        collation: String,
    },
    ForeignKey(ForeignKeyText),
    /// NULL, DEFAULT, GENERATED: read elsewhere, or without a meaning.
    Other,
}

/// A part of a key or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyPart {
    /// The column, or the expression, as it was written.
    pub(crate) text: String,
    /// The name, where it is one.
    pub(crate) column: Option<String>,
    pub(crate) collation: Option<String>,
    pub(crate) is_descending: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignKeyText {
    pub(crate) columns: Vec<String>,
    pub(crate) parent: String,
    /// None: the primary key.
    pub(crate) referenced: Vec<String>,
    /// `ON DELETE CASCADE`, and so on, in upper case.
    pub(crate) actions: Vec<String>,
    /// `DEFERRABLE INITIALLY DEFERRED`, in upper case.
    pub(crate) deferrable: Option<String>,
}

impl KeyPart {
    /// Reads `column COLLATE x DESC`.
    pub(super) fn parse(text: &str, part: &[Token]) -> Self {
        let mut rest = part.to_vec();
        let is = |token: &Token, word: &str| {
            token.kind == TokenKind::Word && text[token.start..token.end].eq_ignore_ascii_case(word)
        };
        let is_descending = rest.last().is_some_and(|last| is(last, "desc"));
        if is_descending || rest.last().is_some_and(|last| is(last, "asc")) {
            rest.pop();
        }
        let mut collation = None;
        if let [.., word, name] = &rest[..]
            && is(word, "collate")
        {
            collation = StatementCursor::over(text, &[*name]).name();
            rest.truncate(rest.len() - 2);
        }
        let mut cursor = StatementCursor::over(text, &rest);
        let column = if rest.len() == 1 { cursor.name() } else { None };
        Self { text: cursor.text_of(&rest).to_owned(), column, collation, is_descending }
    }

    pub(super) fn all(text: &str, group: &[Token]) -> Vec<Self> {
        parts(group).into_iter().map(|part| Self::parse(text, part)).collect()
    }

    fn of_column(column: &str, is_descending: bool) -> Self {
        Self { text: column.to_owned(), column: Some(column.to_owned()), collation: None, is_descending }
    }
}

/// Reads the next constraint; `column` is the one that it stands beside, where it is no constraint of the table.
pub(super) fn next(cursor: &mut StatementCursor<'_>, column: Option<&str>) -> Option<ConstraintText> {
    let from = cursor.at;
    let name = if cursor.words("constraint") { cursor.name() } else { None };
    // CONSTRAINT x CONSTRAINT y CHECK ...: the last one counts.
    if cursor.is_word(cursor.at, "constraint") {
        return next(cursor, column);
    }
    let kind = kind(cursor, column)?;
    let sql = cursor.text_of(&cursor.all[from..cursor.at]).to_owned();
    Some(ConstraintText { name, kind, sql })
}

fn kind(cursor: &mut StatementCursor<'_>, column: Option<&str>) -> Option<ConstraintKind> {
    if cursor.words("primary key") {
        let columns = key(cursor, column);
        let conflict = conflict(cursor);
        cursor.words("autoincrement");
        return Some(ConstraintKind::PrimaryKey { columns, conflict });
    }
    if cursor.words("unique") {
        let columns = key(cursor, column);
        return Some(ConstraintKind::Unique { columns, conflict: conflict(cursor) });
    }
    if cursor.words("not null") {
        return Some(ConstraintKind::NotNull { conflict: conflict(cursor) });
    }
    if cursor.words("check") {
        let group = cursor.group()?;
        let expression = cursor.text_of(&group).to_owned();
        conflict(cursor);
        return Some(ConstraintKind::Check { expression });
    }
    if cursor.words("collate") {
        return Some(ConstraintKind::Collate { collation: cursor.name()? });
    }
    if cursor.words("foreign key") {
        let group = cursor.group()?;
        let columns = KeyPart::all(cursor.text, &group).into_iter().filter_map(|part| part.column).collect();
        cursor.words("references");
        return foreign_key(cursor, columns);
    }
    if cursor.words("references") {
        return foreign_key(cursor, column.map(str::to_owned).into_iter().collect());
    }
    if cursor.words("default") {
        let is_sign = cursor.all.get(cursor.at).is_some_and(|token| matches!(cursor.slice(*token), "-" | "+"));
        cursor.at += usize::from(is_sign);
        cursor.skip();
        while !cursor.is_at_end() && !starts(cursor) {
            cursor.skip();
        }
        return Some(ConstraintKind::Other);
    }
    if cursor.words("generated always as") || cursor.words("as") {
        cursor.skip();
        let _ = cursor.words("stored") || cursor.words("virtual");
        return Some(ConstraintKind::Other);
    }
    if cursor.words("null") {
        conflict(cursor);
        return Some(ConstraintKind::Other);
    }
    None
}

/// Whether a constraint begins here.
pub(super) fn starts(cursor: &StatementCursor<'_>) -> bool {
    const WORDS: [&str; 12] = [
        "constraint",
        "primary",
        "not",
        "null",
        "unique",
        "check",
        "default",
        "collate",
        "references",
        "generated",
        "as",
        "foreign",
    ];
    WORDS.iter().any(|word| cursor.is_word(cursor.at, word))
}

/// The columns of a key: those in parentheses, or the one that it stands beside.
fn key(cursor: &mut StatementCursor<'_>, column: Option<&str>) -> Vec<KeyPart> {
    if let Some(group) = cursor.group() {
        return KeyPart::all(cursor.text, &group);
    }
    let is_descending = cursor.words("desc");
    cursor.words("asc");
    column.map(|column| KeyPart::of_column(column, is_descending)).into_iter().collect()
}

/// `ON CONFLICT REPLACE`.
fn conflict(cursor: &mut StatementCursor<'_>) -> Option<String> {
    if !cursor.words("on conflict") {
        return None;
    }
    cursor.name().map(|name| name.to_uppercase()).filter(|name| name != "ABORT")
}

fn foreign_key(cursor: &mut StatementCursor<'_>, columns: Vec<String>) -> Option<ConstraintKind> {
    let parent = cursor.name()?;
    let group = cursor.group().unwrap_or_default();
    let referenced = KeyPart::all(cursor.text, &group).into_iter().filter_map(|part| part.column).collect();
    let mut key = ForeignKeyText { columns, parent, referenced, actions: Vec::new(), deferrable: None };
    loop {
        if cursor.words("match") {
            // SQLite reads it, and does as for MATCH SIMPLE (https://www.sqlite.org/foreignkeys.html, 6).
            cursor.at += 1;
        } else if let Some(event) = ["on delete", "on update"].into_iter().find(|event| cursor.words(event)) {
            let actions = ["cascade", "restrict", "no action", "set null", "set default"];
            let action = actions.into_iter().find(|action| cursor.words(action))?;
            if action != "no action" {
                key.actions.push(format!("{event} {action}").to_uppercase());
            }
        } else if cursor.words("not deferrable") {
            initially(cursor);
        } else if cursor.words("deferrable") {
            let initially = initially(cursor).map_or_else(String::new, |when| format!(" INITIALLY {when}"));
            key.deferrable = Some(format!("DEFERRABLE{initially}"));
        } else {
            return Some(ConstraintKind::ForeignKey(key));
        }
    }
}

fn initially(cursor: &mut StatementCursor<'_>) -> Option<String> {
    if cursor.words("initially") { cursor.name().map(|when| when.to_uppercase()) } else { None }
}
