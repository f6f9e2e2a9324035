//! Which tables scripts make, by the names that these get.

use super::cursor::Cursor;
use super::lexer::TokenKind;
use super::{Dialect, Name, Statement};

/// Where names without a schema lead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Leads {
    /// To where the session looks.
    Session,
    /// To the first of these schemas that is there: the script has set the search path.
    Path(Vec<String>),
    /// The script has set the search path to what its text does not show.
    Unknown,
}

/// A table that a script makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreatedTable {
    pub(crate) name: Name<'static>,
    pub(crate) leads: Leads,
    /// The script drops one of the name first: that may be one in any schema of the path.
    pub(crate) drops: bool,
}

/// Follows a script from its first statement on.
#[derive(Debug)]
pub(crate) struct Makes {
    dialect: Dialect,
    leads: Leads,
    made: Vec<CreatedTable>,
    dropped: Vec<Name<'static>>,
    /// Schemas that the script makes.
    schemas: Vec<String>,
}

impl Makes {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, leads: Leads::Session, made: Vec::new(), dropped: Vec::new(), schemas: Vec::new() }
    }

    pub(crate) fn see(&mut self, statement: &Statement<'_>) {
        let mut cursor = Cursor::new(self.dialect, statement.strings, statement.text);
        let Some(first) = cursor.any_word() else { return };
        match first.to_ascii_lowercase().as_str() {
            "create" => self.create(cursor),
            "drop" if cursor.word("table") => {
                cursor.words(&["if", "exists"]);
                self.dropped.extend(cursor.names().iter().map(Name::to_owned));
            }
            "set" if self.dialect == Dialect::Postgres => self.set(cursor),
            "reset" if cursor.one_of(&["search_path", "all"]) => self.leads = Leads::Session,
            "select" if self.dialect == Dialect::Postgres => self.select(cursor, statement.text),
            _ => {}
        }
    }

    /// How many tables were seen so far.
    pub(crate) fn count(&self) -> usize {
        self.made.len()
    }

    /// The tables, and the schemas that the script makes.
    pub(crate) fn end(self) -> (Vec<CreatedTable>, Vec<String>) {
        (self.made, self.schemas)
    }

    fn create(&mut self, mut cursor: Cursor<'_>) {
        if self.dialect == Dialect::Postgres && cursor.word("schema") {
            cursor.words(&["if", "not", "exists"]);
            self.schemas.extend(cursor.part().map(|schema| schema.to_string()));
            return;
        }
        cursor.one_of(&["global", "local"]);
        if cursor.one_of(&["temp", "temporary"]) {
            return;
        }
        cursor.one_of(&["unlogged", "virtual", "foreign", "materialized"]);
        if !cursor.one_of(&["table", "view"]) {
            return;
        }
        cursor.words(&["if", "not", "exists"]);
        if let Some(name) = cursor.name() {
            self.make(&name);
        }
    }

    fn make(&mut self, name: &Name<'_>) {
        let is_temporary = |schema: &str| {
            let schema = schema.to_ascii_lowercase();
            schema == "temp" || schema.starts_with("pg_temp")
        };
        if name.schema.as_deref().is_some_and(is_temporary) {
            return;
        }
        let drops = self.dropped.iter().any(|dropped| dropped.may_be(name));
        self.made.push(CreatedTable { name: name.to_owned(), leads: self.leads.clone(), drops });
    }

    /// `SET search_path = a, b`, `SET search_path TO DEFAULT`, and `SET SCHEMA 'a'`.
    fn set(&mut self, mut cursor: Cursor<'_>) {
        cursor.one_of(&["session", "local"]);
        if cursor.word("search_path") {
            let _ = cursor.word("to") || cursor.take(TokenKind::Symbol).is_some();
        } else if !cursor.word("schema") {
            return;
        }
        if cursor.word("default") {
            self.leads = Leads::Session;
            return;
        }
        let mut path = Vec::new();
        while let Some(schema) = cursor.string().or_else(|| cursor.part()) {
            path.push(schema.to_string());
            if cursor.take(TokenKind::Comma).is_none() {
                break;
            }
        }
        self.leads =
            if path.iter().any(|schema| schema.contains("$user")) { Leads::Unknown } else { Leads::Path(path) };
    }

    /// `SELECT set_config('search_path', 'a, b', false)`, as pg_dump has it, and `SELECT ... INTO table`.
    fn select(&mut self, mut cursor: Cursor<'_>, text: &str) {
        let whole = cursor;
        if let Some(name) = cursor.name()
            && name.name == "set_config"
            && cursor.take(TokenKind::Open).is_some()
        {
            let is_path = cursor.string().is_some_and(|setting| setting.eq_ignore_ascii_case("search_path"));
            cursor.take(TokenKind::Comma);
            if is_path {
                self.leads = match cursor.string() {
                    Some(path) => listed(&path),
                    None => Leads::Unknown,
                };
            }
            return;
        }
        if text.len() > LONGEST_SELECT {
            return;
        }
        if let Some(name) = into(whole) {
            self.make(&name);
        }
    }
}

