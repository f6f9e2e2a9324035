//! The structure of a document: one walk for each notation, with a stack of its own.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use super::cursor::TextCursor;
use super::escape::{Escaped, write_escaped};
use super::fault::{Flawed, JsonFaultKind};
use super::rules::JsonKind;

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonBracket {
    Array,
    Object,
    /// A tuple of Python: with one element it needs a comma.
    Tuple,
}

impl JsonBracket {
    fn closing(self) -> u8 {
        match self {
            Self::Array => b']',
            Self::Object => b'}',
            Self::Tuple => b')',
        }
    }
}

/// How the tokens of a notation are read. The walk tells what it finds, and the cursor stands at it.
pub(crate) trait Notation<'a> {
    /// Passes over what may stand between two tokens.
    fn blanks(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<()>;
    /// What a byte opens.
    fn opens(&self, byte: u8) -> Option<JsonBracket>;
    /// A bracket opens here.
    fn opened(&mut self, cursor: &TextCursor<'a>, bracket: JsonBracket);
    /// A bracket closes here.
    fn closed(&mut self, cursor: &TextCursor<'a>, bracket: JsonBracket);
    /// A comma stands here. True if the notation allows that nothing but `closing` follows, and so it is.
    fn comma(&mut self, cursor: &TextCursor<'a>, bracket: JsonBracket, closing: u8) -> Flawed<bool>;
    /// Passes over a value that is neither an array nor an object.
    fn scalar(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<JsonKind>;
    /// Passes over a key, and gives where it stands in the text.
    fn key(&mut self, cursor: &mut TextCursor<'a>) -> Flawed<Range<usize>>;
    /// The name of the present key of the object that has `outer` objects around it.
    fn name(&self, cursor: &TextCursor<'a>, outer: usize, key: Range<usize>) -> Cow<'_, str>;
}

/// An array or an object that is open.
struct OpenBracket {
    bracket: JsonBracket,
    /// The number of the element.
    index: usize,
    /// The key of the member; empty between two members.
    key: Range<usize>,
    /// A comma has been the last token, which may stand there.
    trailing: bool,
}

/// What is looked for.
#[derive(Clone, Copy)]
enum Awaited {
    /// A value, or the end of the array that has just begun.
    FirstItem,
    Value,
    /// A key, or the end of the object that has just begun.
    FirstKey,
    Key,
    /// What follows a value.
    After,
    Nothing,
}

struct DocumentWalk<'a, 'n, N> {
    cursor: TextCursor<'a>,
    notation: &'n mut N,
    open: Vec<OpenBracket>,
    depth: usize,
    kind: Option<JsonKind>,
}

/// Walks through a document with at most `depth` brackets open, and says what it is.
pub(crate) fn walk<'a, N: Notation<'a>>(text: &'a str, notation: &mut N, depth: usize) -> Flawed<JsonKind> {
    let cursor = TextCursor::new(text);
    let mut walk = DocumentWalk { cursor, notation, open: Vec::new(), depth, kind: None };
    walk.document().map_err(|mut flaw| {
        flaw.path = walk.path(&flaw.kind);
        flaw
    })
}

impl<'a, N: Notation<'a>> DocumentWalk<'a, '_, N> {
    fn document(&mut self) -> Flawed<JsonKind> {
        let mut awaited = Awaited::Value;
        loop {
            self.notation.blanks(&mut self.cursor)?;
            let byte = self.cursor.peek();
            awaited = match (awaited, byte) {
                (Awaited::FirstItem, Some(b']' | b')')) | (Awaited::FirstKey, Some(b'}')) => self.close(byte)?,
                (Awaited::FirstItem | Awaited::Value, Some(byte)) => self.value(byte)?,
                (Awaited::FirstKey | Awaited::Key, Some(_)) => self.key()?,
                (Awaited::After, _) => self.after(byte)?,
                (Awaited::Nothing, _) => break,
                (Awaited::Value, None) if self.kind.is_none() => return Err(self.cursor.flaw(JsonFaultKind::Empty)),
                (_, None) => return Err(self.cursor.flaw(JsonFaultKind::Truncated)),
            };
        }
        self.kind.ok_or_else(|| self.cursor.flaw(JsonFaultKind::Empty))
    }

    #[inline]
    fn value(&mut self, byte: u8) -> Flawed<Awaited> {
        let Some(bracket) = self.notation.opens(byte) else {
            let kind = self.notation.scalar(&mut self.cursor)?;
            self.kind.get_or_insert(kind);
            return Ok(Awaited::After);
        };
        if self.open.len() >= self.depth {
            return Err(self.cursor.flaw(JsonFaultKind::TooDeep));
        }
        self.notation.opened(&self.cursor, bracket);
        self.open.push(OpenBracket { bracket, index: 0, key: 0..0, trailing: false });
        self.cursor.advance(1);
        if bracket == JsonBracket::Object {
            self.kind.get_or_insert(JsonKind::Object);
            return Ok(Awaited::FirstKey);
        }
        self.kind.get_or_insert(JsonKind::Array);
        Ok(Awaited::FirstItem)
    }

    #[inline]
    fn key(&mut self) -> Flawed<Awaited> {
        let key = self.notation.key(&mut self.cursor)?;
        if let Some(open) = self.open.last_mut() {
            open.key = key;
        }
        self.notation.blanks(&mut self.cursor)?;
        if self.cursor.peek() != Some(b':') {
            return Err(self.cursor.unexpected("':'"));
        }
        self.cursor.advance(1);
        Ok(Awaited::Value)
    }

    #[inline]
    fn after(&mut self, byte: Option<u8>) -> Flawed<Awaited> {
        let Some(open) = self.open.last_mut() else {
            return match byte {
                None => Ok(Awaited::Nothing),
                Some(_) => Err(self.cursor.flaw(JsonFaultKind::TrailingText)),
            };
        };
        if byte != Some(b',') || open.trailing {
            // Python's `(1)` is the number; only `(1,)` is a tuple.
            let is_number = open.bracket == JsonBracket::Tuple && open.index == 0 && !open.trailing;
            return if is_number && byte == Some(b')') { Err(self.cursor.unexpected("','")) } else { self.close(byte) };
        }
        open.trailing = self.notation.comma(&self.cursor, open.bracket, open.bracket.closing())?;
        self.cursor.advance(1);
        if open.trailing {
            return Ok(Awaited::After);
        }
        open.index += 1;
        open.key = 0..0;
        Ok(if open.bracket == JsonBracket::Object { Awaited::Key } else { Awaited::Value })
    }

    #[inline]
    fn close(&mut self, byte: Option<u8>) -> Flawed<Awaited> {
        let Some(open) = self.open.last() else { return Err(self.cursor.unexpected("a value")) };
        if byte != Some(open.bracket.closing()) {
            return Err(self.cursor.unexpected(match open.bracket {
                JsonBracket::Array => "',' or ']'",
                JsonBracket::Object => "',' or '}'",
                JsonBracket::Tuple => "',' or ')'",
            }));
        }
        self.notation.closed(&self.cursor, open.bracket);
        self.cursor.advance(1);
        self.open.pop();
        Ok(Awaited::After)
    }

    /// The path of what is read at present.
    ///
    /// A key that stands twice belongs to it, because it was not taken into the object.
    #[cold]
    fn path(&self, kind: &JsonFaultKind) -> String {
        let mut path = String::from("$");
        let mut objects = 0;
        for (outer, open) in self.open.iter().enumerate() {
            let is_object = open.bracket == JsonBracket::Object;
            objects += usize::from(is_object);
            if is_shown(outer, self.open.len()) {
                match (is_object, open.key.is_empty()) {
                    (true, true) => {}
                    (true, false) => {
                        let name = self.notation.name(&self.cursor, objects - 1, open.key.clone());
                        push_name(&name, &mut path);
                    }
                    (false, _) => drop(write!(path, "[{}]", open.index)),
                }
            } else if outer == STEPS_SHOWN {
                path.push('…');
            }
        }
        if let JsonFaultKind::Duplicate { key } = kind {
            push_name(key, &mut path);
        }
        path
    }
}

/// So many steps of a path are shown from its beginning, and so many from its end.
const STEPS_SHOWN: usize = 32;
/// So many characters of a key are shown in a path.
const NAME_SHOWN: usize = 64;

fn is_shown(step: usize, steps: usize) -> bool {
    step < STEPS_SHOWN || step + STEPS_SHOWN >= steps
}

/// Adds a key to a path, in quotes unless it is a word.
fn push_name(name: &str, path: &mut String) {
    let is_word = |character: char| character == '_' || character.is_alphanumeric();
    path.push('.');
    let shown = name.char_indices().nth(NAME_SHOWN).map_or(name, |(end, _)| name.get(..end).unwrap_or(name));
    if !name.is_empty() && !name.starts_with(|first: char| first.is_numeric()) && name.chars().all(is_word) {
        path.push_str(shown);
    } else {
        path.push('"');
        shown.chars().for_each(|character| write_escaped(Escaped::Char(character), path));
        path.push('"');
    }
    if shown.len() < name.len() {
        path.push('…');
    }
}
