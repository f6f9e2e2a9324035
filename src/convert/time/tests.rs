mod numbers;
mod patterns;
mod properties;
mod server;
mod shown;
mod texts;
mod zones;

use super::{TimeFault, TimeRules, TimeTarget, TimeValue, Timed, read_text, show};
use crate::convert::way::Ways;

const TIMESTAMPTZ: TimeTarget = TimeTarget::Timestamptz { precision: 6 };
const TIMESTAMP: TimeTarget = TimeTarget::Timestamp { precision: 6 };
const DATE: TimeTarget = TimeTarget::Date;
const TIME: TimeTarget = TimeTarget::Time { precision: 6 };

fn none() -> TimeRules {
    TimeRules::default()
}

fn in_zone(zone: &str) -> TimeRules {
    TimeRules { zone: Some(zone.parse().unwrap()), ..none() }
}

/// The canonical text of what was read, and the ways.
fn shown(result: Result<Timed, TimeFault>, target: TimeTarget) -> (String, Ways) {
    let timed = result.unwrap();
    (show(timed.value, target), timed.ways)
}

#[track_caller]
fn reads(text: &str, target: TimeTarget, rules: &TimeRules, expected: &str, ways: &[Ways]) {
    let mut all = Ways::NONE;
    for way in ways {
        all |= *way;
    }
    assert_eq!(shown(read_text(text, target, rules), target), (expected.to_owned(), all), "{text:?}");
}

#[track_caller]
fn faults(text: &str, target: TimeTarget, rules: &TimeRules, expected: &TimeFault) {
    assert_eq!(read_text(text, target, rules).as_ref(), Err(expected), "{text:?}");
}

#[test]
fn nothing_is_left_out_of_the_value() {
    assert_eq!(read_text("2000-01-01 00:00:00.000001Z", TIMESTAMPTZ, &none()).unwrap().value, TimeValue::Timestamp(1));
    assert_eq!(read_text("1999-12-31", DATE, &none()).unwrap().value, TimeValue::Date(-1));
    assert_eq!(read_text("00:00:01", TIME, &none()).unwrap().value, TimeValue::Time(1_000_000));
}
