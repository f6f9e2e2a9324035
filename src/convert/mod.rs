//! How a value of SQLite becomes one of PostgreSQL: a pure function of the value and the rules of its column.

mod back;
mod bits;
mod decimal;
mod document;
mod json;
mod network;
mod number;
mod options;
mod reason;
mod rules;
mod scalar;
mod settlement;
mod shown;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod value;
mod way;
mod words;

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use self::back::{ColumnForms, is_same};
pub(crate) use self::bits::BitString;
pub(crate) use self::decimal::Decimal;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use self::json::canonical_of_valid as canonical_json;
pub(crate) use self::network::{HardwareAddress, NetworkAddress};
pub(crate) use self::options::{ConvertOptions, JsonNull, Supply};
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use self::options::{OrphanRule, RowAge};
pub(crate) use self::reason::Reason;
pub(crate) use self::rules::{RULES, RuleValue};
pub(crate) use self::settlement::Settlement;
pub(crate) use self::shown::Shown;
pub(crate) use self::target::{NumericLimit, TargetType, UserType};
pub(crate) use self::time::Interval;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub(crate) use self::value::OwnedStored;
pub(crate) use self::value::{StoredValue, TargetValue};
pub(crate) use self::way::{Way, Ways};

use self::json::JsonTarget;
use self::options::TextBytes;
use self::text::{Passing, characters, of_blob, prepare};
use self::time::{TimeFault, TimeValue, Timed};
use self::words::{boolean, perhaps};
use crate::hex::bytes_of;

/// All that decides what becomes of the values of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnRule {
    pub(crate) target: TargetType,
    pub(crate) may_be_null: bool,
    pub(crate) options: ConvertOptions,
}

impl ColumnRule {
    /// The type by which both sides compare their values: where SQLite keeps fewer digits of a second, by the rule `back_digits`, one that has these.
    pub(crate) fn compared(&self) -> Cow<'_, TargetType> {
        let digits = self.options.time.back_digits;
        let fewer = |own: u8| digits.map_or(own, |digits| digits.min(own));
        match &self.target {
            TargetType::Timestamptz(own) => Cow::Owned(TargetType::Timestamptz(fewer(*own))),
            TargetType::Timestamp(own) => Cow::Owned(TargetType::Timestamp(fewer(*own))),
            TargetType::Time(own) => Cow::Owned(TargetType::Time(fewer(*own))),
            target => Cow::Borrowed(target),
        }
    }
}

/// Microseconds with so many digits of the second: the others are cut off. Both ends of all times stay what they are.
pub(crate) fn cut(micros: i64, digits: u8) -> i64 {
    let unit = 10_i64.pow(6_u32.saturating_sub(digits.into()));
    if matches!(micros, i64::MIN | i64::MAX) { micros } else { micros.div_euclid(unit) * unit }
}

/// A value that has a place in its column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Converted<'a> {
    pub(crate) value: TargetValue<'a>,
    /// By which ways it became this one. None: it is the same.
    pub(crate) ways: Ways,
}

type ConversionResult<'a> = Result<(TargetValue<'a>, Ways), Reason>;

/// Makes of a value of SQLite the value that its column on PostgreSQL will keep.
///
/// # Errors
///
/// The reason why it has no place there as it stands, where no rule settles it.
pub(crate) fn convert<'a>(stored: StoredValue<'a>, rule: &ColumnRule) -> Result<Converted<'a>, Reason> {
    let (value, ways) = by_class(stored, rule)?;
    let ways = ways.join(rule.options.supply.ways());
    if value != TargetValue::Null {
        return Ok(Converted { value, ways });
    }
    match &rule.options.null {
        Some(new) => {
            let (value, more) = by_text(Cow::Owned(new.clone()), ways.join(Way::Null.into()), rule)?;
            Ok(Converted { value, ways: more })
        }
        None if rule.may_be_null => Ok(Converted { value, ways }),
        None => Err(Reason::NullInNotNull),
    }
}

