//! What a statement drops, and what it makes, by name: so that a down can leave alone what its up only found.

use std::ops::Range;

use super::Name;
use super::cursor::Cursor;
use super::heading::{Heading, Subject};
use super::lexer::TokenKind;

/// What a statement drops, as far as its text shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dropping<'a> {
    /// Nothing.
    Nothing,
    /// These, and nothing else.
    These(Vec<Dropped<'a>>),
    /// Something: more than it names, or what cannot be read.
    Unclear,
}

/// One thing that is dropped or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dropped<'a> {
    /// The word for what it is: `table`, `materialized view`, `column`.
    pub(crate) what: &'static str,
    pub(crate) name: Name<'a>,
    /// The table that it belongs to, where the statement names one.
    pub(crate) on: Option<Name<'a>>,
    /// Its place in the statement, with arguments: a list of several can do without it.
    pub(crate) span: Range<usize>,
}

/// What a statement makes under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made<'a> {
    /// The word for what it is.
    pub(crate) what: &'static str,
    pub(crate) name: Name<'a>,
}

/// What a DROP drops.
pub(super) fn listed<'a>(heading: Heading<'a>, text: &'a str) -> Option<Dropping<'a>> {
    let (what, is_of_table) = match heading.subject {
        Subject::Listed(what) => (what, false),
        Subject::OfTable(what) => (what, true),
        Subject::Other(_) => return None,
    };
    let mut cursor = heading.name;
    let mut all = Vec::new();
    loop {
        let start = place(cursor, text);
        let name = cursor.name()?;
        cursor.skip_parentheses();
        let on = if is_of_table && cursor.word("on") { Some(cursor.name()?) } else { None };
        all.push(Dropped { what, name, on, span: start..end(cursor, text) });
        if cursor.take(TokenKind::Comma).is_none() {
            break;
        }
    }
    cursor.word("restrict");
    Some(if cursor.is_at_end() { Dropping::These(all) } else { Dropping::Unclear })
}

/// What an ALTER drops: that of a table with one action, which drops something.
pub(super) fn altered<'a>(mut cursor: Cursor<'a>, text: &'a str) -> Dropping<'a> {
    if !cursor.has_word("drop") {
        return Dropping::Nothing;
    }
    let mut read = || {
        cursor.word("foreign");
        if !cursor.word("table") {
            return None;
        }
        cursor.words(&["if", "exists"]);
        cursor.word("only");
        let table = cursor.name()?;
        if !cursor.word("drop") {
            return None;
        }
        let what = if cursor.word("constraint") {
            "constraint"
        } else {
            cursor.word("column");
            "column"
        };
        cursor.words(&["if", "exists"]);
        let start = place(cursor, text);
        let name = Name { schema: None, name: cursor.part()? };
        let span = start..end(cursor, text);
        cursor.word("restrict");
        cursor.is_at_end().then(|| Dropping::These(vec![Dropped { what, name, on: Some(table), span }]))
    };
    match read() {
        Some(these) => these,
        // ALTER COLUMN ... DROP NOT NULL, DROP DEFAULT, DROP EXPRESSION, DROP IDENTITY leave the column.
        None => Dropping::Nothing.or_unclear(is_drop_of_object(text)),
    }
}

impl Dropping<'_> {
    fn or_unclear(self, unclear: bool) -> Self {
        if unclear { Self::Unclear } else { self }
    }
}

/// Whether a DROP in an ALTER may be of an object: after ALTER COLUMN it is of a property.
fn is_drop_of_object(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(str::to_ascii_lowercase).collect();
    words.windows(2).any(|pair| {
        pair[0] == "drop" && !["not", "default", "default;", "identity", "expression", "attribute"].contains(&&*pair[1])
    })
}

