//! Which tables scripts make, by the names that these get.

use super::cursor::Cursor;
use super::heading::{CreateForm, Heading, Subject};
use super::lexer::TokenKind;
use super::search_path::{self, SearchPathSetting};
use super::{Dialect, Name, Statement, Verb};

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
        cursor.any_word();
        match statement.verb {
            Verb::Create => Heading::created(cursor).into_iter().for_each(|heading| self.create(heading)),
            Verb::Drop => Heading::dropped(cursor).into_iter().for_each(|heading| self.drop(heading)),
            Verb::Set if self.dialect == Dialect::Postgres => self.set(cursor),
            Verb::Reset if cursor.one_of(&["search_path", "all"]) => self.leads = Leads::Session,
            Verb::Select if self.dialect == Dialect::Postgres => self.select(cursor, statement.text),
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

    fn drop(&mut self, heading: Heading<'_>) {
        let mut cursor = heading.name;
        if heading.subject == Subject::Listed("table") {
            self.dropped.extend(cursor.names().iter().map(Name::to_owned));
        }
    }

    fn create(&mut self, heading: Heading<'_>) {
        let mut cursor = heading.name;
        match heading.subject {
            Subject::Listed("schema") if self.dialect == Dialect::Postgres => {
                self.schemas.extend(cursor.part().map(|schema| schema.to_string()));
            }
            Subject::Listed("table" | "foreign table" | "view" | "materialized view")
                if !heading.is_temporary && heading.form != CreateForm::Replacing =>
            {
                cursor.name().iter().for_each(|name| self.make(name));
            }
            _ => {}
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

    fn set(&mut self, cursor: Cursor<'_>) {
        self.leads = match search_path::set(cursor) {
            None => return,
            Some(SearchPathSetting::Default) => Leads::Session,
            Some(SearchPathSetting::Schemas(path)) if path.iter().any(|schema| schema.contains("$user")) => {
                Leads::Unknown
            }
            Some(SearchPathSetting::Schemas(path)) => Leads::Path(path.iter().map(ToString::to_string).collect()),
        };
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
