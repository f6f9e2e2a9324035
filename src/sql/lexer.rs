//! The tokens of SQL text, cut where each database's own scanner cuts them.
//!
//! PostgreSQL: src/backend/parser/scan.l. SQLite: src/tokenize.c. Only what decides where a token ends is told apart:
//! `1.5` may be three tokens here and `<=` two, but a quote, comment or semicolon is one exactly where the server sees one.

use super::Dialect;

/// How PostgreSQL reads a backslash in a plain `'...'`: its setting `standard_conforming_strings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strings {
    /// `on`, the default: a backslash is itself.
    Standard,
    /// `off`: a backslash escapes what follows it, also a quote.
    Escapes,
}

/// The text ends inside something that was opened, or holds a command that only a shell knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// The byte offset in the script: where the unclosed thing opens, or where the command stands.
    pub(crate) offset: usize,
    /// One lowercase fragment.
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl SyntaxError {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), hint: None }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An unquoted name or a keyword.
    Word,
    /// `"..."`, and in SQLite `[...]` and `` `...` ``.
    QuotedName,
    /// `'...'`, or PostgreSQL's `E'...'` with its prefix.
    Literal,
    /// `$tag$...$tag$`.
    DollarLiteral,
    Open,
    Close,
    Comma,
    Dot,
    Semicolon,
    Backslash,
    /// Anything else: a number, a parameter, a part of an operator.
    Symbol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Reads tokens one after another. A copy of it is a place to come back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexer<'a> {
    pub(super) dialect: Dialect,
    pub(super) strings: Strings,
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(dialect: Dialect, strings: Strings, text: &'a str) -> Self {
        Self { dialect, strings, text, at: 0 }
    }

    /// Goes on at `at`, which must be the end of a token or a line.
    pub(super) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Where the next token is looked for.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next token; `None` at the end of the text.
    pub(super) fn token(&mut self) -> Result<Option<Token>, SyntaxError> {
        self.skip_trivia()?;
        let start = self.at;
        let Some(byte) = self.byte(start) else { return Ok(None) };
        let kind = match (byte, self.dialect) {
            (b'\'', _) => self.string(start, self.strings)?,
            (b'"', _) => self.quoted(start, b'"', TokenKind::QuotedName)?,
            (b'`', Dialect::Sqlite) => self.quoted(start, b'`', TokenKind::QuotedName)?,
            (b'[', Dialect::Sqlite) => self.bracketed(start)?,
            (b'$', Dialect::Postgres) => self.dollar(start)?,
            (b'0'..=b'9', _) => self.digits(start),
            (byte, _) if is_word(byte) => self.word(start)?,
            (byte, _) => self.single(byte),
        };
        Ok(Some(Token { kind, start, end: self.at }))
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The first byte from `from` on that `is` accepts; the end of the text where there is none.
    fn scan(&self, from: usize, is: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        from + rest.iter().position(|&byte| is(byte)).unwrap_or(rest.len())
    }

    /// White space and comments.
    fn skip_trivia(&mut self) -> Result<(), SyntaxError> {
        while let Some(byte) = self.byte(self.at) {
            match (byte, self.byte(self.at + 1)) {
                (byte, _) if is_space(byte) => self.at += 1,
                (b'-', Some(b'-')) => self.at = self.line_comment(self.at)?,
                (b'/', Some(b'*')) if self.dialect == Dialect::Postgres => self.at = self.nested_comment(self.at)?,
                (b'/', Some(b'*')) => self.at = self.plain_comment(self.at)?,
                // SQLite takes a BOM between tokens, as files that were joined have it, for white space.
                (0xEF, _) if self.dialect == Dialect::Sqlite && self.text[self.at..].starts_with('\u{feff}') => {
                    self.at += '\u{feff}'.len_utf8();
                }
                _ => break,
            }
        }
        Ok(())
    }

    /// Where a `--` comment ends. A carriage return alone ends it in PostgreSQL; in SQLite it does not, but in a text that has
    /// no other line ends it is meant to. Beside line feeds it is a mistake: what an editor shows as the next lines would
    /// silently not be run.
    fn line_comment(&self, start: usize) -> Result<usize, SyntaxError> {
        if self.dialect == Dialect::Postgres {
            return Ok(self.line_end(start));
        }
        let end = self.scan(start, |byte| byte == b'\n');
        if end == self.text.len() {
            return Ok(self.line_end(start));
        }
        match self.text[start..end].trim_end().find('\r') {
            Some(at) => Err(SyntaxError::new(start + at, "a carriage return alone does not end a comment in SQLite")
                .with_hint("save the file with LF or CRLF as line ends: its checksum stays the same")),
            None => Ok(end),
        }
    }

    fn line_end(&self, from: usize) -> usize {
        self.scan(from, |byte| byte == b'\n' || byte == b'\r')
    }

    fn nested_comment(&self, start: usize) -> Result<usize, SyntaxError> {
        let (mut at, mut depth) = (start + 2, 1_usize);
        while depth > 0 {
            at = self.scan(at, |byte| byte == b'*' || byte == b'/');
            match (self.byte(at), self.byte(at + 1)) {
                (None, _) => {
                    return Err(SyntaxError::new(start, "this comment is never closed")
                        .with_hint("comments nest in PostgreSQL: each `/*` inside needs a `*/` of its own"));
                }
                (Some(b'*'), Some(b'/')) => (at, depth) = (at + 2, depth - 1),
                (Some(b'/'), Some(b'*')) => (at, depth) = (at + 2, depth + 1),
                _ => at += 1,
            }
        }
        Ok(at)
    }

    /// SQLite would take the end of the text for the end of the comment, and silently not run what is in it.
    fn plain_comment(&self, start: usize) -> Result<usize, SyntaxError> {
        let inside = start + 2;
        match self.text[inside..].find("*/") {
            Some(length) => Ok(inside + length + 2),
            None => Err(SyntaxError::new(start, "this comment is never closed")),
        }
    }

    fn string(&mut self, start: usize, strings: Strings) -> Result<TokenKind, SyntaxError> {
        match strings {
            Strings::Standard => self.quoted(start, b'\'', TokenKind::Literal),
            Strings::Escapes => self.escaped(start, start + 1),
        }
    }

    /// A quote that is doubled stands for itself.
    fn quoted(&mut self, start: usize, quote: u8, kind: TokenKind) -> Result<TokenKind, SyntaxError> {
        let mut at = self.scan(start + 1, |byte| byte == quote);
        while self.byte(at).is_some() && self.byte(at + 1) == Some(quote) {
            at = self.scan(at + 2, |byte| byte == quote);
        }
        self.close(start, at, kind)
    }

    fn bracketed(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        self.close(start, self.scan(start + 1, |byte| byte == b']'), TokenKind::QuotedName)
    }

    /// Ends a token at the quote that stands at `at`, unless the text ends there.
    fn close(&mut self, start: usize, at: usize, kind: TokenKind) -> Result<TokenKind, SyntaxError> {
        if self.byte(at).is_none() {
            return Err(unclosed(start, kind));
        }
        self.at = at + 1;
        Ok(kind)
    }

    /// The inside of a string in which a backslash escapes.
    fn escaped(&mut self, start: usize, from: usize) -> Result<TokenKind, SyntaxError> {
        let mut at = from;
        loop {
            at = self.scan(at, |byte| byte == b'\'' || byte == b'\\');
            match (self.byte(at), self.byte(at + 1)) {
                (None, _) => return Err(unclosed(start, TokenKind::Literal)),
                (Some(b'\\'), _) | (_, Some(b'\'')) => at += 2,
                _ => match self.continuation(at + 1) {
                    Some(inside) => at = inside,
                    None => return self.close(start, at, TokenKind::Literal),
                },
            }
        }
    }

    /// A string that follows on a later line is more of the same one, and backslashes escape in it too.
    fn continuation(&self, from: usize) -> Option<usize> {
        let (mut at, mut newline) = (from, None);
        loop {
            match (self.byte(at)?, self.byte(at + 1)) {
                (byte, _) if is_space(byte) => {
                    newline = newline.or((byte == b'\n' || byte == b'\r').then_some(at));
                    at += 1;
                }
                (b'-', Some(b'-')) => at = self.line_end(at),
                (b'\'', _) => return newline.map(|_| at + 1),
                _ => return None,
            }
        }
    }

    fn dollar(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        let tag_end = match self.byte(start + 1) {
            // A parameter, `$1`.
            Some(b'0'..=b'9') => return Ok(self.digits(start + 1)),
            _ => self.scan(start + 1, |byte| !is_word(byte) || byte == b'$'),
        };
        if self.byte(tag_end) != Some(b'$') {
            return Ok(self.single(b'$'));
        }
        let (delimiter, body) = (&self.text[start..=tag_end], tag_end + 1);
        let Some(length) = self.text[body..].find(delimiter) else {
            return Err(SyntaxError::new(start, format!("this string is never closed by {delimiter}")));
        };
        self.at = body + length + delimiter.len();
        Ok(TokenKind::DollarLiteral)
    }

    fn digits(&mut self, start: usize) -> TokenKind {
        self.at = self.scan(start, |byte| !byte.is_ascii_digit());
        TokenKind::Symbol
    }

    fn word(&mut self, start: usize) -> Result<TokenKind, SyntaxError> {
        self.at = self.scan(start, |byte| !is_word(byte));
        let prefixed = self.dialect == Dialect::Postgres && self.byte(self.at) == Some(b'\'');
        if prefixed && matches!(&self.text[start..self.at], "e" | "E") {
            return self.escaped(start, self.at + 1);
        }
        Ok(TokenKind::Word)
    }

    fn single(&mut self, byte: u8) -> TokenKind {
        self.at += 1;
        match byte {
            b'(' => TokenKind::Open,
            b')' => TokenKind::Close,
            b',' => TokenKind::Comma,
            b'.' => TokenKind::Dot,
            b';' => TokenKind::Semicolon,
            b'\\' => TokenKind::Backslash,
            _ => TokenKind::Symbol,
        }
    }
}

fn unclosed(start: usize, kind: TokenKind) -> SyntaxError {
    match kind {
        TokenKind::QuotedName => SyntaxError::new(start, "this quoted name is never closed"),
        _ => SyntaxError::new(start, "this string is never closed")
            .with_hint("a quote inside a string is written twice: 'it''s'"),
    }
}

/// What white space is to PostgreSQL 16; older ones and SQLite call a vertical tab an error.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// What a name goes on with. It starts with the same, digits and `$` excepted, which the caller has dealt with.
fn is_word(byte: u8) -> bool {
    const WORD: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0_u8;
        loop {
            table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
            if byte == u8::MAX {
                break table;
            }
            byte += 1;
        }
    };
    WORD[usize::from(byte)]
}
