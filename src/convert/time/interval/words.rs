//! Intervals in words, as PostgreSQL prints them, and as Python prints a timedelta: `1 year 2 mons 3 days 04:05:06`, `-1 day, 23:59:59`.

use super::{IntervalFault, IntervalPart, IntervalParts, SpanUnit, number, signed};

const UNITS: [(&[&str], SpanUnit); 7] = [
    (&["year", "years", "yr", "yrs"], SpanUnit::Year),
    (&["mon", "mons", "month", "months"], SpanUnit::Month),
    (&["week", "weeks"], SpanUnit::Week),
    (&["day", "days"], SpanUnit::Day),
    (&["hour", "hours", "hr", "hrs"], SpanUnit::Hour),
    (&["min", "mins", "minute", "minutes"], SpanUnit::Minute),
    (&["sec", "secs", "second", "seconds"], SpanUnit::Second),
];

/// Reads numbers with their units, and a clock at the end. With `@` in front it is of the style `postgres_verbose`: there a part without a sign is
/// positive, and `ago` turns all signs.
pub(super) fn read(text: &str) -> Result<IntervalParts, IntervalFault> {
    let (is_verbose, text) = match text.strip_prefix("@ ") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (is_ago, text) = match text.strip_suffix(" ago").filter(|_| is_verbose) {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = IntervalParts::default();
    // Whether a part without a sign has more than one meaning: one stands behind a negative one.
    let mut is_unclear = false;
    let mut tokens = text.split(' ').peekable();
    while let Some(token) = tokens.next() {
        let (sign, digits) = signed(token);
        if is_unclear && sign.is_none() {
            return Err(IntervalFault::UnclearSign);
        }
        let is_negative = sign == Some(true);
        if digits.contains(':') {
            clock(digits, is_negative, &mut parts)?;
            if tokens.peek().is_some() {
                return Err(IntervalFault::NotAnInterval);
            }
            break;
        }
        let Some(word) = tokens.next() else {
            number(digits, SpanUnit::Second)?;
            return Err(IntervalFault::WithoutUnit);
        };
        // Behind a comma Python writes a clock, which is never negative.
        let (word, is_python) = match word.strip_suffix(',') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let unit =
            unit(word).filter(|unit| !is_python || *unit == SpanUnit::Day).ok_or(IntervalFault::NotAnInterval)?;
        let (whole, picos) = number(digits, unit)?;
        parts.add(IntervalPart { unit, is_negative, whole, picos })?;
        if is_python && !tokens.peek().is_some_and(|next| next.contains(':') && signed(next).0.is_none()) {
            return Err(IntervalFault::NotAnInterval);
        }
        is_unclear = is_negative && !is_python && !is_verbose;
    }
    if is_ago {
        parts.negate();
    }
    Ok(parts)
}

fn unit(word: &str) -> Option<SpanUnit> {
    let is_named = |(names, _): &&(&[&str], SpanUnit)| names.iter().any(|name| name.eq_ignore_ascii_case(word));
    UNITS.iter().find(is_named).map(|(_, unit)| *unit)
}

/// Hours, minutes and seconds, all of them.
fn clock(text: &str, is_negative: bool, parts: &mut IntervalParts) -> Result<(), IntervalFault> {
    let [hours, minutes, seconds] = text.split(':').collect::<Vec<_>>()[..] else {
        return Err(if text.matches(':').count() == 1 {
            IntervalFault::ShortClock
        } else {
            IntervalFault::NotAnInterval
        });
    };
    for (written, unit) in [(hours, SpanUnit::Hour), (minutes, SpanUnit::Minute), (seconds, SpanUnit::Second)] {
        let (whole, picos) = number(written, unit)?;
        let is_pair = written.split('.').next().is_some_and(|whole| whole.len() == 2);
        if unit != SpanUnit::Hour && (whole >= 60 || !is_pair) {
            return Err(IntervalFault::NotAnInterval);
        }
        parts.add(IntervalPart { unit, is_negative, whole, picos })?;
    }
    Ok(())
}
