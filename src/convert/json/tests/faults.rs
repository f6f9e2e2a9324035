//! Each kind of fault, with its path and place.

use std::borrow::Cow;

use super::super::rules::Repairs;
use super::super::strict::check_within;
use super::*;

fn expects(expected: &'static str) -> JsonFaultKind {
    JsonFaultKind::NotJson { expected }
}

#[test]
fn a_right_text_is_borrowed() {
    let text = " {\"a\": [1, -2.5e3, true, null, \"x\\u00e9\"]} ";
    for target in [JsonTarget::Json, JsonTarget::Jsonb] {
        let read = read(text, target, &none()).unwrap();
        assert!(matches!(read.text, Cow::Borrowed(borrowed) if std::ptr::eq(borrowed, text)));
        assert_eq!((read.kind, read.repairs, read.holds_json), (JsonKind::Object, Repairs::NONE, false));
    }
}

#[test]
fn the_kind_is_that_of_the_document() {
    assert_eq!(kind_of("null"), JsonKind::Null);
    assert_eq!(kind_of("false"), JsonKind::Bool);
    assert_eq!(kind_of("-0"), JsonKind::Number);
    assert_eq!(kind_of("\"\""), JsonKind::String);
    assert_eq!(kind_of("[{}]"), JsonKind::Array);
    assert_eq!(kind_of("{\"a\":[]}"), JsonKind::Object);
}

#[test]
fn nothing_is_empty() {
    assert_fault("", JsonFaultKind::Empty, "$", 0);
    assert_fault(" \n\t", JsonFaultKind::Empty, "$", 3);
}

#[test]
fn something_else_is_expected() {
    assert_fault("hello", expects("a value"), "$", 0);
    assert_fault("[1, x]", expects("a value"), "$[1]", 4);
    assert_fault("[1,,2]", expects("a value"), "$[1]", 3);
    assert_fault("{\"a\": {\"b c\": truex}}", expects("a value"), "$.a.\"b c\"", 14);
    assert_fault("{\"a\" 1}", expects("':'"), "$.a", 5);
    assert_fault("{\"a\":1 \"b\":2}", expects("',' or '}'"), "$.a", 7);
    assert_fault("[1 2]", expects("',' or ']'"), "$[0]", 3);
    assert_fault("[1}", expects("',' or ']'"), "$[0]", 2);
    assert_fault("{\"a\":1, 2}", expects("a key in double quotes"), "$", 8);
    assert_fault("[-a]", expects("a value"), "$[0]", 1);
    assert_fault("[1.x]", expects("a digit"), "$[0]", 3);
    assert_fault("[\"a\\q\", x]", expects("an escape such as \\n or \\u00e9"), "$[0]", 3);
    assert_fault("\"\\u12x4\" {", expects("an escape such as \\n or \\u00e9"), "$", 1);
}

#[test]
fn the_end_is_missing() {
    for (text, path) in [
        ("[", "$[0]"),
        ("[1", "$[0]"),
        ("[1,", "$[1]"),
        ("{", "$"),
        ("{\"a\"", "$.a"),
        ("{\"a\":", "$.a"),
        ("{\"a\":1", "$.a"),
        ("{\"a\":1,", "$"),
        ("\"", "$"),
        ("\"a\\", "$"),
        ("\"\\u00", "$"),
        ("-", "$"),
        ("1e", "$"),
        ("1.2e+", "$"),
        ("{\"a\": [1, {\"b\": \"x", "$.a[1].b"),
    ] {
        assert_fault(text, JsonFaultKind::Truncated, path, text.len());
    }
    assert_fault("[tru", JsonFaultKind::Truncated, "$[0]", 1);
}

#[test]
fn text_follows() {
    assert_fault("{} {}", JsonFaultKind::TrailingText, "$", 3);
    assert_fault("1 2", JsonFaultKind::TrailingText, "$", 2);
    assert_fault("2024-01-01", JsonFaultKind::TrailingText, "$", 4);
}

