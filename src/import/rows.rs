//! A record as a row: each column from where the rule says, through `convert`.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat};
use regex::Regex;

use super::journal::KeyDigest;
use super::record::{BadRecord, FieldValue, FileRecord};
use super::secret::secret_in;
use super::source::value_at;
use super::table::{ColumnPlan, TablePlan};
use super::walk::FoundFile;
use crate::config::{ColumnSource, FileFormat, ImportRule};
use crate::convert::{ColumnRule, ConvertOptions, StoredValue, TargetType, TargetValue, convert};
use crate::error::Result;
use crate::transfer::append_field;

/// A row that can be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportRow {
    /// Of its record in the file, from 1 on.
    pub(crate) number: u64,
    pub(crate) line: u64,
    pub(crate) values: Vec<TargetValue<'static>>,
    /// None where nothing tells rows apart.
    pub(crate) key: Option<KeyDigest>,
    /// What is to be looked up: the place of the column, and the values by which.
    pub(crate) lookups: Vec<(usize, Vec<String>)>,
    /// About how many bytes it is.
    pub(crate) size: usize,
}

/// Makes rows of the records of a file.
pub(crate) struct RowMaker<'a> {
    rule: &'a ImportRule,
    plan: &'a TablePlan,
    /// What is said of the file, by the names that begin with `@`.
    facts: Vec<(&'static str, FieldValue)>,
    /// What the pattern of a column matches in the path.
    of_path: Vec<Option<Result<String, String>>>,
    used: BTreeSet<&'a str>,
    takes_all: bool,
}

impl<'a> RowMaker<'a> {
    pub(crate) fn new(rule: &'a ImportRule, plan: &'a TablePlan, file: &FoundFile, sha256: &str) -> Self {
        let of_path = plan.columns.iter().map(|column| match &column.from {
            ColumnSource::Path(pattern) => Some(in_path(pattern, &file.path)),
            _ => None,
        });
        let of_path = of_path.collect();
        let mut used: BTreeSet<&str> = rule.ignore.iter().map(String::as_str).collect();
        let mut takes_all = used.contains("*");
        for column in &plan.columns {
            let names = match (&column.from, &column.lookup) {
                (ColumnSource::Fields(names) | ColumnSource::Object(names), _) => names,
                (_, Some((_, fields))) => fields,
                _ => continue,
            };
            for name in names {
                used.insert(name);
                used.extend(name.split('.').next());
                let has_all = matches!(name.as_str(), "@record" | "@value" | "@rest");
                takes_all |= has_all || name == "@text" && matches!(rule.format, FileFormat::Log { .. });
            }
        }
        Self { rule, plan, facts: facts(file, sha256), of_path, used, takes_all }
    }

    /// The row of a record, or why it has none.
    pub(crate) fn row(&self, number: u64, record: &FileRecord) -> Result<ImportRow, BadRecord> {
        if !self.rule.takes_secrets
            && let Some(name) = secret_in(record)
        {
            let reason = format!("`{name}` looks like a secret; `secrets = \"import\"` in the rule takes it");
            return Err(BadRecord::new(record.line, reason));
        }
        let without_column = |name: &&String| !name.starts_with('@') && !self.used.contains(name.as_str());
        let names = record.fields.iter().map(|(name, _)| name);
        if let Some(name) = names.clone().find(|name| !self.takes_all && without_column(name)) {
            let reason =
                format!("the field `{name}` goes into no column; `ignore` in the rule names those that are left out");
            return Err(BadRecord::new(record.line, reason));
        }
        let mut values = Vec::with_capacity(self.plan.columns.len());
        let mut lookups = Vec::new();
        for (at, column) in self.plan.columns.iter().enumerate() {
            if let Some((_, fields)) = &column.lookup {
                let by = self.looked_up_by(column, fields, record);
                lookups.push((at, by.map_err(|reason| BadRecord::new(record.line, reason))?));
                values.push(TargetValue::Null);
                continue;
            }
            let found = self
                .found(at, column, record)
                .map_err(|reason| BadRecord::new(record.line, format!("{}: {reason}", column.name)))?;
            let mut made = String::new();
            let stored = found.stored(&column.rule.target, &mut made);
            values.push(converted(column, stored).map_err(|reason| BadRecord::new(record.line, reason))?);
        }
        let key = if lookups.is_empty() { key_of(self.plan, &values) } else { None };
        Ok(ImportRow { number, line: record.line, key, lookups, values, size: record.size() })
    }

    /// The value that a column gets, as the record or the file has it.
    fn found(&self, at: usize, column: &ColumnPlan, record: &FileRecord) -> Result<FieldValue, String> {
        Ok(match &column.from {
            ColumnSource::Lookup { .. } => FieldValue::Null,
            ColumnSource::Constant(text) => FieldValue::Text(text.clone().into_bytes()),
            ColumnSource::Path(_) => match self.of_path.get(at).cloned().flatten() {
                Some(found) => FieldValue::Text(found?.into_bytes()),
                None => FieldValue::Null,
            },
            ColumnSource::Object(names) => {
                let members = names.iter().filter_map(|name| Some((name.as_str(), self.field(name, record)?)));
                FieldValue::Json(object(members))
            }
            ColumnSource::Fields(names) => {
                let found = names.iter().filter_map(|name| self.field(name, record));
                found.into_iter().find(|value| *value != FieldValue::Null).unwrap_or(FieldValue::Null)
            }
        })
    }

