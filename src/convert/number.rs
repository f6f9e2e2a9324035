//! Numbers: integers, reals and texts into the numeric types.

use super::decimal::{Decimal, Digits, NotDecimal, WrittenNumber};
use super::options::{ConvertOptions, NewValue};
use super::reason::Reason;
use super::target::{NumericLimit, TargetType};
use super::value::TargetValue;
use super::way::{Way, Ways};

type Number = Result<(TargetValue<'static>, Ways), Reason>;

/// Beyond it not every whole number is a double.
const EXACT_REAL: f64 = 9_007_199_254_740_992.0;

/// A number that was stored as an integer.
pub(super) fn of_integer(value: i64, target: &TargetType, options: &ConvertOptions) -> Number {
    if options.multiply.is_some() {
        return of_digits(Digits::from_integer(value), Ways::NONE, target, options);
    }
    match target {
        TargetType::Double => match to_double(value) {
            Some(double) => Ok((TargetValue::Double(double), Way::IntegerToReal.into())),
            None => of_digits(Digits::from_integer(value), Way::IntegerToReal.into(), target, options),
        },
        TargetType::Real => match to_double(value).and_then(exact_single) {
            Some(single) => Ok((TargetValue::Single(single), Way::IntegerToReal.into())),
            None => of_digits(Digits::from_integer(value), Way::IntegerToReal.into(), target, options),
        },
        TargetType::Numeric(_) => of_digits(Digits::from_integer(value), Way::IntegerToNumeric.into(), target, options),
        _ => in_range(value, target, Ways::NONE),
    }
}

/// A number that was stored as a real.
pub(super) fn of_real(value: f64, target: &TargetType, options: &ConvertOptions) -> Number {
    let Some(digits) = Digits::from_double(value) else { return infinite(value > 0.0, target, options) };
    if options.multiply.is_some() {
        return of_digits(digits, Ways::NONE, target, options);
    }
    match target {
        TargetType::Double => Ok((TargetValue::Double(value), Ways::NONE)),
        TargetType::Real => match exact_single(value) {
            Some(single) => Ok((TargetValue::Single(single), Ways::NONE)),
            // The nearest one of four bytes is another number, though it may print with the same digits.
            None if options.rounds => Ok((rounded_single(&digits, Ways::NONE, options)?.0, Way::Round.into())),
            None => Err(Reason::DoubleIsAnother),
        },
        TargetType::Numeric(_) => of_digits(digits, Way::RealToNumeric.into(), target, options),
        _ if value.abs() > EXACT_REAL && !options.rounds && digits.fits_scale(0) => match digits.to_integer() {
            Some(_) => Err(Reason::BeyondExactReal),
            None => Err(Reason::OutOfRange),
        },
        // With the rule: digits may have been lost, and the number counts as rounded.
        _ if value.abs() > EXACT_REAL => of_digits(digits, Way::Round.into(), target, options),
        _ if digits.fits_scale(0) => of_digits(digits, Way::WholeReal.into(), target, options),
        _ => of_digits(digits, Ways::NONE, target, options),
    }
}

/// A number that was stored as text.
pub(super) fn of_text(text: &str, mut ways: Ways, target: &TargetType, options: &ConvertOptions) -> Number {
    let mut number = text.to_owned();
    if let Some(unit) = &options.strip
        && let Some(bare) = number.strip_suffix(unit.as_str()).or_else(|| number.strip_prefix(unit.as_str()))
    {
        number = bare.to_owned();
        ways.add(Way::Strip);
    }
    if options.time.decimal_comma && number.contains(',') && !number.contains('.') && number.matches(',').count() == 1 {
        number = number.replace(',', ".");
        ways.add(Way::DecimalComma);
    }
    if let Some(is_positive) = infinity(&number) {
        let (value, way) = infinite(is_positive, target, options)?;
        return Ok((value, ways.join(way).join(Way::TextToNumber.into())));
    }
    let written = WrittenNumber::parse(&number).map_err(|error| match error {
        NotDecimal::Malformed => malformed(text),
        NotDecimal::OutOfRange => Reason::OutOfRange,
    })?;
    if written.has_leading_zeros {
        if !options.drops_leading_zeros {
            return Err(Reason::LeadingZeros);
        }
        ways.add(Way::LeadingZeros);
    }
    if written.has_exponent && target.integers().is_some() {
        if !options.rounds {
            return Err(Reason::Exponent);
        }
        ways.add(Way::Round);
    }
    ways.add(Way::TextToNumber);
    of_digits(written.value, ways, target, options)
}

/// What is wrong with a text that is no number, as exactly as it can be said.
fn malformed(text: &str) -> Reason {
    let end = text.rfind(|letter: char| letter.is_ascii_digit()).map_or(0, |at| at + 1);
    let (number, unit) = text.split_at(end);
    if !unit.is_empty() && WrittenNumber::parse(number).is_ok() {
        return Reason::Unit(unit.to_owned());
    }
    if text.contains(',') && WrittenNumber::parse(&text.replace(',', "")).is_ok() {
        return Reason::DecimalComma;
    }
    Reason::NotANumber
}

fn of_digits(mut digits: Digits, mut ways: Ways, target: &TargetType, options: &ConvertOptions) -> Number {
    if let Some(factor) = &options.multiply {
        digits = digits.multiply(factor);
        ways.add(Way::Multiply);
    }
    match target {
        TargetType::Numeric(limit) => numeric(digits, *limit, ways, options),
        TargetType::Double => {
            let double: f64 = digits.to_string().parse().map_err(|_| Reason::NotANumber)?;
            is_double(&digits, double, &mut ways, options)?;
            Ok((TargetValue::Double(double), ways))
        }
        TargetType::Real => rounded_single(&digits, ways, options),
        _ => {
            if !digits.fits_scale(0) {
                if !options.rounds {
                    return Err(Reason::NotWhole);
                }
                digits = digits.round(0);
                ways.add(Way::Round);
            }
            in_range(digits.to_integer().ok_or(Reason::OutOfRange)?, target, ways)
        }
    }
}

fn in_range(value: i64, target: &TargetType, ways: Ways) -> Number {
    let (least, greatest) = target.integers().ok_or(Reason::UnknownType)?;
    if (least..=greatest).contains(&value) { Ok((TargetValue::Integer(value), ways)) } else { Err(Reason::OutOfRange) }
}

fn numeric(mut digits: Digits, limit: Option<NumericLimit>, mut ways: Ways, options: &ConvertOptions) -> Number {
    if let Some(limit) = limit {
        let is_exact = match u32::try_from(limit.scale) {
            Ok(scale) => digits.fits_scale(scale),
            // A scale below zero keeps zeros in front of the point (PostgreSQL 15, 8.1.2).
            Err(_) => digits.fits_coarse_scale(limit.scale.unsigned_abs()),
        };
        if !is_exact {
            if !options.rounds {
                return Err(Reason::ScaleExceeded { scale: limit.scale });
            }
            ways.add(Way::Round);
        }
        digits = match u32::try_from(limit.scale) {
            Ok(scale) => digits.round(scale),
            Err(_) => digits.round_coarse(limit.scale.unsigned_abs()),
        };
        if !digits.is_zero() && digits.whole_digits() > i64::from(limit.precision - limit.scale) {
            return Err(Reason::OutOfRange);
        }
    }
    Ok((TargetValue::Numeric(Decimal::Finite(digits)), ways))
}

/// Whether the nearest double means the number that was written. A rule takes it all the same.
fn is_double(digits: &Digits, double: f64, ways: &mut Ways, options: &ConvertOptions) -> Result<(), Reason> {
    if double.is_infinite() {
        return Err(Reason::OutOfRange);
    }
    let is_same = Digits::from_double(double).is_some_and(|shortest| shortest.normal() == digits.normal());
    if is_same {
        return Ok(());
    }
    if !options.rounds {
        return Err(Reason::DoubleIsAnother);
    }
    ways.add(Way::Round);
    Ok(())
}

fn rounded_single(digits: &Digits, mut ways: Ways, options: &ConvertOptions) -> Number {
    let single: f32 = digits.to_string().parse().map_err(|_| Reason::NotANumber)?;
    if single.is_infinite() {
        return Err(Reason::OutOfRange);
    }
    // `{:e}` is the shortest form that reads back as the same number (std::fmt, "LowerExp for f32").
    let shortest = WrittenNumber::parse(&format!("{single:e}")).map_err(|_| Reason::NotANumber)?.value;
    if shortest.normal() != digits.normal() {
        if !options.rounds {
            return Err(Reason::DoubleIsAnother);
        }
        ways.add(Way::Round);
    }
    Ok((TargetValue::Single(single), ways))
}

fn infinite(is_positive: bool, target: &TargetType, options: &ConvertOptions) -> Number {
    if let Some(NewValue::Null) = &options.infinite {
        return Ok((TargetValue::Null, Way::Infinite.into()));
    }
    let sign = if is_positive { 1.0 } else { -1.0 };
    match target {
        TargetType::Double => Ok((TargetValue::Double(sign * f64::INFINITY), Ways::NONE)),
        TargetType::Real if is_positive => Ok((TargetValue::Single(f32::INFINITY), Ways::NONE)),
        TargetType::Real => Ok((TargetValue::Single(f32::NEG_INFINITY), Ways::NONE)),
        // Without a limit alone; from PostgreSQL 14 on, the oldest that is supported.
        TargetType::Numeric(None) => {
            let value = if is_positive { Decimal::Infinity } else { Decimal::NegativeInfinity };
            Ok((TargetValue::Numeric(value), Way::RealToNumeric.into()))
        }
        _ => Err(Reason::InfiniteNumber),
    }
}

fn infinity(text: &str) -> Option<bool> {
    let (is_positive, word) = match text.as_bytes() {
        [b'-', ..] => (false, &text[1..]),
        [b'+', ..] => (true, &text[1..]),
        _ => (true, text),
    };
    ["inf", "infinity"].iter().any(|infinity| word.eq_ignore_ascii_case(infinity)).then_some(is_positive)
}

/// The double that is this integer, where one is.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "it is compared with what it was")]
fn to_double(value: i64) -> Option<f64> {
    let double = value as f64;
    (double as i128 == i128::from(value)).then_some(double)
}

#[expect(clippy::cast_possible_truncation, clippy::float_cmp, reason = "it is compared with what it was, bit for bit")]
fn exact_single(value: f64) -> Option<f32> {
    let single = value as f32;
    (f64::from(single) == value).then_some(single)
}
