//! JSON as SQLite stores it.

use crate::convert::{Decimal, Shown, TargetType, TargetValue};

/// A JSON text without the blanks between its parts. It is valid: the server has sent it.
pub(super) fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut is_string, mut is_escaped) = (false, false);
    for letter in json.chars() {
        if is_string {
            is_string = is_escaped || letter != '"';
            is_escaped = !is_escaped && letter == '\\';
        } else if matches!(letter, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            is_string = letter == '"';
        }
        compact.push(letter);
    }
    compact
}

/// An array as JSON; none of a value that is no array, or of an element that JSON has no form for.
pub(super) fn array(value: &TargetValue<'_>, target: &TargetType) -> Option<String> {
    let (TargetValue::Array(values), TargetType::Array { element, .. }) = (value, target) else { return None };
    // Of several dimensions the values are arrays of the same type.
    let of = |value: &TargetValue<'_>| if matches!(value, TargetValue::Array(_)) { target } else { &**element };
    let elements: Option<Vec<String>> = values.iter().map(|value| json(value, of(value))).collect();
    Some(format!("[{}]", elements?.join(",")))
}

fn json(value: &TargetValue<'_>, target: &TargetType) -> Option<String> {
    Some(match value {
        TargetValue::Null => "null".to_owned(),
        TargetValue::Boolean(value) => value.to_string(),
        TargetValue::Integer(value) => value.to_string(),
        TargetValue::Numeric(Decimal::Finite(value)) => value.to_string(),
        TargetValue::Double(value) if value.is_finite() => value.to_string(),
        TargetValue::Single(value) if value.is_finite() => value.to_string(),
        TargetValue::Json(text) => text.clone().into_owned(),
        TargetValue::Array(_) => array(value, target)?,
        other => serde_json::to_string(&Shown(other, target).to_string()).ok()?,
    })
}

/// The texts of a JSON array, with a separator between two.
pub(super) fn separated(value: &TargetValue<'_>, separator: &str) -> Option<String> {
    let texts: Vec<String> = match value {
        TargetValue::Json(text) => serde_json::from_str(text).ok()?,
        TargetValue::Array(values) => {
            let text = |value: &TargetValue<'_>| match value {
                TargetValue::Text(text) => Some(text.clone().into_owned()),
                _ => None,
            };
            values.iter().map(text).collect::<Option<_>>()?
        }
        _ => return None,
    };
    Some(texts.join(separator))
}
