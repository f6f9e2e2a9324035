//! What a file holds: records of fields, each with its place.

use std::borrow::Cow;

use crate::convert::{StoredValue, TargetType};

/// A record of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileRecord {
    /// The line of the file on which it begins; 1 is the first.
    pub(crate) line: u64,
    /// In the order of the file. What begins with `@` is said of the record as a whole.
    pub(crate) fields: Vec<(String, FieldValue)>,
}

/// The value of a field, as its format has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FieldValue {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    /// A number with all its digits, as it was written.
    Number(String),
    /// A text whose type nobody has said: of CSV, of a log, a whole file.
    Text(Vec<u8>),
    /// A text that is said to be one: a string of JSON or YAML.
    Word(String),
    /// An array or an object, as JSON.
    Json(String),
    Blob(Vec<u8>),
}

/// Why a record cannot be read. Its words have no values of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRecord {
    pub(crate) line: u64,
    pub(crate) reason: String,
}

impl FileRecord {
    pub(crate) fn new(line: u64) -> Self {
        Self { line, fields: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: FieldValue) -> Self {
        self.fields.push((name.to_owned(), value));
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&FieldValue> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// About how many bytes it is.
    pub(crate) fn size(&self) -> usize {
        self.fields.iter().map(|(name, value)| name.len() + value.size()).sum()
    }
}

impl BadRecord {
    pub(crate) fn new(line: u64, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

impl FieldValue {
    fn size(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Blob(bytes) => bytes.len(),
            Self::Number(text) | Self::Word(text) | Self::Json(text) => text.len(),
            _ => 8,
        }
    }

    /// It as JSON.
    pub(crate) fn json(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed("null"),
            Self::Boolean(value) => Cow::Owned(value.to_string()),
            Self::Integer(value) => Cow::Owned(value.to_string()),
            Self::Real(value) => Cow::Owned(serde_json::Value::from(*value).to_string()),
            Self::Number(text) | Self::Json(text) => Cow::Borrowed(text),
            Self::Word(text) => Cow::Owned(serde_json::Value::from(text.as_str()).to_string()),
            Self::Text(bytes) | Self::Blob(bytes) => {
                Cow::Owned(serde_json::Value::from(String::from_utf8_lossy(bytes)).to_string())
            }
        }
    }

    /// It as `convert` takes values, for a column of this type. `made` holds a text that has to be written for it.
    pub(crate) fn stored<'a>(&'a self, target: &TargetType, made: &'a mut String) -> StoredValue<'a> {
        let is_json = matches!(target, TargetType::Json | TargetType::Jsonb);
        match self {
            Self::Null => StoredValue::Null,
            Self::Boolean(value) if *target == TargetType::Boolean || target.is_number() => {
                StoredValue::Integer(i64::from(*value))
            }
            Self::Integer(value) => StoredValue::Integer(*value),
            Self::Real(value) => StoredValue::Real(*value),
            Self::Text(bytes) => StoredValue::Text(bytes),
            Self::Blob(bytes) => StoredValue::Blob(bytes),
            Self::Word(text) if !is_json => StoredValue::Text(text.as_bytes()),
            Self::Number(text) => match text.parse() {
                Ok(value) if !is_json && !target.is_textual() => StoredValue::Integer(value),
                _ => StoredValue::Text(text.as_bytes()),
            },
            Self::Json(text) => StoredValue::Text(text.as_bytes()),
            Self::Boolean(_) | Self::Word(_) => {
                *made = self.json().into_owned();
                StoredValue::Text(made.as_bytes())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_handed_on_as_its_column_wants_it() {
        let mut made = String::new();
        let word = FieldValue::Word("a\"b".to_owned());
        assert_eq!(word.stored(&TargetType::Text, &mut made), StoredValue::Text(b"a\"b"));
        assert_eq!(word.stored(&TargetType::Jsonb, &mut String::new()), StoredValue::Text(br#""a\"b""#));
        let yes = FieldValue::Boolean(true);
        assert_eq!(yes.stored(&TargetType::BigInt, &mut made), StoredValue::Integer(1));
        assert_eq!(yes.stored(&TargetType::Text, &mut String::new()), StoredValue::Text(b"true"));
        let long = FieldValue::Number("12345678901234567890.10".to_owned());
        assert_eq!(long.stored(&TargetType::Double, &mut made), StoredValue::Text(b"12345678901234567890.10"));
        let seven = FieldValue::Number("7".to_owned());
        assert_eq!(seven.stored(&TargetType::Text, &mut made), StoredValue::Text(b"7"));
        assert_eq!(seven.stored(&TargetType::BigInt, &mut String::new()), StoredValue::Integer(7));
    }
}
