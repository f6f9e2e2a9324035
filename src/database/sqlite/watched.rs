//! The tables of a database while a step runs: those that were there when it began, and under which names they are found now.

use rusqlite::Connection;

use super::count;
use super::tables::{is_own, recorded};
use crate::sql::{Name, Shape, Statement, StatementKind};

const MAIN: &str = "main";

/// The tables that were there when a step began, and where that is asked for, those that it makes.
pub(super) struct WatchedTables<'c> {
    connection: &'c Connection,
    pub(super) list: Vec<Watched>,
    /// What stands in the tables of the history is the runner's own.
    history: String,
    /// The databases whose tables are known.
    schemas: Vec<String>,
}

/// A table that was there when the step began, or that it has made.
pub(super) struct Watched {
    /// As it is called now; none once it is dropped.
    pub(super) now: Option<Name<'static>>,
    /// As it was called.
    pub(super) origin: Name<'static>,
    pub(super) columns: Vec<WatchedColumn>,
    pub(super) is_virtual: bool,
    /// Whether the step has made it.
    pub(super) is_made: bool,
    /// As it was called when it was dropped.
    pub(super) last: Option<Name<'static>>,
    /// Whether a table that the step has made goes on in its place.
    pub(super) is_continued: bool,
}

#[derive(Debug, Clone)]
pub(super) struct WatchedColumn {
    pub(super) name: String,
    /// As it was called; none of a column that the step has added.
    pub(super) origin: Option<String>,
    /// As it was called when the step began, or made it.
    pub(super) first: String,
}

impl<'c> WatchedTables<'c> {
    pub(super) fn new(connection: &'c Connection, history: &str) -> Self {
        Self { connection, list: Vec::new(), history: history.to_owned(), schemas: Vec::new() }
    }

    /// The history and its log.
    pub(super) fn recorded(&self) -> [String; 2] {
        recorded(&self.history)
    }

    /// Adds the tables of databases that were not there before: of all of them at first, then of those that the step attaches. Returns the texts
    /// that made these tables and their triggers.
    pub(super) fn find(&mut self) -> rusqlite::Result<Vec<String>> {
        let sql = "SELECT name FROM pragma_database_list ORDER BY seq";
        let schemas: Vec<String> =
            self.connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut texts = Vec::new();
        for schema in schemas.into_iter().filter(|schema| !self.schemas.contains(schema)).collect::<Vec<_>>() {
            for (name, is_virtual, text) in count::tables(self.connection, &schema)? {
                texts.push(text);
                self.add(&schema, name, is_virtual, false)?;
            }
            let sql = format!("SELECT sql FROM {} WHERE type = 'trigger'", count::schema_table(&schema));
            let triggers =
                self.connection.prepare(&sql)?.query_map([], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?;
            texts.extend(triggers);
            self.schemas.push(schema);
        }
        Ok(texts)
    }

    /// Adds the tables of the database itself that are not known: those that the step has made.
    pub(super) fn find_made(&mut self) -> rusqlite::Result<()> {
        for (name, is_virtual, _) in count::tables(self.connection, MAIN)? {
            let is_it = |now: &Name<'_>| now.schema.as_deref() == Some(MAIN) && now.name.eq_ignore_ascii_case(&name);
            if !self.list.iter().any(|table| table.now.as_ref().is_some_and(is_it)) {
                self.add(MAIN, name, is_virtual, true)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, schema: &str, name: String, is_virtual: bool, is_made: bool) -> rusqlite::Result<()> {
        if schema == MAIN && is_own(&self.history, &name) {
            return Ok(());
        }
        let shown = (schema != MAIN).then(|| schema.to_owned().into());
        let origin = Name { schema: shown, name: name.clone().into() };
        let now = Name { schema: Some(schema.to_owned().into()), name: name.into() };
        let known =
            |name: String| WatchedColumn { origin: (!is_made).then(|| name.clone()), first: name.clone(), name };
        let columns = count::columns(self.connection, &now)?.into_iter().map(known).collect();
        self.list.push(Watched {
            now: Some(now),
            origin,
            columns,
            is_virtual,
            is_made,
            last: None,
            is_continued: false,
        });
        Ok(())
    }

    /// Takes note of what a statement that writes no rows has done to names.
    pub(super) fn follow(&mut self, statement: &Statement<'_>) -> rusqlite::Result<()> {
        if let StatementKind::Shape(Shape::RenameTable { from, to }) = &statement.kind
            && let Some(at) = self.resolve(from)
            && let Some(now) = &mut self.list[at].now
        {
            now.name = to.name.clone().into_owned().into();
        }
        for at in 0..self.list.len() {
            let Some(now) = self.list[at].now.clone() else { continue };
            let columns = count::columns(self.connection, &now)?;
            let table = &mut self.list[at];
            if columns.is_empty() {
                table.last = table.now.take();
                continue;
            }
            if columns.len() == table.columns.len() {
                // The same, or one of them has another name.
                table.columns.iter_mut().zip(columns).for_each(|(known, name)| known.name = name);
            } else {
                let known = std::mem::take(&mut table.columns);
                let column = |name: String| {
                    let same = known.iter().find(|known| known.name == name).cloned();
                    same.unwrap_or_else(|| WatchedColumn { origin: None, first: name.clone(), name })
                };
                table.columns = columns.into_iter().map(column).collect();
            }
        }
        Ok(())
    }

    /// The table that a name is: a temporary one before others, as SQLite looks for it.
    pub(super) fn resolve(&self, name: &Name<'_>) -> Option<usize> {
        let rank = |table: &Watched| match table.now.as_ref().and_then(|now| now.schema.as_deref()) {
            Some("temp") => 0,
            Some("main") => 1,
            _ => 2,
        };
        let found =
            self.list.iter().enumerate().filter(|(_, table)| table.now.as_ref().is_some_and(|now| now.may_be(name)));
        found.min_by_key(|(at, table)| (rank(table), *at)).map(|(at, _)| at)
    }
}

/// Whether rows may be replaced, by the text of a script, a table or a trigger.
pub(super) fn has_word_replace(text: &str) -> bool {
    text.to_ascii_lowercase().contains("replace")
}
