//! One expression, as schema.toml has it, which is put into a statement: nothing in it may end the place where it stands.

use super::Dialect;
use super::lexer::{Lexer, Strings, TokenKind};

/// Why a text cannot be put where one expression stands. None where it can: whether it is one is the database's to say.
pub(crate) fn not_one_expression(dialect: Dialect, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("it is empty".to_owned());
    }
    if text.contains('\0') {
        return Some("it holds a NUL".to_owned());
    }
    // A line feed after it ends a comment, as where it is used.
    let closed = format!("{text}\n");
    let mut lexer = Lexer::new(dialect, Strings::Standard, &closed);
    let mut depth = 0u32;
    loop {
        let token = match lexer.token() {
            Ok(Some(token)) => token,
            Ok(None) => break,
            Err(error) => return Some(error.message),
        };
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some("a parenthesis is closed that was not opened".to_owned()),
            },
            TokenKind::Comma if depth == 0 => return Some("it is several expressions".to_owned()),
            TokenKind::Semicolon => return Some("it holds a semicolon".to_owned()),
            TokenKind::Backslash if dialect == Dialect::Postgres => return Some("it holds a backslash".to_owned()),
            _ => {}
        }
    }
    (depth > 0).then(|| "a parenthesis is not closed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_reach_beyond_its_place_is_none() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let wrong = |text: &str| not_one_expression(dialect, text);
            for right in ["a", "coalesce(a, b)", "')(;'", "a -- b", "a /* ) */", "\"odd ;)\"", "(a)"] {
                assert_eq!(wrong(right), None, "{right}");
            }
            for text in ["", " ", "a, b", "a;", "a) FROM t --", "(a", "a /* ", "'a", "\"a", "a\0"] {
                assert!(wrong(text).is_some(), "{text}");
            }
        }
    }
}
