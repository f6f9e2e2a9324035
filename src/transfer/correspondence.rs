//! Which table and column of the one backend is which of the other.

use super::{MappedColumn, MappedTable};
use crate::catalog::is_like;
use crate::config::{ColumnPair, Map, OneSided, TablePair};
use crate::sql::Plain;

/// The tables of both backends, with the map that says how they correspond. What has the same name needs no line.
#[derive(Clone, Copy)]
pub(super) struct Correspondence<'a> {
    pub(super) map: &'a Map,
    pub(super) sqlite: &'a [MappedTable],
    pub(super) postgres: &'a [MappedTable],
}

impl<'a> Correspondence<'a> {
    pub(super) fn on_sqlite(&self, name: &str) -> Option<&'a MappedTable> {
        self.sqlite.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn pair(&self, pair: &TablePair) -> Option<&'a MappedTable> {
        let schema = pair.schema.as_ref().unwrap_or(&self.map.schema);
        self.postgres.iter().find(|table| table.schema.as_ref() == Some(schema) && table.name == pair.postgres)
    }

    /// The table on PostgreSQL: the one that the map names, else the one of the same name.
    pub(super) fn counterpart(&self, sqlite: &MappedTable) -> Option<&'a MappedTable> {
        if let Some(pair) = self.map.tables.iter().find(|pair| pair.sqlite.eq_ignore_ascii_case(&sqlite.name)) {
            return self.pair(pair);
        }
        let is_same = |table: &&MappedTable| {
            table.schema.as_ref() == Some(&self.map.schema) && table.name.eq_ignore_ascii_case(&sqlite.name)
        };
        self.postgres.iter().find(is_same)
    }

    pub(super) fn counterpart_of<'t>(
        &self,
        table: &MappedTable,
        sqlite: &MappedColumn,
        postgres: &'t MappedTable,
    ) -> Option<&'t MappedColumn> {
        match self.map.columns.iter().find(|pair| is_of(pair, table, sqlite)) {
            Some(pair) => postgres.columns.iter().find(|column| column.name == pair.postgres),
            None => column(postgres, &sqlite.name),
        }
    }

    /// The column on PostgreSQL into which one of SQLite is moved: none where the map says that it stays, or where both sides compute it.
    pub(super) fn moved_to<'t>(
        &self,
        table: &MappedTable,
        sqlite: &MappedColumn,
        postgres: &'t MappedTable,
    ) -> Option<&'t MappedColumn> {
        let stays = self.map.sqlite_only.iter().any(|line| self.is_column(line, table, sqlite));
        let is_moved = |found: &&MappedColumn| !(stays || sqlite.is_generated && found.is_generated);
        self.counterpart_of(table, sqlite, postgres).filter(is_moved)
    }

    /// Whether a rule gives values to a column that PostgreSQL alone has.
    #[cfg_attr(
        not(feature = "project"),
        expect(clippy::unused_self, reason = "rules come of schema.toml, which the command reads")
    )]
    pub(super) fn is_supplied(&self, table: &MappedTable, column: &MappedColumn) -> bool {
        #[cfg(feature = "project")]
        return self.map.supplies(&table.name, &column.name);
        #[cfg(not(feature = "project"))]
        {
            // Without schema.toml nobody writes such a rule.
            let _ = (table, column);
            false
        }
    }

    pub(super) fn is_table(&self, line: &OneSided, table: &MappedTable) -> bool {
        self.paths_of(table).any(|path| is_path(&line.path, &path))
    }

    pub(super) fn is_column(&self, line: &OneSided, table: &MappedTable, column: &MappedColumn) -> bool {
        let Some((last, path)) = line.path.split_last() else { return false };
        is_path(std::slice::from_ref(last), &[column.name.as_str()])
            && self.paths_of(table).any(|of| is_path(path, &of))
    }

    /// The names of a table: with its schema, and without it where it is in that of the map.
    fn paths_of<'t>(&self, table: &'t MappedTable) -> impl Iterator<Item = Vec<&'t str>> {
        let bare = table.schema.as_ref().is_none_or(|schema| *schema == self.map.schema);
        let qualified = table.schema.as_ref().map(|schema| vec![schema.as_str(), table.name.as_str()]);
        bare.then(|| vec![table.name.as_str()]).into_iter().chain(qualified)
    }
}

pub(super) fn is_of(pair: &ColumnPair, table: &MappedTable, column: &MappedColumn) -> bool {
    pair.table.eq_ignore_ascii_case(&table.name) && pair.sqlite.eq_ignore_ascii_case(&column.name)
}

pub(super) fn column<'t>(table: &'t MappedTable, name: &str) -> Option<&'t MappedColumn> {
    table.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}

fn is_path(line: &[String], path: &[&str]) -> bool {
    line.len() == path.len()
        && line.iter().zip(path).all(|(part, name)| is_like(&part.to_lowercase(), &name.to_lowercase()))
}

/// A table with its schema.
pub(super) fn shown(table: &MappedTable) -> String {
    let schema = table.schema.as_ref().map(|schema| format!("{}.", Plain(schema))).unwrap_or_default();
    format!("{schema}{}", Plain(&table.name))
}
