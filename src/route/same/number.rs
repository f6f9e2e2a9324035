//! Numbers by their value: in the digits that they have, without those that say nothing.

use super::ShadowValue;

/// A number as `-12.5`: without a plus, zeros at both ends and an exponent. None where it is no number. A real has the shortest digits that give the same double.
pub(super) fn canonical(value: &ShadowValue) -> Option<String> {
    match value {
        ShadowValue::Integer(integer) => Some(integer.to_string()),
        ShadowValue::Real(real) if real.is_finite() => plain(&real.to_string()),
        ShadowValue::Single(single) if single.is_finite() => plain(&single.to_string()),
        ShadowValue::Decimal(digits) => plain(digits),
        ShadowValue::Text(text) => plain(text.trim()).or_else(|| with_exponent(text.trim())),
        _ => None,
    }
}

/// The `real` that a double becomes.
#[expect(clippy::cast_possible_truncation, reason = "PostgreSQL rounds a double for a column of the type real")]
pub(super) fn as_single(real: f64) -> f32 {
    real as f32
}

fn plain(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && part.is_empty() || !are_digits(whole) || !are_digits(part) {
        return None;
    }
    let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    if whole == "0" && part.is_empty() {
        return Some("0".to_owned());
    }
    let point = if part.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{part}"))
}

/// `1e3` by way of a double, which is what SQLite makes of it.
fn with_exponent(text: &str) -> Option<String> {
    let is_number = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    let real: f64 = text.parse().ok().filter(|real: &f64| is_number && real.is_finite())?;
    plain(&real.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_say_nothing_are_left_out() {
        for (text, expected) in [
            ("007", Some("7")),
            ("-0.0", Some("0")),
            ("+1.50", Some("1.5")),
            (".5", Some("0.5")),
            ("1e-2", Some("0.01")),
            ("1.2.3", None),
            ("", None),
            (".", None),
            ("inf", None),
            ("0x10", None),
        ] {
            assert_eq!(canonical(&ShadowValue::Text(text.into())).as_deref(), expected, "{text}");
        }
    }
}
