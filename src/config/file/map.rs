//! `[database.NAME.map]`: how the tables of one backend correspond to those of the other.

use std::ops::Range;

use super::ConfigReader;
use crate::config::dotted::dotted;
use crate::config::map::{
    ColumnPair, ConvertLine, ConvertRule, CopySettings, KeptRow, Map, OneSided, TablePair, TypeLine, UniqueLine,
};
use crate::convert::{ConvertOptions, RULES, RuleValue};
use crate::document::{TomlKey, TomlTable, TomlValue, in_file_order};
use crate::error::{Code, Result};
use crate::sql::Dialect;
use crate::version::Version;

const KEYS: [&str; 10] =
    ["schema", "at", "tables", "columns", "sqlite_only", "postgres_only", "convert", "unique", "types", "copy"];
const COPY_KEYS: [&str; 4] = ["on_reject", "batch", "jobs", "first"];

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
            convert: Vec::new(),
            types: Vec::new(),
            unique: Vec::new(),
            at: Vec::new(),
            copy: CopySettings::default(),
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
                "at" => map.at = self.versions_of_map(value)?,
                "convert" => map.convert = self.convert_lines(value)?,
                "unique" => map.unique = self.unique_lines(value)?,
                "copy" => map.copy = self.copy_settings(value)?,
                "types" => map.types = self.type_lines(value)?,
                "sqlite_only" => map.sqlite_only = self.one_sided("sqlite_only", value, 2)?,
                _ => map.postgres_only = self.one_sided("postgres_only", value, 3)?,
            }
        }
        Ok(map)
    }

    /// `[map.copy]`.
    fn copy_settings(&self, value: &TomlValue<'_>) -> Result<CopySettings> {
        let mut settings = CopySettings::default();
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "copy", value)?) {
            self.document.check_key(Code::UnknownKey, key, &COPY_KEYS, "in [map.copy]")?;
            let number = || value.get_ref().as_integer().and_then(|number| number.as_str().parse::<u64>().ok());
            let wrong = |expected: &str| {
                let message = format!("`{}` is {expected}", key.get_ref());
                self.document.error(Code::InvalidValue, value.span(), message)
            };
            match key.get_ref().as_ref() {
                "on_reject" => {
                    settings.sets_aside = Some(match value.get_ref().as_str() {
                        Some("stop") => false,
                        Some("set aside" | "set-aside") => true,
                        _ => return Err(wrong("\"stop\" or \"set aside\"")),
                    });
                }
                "batch" => {
                    settings.batch = Some(number().filter(|rows| *rows > 0).ok_or_else(|| wrong("a number of rows"))?);
                }
                "jobs" => {
                    let jobs =
                        number().and_then(|jobs| u16::try_from(jobs).ok()).filter(|jobs| (1..=64).contains(jobs));
                    settings.jobs = Some(jobs.ok_or_else(|| wrong("a number from 1 to 64"))?);
                }
                _ => {
                    let names = self.document.strings(Code::InvalidValue, "first", value, "events")?;
                    settings.first =
                        names.into_iter().map(|(name, span)| (name.to_owned(), self.document.place(span))).collect();
                }
            }
        }
        Ok(settings)
    }

    /// `at = { sqlite = 5, postgres = 7 }`.
    fn versions_of_map(&self, value: &TomlValue<'_>) -> Result<Vec<(Dialect, Version)>> {
        let mut versions = Vec::new();
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "at", value)?) {
            self.document.check_key(Code::UnknownKey, key, &["sqlite", "postgres"], "in `at`")?;
            let dialect = if key.get_ref() == "sqlite" { Dialect::Sqlite } else { Dialect::Postgres };
            let number =
                value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok()).and_then(Version::new);
            let version = number.ok_or_else(|| {
                let message = format!("`{}` in `at` is the number of a version", key.get_ref());
                self.document
                    .error(Code::InvalidValue, value.span(), message)
                    .with_hint("for example: at = { postgres = 7 }")
            })?;
            versions.push((dialect, version));
        }
        Ok(versions)
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

    /// `table.column = { rule = value }`; one or both may be patterns, which TOML wants quoted: `"*".created_at`, or `"*.created_at"`.
    fn convert_lines(&self, value: &TomlValue<'_>) -> Result<Vec<ConvertLine>> {
        let mut lines = Vec::new();
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "convert", value)?) {
            let name: &str = key.get_ref();
            let rules = self.document.table(Code::InvalidValue, name, value)?;
            if let Some([table, column]) = dotted(name).and_then(|parts| <[String; 2]>::try_from(parts).ok()) {
                lines.push(self.convert_line(table, column, key, rules)?);
                continue;
            }
            for (column, rules) in in_file_order(rules) {
                let of = rules.get_ref().as_table().ok_or_else(|| {
                    let message = format!("`convert` has `{name}.{}` without a table of rules", column.get_ref());
                    self.document.error(Code::InvalidValue, column.span(), message).with_hint(
                        "write `table.column = { zone = \"UTC\" }`: the names of the table and column on SQLite",
                    )
                })?;
                lines.push(self.convert_line(name.to_owned(), column.get_ref().to_string(), column, of)?);
            }
        }
        Ok(lines)
    }

    /// `table.constraint = "first"`.
    fn unique_lines(&self, value: &TomlValue<'_>) -> Result<Vec<UniqueLine>> {
        let mut lines = Vec::new();
        for (table, constraints) in in_file_order(self.document.table(Code::InvalidValue, "unique", value)?) {
            for (key, value) in in_file_order(self.document.table(Code::InvalidValue, table.get_ref(), constraints)?) {
                let keep = match value.get_ref().as_str() {
                    Some("first") => KeptRow::First,
                    Some("last") => KeptRow::Last,
                    _ => {
                        let message =
                            format!("`{}` in `unique` is \"first\" or \"last\": which one stays", key.get_ref());
                        return Err(self.document.error(Code::InvalidValue, value.span(), message));
                    }
                };
                lines.push(UniqueLine {
                    table: table.get_ref().to_string(),
                    constraint: key.get_ref().to_string(),
                    keep,
                    place: self.document.place(key.span()),
                });
            }
        }
        Ok(lines)
    }

    /// `table.column = "type"`; one or both may be patterns, as in `convert`.
    fn type_lines(&self, value: &TomlValue<'_>) -> Result<Vec<TypeLine>> {
        let line = |table: &str, column: &str, key: &TomlKey<'_>, value: &TomlValue<'_>| {
            let datatype = self.document.string(Code::InvalidValue, column, value)?.trim().to_owned();
            let is_type = datatype.starts_with(|first: char| first.is_alphabetic() || first == '"');
            if !is_type || datatype.contains([';', '\n']) || datatype.contains("--") {
                let message = format!("`types` cannot have `{datatype}`: it is no type of PostgreSQL");
                let hint = "write it as a migration would: \"numeric(10,2)\"";
                return Err(self.document.error(Code::InvalidValue, value.span(), message).with_hint(hint));
            }
            let place = self.document.place(key.span());
            Ok(TypeLine { table: table.to_owned(), column: column.to_owned(), datatype, place })
        };
        let mut lines = Vec::new();
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "types", value)?) {
            let name: &str = key.get_ref();
            if let Some([table, column]) = dotted(name).and_then(|parts| <[String; 2]>::try_from(parts).ok()) {
                lines.push(line(&table, &column, key, value)?);
                continue;
            }
            for (column, value) in in_file_order(self.document.table(Code::InvalidValue, name, value)?) {
                lines.push(line(name, column.get_ref(), column, value)?);
            }
        }
        Ok(lines)
    }

    fn convert_line(
        &self,
        table: String,
        column: String,
        key: &TomlKey<'_>,
        rules: &TomlTable<'_>,
    ) -> Result<ConvertLine> {
        let mut line = ConvertLine { table, column, rules: Vec::new(), place: self.document.place(key.span()) };
        for (key, value) in in_file_order(rules) {
            let name: &str = key.get_ref();
            self.document.check_key(Code::UnknownKey, key, RULES, "as a rule")?;
            let rule = rule_value(value);
            let set = rule.as_ref().map(|rule| ConvertOptions::default().set(name, rule));
            let expected = match set {
                Some(Ok(())) => None,
                Some(Err(wrong)) => Some(wrong.expected),
                None => Some("a text, a number, true or false, a list or a table of texts".to_owned()),
            };
            if let Some(expected) = expected {
                let message = format!("the rule `{name}` takes {expected}");
                return Err(self.document.error(Code::InvalidValue, value.span(), message));
            }
            let place = self.document.place(key.span());
            line.rules.extend(rule.map(|value| ConvertRule { name: name.to_owned(), value, place }));
        }
        Ok(line)
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
        dotted(text).filter(|parts| parts.len() <= most).ok_or_else(|| {
            let forms = if key == "sqlite_only" { "`table` or `table.column`" } else { FORMS[most - 1] };
            let message = format!("`{key}` cannot have `{text}`: it is no name of {forms}");
            self.document
                .error(Code::InvalidValue, span, message)
                .with_hint("a name that has a dot of its own is quoted: '\"a.b\".c'")
        })
    }
}

/// The value of a rule. `None` where it is of none of the types that rules have.
pub(super) fn rule_value(value: &TomlValue<'_>) -> Option<RuleValue> {
    use toml::de::DeValue;

    let scalar = |value: &TomlValue<'_>| match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    };
    Some(match value.get_ref() {
        DeValue::Boolean(flag) => RuleValue::Boolean(*flag),
        DeValue::String(text) => RuleValue::Text(text.to_string()),
        DeValue::Integer(_) | DeValue::Float(_) => RuleValue::Number(scalar(value)?),
        DeValue::Array(list) => RuleValue::List(list.iter().map(scalar).collect::<Option<_>>()?),
        DeValue::Table(table) => {
            let entry =
                |(key, value): (&TomlKey<'_>, &TomlValue<'_>)| Some((key.get_ref().to_string(), scalar(value)?));
            RuleValue::Table(in_file_order(table).into_iter().map(entry).collect::<Option<_>>()?)
        }
        DeValue::Datetime(_) => return None,
    })
}
