//! Reading what a database made of a statement, clause by clause.

use crate::sql::{Dialect, Token, TokenKind, tokens, unquoted_name};

/// The rest of a text that a database has worded.
pub(super) struct Clauses<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    at: usize,
}

impl<'t> Clauses<'t> {
    pub(super) fn new(dialect: Dialect, text: &'t str) -> Self {
        Self { text, tokens: tokens(dialect, text), at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn slice(&self, at: usize) -> Option<&'t str> {
        self.tokens.get(at).map(|token| &self.text[token.start..token.end])
    }

    fn is(&self, at: usize, kind: TokenKind) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == kind)
    }

    /// Goes on behind these words, where they are next.
    pub(super) fn takes(&mut self, words: &str) -> bool {
        let count = words.split(' ').count();
        let mut both = words.split(' ').enumerate();
        let is_next = both.all(|(offset, word)| {
            let at = self.at + offset;
            self.is(at, TokenKind::Word) && self.slice(at).is_some_and(|found| found.eq_ignore_ascii_case(word))
        });
        if is_next {
            self.at += count;
        }
        is_next
    }

    /// Goes on behind the next token, or the group that it opens.
    pub(super) fn skip(&mut self) {
        if self.group().is_none() {
            self.at += 1;
        }
    }

    /// What stands in the parentheses that are next.
    pub(super) fn group(&mut self) -> Option<&'t str> {
        let (from, to) = self.bounds()?;
        self.at = to + 1;
        Some(self.text[self.tokens[from].end..self.tokens[to].start].trim())
    }

    /// The names in the parentheses that are next: the first of each part, or that behind PERIOD.
    pub(super) fn names(&mut self) -> Option<Vec<String>> {
        let parts = self.parts()?;
        let is_period = |part: &ClausePart| !part.is_one_token() && self.slice(part.first) == Some("PERIOD");
        let name = |part: ClausePart| self.name(part.first + usize::from(is_period(&part)));
        parts.into_iter().map(name).collect()
    }

    /// The parts of the parentheses that are next.
    pub(super) fn parts(&mut self) -> Option<Vec<ClausePart>> {
        let (from, to) = self.bounds()?;
        let mut parts = Vec::new();
        let (mut first, mut depth) = (from + 1, 0_usize);
        for at in from + 1..=to {
            match self.tokens[at].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close if at < to => depth = depth.saturating_sub(1),
                _ => {}
            }
            if (at == to || self.is(at, TokenKind::Comma) && depth == 0) && first < at {
                parts.push(ClausePart { first, end: at });
                first = at + 1;
            }
        }
        self.at = to + 1;
        Some(parts)
    }

    /// A name that may have a schema.
    pub(super) fn qualified(&mut self) -> Option<(Option<String>, String)> {
        let first = self.name(self.at)?;
        self.at += 1;
        if !self.is(self.at, TokenKind::Dot) {
            return Some((None, first));
        }
        let name = self.name(self.at + 1)?;
        self.at += 2;
        Some((Some(first), name))
    }

    /// The name that a token is.
    pub(super) fn name(&self, at: usize) -> Option<String> {
        let token = *self.tokens.get(at)?;
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        is_name.then(|| unquoted_name(self.text, token).into_owned())
    }

    /// The text of a part.
    pub(super) fn text_of(&self, part: &ClausePart) -> &'t str {
        &self.text[self.tokens[part.first].start..self.tokens[part.end - 1].end]
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        self.tokens.get(self.at).map_or("", |token| &self.text[token.start..])
    }

    /// Where the parentheses that are next open and close.
    fn bounds(&self) -> Option<(usize, usize)> {
        if !self.is(self.at, TokenKind::Open) {
            return None;
        }
        let mut depth = 0_usize;
        for at in self.at..self.tokens.len() {
            match self.tokens[at].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some((self.at, at));
            }
        }
        None
    }
}

/// A part of a list, by the places of its first token and of the one behind its last.
pub(super) struct ClausePart {
    pub(super) first: usize,
    end: usize,
}

impl ClausePart {
    pub(super) fn is_one_token(&self) -> bool {
        self.first + 1 == self.end
    }
}
