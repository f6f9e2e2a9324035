//! Reads a value of SQLite as a date or a time of PostgreSQL, only where it has exactly one meaning.
//!
//! Nothing is left to the server because the server evaluates words ("now"), drops offsets and rounds digits
//! without a word. What has no single meaning is a [`TimeFault`]; the user's [`TimeRules`] settle it, and
//! [`Ways`] of a value tell which of them were needed.

mod calendar;
mod epoch;
mod explain;
mod fault;
mod form;
mod interval;
mod moment;
mod number;
mod pattern;
mod place;
mod rules;
mod scan;
#[cfg(test)]
mod tests;
mod value;
mod zone;
mod zone_history;

pub(crate) use epoch::Epoch;
pub(crate) use fault::TimeFault;
pub(crate) use form::TimeForm;
pub(crate) use interval::{Interval, IntervalFault};
pub(crate) use pattern::{PatternFault, TimePattern};
pub(crate) use rules::{ExtraDigits, Fold, TimeRules, TimeTarget};
pub(crate) use value::{TimeValue, Timed, show};

use super::way::{Way, Ways};
use number::{NumberText, Storage};
use scan::Scanned;

/// Reads a text: ISO 8601, then the rule `pattern`, then the rule `number`.
///
/// # Errors
/// The text has no meaning, or more than one under these rules.
pub(crate) fn read_text(text: &str, target: TimeTarget, rules: &TimeRules) -> Result<Timed, TimeFault> {
    let scanned = scan::scan(text.as_bytes());
    if let Some((iso, _)) = scanned.filter(|&(_, end)| end == text.len()) {
        let value = place::place(&iso, target, rules);
        return match &rules.pattern {
            None => value,
            Some(pattern) => read_both(value, pattern, text, target, rules),
        };
    }
    read_other(text, scanned, target, rules)
}

/// Reads an integer: by the rule `pattern` where its digits are a date (20250127), else by the rule `number`.
///
/// # Errors
/// The number has no meaning, or more than one under these rules.
pub(crate) fn read_integer(number: i64, target: TimeTarget, rules: &TimeRules) -> Result<Timed, TimeFault> {
    read_digits(&number.to_string(), Storage::Integer, target, rules)
}

/// Reads a real by the rule `number`.
///
/// A double has an exact expansion of up to a thousand digits, but who stored 1737968130.1 meant the shortest
/// decimal form that gives this double, so that form (which is also what Rust prints) is the value here.
///
/// # Errors
/// The number has no meaning, or more than one under these rules.
pub(crate) fn read_real(number: f64, target: TimeTarget, rules: &TimeRules) -> Result<Timed, TimeFault> {
    if !number.is_finite() {
        return Err(TimeFault::NotATime);
    }
    read_digits(&number.to_string(), Storage::Real, target, rules)
}

/// A text that is no ISO 8601 is read by the pattern, else as a number, and otherwise its fault is named.
fn read_other(
    text: &str,
    scanned: Option<(Scanned, usize)>,
    target: TimeTarget,
    rules: &TimeRules,
) -> Result<Timed, TimeFault> {
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Err(TimeFault::Empty);
    }
    if NumberText::parse(trimmed).is_some() {
        return read_digits(trimmed, Storage::Text, target, rules)
            .map(|timed| if trimmed.len() == text.len() { timed } else { timed.with(Ways::of(Way::Spaces)) });
    }
    match &rules.pattern {
        None => Err(explain::explain(text, scanned)),
        Some(pattern) => match pattern.scan(trimmed)? {
            Some(scanned) => place::place(&scanned, target, rules),
            None => Err(match explain::explain(text, scanned) {
                fault @ TimeFault::Word(_) => fault,
                _ => TimeFault::PatternMismatch,
            }),
        },
    }
}

/// A text that is ISO 8601 and fits the pattern too must mean the same in both, because "%Y-%d-%m" reads other
/// days out of the same digits.
fn read_both(
    iso: Result<Timed, TimeFault>,
    pattern: &TimePattern,
    text: &str,
    target: TimeTarget,
    rules: &TimeRules,
) -> Result<Timed, TimeFault> {
    let Some(scanned) = pattern.scan(text.trim_ascii())? else { return iso };
    let by_pattern = place::place(&scanned, target, rules);
    match (&iso, &by_pattern) {
        (Ok(first), Ok(second)) if first.value != second.value => Err(TimeFault::TwoReadings),
        (Err(_), Ok(_)) => by_pattern,
        _ => iso,
    }
}

fn read_digits(digits: &str, storage: Storage, target: TimeTarget, rules: &TimeRules) -> Result<Timed, TimeFault> {
    if let Some(pattern) = &rules.pattern
        && let Some(scanned) = pattern.scan(digits)?
    {
        return place::place(&scanned, target, rules);
    }
    let decimal = NumberText::parse(digits).ok_or(TimeFault::NotATime)?;
    number::read(&decimal, storage, target, rules)
}
