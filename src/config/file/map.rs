//! `[database.NAME.map]`: how the tables of one backend correspond to those of the other.

use std::ops::Range;

use super::ConfigReader;
use crate::config::map::{ColumnPair, Map, OneSided, TablePair, path};
use crate::document::{TomlKey, TomlValue, in_file_order};
use crate::error::{Code, Result};
use crate::sql::Dialect;

const KEYS: [&str; 5] = ["schema", "tables", "columns", "sqlite_only", "postgres_only"];

impl ConfigReader<'_> {
    /// Reads the section that `key` heads. `section` is its name: `database.shop.map`.
    pub(super) fn map(&self, section: &str, key: &TomlKey<'_>, value: &TomlValue<'_>) -> Result<Map> {
        let mut map = Map {
            section: section.to_owned(),
            place: self.document.place(key.span()),
            schema: "public".to_owned(),
            tables: Vec::new(),
            columns: Vec::new(),
            sqlite_only: Vec::new(),
            postgres_only: Vec::new(),
        };
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "map", value)?) {
            self.document.check_key(Code::UnknownKey, key, &KEYS, &format!("in [{section}]"))?;
            match key.get_ref().as_ref() {
                "schema" => {
                    let text = self.document.string(Code::InvalidValue, "schema", value)?;
                    map.schema = self.schema(Dialect::Postgres, "schema", text, value.span())?;
                }
                "tables" => map.tables = self.table_pairs(value)?,
                "columns" => map.columns = self.column_pairs(value)?,
                "sqlite_only" => map.sqlite_only = self.one_sided("sqlite_only", value, 2)?,
                _ => map.postgres_only = self.one_sided("postgres_only", value, 3)?,
            }
        }
        Ok(map)
    }

    fn table_pairs(&self, value: &TomlValue<'_>) -> Result<Vec<TablePair>> {
        let pair = |(key, value): (&TomlKey<'_>, &TomlValue<'_>)| {
            let text = self.document.string(Code::InvalidValue, key.get_ref(), value)?;
            let (schema, postgres) = match <[String; 1]>::try_from(self.path("tables", text, value.span(), 2)?) {
                Ok([table]) => (None, table),
                Err(mut parts) => (Some(parts.swap_remove(0)), parts.swap_remove(0)),
            };
            Ok(TablePair {
                sqlite: key.get_ref().to_string(),
                schema,
                postgres,
                place: self.document.place(key.span()),
            })
        };
        in_file_order(self.document.table(Code::InvalidValue, "tables", value)?).into_iter().map(pair).collect()
    }

    fn column_pairs(&self, value: &TomlValue<'_>) -> Result<Vec<ColumnPair>> {
        let mut pairs = Vec::new();
        for (table, columns) in in_file_order(self.document.table(Code::InvalidValue, "columns", value)?) {
            let columns = columns.get_ref().as_table().ok_or_else(|| {
                let message = format!("`columns` has `{}` without a column", table.get_ref());
                self.document
                    .error(Code::InvalidValue, table.span(), message)
                    .with_hint("write `table.column = \"column\"`: that on SQLite, and its name on PostgreSQL")
            })?;
            for (key, value) in in_file_order(columns) {
                let text = self.document.string(Code::InvalidValue, key.get_ref(), value)?;
                pairs.push(ColumnPair {
                    table: table.get_ref().to_string(),
                    sqlite: key.get_ref().to_string(),
                    postgres: self.path("columns", text, value.span(), 1)?.swap_remove(0),
                    place: self.document.place(key.span()),
                });
            }
        }
        Ok(pairs)
    }

    fn one_sided(&self, key: &str, value: &TomlValue<'_>, most: usize) -> Result<Vec<OneSided>> {
        let name = |(text, span): (&str, Range<usize>)| {
            let place = self.document.place(span.clone());
            Ok(OneSided { path: self.path(key, text, span, most)?, text: text.to_owned(), place })
        };
        self.document.strings(Code::InvalidValue, key, value, "orders.note")?.into_iter().map(name).collect()
    }

    /// A name of at most so many parts.
    fn path(&self, key: &str, text: &str, span: Range<usize>, most: usize) -> Result<Vec<String>> {
        const FORMS: [&str; 3] =
            ["the name of a column", "`table` or `schema.table`", "`schema.table.column`, or less"];
        path(text).filter(|parts| parts.len() <= most).ok_or_else(|| {
            let forms = if key == "sqlite_only" { "`table` or `table.column`" } else { FORMS[most - 1] };
            let message = format!("`{key}` cannot have `{text}`: it is no name of {forms}");
            self.document
                .error(Code::InvalidValue, span, message)
                .with_hint("a name that has a dot of its own is quoted: '\"a.b\".c'")
        })
    }
}
