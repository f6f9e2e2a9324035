//! A place in a text.

use std::ops::Range;

use super::fault::{Flaw, Flawed, JsonFaultKind};

/// A text and the offset that is read next.
#[derive(Debug, Clone)]
pub(crate) struct TextCursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> TextCursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    #[inline]
    pub(crate) fn peek_at(&self, distance: usize) -> Option<u8> {
        self.bytes().get(self.at.saturating_add(distance)).copied()
    }

    #[inline]
    pub(crate) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    #[inline]
    pub(crate) fn set(&mut self, at: usize) {
        self.at = at;
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The part of the text, or nothing where the span is none of the text's.
    #[inline]
    pub(crate) fn slice(&self, span: Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// A flaw at this place.
    #[expect(clippy::unnecessary_box_returns, reason = "a flaw is only ever moved around in its box")]
    #[cold]
    pub(crate) fn flaw(&self, kind: JsonFaultKind) -> Box<Flaw> {
        Flaw::new(kind, self.at)
    }

    /// Something else stands here than what is expected, or the text ends.
    #[expect(clippy::unnecessary_box_returns, reason = "a flaw is only ever moved around in its box")]
    #[cold]
    pub(crate) fn unexpected(&self, expected: &'static str) -> Box<Flaw> {
        let ends = self.at >= self.text.len();
        self.flaw(if ends { JsonFaultKind::Truncated } else { JsonFaultKind::NotJson { expected } })
    }

    /// Whether a number stands here, and not a word with a sign.
    #[inline]
    pub(crate) fn is_at_number(&self) -> bool {
        match self.peek() {
            Some(b'0'..=b'9' | b'.') => true,
            Some(b'-' | b'+') => !self.peek_at(1).is_some_and(|next| next.is_ascii_alphabetic()),
            _ => false,
        }
    }

    /// Passes over one of the words that stands here, as a whole word, and says what it means.
    ///
    /// A beginning of a word at the end of the text is a text that was cut off.
    pub(crate) fn word<T: Copy>(&mut self, words: &[(&'static str, T)], expected: &'static str) -> Flawed<T> {
        let rest = self.rest();
        for &(word, meaning) in words {
            let Some(after) = rest.strip_prefix(word) else { continue };
            if !after.starts_with(is_in_word) {
                self.advance(word.len());
                return Ok(meaning);
            }
        }
        let cut_off = !rest.is_empty() && words.iter().any(|(word, _)| word.starts_with(rest));
        Err(if cut_off { self.flaw(JsonFaultKind::Truncated) } else { self.unexpected(expected) })
    }
}

/// Whether a character goes on with a word.
fn is_in_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}
