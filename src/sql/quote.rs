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
    }
}
