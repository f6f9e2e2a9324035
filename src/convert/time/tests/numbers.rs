use super::super::{Epoch, ExtraDigits};
use super::super::{read_integer, read_real};
use super::{DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TimeFault, TimeRules, TimeTarget, Ways, faults, none, reads, shown};
use crate::convert::way::Way;

fn counts(epoch: Epoch) -> TimeRules {
    TimeRules { number: Some(epoch), ..none() }
}

#[test]
fn a_number_without_a_rule_is_told_by_its_size() {
    for (text, digits, likely) in [
        ("1737968130", 10, Some(Epoch::Seconds)),
        ("-1737968130.5", 10, Some(Epoch::Seconds)),
        ("1737968130123", 13, Some(Epoch::Millis)),
        ("1737968130123456", 16, Some(Epoch::Micros)),
        ("1737968130123456789", 19, Some(Epoch::Nanos)),
        ("2460702.885", 7, Some(Epoch::Julian)),
        ("2460702", 7, None),
        ("2025", 4, None),
        ("0", 1, None),
        ("20259999", 8, None),
    ] {
        faults(text, TIMESTAMPTZ, &none(), &TimeFault::Number { digits, likely });
        let by_size = read_integer_or_text(text, &counts(Epoch::BySize));
        assert_eq!(by_size.is_ok(), likely.is_some_and(|likely| likely != Epoch::Nanos), "{text}: {by_size:?}");
    }
    let fault = TimeFault::Number { digits: 13, likely: Some(Epoch::Millis) };
    assert_eq!(fault.to_string(), "a number of 13 digits, by its size milliseconds");
    assert_eq!(read_integer(20_250_127, DATE, &none()), Err(TimeFault::CompactDate));
    assert_eq!(read_integer(20_250_127, DATE, &counts(Epoch::BySize)), Err(TimeFault::CompactDate));
}

fn read_integer_or_text(text: &str, rules: &TimeRules) -> Result<super::Timed, TimeFault> {
    text.parse()
        .map_or_else(|_| super::read_text(text, TIMESTAMPTZ, rules), |number| read_integer(number, TIMESTAMPTZ, rules))
}

#[test]
fn counts_are_exact() {
    let ways = [Ways::of(Way::Epoch)];
    for (text, epoch, expected) in [
        ("0", Epoch::Seconds, "1970-01-01 00:00:00+00"),
        ("-0", Epoch::Seconds, "1970-01-01 00:00:00+00"),
        ("-1", Epoch::Seconds, "1969-12-31 23:59:59+00"),
        ("-0.25", Epoch::Seconds, "1969-12-31 23:59:59.75+00"),
        ("1737968130.5", Epoch::Seconds, "2025-01-27 08:55:30.5+00"),
        ("1737968130.123456000", Epoch::Seconds, "2025-01-27 08:55:30.123456+00"),
        ("1737968130123", Epoch::Millis, "2025-01-27 08:55:30.123+00"),
        ("-1", Epoch::Millis, "1969-12-31 23:59:59.999+00"),
        ("1737968130123.456", Epoch::Millis, "2025-01-27 08:55:30.123456+00"),
        ("1737968130123456", Epoch::Micros, "2025-01-27 08:55:30.123456+00"),
        ("1737968130123456000", Epoch::Nanos, "2025-01-27 08:55:30.123456+00"),
        ("253402300799", Epoch::Seconds, "9999-12-31 23:59:59+00"),
        ("-62135596800", Epoch::Seconds, "0001-01-01 00:00:00+00"),
    ] {
        reads(text, TIMESTAMPTZ, &counts(epoch), expected, &ways);
    }
    faults("1737968130", TIMESTAMP, &counts(Epoch::Seconds), &TimeFault::OffsetLost);
    let rules = TimeRules { zone: Some(chrono_tz::Tz::Europe__Berlin), ..counts(Epoch::Seconds) };
    reads("1737968130", TIMESTAMP, &rules, "2025-01-27 09:55:30", &[Ways::of(Way::Epoch), Ways::of(Way::Zone)]);
    reads(
        "1737932400",
        DATE,
        &rules,
        "2025-01-27",
        &[Ways::of(Way::Epoch), Ways::of(Way::Zone), Ways::of(Way::Midnight)],
    );
    faults("1737968130", DATE, &rules, &TimeFault::TimeOfDayLost);
    for text in ["1e9", "0x10", "1_000", "1,5", ".5", "--1", "1.2.3", "."] {
        assert!(super::read_text(text, TIMESTAMPTZ, &counts(Epoch::Seconds)).is_err(), "{text}");
    }
}

