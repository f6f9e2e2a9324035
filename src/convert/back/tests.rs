use super::*;
use crate::convert::value::OwnedStored;
use crate::convert::{ConvertOptions, NumericLimit, RuleValue};

fn rule(target: TargetType, rules: &[(&str, RuleValue)]) -> ColumnRule {
    let mut options = ConvertOptions::default();
    for (name, value) in rules {
        options.set(name, value).unwrap();
    }
    ColumnRule { target, may_be_null: true, options }
}

fn text(text: &str) -> RuleValue {
    RuleValue::Text(text.to_owned())
}

/// What a column with these values stores for the value that a rule makes of another one of the same form.
fn back(rule: &ColumnRule, samples: &[StoredValue<'_>], value: StoredValue<'_>) -> Option<OwnedStored> {
    let converted = convert(value, rule).unwrap_or_else(|reason| panic!("{value:?}: {reason}"));
    ColumnForms::learnt(rule, samples.iter().copied()).store(&converted.value, rule)
}

fn textual(text: &str) -> StoredValue<'_> {
    StoredValue::Text(text.as_bytes())
}

#[test]
fn a_new_value_has_the_form_of_those_that_the_column_has() {
    let numeric = || TargetType::Numeric(Some(NumericLimit { precision: 12, scale: 4 }));
    let zone = || ("zone", text("Europe/Berlin"));
    let cases: Vec<(ColumnRule, StoredValue<'_>, StoredValue<'_>)> = vec![
        (rule(TargetType::BigInt, &[]), StoredValue::Integer(5), StoredValue::Integer(i64::MIN)),
        (rule(TargetType::BigInt, &[]), StoredValue::Real(5.0), StoredValue::Real(-7.0)),
        (rule(TargetType::BigInt, &[]), textual("12"), textual("-70")),
        (rule(numeric(), &[]), StoredValue::Real(1.5), StoredValue::Real(-0.0001)),
        (rule(numeric(), &[]), textual("1.5"), textual("12345678.9999")),
        (rule(TargetType::Double, &[]), StoredValue::Real(0.1), StoredValue::Real(0.300_000_000_000_000_04)),
        (rule(TargetType::Double, &[]), StoredValue::Real(0.1), StoredValue::Real(f64::NEG_INFINITY)),
        (rule(TargetType::Boolean, &[]), StoredValue::Integer(1), StoredValue::Integer(0)),
        (rule(TargetType::Boolean, &[]), textual("True"), textual("False")),
        (rule(TargetType::Boolean, &[]), textual("no"), textual("yes")),
        (rule(TargetType::Text, &[]), textual("a"), textual("it's \u{1f600}\n")),
        (rule(TargetType::Text, &[]), StoredValue::Integer(3), StoredValue::Integer(4)),
        (rule(TargetType::Char(5), &[]), textual("a"), textual("abc")),
        (rule(TargetType::Bytea, &[]), StoredValue::Blob(b"x"), StoredValue::Blob(&[0, 255])),
        (rule(TargetType::Bytea, &[("text", text("base64"))]), textual("eHl6"), textual("AP8=")),
        (
            rule(TargetType::Uuid, &[]),
            textual("A1B2C3D4-1111-4111-8111-ABCDEFABCDEF"),
            textual("FFB2C3D4-1111-4111-8111-ABCDEFABCDEF"),
        ),
        (
            rule(TargetType::Uuid, &[]),
            textual("a1b2c3d411114111811100000000000f"),
            textual("ffb2c3d411114111811100000000000f"),
        ),
        (
            rule(TargetType::Uuid, &[("uuid", text("bytes16"))]),
            StoredValue::Blob(&[7; 16]),
            StoredValue::Blob(&[9; 16]),
        ),
        (rule(TargetType::Timestamptz(6), &[]), textual("2025-01-27T09:15:30Z"), textual("1969-12-31T23:59:59Z")),
        (
            rule(TargetType::Timestamptz(6), &[]),
            textual("2025-01-27T09:15:30.123Z"),
            textual("1969-12-31T23:59:59.900Z"),
        ),
        (
            rule(TargetType::Timestamptz(6), &[]),
            textual("2025-01-27 09:15:30.123456+00:00"),
            textual("1969-12-31 23:59:59.000001+00:00"),
        ),
        (rule(TargetType::Timestamptz(6), &[zone()]), textual("2025-07-27 09:15:30"), textual("2025-01-27 09:15:30")),
        (
            rule(TargetType::Timestamptz(6), &[("time", text("unix"))]),
            StoredValue::Integer(1_737_968_130),
            StoredValue::Integer(-1),
        ),
        (
            rule(TargetType::Timestamptz(6), &[("time", text("unix-ms"))]),
            StoredValue::Integer(1_737_968_130_123),
            StoredValue::Integer(-1),
        ),
        (
            rule(TargetType::Timestamptz(6), &[("time", text("unix"))]),
            StoredValue::Real(1_737_968_130.5),
            StoredValue::Real(-0.000_001),
        ),
        (
            rule(TargetType::Timestamptz(6), &[("time_format", text("%d.%m.%Y %H:%M")), ("zone", text("UTC"))]),
            textual("27.01.2025 09:15"),
            textual("01.12.1999 23:59"),
        ),
        (rule(TargetType::Timestamp(3), &[]), textual("2025-01-27 09:15:30"), textual("2024-02-29 00:00:00")),
        (rule(TargetType::Date, &[]), textual("2025-01-27"), textual("0001-01-01")),
        (rule(TargetType::Time(6), &[]), textual("09:15:30"), textual("23:59:59")),
        (rule(TargetType::Jsonb, &[]), textual("{\"a\":[1,2]}"), textual("{\"b\":\"x y\"}")),
        (rule(TargetType::Json, &[]), textual("{\"a\": 1}"), textual("{\"a\":  [ 1 ]}")),
        (
            rule(TargetType::Array { element: Box::new(TargetType::Text), oid: 25 }, &[]),
            textual("[\"a\"]"),
            textual("[\"it's\",null,\"b,\\\"\\\\\"]"),
        ),
        (
            rule(TargetType::BigInt, &[("multiply", RuleValue::Number("1000000".to_owned()))]),
            StoredValue::Real(0.000_123),
            StoredValue::Real(12.5),
        ),
        (
            rule(TargetType::Text, &[("values", RuleValue::Table(vec![("1".to_owned(), "high".to_owned())]))]),
            StoredValue::Integer(1),
            StoredValue::Integer(1),
        ),
        (
            rule(TargetType::Text, &[("strip_prefix", text("/srv/app/"))]),
            textual("/srv/app/x"),
            textual("/srv/app/y/z"),
        ),
        (rule(TargetType::Text, &[("slashes", RuleValue::Boolean(true))]), textual("a\\b"), textual("c\\d")),
        (rule(TargetType::Text, &[("snake_case", RuleValue::Boolean(true))]), textual("HeartBeat"), textual("GoAway")),
        (rule(TargetType::Text, &[("empty", text("null"))]), textual("a"), textual("b")),
    ];
    for (rule, sample, value) in cases {
        let stored = back(&rule, &[sample, StoredValue::Null, sample], value);
        assert_eq!(stored.as_ref().map(OwnedStored::as_ref), Some(value), "{rule:?}");
    }
}

