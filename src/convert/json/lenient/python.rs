//! What Python's `repr` writes and JSON does not have.

use super::super::cursor::TextCursor;
use super::super::fault::Flawed;
use super::super::number;
use super::super::rules::JsonKind;
use super::super::words;
use super::mending::Mending;
use super::strings::string;

/// Passes over a value that is neither a list, a tuple nor a dict.
pub(crate) fn scalar(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>) -> Flawed<JsonKind> {
    if at_string(mending, cursor)? {
        return string(mending, cursor).map(|_| JsonKind::String);
    }
    if cursor.is_at_number() {
        // What `repr` writes for a number is one of JSON too.
        return number::pass(cursor, mending.by_value()).map(|_| JsonKind::Number);
    }
    mending.word(cursor, &words::PYTHON)
}

/// Passes over a key, and writes it as `json.dumps` does. The key is what comes out.
pub(crate) fn key(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>) -> Flawed<String> {
    let begins = cursor.at();
    if at_string(mending, cursor)? {
        return string(mending, cursor);
    }
    let key = if cursor.is_at_number() {
        // A key is a string: what numeric holds does not count.
        let number = number::pass(cursor, false)?;
        let Some(key) = number_key(number) else {
            cursor.set(begins);
            return Err(cursor.unexpected("a key"));
        };
        key
    } else {
        mending.word_key(cursor, &words::PYTHON)?.to_owned()
    };
    mending.patch.replace(begins..cursor.at(), &format!("\"{key}\""));
    Ok(key)
}

/// Whether a string stands here. The `u` of Python 2 in front of it is left out.
fn at_string(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>) -> Flawed<bool> {
    let is_quote = |byte: Option<u8>| matches!(byte, Some(b'\'' | b'"'));
    if is_quote(cursor.peek()) {
        return Ok(true);
    }
    if !is_quote(cursor.peek_at(1)) {
        return Ok(false);
    }
    match cursor.peek() {
        Some(b'u') => {
            mending.patch.replace(cursor.at()..cursor.at() + 1, "");
            cursor.advance(1);
            Ok(true)
        }
        Some(b'b' | b'B') => Err(cursor.unexpected("a value that JSON has, which bytes are not")),
        _ => Ok(false),
    }
}

/// The form of a number that `json.dumps` makes a key of: of a float, the shortest that reads back as the same.
fn number_key(number: &str) -> Option<String> {
    if !number.contains(['.', 'e', 'E']) {
        return Some(if number == "-0" { "0".to_owned() } else { number.to_owned() });
    }
    let float: f64 = number.parse().ok().filter(|float: &f64| float.is_finite())?;
    let shortest = shortest(float)?;
    // Two forms can be equally short. `repr` wrote this number, so that its choice is Python's.
    let is_alike = |(left, right): (u8, u8)| left == right || left.is_ascii_digit() && right.is_ascii_digit();
    let are_alike = shortest.len() == number.len() && shortest.bytes().zip(number.bytes()).all(is_alike);
    Some(if are_alike { number.to_owned() } else { shortest })
}

/// Python writes an exponent of two digits at least, and only where the number is large or small.
fn shortest(float: f64) -> Option<String> {
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if (-4..16).contains(&exponent) {
        return Some(format!("{float:?}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!("{digits}e{sign}{:02}", exponent.unsigned_abs()))
}