/// By the storage class of the value.
fn by_class<'a>(stored: StoredValue<'a>, rule: &ColumnRule) -> ConversionResult<'a> {
    let options = &rule.options;
    match stored {
        StoredValue::Null => Ok((TargetValue::Null, Ways::NONE)),
        StoredValue::Integer(value) => of_integer(value, rule),
        StoredValue::Real(value) => of_real(value, rule),
        StoredValue::Blob(bytes) => match &rule.target {
            TargetType::Bytea => Ok((TargetValue::Bytes(Cow::Borrowed(bytes)), Ways::NONE)),
            TargetType::Uuid if bytes.len() == 16 => {
                let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| Reason::NotUuid)?;
                let uuid = options.uuid_bytes.then_some(TargetValue::Uuid(bytes)).ok_or(Reason::UuidBytes)?;
                Ok((uuid, Way::Uuid.into()))
            }
            _ => {
                let (text, ways) = of_blob(bytes, options)?;
                by_prepared(prepare(Cow::Owned(text), ways, options)?, rule)
            }
        },
        StoredValue::Text(bytes) if rule.target == TargetType::Bytea => {
            of_text_bytes(Cow::Borrowed(bytes), Ways::NONE, options)
        }
        StoredValue::Text(bytes) => {
            let (text, ways) = characters(bytes, options)?;
            by_prepared(prepare(text, ways, options)?, rule)
        }
    }
}

fn by_prepared<'a>(passing: Passing<'a>, rule: &ColumnRule) -> ConversionResult<'a> {
    match passing.text {
        None => Ok((TargetValue::Null, passing.ways)),
        Some(text) => by_text(text, passing.ways, rule),
    }
}

fn of_integer<'a>(value: i64, rule: &ColumnRule) -> ConversionResult<'a> {
    if let Some(outcome) = by_values(&value, rule) {
        return outcome;
    }
    match &rule.target {
        TargetType::Boolean => match value {
            0 | 1 => Ok((TargetValue::Boolean(value == 1), Way::NumberToBoolean.into())),
            _ => Err(Reason::NotBoolean),
        },
        target if target.is_textual() => by_text(Cow::Owned(value.to_string()), Way::NumberToText.into(), rule),
        TargetType::Json | TargetType::Jsonb => {
            Ok((TargetValue::Json(Cow::Owned(value.to_string())), Way::NumberToJson.into()))
        }
        TargetType::Bytea => Err(Reason::NumberInBytea),
        target => match target.time() {
            Some(target) => time(time::read_integer(value, target, &rule.options.time), Ways::NONE),
            None => scalar::of_number(|| Some(decimal::Digits::from_integer(value)), target)
                .unwrap_or_else(|| number::of_integer(value, target, &rule.options)),
        },
    }
}

fn of_real<'a>(value: f64, rule: &ColumnRule) -> ConversionResult<'a> {
    if let Some(outcome) = by_values(&value, rule) {
        return outcome;
    }
    let shortest =
        || decimal::Digits::from_double(value).ok_or(Reason::InfiniteNumber).map(|digits| digits.to_string());
    match &rule.target {
        TargetType::Boolean => match decimal::Digits::from_double(value).and_then(|digits| digits.to_integer()) {
            Some(value @ (0 | 1)) => Ok((TargetValue::Boolean(value == 1), Way::NumberToBoolean.into())),
            _ => Err(Reason::NotBoolean),
        },
        target if target.is_textual() => {
            if !rule.options.real_as_text {
                return Err(Reason::RealInText);
            }
            by_text(Cow::Owned(shortest()?), Way::RealToText.into(), rule)
        }
        TargetType::Json | TargetType::Jsonb => {
            Ok((TargetValue::Json(Cow::Owned(shortest()?)), Way::NumberToJson.into()))
        }
        TargetType::Bytea => Err(Reason::NumberInBytea),
        target => match target.time() {
            Some(target) => time(time::read_real(value, target, &rule.options.time), Ways::NONE),
            None => scalar::of_number(|| decimal::Digits::from_double(value), target)
                .unwrap_or_else(|| number::of_real(value, target, &rule.options)),
        },
    }
}

/// A number for which `values` has another value.
fn by_values<'a>(value: &dyn ToString, rule: &ColumnRule) -> Option<ConversionResult<'a>> {
    if rule.options.values.is_empty() {
        return None;
    }
    let new = rule.options.values.get(&value.to_string())?;
    Some(match new {
        options::NewValue::Null => Ok((TargetValue::Null, Way::Values.into())),
        options::NewValue::Text(new) => by_text(Cow::Owned(new.clone()), Way::Values.into(), rule),
    })
}