/// What a CREATE makes.
pub(super) fn made(heading: Heading<'_>) -> Option<Made<'_>> {
    let (Subject::Listed(what) | Subject::OfTable(what)) = heading.subject else { return None };
    let mut cursor = heading.name;
    Some(Made { what, name: cursor.name()? })
}

/// The table that an ALTER gives its name.
pub(super) fn renamed(mut cursor: Cursor<'_>) -> Option<Made<'_>> {
    cursor.word("table").then_some(())?;
    cursor.words(&["if", "exists"]);
    let table = cursor.name()?;
    let to = cursor.words(&["rename", "to"]).then(|| cursor.part())??;
    Some(Made { what: "table", name: Name { schema: table.schema, name: to } })
}

/// The offset of the next token in the statement.
fn place(cursor: Cursor<'_>, text: &str) -> usize {
    text.len() - cursor.rest().len()
}

/// The end of the last token that was read.
fn end(cursor: Cursor<'_>, text: &str) -> usize {
    text[..place(cursor, text)].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{Dialect, Effect, statements};

    fn effect(dialect: Dialect, text: &str) -> Effect<'_> {
        Effect::of(dialect, &statements(dialect, text).next().unwrap().unwrap())
    }

    fn shown(dialect: Dialect, text: &str) -> String {
        match effect(dialect, text).drops {
            Dropping::Nothing => "nothing".to_owned(),
            Dropping::Unclear => "unclear".to_owned(),
            Dropping::These(all) => {
                let one = |dropped: &Dropped<'_>| {
                    let on = dropped.on.as_ref().map(|on| format!(" on {}", on.plain())).unwrap_or_default();
                    format!("{} {}{on} [{}]", dropped.what, dropped.name.plain(), &text[dropped.span.clone()])
                };
                all.iter().map(one).collect::<Vec<_>>().join(", ")
            }
        }
    }

    #[test]
    fn what_is_dropped_by_name() {
        for (text, what) in [
            ("DROP TABLE IF EXISTS a, core.b", "table a [a], table core.b [core.b]"),
            ("DROP INDEX CONCURRENTLY i", "index i [i]"),
            ("DROP MATERIALIZED VIEW m RESTRICT", "materialized view m [m]"),
            ("DROP FUNCTION f(int, text), g()", "function f [f(int, text)], function g [g()]"),
            ("DROP TRIGGER x ON core.t", "trigger x on core.t [x ON core.t]"),
            ("ALTER TABLE ONLY t DROP COLUMN IF EXISTS c", "column c on t [c]"),
            ("ALTER TABLE t DROP CONSTRAINT k RESTRICT", "constraint k on t [k]"),
            ("ALTER TABLE t DROP a, DROP b", "unclear"),
            ("ALTER TABLE t ALTER COLUMN a DROP NOT NULL", "nothing"),
            ("ALTER TABLE t ALTER a DROP DEFAULT", "nothing"),
            ("ALTER TABLE t ADD a int", "nothing"),
            ("DROP SCHEMA s CASCADE", "unclear"),
            ("DROP OPERATOR + (int, int)", "unclear"),
            ("DROP OWNED BY me", "unclear"),
            ("DO $$ $$", "unclear"),
            ("CREATE TABLE t (a int)", "nothing"),
        ] {
            assert_eq!(shown(Dialect::Postgres, text), what, "{text}");
        }
        assert_eq!(shown(Dialect::Sqlite, "DROP TRIGGER main.[x y]"), "trigger main.\"x y\" [main.[x y]]");
    }

    #[test]
    fn what_is_made_by_name() {
        let made = |text: &str| {
            let made = effect(Dialect::Postgres, text).makes;
            made.map(|made| format!("{} {}", made.what, made.name.plain()))
        };
        for (text, what) in [
            ("CREATE UNIQUE INDEX IF NOT EXISTS i ON t (a)", Some("index i")),
            ("CREATE OR REPLACE FUNCTION core.f() RETURNS int LANGUAGE sql AS ''", Some("function core.f")),
            ("CREATE TEMP TABLE t (a int)", Some("table t")),
            ("ALTER TABLE core.a RENAME TO b", Some("table core.b")),
            ("ALTER TABLE a RENAME COLUMN b TO c", None),
            ("DROP TABLE t", None),
        ] {
            assert_eq!(made(text).as_deref(), what, "{text}");
        }
    }
}
