use super::super::read_text;
use super::super::{Epoch, ExtraDigits};
use super::{DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TimeFault, TimeRules, TimeTarget, Ways, faults, in_zone, none, reads};
use crate::convert::way::Way;

#[test]
fn iso_texts_need_no_rule() {
    for (text, expected) in [
        ("2025-01-27T09:15:30Z", "2025-01-27 09:15:30+00"),
        ("2025-01-27t09:15:30z", "2025-01-27 09:15:30+00"),
        ("2025-01-27 09:15Z", "2025-01-27 09:15:00+00"),
        ("2025-01-27 09:15:30.5 UTC", "2025-01-27 09:15:30.5+00"),
        ("2025-01-27 09:15:30 gmt", "2025-01-27 09:15:30+00"),
        ("2025-01-27 09:15:30.123456000+00:00", "2025-01-27 09:15:30.123456+00"),
        ("2025-01-27 09:15:30.-00", "2025-01-27 09:15:30+00"),
        ("2025-01-27 09:15:30 +0000 UTC", "2025-01-27 09:15:30+00"),
        ("12025-01-27 09:15:30Z", "12025-01-27 09:15:30+00"),
        ("+012025-01-27 09:15:30Z", "12025-01-27 09:15:30+00"),
        ("0001-01-01 00:00:00Z", "0001-01-01 00:00:00+00"),
        ("294276-12-31 23:59:59.999999Z", "294276-12-31 23:59:59.999999+00"),
    ] {
        let ways: &[Ways] = if text.contains("+0000") { &[Ways::of(Way::OffsetWithoutColon)] } else { &[] };
        reads(text, TIMESTAMPTZ, &none(), expected, ways);
    }
    reads("2025-01-27 09:15:30.25", TIMESTAMP, &none(), "2025-01-27 09:15:30.25", &[]);
    reads("2025-01-27", DATE, &none(), "2025-01-27", &[]);
    reads("5874897-12-31", DATE, &none(), "5874897-12-31", &[]);
    reads("09:15", TIME, &none(), "09:15:00", &[]);
    reads("09:15:30.000001", TIME, &none(), "09:15:30.000001", &[]);
}

#[test]
fn offsets_are_converted() {
    for (text, expected) in [
        ("2025-01-27 09:15:30+01", "2025-01-27 08:15:30+00"),
        ("2025-01-27 09:15:30 +01:00", "2025-01-27 08:15:30+00"),
        ("2025-01-27 09:15:30-05:30:15", "2025-01-27 14:45:45+00"),
        ("0001-01-01 00:00+15:59:59", "0001-12-31 08:00:01+00 BC"),
    ] {
        reads(text, TIMESTAMPTZ, &none(), expected, &[Ways::of(Way::Offset)]);
    }
    let ways = [Ways::of(Way::Offset), Ways::of(Way::OffsetWithoutColon)];
    reads("2025-01-27 09:15:30+0530", TIMESTAMPTZ, &none(), "2025-01-27 03:45:30+00", &ways);
    for text in ["2025-01-27 09:15+16", "2025-01-27 09:15-16:00", "2025-01-27 09:15+01:60", "2025-01-27 09:15+0199"] {
        faults(text, TIMESTAMPTZ, &none(), &TimeFault::NoSuchOffset);
    }
}

#[test]
fn an_instant_in_a_column_without_a_zone_needs_one() {
    for text in ["2025-01-27 09:15:30Z", "2025-01-27 09:15:30+00:00", "2025-01-27 09:15:30+05"] {
        faults(text, TIMESTAMP, &none(), &TimeFault::OffsetLost);
    }
    faults("2025-01-27 00:00Z", DATE, &none(), &TimeFault::OffsetLost);
    faults("09:15+01", TIME, &in_zone("UTC"), &TimeFault::OffsetOfTime);
    let berlin = in_zone("Europe/Berlin");
    reads("2025-01-27 09:15:30Z", TIMESTAMP, &berlin, "2025-01-27 10:15:30", &[Ways::of(Way::Zone)]);
    reads(
        "2025-01-27 09:15+05",
        TIMESTAMP,
        &berlin,
        "2025-01-27 05:15:00",
        &[Ways::of(Way::Zone), Ways::of(Way::Offset)],
    );
    reads("2025-01-26 23:00Z", DATE, &berlin, "2025-01-27", &[Ways::of(Way::Zone), Ways::of(Way::Midnight)]);
    faults("2025-01-27 00:00Z", DATE, &berlin, &TimeFault::TimeOfDayLost);
}

