//! The reading of a text: as JSON, and where that fails as the rules allow.

use std::borrow::Cow;

use super::escape::decode_exact;
use super::fault::{Flaw, Flawed, JsonFault, JsonFaultKind};
use super::lenient::{Mended, WrittenAs, mend};
use super::rules::{CharRepair, JsonKind, JsonRules, JsonTarget, Keep, Repairs, Replacement};
use super::strict::check;

/// A text that the server takes without a change of its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonText<'a> {
    /// The text. It is borrowed where nothing is written anew.
    pub(crate) text: Cow<'a, str>,
    /// What the document is.
    pub(crate) kind: JsonKind,
    /// Which rules were needed.
    pub(crate) repairs: Repairs,
    /// The document is a string, and that holds an array or an object in JSON.
    pub(crate) holds_json: bool,
}

/// Reads a text for a column of the type `target`. A rule is used where the text could not be taken without it.
///
/// # Errors
/// The server would refuse the text, or it would take it with another meaning, and no rule allows the repair.
pub(crate) fn read<'a>(text: &'a str, target: JsonTarget, rules: &JsonRules) -> Result<JsonText<'a>, JsonFault> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - body.len();
    if skipped > 0 && !rules.bom {
        return Err(Flaw::rooted(JsonFaultKind::ByteOrderMark, 0).locate(text, 0));
    }
    let mut found = document(body, target, rules)
        .and_then(|found| if rules.unwrap { unwrapped(found, body, target, rules) } else { Ok(found) })
        .map_err(|flaw| flaw.locate(text, skipped))?;
    if skipped > 0 {
        found.repairs.add(Repairs::BOM);
    }
    Ok(found)
}

/// Reads a text in each of the notations that the rules allow.
fn document<'a>(text: &'a str, target: JsonTarget, rules: &JsonRules) -> Flawed<JsonText<'a>> {
    let strict = match check(text, target) {
        Ok(kind) => return Ok(finished(Cow::Borrowed(text), kind, Repairs::NONE)),
        Err(flaw) => flaw,
    };
    let mut farthest = match repaired(text, WrittenAs::Json, target, rules) {
        Ok(mended) => return Ok(mended),
        Err(flaw) => flaw,
    };
    if reads_as(text, WrittenAs::Json) {
        return Err(farthest);
    }
    for (written, is_allowed) in [(WrittenAs::Python, rules.python), (WrittenAs::Json5, rules.json5)] {
        if !is_allowed {
            continue;
        }
        match repaired(text, written, target, rules) {
            Ok(mended) => return Ok(mended),
            Err(flaw) if reads_as(text, written) => return Err(flaw),
            // The reading that comes farthest is the most likely one.
            Err(flaw) if flaw.at > farthest.at => farthest = flaw,
            Err(_) => {}
        }
    }
    match looks_like(text, rules) {
        Some(kind) => Err(Box::new(Flaw { kind, ..*strict })),
        None => Err(farthest),
    }
}

/// Reads what a document holds that is a string, if that is an array or an object by the same rules.
///
/// A string that holds neither is what it is: most are words.
fn unwrapped<'a>(found: JsonText<'a>, body: &str, target: JsonTarget, rules: &JsonRules) -> Flawed<JsonText<'a>> {
    let Some(inner) = (found.kind == JsonKind::String).then(|| content(&found.text)).flatten() else {
        return Ok(found);
    };
    match document(&inner, target, rules) {
        Ok(held) if matches!(held.kind, JsonKind::Array | JsonKind::Object) => Ok(JsonText {
            text: Cow::Owned(held.text.into_owned()),
            kind: held.kind,
            repairs: found.repairs.with(held.repairs).with(Repairs::UNWRAP),
            holds_json: false,
        }),
        // Its places are none of the text's, so that the fault is where the string begins.
        Err(mut flaw) if holds_json(&inner) => {
            flaw.at = body.len() - body.trim_start().len();
            Err(flaw)
        }
        _ => Ok(found),
    }
}

/// Repairs a text that is read in one notation, if the strict reading takes what comes out.
fn repaired(text: &str, written: WrittenAs, target: JsonTarget, rules: &JsonRules) -> Flawed<JsonText<'static>> {
    let Mended { text, kind, repairs } = mend(text, written, target, rules)?;
    // A repair that is wrong shall be a refusal and never a text with another fault.
    check(&text, target)?;
    Ok(finished(Cow::Owned(text), kind, repairs))
}

fn finished(text: Cow<'_, str>, kind: JsonKind, repairs: Repairs) -> JsonText<'_> {
    let holds_json = kind == JsonKind::String && content(&text).is_some_and(|inner| holds_json(&inner));
    JsonText { text, kind, repairs, holds_json }
}

/// What a document means that is a string, if an array or an object may begin there.
///
/// Half of a surrogate pair stands in no text, so that a string with one is only a string.
fn content(document: &str) -> Option<Cow<'_, str>> {
    let inner = document.trim_matches([' ', '\n', '\r', '\t']).strip_prefix('"')?.strip_suffix('"')?;
    let may_hold = inner.starts_with(['[', '{', '\\', ' ', '(']);
    may_hold.then(|| decode_exact(inner)).flatten()
}

/// Whether a text is an array or an object of JSON.
fn holds_json(text: &str) -> bool {
    matches!(check(text, JsonTarget::Json), Ok(JsonKind::Array | JsonKind::Object))
}

/// Whether a text is read in a notation, whatever its values are.
fn reads_as(text: &str, written: WrittenAs) -> bool {
    mend(text, written, JsonTarget::Json, &ANY_VALUE).is_ok()
}

/// All repairs of values.
const ANY_VALUE: JsonRules = JsonRules {
    python: false,
    json5: false,
    nan: Some(Replacement::Null),
    duplicates: Some(Keep::Last),
    nul: Some(CharRepair::Replace),
    surrogates: true,
    unwrap: false,
    bom: false,
};

/// The notation that is not allowed and would read the text.
fn looks_like(text: &str, rules: &JsonRules) -> Option<JsonFaultKind> {
    let python = (!rules.python).then_some((WrittenAs::Python, JsonFaultKind::LooksLikePython));
    let json5 = (!rules.json5).then_some((WrittenAs::Json5, JsonFaultKind::LooksLikeJson5));
    // Both read `['a']` and `[1,]`: the quotes are most often Python's, the comma alone is not.
    let order = if text.contains('\'') { [python, json5] } else { [json5, python] };
    order.into_iter().flatten().find(|(written, _)| reads_as(text, *written)).map(|(_, kind)| kind)
}
