//! `[import.NAME]` and `[database.NAME.import.NAME]`, read.

mod format;

use super::ConfigReader;
use super::map::rule_value;
use crate::config::dotted::dotted;
use crate::config::import::{
    ColumnSource, Duplicates, Existing, FileFormat, ImportColumn, ImportRule, READING, Rewritten,
};
use crate::config::map::ConvertRule;
use crate::convert::{ConvertOptions, RULES};
use crate::document::{TomlKey, TomlTable, TomlValue, in_file_order};
use crate::error::{Code, Error, Result};

const KEYS: [&str; 22] = [
    "root",
    "files",
    "except",
    "format",
    "table",
    "key",
    "columns",
    "ignore",
    "read",
    "on_reject",
    "duplicates",
    "existing",
    "rewritten",
    "secrets",
    "triggers",
    "at",
    "from",
    "pattern",
    "continued",
    "delimiter",
    "names",
    "copy_to",
];
/// Rules that are about rows between two databases, and mean nothing for a file.
const OF_MOVES: [&str; 6] = ["sqlite", "fill", "postgres", "older_than", "before", "orphan"];
/// The keys of a column beside the rules.
const OF_COLUMN: [&str; 7] = ["field", "constant", "path", "object", "lookup", "by", "as"];

impl ConfigReader<'_> {
    /// Reads the sections below `import`, or below `database.NAME.import`, which `section` names.
    pub(super) fn imports(&self, section: &str, value: &TomlValue<'_>) -> Result<Vec<ImportRule>> {
        let rule = |(key, value): (&TomlKey<'_>, &TomlValue<'_>)| self.import_rule(section, key, value);
        in_file_order(self.document.table(Code::InvalidValue, "import", value)?).into_iter().map(rule).collect()
    }

    fn import_rule(&self, section: &str, key: &TomlKey<'_>, value: &TomlValue<'_>) -> Result<ImportRule> {
        let name: &str = key.get_ref();
        let table = self.document.table(Code::InvalidValue, name, value)?;
        for (key, _) in in_file_order(table) {
            self.document.check_key(Code::UnknownKey, key, &KEYS, &format!("in [{section}.{name}]"))?;
        }
        let missing = |wanted: &str, example: &str| {
            self.document
                .error(Code::InvalidValue, key.span(), format!("[{section}.{name}] has no `{wanted}`"))
                .with_hint(format!("for example: {wanted} = {example}"))
        };
        let files = self.one_or_more(table, "files")?.ok_or_else(|| missing("files", "[\"context/*.json\"]"))?;
        for pattern in &files {
            self.pattern_of_files(pattern, table, "files")?;
        }
        let except = self.one_or_more(table, "except")?.unwrap_or_default();
        for pattern in &except {
            self.pattern_of_files(pattern, table, "except")?;
        }
        let format = self.file_format(table)?.ok_or_else(|| missing("format", "\"json\""))?;
        let target = self.text(table, "table")?.ok_or_else(|| missing("table", "\"sessions\""))?;
        let columns = match table.get("columns") {
            Some(columns) => Some(self.import_columns(columns)?),
            None if matches!(format, FileFormat::Sqlite | FileFormat::Csv { .. }) => None,
            None => return Err(missing("columns", "{ id = \"@stem\", body = \"@text\" }")),
        };
        Ok(ImportRule {
            name: name.to_owned(),
            place: self.document.place(key.span()),
            root: self.text(table, "root")?.unwrap_or_else(|| ".".to_owned()),
            files,
            except,
            table: self.table_of_rule(table, &target, &format)?,
            from: self.text(table, "from")?,
            copy_to: self.text(table, "copy_to")?,
            key: self.one_or_more(table, "key")?,
            columns,
            ignore: self.one_or_more(table, "ignore")?.unwrap_or_default(),
            read: self.reading(table)?,
            sets_aside: self.choice(
                table,
                "on_reject",
                &[("stop", false), ("set aside", true), ("set-aside", true)],
            )?,
            duplicates: self.choice(
                table,
                "duplicates",
                &[
                    ("refuse", Duplicates::Refuse),
                    ("first", Duplicates::First),
                    ("last", Duplicates::Last),
                    ("newest", Duplicates::Newest),
                ],
            )?,
            existing: self.choice(
                table,
                "existing",
                &[("refuse", Existing::Refuse), ("keep", Existing::Keep), ("update", Existing::Update)],
            )?,
            rewritten: self.choice(table, "rewritten", &[("refuse", Rewritten::Refuse), ("add", Rewritten::Add)])?,
            takes_secrets: self.choice(table, "secrets", &[("refuse", false), ("import", true)])?,
            fires_triggers: self.choice(table, "triggers", &[("on", true), ("off", false)])?,
            format,
        })
    }

    fn table_of_rule(&self, table: &TomlTable<'_>, target: &str, format: &FileFormat) -> Result<Vec<String>> {
        let parts = dotted(target).filter(|parts| parts.len() <= 2);
        let parts = parts.ok_or_else(|| self.wrong(table, "table", "`table` or `schema.table`"))?;
        if parts == ["*"] && *format != FileFormat::Sqlite {
            return Err(self.wrong(table, "table", "the name of a table; `*` is for the format \"sqlite\""));
        }
        Ok(parts)
    }

    /// `columns`: each by its name.
    fn import_columns(&self, value: &TomlValue<'_>) -> Result<Vec<ImportColumn>> {
        let column = |(key, value): (&TomlKey<'_>, &TomlValue<'_>)| self.import_column(key, value);
        in_file_order(self.document.table(Code::InvalidValue, "columns", value)?).into_iter().map(column).collect()
    }

    fn import_column(&self, key: &TomlKey<'_>, value: &TomlValue<'_>) -> Result<ImportColumn> {
        let name: &str = key.get_ref();
        let mut column = ImportColumn {
            name: name.to_owned(),
            from: ColumnSource::Fields(vec![name.to_owned()]),
            reads_as: None,
            rules: Vec::new(),
            place: self.document.place(key.span()),
        };
        if let Some(field) = value.get_ref().as_str() {
            column.from = ColumnSource::Fields(vec![field.to_owned()]);
            return Ok(column);
        }
        let Some(table) = value.get_ref().as_table() else {
            let message =
                format!("the column `{name}` is the name of a field, or a table of what its value comes from");
            let error = self.document.error(Code::InvalidValue, value.span(), message);
            return Err(error.with_hint(format!("write `{name} = \"field\"`, or `{name} = {{ field = \"field\" }}`")));
        };
        let of_values = RULES.iter().filter(|rule| !OF_MOVES.contains(rule));
        let known: Vec<&str> = OF_COLUMN.iter().chain(of_values).copied().collect();
        let mut sources = 0;
        for (key, value) in in_file_order(table) {
            self.document.check_key(Code::UnknownKey, key, &known, &format!("of the column `{name}`"))?;
            let of_column: &str = key.get_ref();
            match of_column {
                "field" => column.from = ColumnSource::Fields(self.one_or_more(table, "field")?.unwrap_or_default()),
                "object" => column.from = ColumnSource::Object(self.one_or_more(table, "object")?.unwrap_or_default()),
                "constant" => column.from = ColumnSource::Constant(self.scalar(value, of_column)?),
                "path" => column.from = ColumnSource::Path(self.regular(table, "path", 1)?.unwrap_or_default()),
                "lookup" => column.from = self.lookup(table)?,
                // It was read with `lookup`, without which it means nothing.
                "by" if table.contains_key("lookup") => {}
                "by" => return Err(self.wrong(table, "by", "a key beside `lookup`")),
                "as" => column.reads_as = self.text(table, "as")?,
                rule => column.rules.push(self.rule(rule, key, value)?),
            }
            sources += usize::from(!matches!(of_column, "as" | "by") && OF_COLUMN.contains(&of_column));
        }
        if sources > 1 {
            let message = format!("the column `{name}` has {sources} sources, and its value comes from one");
            return Err(self.document.error(Code::InvalidValue, key.span(), message));
        }
        Ok(column)
    }

    /// `lookup = "table.column"`, and `by = { column = "field" }`.
    fn lookup(&self, table: &TomlTable<'_>) -> Result<ColumnSource> {
        let wrong = || {
            let error = self.wrong(table, "lookup", "a column of another table, found `by` others");
            error.with_hint("for example: { lookup = \"projects.id\", by = { name = \"project\" } }")
        };
        let text = self.text(table, "lookup")?.unwrap_or_default();
        let mut parts = dotted(&text).filter(|parts| (2..=3).contains(&parts.len())).ok_or_else(wrong)?;
        let column = parts.pop().ok_or_else(wrong)?;
        let by = table.get("by").and_then(|by| by.get_ref().as_table()).ok_or_else(wrong)?;
        let pair = |(key, value): (&TomlKey<'_>, &TomlValue<'_>)| {
            let field = self.document.string(Code::InvalidValue, key.get_ref(), value)?;
            Ok((key.get_ref().to_string(), field.to_owned()))
        };
        let by: Vec<(String, String)> = in_file_order(by).into_iter().map(pair).collect::<Result<_>>()?;
        if by.is_empty() { Err(wrong()) } else { Ok(ColumnSource::Lookup { table: parts, column, by }) }
    }

    fn rule(&self, name: &str, key: &TomlKey<'_>, value: &TomlValue<'_>) -> Result<ConvertRule> {
        let place = self.document.place(key.span());
        let set = rule_value(value).map(|rule| (ConvertOptions::default().set(name, &rule), rule));
        let expected = match set {
            Some((Ok(()), value)) => return Ok(ConvertRule { name: name.to_owned(), value, place }),
            Some((Err(wrong), _)) => wrong.expected,
            None => "a text, a number, true or false, a list or a table of texts".to_owned(),
        };
        Err(self.document.error(Code::InvalidValue, value.span(), format!("the rule `{name}` takes {expected}")))
    }

    /// `read`: rules for the characters and the JSON of a file.
    fn reading(&self, table: &TomlTable<'_>) -> Result<ConvertOptions> {
        let mut options = ConvertOptions::default();
        let Some(value) = table.get("read") else { return Ok(options) };
        for (key, value) in in_file_order(self.document.table(Code::InvalidValue, "read", value)?) {
            self.document.check_key(Code::UnknownKey, key, &READING, "of how a file is read")?;
            let rule = self.rule(key.get_ref(), key, value)?;
            // It was tried when it was read.
            let _ = options.set(&rule.name, &rule.value);
        }
        Ok(options)
    }

    /// An error about the value of a key.
    pub(super) fn wrong(&self, table: &TomlTable<'_>, key: &str, expected: &str) -> Error {
        let span = table.get(key).map(TomlValue::span).unwrap_or_default();
        self.document.error(Code::InvalidValue, span, format!("`{key}` is {expected}"))
    }
}
