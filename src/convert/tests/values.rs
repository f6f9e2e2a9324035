//! tests/cases/values: a line for each value and what becomes of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use schemactl_test_support::postgres as servers;
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::rusqlite::types::ValueRef;

use crate::convert::back::{ColumnForms, is_same};
use crate::convert::json::canonical;
use crate::convert::shown::Shown;
use crate::convert::value::OwnedStored;
use crate::convert::{
    ColumnRule, ConvertOptions, RuleValue, StoredValue, TargetType, TargetValue, UserType, Way, convert,
};

/// A line of a file of cases.
struct ValueCase {
    place: String,
    target: TargetType,
    may_be_null: bool,
    rules: String,
    /// What SQLite reads as the value.
    stored: String,
    expected: String,
}

fn value_cases() -> Vec<ValueCase> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/values");
    let mut cases = Vec::new();
    for name in ["times", "numbers", "texts", "json", "others"] {
        let text = fs::read_to_string(folder.join(format!("{name}.tsv"))).unwrap();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            let place = format!("{name}.tsv:{}", at + 1);
            let [datatype, rules, stored, expected, ..] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("{place} has not four columns");
            };
            let bare = datatype.trim_end_matches(" not null");
            cases.push(ValueCase {
                place,
                target: target(bare),
                may_be_null: bare == datatype,
                rules: rules.to_owned(),
                stored: stored.to_owned(),
                // Control characters are written as in Rust.
                expected: expected.replace("\\t", "\t").replace("\\r", "\r").replace("\\n", "\n"),
            });
        }
    }
    cases
}

fn target(text: &str) -> TargetType {
    let word = match text {
        "timestamptz" => "timestamp with time zone",
        "timestamptz(3)" => "timestamp(3) with time zone",
        "timestamp" => "timestamp without time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "varbit" => "bit varying",
        "varbit(3)" => "bit varying(3)",
        _ => text,
    };
    let word = word.replace("varchar", "character varying").replace("char(", "character(");
    TargetType::parse(&word, &|name| {
        let mood = || TargetType::Enum { name: "mood".to_owned(), labels: vec!["ok".to_owned()], oid: 0 };
        (name == "mood").then(|| UserType { target: mood(), oid: 0 })
    })
}

fn options(rules: &str) -> ConvertOptions {
    let table: toml::Table = format!("rules = {{ {rules} }}").parse().unwrap();
    let mut options = ConvertOptions::default();
    for (rule, value) in table["rules"].as_table().unwrap() {
        options.set(rule, &rule_value(value)).unwrap_or_else(|wrong| panic!("{rule} is {}", wrong.expected));
    }
    options
}

fn rule_value(value: &toml::Value) -> RuleValue {
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        toml::Value::Boolean(flag) => RuleValue::Boolean(*flag),
        toml::Value::Array(list) => RuleValue::List(list.iter().map(text).collect()),
        toml::Value::Table(table) => {
            RuleValue::Table(table.iter().map(|(key, value)| (key.clone(), text(value))).collect())
        }
        toml::Value::Integer(number) => RuleValue::Number(number.to_string()),
        other => RuleValue::Text(text(other)),
    }
}

