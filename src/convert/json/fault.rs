//! Why a text is refused, and where.

use std::error::Error;
use std::fmt;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JsonFaultKind {
    /// Nothing but blanks.
    Empty,
    /// Something else stands where `expected` should.
    NotJson {
        /// What should stand there.
        expected: &'static str,
    },
    /// The text ends in the middle of the document.
    Truncated,
    /// The document has ended, and something follows.
    TrailingText,
    /// A key stands a second time in one object, and `jsonb` would drop a member.
    Duplicate {
        /// The key.
        key: String,
    },
    /// U+0000 in a string, which `jsonb` can't hold.
    Nul,
    /// Half of a surrogate pair in a string, which `jsonb` can't hold.
    LoneSurrogate,
    /// A number beyond what the server's `numeric` holds.
    NumberOutOfRange,
    /// A word such as `NaN` or `-Infinity`, which JSON has no number for.
    NaN,
    /// A byte order mark in front.
    ByteOrderMark,
    /// The text is no JSON; [`JsonRules::python`](super::JsonRules::python) would read it.
    LooksLikePython,
    /// The text is no JSON; [`JsonRules::json5`](super::JsonRules::json5) would read it.
    LooksLikeJson5,
    /// Arrays and objects stand in each other deeper than the server's stack is sure to hold.
    TooDeep,
    /// A string or a key is longer than `jsonb` holds.
    StringTooLong,
    /// A character below U+0020 stands in a string as it is.
    ControlCharacter,
}

impl JsonFaultKind {
    /// Its name in JSON.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotJson { .. } | Self::Truncated | Self::TrailingText | Self::ControlCharacter => "not-json",
            Self::Duplicate { .. } => "json-duplicate-key",
            Self::Nul => "json-nul",
            Self::LoneSurrogate => "json-surrogate",
            Self::NumberOutOfRange => "json-number-out-of-range",
            Self::NaN => "json-nan",
            Self::ByteOrderMark => "byte-order-mark",
            Self::LooksLikePython => "json-python",
            Self::LooksLikeJson5 => "json-json5",
            Self::TooDeep => "json-too-deep",
            Self::StringTooLong => "json-string-too-long",
        }
    }
}

impl fmt::Display for JsonFaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the text is empty",
            Self::NotJson { expected } => return write!(f, "not JSON: {expected} is expected"),
            Self::Truncated => "the text ends in the middle of the document",
            Self::TrailingText => "text follows the end of the document",
            Self::Duplicate { key } => return write!(f, "the key {key:?} stands twice in one object"),
            Self::Nul => "a string has the character U+0000",
            Self::LoneSurrogate => "a string has half of a surrogate pair",
            Self::NumberOutOfRange => "a number is out of the range of numeric",
            Self::NaN => "JSON has no number for NaN and Infinity",
            Self::ByteOrderMark => "a byte order mark stands in front",
            Self::LooksLikePython => "not JSON, but the text reads as Python",
            Self::LooksLikeJson5 => "not JSON, but the text reads as JSON5",
            Self::TooDeep => "arrays and objects stand in each other too deep",
            Self::StringTooLong => "a string is too long",
            Self::ControlCharacter => "a string has a control character as it is",
        })
    }
}

/// Why and where a text is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonFault {
    /// Why.
    pub(crate) kind: JsonFaultKind,
    /// The path in the document, such as `$.a[3]."b c"`.
    pub(crate) path: String,
    /// The offset in the text, in bytes.
    pub(crate) at: usize,
    /// The line, from 1.
    pub(crate) line: usize,
    /// The character in the line, from 1.
    pub(crate) column: usize,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {}, line {}, column {})", self.kind, self.path, self.line, self.column)
    }
}

impl Error for JsonFault {}

/// A fault as it is found: the path is added by who knows it, line and column at the end.
#[derive(Debug)]
pub(crate) struct Flaw {
    pub(crate) kind: JsonFaultKind,
    pub(crate) at: usize,
    pub(crate) path: String,
}

/// A flaw is boxed because the readings without one shall not move its size around.
pub(crate) type Flawed<T> = Result<T, Box<Flaw>>;

impl Flaw {
    #[expect(clippy::unnecessary_box_returns, reason = "a flaw is only ever moved around in its box")]
    #[cold]
    pub(crate) fn new(kind: JsonFaultKind, at: usize) -> Box<Self> {
        Box::new(Self { kind, at, path: String::new() })
    }

    /// A flaw of the document as a whole.
    pub(crate) fn rooted(kind: JsonFaultKind, at: usize) -> Self {
        Self { kind, at, path: "$".to_owned() }
    }

    /// The fault in `text`, whose first `skipped` bytes were not read.
    pub(crate) fn locate(self, text: &str, skipped: usize) -> JsonFault {
        let at = self.at.saturating_add(skipped).min(text.len());
        let before = text.get(..at).unwrap_or_default();
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let begins = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(begins..).unwrap_or_default().chars().count() + 1;
        JsonFault { kind: self.kind, path: self.path, at, line, column }
    }
}
