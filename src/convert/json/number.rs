//! Numbers: where they end, whether the server's `numeric` holds them, and one form by value.

use super::cursor::TextCursor;
use super::fault::{Flawed, JsonFaultKind};

/// The digits before the point that `numeric` holds.
const DIGITS_BEFORE: i64 = 131_072;
/// The digits after the point that `numeric` holds.
const DIGITS_AFTER: i64 = 16_383;
/// The server refuses such an exponent whatever the digits are: it is half of the greatest 32-bit number.
const EXPONENT_BOUND: i64 = 1_073_741_823;
/// The most zeros that are written out; beyond it the form has an exponent.
const ZEROS: i128 = 20;

/// Where the number ends that begins at `at`, or where it breaks off.
#[inline]
fn end(bytes: &[u8], at: usize) -> Result<usize, usize> {
    let mut at = if bytes.get(at) == Some(&b'-') { at + 1 } else { at };
    at = match bytes.get(at) {
        Some(b'0') => at + 1,
        _ => digits(bytes, at)?,
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(bytes, at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        at = digits(bytes, at)?;
    }
    Ok(at)
}

/// Passes over the number that begins here. With `by_value`, one that `numeric` does not hold is a flaw.
#[inline]
pub(crate) fn pass<'a>(cursor: &mut TextCursor<'a>, by_value: bool) -> Flawed<&'a str> {
    let begins = cursor.at();
    match end(cursor.bytes(), begins) {
        Ok(end) => {
            let number = cursor.slice(begins..end);
            if by_value && !fits(number) {
                return Err(cursor.flaw(JsonFaultKind::NumberOutOfRange));
            }
            cursor.set(end);
            Ok(number)
        }
        Err(at) => {
            cursor.set(at);
            Err(cursor.unexpected("a digit"))
        }
    }
}

/// Where at least one digit ends.
#[inline]
fn digits(bytes: &[u8], begins: usize) -> Result<usize, usize> {
    let mut at = begins;
    while bytes.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    if at > begins { Ok(at) } else { Err(at) }
}

/// The parts of a right number.
struct NumberParts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: &'a str,
}

impl<'a> NumberParts<'a> {
    fn new(number: &'a str) -> Self {
        let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, ""));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Self { negative, whole, fraction, exponent }
    }
}

/// Whether `numeric` holds a right number, as the server decides it: by how it is written, not by its value alone.
pub(crate) fn fits(number: &str) -> bool {
    // Most numbers are too short to be out of range without an exponent.
    if number.len() as u64 <= DIGITS_AFTER.unsigned_abs() && !number.bytes().any(|byte| byte | 0x20 == b'e') {
        return true;
    }
    let parts = NumberParts::new(number);
    let Some(exponent) = small_exponent(parts.exponent) else { return false };
    if length(parts.fraction) - exponent > DIGITS_AFTER {
        return false;
    }
    let mut digits = parts.whole.bytes().chain(parts.fraction.bytes());
    let Some(zeros) = digits.position(|digit| digit != b'0') else { return true };
    let before = length(parts.whole) - i64::try_from(zeros).unwrap_or(i64::MAX);
    before + exponent <= DIGITS_BEFORE
}

fn length(digits: &str) -> i64 {
    i64::try_from(digits.len()).unwrap_or(i64::MAX)
}

/// The exponent, if it is one that the server looks at.
fn small_exponent(exponent: &str) -> Option<i64> {
    if exponent.is_empty() {
        return Some(0);
    }
    exponent.parse().ok().filter(|exponent: &i64| exponent.abs() < EXPONENT_BOUND)
}

/// Writes a right number in the one form that its value has, exact to the last digit.
///
/// Only up to [`ZEROS`] zeros are written out, because an exponent can ask for more than memory holds.
pub(crate) fn write_canonical(number: &str, out: &mut String) {
    let parts = NumberParts::new(number);
    let mut digits = String::with_capacity(parts.whole.len() + parts.fraction.len());
    digits.push_str(parts.whole);
    digits.push_str(parts.fraction);
    let significant = digits.trim_matches('0');
    if significant.is_empty() {
        out.push('0');
        return;
    }
    if parts.negative {
        out.push('-');
    }
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let written = if parts.exponent.is_empty() { Ok(0) } else { parts.exponent.parse::<i128>() };
    let shift = to_i128(zeros) - to_i128(parts.fraction.len());
    match written.ok().and_then(|exponent| exponent.checked_add(shift)) {
        Some(exponent) => write_shifted(significant, exponent, out),
        // Only the type json keeps such a number, and nobody computes with it: it is kept as it is written.
        None => out.push_str(number.trim_start_matches('-')),
    }
}

fn to_i128(number: usize) -> i128 {
    i128::try_from(number).unwrap_or(i128::MAX)
}

/// Writes `digits` times ten to the power of `exponent`.
fn write_shifted(digits: &str, exponent: i128, out: &mut String) {
    let length = to_i128(digits.len());
    let point = length.saturating_add(exponent);
    if (0..=ZEROS).contains(&exponent) {
        out.push_str(digits);
        out.extend((0..exponent).map(|_| '0'));
    } else if exponent < 0 && point > 0 {
        let (whole, fraction) = digits.split_at_checked(usize::try_from(point).unwrap_or(0)).unwrap_or(("", digits));
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
    } else if exponent < 0 && point > -ZEROS {
        out.push_str("0.");
        out.extend((point..0).map(|_| '0'));
        out.push_str(digits);
    } else {
        out.push_str(digits);
        out.push('e');
        out.push_str(&exponent.to_string());
    }
}
