//! The rules that are about rows, and about where the values of a column come from.

use super::{ConvertOptions, RuleValue, WrongRule, one_of, text};
use crate::convert::options::{FillValue, OrphanRule, RowAge, Supply};
use crate::convert::time::{TimeRules, TimeTarget, TimeValue, read_text};
use crate::sql::{Dialect, not_one_expression};

/// The units of a span, with their microseconds. A month has no length of its own.
const UNITS: [(&str, i64); 5] = [
    ("second", 1_000_000),
    ("minute", 60_000_000),
    ("hour", 3_600_000_000),
    ("day", 86_400_000_000),
    ("week", 604_800_000_000),
];

impl ConvertOptions {
    pub(super) fn set_supply(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        self.supply = match rule {
            "sqlite" => Supply::Sqlite(expression(Dialect::Sqlite, value)?),
            "postgres" => Supply::Postgres(expression(Dialect::Postgres, value)?),
            _ => Supply::Fill(fill(value)?),
        };
        Ok(())
    }

    pub(super) fn set_rows(&mut self, rule: &str, value: &RuleValue) -> Result<(), WrongRule> {
        match rule {
            "orphan" => {
                self.orphan = Some(one_of(value, &[("null", OrphanRule::Null), ("skip", OrphanRule::Skip)])?);
            }
            "older_than" => self.age = Some(RowAge::OlderThan(span(value)?)),
            _ => self.age = Some(RowAge::Before(moment(value)?)),
        }
        Ok(())
    }
}

fn expression(dialect: Dialect, value: &RuleValue) -> Result<String, WrongRule> {
    let text = text(value)?;
    match not_one_expression(dialect, &text) {
        None => Ok(text),
        Some(why) => Err(WrongRule { expected: format!("one expression, and this is none: {why}") }),
    }
}

fn fill(value: &RuleValue) -> Result<FillValue, WrongRule> {
    let number = |text: &str| match (text.parse(), text.parse::<f64>()) {
        (Ok(number), _) => FillValue::Integer(number),
        // Digits that neither keeps are text, which is read by the type of the column.
        (_, Ok(number)) if number.is_finite() && number.to_string() == text => FillValue::Real(number),
        _ => FillValue::Text(text.to_owned()),
    };
    match value {
        RuleValue::Boolean(flag) => Ok(FillValue::Integer(i64::from(*flag))),
        RuleValue::Number(text) => Ok(number(text)),
        RuleValue::Text(text) => Ok(FillValue::Text(text.clone())),
        _ => Err(WrongRule { expected: "a text, a number, true or false".to_owned() }),
    }
}

/// `30 days`.
fn span(value: &RuleValue) -> Result<i64, WrongRule> {
    let wrong =
        || WrongRule { expected: "a span such as \"30 days\": in seconds, minutes, hours, days or weeks".to_owned() };
    let text = text(value)?;
    let (number, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let number: i64 = number.parse().ok().filter(|number| *number >= 0).ok_or_else(wrong)?;
    let unit = unit.trim();
    let is_unit = |name: &str| unit == name || unit.strip_suffix('s') == Some(name);
    let (_, micros) = UNITS.iter().find(|(name, _)| is_unit(name)).ok_or_else(wrong)?;
    number.checked_mul(*micros).ok_or_else(wrong)
}

/// `2025-01-01T00:00:00Z`.
fn moment(value: &RuleValue) -> Result<i64, WrongRule> {
    let wrong = || WrongRule { expected: "a time with its zone, such as \"2025-01-01T00:00:00Z\"".to_owned() };
    let read = read_text(&text(value)?, TimeTarget::Timestamptz { precision: 6 }, &TimeRules::default());
    match read.map_err(|_| wrong())?.value {
        TimeValue::Timestamp(micros) => Ok(micros),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(rule: &str, value: &str) -> Option<ConvertOptions> {
        let mut options = ConvertOptions::default();
        options.set(rule, &RuleValue::Text(value.to_owned())).ok().map(|()| options)
    }

    #[test]
    fn spans_and_moments_have_one_meaning() {
        let age = |rule: &str, text: &str| set(rule, text).and_then(|options| options.age);
        assert_eq!(age("older_than", "30 days"), Some(RowAge::OlderThan(30 * 86_400_000_000)));
        assert_eq!(age("older_than", "1 week"), age("older_than", "7 days"));
        assert_eq!(age("before", "2000-01-01T01:00:00+01:00"), Some(RowAge::Before(0)));
        for wrong in ["30", "days", "1 month", "-1 days", "1.5 days", "99999999999999999 weeks", "1 dayss"] {
            assert_eq!(age("older_than", wrong), None, "{wrong}");
        }
        for wrong in ["now", "2025-01-01", "2025-01-01T00:00:00", "1737968130"] {
            assert_eq!(age("before", wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_constant_is_what_it_is_written_as() {
        let of = |value: RuleValue| fill(&value).ok();
        assert_eq!(of(RuleValue::Boolean(true)), Some(FillValue::Integer(1)));
        assert_eq!(of(RuleValue::Number("7".to_owned())), Some(FillValue::Integer(7)));
        assert_eq!(of(RuleValue::Number("0.5".to_owned())), Some(FillValue::Real(0.5)));
        let long = "123456789012345678901234567890.5";
        assert_eq!(of(RuleValue::Number(long.to_owned())), Some(FillValue::Text(long.to_owned())));
        assert_eq!(of(RuleValue::List(Vec::new())), None);
    }

    #[test]
    fn an_expression_stays_in_its_place() {
        assert!(set("sqlite", "json_object('a', a)").is_some());
        assert!(set("postgres", "now()").is_some());
        assert!(set("sqlite", "a, b").is_none());
        assert!(set("postgres", "1) FROM t; DROP TABLE t --").is_none());
    }
}
