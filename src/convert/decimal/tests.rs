use super::*;

fn read(text: &str) -> Digits {
    WrittenNumber::parse(text).unwrap().value
}

#[test]
fn numbers_are_read_and_shown_exactly() {
    for (text, shown) in [
        ("0", "0"),
        ("-0", "0"),
        ("007", "7"),
        ("+1.50", "1.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1.25E-3", "0.00125"),
        ("-12345678901234567890.10", "-12345678901234567890.10"),
        ("0.000", "0.000"),
        ("100e-2", "1.00"),
    ] {
        assert_eq!(read(text).to_string(), shown, "{text}");
    }
    for text in ["", ".", "-", "1e", "1e+", " 1", "1 ", "1,5", "0x1F", "1_000", "١", "NaN", "--1", "1.2.3"] {
        assert_eq!(WrittenNumber::parse(text), Err(NotDecimal::Malformed), "{text}");
    }
    for text in ["1e131072", "1e-16384", "9e999999999999999999999"] {
        assert_eq!(WrittenNumber::parse(text), Err(NotDecimal::OutOfRange), "{text}");
    }
    assert_eq!(read("1e131071").whole_digits(), 131_072);
}

#[test]
fn a_double_is_the_shortest_decimal_that_gives_it() {
    let shown = |value: f64| Digits::from_double(value).unwrap().to_string();
    assert_eq!(shown(0.300_000_000_000_000_04), "0.30000000000000004");
    assert_eq!(shown(0.1), "0.1");
    assert_eq!(shown(1e21), "1000000000000000000000");
    assert_eq!(shown(-2.5e-7), "-0.00000025");
    assert_eq!(shown(12.0), "12");
    assert!(Digits::from_double(f64::INFINITY).is_none());
}

#[test]
fn rounding_is_that_of_numeric() {
    for (text, scale, shown) in [
        ("1.25", 1, "1.3"),
        ("-1.25", 1, "-1.3"),
        ("1.249", 1, "1.2"),
        ("9.99", 1, "10.0"),
        ("0.05", 1, "0.1"),
        ("0.04", 1, "0.0"),
        ("-0.04", 1, "0.0"),
        ("0.5", 0, "1"),
        ("0.0005", 1, "0.0"),
        ("1.5", 3, "1.500"),
        ("0", 2, "0.00"),
    ] {
        assert_eq!(read(text).round(scale).to_string(), shown, "{text} to {scale}");
    }
    for (text, zeros, shown) in [("1250", 2, "1300"), ("1249.9", 2, "1200"), ("49", 2, "0"), ("50", 2, "100")] {
        assert_eq!(read(text).round_coarse(zeros).to_string(), shown, "{text}, {zeros} zeros");
    }
    assert!(
        read("1200").fits_coarse_scale(2) && !read("1250").fits_coarse_scale(2) && !read("1200.5").fits_coarse_scale(2)
    );
}

#[test]
fn a_product_is_exact() {
    for (one, other, product) in [("0.000123", "1000000", "123.000000"), ("-99", "99", "-9801"), ("0", "5", "0")] {
        assert_eq!(read(one).multiply(&read(other)).to_string(), product);
    }
    assert_eq!(read("0.000123").multiply(&read("1000000")).to_integer(), Some(123));
    assert_eq!(read("0.0000005").multiply(&read("1000000")).to_integer(), None);
}

#[test]
fn integers_are_found() {
    assert_eq!(read("9223372036854775807").to_integer(), Some(i64::MAX));
    assert_eq!(read("-9223372036854775808").to_integer(), Some(i64::MIN));
    assert_eq!(read("9223372036854775808").to_integer(), None);
    assert_eq!(read("12.000").to_integer(), Some(12));
    assert_eq!(read("12.5").to_integer(), None);
    assert_eq!(read("0.00").to_integer(), Some(0));
    assert_eq!(read("1e400").to_integer(), None);
    assert_eq!(Digits::from_integer(i64::MIN).to_string(), i64::MIN.to_string());
}

#[test]
fn groups_are_those_of_numeric_send() {
    // SELECT encode(numeric_send(x), 'hex') on PostgreSQL 15.
    assert_eq!(read("0").groups(), (0, vec![]));
    assert_eq!(read("1").groups(), (0, vec![1]));
    assert_eq!(read("12345.678").groups(), (1, vec![1, 2345, 6780]));
    assert_eq!(read("0.0001").groups(), (-1, vec![1]));
    assert_eq!(read("0.00001").groups(), (-2, vec![1000]));
    assert_eq!(read("10000").groups(), (1, vec![1]));
}

#[test]
fn equal_numbers_have_equal_normal_forms() {
    let is_same = |one: &str, other: &str| read(one).normal() == read(other).normal();
    assert!(is_same("1.50", "1.5") && is_same("1e2", "100") && is_same("0.00", "0"));
    assert!(!is_same("1.5", "1.51"));
}