fn stored(value: ValueRef<'_>) -> StoredValue<'_> {
    match value {
        ValueRef::Null => StoredValue::Null,
        ValueRef::Integer(value) => StoredValue::Integer(value),
        ValueRef::Real(value) => StoredValue::Real(value),
        ValueRef::Text(bytes) => StoredValue::Text(bytes),
        ValueRef::Blob(bytes) => StoredValue::Blob(bytes),
    }
}

/// What becomes of the value that SQLite reads, in the words of a case; and the value.
fn outcome(connection: &Connection, case: &ValueCase) -> (String, Option<String>) {
    let rule = ColumnRule { target: case.target.clone(), may_be_null: case.may_be_null, options: options(&case.rules) };
    let mut statement = connection.prepare(&format!("SELECT {}", case.stored)).unwrap();
    let mut rows = statement.query([]).unwrap();
    let row = rows.next().unwrap().unwrap();
    match convert(stored(row.get_ref(0).unwrap()), &rule) {
        Ok(converted) => {
            let shown = shown(&converted.value, &case.target);
            let ways: Vec<&str> = converted.ways.iter().map(Way::name).collect();
            let said = match (ways.is_empty(), converted.ways.has_rule()) {
                (true, _) => format!("same {shown}"),
                (_, false) => format!("exact {shown} ({})", ways.join(", ")),
                (_, true) => format!("rule {shown} ({})", ways.join(", ")),
            };
            (said, (converted.value != TargetValue::Null).then_some(shown))
        }
        Err(reason) => (format!("{} {}", reason.settlement().word(), reason.name()), None),
    }
}

/// JSON in the form that `jsonb` prints, as far as the cases have it.
fn shown(value: &TargetValue<'_>, target: &TargetType) -> String {
    let shown = Shown(value, target).to_string();
    match (value, target) {
        (TargetValue::Json(_), TargetType::Jsonb) => canonical(&shown),
        _ => shown,
    }
}

#[test]
fn each_value_becomes_what_its_case_says() {
    let connection = Connection::open_in_memory().unwrap();
    let mut wrong = String::new();
    let cases = value_cases();
    assert!(cases.len() >= 120, "{} cases", cases.len());
    for case in &cases {
        let (found, _) = outcome(&connection, case);
        let expected = match (&case.target, case.expected.split_once(' ')) {
            // The case has the text that jsonb prints.
            (TargetType::Jsonb, Some((word @ ("same" | "exact" | "rule"), rest))) if !rest.starts_with("NULL") => {
                let (value, ways) = rest.rsplit_once(" (").map_or((rest, None), |(value, ways)| (value, Some(ways)));
                let ways = ways.map_or_else(String::new, |ways| format!(" ({ways}"));
                format!("{word} {}{ways}", canonical(value))
            }
            _ => case.expected.clone(),
        };
        if found != expected {
            let _ = writeln!(
                wrong,
                "{}: {} {}\n  expected {expected}\n  found    {found}",
                case.place, case.stored, case.rules
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Values of which the rule makes the same again, in whatever form, are stored for what they became.
#[test]
fn each_value_goes_back_in_a_form_of_which_it_is_made_again() {
    let connection = Connection::open_in_memory().unwrap();
    let mut without = Vec::new();
    for case in value_cases() {
        let rule =
            ColumnRule { target: case.target.clone(), may_be_null: case.may_be_null, options: options(&case.rules) };
        let sql = format!("SELECT {}", case.stored);
        let stored = connection.query_row(&sql, [], |row| Ok(OwnedStored::from(stored(row.get_ref(0)?)))).unwrap();
        let Ok(converted) = convert(stored.as_ref(), &rule) else { continue };
        let learnt = ColumnForms::learnt(&rule, [stored.as_ref()].into_iter());
        for (forms, which) in [(ColumnForms::usual(&rule), "usual"), (learnt, "learnt")] {
            match forms.store(&converted.value, &rule) {
                None => {
                    without
                        .push(format!("{} {which} {} {} {:?}", case.place, case.stored, case.rules, converted.value));
                }
                Some(back) => {
                    let again = convert(back.as_ref(), &rule).unwrap().value;
                    assert!(is_same(&again, &converted.value, &rule.target), "{}: {back:?}", case.place);
                }
            }
        }
    }
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn a_server_prints_each_value_as_it_was_sent() {
    let connection = Connection::open_in_memory().unwrap();
    let database = servers::database(servers::version());
    let mut script = String::from("SET timezone = 'UTC'; CREATE TYPE mood AS ENUM ('ok');\n");
    let mut sent = Vec::new();
    for case in value_cases() {
        let Some(value) = outcome(&connection, &case).1 else { continue };
        let literal = value.replace('\'', "''");
        // A jsonb value is compared as one: the server has an order and blanks of its own.
        let wanted =
            if case.target == TargetType::Jsonb { format!("'{literal}'::jsonb::text") } else { format!("'{literal}'") };
        // The cast of an address to a text adds a mask, which its output has not.
        let printed = match case.target {
            TargetType::Inet => format!("format('%s', '{literal}'::inet)"),
            _ => format!("'{literal}'::{}::text", case.target),
        };
        let _ = writeln!(script, "SELECT '{}' WHERE {printed} IS DISTINCT FROM {wanted};", case.place);
        sent.push(case.place);
    }
    assert!(sent.len() >= 60, "{} values", sent.len());
    assert_eq!(database.psql(&script), "");
}
