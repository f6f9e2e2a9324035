//! Key=value strings: <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE>.

use super::invalid::{Doubt, invalid, unknown_parameter};
use super::parameters::Key;
use crate::error::{Error, Result};

/// Reads `key = value key='quoted value'`, where `\` takes the next character as it is.
pub(super) fn parse(input: &str) -> Result<Vec<(Key, String)>> {
    let mut pairs: Vec<(Key, String)> = Vec::new();
    let mut rest = input.trim_ascii_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let after = after.trim_ascii_start().strip_prefix('=').ok_or_else(missing_equals)?.trim_ascii_start();
        let key = Key::named(name).ok_or_else(|| unknown(name, &pairs))?;
        let (value, after) = match after.strip_prefix('\'') {
            Some(quoted) => quoted_value(quoted).ok_or_else(|| unterminated(key))?,
            None => bare_value(after),
        };
        if value.contains('\0') {
            return Err(invalid(format!("the connection string has a zero byte in `{}`", key.name())));
        }
        pairs.push((key, value));
        rest = after.trim_ascii_start();
    }
    Ok(pairs)
}

/// The word without `=` is not repeated: it may be the second half of a password with a space.
fn missing_equals() -> Error {
    invalid("the connection string has a word without `=`")
        .with_hint("write key=value pairs, with values that have spaces in quotes: password='two words'")
        .with_hint("or a URL: postgresql://user@host/database")
}

fn unknown(name: &str, before: &[(Key, String)]) -> Error {
    let after_password = before.iter().any(|(key, _)| key.is_secret());
    unknown_parameter(name, if after_password { Doubt::MayBePassword } else { Doubt::None })
}

fn unterminated(key: Key) -> Error {
    invalid(format!("the connection string has a quoted `{}` without its closing quote", key.name()))
        .with_hint(r"write ' as \' and \ as \\")
}

fn bare_value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c if c.is_ascii_whitespace() => return (value, &text[at..]),
            c => value.push(c),
        }
    }
    (value, "")
}

fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' => return Some((value, &text[at + 1..])),
            c => value.push(c),
        }
    }
    None
}