#[test]
fn a_date_is_a_midnight_and_a_midnight_a_date() {
    reads("2025-01-27", TIMESTAMP, &none(), "2025-01-27 00:00:00", &[Ways::of(Way::DateOnly)]);
    faults("2025-01-27", TIMESTAMPTZ, &none(), &TimeFault::Naive);
    let ways = [Ways::of(Way::DateOnly), Ways::of(Way::Zone)];
    reads("2025-01-27", TIMESTAMPTZ, &in_zone("Europe/Berlin"), "2025-01-26 23:00:00+00", &ways);
    reads("2025-01-27 00:00:00.000", DATE, &none(), "2025-01-27", &[Ways::of(Way::Midnight)]);
    for text in ["2025-01-27 00:00:01", "2025-01-27 00:00:00.0000001", "2025-01-27 24:00", "2025-01-27 23:59:60"] {
        faults(text, DATE, &none(), &TimeFault::TimeOfDayLost);
    }
    faults("2025-01-27 09:15", TIME, &none(), &TimeFault::DateLost);
    faults("2025-01-27 09:15Z", TIME, &none(), &TimeFault::DateLost);
    faults("2025-01-27", TIME, &none(), &TimeFault::TimeMissing);
    faults("09:15", DATE, &none(), &TimeFault::DateMissing);
    faults("09:15", TIMESTAMP, &none(), &TimeFault::DateMissing);
}

#[test]
fn the_last_minute_may_have_a_leap_second_and_a_day_an_end() {
    let leap = [Ways::of(Way::LeapSecond)];
    reads("2016-12-31 23:59:60Z", TIMESTAMPTZ, &none(), "2017-01-01 00:00:00+00", &leap);
    reads("2016-12-31 23:59:60.000", TIMESTAMP, &none(), "2017-01-01 00:00:00", &leap);
    reads("23:59:60", TIME, &none(), "24:00:00", &leap);
    faults("2016-12-31 23:59:60.5", TIMESTAMP, &none(), &TimeFault::LeapFraction);
    reads("2016-12-31 24:00", TIMESTAMP, &none(), "2017-01-01 00:00:00", &[Ways::of(Way::EndOfDay)]);
    reads("24:00:00.0", TIME, &none(), "24:00:00", &[]);
    for text in ["24:00:01", "24:00:00.1", "24:00:60", "25:00", "12:60", "12:59:61"] {
        faults(text, TIME, &none(), &TimeFault::NoSuchTime);
    }
}

#[test]
fn days_that_are_none() {
    for text in ["2025-02-30", "2025-02-29", "1900-02-29", "2025-13-01", "2025-00-10", "2025-10-00", "2025-00-00"] {
        faults(text, DATE, &none(), &TimeFault::NoSuchDay);
    }
    reads("2000-02-29", DATE, &none(), "2000-02-29", &[]);
    faults("0000-01-01", DATE, &none(), &TimeFault::YearZero);
    for text in ["-0043-03-15", "-4713-11-24 12:00:00", "0044-03-15 BC", "0044-03-15 10:00:00 bc"] {
        faults(text, TIMESTAMP, &none(), &TimeFault::BeforeChrist);
    }
    for (text, target) in [
        ("294277-01-01", TIMESTAMP),
        ("5874897-12-31", TIMESTAMP),
        ("294276-12-31 24:00", TIMESTAMP),
        ("5874898-01-01", DATE),
        ("9999999-01-01", DATE),
        ("294276-12-31 23:59:59-15", TIMESTAMPTZ),
    ] {
        faults(text, target, &none(), &TimeFault::OutOfRange);
    }
}