#[test]
fn without_values_the_usual_form_is_taken() {
    for (target, value, wanted) in [
        (TargetType::Boolean, textual("yes"), StoredValue::Integer(1)),
        (TargetType::Timestamptz(6), textual("2025-01-27 09:15:30+00"), textual("2025-01-27T09:15:30Z")),
        (TargetType::Timestamptz(6), textual("2025-01-27 09:15:30.5+00"), textual("2025-01-27T09:15:30.500Z")),
        (TargetType::Timestamp(6), textual("2025-01-27T09:15:30"), textual("2025-01-27 09:15:30")),
        (TargetType::Jsonb, textual("{\"a\" : 1}"), textual("{\"a\":1}")),
        (
            TargetType::Uuid,
            textual("{A1B2C3D4-1111-4111-8111-ABCDEFABCDEF}"),
            textual("a1b2c3d4-1111-4111-8111-abcdefabcdef"),
        ),
        (TargetType::BigInt, textual("7"), StoredValue::Integer(7)),
        (TargetType::Double, StoredValue::Integer(7), StoredValue::Real(7.0)),
    ] {
        let stored = back(&rule(target.clone(), &[]), &[], value);
        assert_eq!(stored.as_ref().map(OwnedStored::as_ref), Some(wanted), "{target}");
    }
}

#[test]
fn what_the_rule_would_not_make_again_is_not_stored() {
    let uuid5 = rule(TargetType::Uuid, &[("uuid5", text("dns"))]);
    // An id that was made of another one is stored as what it is now, which the rule leaves as it is.
    let stored = back(&uuid5, &[textual("python.org")], textual("python.org"));
    assert_eq!(stored, Some(OwnedStored::Text(b"886313e1-3b8a-5372-9b90-0c9aee199e5d".to_vec())));
    // Neither NaN nor a time beyond all years has a form.
    let double = rule(TargetType::Double, &[]);
    assert_eq!(ColumnForms::usual(&double).store(&TargetValue::Double(f64::NAN), &double), None);
    let time = rule(TargetType::Timestamptz(6), &[]);
    for micros in [i64::MIN, i64::MAX] {
        assert_eq!(ColumnForms::usual(&time).store(&TargetValue::Timestamp(micros), &time), None);
    }
    // 1/3 of a millionth is no number of dollars that ends.
    let thirds = rule(TargetType::BigInt, &[("multiply", RuleValue::Number("3".to_owned()))]);
    assert_eq!(ColumnForms::usual(&thirds).store(&TargetValue::Integer(1), &thirds), None);
    assert_eq!(ColumnForms::usual(&thirds).store(&TargetValue::Integer(6), &thirds), Some(OwnedStored::Integer(2)));
    // NULL in a column that has words for it.
    let words = rule(TargetType::Text, &[("null_words", RuleValue::List(vec!["n/a".to_owned()]))]);
    assert_eq!(back(&words, &[textual("a")], textual("n/a")), Some(OwnedStored::Null));
}
