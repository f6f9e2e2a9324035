use proptest::prelude::*;

use super::super::calendar::CivilDay;
use super::super::{Epoch, ExtraDigits, Fold, TimeRules, TimeTarget};
use super::super::{TimePattern, TimeValue, read_integer, read_real, read_text, show, zone};

fn targets() -> impl Strategy<Value = TimeTarget> {
    (0..=9_u8, 0..4).prop_map(|(precision, target)| match target {
        0 => TimeTarget::Timestamptz { precision },
        1 => TimeTarget::Timestamp { precision },
        2 => TimeTarget::Date,
        _ => TimeTarget::Time { precision },
    })
}

fn rules() -> impl Strategy<Value = TimeRules> {
    let zones = prop::option::of(prop::sample::select(&chrono_tz::TZ_VARIANTS[..]));
    let folds = prop::option::of(prop::sample::select(&[Fold::First, Fold::Second][..]));
    let epochs = [Epoch::Seconds, Epoch::Millis, Epoch::Micros, Epoch::Nanos, Epoch::Julian, Epoch::BySize];
    let numbers = prop::option::of(prop::sample::select(epochs.to_vec()));
    let patterns = ["%d/%m/%Y", "%Y-%d-%m", "%s", "%Y%m%d", "%H:%M:%S%.f", "%c", "%+", "%G-W%V-%u", "%Y-%m-%d %z"];
    let patterns = prop::option::of(prop::sample::select(patterns.to_vec()));
    let digits = prop::option::of(prop::sample::select(&[ExtraDigits::Round, ExtraDigits::Truncate][..]));
    (zones, folds, numbers, patterns, digits, any::<bool>(), any::<bool>()).prop_map(
        |(zone, fold, number, pattern, precision, decimal_comma, zero_date)| TimeRules {
            back_digits: None,
            zone,
            fold,
            number,
            pattern: pattern.map(|pattern| TimePattern::new(pattern).unwrap()),
            decimal_comma,
            precision,
            zero_date,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_text_panics(text in "\\PC{0,40}", target in targets(), rules in rules()) {
        let _ = read_text(&text, target, &rules).map_err(|fault| fault.to_string());
    }

    #[test]
    fn no_text_of_time_like_letters_panics(
        text in "[0-9+:., TtZzUCGM/\\[\\]é-]{0,40}", target in targets(), rules in rules()
    ) {
        let _ = read_text(&text, target, &rules).map_err(|fault| fault.to_string());
    }

    #[test]
    fn no_number_panics(integer: i64, bits: u64, scale in 0..19_u32, target in targets(), rules in rules()) {
        let _ = read_integer(integer / 10_i64.pow(scale), target, &rules).map(|timed| show(timed.value, target));
        let _ = read_real(f64::from_bits(bits), target, &rules).map(|timed| show(timed.value, target));
        #[allow(clippy::cast_precision_loss)]
        let real = integer as f64 / 10_f64.powi(i32::try_from(scale).unwrap());
        let _ = read_real(real, target, &rules).map(|timed| show(timed.value, target));
    }

    #[test]
    fn what_is_shown_is_read_back(micros in -63_082_281_600_000_000..9_223_371_331_200_000_000_i64) {
        for target in [super::TIMESTAMPTZ, super::TIMESTAMP] {
            let value = TimeValue::Timestamp(micros);
            let read = read_text(&show(value, target), target, &TimeRules::default());
            prop_assert_eq!(read.map(|timed| timed.value), Ok(value));
        }
    }

    #[test]
    fn days_are_counted_both_ways(number in -3_000_000_000_i64..3_000_000_000) {
        let day = CivilDay::of(number);
        prop_assert!(day.exists());
        prop_assert_eq!(day.number(), number);
        let next = CivilDay::of(number + 1);
        let key = |day: CivilDay| (day.year, day.month, day.day);
        prop_assert!(key(next) > key(day));
    }

    #[test]
    fn the_calendar_is_the_one_of_chrono(number in -90_000_000_i64..90_000_000) {
        use chrono::Datelike;
        let date = chrono::NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + chrono::TimeDelta::days(number);
        let day = CivilDay::of(number);
        prop_assert_eq!((day.year, u32::from(day.month), u32::from(day.day)),
            (i64::from(date.year()), date.month(), date.day()));
    }

    #[test]
    fn a_wall_clock_leads_back_to_its_instant(
        seconds in -2_500_000_000_i64..3_000_000_000,
        zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
        fold in prop::sample::select(&[Fold::First, Fold::Second][..]),
    ) {
        let mut ways = super::Ways::NONE;
        if let Ok(instant) = zone::to_instant(seconds, zone, Some(fold), &mut ways) {
            prop_assert_eq!(zone::to_wall(instant, zone, Some(fold), &mut ways), Ok(seconds));
        }
    }
}
