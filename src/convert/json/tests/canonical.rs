//! One form by value.

use super::super::canonical;

#[test]
fn numbers_have_one_form() {
    for (form, texts) in [
        ("0", ["0", "-0", "0.00", "-0e5", "0e-3"].as_slice()),
        ("1", &["1", "1.0", "10e-1", "0.1E1", "1e0", "0.001e+3"]),
        ("100", &["100", "1E2", "1e+02", "100.00", "10000e-2"]),
        ("-12500", &["-12500", "-12.5e3"]),
        ("0.01", &["0.01", "1e-2", "0.010"]),
        ("1e100000", &["1e100000", "10e99999", "0.1e100001"]),
        ("100000000000000000000", &["1e20", "100000000000000000000"]),
        ("1e21", &["1e21", "1000000000000000000000", "10e20"]),
        ("1.5", &["1.5", "15e-1", "0.15e1"]),
        ("9007199254740993", &["9007199254740993", "9007199254740993.0"]),
        ("123456789012345678901234567890.1", &["123456789012345678901234567890.10"]),
        ("1e-100000", &["1e-100000", "0.1e-99999"]),
    ] {
        for text in texts {
            assert_eq!(canonical(text), form, "{text}");
            assert_eq!(canonical(&format!("[{text} , 1]")), format!("[{form},1]"));
        }
        assert_eq!(canonical(form), form);
    }
}

#[test]
fn an_exponent_does_not_ask_for_memory() {
    let text = "[1e999999999999999999999999999999999999999999999999, 1e-9999999999999]";
    assert_eq!(canonical(text), "[1e999999999999999999999999999999999999999999999999,1e-9999999999999]");
}

#[test]
fn strings_have_the_fewest_escapes() {
    assert_eq!(
        canonical(r#""\u0041\/\u00e9\ud83d\ude00\u000a\u001F\u0022\u005c\ud800""#),
        r#""A/é😀\n\u001f\"\\\ud800""#
    );
}

#[test]
fn keys_are_sorted_at_each_level() {
    assert_eq!(
        canonical(r#" { "b" : [ {"z":1, "y":{"d":[], "c":{}}} ] , "a" : null, "\u0061a": true } "#),
        r#"{"a":null,"aa":true,"b":[{"y":{"c":{},"d":[]},"z":1}]}"#
    );
}

#[test]
fn of_equal_keys_the_last_stays() {
    assert_eq!(canonical(r#"{"b":1,"a":1,"\u0062":{"y":2,"x":3},"a":4}"#), r#"{"a":4,"b":{"x":3,"y":2}}"#);
}

#[test]
fn a_deep_document_is_copied_once() {
    let text = format!("{}1{}", "{\"b\":0,\"a\":".repeat(200_000), "}".repeat(200_000));
    let form = canonical(&text);
    assert_eq!(form.len(), text.len());
    assert!(form.starts_with("{\"a\":{\"a\":"));
}

#[test]
fn what_is_no_json_stays() {
    for text in ["", "{'a':1}", "[1", "\u{0}"] {
        assert_eq!(canonical(text), text);
    }
}
