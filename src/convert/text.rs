//! The bytes of a text or blob as characters, and what a text is to be before its type is looked at.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use heck::ToSnakeCase as _;

use super::json::CharRepair;
use super::options::{BlobText, ConvertOptions, InvalidUtf8, LetterCase, NewValue};
use super::reason::Reason;
use super::way::{Way, Ways};
use crate::hex::Hex;

/// A text on its way, and how it came there.
pub(super) struct Passing<'a> {
    /// `None` is NULL.
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) ways: Ways,
}

/// The characters of a text of SQLite.
pub(super) fn characters<'a>(bytes: &'a [u8], options: &ConvertOptions) -> Result<(Cow<'a, str>, Ways), Reason> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((Cow::Borrowed(text), Ways::NONE)),
        Err(error) => error,
    };
    let text = match options.invalid_utf8 {
        None => return Err(Reason::InvalidUtf8 { at: error.valid_up_to() }),
        Some(InvalidUtf8::Replace) => String::from_utf8_lossy(bytes).into_owned(),
        Some(InvalidUtf8::Strip) => bytes.utf8_chunks().map(|chunk| chunk.valid()).collect(),
        Some(InvalidUtf8::Latin1) => latin1(bytes),
        Some(InvalidUtf8::Base64) => STANDARD.encode(bytes),
    };
    Ok((Cow::Owned(text), Way::InvalidUtf8.into()))
}

/// The text that a blob is, where a rule says so.
pub(super) fn of_blob(bytes: &[u8], options: &ConvertOptions) -> Result<(String, Ways), Reason> {
    let refused = || Reason::Blob { length: bytes.len(), looks_like: looks_like(bytes) };
    let text = match options.blob.ok_or_else(refused)? {
        BlobText::Utf8 => characters(bytes, options)?.0.into_owned(),
        BlobText::Latin1 => latin1(bytes),
        BlobText::Hex => Hex(bytes).to_string(),
        BlobText::Base64 => STANDARD.encode(bytes),
    };
    Ok((text, Way::Blob.into()))
}

/// Takes a text through the rules that say what it is to be.
pub(super) fn prepare<'a>(
    mut text: Cow<'a, str>,
    mut ways: Ways,
    options: &ConvertOptions,
) -> Result<Passing<'a>, Reason> {
    if text.contains('\0') {
        let repair = options.nul.ok_or(Reason::Nul)?;
        step(&mut text, &mut ways, Way::Nul, |text| text.replace('\0', repair.character()));
    }
    if options.json.bom {
        step(&mut text, &mut ways, Way::ByteOrderMark, |text| text.trim_start_matches('\u{feff}').to_owned());
    }
    if options.trims {
        step(&mut text, &mut ways, Way::Trim, |text| text.trim().to_owned());
    }
    match options.case {
        None => {}
        Some(LetterCase::Lower) => step(&mut text, &mut ways, Way::Lower, str::to_lowercase),
        Some(LetterCase::Upper) => step(&mut text, &mut ways, Way::Upper, str::to_uppercase),
        Some(LetterCase::Snake) => step(&mut text, &mut ways, Way::SnakeCase, str::to_snake_case),
    }
    if let Some(prefix) = &options.strip_prefix {
        step(&mut text, &mut ways, Way::StripPrefix, |text| {
            text.strip_prefix(prefix.as_str()).unwrap_or(text).to_owned()
        });
    }
    if options.slashes {
        step(&mut text, &mut ways, Way::Slashes, |text| text.replace('\\', "/"));
    }
    if let Some(new) = options.values.get(text.as_ref()) {
        ways.add(Way::Values);
        match new {
            NewValue::Null => return Ok(Passing { text: None, ways }),
            NewValue::Text(new) => text = Cow::Owned(new.clone()),
        }
    }
    Ok(nulls(text, ways, options))
}

/// Whether the text means NULL, or an empty one something else.
fn nulls<'a>(text: Cow<'a, str>, mut ways: Ways, options: &ConvertOptions) -> Passing<'a> {
    if text.is_empty()
        && let Some(new) = &options.empty
    {
        ways.add(Way::Empty);
        let text = match new {
            NewValue::Null => None,
            NewValue::Text(new) => Some(Cow::Owned(new.clone())),
        };
        return Passing { text, ways };
    }
    if options.null_words.iter().any(|word| *word == text) {
        ways.add(Way::NullWords);
        return Passing { text: None, ways };
    }
    Passing { text: Some(text), ways }
}

/// Changes the text, and counts the way where it is another one then.
fn step(text: &mut Cow<'_, str>, ways: &mut Ways, way: Way, change: impl FnOnce(&str) -> String) {
    let changed = change(text);
    if changed != text.as_ref() {
        *text = Cow::Owned(changed);
        ways.add(way);
    }
}

impl CharRepair {
    pub(super) fn character(self) -> &'static str {
        match self {
            Self::Strip => "",
            Self::Replace => "\u{fffd}",
        }
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// What begins like these bytes. A pickle is a program, which nobody runs to see what it is.
fn looks_like(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x80, 2..=5, .., b'.'] => Some("a pickle of Python"),
        [0x1f, 0x8b, ..] => Some("gzip"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        [0x89, b'P', b'N', b'G', ..] => Some("a PNG image"),
        [0xff, 0xd8, 0xff, ..] => Some("a JPEG image"),
        [b'P', b'K', 3, 4, ..] => Some("a ZIP archive"),
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF document"),
        _ => None,
    }
}
