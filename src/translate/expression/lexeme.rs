//! The tokens of an expression with what they stand for: numbers and operators are one each.

use crate::sql::{Dialect, Token, TokenKind, tokens, unquoted_name};

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lexeme {
    /// A keyword or a name, as it was written.
    Word(String),
    /// A name in quotes: `"`, `` ` `` or `[`.
    Quoted {
        name: String,
        is_double: bool,
    },
    Text(String),
    Number(String),
    Blob,
    Operator(&'static str),
    Open,
    Close,
    Comma,
    Dot,
    /// What no expression here has.
    Other(String),
}

impl Lexeme {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found.eq_ignore_ascii_case(word))
    }
}

/// The longest first, as SQLite reads them.
const OPERATORS: [&str; 22] = [
    "->>", "->", "||", "==", "<>", "!=", "<=", ">=", "<<", ">>", "=", "<", ">", "+", "-", "*", "/", "%", "&", "|", "~",
    ";",
];

/// Cuts a text of SQLite. Comments are left out.
pub(crate) fn lexemes(text: &str) -> Vec<Lexeme> {
    let mut all = Vec::new();
    let mut end = 0;
    for token in tokens(Dialect::Sqlite, text) {
        // A part of the number or operator before.
        if token.start < end {
            continue;
        }
        let (lexeme, to) = lexeme(text, token);
        end = to;
        all.push(lexeme);
    }
    all
}

fn lexeme(text: &str, token: Token) -> (Lexeme, usize) {
    let slice = &text[token.start..token.end];
    let rest = &text[token.start..];
    let lexeme = match token.kind {
        TokenKind::Word if slice.eq_ignore_ascii_case("x") && text[token.end..].starts_with('\'') => {
            let close = text[token.end + 1..].find('\'').map_or(text.len(), |at| token.end + 1 + at + 1);
            return (Lexeme::Blob, close);
        }
        TokenKind::Word => Lexeme::Word(slice.to_owned()),
        TokenKind::QuotedName => {
            Lexeme::Quoted { name: unquoted_name(text, token).into_owned(), is_double: slice.starts_with('"') }
        }
        TokenKind::Literal => Lexeme::Text(unquoted_name(text, token).into_owned()),
        TokenKind::Open => Lexeme::Open,
        TokenKind::Close => Lexeme::Close,
        TokenKind::Comma => Lexeme::Comma,
        _ => {
            if let Some(length) = number(rest) {
                return (Lexeme::Number(rest[..length].to_owned()), token.start + length);
            }
            if token.kind == TokenKind::Dot {
                return (Lexeme::Dot, token.end);
            }
            return match OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                Some(operator) => (Lexeme::Operator(operator), token.start + operator.len()),
                None => (Lexeme::Other(slice.to_owned()), token.end),
            };
        }
    };
    (lexeme, token.end)
}

/// How long the number is that a text begins with.
fn number(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let word = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let whole = digits(0);
    if text.starts_with("0x") || text.starts_with("0X") {
        return Some(word(0));
    }
    let mut end = whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    }
    if end == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_operators_are_one_each() {
        let text = "a>=-1.5e-3||'it''s' -- c\n <> .5 AND [b c]!=x'00' and 0x1F";
        let written: Vec<String> = lexemes(text).iter().map(|lexeme| format!("{lexeme:?}")).collect();
        let wanted = [
            r#"Word("a")"#,
            r#"Operator(">=")"#,
            r#"Operator("-")"#,
            r#"Number("1.5e-3")"#,
            r#"Operator("||")"#,
            r#"Text("it's")"#,
            r#"Operator("<>")"#,
            r#"Number(".5")"#,
            r#"Word("AND")"#,
            r#"Quoted { name: "b c", is_double: false }"#,
            r#"Operator("!=")"#,
            "Blob",
            r#"Word("and")"#,
            r#"Number("0x1F")"#,
        ];
        assert_eq!(written, wanted);
    }
}