#[test]
fn zero_dates_become_null_by_rule() {
    let rules = TimeRules { zero_date: true, ..none() };
    for text in ["0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00.000000Z"] {
        for target in [DATE, TIMESTAMP, TIMESTAMPTZ] {
            faults(text, target, &none(), &TimeFault::ZeroDate);
            reads(text, target, &rules, "NULL", &[Ways::of(Way::ZeroDate)]);
        }
    }
    faults("0000-00-00 00:00:01", DATE, &rules, &TimeFault::YearZero);
}

#[test]
fn digits_beyond_the_column_are_settled_by_rule() {
    let rule = |digits| TimeRules { precision: Some(digits), ..none() };
    let (round, truncate) = (rule(ExtraDigits::Round), rule(ExtraDigits::Truncate));
    let millis = TimeTarget::Timestamp { precision: 3 };
    for (text, target, digits) in [
        ("2025-01-27 09:15:30.1234567", TIMESTAMP, 7),
        ("2025-01-27 09:15:30.123456789", TIMESTAMP, 9),
        ("2025-01-27 09:15:30.1234560000000001", TIMESTAMP, 12),
        ("2025-01-27 09:15:30.1234", millis, 4),
        ("2025-01-27 09:15:30.5", TimeTarget::Timestamp { precision: 0 }, 1),
    ] {
        faults(text, target, &none(), &TimeFault::TooManyDigits { digits });
    }
    reads("2025-01-27 09:15:30.123000000", millis, &none(), "2025-01-27 09:15:30.123", &[]);
    for (text, rounded, truncated) in [
        ("2025-01-27 09:15:30.1235", "2025-01-27 09:15:30.124", "2025-01-27 09:15:30.123"),
        ("1999-01-27 09:15:30.1235", "1999-01-27 09:15:30.123", "1999-01-27 09:15:30.123"),
        ("1999-01-27 09:15:30.12350000000000001", "1999-01-27 09:15:30.124", "1999-01-27 09:15:30.123"),
        ("2025-12-31 23:59:59.9995", "2026-01-01 00:00:00", "2025-12-31 23:59:59.999"),
    ] {
        reads(text, millis, &round, rounded, &[Ways::of(Way::Precision)]);
        reads(text, millis, &truncate, truncated, &[Ways::of(Way::Precision)]);
    }
    reads("23:59:59.9999999", TIME, &round, "24:00:00", &[Ways::of(Way::Precision)]);
    faults("294276-12-31 23:59:59.9999999", TIMESTAMP, &round, &TimeFault::OutOfRange);
}

#[test]
fn a_comma_needs_its_rule() {
    faults("2025-01-27 09:15:30,123", TIMESTAMP, &none(), &TimeFault::DecimalComma);
    let rules = TimeRules { decimal_comma: true, ..none() };
    reads("2025-01-27 09:15:30,123", TIMESTAMP, &rules, "2025-01-27 09:15:30.123", &[Ways::of(Way::DecimalComma)]);
    reads("09:15:30.123", TIME, &rules, "09:15:30.123", &[]);
}

#[test]
fn spaces_are_counted() {
    reads(" 2025-01-27\n", DATE, &none(), "2025-01-27", &[Ways::of(Way::Spaces)]);
    reads("2025-01-27   09:15", TIMESTAMP, &none(), "2025-01-27 09:15:00", &[Ways::of(Way::Spaces)]);
    faults("", DATE, &none(), &TimeFault::Empty);
    faults(" \t ", DATE, &none(), &TimeFault::Empty);
}

#[test]
fn words_are_never_evaluated() {
    for word in ["now", "TODAY", "tomorrow", "yesterday", "infinity", "-infinity", "epoch", "allballs"] {
        let fault = TimeFault::Word(Box::leak(word.to_lowercase().into_boxed_str()));
        for target in [DATE, TIMESTAMP, TIMESTAMPTZ, TIME] {
            faults(word, target, &in_zone("UTC"), &fault);
        }
    }
    faults("2025-01-27 allballs", TIMESTAMP, &none(), &TimeFault::Word("allballs"));
}

