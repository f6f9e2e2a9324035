//! JSON taken apart into members and elements, each as it was written: no number goes through a double.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json_text;
use crate::convert::ConvertOptions;
use crate::error::Result;
use crate::import::record::{BadRecord, FieldValue, FileRecord};

/// The members of an object, in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfObject;

        impl<'de> Visitor<'de> for OfObject {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(OfObject).map(Members)
    }
}

/// The part of a document to which a path leads, and its line.
pub(super) fn at_part<'t>(text: &'t str, at: &[String]) -> Result<(&'t str, u64), BadRecord> {
    let mut part = text.trim();
    for name in at {
        let member = || members_of(part)?.into_iter().find(|(key, _)| key == name).map(|(_, raw)| raw);
        let item = || {
            let items: Vec<&RawValue> = serde_json::from_str(part).ok()?;
            items.get(name.parse::<usize>().ok()?).copied()
        };
        let missing = || BadRecord::new(line_of(text, part), format!("it has no part `{}`", at.join(".")));
        part = member().or_else(item).ok_or_else(missing)?.get();
    }
    Ok((part, line_of(text, part)))
}

fn members_of(text: &str) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str::<Members<'_>>(text).ok().map(|members| members.0)
}

/// The members of an object with their values as they were written.
pub(crate) fn members_as_written(text: &str) -> Option<Vec<(String, String)>> {
    Some(members_of(text)?.into_iter().map(|(name, raw)| (name, raw.get().to_owned())).collect())
}

/// Tells the lines of parts of a text, which are asked for in their order.
struct LineCounter<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line on which a part begins.
    fn line(&mut self, part: &str) -> u64 {
        let to = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize).min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..to).unwrap_or_default();
        self.line += passed.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.at = self.at.max(to);
        self.line
    }
}

fn line_of(text: &str, part: &str) -> u64 {
    LineCounter::new(text).line(part)
}

/// A record with the members of an object as its fields. What is no object has none.
pub(super) fn fields_of(text: &str, mut record: FileRecord) -> Result<FileRecord, BadRecord> {
    let Some(members) = members_of(text) else { return Ok(record) };
    for (name, raw) in members {
        let value = value_of(raw.get()).ok_or_else(|| {
            BadRecord::new(record.line, format!("the string of `{name}` cannot be read: half of a surrogate pair"))
        })?;
        record.fields.push((name, value));
    }
    Ok(record)
}

/// A value of JSON as a field. None where its string cannot be read.
pub(super) fn value_of(raw: &str) -> Option<FieldValue> {
    Some(match raw.as_bytes().first()? {
        b'n' => FieldValue::Null,
        b't' => FieldValue::Boolean(true),
        b'f' => FieldValue::Boolean(false),
        b'"' => FieldValue::Word(serde_json::from_str(raw).ok()?),
        b'{' | b'[' => FieldValue::Json(raw.to_owned()),
        _ => FieldValue::Number(raw.to_owned()),
    })
}

/// The value to which a path with dots leads in a text of JSON.
pub(crate) fn value_at(text: &str, path: &str) -> Option<FieldValue> {
    let at: Vec<String> = path.split('.').map(str::to_owned).collect();
    value_of(at_part(text, &at).ok()?.0)
}

/// Each member of an object as a record: `@key`, `@value`, and the members of the value.
pub(super) fn members(bytes: &[u8], at: &[String], read: &ConvertOptions) -> Vec<Result<FileRecord, BadRecord>> {
    taken(bytes, at, read, |text, part, line| {
        let members = members_of(part).ok_or_else(|| BadRecord::new(line, "it is no object"))?;
        let mut lines = LineCounter::new(text);
        let record = |(key, raw): (String, &RawValue)| {
            let line = lines.line(raw.get());
            of_part(raw.get(), FileRecord::new(line).with("@key", FieldValue::Word(key)))
        };
        Ok(members.into_iter().map(record).collect())
    })
}

/// Each element of an array as a record.
pub(super) fn elements(bytes: &[u8], at: &[String], read: &ConvertOptions) -> Vec<Result<FileRecord, BadRecord>> {
    taken(bytes, at, read, |text, part, line| {
        let elements: Vec<&RawValue> =
            serde_json::from_str(part).map_err(|_| BadRecord::new(line, "it is no array"))?;
        let mut lines = LineCounter::new(text);
        let record = |raw: &RawValue| of_part(raw.get(), FileRecord::new(lines.line(raw.get())));
        Ok(elements.into_iter().map(record).collect())
    })
}

type TakenRecords = Result<Vec<Result<FileRecord, BadRecord>>, BadRecord>;

fn taken(
    bytes: &[u8],
    at: &[String],
    read: &ConvertOptions,
    take: impl FnOnce(&str, &str, u64) -> TakenRecords,
) -> Vec<Result<FileRecord, BadRecord>> {
    let records = || {
        let text = json_text(bytes, read, 1)?;
        let (part, line) = at_part(&text, at)?;
        take(&text, part, line)
    };
    records().unwrap_or_else(|bad| vec![Err(bad)])
}

fn of_part(raw: &str, record: FileRecord) -> Result<FileRecord, BadRecord> {
    let line = record.line;
    let value = value_of(raw).ok_or_else(|| BadRecord::new(line, "half of a surrogate pair in a string"))?;
    // An array of arrays has its fields by their numbers.
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        let mut record = record.with("@value", value);
        for (at, item) in items.into_iter().enumerate() {
            let value = value_of(item.get());
            record
                .fields
                .push((at.to_string(), value.ok_or_else(|| BadRecord::new(line, "half of a surrogate pair"))?));
        }
        return Ok(record);
    }
    let record = record.with("@value", value);
    fields_of(raw, record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_apart_with_their_lines_and_all_their_digits() {
        let text = b"{\"a\": {\n  \"x\": {\"n\": 12345678901234567890.10},\n  \"y\": 7\n}}";
        let found = members(text, &["a".to_owned()], &ConvertOptions::default());
        let first = found[0].as_ref().unwrap();
        assert_eq!(first.line, 2);
        assert_eq!(first.get("n"), Some(&FieldValue::Number("12345678901234567890.10".to_owned())));
        let second = found[1].as_ref().unwrap();
        assert_eq!((second.line, second.get("@key")), (3, Some(&FieldValue::Word("y".to_owned()))));
        let missing = members(text, &["b".to_owned()], &ConvertOptions::default());
        assert_eq!(missing[0].as_ref().unwrap_err().reason, "it has no part `b`");
        let pairs = elements(b"[[\"npm\", \"a\"]]", &[], &ConvertOptions::default());
        assert_eq!(pairs[0].as_ref().unwrap().get("1"), Some(&FieldValue::Word("a".to_owned())));
    }
}