#[test]
fn a_key_stands_twice() {
    let duplicate = |key: &str| JsonFaultKind::Duplicate { key: key.to_owned() };
    assert_fault("{\"a\":1,\"a\":2}", duplicate("a"), "$.a", 7);
    assert_fault("[{\"x\":{\"b c\":1, \"b\\u0020c\":2}}]", duplicate("b c"), "$[0].x.\"b c\"", 16);
    assert!(jsonb("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}").is_ok());
    assert!(json("{\"a\":1,\"a\":2}").is_ok());
}

#[test]
fn a_key_stands_twice_among_many() {
    let members: Vec<String> = (0..500).map(|n| format!("\"k{n}\":{{\"a\":{n}}}")).collect();
    let text = format!("{{\"o\":{{{}}},\"k7\":0}}", members.join(","));
    assert!(jsonb(&text).is_ok());
    let twice = format!("{{\"o\":{{{},\"k7\":0}}}}", members.join(","));
    let fault = jsonb(&twice).unwrap_err();
    assert_eq!((fault.kind, fault.path), (JsonFaultKind::Duplicate { key: "k7".to_owned() }, "$.o.k7".to_owned()));
}

#[test]
fn what_no_value_of_jsonb_holds() {
    assert_fault("{\"a\":[\"x\\u0000\"]}", JsonFaultKind::Nul, "$.a[0]", 8);
    assert_fault("[\"\\ud800\"]", JsonFaultKind::LoneSurrogate, "$[0]", 2);
    assert_fault("\"\\ud83d\\ud83d\\ude00\"", JsonFaultKind::LoneSurrogate, "$", 1);
    assert_fault("\"\\ude00\\ud83d\"", JsonFaultKind::LoneSurrogate, "$", 1);
    assert_fault("{\"\\u0000\":1}", JsonFaultKind::Nul, "$", 2);
    for text in ["\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\""] {
        assert_eq!(json(text).unwrap().text, text);
    }
    assert!(jsonb("\"\\ud83d\\ude00\"").is_ok());
}

#[test]
fn numbers_beyond_numeric() {
    for text in ["1e131072", "1e-16384", "1.5e-16383", "0e-16384", "1e99999999999999999999", "0e1073741823"] {
        assert_fault(&format!("{{\"n\":{text}}}"), JsonFaultKind::NumberOutOfRange, "$.n", 5);
        assert_eq!(json(text).unwrap().text, text);
    }
    for text in ["1e131071", "0.1e131072", "1e-16383", "0e1073741822"] {
        assert!(jsonb(text).is_ok(), "{text}");
    }
    let digits = |before: usize, after: usize| format!("1{}.{}1", "0".repeat(before - 1), "0".repeat(after - 1));
    assert!(jsonb(&digits(131_072, 16_383)).is_ok());
    assert_fault(&digits(131_073, 1), JsonFaultKind::NumberOutOfRange, "$", 0);
    assert_fault(&digits(1, 16_384), JsonFaultKind::NumberOutOfRange, "$", 0);
}

#[test]
fn words_that_are_no_numbers() {
    assert_fault("[NaN]", JsonFaultKind::NaN, "$[0]", 1);
    assert_fault("{\"a\":Infinity}", JsonFaultKind::NaN, "$.a", 5);
    assert_fault("-Infinity", JsonFaultKind::NaN, "$", 0);
    assert_eq!(json("NaN").unwrap_err().kind, JsonFaultKind::NaN);
    assert_fault("NaNa", expects("a value"), "$", 0);
}

#[test]
fn a_byte_order_mark() {
    assert_fault("\u{feff}{}", JsonFaultKind::ByteOrderMark, "$", 0);
    assert_fault("\u{feff}", JsonFaultKind::ByteOrderMark, "$", 0);
}

