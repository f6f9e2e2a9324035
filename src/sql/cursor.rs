//! Reading the first tokens of a statement.

use std::borrow::Cow;

use super::lexer::{Lexer, Strings, Token, TokenKind};
use super::text::{string_value, unescaped_name, unquoted};
use super::{Dialect, Name};

/// A place in a statement that was cut already. What is looked for and not there leaves the place as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    lexer: Lexer<'a>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(dialect: Dialect, strings: Strings, statement: &'a str) -> Self {
        Self { lexer: Lexer::new(dialect, strings, statement) }
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.lexer.dialect
    }

    /// The next token. Whoever cut the statement has seen all its tokens, so that an error is as good as the end.
    pub(super) fn token(&mut self) -> Option<Token> {
        self.lexer.token().ok().flatten()
    }

    pub(super) fn text(&self, token: Token) -> &'a str {
        &self.lexer.text()[token.start..token.end]
    }

    /// The next token, if it is of this kind.
    pub(super) fn take(&mut self, kind: TokenKind) -> Option<Token> {
        let mut ahead = *self;
        let token = ahead.token().filter(|token| token.kind == kind)?;
        *self = ahead;
        Some(token)
    }

    pub(super) fn is_at_end(mut self) -> bool {
        self.token().is_none()
    }

    /// The next word, whatever it is.
    pub(super) fn any_word(&mut self) -> Option<&'a str> {
        self.take(TokenKind::Word).map(|token| self.text(token))
    }

    /// Steps over `word`, if it is next. A quoted name is not a word.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.words(&[word])
    }

    /// Steps over `words`, if all of them are next.
    pub(super) fn words(&mut self, words: &[&str]) -> bool {
        let mut ahead = *self;
        let all = words.iter().all(|word| ahead.any_word().is_some_and(|found| found.eq_ignore_ascii_case(word)));
        if all {
            *self = ahead;
        }
        all
    }

    /// Steps over one of `words`, if it is next.
    pub(super) fn one_of(&mut self, words: &[&str]) -> bool {
        words.iter().any(|word| self.word(word))
    }

    /// Steps over a parenthesis that opens next, with all that is in it.
    pub(super) fn skip_parentheses(&mut self) -> bool {
        if self.take(TokenKind::Open).is_none() {
            return false;
        }
        let mut depth = 1_usize;
        while depth > 0 {
            match self.token().map(|token| token.kind) {
                None => return true,
                Some(TokenKind::Open) => depth += 1,
                Some(TokenKind::Close) => depth -= 1,
                Some(_) => {}
            }
        }
        true
    }

    /// A name that may have a schema before it. Of a longer one the last two parts count.
    pub(super) fn name(&mut self) -> Option<Name<'a>> {
        let mut name = Name { schema: None, name: self.part()? };
        while self.take(TokenKind::Dot).is_some() {
            let Some(part) = self.part() else { break };
            name = Name { schema: Some(name.name), name: part };
        }
        Some(name)
    }

    /// Names with commas between them.
    pub(super) fn names(&mut self) -> Vec<Name<'a>> {
        let mut names: Vec<_> = self.name().into_iter().collect();
        while self.take(TokenKind::Comma).is_some() {
            names.extend(self.name());
        }
        names
    }

    /// A name, after ONLY and before `*`, which PostgreSQL has for parents.
    pub(super) fn table(&mut self) -> Option<Name<'a>> {
        if self.dialect() == Dialect::Postgres {
            self.word("only");
        }
        let name = self.name()?;
        let mut ahead = *self;
        if ahead.take(TokenKind::Symbol).is_some_and(|token| ahead.text(token) == "*") {
            *self = ahead;
        }
        Some(name)
    }

    /// Whether a word is among the tokens that are left.
    pub(super) fn has_word(self, word: &str) -> bool {
        self.tokens().any(|(kind, text)| kind == TokenKind::Word && text.eq_ignore_ascii_case(word))
    }

    /// Whether a word is among them outside parentheses.
    pub(super) fn says(mut self, word: &str) -> bool {
        loop {
            if self.skip_parentheses() {
                continue;
            }
            match self.token() {
                Some(token) if token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word) => {
                    return true;
                }
                Some(_) => {}
                None => return false,
            }
        }
    }

    /// One part of a name.
    pub(super) fn part(&mut self) -> Option<Cow<'a, str>> {
        let mut ahead = *self;
        let token = ahead.token()?;
        let text = self.text(token);
        if self.dialect() == Dialect::Postgres
            && text.eq_ignore_ascii_case("u")
            && let Some(quoted) = ahead.behind_ampersand(token.end)
        {
            // With UESCAPE its escapes are others.
            let name = (!ahead.word("uescape")).then(|| unescaped_name(quoted)).flatten()?;
            *self = ahead;
            return Some(Cow::Owned(name));
        }
        let part = match (token.kind, self.dialect()) {
            (TokenKind::Word, Dialect::Postgres) => folded(text),
            (TokenKind::Word, Dialect::Sqlite) => Cow::Borrowed(text),
            // SQLite takes a string for a name where only a name can stand.
            (TokenKind::QuotedName, _) | (TokenKind::Literal, Dialect::Sqlite) => unquoted(text),
            _ => return None,
        };
        *self = ahead;
        Some(part)
    }

    /// The quoted name of `U&"..."`, whose U ends here: no blanks are between its parts.
    fn behind_ampersand(&mut self, end: usize) -> Option<&'a str> {
        let mut ahead = *self;
        let ampersand =
            ahead.take(TokenKind::Symbol).filter(|token| token.start == end && ahead.text(*token) == "&")?;
        let quoted = ahead.take(TokenKind::QuotedName).filter(|token| token.start == ampersand.end)?;
        *self = ahead;
        Some(self.text(quoted))
    }

    pub(super) fn string_is_next(mut self) -> bool {
        self.take(TokenKind::Literal).is_some()
    }

    /// The text of a string that is next.
    pub(super) fn string(&mut self) -> Option<Cow<'a, str>> {
        let token = self.take(TokenKind::Literal).or_else(|| self.take(TokenKind::DollarLiteral))?;
        Some(string_value(self.text(token)))
    }

    /// The tokens that are left, with their text.
    pub(super) fn tokens(mut self) -> impl Iterator<Item = (TokenKind, &'a str)> {
        std::iter::from_fn(move || self.token().map(|token| (token.kind, self.text(token))))
    }

    /// One over another text, which is read in the same way.
    pub(super) fn over<'b>(&self, text: &'b str) -> Cursor<'b> {
        Cursor { lexer: Lexer::new(self.lexer.dialect, self.lexer.strings, text) }
    }

    /// The text between this place and a later one of the same statement.
    pub(super) fn until(&self, end: &Self) -> &'a str {
        self.lexer.text()[self.lexer.at()..end.lexer.at()].trim()
    }

    /// The text that is left.
    pub(super) fn rest(mut self) -> &'a str {
        self.token().map_or("", |token| &self.lexer.text()[token.start..])
    }
}

/// PostgreSQL lower-cases the ASCII letters of an unquoted name; others only in single-byte encodings.
fn folded(word: &str) -> Cow<'_, str> {
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}
