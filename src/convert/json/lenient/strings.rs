//! Strings in any of the notations, which are written anew as JSON's.

use super::super::cursor::TextCursor;
use super::super::escape::{Escaped, json_escape};
use super::super::fault::{Flaw, Flawed, JsonFaultKind};
use super::super::strict::STRING;
use super::escapes::{json5_escape, python_escape};
use super::mending::{Mending, WrittenAs};

/// Passes over the string whose opening quote stands here, and gives what it means.
pub(crate) fn string(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>) -> Flawed<String> {
    let Some(quote) = cursor.peek() else { return Err(cursor.unexpected("a string")) };
    let begins = cursor.at();
    let mut value = String::new();
    pass_quote(mending, cursor, quote);
    loop {
        let run = cursor.at();
        while cursor.peek().is_some_and(|byte| byte >= 0x20 && !matches!(byte, b'"' | b'\'' | b'\\')) {
            cursor.advance(1);
        }
        value.push_str(cursor.slice(run..cursor.at()));
        match cursor.peek() {
            Some(b'\\') => pass_escape(mending, cursor, &mut value)?,
            Some(byte) if byte == quote => {
                pass_quote(mending, cursor, quote);
                if mending.by_value() && value.len() > STRING {
                    return Err(Flaw::new(JsonFaultKind::StringTooLong, begins));
                }
                return Ok(value);
            }
            Some(byte) => pass_character(mending, cursor, byte, &mut value)?,
            None => return Err(cursor.flaw(JsonFaultKind::Truncated)),
        }
    }
}

fn pass_quote(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>, quote: u8) {
    if quote != b'"' {
        mending.patch.replace(cursor.at()..cursor.at() + 1, "\"");
    }
    cursor.advance(1);
}

fn pass_escape(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>, value: &mut String) -> Flawed<()> {
    let at = cursor.at();
    let (escaped, length) = match mending.written {
        WrittenAs::Json => json_escape(cursor.bytes(), at),
        WrittenAs::Python => python_escape(cursor.text(), at),
        WrittenAs::Json5 => json5_escape(cursor.text(), at),
    }?;
    mending.put(escaped, at..at + length, value)?;
    cursor.advance(length);
    Ok(())
}

/// The other quote, or a control character: JSON5 takes those that do not end a line.
fn pass_character(
    mending: &mut Mending<'_, '_>,
    cursor: &mut TextCursor<'_>,
    byte: u8,
    value: &mut String,
) -> Flawed<()> {
    let at = cursor.at();
    let is_control = byte < 0x20;
    if is_control && (mending.written != WrittenAs::Json5 || matches!(byte, b'\n' | b'\r')) {
        return Err(cursor.flaw(JsonFaultKind::ControlCharacter));
    }
    if byte == b'\'' {
        value.push('\'');
    } else {
        mending.put(Escaped::Char(char::from(byte)), at..at + 1, value)?;
    }
    cursor.advance(1);
    Ok(())
}
