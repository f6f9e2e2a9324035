//! Durations of ISO 8601: `P1Y2M3DT4H5M6.5S`.

use super::{IntervalFault, IntervalPart, IntervalParts, SpanUnit, number, signed};

const DAYS: [(char, SpanUnit); 4] =
    [('Y', SpanUnit::Year), ('M', SpanUnit::Month), ('W', SpanUnit::Week), ('D', SpanUnit::Day)];
const CLOCK: [(char, SpanUnit); 3] = [('H', SpanUnit::Hour), ('M', SpanUnit::Minute), ('S', SpanUnit::Second)];

/// Reads a duration. Each part may have a sign of its own, as PostgreSQL writes it, or one stands before all, as XML Schema has it.
pub(super) fn read(text: &str) -> Result<IntervalParts, IntervalFault> {
    let (sign, rest) = signed(text);
    let rest = rest.strip_prefix('P').ok_or(IntervalFault::NotAnInterval)?;
    let (days, clock) = match rest.split_once('T') {
        Some((days, clock)) => (days, Some(clock)),
        None => (rest, None),
    };
    let mut parts = IntervalParts::default();
    let has_signs = section(days, &DAYS, &mut parts)? | section(clock.unwrap_or_default(), &CLOCK, &mut parts)?;
    if parts.found.is_empty() || clock.is_some_and(str::is_empty) {
        return Err(IntervalFault::NotAnInterval);
    }
    if sign.is_some() && has_signs {
        return Err(IntervalFault::UnclearSign);
    }
    if sign == Some(true) {
        parts.negate();
    }
    Ok(parts)
}

/// Reads numbers, each with its letter behind it, in the order of the letters. Returns whether one has a sign.
fn section(mut text: &str, units: &[(char, SpanUnit)], parts: &mut IntervalParts) -> Result<bool, IntervalFault> {
    let (mut left, mut has_signs) = (units, false);
    while !text.is_empty() {
        let end = text.find(|letter: char| letter.is_ascii_alphabetic()).ok_or(IntervalFault::NotAnInterval)?;
        let (written, rest) = text.split_at(end);
        let at = left.iter().position(|(letter, _)| rest.starts_with(*letter)).ok_or(IntervalFault::NotAnInterval)?;
        let (sign, digits) = signed(written);
        has_signs |= sign.is_some();
        let unit = left[at].1;
        let (whole, picos) = number(digits, unit)?;
        parts.add(IntervalPart { unit, is_negative: sign == Some(true), whole, picos })?;
        (left, text) = (&left[at + 1..], &rest[1..]);
    }
    Ok(has_signs)
}
