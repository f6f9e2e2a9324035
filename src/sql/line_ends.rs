use std::borrow::Cow;

use super::Dialect;
use super::lexer::{Lexer, Strings};

/// A statement of a text whose lines end in a carriage return alone, with line feeds between its tokens: to SQLite itself
/// a comment ends only there. Nothing moves, so that positions stay as they are.
pub(crate) fn with_line_feeds(statement: &str) -> Cow<'_, str> {
    if !statement.contains('\r') || statement.contains('\n') || !statement.contains("--") {
        return Cow::Borrowed(statement);
    }
    let mut text = String::with_capacity(statement.len());
    let mut lexer = Lexer::new(Dialect::Sqlite, Strings::Standard, statement);
    while let Ok(Some(token)) = lexer.token() {
        text += &statement[text.len()..token.start].replace('\r', "\n");
        text += &statement[token.start..token.end];
    }
    text += &statement[text.len()..];
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_tokens_changes() {
        assert_eq!(with_line_feeds("a -- b\r, 'c\r--d' -- e\r"), "a -- b\n, 'c\r--d' -- e\r");
        for same in ["a\rb", "a -- b\n\r", "'--'"] {
            assert!(matches!(with_line_feeds(same), Cow::Borrowed(_)), "{same:?}");
        }
    }
}
