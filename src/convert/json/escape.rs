//! Strings of JSON: where they end, what they mean, and how they are written shortest.

use std::borrow::Cow;
use std::ops::Range;

use super::cursor::TextCursor;
use super::fault::{Flaw, Flawed, JsonFaultKind};

/// What an escape means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escaped {
    Char(char),
    /// Half of a surrogate pair.
    Lone(u32),
    /// Nothing: the string goes on in the next line.
    Nothing,
}

/// A string that was passed over: what stands between the quotes.
#[derive(Debug, Clone)]
pub(crate) struct PassedString {
    pub(crate) inner: Range<usize>,
    pub(crate) has_escapes: bool,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Where the bytes end that mean themselves: at a quote, a backslash or a control character.
///
/// Eight bytes are looked at in one step, because most of a document are such bytes.
#[inline]
pub(crate) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        let found = found & HIGHS;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        at += 1;
    }
    at
}

/// Passes over the string whose opening quote stands here.
///
/// With `by_value`, what only a text can hold and a value can't (U+0000, half of a surrogate pair) is a flaw.
#[inline]
pub(crate) fn pass_string(cursor: &mut TextCursor<'_>, by_value: bool) -> Flawed<PassedString> {
    let begins = cursor.at() + 1;
    let bytes = cursor.bytes();
    let ends = plain_end(bytes, begins);
    if bytes.get(ends) == Some(&b'"') {
        cursor.set(ends + 1);
        return Ok(PassedString { inner: begins..ends, has_escapes: false });
    }
    cursor.set(ends);
    pass_escapes(cursor, begins, by_value)
}

/// The rest of a string from the first byte on that does not mean itself.
fn pass_escapes(cursor: &mut TextCursor<'_>, begins: usize, by_value: bool) -> Flawed<PassedString> {
    let bytes = cursor.bytes();
    loop {
        let at = plain_end(bytes, cursor.at());
        cursor.set(at);
        match bytes.get(at) {
            Some(b'"') => {
                cursor.advance(1);
                return Ok(PassedString { inner: begins..at, has_escapes: true });
            }
            Some(b'\\') => {
                let (escaped, length) = json_escape(bytes, at)?;
                match escaped {
                    Escaped::Char('\0') if by_value => return Err(cursor.flaw(JsonFaultKind::Nul)),
                    Escaped::Lone(_) if by_value => return Err(cursor.flaw(JsonFaultKind::LoneSurrogate)),
                    _ => cursor.advance(length),
                }
            }
            Some(_) => return Err(cursor.flaw(JsonFaultKind::ControlCharacter)),
            None => return Err(cursor.flaw(JsonFaultKind::Truncated)),
        }
    }
}

/// What the escape means whose backslash stands at `at`, and its length.
pub(crate) fn json_escape(bytes: &[u8], at: usize) -> Flawed<(Escaped, usize)> {
    let meaning = match bytes.get(at + 1) {
        Some(b'u') => return unicode_escape(bytes, at),
        Some(&mark @ (b'"' | b'\\' | b'/')) => char::from(mark),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(_) => return Err(no_escape(at)),
        None => return Err(Flaw::new(JsonFaultKind::Truncated, bytes.len())),
    };
    Ok((Escaped::Char(meaning), 2))
}

/// What stands at a backslash is none of the escapes.
#[expect(clippy::unnecessary_box_returns, reason = "a flaw is only ever moved around in its box")]
#[cold]
pub(crate) fn no_escape(at: usize) -> Box<Flaw> {
    Flaw::new(JsonFaultKind::NotJson { expected: "an escape such as \\n or \\u00e9" }, at)
}

/// What `\uXXXX` means. A half of a surrogate pair takes the other half with it where that follows at once.
pub(crate) fn unicode_escape(bytes: &[u8], at: usize) -> Flawed<(Escaped, usize)> {
    let first = hex(bytes, at, 2, 4)?;
    if (0xd800..0xdc00).contains(&first) && bytes.get(at + 6..at + 8) == Some(b"\\u") {
        let second = hex(bytes, at + 6, 2, 4).unwrap_or(0);
        if (0xdc00..0xe000).contains(&second) {
            let both = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok((code_point(both, at)?, 12));
        }
    }
    Ok((code_point(first, at)?, 6))
}

