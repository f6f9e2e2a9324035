//! Numbers as SQLite stores them.

use std::borrow::Cow;

use crate::convert::options::ConvertOptions;
use crate::convert::value::OwnedStored;
use crate::convert::{ColumnRule, Decimal, TargetType, TargetValue};

/// A number that stands for itself: what the rule `multiply` has made greater is made smaller again.
pub(super) fn digits(value: &TargetValue<'_>, options: &ConvertOptions) -> Option<String> {
    let written = match value {
        TargetValue::Integer(value) => value.to_string(),
        TargetValue::Numeric(value) => value.to_string(),
        TargetValue::Double(value) if value.is_finite() => value.to_string(),
        TargetValue::Single(value) if value.is_finite() => value.to_string(),
        TargetValue::Double(value) => infinite(*value)?.to_owned(),
        TargetValue::Single(value) => infinite((*value).into())?.to_owned(),
        _ => return None,
    };
    match &options.multiply {
        None => Some(written),
        Some(factor) => divided(&written, &factor.to_string()),
    }
}

/// A decimal number without zeros at its end.
pub(super) fn short(digits: String) -> String {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
}

/// A decimal number with the zeros that the type of its column gives it.
pub(super) fn all_digits(value: &TargetValue<'_>, rule: &ColumnRule) -> Option<String> {
    let digits = digits(value, &rule.options)?;
    let TargetType::Numeric(Some(limit)) = &rule.target else { return Some(digits) };
    let scale = usize::try_from(limit.scale).ok()?;
    let (before, after) = digits.split_once('.').unwrap_or((&digits, ""));
    if scale == 0 { Some(before.to_owned()) } else { Some(format!("{before}.{after:0<scale$}")) }
}

fn infinite(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        return None;
    }
    Some(if value > 0.0 { "Infinity" } else { "-Infinity" })
}

/// A quotient that ends after at most 30 digits. One that does not end is none: nothing would make the value of it again.
fn divided(number: &str, factor: &str) -> Option<String> {
    let (number, number_scale) = whole(number)?;
    let (factor, factor_scale) = whole(factor)?;
    if factor == 0 {
        return None;
    }
    // number / 10^n / (factor / 10^f) = number * 10^f / factor / 10^n
    let mut rest = number.checked_mul(10_i128.checked_pow(factor_scale)?)?;
    let mut scale = number_scale;
    while rest % factor != 0 {
        rest = rest.checked_mul(10)?;
        scale += 1;
        if scale > 30 {
            return None;
        }
    }
    let quotient = rest / factor;
    let sign = if quotient < 0 { "-" } else { "" };
    let text = format!("{:0width$}", quotient.unsigned_abs(), width = usize::try_from(scale).ok()? + 1);
    let point = text.len() - usize::try_from(scale).ok()?;
    let (before, after) = text.split_at(point);
    Some(short(format!("{sign}{before}.{after}")))
}

/// The digits of a decimal number, and how many of them stand after the point.
fn whole(text: &str) -> Option<(i128, u32)> {
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{before}{after}").parse().ok()?;
    Some((digits, u32::try_from(after.len()).ok()?))
}

/// A whole number.
pub(super) fn integer(value: &TargetValue<'_>, options: &ConvertOptions) -> Option<OwnedStored> {
    let number = match value {
        TargetValue::Boolean(value) => i64::from(*value),
        TargetValue::Integer(value) if options.multiply.is_none() => *value,
        TargetValue::Numeric(Decimal::Finite(value)) if options.multiply.is_none() => value.to_integer()?,
        TargetValue::Text(_) | TargetValue::Json(_) => {
            let text = text_of(value)?;
            let number: i64 = text.parse().ok()?;
            return (number.to_string() == *text).then_some(OwnedStored::Integer(number));
        }
        _ => short(digits(value, options)?).parse().ok()?,
    };
    Some(OwnedStored::Integer(number))
}

/// A binary fraction.
pub(super) fn real(value: &TargetValue<'_>, options: &ConvertOptions) -> Option<OwnedStored> {
    let number: f64 = match value {
        TargetValue::Boolean(value) => f64::from(u8::from(*value)),
        TargetValue::Double(value) if options.multiply.is_none() => *value,
        TargetValue::Numeric(Decimal::Infinity) => f64::INFINITY,
        TargetValue::Numeric(Decimal::NegativeInfinity) => f64::NEG_INFINITY,
        TargetValue::Text(_) | TargetValue::Json(_) => text_of(value)?.parse().ok()?,
        _ => digits(value, options)?.parse().ok()?,
    };
    // SQLite stores NULL for what is no number.
    (!number.is_nan()).then_some(OwnedStored::Real(number))
}

/// A name that is a number, as one.
pub(super) fn read(name: &str) -> Option<OwnedStored> {
    if let Ok(number) = name.parse() {
        return Some(OwnedStored::Integer(number));
    }
    name.parse().ok().filter(|number: &f64| number.is_finite()).map(OwnedStored::Real)
}

/// A text of a value, as it is.
fn text_of<'v>(value: &'v TargetValue<'_>) -> Option<Cow<'v, str>> {
    match value {
        TargetValue::Text(text) | TargetValue::Json(text) => Some(Cow::Borrowed(text)),
        _ => None,
    }
}