#[test]
fn digits_of_a_count_are_not_dropped() {
    for (text, epoch, digits) in [
        ("1737968130.1234567", Epoch::Seconds, 7),
        ("1737968130123456789", Epoch::Nanos, 9),
        ("1737968130123.0000000000000001", Epoch::Millis, 12),
    ] {
        faults(text, TIMESTAMPTZ, &counts(epoch), &TimeFault::TooManyDigits { digits });
    }
    let rules = TimeRules { precision: Some(ExtraDigits::Truncate), ..counts(Epoch::Seconds) };
    let ways = [Ways::of(Way::Epoch), Ways::of(Way::Precision)];
    reads("-1.5555555", TIMESTAMPTZ, &rules, "1969-12-31 23:59:58.444444+00", &ways);
    let rules = TimeRules { precision: Some(ExtraDigits::Round), ..counts(Epoch::Seconds) };
    let ways = [Ways::of(Way::Epoch), Ways::of(Way::Precision)];
    reads("-0.00000000000000001", TIMESTAMPTZ, &rules, "1970-01-01 00:00:00+00", &ways);
    let millis = TimeTarget::Timestamptz { precision: 3 };
    reads("1737968130.1235", millis, &rules, "2025-01-27 08:55:30.124+00", &ways);
}

#[test]
fn a_number_of_another_unit_is_noticed() {
    let fault = TimeFault::BeyondYears { epoch: Epoch::Seconds, year: 57_044, likely: Some(Epoch::Millis) };
    faults("1737968130123", TIMESTAMPTZ, &counts(Epoch::Seconds), &fault);
    assert_eq!(fault.to_string(), "as seconds it would be the year 57044: milliseconds?");
    for number in [i64::MIN, i64::MAX] {
        let fault = read_integer(number, TIMESTAMPTZ, &counts(Epoch::Seconds));
        assert!(matches!(fault, Err(TimeFault::BeyondYears { likely: Some(Epoch::Nanos), .. })), "{fault:?}");
    }
    faults(&"9".repeat(40), TIMESTAMPTZ, &counts(Epoch::Micros), &TimeFault::OutOfRange);
    let fault = TimeFault::BeyondYears { epoch: Epoch::Julian, year: -4713, likely: None };
    faults("0", TIMESTAMPTZ, &counts(Epoch::Julian), &fault);
    assert_eq!(fault.to_string(), "as a Julian day it would be the year 4714 BC");
}

#[test]
fn a_real_is_its_shortest_decimal_form() {
    let rules = counts(Epoch::Seconds);
    let read = |number, rules: &TimeRules| shown(read_real(number, TIMESTAMPTZ, rules), TIMESTAMPTZ).0;
    assert_eq!(read(1_737_968_130.1, &rules), "2025-01-27 08:55:30.1+00");
    assert_eq!(read(1_737_968_130.0, &rules), "2025-01-27 08:55:30+00");
    assert_eq!(read(1.737_968_130_123e12, &counts(Epoch::Millis)), "2025-01-27 08:55:30.123+00");
    assert_eq!(read_real(1_737_968_130.123_456_7, TIMESTAMPTZ, &rules), Err(TimeFault::TooManyDigits { digits: 7 }));
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(read_real(number, TIMESTAMPTZ, &rules), Err(TimeFault::NotATime));
    }
    for number in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324] {
        for epoch in [Epoch::Seconds, Epoch::Julian, Epoch::Nanos, Epoch::BySize] {
            assert!(read_real(number, TIMESTAMPTZ, &counts(epoch)).is_err());
        }
    }
}

#[test]
fn a_count_in_a_column_of_times_is_one_from_midnight() {
    let rules = counts(Epoch::Seconds);
    reads("33330.5", TIME, &rules, "09:15:30.5", &[Ways::of(Way::Epoch)]);
    reads("86400", TIME, &rules, "24:00:00", &[Ways::of(Way::Epoch)]);
    for text in ["86401", "86400.1", "-1", "-0.5", "1737968130"] {
        faults(text, TIME, &rules, &TimeFault::DateLost);
    }
    faults("2460702.885", TIME, &counts(Epoch::Julian), &TimeFault::DateLost);
}

#[test]
fn a_julian_day_is_the_millisecond_of_sqlite() {
    let rules = counts(Epoch::Julian);
    for (text, expected) in [
        ("2460702.885", "2025-01-27 09:14:24+00"),
        ("2460702.5", "2025-01-27 00:00:00+00"),
        ("2460703", "2025-01-27 12:00:00+00"),
        ("1721425.5", "0001-01-01 00:00:00+00"),
        // As SQLite itself makes a text of the same number.
        ("2460702.88576531", "2025-01-27 09:15:30.123+00"),
        // select julianday('2025-01-27 09:15:30.123') in SQLite, as text with all digits of the double.
        ("2460702.8857653127", "2025-01-27 09:15:30.123+00"),
    ] {
        reads(text, TIMESTAMPTZ, &rules, expected, &[Ways::of(Way::Epoch)]);
    }
    faults("2460702.8853010001", TIMESTAMPTZ, &rules, &TimeFault::TooManyDigits { digits: 4 });
    let settled = |digits| TimeRules { precision: Some(digits), ..counts(Epoch::Julian) };
    let expected = "2025-01-27 09:14:50.006+00";
    reads(
        "2460702.8853010001",
        TIMESTAMPTZ,
        &settled(ExtraDigits::Round),
        expected,
        &[Ways::of(Way::Epoch), Ways::of(Way::Precision)],
    );
    reads(
        "2460702.8853010001",
        TIMESTAMPTZ,
        &settled(ExtraDigits::Truncate),
        expected,
        &[Ways::of(Way::Epoch), Ways::of(Way::Precision)],
    );
}
