//! What CREATE, DROP, TRUNCATE and SET do.

use super::declared::declared;
use super::deed::Deed;
use super::{copy, rows};
use crate::sql::cursor::Cursor;
use crate::sql::heading::{Heading, Subject};
use crate::sql::lexer::TokenKind;
use crate::sql::search_path::{self, SearchPathSetting};

pub(super) fn drop(heading: Heading<'_>) -> Vec<Deed<'_>> {
    let mut cursor = heading.name;
    let is = |word: &str, is: &str| word.eq_ignore_ascii_case(is);
    match heading.subject {
        Subject::Listed("table") => {
            let mut deeds = Vec::new();
            loop {
                // What follows the names and is wrong there, the server refuses.
                deeds.push(match cursor.name() {
                    Some(table) => Deed::DropsTable { table },
                    None => Deed::unread("DROP TABLE"),
                });
                if cursor.take(TokenKind::Comma).is_none() {
                    return deeds;
                }
            }
        }
        // Without CASCADE these fail where anything is left that holds data.
        Subject::Listed(object @ ("schema" | "type" | "domain" | "extension")) if cursor.has_word("cascade") => {
            let names: Vec<_> = cursor.names().iter().map(|name| name.plain().to_string()).collect();
            let what = format!("{object} {} is dropped with everything that depends on it", names.join(", "));
            vec![Deed::Loses { what }]
        }
        Subject::Other(object) if is(object, "owned") => {
            vec![Deed::Loses { what: "everything that a role owns is dropped".to_owned() }]
        }
        Subject::Other(object) if is(object, "database") => {
            vec![Deed::Loses { what: "a database is dropped with everything in it".to_owned() }]
        }
        _ => Vec::new(),
    }
}

pub(super) fn create(heading: Heading<'_>) -> Vec<Deed<'_>> {
    match heading.subject {
        Subject::OfTable("trigger") => guards(heading.after_subject, "on").into_iter().collect(),
        Subject::OfTable("rule") => guards(heading.after_subject, "to").into_iter().collect(),
        Subject::Listed("table") => table(heading),
        _ => Vec::new(),
    }
}

fn table(heading: Heading<'_>) -> Vec<Deed<'_>> {
    let mut cursor = heading.name;
    let Some(table) = cursor.name() else { return Vec::new() };
    let columns = declared(cursor).unwrap_or_default();
    let copied = copy::made_of(cursor, &table).map(Deed::Copies);
    let makes = Deed::MakesTable { table, if_not_exists: heading.is_conditional, columns };
    [makes].into_iter().chain(copied).chain(rows::within(cursor)).collect()
}

/// What CREATE TRIGGER and CREATE RULE are for: the name after this word.
fn guards<'a>(mut cursor: Cursor<'a>, before: &str) -> Option<Deed<'a>> {
    loop {
        if cursor.word(before) {
            return cursor.table().map(|table| Deed::Guards { table });
        }
        cursor.token()?;
    }
}

pub(super) fn truncate(mut cursor: Cursor<'_>) -> Vec<Deed<'_>> {
    cursor.word("table");
    let mut deeds = Vec::new();
    let mut tables = Vec::new();
    loop {
        let Some(table) = cursor.table() else {
            deeds.push(Deed::unread("TRUNCATE"));
            break;
        };
        tables.push(table.plain().to_string());
        deeds.push(Deed::EmptiesTable { table });
        if cursor.take(TokenKind::Comma).is_none() {
            break;
        }
    }
    if cursor.has_word("cascade") {
        let what = format!("tables that refer to {} are emptied too", tables.join(", "));
        deeds.push(Deed::Loses { what });
    }
    deeds
}

pub(super) fn set(cursor: Cursor<'_>) -> Option<Deed<'_>> {
    Some(Deed::LooksIn {
        schemas: match search_path::set(cursor)? {
            SearchPathSetting::Default => Vec::new(),
            SearchPathSetting::Schemas(schemas) => schemas,
        },
    })
}
