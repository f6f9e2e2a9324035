use super::super::{TimeTarget, TimeValue, show};

#[test]
fn the_whole_range_is_shown_as_postgres_does() {
    let zoned = TimeTarget::Timestamptz { precision: 3 };
    for (micros, expected) in [
        (0, "2000-01-01 00:00:00"),
        (-1, "1999-12-31 23:59:59.999999"),
        (9_223_371_331_199_999_999, "294276-12-31 23:59:59.999999"),
        (-211_813_488_000_000_000, "4714-11-24 00:00:00 BC"),
    ] {
        assert_eq!(show(TimeValue::Timestamp(micros), super::TIMESTAMP), expected);
    }
    assert_eq!(show(TimeValue::Timestamp(-211_813_488_000_000_000), zoned), "4714-11-24 00:00:00+00 BC");
    assert_eq!(show(TimeValue::Date(2_145_031_948), TimeTarget::Date), "5874897-12-31");
    assert_eq!(show(TimeValue::Date(-2_451_545), TimeTarget::Date), "4714-11-24 BC");
    assert_eq!(show(TimeValue::Date(-730_120), TimeTarget::Date), "0001-12-31 BC");
    assert_eq!(show(TimeValue::Time(86_400_000_000), super::TIME), "24:00:00");
    assert_eq!(show(TimeValue::Null, zoned), "NULL");
    for micros in [i64::MIN, i64::MAX] {
        assert!(!show(TimeValue::Timestamp(micros), zoned).is_empty());
        assert!(!show(TimeValue::Time(micros), super::TIME).is_empty());
    }
    for days in [i32::MIN, i32::MAX] {
        assert!(!show(TimeValue::Date(days), TimeTarget::Date).is_empty());
    }
}
