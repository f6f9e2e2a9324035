//! The values of a rule's keys: texts, lists, choices, patterns, and what a file is.

use globset::GlobBuilder;

use crate::config::file::ConfigReader;
use crate::config::import::FileFormat;
use crate::document::{TomlTable, TomlValue};
use crate::error::{Code, Result};

impl ConfigReader<'_> {
    pub(super) fn text(&self, table: &TomlTable<'_>, key: &str) -> Result<Option<String>> {
        table.get(key).map(|value| self.document.string(Code::InvalidValue, key, value).map(str::to_owned)).transpose()
    }

    /// A text, or a list of texts.
    pub(super) fn one_or_more(&self, table: &TomlTable<'_>, key: &str) -> Result<Option<Vec<String>>> {
        let Some(value) = table.get(key) else { return Ok(None) };
        if let Some(text) = value.get_ref().as_str() {
            return Ok(Some(vec![text.to_owned()]));
        }
        let texts = self.document.strings(Code::InvalidValue, key, value, "name")?;
        Ok(Some(texts.into_iter().map(|(text, _)| text.to_owned()).collect()))
    }

    /// One of some words; the first where the key is not there.
    pub(super) fn choice<T: Copy>(&self, table: &TomlTable<'_>, key: &str, choices: &[(&str, T)]) -> Result<T> {
        let Some(text) = self.text(table, key)? else { return Ok(choices[0].1) };
        let found = choices.iter().find(|(word, _)| *word == text);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
            self.wrong(table, key, &format!("one of {}", words.join(", ")))
        })
    }

    pub(super) fn scalar(&self, value: &TomlValue<'_>, key: &str) -> Result<String> {
        use toml::de::DeValue;

        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            DeValue::Integer(number) => Ok(number.as_str().to_owned()),
            DeValue::Float(number) => Ok(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Ok(flag.to_string()),
            _ => {
                let message = format!("`{key}` is a text, a number, true or false");
                Err(self.document.error(Code::InvalidValue, value.span(), message))
            }
        }
    }

    pub(super) fn pattern_of_files(&self, pattern: &str, table: &TomlTable<'_>, key: &str) -> Result<()> {
        let is_inside = !pattern.starts_with('/') && !pattern.split('/').any(|part| part == "..");
        let read = GlobBuilder::new(pattern).literal_separator(true).build();
        match read {
            Ok(_) if is_inside => Ok(()),
            Ok(_) => Err(self.wrong(table, key, "a list of patterns below `root`: none begins with `/`, or has `..`")),
            Err(error) => Err(self.wrong(table, key, &format!("a list of patterns of files: {}", error.kind()))),
        }
    }

    /// A regular expression with so many groups, or more.
    pub(super) fn regular(&self, table: &TomlTable<'_>, key: &str, groups: usize) -> Result<Option<String>> {
        let Some(text) = self.text(table, key)? else { return Ok(None) };
        match regex::Regex::new(&text) {
            Ok(pattern) if pattern.captures_len() > groups => Ok(Some(text)),
            Ok(_) => Err(self.wrong(table, key, "a regular expression with parentheses around what is meant")),
            Err(error) => {
                let error = self.wrong(table, key, "a regular expression").with_cause(error.to_string());
                Err(error.with_hint("a TOML string in single quotes keeps its backslashes: '^(\\d+)'"))
            }
        }
    }

    /// `format`, with the keys that belong to it.
    pub(super) fn file_format(&self, table: &TomlTable<'_>) -> Result<Option<FileFormat>> {
        let Some(name) = self.text(table, "format")? else { return Ok(None) };
        let at = || -> Result<Vec<String>> {
            Ok(self.text(table, "at")?.map(|text| text.split('.').map(str::to_owned).collect()).unwrap_or_default())
        };
        let format = match name.as_str() {
            "json" => FileFormat::Json { at: at()? },
            "json-entries" => FileFormat::JsonEntries { at: at()? },
            "json-array" => FileFormat::JsonArray { at: at()? },
            "json-lines" => FileFormat::JsonLines,
            "csv" => FileFormat::Csv { delimiter: self.delimiter(table)?, names: self.one_or_more(table, "names")? },
            "markdown" => FileFormat::Markdown,
            "text" => FileFormat::Text,
            "log" => {
                let pattern = self.regular(table, "pattern", 1)?;
                let pattern = pattern.ok_or_else(|| {
                    let error = self.wrong(table, "format", "\"log\", and needs a `pattern` with named parts");
                    error.with_hint("for example: pattern = '^(?<time>\\S+ \\S+) (?<level>\\w+) (?<message>.*)$'")
                })?;
                FileFormat::Log { pattern, continued: self.regular(table, "continued", 0)? }
            }
            "sqlite" => FileFormat::Sqlite,
            "file" => FileFormat::File,
            _ => return Err(self.wrong(table, "format", &format!("one of {}", FileFormat::NAMES.join(", ")))),
        };
        self.refuse_keys_of_others(table, &name)?;
        Ok(Some(format))
    }

    /// A key of another format would be passed over without a word.
    fn refuse_keys_of_others(&self, table: &TomlTable<'_>, format: &str) -> Result<()> {
        let of_formats: [(&str, &[&str]); 7] = [
            ("copy_to", &["file", "text", "json", "markdown"]),
            ("at", &["json", "json-entries", "json-array"]),
            ("from", &["sqlite"]),
            ("pattern", &["log"]),
            ("continued", &["log"]),
            ("delimiter", &["csv"]),
            ("names", &["csv"]),
        ];
        let wrong = of_formats.iter().find(|(key, formats)| table.get(*key).is_some() && !formats.contains(&format));
        match wrong {
            None => Ok(()),
            Some((key, formats)) => Err(self.wrong(table, key, &format!("a key of the format {}", formats.join(", ")))),
        }
    }

    fn delimiter(&self, table: &TomlTable<'_>) -> Result<u8> {
        let Some(text) = self.text(table, "delimiter")? else { return Ok(b',') };
        match text.as_bytes() {
            [byte] if byte.is_ascii() => Ok(*byte),
            _ => Err(self.wrong(table, "delimiter", "one character of ASCII, such as \";\"")),
        }
    }
}