#[test]
fn local_forms_are_named() {
    for text in [
        "27/01/2025",
        "27.1.25",
        "1-27-2025",
        "2025-1-7",
        "Mon Jan 27 09:15:30 2025",
        "9:15",
        "2025-01-27 9:15",
        "02025-01-27",
        "12025-1-7",
        "9:15:30.5+01",
    ] {
        faults(text, TIMESTAMP, &none(), &TimeFault::LocaleForm);
    }
    faults("2025-01-27 02:30 PM", TIMESTAMP, &none(), &TimeFault::LocaleForm);
}

#[test]
fn zones_in_a_text_are_named() {
    for (text, name) in [
        ("2025-01-27 09:15 IST", "IST"),
        ("2025-01-27 09:15CET", "CET"),
        ("2025-01-27 09:15 +0100 CET", "CET"),
        ("2025-01-27 09:15 GMT+0100", "GMT"),
    ] {
        faults(text, TIMESTAMPTZ, &none(), &TimeFault::Abbreviation { name: name.to_owned() });
    }
    for (text, name) in [
        ("2025-01-27 09:15 Europe/Berlin", "Europe/Berlin"),
        ("2025-01-27T09:15+01:00[Europe/Berlin]", "+01:00[Europe/Berlin]"),
    ] {
        faults(text, TIMESTAMPTZ, &none(), &TimeFault::ZoneName { name: name.to_owned() });
    }
}

#[test]
fn what_is_no_time_is_none() {
    for text in ["20250127", "20250127T091530Z", "20250127091530", "202501270915"] {
        faults(text, TIMESTAMPTZ, &none(), &TimeFault::CompactDate);
    }
    for text in [
        "x",
        "2025-01-27T",
        "2025-01-27T09",
        "2025-01-27Z",
        "2025-027",
        "+2025-01-27",
        "2025-01-27 09:15:30.1.2",
        "2025-01-27 09:15:30 m=+0.1",
        "2025-01-27\0",
        "é025-01-27",
        "12:30.5",
    ] {
        faults(text, TIMESTAMP, &none(), &TimeFault::NotATime);
    }
}

#[test]
fn every_fault_is_worded_for_a_person() {
    let zone = chrono_tz::Europe::Berlin;
    let name = "IST".to_owned();
    for (fault, wording) in [
        (TimeFault::Empty, "an empty text"),
        (TimeFault::NotATime, "not a date or a time"),
        (TimeFault::Naive, "a time without a zone in a column that needs one"),
        (TimeFault::Ambiguous { zone }, "an hour that happens twice in Europe/Berlin"),
        (TimeFault::Missing { zone }, "an hour that does not exist in Europe/Berlin"),
        (TimeFault::Word("now"), "the word `now`, which a server evaluates"),
        (TimeFault::TooManyDigits { digits: 7 }, "7 digits of the second, more than the column keeps"),
        (TimeFault::TooManyDigits { digits: 1 }, "1 digit of the second, more than the column keeps"),
        (TimeFault::Number { digits: 4, likely: None }, "a number of 4 digits"),
        (TimeFault::Number { digits: 10, likely: Some(Epoch::Seconds) }, "a number of 10 digits, by its size seconds"),
        (TimeFault::Abbreviation { name }, "the zone abbreviation `IST`, which is used for more than one offset"),
    ] {
        assert_eq!(fault.to_string(), wording);
    }
}

#[test]
fn a_fault_names_the_rule_that_settles_it() {
    for (text, target, rule) in [
        ("2025-01-27 09:15", TIMESTAMPTZ, Some("zone = \"UTC\"")),
        ("2025-01-27 09:15Z", TIMESTAMP, Some("zone = \"UTC\"")),
        ("0000-00-00", DATE, Some("zero_date = \"null\"")),
        ("09:15:30,5", TIME, Some("decimal = \",\"")),
        ("09:15:30.1234567", TIME, Some("precision = \"round\"")),
        ("1737968130", TIMESTAMPTZ, Some("time = \"unix\"")),
        ("27/01/2025", DATE, Some("time_format = \"%d/%m/%Y\"")),
        ("2025-02-30", DATE, None),
        ("now", DATE, None),
    ] {
        let settlement = read_text(text, target, &none()).unwrap_err().settlement();
        assert_eq!(settlement.rule(), rule, "{text}");
    }
}
