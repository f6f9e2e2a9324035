use crate::sql::{Dialect, Token, TokenKind, tokens, unquoted_name};

/// A place in a statement of SQLite.
pub(super) struct StatementCursor<'t> {
    pub(super) text: &'t str,
    pub(super) all: Vec<Token>,
    pub(super) at: usize,
}

/// A name, and whether it was written in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenName {
    pub(super) name: String,
    pub(super) is_quoted: bool,
}

impl<'t> StatementCursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, all: tokens(Dialect::Sqlite, text), at: 0 }
    }

    /// Over a part of the same text.
    pub(super) fn over(text: &'t str, part: &[Token]) -> Self {
        Self { text, all: part.to_vec(), at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.all.len()
    }

    pub(super) fn kind(&self) -> Option<TokenKind> {
        self.all.get(self.at).map(|token| token.kind)
    }

    pub(super) fn slice(&self, token: Token) -> &'t str {
        &self.text[token.start..token.end]
    }

    /// Whether these words are next, which is where it goes on then.
    pub(super) fn words(&mut self, words: &str) -> bool {
        let count = words.split(' ').count();
        let is_next = words.split(' ').enumerate().all(|(offset, word)| self.is_word(self.at + offset, word));
        if is_next {
            self.at += count;
        }
        is_next
    }

    pub(super) fn is_word(&self, at: usize, word: &str) -> bool {
        self.all
            .get(at)
            .is_some_and(|token| token.kind == TokenKind::Word && self.slice(*token).eq_ignore_ascii_case(word))
    }

    pub(super) fn takes(&mut self, kind: TokenKind) -> bool {
        let is_next = self.kind() == Some(kind);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn written_name(&mut self) -> Option<WrittenName> {
        let token = *self.all.get(self.at)?;
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName | TokenKind::Literal);
        self.at += usize::from(is_name);
        is_name.then(|| WrittenName {
            name: unquoted_name(self.text, token).into_owned(),
            is_quoted: token.kind != TokenKind::Word,
        })
    }

    pub(super) fn name(&mut self) -> Option<String> {
        self.written_name().map(|name| name.name)
    }

    /// What stands in the parentheses that are next.
    pub(super) fn group(&mut self) -> Option<Vec<Token>> {
        if self.kind() != Some(TokenKind::Open) {
            return None;
        }
        let from = self.at;
        let mut depth = 0_usize;
        for at in from..self.all.len() {
            match self.all[at].kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                self.at = at + 1;
                return Some(self.all[from + 1..at].to_vec());
            }
        }
        None
    }

    /// The text of these tokens.
    pub(super) fn text_of(&self, part: &[Token]) -> &'t str {
        match (part.first(), part.last()) {
            (Some(first), Some(last)) => &self.text[first.start..last.end],
            _ => "",
        }
    }

    /// Goes on behind the next token, or the group that it opens.
    pub(super) fn skip(&mut self) {
        if self.group().is_none() {
            self.at += 1;
        }
    }
}

/// The parts between commas that are in no parentheses.
pub(super) fn parts(all: &[Token]) -> Vec<&[Token]> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, token) in all.iter().enumerate() {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Comma if depth == 0 => {
                parts.push(&all[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if start < all.len() {
        parts.push(&all[start..]);
    }
    parts
}
