//! The one door through which a name or a value becomes SQL text.

use std::fmt;

/// An identifier; `Display` writes it quoted, for both dialects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ident<'a>(pub(crate) &'a str);

impl fmt::Display for Ident<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A name for messages, that can be pasted into PostgreSQL: without quotes where it needs none. That the name may be a
/// reserved word is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        let plain = self.0.chars().all(word) && self.0.starts_with(|first: char| !first.is_ascii_digit());
        if plain { f.write_str(self.0) } else { Ident(self.0).fmt(f) }
    }
}

/// A PostgreSQL text literal, or NULL, that reads the same whatever `standard_conforming_strings` says.
///
/// PostgreSQL's simple protocol has no parameters, and only it takes a step and its record in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Literal<'a>(pub(crate) Option<&'a str>);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("NULL"),
            Some(text) => write!(f, "E'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_survive() {
        assert_eq!(Ident("a\"b").to_string(), "\"a\"\"b\"");
        assert_eq!(Literal(Some("it's a \\ test")).to_string(), "E'it''s a \\\\ test'");
        assert_eq!(Literal(None).to_string(), "NULL");
        assert_eq!((Plain("a_1").to_string(), Plain("1a").to_string()), ("a_1".to_owned(), "\"1a\"".to_owned()));
        assert_eq!(Plain("").to_string(), "\"\"");
    }
}
