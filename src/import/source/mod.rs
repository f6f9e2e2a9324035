//! Records out of a file, by its format: behind one trait, each format in a file of its own.

mod csv;
mod entries;
mod lines;
mod log;
mod markdown;
mod sqlite;
mod whole;

pub(crate) use self::entries::{members_as_written, value_at};
pub(crate) use self::sqlite::tables as tables_of_sqlite;

use std::io::{self, BufReader, Read};
use std::path::Path;

use super::record::{BadRecord, FileRecord};
use crate::config::{FileFormat, ImportRule, READING};
use crate::convert::{ColumnRule, ConvertOptions, StoredValue, TargetType, TargetValue, convert};
use crate::error::Result;

/// The records of a file, in their order.
pub(crate) trait RecordSource {
    /// The next one, or why it is none. None once the file has ended.
    ///
    /// # Errors
    ///
    /// The file cannot be read on.
    fn next(&mut self) -> io::Result<Option<Result<FileRecord, BadRecord>>>;
}

/// The names of the fields of a file whose format has them at its head.
pub(crate) fn field_names(rule: &ImportRule, path: &Path) -> Result<Option<Vec<String>>, BadRecord> {
    match &rule.format {
        FileFormat::Csv { delimiter, names } => {
            let content = super::content::open(path).map_err(|error| BadRecord::new(1, error.to_string()))?;
            csv::CsvSource::begin(content, *delimiter, names.as_deref(), &rule.read).map(|source| Some(source.names()))
        }
        FileFormat::Sqlite => sqlite::columns(path, source_table(rule)).map(Some),
        _ => Ok(None),
    }
}

/// The table of a SQLite file that a rule takes.
pub(crate) fn source_table(rule: &ImportRule) -> &str {
    rule.from.as_deref().or(rule.table.last().map(String::as_str)).unwrap_or_default()
}

/// Begins to read a file.
///
/// # Errors
///
/// It cannot be read as what it is said to be.
pub(crate) fn open(
    rule: &ImportRule,
    path: &Path,
    content: Box<dyn Read + Send>,
) -> Result<Box<dyn RecordSource>, BadRecord> {
    let read = &rule.read;
    Ok(match &rule.format {
        FileFormat::Json { at } => Box::new(whole::records(content, |text| whole::document(text, at, read))),
        FileFormat::JsonEntries { at } => Box::new(whole::records(content, |text| entries::members(text, at, read))),
        FileFormat::JsonArray { at } => Box::new(whole::records(content, |text| entries::elements(text, at, read))),
        FileFormat::Markdown => Box::new(whole::records(content, |text| markdown::record(text, read))),
        FileFormat::Text => Box::new(whole::records(content, |text| whole::text(text, read))),
        FileFormat::File => Box::new(whole::nothing()),
        FileFormat::JsonLines => Box::new(lines::JsonLines::begin(BufReader::new(content), read)),
        FileFormat::Csv { delimiter, names } => {
            Box::new(csv::CsvSource::begin(content, *delimiter, names.as_deref(), read)?)
        }
        FileFormat::Log { pattern, continued } => {
            Box::new(log::LogSource::begin(BufReader::new(content), pattern, continued.as_deref(), read)?)
        }
        FileFormat::Sqlite => Box::new(sqlite::SqliteSource::begin(path, source_table(rule))?),
    })
}

/// The text of JSON that bytes are, by the rules of the file.
fn json_text(bytes: &[u8], read: &ConvertOptions, line: u64) -> Result<String, BadRecord> {
    text_of(bytes, TargetType::Jsonb, read, line)
}

/// The characters that bytes are, by the rules of the file.
fn plain_text(bytes: &[u8], read: &ConvertOptions, line: u64) -> Result<String, BadRecord> {
    text_of(bytes, TargetType::Text, read, line)
}

fn text_of(bytes: &[u8], target: TargetType, read: &ConvertOptions, line: u64) -> Result<String, BadRecord> {
    let rule = ColumnRule { target, may_be_null: false, options: read.clone() };
    let bytes = if rule.target == TargetType::Text { without_mark(bytes, read, line)? } else { bytes };
    match convert(StoredValue::Text(bytes), &rule) {
        Ok(converted) => match converted.value {
            TargetValue::Text(text) | TargetValue::Json(text) => Ok(text.into_owned()),
            _ => Err(BadRecord::new(line, "it is no text")),
        },
        Err(reason) => {
            let settlement = reason.settlement();
            let rule = settlement.rule().filter(|rule| READING.iter().any(|name| rule.starts_with(name)));
            let rule = rule.map(|rule| format!("; read = {{ {rule} }} would settle it"));
            Err(BadRecord::new(line, format!("{reason}{}", rule.unwrap_or_default())))
        }
    }
}

/// A byte order mark is no part of a text, and a rule says so.
fn without_mark<'b>(bytes: &'b [u8], read: &ConvertOptions, line: u64) -> Result<&'b [u8], BadRecord> {
    match bytes.strip_prefix(b"\xef\xbb\xbf") {
        None => Ok(bytes),
        Some(rest) if read.json.bom => Ok(rest),
        Some(_) => {
            Err(BadRecord::new(line, "a byte order mark stands in front; read = { bom = \"strip\" } would settle it"))
        }
    }
}
