//! What a person decided about the values of a column: a line of `[map.convert]`, read.

use std::collections::BTreeMap;

use super::decimal::Digits;
use super::json::{CharRepair, JsonRules};
use super::time::TimeRules;

/// The rules for the values of one column. A rule that is not given refuses what it would settle.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
pub(crate) struct ConvertOptions {
    // Bytes and characters.
    pub(crate) blob: Option<BlobText>,
    pub(crate) text: Option<TextBytes>,
    pub(crate) invalid_utf8: Option<InvalidUtf8>,
    pub(crate) nul: Option<CharRepair>,
    // What the text is to be.
    pub(crate) trims: bool,
    pub(crate) case: Option<LetterCase>,
    pub(crate) strip_prefix: Option<String>,
    pub(crate) slashes: bool,
    pub(crate) values: BTreeMap<String, NewValue>,
    // NULL.
    pub(crate) empty: Option<NewValue>,
    pub(crate) null_words: Vec<String>,
    pub(crate) null: Option<String>,
    // Text.
    pub(crate) truncates: bool,
    pub(crate) real_as_text: bool,
    // Numbers.
    pub(crate) strip: Option<String>,
    pub(crate) multiply: Option<Digits>,
    pub(crate) rounds: bool,
    pub(crate) drops_leading_zeros: bool,
    pub(crate) infinite: Option<NewValue>,
    // Times.
    pub(crate) time: TimeRules,
    // UUIDs.
    pub(crate) uuid_urn: bool,
    pub(crate) uuid_bytes: bool,
    pub(crate) uuid5: Option<[u8; 16]>,
    // JSON.
    pub(crate) json: JsonRules,
    pub(crate) json_null: Option<JsonNull>,
    /// A string that holds JSON is one.
    pub(crate) keeps_json_strings: bool,
    /// What is no JSON becomes a string.
    pub(crate) quotes_json: bool,
    /// What is no JSON becomes an array of the texts between two of these.
    pub(crate) splits_json: Option<String>,
}

/// What a value is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NewValue {
    Null,
    Text(String),
}

/// How a blob is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlobText {
    Utf8,
    Latin1,
    Hex,
    Base64,
}

/// How a text is bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextBytes {
    Utf8,
    Hex,
    Base64,
}

/// What becomes of a text that is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvalidUtf8 {
    Replace,
    Strip,
    Latin1,
    Base64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LetterCase {
    Lower,
    Upper,
    /// `HeartbeatAgent` is `heartbeat_agent`.
    Snake,
}

/// What the JSON text `null` becomes in a column that may be NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonNull {
    Null,
    Keep,
}