#[test]
fn another_reading_succeeds() {
    assert_fault("{'a': 1}", JsonFaultKind::LooksLikePython, "$", 1);
    assert_fault("{\"a\": [True, None]}", JsonFaultKind::LooksLikePython, "$.a[0]", 7);
    assert_fault("(1, 2)", JsonFaultKind::LooksLikePython, "$", 0);
    assert_fault("{a: 1}", JsonFaultKind::LooksLikeJson5, "$", 1);
    assert_fault("[1, 2,]", JsonFaultKind::LooksLikeJson5, "$[2]", 6);
    assert_fault("[1 /* one */, +1, .5]", JsonFaultKind::LooksLikeJson5, "$[0]", 3);
    // A value that needs a rule of its own does not hide the notation.
    assert_fault("{'a': nan, 'a': '\\x00'}", JsonFaultKind::LooksLikePython, "$", 1);
    assert_fault("[NaN, 'x',]", JsonFaultKind::LooksLikeJson5, "$[0]", 1);
    // JSON with such a value is JSON.
    assert_fault("[\"\\u0000\", NaN]", JsonFaultKind::Nul, "$[0]", 2);
}

#[test]
fn deep_documents() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(jsonb(&nested(6_000)).is_ok());
    let fault = jsonb(&nested(6_001)).unwrap_err();
    assert_eq!((fault.kind, fault.at), (JsonFaultKind::TooDeep, 6_000));
    assert_eq!(fault.path.matches("[0]").count(), 64);
    let open = "{\"a\":[".repeat(1_000_000);
    assert_eq!(json(&open).unwrap_err().kind, JsonFaultKind::TooDeep);
}

#[test]
fn long_strings() {
    let within =
        |text: &str| check_within(text, JsonTarget::Jsonb, 100, 5).map_err(|flaw| (flaw.kind, flaw.path, flaw.at));
    assert!(within("{\"abcde\":\"12345\"}").is_ok());
    assert!(within("\"\\u0041\\n\\n\\n\\n\"").is_ok());
    let too_long = |path: &str, at| Err((JsonFaultKind::StringTooLong, path.to_owned(), at));
    assert_eq!(within("{\"a\":\"123456\"}"), too_long("$.a", 5));
    assert_eq!(within("{\"abcdef\":1}"), too_long("$", 1));
    assert!(check_within("\"123456\"", JsonTarget::Json, 100, 5).is_ok());
}

#[test]
fn control_characters() {
    assert_fault("{\"a\":\"x\ny\"}", JsonFaultKind::ControlCharacter, "$.a", 7);
    assert_fault("[1,\"\u{1}\n\"]", JsonFaultKind::ControlCharacter, "$[1]", 4);
    // JSON5 takes those that do not end a line.
    assert_fault("\"\t\"", JsonFaultKind::LooksLikeJson5, "$", 1);
    assert!(jsonb("\"\u{7f}\u{2028}\"").is_ok());
}

#[test]
fn lines_and_columns_count_characters() {
    let fault = jsonb("{\n  \"ü\": \"é\",\n  \"ö\": ä}").unwrap_err();
    assert_eq!((fault.line, fault.column, fault.path.as_str()), (3, 8, "$.ö"));
    assert_eq!(fault.to_string(), "not JSON: a value is expected (at $.ö, line 3, column 8)");
}

#[test]
fn paths_quote_what_is_no_word() {
    for (key, shown) in [("a_1", "a_1"), ("1a", "\"1a\""), ("", "\"\""), ("a.b", "\"a.b\""), ("q\\\"", "\"q\\\"\"")] {
        assert_eq!(fault(&format!("{{\"{key}\":[0,{{\"k\":x}}]}}")).1, format!("$.{shown}[1].k"));
    }
    let long = "k".repeat(1_000);
    assert_eq!(fault(&format!("{{\"{long}\":x}}")).1, format!("$.{}…", "k".repeat(64)));
}

#[test]
fn a_string_may_hold_json() {
    let holds = |text: &str| jsonb(text).unwrap().holds_json;
    assert!(holds("\"{\\\"a\\\": 1}\""));
    assert!(holds(" \"[1, 2]\" "));
    assert!(holds("\"\\n[]\""));
    for text in ["\"[1\"", "\"5\"", "\"{a}\"", "\"\\\"x\\\"\"", "\"\"", "[\"[]\"]"] {
        assert!(!holds(text), "{text}");
    }
    assert!(!json("\"[\\\"\\ud800\\\"]\"").unwrap().holds_json);
}
