//! SQL text in one form: comments, white space, the case of words and needless quotes do not count.

use std::borrow::Cow;

use super::lexer::{Lexer, Strings, Token, TokenKind};
use super::text::unquoted;
use super::{Dialect, Ident};

/// The tokens of a text that the database took. What cannot be cut ends the list.
pub(crate) fn tokens(dialect: Dialect, text: &str) -> Vec<Token> {
    let mut lexer = Lexer::new(dialect, Strings::Standard, text);
    std::iter::from_fn(|| lexer.token().ok().flatten()).collect()
}

/// The text of these tokens in one form.
pub(crate) fn normal(text: &str, tokens: &[Token]) -> String {
    let mut result = String::with_capacity(text.len());
    for token in tokens {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(&canonical(text, *token));
    }
    result
}

/// A token in one form: words in lower case, and without quotes what needs none.
pub(crate) fn canonical(text: &str, token: Token) -> Cow<'_, str> {
    let slice = &text[token.start..token.end];
    match token.kind {
        TokenKind::Word if slice.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Cow::Owned(slice.to_ascii_lowercase())
        }
        TokenKind::QuotedName => {
            let name = unquoted(slice).to_ascii_lowercase();
            Cow::Owned(if is_plain(&name) { name } else { Ident(&name).to_string() })
        }
        _ => Cow::Borrowed(slice),
    }
}

/// The name that a token stands for.
pub(crate) fn unquoted_name(text: &str, token: Token) -> Cow<'_, str> {
    unquoted(&text[token.start..token.end])
}

fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_does_not_count() {
        let same = |a: &str, b: &str| {
            let form = |text: &str| normal(text, &tokens(Dialect::Sqlite, text));
            assert_eq!(form(a), form(b));
        };
        same("CREATE TABLE t(a INT)", "create  table \"t\" ( -- x\n [a] /* y */ int )");
        same("\"a b\"", "[A b]");
    }

    #[test]
    fn values_count() {
        let form = |text: &str| normal(text, &tokens(Dialect::Sqlite, text));
        assert_ne!(form("DEFAULT 'A'"), form("DEFAULT 'a'"));
        assert_ne!(form("a b"), form("\"a b\""));
    }
}
