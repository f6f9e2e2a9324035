//! The forms in which values are stored on SQLite.

use super::document;
use super::number;
use super::text;
use crate::convert::options::{ConvertOptions, NewValue};
use crate::convert::time::TimeForm;
use crate::convert::value::OwnedStored;
use crate::convert::{ColumnRule, Shown, StoredValue, TargetType, TargetValue, convert};

/// One form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredForm {
    Null,
    /// The empty text, a word, or JSON's `null`, which a rule reads as NULL.
    Empty,
    NullWord,
    JsonNull,
    /// What the rule `values` reads as this value: a text, or a number.
    Named,
    NamedNumber,
    Integer,
    Real,
    /// A decimal number as text: without zeros at its end, and with those that the server prints.
    Digits,
    AllDigits,
    /// Words for true and false.
    Words(&'static str, &'static str),
    /// A text as it is.
    Text,
    /// A text in one of the forms that rules take back.
    Written(text::TextWriting),
    Blob,
    /// Bytes as text.
    Bytes(text::BytesForm),
    Uuid(text::UuidForm),
    Time(TimeForm),
    /// JSON without blanks between its parts.
    CompactJson,
    /// The text of a JSON string.
    JsonString,
    /// An array as JSON, or as texts between two separators.
    JsonArray,
    Separated,
    /// As the server prints it.
    Shown,
}

/// All forms that values of a column may have, the usual ones first.
pub(super) fn all(rule: &ColumnRule) -> Vec<StoredForm> {
    let mut forms = Vec::new();
    let options = &rule.options;
    if !options.values.is_empty() {
        forms.extend([StoredForm::Named, StoredForm::NamedNumber]);
    }
    match &rule.target {
        TargetType::SmallInt | TargetType::Integer | TargetType::BigInt => {
            forms.extend([StoredForm::Integer, StoredForm::Real, StoredForm::Digits]);
        }
        TargetType::Numeric(_) => {
            forms.extend([StoredForm::Integer, StoredForm::Real, StoredForm::AllDigits, StoredForm::Digits]);
        }
        TargetType::Real | TargetType::Double => {
            forms.extend([StoredForm::Real, StoredForm::Digits, StoredForm::Integer]);
        }
        TargetType::Boolean => {
            forms.extend([StoredForm::Integer, StoredForm::Real]);
            forms.extend(text::BOOLEANS.map(|(yes, no)| StoredForm::Words(yes, no)));
        }
        TargetType::Text | TargetType::Varchar(_) | TargetType::Char(_) | TargetType::Enum { .. } => {
            forms.extend(text::TextWriting::ALL.map(StoredForm::Written));
            forms.extend([StoredForm::Text, StoredForm::Integer, StoredForm::Real, StoredForm::Blob]);
        }
        TargetType::Bytea => {
            forms.push(StoredForm::Blob);
            forms.extend(text::BytesForm::ALL.map(StoredForm::Bytes));
        }
        TargetType::Uuid => {
            forms.extend(text::UuidForm::ALL.map(StoredForm::Uuid));
            forms.push(StoredForm::Blob);
        }
        TargetType::Timestamptz(_) | TargetType::Timestamp(_) | TargetType::Date | TargetType::Time(_) => {
            forms.extend(TimeForm::all().map(StoredForm::Time));
        }
        TargetType::Json | TargetType::Jsonb => {
            forms.extend([
                StoredForm::CompactJson,
                StoredForm::Text,
                StoredForm::JsonString,
                StoredForm::Integer,
                StoredForm::Real,
            ]);
        }
        TargetType::Array { .. } => forms.extend([StoredForm::JsonArray, StoredForm::Separated]),
        // As the server prints it, which is one of the forms that are read.
        TargetType::Timetz(_)
        | TargetType::Interval(_)
        | TargetType::Inet
        | TargetType::Cidr
        | TargetType::Macaddr
        | TargetType::Macaddr8
        | TargetType::Bit(_)
        | TargetType::Varbit(_)
        | TargetType::Money
        | TargetType::Other(_) => {}
    }
    forms.extend([StoredForm::Shown, StoredForm::Null, StoredForm::Empty, StoredForm::NullWord, StoredForm::JsonNull]);
    forms
}

