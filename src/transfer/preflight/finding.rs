//! Values that have no place as they stand, and how they are shown.

use crate::convert::{Reason, Shown, StoredValue, TargetType, TargetValue};
use crate::hex::Hex;

/// Characters of a value that a report shows.
const SHOWN: usize = 80;

/// One reason for which values of a column are refused.
#[derive(Debug)]
pub(crate) struct RefusedValues {
    /// Of the first value: what it names besides may differ for others.
    pub(crate) reason: Reason,
    pub(crate) count: u64,
    pub(crate) examples: Vec<Example>,
}

/// A value that became another one.
#[derive(Debug)]
pub(crate) struct ConvertedExample {
    pub(crate) before: Example,
    /// As PostgreSQL prints it.
    pub(crate) after: String,
}

/// A value that was refused.
#[derive(Debug)]
pub(crate) struct Example {
    /// How its row is named.
    pub(crate) row: String,
    /// `integer`, `real`, `text`, `blob` or `null`, as SQLite's `typeof` has it.
    pub(crate) class: &'static str,
    pub(crate) value: String,
}

impl RefusedValues {
    pub(super) fn new(reason: Reason) -> Self {
        Self { reason, count: 0, examples: Vec::new() }
    }
}

impl ConvertedExample {
    pub(super) fn of(row: String, stored: StoredValue<'_>, value: &TargetValue<'_>, target: &TargetType) -> Self {
        let after = match value {
            TargetValue::Null => "NULL".to_owned(),
            value @ (TargetValue::Boolean(_)
            | TargetValue::Integer(_)
            | TargetValue::Single(_)
            | TargetValue::Double(_)
            | TargetValue::Numeric(_)) => Shown(value, target).to_string(),
            value => quoted(&Shown(value, target).to_string()),
        };
        Self { before: Example::of(row, stored), after }
    }
}

impl Example {
    pub(super) fn of(row: String, stored: StoredValue<'_>) -> Self {
        let class = match stored {
            StoredValue::Null => "null",
            StoredValue::Integer(_) => "integer",
            StoredValue::Real(_) => "real",
            StoredValue::Text(_) => "text",
            StoredValue::Blob(_) => "blob",
        };
        Self { row, class, value: shown_value(stored) }
    }
}

/// A value as a report shows it: in quotes, escaped, and not all of it where it is long. Bytes that are no text are in hexadecimal.
pub(crate) fn shown_value(stored: StoredValue<'_>) -> String {
    match stored {
        StoredValue::Null => "NULL".to_owned(),
        StoredValue::Integer(value) => value.to_string(),
        StoredValue::Real(value) => format!("{value:?}"),
        StoredValue::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => quoted(text),
            Err(_) => hexadecimal(bytes),
        },
        StoredValue::Blob(bytes) => hexadecimal(bytes),
    }
}

/// A text as a report shows it.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(SHOWN + 2);
    shown.push('\'');
    for letter in text.chars().take(SHOWN) {
        match letter {
            '\'' => shown.push_str("''"),
            '\u{feff}' | '\u{2028}' | '\u{2029}' => shown.extend(letter.escape_unicode()),
            _ if letter.is_control() => shown.extend(letter.escape_default()),
            _ => shown.push(letter),
        }
    }
    shown.push_str(if text.chars().nth(SHOWN).is_some() { "…'" } else { "'" });
    shown
}

fn hexadecimal(bytes: &[u8]) -> String {
    let most = SHOWN / 2;
    let end = if bytes.len() > most { "…'" } else { "'" };
    format!("x'{}{end}", Hex(&bytes[..bytes.len().min(most)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_so_that_nothing_is_hidden() {
        let text = |text: &str| shown_value(StoredValue::Text(text.as_bytes()));
        assert_eq!(text("it's"), "'it''s'");
        assert_eq!(text("a\0b\n"), "'a\\u{0}b\\n'");
        assert_eq!(text("\u{feff}[]"), "'\\u{feff}[]'");
        assert_eq!(text(&"ä".repeat(81)), format!("'{}…'", "ä".repeat(80)));
        assert_eq!(shown_value(StoredValue::Text(b"caf\xe9")), "x'636166e9'");
        assert_eq!(shown_value(StoredValue::Blob(&[0; 41])), format!("x'{}…'", "00".repeat(40)));
        assert_eq!(shown_value(StoredValue::Real(1000.0)), "1000.0");
    }
}