/// A longer SELECT is not looked through for INTO.
const LONGEST_SELECT: usize = 100_000;

fn listed(path: &str) -> Leads {
    let schemas = path.split(',').map(|schema| schema.trim().trim_matches('"').to_owned());
    let schemas: Vec<String> = schemas.filter(|schema| !schema.is_empty()).collect();
    if schemas.iter().any(|schema| schema.contains("$user")) { Leads::Unknown } else { Leads::Path(schemas) }
}

/// The table of SELECT INTO.
fn into(mut cursor: Cursor<'_>) -> Option<Name<'_>> {
    loop {
        if cursor.skip_parentheses() {
            continue;
        }
        if cursor.word("from") {
            return None;
        }
        if cursor.word("into") {
            if cursor.one_of(&["temp", "temporary"]) {
                return None;
            }
            cursor.word("unlogged");
            cursor.word("table");
            return cursor.name();
        }
        cursor.token()?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::statements;
    use super::*;

    fn made(dialect: Dialect, script: &str) -> String {
        let mut makes = Makes::new(dialect);
        for statement in statements(dialect, script) {
            makes.see(&statement.unwrap());
        }
        let (made, schemas) = makes.end();
        let mut words: Vec<String> = made
            .iter()
            .map(|made| {
                let leads = match &made.leads {
                    Leads::Session => String::new(),
                    Leads::Path(path) => format!("@{}", path.join("+")),
                    Leads::Unknown => "@?".to_owned(),
                };
                format!("{}{leads}{}", made.name.plain(), if made.drops { "!" } else { "" })
            })
            .collect();
        words.extend(schemas.iter().map(|schema| format!("+{schema}")));
        words.join(" ")
    }

    #[test]
    fn tables_are_found_by_their_names() {
        for (script, expected) in [
            ("CREATE TABLE a (x); CREATE TABLE IF NOT EXISTS b AS SELECT 1", "a b"),
            ("DROP TABLE IF EXISTS a; CREATE TABLE A (x)", "\"A\"!"),
            ("CREATE TEMP TABLE a (x); CREATE TABLE temp.b (x); CREATE TABLE main.c (x)", "main.c"),
            ("CREATE VIRTUAL TABLE f USING fts5 (x); CREATE VIEW v AS SELECT 1; CREATE INDEX i ON a (x)", "f v"),
            ("SELECT 1 INTO x", ""),
        ] {
            assert_eq!(made(Dialect::Sqlite, script), expected, "{script}");
        }
    }

    #[test]
    fn where_names_lead_is_followed() {
        for (script, expected) in [
            ("CREATE UNLOGGED TABLE A (x int); CREATE SCHEMA IF NOT EXISTS s; CREATE TABLE s.b (x int)", "a s.b +s"),
            (
                "SET search_path = app, public; CREATE TABLE a (x int); RESET search_path; CREATE TABLE b (x int)",
                "a@app+public b",
            ),
            ("SET LOCAL search_path TO DEFAULT; CREATE TABLE a (x int)", "a"),
            ("SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.a (x int)", "public.a@"),
            ("SELECT set_config('search_path', x, false) FROM y; CREATE TABLE a (x int)", "a@?"),
            ("SET search_path = \"$user\", public; CREATE TABLE a (x int)", "a@?"),
            ("SELECT 1 AS x, (SELECT 2) AS y INTO a FROM b; SELECT 1 INTO TEMP c; SELECT 1", "a"),
            ("CREATE FOREIGN TABLE f (x int) SERVER s; CREATE MATERIALIZED VIEW m AS SELECT 1", "f m"),
        ] {
            assert_eq!(made(Dialect::Postgres, script), expected, "{script}");
        }
    }
}
