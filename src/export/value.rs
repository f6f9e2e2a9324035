//! A value as JSON that loses nothing.
//!
//! An integer has no point, a real has one, or an exponent; what JSON has no word for is an object: `{"blob": base64}`, `{"text": base64}` for a text
//! that is not UTF-8, `{"real": "Infinity"}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::{Value, ValueRef};
use serde::Deserialize;

use crate::convert::TargetType;
use crate::hex::bytes_of;
use crate::import::FieldValue;

/// What an object of a snapshot is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedValue {
    blob: Option<String>,
    text: Option<String>,
    real: Option<String>,
}

fn string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn typed(name: &str, bytes: &[u8]) -> String {
    format!("{{\"{name}\":\"{}\"}}", STANDARD.encode(bytes))
}

/// A value of SQLite, with its storage class.
pub(super) fn of_sqlite(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) if value.is_finite() => format!("{value:?}"),
        ValueRef::Real(value) => format!("{{\"real\":\"{}Infinity\"}}", if value < 0.0 { "-" } else { "" }),
        ValueRef::Text(text) => std::str::from_utf8(text).map_or_else(|_| typed("text", text), string),
        ValueRef::Blob(bytes) => typed("blob", bytes),
    }
}

/// A value of PostgreSQL, as the server writes it as text. None is NULL.
pub(super) fn of_postgres(text: Option<&str>, target: &TargetType) -> String {
    let Some(text) = text else { return "null".to_owned() };
    let is_finite = !matches!(text, "NaN" | "Infinity" | "-Infinity");
    match target {
        TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => text.to_owned(),
        TargetType::Boolean => (if text == "t" { "true" } else { "false" }).to_owned(),
        TargetType::Numeric(_) | TargetType::Real | TargetType::Double if is_finite => text.to_owned(),
        TargetType::Numeric(_) | TargetType::Real | TargetType::Double => format!("{{\"real\":\"{text}\"}}"),
        TargetType::Bytea => match text.strip_prefix("\\x").and_then(|digits| bytes_of(digits.as_bytes())) {
            Some(bytes) => typed("blob", &bytes),
            None => string(text),
        },
        _ => string(text),
    }
}

/// A value of a snapshot as a field. None where it is none.
pub(super) fn field(text: &str) -> Option<FieldValue> {
    Some(match text.as_bytes().first()? {
        b'n' => FieldValue::Null,
        b't' => FieldValue::Boolean(true),
        b'f' => FieldValue::Boolean(false),
        b'"' => FieldValue::Text(serde_json::from_str::<String>(text).ok()?.into_bytes()),
        b'{' => {
            let typed: TypedValue = serde_json::from_str(text).ok()?;
            match (typed.blob, typed.text, typed.real) {
                (Some(blob), None, None) => FieldValue::Blob(STANDARD.decode(blob).ok()?),
                (None, Some(text), None) => FieldValue::Text(STANDARD.decode(text).ok()?),
                (None, None, Some(real)) if real == "NaN" => FieldValue::Text(real.into_bytes()),
                (None, None, Some(real)) => FieldValue::Real(real.parse().ok()?),
                _ => return None,
            }
        }
        b'[' => return None,
        _ => match text.parse::<i64>() {
            Ok(integer) => FieldValue::Integer(integer),
            Err(_) => FieldValue::Number(text.to_owned()),
        },
    })
}

/// A value of a snapshot of SQLite, with its storage class.
pub(super) fn to_sqlite(text: &str) -> Option<Result<Value, Vec<u8>>> {
    Some(Ok(match field(text)? {
        FieldValue::Null => Value::Null,
        FieldValue::Integer(value) => Value::Integer(value),
        FieldValue::Real(value) => Value::Real(value),
        FieldValue::Number(text) => Value::Real(text.parse().ok()?),
        FieldValue::Blob(bytes) => Value::Blob(bytes),
        FieldValue::Text(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Value::Text(text),
            // Bytes that are bound as a blob, and become a text on the way.
            Err(error) => return Some(Err(error.into_bytes())),
        },
        _ => return None,
    }))
}

/// A text of PostgreSQL. None is NULL.
type TextOrNull = Option<String>;

/// A value of a snapshot of PostgreSQL, as its type reads a text.
pub(super) fn to_postgres(text: &str) -> Option<TextOrNull> {
    use std::fmt::Write as _;

    Some(Some(match text.as_bytes().first()? {
        b'n' => return Some(None),
        b'"' => serde_json::from_str(text).ok()?,
        b'{' => {
            let typed: TypedValue = serde_json::from_str(text).ok()?;
            match (typed.blob, typed.real) {
                (Some(blob), None) => {
                    let mut digits = "\\x".to_owned();
                    STANDARD.decode(blob).ok()?.iter().for_each(|byte| {
                        // Writing into a String does not fail.
                        let _ = write!(digits, "{byte:02x}");
                    });
                    digits
                }
                (None, Some(real)) => real,
                _ => return None,
            }
        }
        b'[' => return None,
        _ => text.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_sqlite_comes_back_with_its_class() {
        let values = [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Integer(9_007_199_254_740_993),
            Value::Real(1.0),
            Value::Real(-0.0),
            Value::Real(0.1 + 0.2),
            Value::Real(5e-324),
            Value::Real(1.797_693_134_862_315_7e308),
            Value::Real(f64::INFINITY),
            Value::Real(f64::NEG_INFINITY),
            Value::Text("a\0b\u{2028}\"\\ 😀".to_owned()),
            Value::Text(String::new()),
            Value::Blob(vec![0, 255]),
            Value::Blob(Vec::new()),
        ];
        for value in values {
            let text = of_sqlite(ValueRef::from(&value));
            let back = to_sqlite(&text).unwrap().unwrap();
            // -0.0 equals 0.0, and its bits do not.
            assert_eq!(format!("{back:?}"), format!("{value:?}"), "{text}");
        }
        let invalid = of_sqlite(ValueRef::Text(b"caf\xe9"));
        assert_eq!(to_sqlite(&invalid), Some(Err(b"caf\xe9".to_vec())));
    }

    #[test]
    fn every_value_of_postgres_comes_back_as_its_text() {
        let cases = [
            ("1.50", TargetType::Numeric(None)),
            ("NaN", TargetType::Double),
            ("-0", TargetType::Double),
            ("1e+20", TargetType::Double),
            ("t", TargetType::Text),
            ("\\x00ff", TargetType::Bytea),
            ("9223372036854775807", TargetType::BigInt),
            ("{1,2}", TargetType::Array { element: Box::new(TargetType::Integer), oid: 23 }),
            ("2025-01-27 09:15:30.123456+00", TargetType::Timestamptz(6)),
            ("", TargetType::Text),
        ];
        for (text, target) in cases {
            let json = of_postgres(Some(text), &target);
            assert_eq!(to_postgres(&json), Some(Some(text.to_owned())), "{json}");
        }
        assert_eq!(of_postgres(Some("t"), &TargetType::Boolean), "true");
        assert_eq!(to_postgres("null"), Some(None));
        assert_eq!(to_postgres("{\"x\":1}"), None);
    }
}