/// A text whose characters are right, into the type of the column.
fn by_text<'a>(text: Cow<'a, str>, mut ways: Ways, rule: &ColumnRule) -> ConversionResult<'a> {
    let options = &rule.options;
    match &rule.target {
        TargetType::Text | TargetType::Varchar(None) => Ok((TargetValue::Text(text), ways)),
        TargetType::Varchar(Some(limit)) | TargetType::Char(limit) => within(text, *limit, ways, options),
        TargetType::Boolean => match boolean(&text) {
            Some(value) => {
                ways.add(Way::WordToBoolean);
                Ok((TargetValue::Boolean(value), ways))
            }
            None => Err(perhaps(&text, Reason::NotBoolean, |text| boolean(text).is_some())),
        },
        TargetType::Uuid => match words::uuid(&text, ways, options) {
            Ok((bytes, ways)) => Ok((TargetValue::Uuid(bytes), ways)),
            Err(reason) => Err(perhaps(&text, reason, |text| words::uuid(text, Ways::NONE, options).is_ok())),
        },
        TargetType::Enum { labels, .. } => {
            let is_label = |text: &str| labels.iter().any(|label| label == text);
            if is_label(&text) {
                return Ok((TargetValue::Text(text), ways));
            }
            Err(perhaps(&text, Reason::NotInEnum { labels: labels.clone() }, is_label))
        }
        TargetType::Bytea => {
            let bytes = match text {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            };
            of_text_bytes(bytes, ways, options)
        }
        target if target.is_number() => number::of_text(&text, ways, target, options).map_err(|reason| {
            perhaps(&text, reason, |text| number::of_text(text, Ways::NONE, target, options).is_ok())
        }),
        TargetType::Json => document::of_text(text, ways, JsonTarget::Json, rule),
        TargetType::Jsonb => document::of_text(text, ways, JsonTarget::Jsonb, rule),
        TargetType::Array { element, .. } => document::array(text, ways, element, rule),
        target => match target.time() {
            Some(target) => time(time::read_text(&text, target, &options.time), ways)
                .map_err(|reason| perhaps(&text, reason, |text| time::read_text(text, target, &options.time).is_ok())),
            None => scalar::of_text(&text, target, options)
                .unwrap_or(Err(Reason::UnknownType))
                .map(|(value, more)| (value, ways.join(more)))
                .map_err(|reason| {
                    let is_value = |text: &str| matches!(scalar::of_text(text, target, options), Some(Ok(_)));
                    perhaps(&text, reason, is_value)
                }),
        },
    }
}

/// What was read as a date or a time.
fn time<'a>(read: Result<Timed, TimeFault>, ways: Ways) -> ConversionResult<'a> {
    let Timed { value, ways: more } = read.map_err(Reason::Time)?;
    let value = match value {
        TimeValue::Timestamp(micros) => TargetValue::Timestamp(micros),
        TimeValue::Date(days) => TargetValue::Date(days),
        TimeValue::Time(micros) => TargetValue::Time(micros),
        TimeValue::ZonedTime { micros, east } => TargetValue::ZonedTime { micros, east },
        TimeValue::Null => TargetValue::Null,
    };
    Ok((value, ways.join(more)))
}

/// A text of at most so many characters.
fn within<'a>(text: Cow<'a, str>, limit: u32, mut ways: Ways, options: &ConvertOptions) -> ConversionResult<'a> {
    // A text has no more characters than bytes.
    if text.len() <= limit as usize {
        return Ok((TargetValue::Text(text), ways));
    }
    let characters = text.chars().count();
    let Some((end, _)) = text.char_indices().nth(limit as usize) else { return Ok((TargetValue::Text(text), ways)) };
    if options.truncates {
        ways.add(Way::TooLong);
        return Ok((TargetValue::Text(Cow::Owned(text[..end].to_owned())), ways));
    }
    // Blanks alone, as the server has it: no other white space (PostgreSQL 15, 8.3).
    if text[end..].bytes().all(|byte| byte == b' ') {
        return Err(Reason::BlanksCutOff { characters, limit });
    }
    Err(Reason::TooLong { characters, limit })
}

/// The bytes that a text is, where a rule says so.
fn of_text_bytes<'a>(text: Cow<'a, [u8]>, mut ways: Ways, options: &ConvertOptions) -> ConversionResult<'a> {
    let bytes = match options.text.ok_or(Reason::TextInBytea)? {
        TextBytes::Utf8 => text,
        TextBytes::Hex => Cow::Owned(hex(&text).ok_or(Reason::TextInBytea)?),
        TextBytes::Base64 => Cow::Owned(STANDARD.decode(text).map_err(|_| Reason::TextInBytea)?),
    };
    ways.add(Way::Text);
    Ok((TargetValue::Bytes(bytes), ways))
}

/// The bytes of hexadecimal digits, with or without `\x` or `0x` in front.
fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(b"\\x").or_else(|| text.strip_prefix(b"0x")).unwrap_or(text);
    bytes_of(digits)
}
