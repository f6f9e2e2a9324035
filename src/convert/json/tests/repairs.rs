//! What the rules make of a text.

use super::super::rules::{CharRepair, Keep, Repairs, Replacement};
use super::*;

/// The text that comes out for `jsonb`, and the rules that were needed.
fn repaired(text: &str, rules: &JsonRules) -> (String, Repairs) {
    let read = read(text, JsonTarget::Jsonb, rules).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    (read.text.into_owned(), read.repairs)
}

fn refused(text: &str, rules: &JsonRules) -> JsonFault {
    read(text, JsonTarget::Jsonb, rules).expect_err(text)
}

fn python() -> JsonRules {
    JsonRules { python: true, ..none() }
}

fn json5() -> JsonRules {
    JsonRules { json5: true, ..none() }
}

#[track_caller]
fn assert_python(text: &str, json: &str) {
    assert_eq!(repaired(text, &python()), (json.to_owned(), Repairs::PYTHON), "{text}");
}

#[track_caller]
fn assert_json5(text: &str, json: &str) {
    assert_eq!(repaired(text, &json5()), (json.to_owned(), Repairs::JSON5), "{text}");
}

#[test]
fn python_values() {
    assert_python("{'a': None, 'b': [True, False]}", r#"{"a": null, "b": [true, false]}"#);
    assert_python("(1, (2,), ())", "[1, [2], []]");
    assert_python("[1, 2,]", "[1, 2]");
    assert_python("{'a': 1e-05, 'b': -1.5e+16,}", r#"{"a": 1e-05, "b": -1.5e+16}"#);
    assert_python("[u'é', u\"x\"]", r#"["é", "x"]"#);
}

#[test]
fn python_strings() {
    assert_python(r#"['it\'s', "it's", 'say "hi"', 'a\\b']"#, r#"["it's", "it's", "say \"hi\"", "a\\b"]"#);
    assert_python(r"'\x41\u00e9\U0001F600\n\t\r\x07\b\f'", r#""Aé😀\n\t\r\u0007\b\f""#);
    assert_python(r"'\ud83d\ude00'", r#""😀""#);
    for text in [r"'\N{BULLET}'", r"'\d'", r"'\a'", r"'\101'", r"'\x4'", r"'\U00110000'", "'a' 'b'", "'''a'''"] {
        assert!(
            matches!(refused(text, &python()).kind, JsonFaultKind::NotJson { .. } | JsonFaultKind::TrailingText),
            "{text}"
        );
    }
    assert_eq!(refused("['a\nb']", &python()).kind, JsonFaultKind::ControlCharacter);
}

#[test]
fn python_keys() {
    assert_python(
        "{1: 1, -2: 2, 1.50: 3, 1e16: 4, 1e-7: 5, True: 6, None: 7, False: 8, 123456789012345678901234567890: 9}",
        r#"{"1": 1, "-2": 2, "1.5": 3, "1e+16": 4, "1e-07": 5, "true": 6, "null": 7, "false": 8, "123456789012345678901234567890": 9}"#,
    );
    assert_eq!(refused("{1: 1, '1': 2}", &python()).kind, JsonFaultKind::Duplicate { key: "1".to_owned() });
    assert!(matches!(refused("{(1, 2): 1}", &python()).kind, JsonFaultKind::NotJson { .. }));
}

#[test]
fn python_that_json_does_not_have() {
    let fault = refused("{'a': [1, b'x']}", &python());
    assert_eq!((fault.path.as_str(), fault.at), ("$.a[1]", 10));
    assert!(fault.to_string().contains("bytes"));
    for text in
        ["(1)", "{1, 2}", "[1j]", "Decimal('1')", "[...]", "{'a': true, 'b': None}", "[,]", "(,)", "[0x1F, 'a']"]
    {
        assert!(read(text, JsonTarget::Jsonb, &python()).is_err(), "{text}");
    }
    assert_eq!(refused("{'a': nan}", &python()).kind, JsonFaultKind::NaN);
    assert_eq!(refused("{'a': '\\x00'}", &python()).kind, JsonFaultKind::Nul);
    assert_eq!(refused("{'a': '\\ud800'}", &python()).kind, JsonFaultKind::LoneSurrogate);
    assert_eq!(refused("{'a': 1e999999}", &python()).kind, JsonFaultKind::NumberOutOfRange);
}

#[test]
fn python_words_for_no_numbers() {
    let rules = JsonRules { nan: Some(Replacement::Null), ..python() };
    let both = Repairs::PYTHON.with(Repairs::NAN);
    assert_eq!(repaired("[nan, inf, -inf, 1]", &rules), ("[null, null, null, 1]".to_owned(), both));
    assert_eq!(repaired("{nan: 1}", &rules), (r#"{"NaN": 1}"#.to_owned(), both));
    let rules = JsonRules { nan: Some(Replacement::String), ..python() };
    assert_eq!(repaired("[nan, -inf]", &rules), (r#"["NaN", "-Infinity"]"#.to_owned(), both));
}

#[test]
fn json5_notation() {
    assert_json5("{a: 1, $b_2: 'x', 'c': \"y\", ü: 2,}", r#"{"a": 1, "$b_2": "x", "c": "y", "ü": 2}"#);
    assert_json5("[0x1F, -0xff, +1, .5, 5., -.5e3, 5.e2]", "[31, -255, 1, 0.5, 5, -0.5e3, 5e2]");
    assert_json5("[0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF]", "[87112285931760246646623899502532662132735]");
    assert_json5("// x\n[1, /* , */ 2 // y\n]/**/", " \n[1,   2  \n] ");
    assert_json5(
        "['it\\'s', 'say \"hi\"', 'a\\\nb', '\\x41\\v\\-\\/']",
        r#"["it's", "say \"hi\"", "ab", "A\u000b-/"]"#,
    );
    assert_json5("\"a\tb\"", r#""a\tb""#);
    assert_json5("{null: true}", r#"{"null": true}"#);
    assert_json5("\u{a0}[1,]\u{feff}", " [1] ");
    for text in [
        "{a-b: 1}",
        "{1: 2}",
        "[010]",
        "[0x]",
        "[.]",
        "[1__0]",
        "'a\nb'",
        "'\\1'",
        "'\\d'",
        "'\\N{X}'",
        "[1] // x\n2",
        "/* x",
        "[1,,]",
        "{,}",
        "[5.x]",
    ] {
        assert!(read(text, JsonTarget::Jsonb, &json5()).is_err(), "{text}");
    }
    assert_eq!(refused("['\\0']", &json5()).kind, JsonFaultKind::Nul);
    assert_eq!(refused("[+Infinity,]", &json5()).kind, JsonFaultKind::NaN);
}

#[test]
fn words_for_no_numbers() {
    let rules = JsonRules { nan: Some(Replacement::String), ..none() };
    let json = r#"{"a":["NaN","-Infinity"],"b":"Infinity"}"#;
    assert_eq!(repaired(r#"{"a":[NaN,-Infinity],"b":Infinity}"#, &rules), (json.to_owned(), Repairs::NAN));
    let rules = JsonRules { nan: Some(Replacement::Null), ..none() };
    let read = read("NaN", JsonTarget::Json, &rules).unwrap();
    assert_eq!((read.text.as_ref(), read.kind), ("null", JsonKind::Null));
}

#[test]
fn equal_keys() {
    let text = r#"{"a": 1, "b": {"x": 1, "\u0078": 2}, "a": 3, "c": 4, "a": 5}"#;
    let last = JsonRules { duplicates: Some(Keep::Last), ..none() };
    assert_eq!(repaired(text, &last), (r#"{"b": {"\u0078": 2}, "c": 4, "a": 5}"#.to_owned(), Repairs::DUPLICATES));
    let first = JsonRules { duplicates: Some(Keep::First), ..none() };
    assert_eq!(repaired(text, &first), (r#"{"a": 1, "b": {"x": 1}, "c": 4}"#.to_owned(), Repairs::DUPLICATES));
    // The type json keeps them.
    assert_eq!(read(text, JsonTarget::Json, &last).unwrap().text, text);
    // What is left out may have such keys itself.
    let nested = r#"{"a":{"b":1,"b":2},"a":{"b":3,"b":4},"c":[{"d":0,"d":0,}]}"#.replace("0,}", "0}");
    assert_eq!(repaired(&nested, &last).0, r#"{"a":{"b":4},"c":[{"d":0}]}"#);
    assert_eq!(repaired(&nested, &first).0, r#"{"a":{"b":1},"c":[{"d":0}]}"#);
    let rules = JsonRules { json5: true, duplicates: Some(Keep::First), ..none() };
    assert_eq!(repaired("{a:1, /*x*/ 'a':2, /*y*/ }", &rules).0, "{\"a\":1   }");
    let rules = JsonRules { json5: true, duplicates: Some(Keep::Last), ..none() };
    assert_eq!(repaired("{a:1, /*x*/ 'a':2, /*y*/ }", &rules).0, "{\"a\":2   }");
}

#[test]
fn characters_that_jsonb_does_not_hold() {
    let strip = JsonRules { nul: Some(CharRepair::Strip), ..none() };
    assert_eq!(repaired(r#"["a\u0000b\u0041"]"#, &strip), (r#"["ab\u0041"]"#.to_owned(), Repairs::NUL));
    let replace = JsonRules { nul: Some(CharRepair::Replace), ..none() };
    assert_eq!(repaired(r#"{"a\u0000":1}"#, &replace), ("{\"a\u{fffd}\":1}".to_owned(), Repairs::NUL));
    // Keys may be equal once they are repaired.
    let fault = refused(r#"{"a":1,"a\u0000":2}"#, &strip);
    assert_eq!((fault.kind, fault.path.as_str()), (JsonFaultKind::Duplicate { key: "a".to_owned() }, "$.a"));
    let surrogates = JsonRules { surrogates: true, ..none() };
    assert_eq!(
        repaired(r#""\ud800x\ud83d\ude00""#, &surrogates),
        ("\"\u{fffd}x\\ud83d\\ude00\"".to_owned(), Repairs::SURROGATES)
    );
    // The type json keeps both.
    assert_eq!(read(r#""\ud800\u0000""#, JsonTarget::Json, &strip).unwrap().repairs, Repairs::NONE);
    let python = read(r"['\ud800\x00']", JsonTarget::Json, &python()).unwrap();
    assert_eq!(python.text, r#"["\ud800\u0000"]"#);
}

#[test]
fn a_string_is_read_as_what_it_holds() {
    let rules = JsonRules { unwrap: true, ..none() };
    assert_eq!(repaired(r#" "{\"a\": [1]}" "#, &rules), (r#"{"a": [1]}"#.to_owned(), Repairs::UNWRAP));
    assert_eq!(repaired(r#""[\"[1]\"]""#, &rules), (r#"["[1]"]"#.to_owned(), Repairs::UNWRAP));
    for text in [r#""5""#, r#""null""#, r#""[1""#, r#""hello""#, r#""\"[]\"""#, r#""{'a': 1}""#, r#"["[]"]"#] {
        assert_eq!(repaired(text, &rules), (text.to_owned(), Repairs::NONE));
    }
    let fault = refused(r#" "{\"a\": 1, \"a\": 2}""#, &rules);
    assert_eq!(
        (fault.kind, fault.path.as_str(), fault.at),
        (JsonFaultKind::Duplicate { key: "a".to_owned() }, "$.a", 1)
    );
    let rules = JsonRules { unwrap: true, python: true, ..none() };
    let both = Repairs::UNWRAP.with(Repairs::PYTHON);
    assert_eq!(repaired(r#""{'a': (1, None)}""#, &rules), (r#"{"a": [1, null]}"#.to_owned(), both));
}

#[test]
fn a_byte_order_mark_is_left_out() {
    let rules = JsonRules { bom: true, ..none() };
    let read = read("\u{feff}{}", JsonTarget::Jsonb, &rules).unwrap();
    assert_eq!((read.text.as_ref(), read.repairs), ("{}", Repairs::BOM));
    assert_eq!((refused("\u{feff}", &rules).kind, refused("\u{feff}[x]", &rules).at), (JsonFaultKind::Empty, 4));
    assert_eq!(refused("\u{feff}\u{feff}1", &rules).at, 3);
}

#[test]
fn rules_have_names() {
    let repairs = Repairs::PYTHON.with(Repairs::NAN);
    assert_eq!(repairs.names().collect::<Vec<_>>(), ["python", "nan"]);
    assert_eq!(format!("{repairs:?}"), r#"{"python", "nan"}"#);
    assert!(repairs.contains(Repairs::NAN) && !repairs.contains(Repairs::BOM) && !repairs.is_empty());
}
