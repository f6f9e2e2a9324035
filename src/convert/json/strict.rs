//! JSON as the server reads it. The text is only looked at.

use std::borrow::Cow;
use std::ops::Range;

use super::cursor::TextCursor;
use super::escape::{PassedString, decode, pass_string};
use super::fault::{Flawed, JsonFaultKind};
use super::keys::OpenKeys;
use super::number;
use super::rules::{JsonKind, JsonTarget};
use super::walk::{JsonBracket, Notation, walk};
use super::words::{self, Meaning};

/// So deep may arrays and objects stand in each other.
///
/// The server refuses by the bytes of its stack (`max_stack_depth`); with 2 MB it takes some 13,000 levels.
pub(crate) const DEPTH: usize = 6_000;
/// The most bytes of a string or a key in `jsonb`.
pub(crate) const STRING: usize = 0x0fff_ffff;

/// Reads JSON, and says what the document is.
pub(crate) fn check(text: &str, target: JsonTarget) -> Flawed<JsonKind> {
    check_within(text, target, DEPTH, STRING)
}

/// Reads JSON within other bounds than those of the server.
pub(crate) fn check_within(text: &str, target: JsonTarget, depth: usize, string: usize) -> Flawed<JsonKind> {
    let keys = OpenKeys::default();
    match target {
        JsonTarget::Json => walk(text, &mut StrictJson::<false> { keys, string }, depth),
        JsonTarget::Jsonb => walk(text, &mut StrictJson::<true> { keys, string }, depth),
    }
}

/// JSON that is kept as a text, or (`BY_VALUE`) as a value.
struct StrictJson<'a, const BY_VALUE: bool> {
    keys: OpenKeys<'a>,
    string: usize,
}

impl<'a, const BY_VALUE: bool> StrictJson<'a, BY_VALUE> {
    #[inline]
    fn string(&self, cursor: &mut TextCursor<'a>) -> Flawed<PassedString> {
        let begins = cursor.at();
        let string = pass_string(cursor, BY_VALUE)?;
        // What a string means is never longer than how it is written.
        if BY_VALUE
            && string.inner.len() > self.string
            && decode(cursor.slice(string.inner.clone())).len() > self.string
        {
            cursor.set(begins);
            return Err(cursor.flaw(JsonFaultKind::StringTooLong));
        }
        Ok(string)
    }
}

/// Passes over a word of JSON.
fn word(cursor: &mut TextCursor<'_>) -> Flawed<JsonKind> {
    let begins = cursor.at();
    match cursor.word(&words::JSON, "a value")? {
        Meaning::Value(_, kind) => Ok(kind),
        Meaning::NoNumber(_) => {
            cursor.set(begins);
            Err(cursor.flaw(JsonFaultKind::NaN))
        }
    }
}

impl<'a, const BY_VALUE: bool> Notation<'a> for StrictJson<'a, BY_VALUE> {
    #[inline]
    fn blanks(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<()> {
        while matches!(cursor.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            cursor.advance(1);
        }
        Ok(())
    }

    #[inline]
    fn opens(&self, byte: u8) -> Option<JsonBracket> {
        match byte {
            b'{' => Some(JsonBracket::Object),
            b'[' => Some(JsonBracket::Array),
            _ => None,
        }
    }

    #[inline]
    fn opened(&mut self, _: &TextCursor<'a>, bracket: JsonBracket) {
        if BY_VALUE && bracket == JsonBracket::Object {
            self.keys.open();
        }
    }

    #[inline]
    fn closed(&mut self, _: &TextCursor<'a>, bracket: JsonBracket) {
        if BY_VALUE && bracket == JsonBracket::Object {
            self.keys.close();
        }
    }

    #[inline]
    fn comma(&mut self, _: &TextCursor<'a>, _: JsonBracket, _: u8) -> Flawed<bool> {
        Ok(false)
    }

    #[inline]
    fn scalar(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<JsonKind> {
        match cursor.peek() {
            Some(b'"') => self.string(cursor).map(|_| JsonKind::String),
            Some(b'-' | b'0'..=b'9') if cursor.is_at_number() => {
                number::pass(cursor, BY_VALUE).map(|_| JsonKind::Number)
            }
            _ => word(cursor),
        }
    }

    #[inline]
    fn key(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<Range<usize>> {
        let begins = cursor.at();
        if cursor.peek() != Some(b'"') {
            return Err(cursor.unexpected("a key in double quotes"));
        }
        let string = self.string(cursor)?;
        if BY_VALUE {
            let inner = cursor.slice(string.inner);
            let key = if string.has_escapes { decode(inner) } else { Cow::Borrowed(inner) };
            if !self.keys.add(key) {
                let key = decode(inner).into_owned();
                let end = cursor.at();
                cursor.set(begins);
                let flaw = cursor.flaw(JsonFaultKind::Duplicate { key });
                cursor.set(end);
                return Err(flaw);
            }
        }
        Ok(begins..cursor.at())
    }

    fn name(&self, cursor: &TextCursor<'a>, _: usize, key: Range<usize>) -> Cow<'_, str> {
        let inner = cursor.slice(key.start + 1..key.end.saturating_sub(1));
        Cow::Owned(decode(inner).into_owned())
    }
}