impl StoredForm {
    /// The value in this form; none where it has none. Whether the rule makes the value of it again is not asked here.
    pub(super) fn store(self, value: &TargetValue<'_>, rule: &ColumnRule) -> Option<OwnedStored> {
        let options = &rule.options;
        let text = |text: String| Some(OwnedStored::Text(text.into_bytes()));
        match self {
            // NULL may be stored for a value that the rule `null` gives.
            Self::Null => Some(OwnedStored::Null),
            Self::Empty => text(String::new()),
            Self::NullWord => options.null_words.first().and_then(|word| text(word.clone())),
            Self::JsonNull => text("null".to_owned()),
            Self::Named => named(value, rule).and_then(|name| text(name.to_owned())),
            Self::NamedNumber => named(value, rule).and_then(number::read),
            _ if *value == TargetValue::Null => None,
            Self::Integer => number::integer(value, options),
            Self::Real => number::real(value, options),
            Self::Digits => number::digits(value, options).map(number::short).and_then(text),
            Self::AllDigits => number::all_digits(value, rule).and_then(text),
            Self::Words(yes, no) => match value {
                TargetValue::Boolean(value) => text((if *value { yes } else { no }).to_owned()),
                _ => None,
            },
            Self::Text => match value {
                TargetValue::Text(value) | TargetValue::Json(value) => text(value.clone().into_owned()),
                _ => None,
            },
            Self::Written(writing) => match value {
                TargetValue::Text(value) => writing.write(value, options).and_then(text),
                _ => None,
            },
            Self::Blob => match value {
                TargetValue::Bytes(bytes) => Some(OwnedStored::Blob(bytes.clone().into_owned())),
                TargetValue::Uuid(bytes) => Some(OwnedStored::Blob(bytes.to_vec())),
                TargetValue::Text(value) => text::blob(value, options).map(OwnedStored::Blob),
                _ => None,
            },
            Self::Bytes(form) => match value {
                TargetValue::Bytes(bytes) => form.write(bytes).map(OwnedStored::Text),
                _ => None,
            },
            Self::Uuid(form) => match value {
                TargetValue::Uuid(bytes) => text(form.write(*bytes)),
                _ => None,
            },
            Self::Time(form) => form.store(value, rule.target.time()?, &options.time),
            Self::CompactJson => match value {
                TargetValue::Json(value) => text(document::compact(value)),
                _ => None,
            },
            Self::JsonString => match value {
                TargetValue::Json(value) => serde_json::from_str::<String>(value).ok().and_then(text),
                _ => None,
            },
            Self::JsonArray => document::array(value, &rule.target).and_then(text),
            Self::Separated => {
                options.splits_json.as_ref().and_then(|by| document::separated(value, by)).and_then(text)
            }
            Self::Shown => text(Shown(value, &rule.target).to_string()),
        }
    }
}

/// The name that the rule `values` reads as this value. The value of the rule goes through the type of the column.
fn named<'r>(value: &TargetValue<'_>, rule: &'r ColumnRule) -> Option<&'r str> {
    let becomes = |new: &NewValue| match new {
        NewValue::Null => *value == TargetValue::Null,
        // Quicker than through the rule, and what it says of it is asked afterwards.
        NewValue::Text(new) => match value {
            TargetValue::Text(value) => value == new,
            TargetValue::Null => false,
            _ => {
                let plain = ColumnRule { options: ConvertOptions::default(), ..rule.clone() };
                let read = convert(StoredValue::Text(new.as_bytes()), &plain);
                read.is_ok_and(|read| super::is_same(&read.value, value, &rule.target))
            }
        },
    };
    rule.options.values.iter().find(|(_, new)| becomes(new)).map(|(name, _)| name.as_str())
}