    fn field(&self, name: &str, record: &FileRecord) -> Option<FieldValue> {
        if let Some(value) = record.get(name) {
            return Some(value.clone());
        }
        match name {
            "@line" => return Some(FieldValue::Integer(i64::try_from(record.line).unwrap_or(i64::MAX))),
            "@rest" => {
                let rest = record
                    .fields
                    .iter()
                    .filter(|(name, _)| !name.starts_with('@') && !self.used.contains(name.as_str()));
                return Some(FieldValue::Json(object(rest.map(|(name, value)| (name.as_str(), value.clone())))));
            }
            _ => {}
        }
        if let Some((_, value)) = self.facts.iter().find(|(fact, _)| *fact == name) {
            return Some(value.clone());
        }
        let (first, rest) = name.split_once('.')?;
        match record.get(first)? {
            FieldValue::Json(text) => value_at(text, rest),
            _ => None,
        }
    }

    /// The values by which something is looked up, as texts: the rules of the column are for these.
    fn looked_up_by(&self, column: &ColumnPlan, fields: &[String], record: &FileRecord) -> Result<Vec<String>, String> {
        let rule = ColumnRule { target: TargetType::Text, may_be_null: false, options: column.rule.options.clone() };
        let by = ColumnPlan { rule, ..column.clone() };
        let text = |name: &String| {
            let found = self.field(name, record).unwrap_or(FieldValue::Null);
            match converted(&by, found.stored(&TargetType::Text, &mut String::new()))? {
                TargetValue::Text(text) => Ok(text.into_owned()),
                _ => Err(format!("{}: `{name}` is no text", column.name)),
            }
        };
        fields.iter().map(text).collect()
    }
}

/// What the key of a row is known by.
pub(super) fn key_of(plan: &TablePlan, values: &[TargetValue<'_>]) -> Option<KeyDigest> {
    if plan.key.is_empty() {
        return None;
    }
    let mut bytes = Vec::new();
    for at in &plan.key {
        append_field(&mut bytes, &values[*at], &plan.columns[*at].rule.target);
    }
    Some(KeyDigest::of(&bytes))
}

/// The value that was found, in the type of its column.
pub(super) fn looked_up(column: &ColumnPlan, text: &str) -> Result<TargetValue<'static>, String> {
    let rule = ColumnRule { options: ConvertOptions::default(), ..column.rule.clone() };
    converted(&ColumnPlan { rule, ..column.clone() }, StoredValue::Text(text.as_bytes()))
}

/// A value through the rules of its column.
pub(crate) fn converted(column: &ColumnPlan, stored: StoredValue<'_>) -> Result<TargetValue<'static>, String> {
    match convert(stored, &column.rule) {
        Ok(converted) => Ok(converted.value.into_owned()),
        Err(reason) => {
            let settlement = reason.settlement();
            let rule = settlement.rule().map(|rule| format!("; {} = {{ {rule} }} would settle it", column.name));
            Err(format!("{}: {reason}{}", column.name, rule.unwrap_or_default()))
        }
    }
}

fn object<'f>(members: impl Iterator<Item = (&'f str, FieldValue)>) -> String {
    let member = |(name, value): (&str, FieldValue)| {
        format!("{}: {}", FieldValue::Word(name.trim_start_matches('@').to_owned()).json(), value.json())
    };
    let members: Vec<String> = members.map(member).collect();
    format!("{{{}}}", members.join(", "))
}

fn in_path(pattern: &str, path: &str) -> Result<String, String> {
    let pattern = Regex::new(pattern).map_err(|error| error.to_string())?;
    let found = pattern
        .captures(path)
        .and_then(|parts| parts.iter().skip(1).flatten().next().map(|part| part.as_str().to_owned()));
    found.ok_or_else(|| "the path of the file does not match the pattern".to_owned())
}

fn facts(file: &FoundFile, sha256: &str) -> Vec<(&'static str, FieldValue)> {
    let text = |text: &str| FieldValue::Text(text.as_bytes().to_vec());
    let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let stem = if stem.is_empty() { name } else { stem };
    let modified = DateTime::from_timestamp_micros(file.modified).unwrap_or_default();
    vec![
        ("@path", text(&file.path)),
        ("@folder", text(folder)),
        ("@name", text(name)),
        ("@stem", text(stem)),
        ("@modified", text(&modified.to_rfc3339_opts(SecondsFormat::Millis, true))),
        ("@size", FieldValue::Integer(i64::try_from(file.size).unwrap_or(i64::MAX))),
        ("@sha256", text(sha256)),
    ]
}
