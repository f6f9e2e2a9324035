//! What a quoted token stands for.

use std::borrow::Cow;

/// The text of a name or plain string, its quotes taken off.
pub(crate) fn unquoted(token: &str) -> Cow<'_, str> {
    let Some(quote) = token.chars().next().filter(|quote| matches!(quote, '\'' | '"' | '`' | '[')) else {
        return Cow::Borrowed(token);
    };
    let inside = &token[1..token.len() - 1];
    // `[...]` has no way to write its end.
    if quote == '[' || !inside.contains(quote) {
        return Cow::Borrowed(inside);
    }
    Cow::Owned(inside.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

/// The name that `"..."` after `U&` stands for: `\0065` or `\+000065` is a character (PostgreSQL 15, 4.1.1). None where an escape is none of
/// these, and of halves of a surrogate pair.
pub(super) fn unescaped_name(quoted: &str) -> Option<String> {
    let text = unquoted(quoted);
    let mut name = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\\') {
        name.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('\\') {
            name.push('\\');
            rest = after;
            continue;
        }
        let (digits, after) = match rest.strip_prefix('+') {
            Some(long) => long.split_at_checked(6)?,
            None => rest.split_at_checked(4)?,
        };
        name.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
        rest = after;
    }
    name.push_str(rest);
    Some(name)
}

/// The text of a PostgreSQL string of any form: `'...'`, `E'...'` or `$tag$...$tag$`.
pub(super) fn string_value(token: &str) -> Cow<'_, str> {
    if let Some((tag, rest)) = token.strip_prefix('$').and_then(|token| token.split_once('$')) {
        return Cow::Borrowed(&rest[..rest.len() - tag.len() - 2]);
    }
    match token.strip_prefix(['e', 'E']) {
        Some(quoted) if quoted.contains('\\') => Cow::Owned(unescaped(&unquoted(quoted))),
        Some(quoted) => unquoted(quoted),
        None => unquoted(token),
    }
}

/// The short escapes. Those by number are left as they stand: no name or enum value in use is written so.
fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, characters.clone().next()) {
            ('\\', Some(escaped @ ('x' | 'u' | 'U' | '0'..='7'))) => result.extend(['\\', escaped]),
            ('\\', Some('n')) => result.push('\n'),
            ('\\', Some('t')) => result.push('\t'),
            ('\\', Some('r')) => result.push('\r'),
            ('\\', Some('b')) => result.push('\u{8}'),
            ('\\', Some('f')) => result.push('\u{c}'),
            ('\\', Some(escaped)) => result.push(escaped),
            _ => {
                result.push(character);
                continue;
            }
        }
        characters.next();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_come_off() {
        for (token, text) in [
            ("name", "name"),
            ("\"a\"\"b\"", "a\"b"),
            ("`a``b`", "a`b"),
            ("[a]", "a"),
            ("[a[b]", "a[b"),
            ("'it''s'", "it's"),
            ("''", ""),
            ("\"é\"", "é"),
        ] {
            assert_eq!(unquoted(token), text);
        }
    }

    #[test]
    fn strings_have_values() {
        for (token, text) in [
            ("'a\\n'", "a\\n"),
            ("E'a\\n''b\\''", "a\n'b'"),
            ("e'a'", "a"),
            ("E'\\x41'", "\\x41"),
            ("$$a'b$$", "a'b"),
            ("$tag$ $x$ $tag$", " $x$ "),
        ] {
            assert_eq!(string_value(token), text);
        }
    }
}
