//! A document that is read in one of the notations and written anew as JSON.

use std::borrow::Cow;
use std::ops::Range;

use super::super::cursor::TextCursor;
use super::super::fault::{Flaw, Flawed, JsonFaultKind};
use super::super::number;
use super::super::rules::{JsonKind, JsonRules, JsonTarget, Repairs};
use super::super::strict::DEPTH;
use super::super::walk::{JsonBracket, Notation, walk};
use super::super::words;
use super::json5::{self, Gap};
use super::members::WrittenMembers;
use super::mending::{Mending, WrittenAs};
use super::patch::PatchedText;
use super::python;
use super::strings::string;

/// A document as JSON.
#[derive(Debug)]
pub(crate) struct Mended {
    pub(crate) text: String,
    pub(crate) kind: JsonKind,
    pub(crate) repairs: Repairs,
}

/// Reads a text in a notation, and repairs what the rules allow.
///
/// Which notation is allowed is the caller's question: the rules on notations are not looked at.
pub(crate) fn mend(text: &str, written: WrittenAs, target: JsonTarget, rules: &JsonRules) -> Flawed<Mended> {
    let repairs = match written {
        WrittenAs::Json => Repairs::NONE,
        WrittenAs::Python => Repairs::PYTHON,
        WrittenAs::Json5 => Repairs::JSON5,
    };
    let mending = Mending { written, target, rules, patch: PatchedText::new(text), repairs };
    let mut document = MendedDocument { mending, objects: Vec::new() };
    let kind = walk(text, &mut document, DEPTH)?;
    let Mending { patch, repairs, .. } = document.mending;
    Ok(Mended { text: patch.finish(), kind, repairs })
}

struct MendedDocument<'a, 'r> {
    mending: Mending<'a, 'r>,
    /// The objects that are open.
    objects: Vec<WrittenMembers>,
}

impl<'a> MendedDocument<'a, '_> {
    /// What stands between two tokens here.
    fn gap(&self, cursor: &TextCursor<'a>) -> Flawed<Option<(Gap, usize)>> {
        Ok(match (self.mending.written, cursor.peek()) {
            (WrittenAs::Json5, _) => json5::gap(cursor)?,
            (_, Some(b' ' | b'\n' | b'\r' | b'\t')) => Some((Gap::Plain, 1)),
            (WrittenAs::Python, Some(b'\x0c')) => Some((Gap::Foreign, 1)),
            _ => None,
        })
    }

    /// A value of JSON itself.
    fn json_scalar(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<JsonKind> {
        match cursor.peek() {
            Some(b'"') => string(&mut self.mending, cursor).map(|_| JsonKind::String),
            Some(b'-' | b'0'..=b'9') if cursor.is_at_number() => {
                number::pass(cursor, self.mending.by_value()).map(|_| JsonKind::Number)
            }
            _ => self.mending.word(cursor, &words::JSON),
        }
    }

    /// A member of the innermost object begins with this key.
    fn member(&mut self, name: String, begins: usize, out: usize) -> Flawed<()> {
        let Some(object) = self.objects.last_mut() else { return Ok(()) };
        object.name = name;
        if self.mending.target == JsonTarget::Json {
            return Ok(());
        }
        let keep = self.mending.rules.duplicates;
        if object.begin(out, keep, &mut self.mending.patch) {
            if keep.is_none() {
                return Err(Flaw::new(JsonFaultKind::Duplicate { key: object.name.clone() }, begins));
            }
            self.mending.repairs.add(Repairs::DUPLICATES);
        }
        Ok(())
    }

    /// A comma or the end of an object stands here.
    fn member_ends(&mut self, cursor: &TextCursor<'a>) {
        let ends = self.mending.patch.keep_until(cursor.at());
        if let Some(object) = self.objects.last_mut() {
            object.end(ends, &mut self.mending.patch);
        }
    }
}

impl<'a> Notation<'a> for MendedDocument<'a, '_> {
    fn blanks(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<()> {
        while let Some((gap, length)) = self.gap(cursor)? {
            if gap == Gap::Foreign {
                self.mending.patch.replace(cursor.at()..cursor.at() + length, " ");
            }
            cursor.advance(length);
        }
        Ok(())
    }

    fn opens(&self, byte: u8) -> Option<JsonBracket> {
        match byte {
            b'{' => Some(JsonBracket::Object),
            b'[' => Some(JsonBracket::Array),
            b'(' if self.mending.written == WrittenAs::Python => Some(JsonBracket::Tuple),
            _ => None,
        }
    }

    fn opened(&mut self, cursor: &TextCursor<'a>, bracket: JsonBracket) {
        match bracket {
            JsonBracket::Array => {}
            JsonBracket::Object => self.objects.push(WrittenMembers::default()),
            JsonBracket::Tuple => self.mending.patch.replace(cursor.at()..cursor.at() + 1, "["),
        }
    }

    fn closed(&mut self, cursor: &TextCursor<'a>, bracket: JsonBracket) {
        match bracket {
            JsonBracket::Array => {}
            JsonBracket::Object => {
                self.member_ends(cursor);
                self.objects.pop();
            }
            JsonBracket::Tuple => self.mending.patch.replace(cursor.at()..cursor.at() + 1, "]"),
        }
    }

    fn comma(&mut self, cursor: &TextCursor<'a>, bracket: JsonBracket, closing: u8) -> Flawed<bool> {
        if bracket == JsonBracket::Object {
            self.member_ends(cursor);
        }
        if self.mending.written == WrittenAs::Json {
            return Ok(false);
        }
        let mut ahead = cursor.clone();
        ahead.advance(1);
        while let Some((_, length)) = self.gap(&ahead)? {
            ahead.advance(length);
        }
        let is_last = ahead.peek() == Some(closing);
        if is_last {
            self.mending.patch.replace(cursor.at()..cursor.at() + 1, "");
        }
        Ok(is_last)
    }

    fn scalar(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<JsonKind> {
        match self.mending.written {
            WrittenAs::Json => self.json_scalar(cursor),
            WrittenAs::Python => python::scalar(&mut self.mending, cursor),
            WrittenAs::Json5 => json5::scalar(&mut self.mending, cursor),
        }
    }

    fn key(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<Range<usize>> {
        let begins = cursor.at();
        let out = self.mending.patch.keep_until(begins);
        let name = match self.mending.written {
            WrittenAs::Json if cursor.peek() != Some(b'"') => Err(cursor.unexpected("a key in double quotes")),
            WrittenAs::Json => string(&mut self.mending, cursor),
            WrittenAs::Python => python::key(&mut self.mending, cursor),
            WrittenAs::Json5 => json5::key(&mut self.mending, cursor),
        }?;
        self.member(name, begins, out)?;
        Ok(begins..cursor.at())
    }

    fn name(&self, _: &TextCursor<'a>, outer: usize, _: Range<usize>) -> Cow<'_, str> {
        self.objects.get(outer).map_or(Cow::Borrowed(""), |object| Cow::Borrowed(&object.name))
    }
}
