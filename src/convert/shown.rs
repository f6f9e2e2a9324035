//! A value as PostgreSQL prints it.

use std::fmt;

use super::network::NetworkKind;
use super::target::TargetType;
use super::time::{TimeValue, show};
use super::value::TargetValue;
use crate::hex::Hex;

/// A value of a column of this type, as the type's output function writes it with `TimeZone` UTC, `DateStyle` ISO and `IntervalStyle` postgres.
/// JSON is as it was written, and a boolean is a word.
pub(crate) struct Shown<'v>(pub(crate) &'v TargetValue<'v>, pub(crate) &'v TargetType);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, target) = self;
        match value {
            TargetValue::Null => f.write_str("NULL"),
            TargetValue::Boolean(value) => value.fmt(f),
            TargetValue::Integer(value) => value.fmt(f),
            TargetValue::Single(value) => real(f, &format!("{value:e}"), 6),
            TargetValue::Double(value) => real(f, &format!("{value:e}"), 15),
            TargetValue::Numeric(value) => value.fmt(f),
            TargetValue::Text(text) | TargetValue::Json(text) => f.write_str(text),
            TargetValue::Bytes(bytes) => write!(f, "\\x{}", Hex(bytes)),
            TargetValue::Uuid(bytes) => uuid::Uuid::from_bytes(*bytes).fmt(f),
            TargetValue::Timestamp(micros) => time(f, TimeValue::Timestamp(*micros), target),
            TargetValue::Date(days) => time(f, TimeValue::Date(*days), target),
            TargetValue::Time(micros) => time(f, TimeValue::Time(*micros), target),
            TargetValue::ZonedTime { micros, east } => {
                time(f, TimeValue::ZonedTime { micros: *micros, east: *east }, target)
            }
            TargetValue::Interval(value) => value.fmt(f),
            TargetValue::Network(address) => f.write_str(&address.shown(NetworkKind::of(target))),
            TargetValue::Hardware(address) => address.fmt(f),
            TargetValue::Bits(bits) => bits.fmt(f),
            TargetValue::Array(values) => array(f, values, target),
        }
    }
}

fn time(f: &mut fmt::Formatter<'_>, value: TimeValue, target: &TargetType) -> fmt::Result {
    f.write_str(&show(value, target.time().ok_or(fmt::Error)?))
}

/// A number in Rust's scientific form as the server writes it: with an exponent where that is below -4, or as many digits as `most` come
/// before the point (PostgreSQL 15, `float8out`).
fn real(f: &mut fmt::Formatter<'_>, scientific: &str, most: i32) -> fmt::Result {
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return f.write_str(match scientific {
            "inf" => "Infinity",
            "-inf" => "-Infinity",
            _ => "NaN",
        });
    };
    let exponent: i32 = exponent.parse().map_err(|_| fmt::Error)?;
    if exponent < -4 || exponent >= most {
        let sign = if exponent < 0 { '-' } else { '+' };
        return write!(f, "{mantissa}e{sign}{:02}", exponent.abs());
    }
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest.replace('.', "")),
        None => ("", mantissa.replace('.', "")),
    };
    let point = exponent + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    let length = i32::try_from(digits.len()).map_err(|_| fmt::Error)?;
    match usize::try_from(point) {
        Ok(at) if at > 0 && point < length => write!(f, "{sign}{}.{}", &digits[..at], &digits[at..]),
        Ok(at) if at > 0 => write!(f, "{sign}{digits}{}", zeros(point - length)),
        _ => write!(f, "{sign}0.{}{digits}", zeros(-point)),
    }
}

fn array(f: &mut fmt::Formatter<'_>, values: &[TargetValue<'_>], target: &TargetType) -> fmt::Result {
    let TargetType::Array { element, .. } = target else { return Err(fmt::Error) };
    f.write_str("{")?;
    for (at, value) in values.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { "," })?;
        if *value == TargetValue::Null {
            f.write_str("NULL")?;
            continue;
        }
        if let TargetValue::Array(inner) = value {
            array(f, inner, target)?;
            continue;
        }
        let text = Shown(value, element).to_string();
        // As `array_out` quotes (PostgreSQL 15, 8.15.6).
        let is_bare = !text.is_empty()
            && !text.eq_ignore_ascii_case("null")
            && !text.contains(|letter: char| {
                "{},\"\\".contains(letter) || letter.is_ascii_whitespace() || letter == '\x0b'
            });
        if is_bare {
            f.write_str(&text)?;
        } else {
            write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))?;
        }
    }
    f.write_str("}")
}