/// The character or the half of a surrogate pair that a number stands for.
pub(crate) fn code_point(number: u32, at: usize) -> Flawed<Escaped> {
    match char::from_u32(number) {
        Some(character) => Ok(Escaped::Char(character)),
        None if number < 0x1_0000 => Ok(Escaped::Lone(number)),
        None => Err(no_escape(at)),
    }
}

/// The number that `digits` hexadecimal digits write, which begin `skip` bytes behind the backslash at `at`.
pub(crate) fn hex(bytes: &[u8], at: usize, skip: usize, digits: usize) -> Flawed<u32> {
    let mut number: u32 = 0;
    for offset in 0..digits {
        let digit = match bytes.get(at + skip + offset) {
            Some(&byte) => char::from(byte).to_digit(16).ok_or_else(|| no_escape(at))?,
            None => return Err(Flaw::new(JsonFaultKind::Truncated, bytes.len())),
        };
        number = (number << 4) | digit;
    }
    Ok(number)
}

/// What the inner part of a right string means. Half of a surrogate pair becomes U+FFFD.
pub(crate) fn decode(inner: &str) -> Cow<'_, str> {
    decode_noting(inner).0
}

/// What the inner part of a right string means, if it has no half of a surrogate pair.
pub(crate) fn decode_exact(inner: &str) -> Option<Cow<'_, str>> {
    let (value, is_exact) = decode_noting(inner);
    is_exact.then_some(value)
}

fn decode_noting(inner: &str) -> (Cow<'_, str>, bool) {
    if !inner.contains('\\') {
        return (Cow::Borrowed(inner), true);
    }
    let mut is_exact = true;
    let mut value = String::with_capacity(inner.len());
    each_piece(inner, |run, escaped| {
        value.push_str(run);
        match escaped {
            Some(Escaped::Char(character)) => value.push(character),
            Some(Escaped::Lone(_)) => {
                is_exact = false;
                value.push('\u{fffd}');
            }
            Some(Escaped::Nothing) | None => {}
        }
    });
    (Cow::Owned(value), is_exact)
}

/// Writes a right string, given by its inner part, in the one form with the fewest escapes.
pub(crate) fn write_shortest(inner: &str, out: &mut String) {
    out.push('"');
    if inner.contains('\\') {
        each_piece(inner, |run, escaped| {
            out.push_str(run);
            write_escaped(escaped.unwrap_or(Escaped::Nothing), out);
        });
    } else {
        out.push_str(inner);
    }
    out.push('"');
}

/// Gives each run of bytes that mean themselves, with the escape behind it.
fn each_piece(inner: &str, mut give: impl FnMut(&str, Option<Escaped>)) {
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        let run = rest.get(..at).unwrap_or_default();
        let Ok((escaped, length)) = json_escape(rest.as_bytes(), at) else { break };
        give(run, Some(escaped));
        rest = rest.get(at + length..).unwrap_or_default();
    }
    give(rest, None);
}

/// Writes what stands for it in a string, as short as it can be.
pub(crate) fn write_escaped(escaped: Escaped, out: &mut String) {
    match escaped {
        Escaped::Nothing => {}
        Escaped::Lone(half) => write_hex(half, out),
        Escaped::Char('"') => out.push_str("\\\""),
        Escaped::Char('\\') => out.push_str("\\\\"),
        Escaped::Char('\u{8}') => out.push_str("\\b"),
        Escaped::Char('\u{c}') => out.push_str("\\f"),
        Escaped::Char('\n') => out.push_str("\\n"),
        Escaped::Char('\r') => out.push_str("\\r"),
        Escaped::Char('\t') => out.push_str("\\t"),
        Escaped::Char(control @ '\0'..='\u{1f}') => write_hex(u32::from(control), out),
        Escaped::Char(character) => out.push(character),
    }
}

fn write_hex(number: u32, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from_digit((number >> shift) & 15, 16).unwrap_or('0'));
    }
}
