use super::super::read_integer;
use super::super::{PatternFault, TimePattern};
use super::{DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TimeFault, TimeRules, Ways, faults, none, reads, shown};
use crate::convert::way::Way;

fn pattern(text: &str) -> TimeRules {
    TimeRules { pattern: Some(TimePattern::new(text).unwrap()), ..none() }
}

#[test]
fn a_pattern_reads_what_is_no_iso_text() {
    let ways = [Ways::of(Way::TimeFormat)];
    for (form, text, target, expected) in [
        ("%d/%m/%Y", "27/01/2025", DATE, "2025-01-27"),
        ("%d/%m/%y", "27/01/69", DATE, "2069-01-27"),
        ("%d/%m/%y", "27/01/70", DATE, "1970-01-27"),
        ("%Y%m%d", "20250127", DATE, "2025-01-27"),
        ("%Y-%j", "2025-027", DATE, "2025-01-27"),
        ("%a %b %d %H:%M:%S %Y", "Mon Jan 27 09:15:30 2025", TIMESTAMP, "2025-01-27 09:15:30"),
        ("%d.%m.%Y %H:%M:%S%.f", "27.01.2025 09:15:30.25", TIMESTAMP, "2025-01-27 09:15:30.25"),
        ("%d.%m.%Y %H:%M:%S", "31.12.2016 23:59:60", TIMESTAMP, "2017-01-01 00:00:00"),
        ("%Y%m%dT%H%M%S%#z", "20250127T091530Z", TIMESTAMPTZ, "2025-01-27 09:15:30+00"),
        ("%Y-%m-%d %H:%M:%S%.f %z %Z", "2025-01-27 09:15:30 +0000 GMT0", TIMESTAMPTZ, "2025-01-27 09:15:30+00"),
        ("2000-01-01 %H:%M:%S", "2000-01-01 09:15:30", TIME, "09:15:30"),
        ("%I:%M %p", "02:30 PM", TIME, "14:30:00"),
        ("at %s", "at 1737968130", TIMESTAMPTZ, "2025-01-27 08:55:30+00"),
    ] {
        let leap = [Ways::of(Way::TimeFormat), Ways::of(Way::LeapSecond)];
        let ways: &[Ways] = if text.ends_with(":60") { &leap } else { &ways };
        reads(text, target, &pattern(form), expected, ways);
    }
    let value = read_integer(20_250_127, DATE, &pattern("%Y%m%d"));
    assert_eq!(shown(value, DATE), ("2025-01-27".to_owned(), Ways::of(Way::TimeFormat)));
}

#[test]
fn a_text_that_does_not_fit_is_a_fault() {
    for (form, text) in [
        ("%d/%m/%Y", "31/02/2025"),
        ("%d/%m/%Y", "2025/01/27"),
        ("%a %d/%m/%Y", "Tue 27/01/2025"),
        ("%m/%Y", "01/2025"),
        ("%Y %H:%M", "2025 09:15"),
        ("%d/%m/%Y %I", "27/01/2025 09"),
    ] {
        faults(text, DATE, &pattern(form), &TimeFault::PatternMismatch);
    }
    faults("now", DATE, &pattern("%d/%m/%Y"), &TimeFault::Word("now"));
    faults("27/01/2025 09:15", TIMESTAMPTZ, &pattern("%d/%m/%Y %H:%M"), &TimeFault::Naive);
    faults("01/01/0000", DATE, &pattern("%d/%m/%Y"), &TimeFault::YearZero);
    let nanos = pattern("%d/%m/%Y %H:%M:%S%.f");
    faults("27/01/2025 09:15:30.1234567891", TIMESTAMP, &nanos, &TimeFault::TooManyDigits { digits: 10 });
}

#[test]
fn a_pattern_does_not_turn_iso_dates_around() {
    let rules = pattern("%Y-%d-%m");
    faults("2025-03-04", DATE, &rules, &TimeFault::TwoReadings);
    reads("2025-27-01", DATE, &rules, "2025-01-27", &[Ways::of(Way::TimeFormat)]);
    reads("2025-03-03", DATE, &rules, "2025-03-03", &[]);
}

#[test]
fn a_pattern_that_drops_in_silence_is_refused() {
    for (form, fault) in [
        ("%Q", PatternFault::Invalid),
        ("", PatternFault::Empty),
        ("abc", PatternFault::Empty),
        ("%d/%m/%Y %H:%M:%S.%f", PatternFault::BareFraction),
        ("%a %b %d %H:%M:%S %Z %Y", PatternFault::BareAbbreviation),
    ] {
        assert_eq!(TimePattern::new(form), Err(fault), "{form}");
    }
}
