//! The history's tables by name.

use crate::config::Options;
use crate::history::{MoveTable, UndoTable, journals_beside};
use crate::sql::{Ident, Plain};

/// The history table and its log, by name.
pub(super) struct Tables {
    /// As configured, or as found once the server was asked.
    pub(super) schema: Option<String>,
    pub(super) name: String,
}

impl Tables {
    pub(super) fn new(options: &Options) -> Self {
        Self { schema: options.schema.clone(), name: options.table.clone() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn schema(&self) -> &str {
        self.schema.as_deref().unwrap_or_default()
    }

    /// Fixes the schema: a step may change the search path.
    pub(super) fn resolve(&mut self, schema: String) {
        self.schema = Some(schema);
    }

    pub(super) fn qualified(&self, name: &str) -> String {
        match &self.schema {
            Some(schema) => format!("{}.{}", Ident(schema), Ident(name)),
            None => Ident(name).to_string(),
        }
    }

    pub(super) fn history(&self) -> String {
        self.qualified(&self.name)
    }

    /// For messages.
    pub(super) fn shown(&self) -> String {
        self.plain(&self.name)
    }

    pub(super) fn log_shown(&self) -> String {
        self.plain(&format!("{}_log", self.name))
    }

    pub(super) fn shown_of_undo(&self, table: UndoTable) -> String {
        self.plain(&table.name(&self.name))
    }

    fn plain(&self, name: &str) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{}.", Plain(schema)));
        format!("{}{}", schema.unwrap_or_default(), Plain(name))
    }

    /// All that is recorded here of migrations, moves and imports, which no comparison is about.
    pub(super) fn own(&self) -> Vec<String> {
        let journals = journals_beside(&self.name).map(|name| self.qualified(&name));
        [self.history(), self.log()].into_iter().chain(journals).collect()
    }

    /// What a step writes itself: the history, its log, and what is kept of rows.
    pub(super) fn recorded(&self) -> Vec<String> {
        let kept = UndoTable::ALL.map(|table| self.of_undo(table));
        [self.history(), self.log()].into_iter().chain(kept).collect()
    }

    /// A table in which is kept what ups did to rows.
    pub(super) fn of_undo(&self, table: UndoTable) -> String {
        self.qualified(&table.name(&self.name))
    }

    /// A table in which a move of data is recorded.
    pub(super) fn of_move(&self, table: MoveTable) -> String {
        self.qualified(&table.name(&self.name))
    }

    /// Whether a table in the history's schema is the history's, a move's or an import's.
    pub(super) fn is_own(&self, name: &str) -> bool {
        let is_journal = || journals_beside(&self.name).any(|journal| journal == name);
        name == self.name || name == format!("{}_log", self.name) || is_journal()
    }

    pub(super) fn log(&self) -> String {
        self.qualified(&format!("{}_log", self.name))
    }
}
