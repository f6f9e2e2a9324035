//! What JSON5 has and JSON does not.

use super::super::cursor::TextCursor;
use super::super::fault::{Flawed, JsonFaultKind};
use super::super::number;
use super::super::rules::JsonKind;
use super::super::words;
use super::mending::Mending;
use super::strings::string;

/// The most digits of a hexadecimal number. JSON5 has only floats: more digits are nobody's number.
const HEX_DIGITS: usize = 1_024;

/// Passes over a value that is neither an array nor an object.
pub(crate) fn scalar(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>) -> Flawed<JsonKind> {
    let begins = cursor.at();
    if matches!(cursor.peek(), Some(b'"' | b'\'')) {
        return string(mending, cursor).map(|_| JsonKind::String);
    }
    if !cursor.is_at_number() {
        return mending.word(cursor, &words::JSON5);
    }
    let number = pass_number(cursor)?;
    if mending.by_value() && !number::fits(&number) {
        cursor.set(begins);
        return Err(cursor.flaw(JsonFaultKind::NumberOutOfRange));
    }
    mending.patch.replace(begins..cursor.at(), &number);
    Ok(JsonKind::Number)
}

/// Passes over a key, which may be a name without quotes.
pub(crate) fn key(mending: &mut Mending<'_, '_>, cursor: &mut TextCursor<'_>) -> Flawed<String> {
    if matches!(cursor.peek(), Some(b'"' | b'\'')) {
        return string(mending, cursor);
    }
    let rest = cursor.rest();
    let is_in_name =
        |character: char| matches!(character, '_' | '$' | '\u{200c}' | '\u{200d}') || character.is_alphanumeric();
    let begins_name = |character: char| matches!(character, '_' | '$') || character.is_alphabetic();
    if !rest.starts_with(begins_name) {
        return Err(cursor.unexpected("a key"));
    }
    let name = rest.get(..rest.find(|character| !is_in_name(character)).unwrap_or(rest.len())).unwrap_or_default();
    mending.patch.replace(cursor.at()..cursor.at() + name.len(), &format!("\"{name}\""));
    cursor.advance(name.len());
    Ok(name.to_owned())
}

/// Passes over a number, and gives how JSON writes it.
fn pass_number(cursor: &mut TextCursor<'_>) -> Flawed<String> {
    let mut number = String::new();
    match cursor.peek() {
        Some(b'-') => {
            number.push('-');
            cursor.advance(1);
        }
        Some(b'+') => cursor.advance(1),
        _ => {}
    }
    if cursor.peek() == Some(b'0') && matches!(cursor.peek_at(1), Some(b'x' | b'X')) {
        cursor.advance(2);
        number.push_str(&pass_hex(cursor)?);
    } else {
        pass_decimal(cursor, &mut number)?;
    }
    if cursor.rest().starts_with(|next: char| next == '_' || next == '$' || next.is_alphanumeric()) {
        return Err(cursor.unexpected("the end of the number"));
    }
    Ok(number)
}

/// A point may stand first or last.
fn pass_decimal(cursor: &mut TextCursor<'_>, number: &mut String) -> Flawed<()> {
    let whole = pass_digits(cursor);
    let has_point = cursor.peek() == Some(b'.');
    cursor.advance(usize::from(has_point));
    let fraction = if has_point { pass_digits(cursor) } else { "" };
    if whole.is_empty() && fraction.is_empty() || whole.len() > 1 && whole.starts_with('0') {
        return Err(cursor.unexpected("a number"));
    }
    number.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        number.push('.');
        number.push_str(fraction);
    }
    if !matches!(cursor.peek(), Some(b'e' | b'E')) {
        return Ok(());
    }
    let begins = cursor.at();
    cursor.advance(1);
    cursor.advance(usize::from(matches!(cursor.peek(), Some(b'+' | b'-'))));
    if pass_digits(cursor).is_empty() {
        return Err(cursor.unexpected("a digit"));
    }
    number.push_str(cursor.slice(begins..cursor.at()));
    Ok(())
}

fn pass_digits<'a>(cursor: &mut TextCursor<'a>) -> &'a str {
    let begins = cursor.at();
    while cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        cursor.advance(1);
    }
    cursor.slice(begins..cursor.at())
}

/// Passes over hexadecimal digits, and gives the number in decimal digits.
fn pass_hex(cursor: &mut TextCursor<'_>) -> Flawed<String> {
    /// A group of the decimal form is a number below this.
    const GROUP: u64 = 1_000_000_000;
    let mut groups: Vec<u64> = vec![0];
    let mut digits = 0;
    while let Some(digit) = cursor.peek().and_then(|byte| char::from(byte).to_digit(16)) {
        digits += 1;
        if digits > HEX_DIGITS {
            return Err(cursor.flaw(JsonFaultKind::NumberOutOfRange));
        }
        let mut carry = u64::from(digit);
        for group in &mut groups {
            carry += *group * 16;
            *group = carry % GROUP;
            carry /= GROUP;
        }
        if carry > 0 {
            groups.push(carry);
        }
        cursor.advance(1);
    }
    if digits == 0 {
        return Err(cursor.unexpected("a hexadecimal digit"));
    }
    let mut groups = groups.iter().rev();
    let first = groups.next().map(u64::to_string).unwrap_or_default();
    Ok(groups.fold(first, |decimal, group| format!("{decimal}{group:09}")))
}

/// What may stand between two tokens of JSON5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// A blank of JSON too.
    Plain,
    /// A comment, or a blank that JSON does not have.
    Foreign,
}

/// The length of what stands between two tokens here, if anything does.
pub(crate) fn gap(cursor: &TextCursor<'_>) -> Flawed<Option<(Gap, usize)>> {
    let rest = cursor.rest();
    let Some(first) = rest.chars().next() else { return Ok(None) };
    match first {
        ' ' | '\n' | '\r' | '\t' => Ok(Some((Gap::Plain, 1))),
        '/' if rest.starts_with("//") => {
            let ends = rest.find(['\n', '\r', '\u{2028}', '\u{2029}']).unwrap_or(rest.len());
            Ok(Some((Gap::Foreign, ends)))
        }
        '/' if rest.starts_with("/*") => match rest.get(2..).and_then(|comment| comment.find("*/")) {
            Some(length) => Ok(Some((Gap::Foreign, length + 4))),
            None => Err(cursor.flaw(JsonFaultKind::Truncated)),
        },
        '\u{b}'
        | '\u{c}'
        | '\u{a0}'
        | '\u{feff}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => Ok(Some((Gap::Foreign, first.len_utf8()))),
        _ => Ok(None),
    }
}
