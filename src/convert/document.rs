//! Texts into columns of JSON, and JSON into arrays.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::json::{JsonFaultKind, JsonKind, JsonTarget, JsonText, Repairs, read};
use super::options::{ConvertOptions, JsonNull};
use super::reason::{JsonLook, Reason};
use super::text::{Passing, prepare};
use super::value::TargetValue;
use super::way::{Way, Ways};
use super::words::is_nothing;
use super::{ColumnRule, ConversionResult, TargetType, by_text};

/// A text into a column of JSON.
pub(super) fn of_text<'a>(
    text: Cow<'a, str>,
    ways: Ways,
    target: JsonTarget,
    rule: &ColumnRule,
) -> ConversionResult<'a> {
    let options = &rule.options;
    let found = match read(&text, target, &options.json) {
        Ok(found) => found,
        Err(fault) => {
            let made = made_json(&text, &fault.kind, options);
            if made.is_none() && !text.is_empty() && is_nothing(&text) {
                return Err(Reason::NullWord(text.into_owned()));
            }
            let look = JsonLook::of(&text);
            let made = made.ok_or(Reason::Json { fault: Box::new(fault), look })?;
            return Ok((TargetValue::Json(Cow::Owned(made)), ways.join(Way::Json.into())));
        }
    };
    let JsonText { text: made, kind, repairs, holds_json } = found;
    let mut ways = ways.join(repaired(repairs));
    if kind == JsonKind::Null && rule.may_be_null {
        match options.json_null {
            None => return Err(Reason::JsonNull),
            Some(JsonNull::Null) => return Ok((TargetValue::Null, ways.join(Way::JsonNull.into()))),
            Some(JsonNull::Keep) => ways.add(Way::JsonNull),
        }
    }
    if holds_json {
        if !options.keeps_json_strings {
            return Err(Reason::JsonTwice);
        }
        ways.add(Way::Json);
    }
    let made = match made {
        Cow::Owned(made) => Cow::Owned(made),
        // Nothing was written anew.
        Cow::Borrowed(whole) if whole.len() == text.len() => text,
        Cow::Borrowed(part) => Cow::Owned(part.to_owned()),
    };
    Ok((TargetValue::Json(made), ways))
}

/// What a rule makes of a text that is no JSON at all. What is JSON with a fault is not made another thing.
fn made_json(text: &str, why: &JsonFaultKind, options: &ConvertOptions) -> Option<String> {
    let is_no_json =
        matches!(why, JsonFaultKind::NotJson { .. } | JsonFaultKind::TrailingText | JsonFaultKind::Truncated);
    if !is_no_json || text.starts_with(['{', '[', '"']) {
        return None;
    }
    if let Some(separator) = &options.splits_json
        && (text.contains(separator.as_str()) || !options.quotes_json)
    {
        let parts: Vec<&str> = text.split(separator.as_str()).collect();
        return serde_json::to_string(&parts).ok();
    }
    if options.quotes_json { serde_json::to_string(text).ok() } else { None }
}

fn repaired(repairs: Repairs) -> Ways {
    let ways = [
        (Repairs::PYTHON, Way::Json),
        (Repairs::JSON5, Way::Json),
        (Repairs::UNWRAP, Way::Json),
        (Repairs::NAN, Way::JsonNan),
        (Repairs::DUPLICATES, Way::JsonDuplicates),
        (Repairs::NUL, Way::JsonNul),
        (Repairs::SURROGATES, Way::JsonSurrogates),
        (Repairs::BOM, Way::ByteOrderMark),
    ];
    let needed = ways.into_iter().filter(|(repair, _)| repairs.contains(*repair));
    needed.fold(Ways::NONE, |ways, (_, way)| ways.join(way.into()))
}

/// So many dimensions has an array at most (PostgreSQL 15, `MAXDIM`).
const MOST_DIMENSIONS: usize = 6;

/// A text that is an array in JSON into an array. Arrays in it are its further dimensions.
pub(super) fn array<'a>(
    text: Cow<'a, str>,
    ways: Ways,
    element: &TargetType,
    rule: &ColumnRule,
) -> ConversionResult<'a> {
    let (value, ways) = of_text(text, ways, JsonTarget::Json, rule)?;
    let TargetValue::Json(json) = value else { return Ok((value, ways)) };
    let of_element = ColumnRule { target: element.clone(), may_be_null: true, options: rule.options.clone() };
    let mut ways = ways.join(Way::JsonToArray.into());
    let value = dimension(&json, &of_element, 1, &mut ways)?;
    Ok((value, ways))
}

/// An array in JSON as one dimension of an array.
fn dimension(json: &str, rule: &ColumnRule, depth: usize, ways: &mut Ways) -> Result<TargetValue<'static>, Reason> {
    let elements: Vec<Box<RawValue>> = serde_json::from_str(json).map_err(|_| Reason::NotAnArray)?;
    let is_array = |raw: &RawValue| raw.get().starts_with('[');
    if !elements.iter().any(|raw| is_array(raw)) {
        let values = elements.iter().map(|raw| element(raw.get(), rule, ways));
        return Ok(TargetValue::Array(values.collect::<Result<_, _>>()?));
    }
    if matches!(rule.target, TargetType::Json | TargetType::Jsonb) {
        return Err(Reason::NestedArray);
    }
    if depth == MOST_DIMENSIONS {
        return Err(Reason::TooManyDimensions);
    }
    if !elements.iter().all(|raw| is_array(raw)) {
        return Err(Reason::RaggedArray);
    }
    let inner = elements.iter().map(|raw| dimension(raw.get(), rule, depth + 1, ways));
    let inner = inner.collect::<Result<Vec<_>, _>>()?;
    let shape = inner.first().map(shape).unwrap_or_default();
    // What is empty inside has no dimension there, and the server would keep an empty array for it.
    if shape.contains(&0) || inner.iter().any(|array| self::shape(array) != shape) {
        return Err(Reason::RaggedArray);
    }
    Ok(TargetValue::Array(inner))
}

/// How many values an array has in each dimension.
fn shape(value: &TargetValue<'_>) -> Vec<usize> {
    let TargetValue::Array(values) = value else { return Vec::new() };
    let inner = values.first().map(shape).unwrap_or_default();
    std::iter::once(values.len()).chain(inner).collect()
}

/// An element is a text like another: the rules for texts are for it too.
fn element(raw: &str, rule: &ColumnRule, ways: &mut Ways) -> Result<TargetValue<'static>, Reason> {
    let is_json = matches!(rule.target, TargetType::Json | TargetType::Jsonb);
    let text = match raw.as_bytes().first() {
        _ if is_json => Some(raw.to_owned()),
        Some(b'"') => Some(serde_json::from_str(raw).map_err(|_| Reason::NotAnArray)?),
        Some(b'{') => return Err(Reason::NestedArray),
        _ if raw == "null" => None,
        _ => Some(raw.to_owned()),
    };
    let passing = match text {
        Some(text) if !is_json => prepare(Cow::Owned(text), Ways::NONE, &rule.options)?,
        text => Passing { text: text.map(Cow::Owned), ways: Ways::NONE },
    };
    let Some(text) = passing.text else {
        *ways = ways.join(passing.ways);
        return Ok(TargetValue::Null);
    };
    let (value, more) = by_text(text, passing.ways, rule)?;
    // A number in JSON is a number: that it was written in text is no way of its own.
    *ways = ways.join(if raw.starts_with('"') { more } else { more.without(Way::TextToNumber) });
    Ok(value.into_owned())
}
