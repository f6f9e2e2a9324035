//! The escapes of Python and JSON5.

use super::super::escape::{Escaped, code_point, hex, json_escape, no_escape, unicode_escape};
use super::super::fault::{Flaw, Flawed, JsonFaultKind};

/// What an escape of Python means, and its length: one that `repr` writes.
///
/// Python has more, but only a hand writes them, and what it meant is not known: `C:\\a` is hardly a bell.
pub(crate) fn python_escape(text: &str, at: usize) -> Flawed<(Escaped, usize)> {
    let bytes = text.as_bytes();
    match bytes.get(at + 1) {
        Some(b'x') => Ok((code_point(hex(bytes, at, 2, 2)?, at)?, 4)),
        Some(b'U') => Ok((code_point(hex(bytes, at, 2, 8)?, at)?, 10)),
        Some(b'\'') => Ok((Escaped::Char('\''), 2)),
        Some(b'/') => Err(no_escape(at)),
        _ => json_escape(bytes, at),
    }
}

/// What an escape of JSON5 means, and its length.
pub(crate) fn json5_escape(text: &str, at: usize) -> Flawed<(Escaped, usize)> {
    let bytes = text.as_bytes();
    let Some(character) = text.get(at + 1..).and_then(|rest| rest.chars().next()) else {
        return Err(Flaw::new(JsonFaultKind::Truncated, bytes.len()));
    };
    let meaning = match character {
        '\r' if bytes.get(at + 2) == Some(&b'\n') => return Ok((Escaped::Nothing, 3)),
        '\n' | '\r' | '\u{2028}' | '\u{2029}' => return Ok((Escaped::Nothing, 1 + character.len_utf8())),
        'x' => return Ok((code_point(hex(bytes, at, 2, 2)?, at)?, 4)),
        'u' => return unicode_escape(bytes, at),
        'b' | 'f' | 'n' | 'r' | 't' => return json_escape(bytes, at),
        'v' => '\u{b}',
        '0' if !bytes.get(at + 2).is_some_and(u8::is_ascii_digit) => '\0',
        // JSON5 says that a letter means itself. Whoever writes `C:\dir` or `\d` means the backslash too.
        other if other.is_alphanumeric() => return Err(no_escape(at)),
        other => other,
    };
    Ok((Escaped::Char(meaning), 1 + character.len_utf8()))
}
