//! Texts, bytes and UUIDs as SQLite stores them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::convert::options::{BlobText, ConvertOptions, LetterCase};
use crate::hex::Hex;

/// Words for true and false.
pub(super) const BOOLEANS: [(&str, &str); 12] = [
    ("true", "false"),
    ("True", "False"),
    ("TRUE", "FALSE"),
    ("t", "f"),
    ("T", "F"),
    ("yes", "no"),
    ("Yes", "No"),
    ("YES", "NO"),
    ("y", "n"),
    ("Y", "N"),
    ("on", "off"),
    ("1", "0"),
];

/// What a rule has made of a text, taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextWriting {
    /// With what `strip_prefix` takes away.
    Prefixed,
    /// With the backslashes that `slashes` turns.
    Backslashed,
    /// In the letters that `lower`, `upper` and `snake_case` change.
    Cased,
}

impl TextWriting {
    pub(super) const ALL: [Self; 3] = [Self::Prefixed, Self::Backslashed, Self::Cased];

    /// None where the column has no such rule, or the text is the same.
    pub(super) fn write(self, text: &str, options: &ConvertOptions) -> Option<String> {
        let written = match self {
            Self::Prefixed => format!("{}{text}", options.strip_prefix.as_ref()?),
            Self::Backslashed if options.slashes => text.replace('/', "\\"),
            Self::Backslashed => return None,
            Self::Cased => match options.case? {
                LetterCase::Lower => text.to_uppercase(),
                LetterCase::Upper => text.to_lowercase(),
                LetterCase::Snake => camel(text),
            },
        };
        (written != text).then_some(written)
    }
}

/// `heartbeat_agent` is `HeartbeatAgent`.
fn camel(text: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    text.split('_').map(word).collect()
}

/// Bytes that are text, where a rule says how a blob is one.
pub(super) fn blob(text: &str, options: &ConvertOptions) -> Option<Vec<u8>> {
    match options.blob? {
        BlobText::Utf8 => Some(text.as_bytes().to_vec()),
        BlobText::Latin1 => text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect(),
        BlobText::Hex => crate::hex::bytes_of(text.as_bytes()),
        BlobText::Base64 => STANDARD.decode(text).ok(),
    }
}

/// Bytes as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BytesForm {
    Utf8,
    Hex,
    UpperHex,
    PrefixedHex,
    Base64,
}

impl BytesForm {
    pub(super) const ALL: [Self; 5] = [Self::Utf8, Self::Hex, Self::UpperHex, Self::PrefixedHex, Self::Base64];

    pub(super) fn write(self, bytes: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok()?.as_bytes().to_vec(),
            Self::Hex => Hex(bytes).to_string().into_bytes(),
            Self::UpperHex => Hex(bytes).to_string().to_uppercase().into_bytes(),
            Self::PrefixedHex => format!("\\x{}", Hex(bytes)).into_bytes(),
            Self::Base64 => STANDARD.encode(bytes).into_bytes(),
        })
    }
}

/// A UUID as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UuidForm {
    Hyphenated,
    UpperHyphenated,
    Plain,
    UpperPlain,
    Braced,
    UpperBraced,
    Urn,
}

impl UuidForm {
    pub(super) const ALL: [Self; 7] = [
        Self::Hyphenated,
        Self::UpperHyphenated,
        Self::Plain,
        Self::UpperPlain,
        Self::Braced,
        Self::UpperBraced,
        Self::Urn,
    ];

    pub(super) fn write(self, bytes: [u8; 16]) -> String {
        let id = uuid::Uuid::from_bytes(bytes);
        match self {
            Self::Hyphenated => id.hyphenated().to_string(),
            Self::UpperHyphenated => id.hyphenated().to_string().to_uppercase(),
            Self::Plain => id.simple().to_string(),
            Self::UpperPlain => id.simple().to_string().to_uppercase(),
            Self::Braced => id.braced().to_string(),
            Self::UpperBraced => id.braced().to_string().to_uppercase(),
            Self::Urn => id.urn().to_string(),
        }
    }
}
