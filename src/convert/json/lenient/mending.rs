//! What a repair writes, and whether the rules allow it.

use std::ops::Range;

use super::super::cursor::TextCursor;
use super::super::escape::{Escaped, write_escaped};
use super::super::fault::{Flaw, Flawed, JsonFaultKind};
use super::super::rules::{CharRepair, JsonKind, JsonRules, JsonTarget, Repairs, Replacement};
use super::super::words::{Meaning, NoNumber};
use super::patch::PatchedText;

/// The notation that a text is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WrittenAs {
    Json,
    Python,
    Json5,
}

/// A text under repair.
#[derive(Debug)]
pub(crate) struct Mending<'a, 'r> {
    pub(crate) written: WrittenAs,
    pub(crate) target: JsonTarget,
    pub(crate) rules: &'r JsonRules,
    pub(crate) patch: PatchedText<'a>,
    pub(crate) repairs: Repairs,
}

impl Mending<'_, '_> {
    /// Whether the value counts, and not only the text.
    pub(crate) fn by_value(&self) -> bool {
        self.target == JsonTarget::Jsonb
    }

    /// Writes what a part of a string means, and adds that to `value`.
    pub(crate) fn put(&mut self, escaped: Escaped, span: Range<usize>, value: &mut String) -> Flawed<()> {
        let meaning = match escaped {
            Escaped::Char('\0') if self.by_value() => self.nul(span.start)?,
            Escaped::Lone(_) if self.by_value() => self.lone(span.start)?,
            // What JSON means the same by stays as it is written.
            Escaped::Char(character) if self.written == WrittenAs::Json => {
                value.push(character);
                return Ok(());
            }
            Escaped::Lone(_) if self.written == WrittenAs::Json => {
                value.push('\u{fffd}');
                return Ok(());
            }
            other => other,
        };
        let mut with = String::new();
        write_escaped(meaning, &mut with);
        self.patch.replace(span, &with);
        match meaning {
            Escaped::Char(character) => value.push(character),
            Escaped::Lone(_) => value.push('\u{fffd}'),
            Escaped::Nothing => {}
        }
        Ok(())
    }

    fn nul(&mut self, at: usize) -> Flawed<Escaped> {
        let repair = self.rules.nul.ok_or_else(|| Flaw::new(JsonFaultKind::Nul, at))?;
        self.repairs.add(Repairs::NUL);
        Ok(match repair {
            CharRepair::Strip => Escaped::Nothing,
            CharRepair::Replace => Escaped::Char('\u{fffd}'),
        })
    }

    fn lone(&mut self, at: usize) -> Flawed<Escaped> {
        if !self.rules.surrogates {
            return Err(Flaw::new(JsonFaultKind::LoneSurrogate, at));
        }
        self.repairs.add(Repairs::SURROGATES);
        Ok(Escaped::Char('\u{fffd}'))
    }

    /// Passes over one of the words of the notation, and writes it as JSON does.
    pub(crate) fn word(&mut self, cursor: &mut TextCursor<'_>, words: &[(&'static str, Meaning)]) -> Flawed<JsonKind> {
        let begins = cursor.at();
        match cursor.word(words, "a value")? {
            Meaning::NoNumber(word) => self.no_number(word, begins..cursor.at()),
            Meaning::Value(with, kind) => {
                self.patch.replace(begins..cursor.at(), with);
                Ok(kind)
            }
        }
    }

    /// Writes what stands for a word that is no number, as a value.
    fn no_number(&mut self, word: NoNumber, span: Range<usize>) -> Flawed<JsonKind> {
        let replacement = self.rules.nan.ok_or_else(|| Flaw::new(JsonFaultKind::NaN, span.start))?;
        self.repairs.add(Repairs::NAN);
        let (with, kind) = match replacement {
            Replacement::Null => ("null".to_owned(), JsonKind::Null),
            Replacement::String => (format!("\"{}\"", word.name()), JsonKind::String),
        };
        self.patch.replace(span, &with);
        Ok(kind)
    }

    /// Passes over one of the words of the notation, and gives its name as a key.
    ///
    /// Only the name of what is no number can be a key, whatever a value becomes.
    pub(crate) fn word_key(
        &mut self,
        cursor: &mut TextCursor<'_>,
        words: &[(&'static str, Meaning)],
    ) -> Flawed<&'static str> {
        let begins = cursor.at();
        match cursor.word(words, "a key")? {
            Meaning::Value(key, _) => Ok(key),
            Meaning::NoNumber(_) if self.rules.nan.is_none() => Err(Flaw::new(JsonFaultKind::NaN, begins)),
            Meaning::NoNumber(word) => {
                self.repairs.add(Repairs::NAN);
                Ok(word.name())
            }
        }
    }
}
