//! What a person decided about the values of a column: a line of `[map.convert]`, read.

use std::collections::BTreeMap;

use super::decimal::Digits;
use super::json::{CharRepair, JsonRules};
use super::time::TimeRules;
use super::value::{StoredValue, TargetValue};
use super::way::{Way, Ways};

/// The rules for the values of one column. A rule that is not given refuses what it would settle.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a rule of its own")]
pub(crate) struct ConvertOptions {
    /// What gives the column its values.
    pub(crate) supply: Supply,
    // Rows.
    pub(crate) orphan: Option<OrphanRule>,
    pub(crate) age: Option<RowAge>,
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

/// What gives a column its values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Supply {
    /// The column of the same row on SQLite.
    #[default]
    Column,
    /// What SQLite computes: an expression.
    Sqlite(String),
    /// One value for all rows.
    Fill(FillValue),
    /// What PostgreSQL computes: an expression.
    Postgres(String),
}

impl Supply {
    /// The way that each value took because of it.
    pub(super) fn ways(&self) -> Ways {
        match self {
            Self::Column | Self::Postgres(_) => Ways::NONE,
            Self::Sqlite(_) => Ways::of(Way::Sqlite),
            Self::Fill(_) => Ways::of(Way::Fill),
        }
    }
}

/// A value that schema.toml has, as SQLite would store it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FillValue {
    Integer(i64),
    Real(f64),
    Text(String),
}

impl FillValue {
    pub(crate) fn stored(&self) -> StoredValue<'_> {
        match self {
            Self::Integer(value) => StoredValue::Integer(*value),
            Self::Real(value) => StoredValue::Real(*value),
            Self::Text(text) => StoredValue::Text(text.as_bytes()),
        }
    }
}

/// What becomes of a row that refers to what is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrphanRule {
    /// It refers to nothing.
    Null,
    /// It is left out.
    Skip,
}

/// Which rows are left out by a time of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowAge {
    /// Those that are older by more than so many microseconds when the copy begins.
    OlderThan(i64),
    /// Those from before so many microseconds since 2000-01-01 in UTC.
    Before(i64),
}

impl RowAge {
    /// The rule's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OlderThan(_) => "older_than",
            Self::Before(_) => "before",
        }
    }

    /// The time before which rows are left out, of a copy that began at `moment`: microseconds since 2000-01-01 in UTC.
    pub(crate) fn limit(self, moment: i64) -> i64 {
        match self {
            Self::OlderThan(span) => moment.saturating_sub(span),
            Self::Before(limit) => limit,
        }
    }

    /// Whether a value is of a row that is left out. A wall clock counts as UTC, and NULL as no time.
    pub(crate) fn leaves_out(self, value: &TargetValue<'_>, moment: i64) -> bool {
        const DAY: i64 = 86_400_000_000;

        let limit = self.limit(moment);
        match value {
            TargetValue::Timestamp(micros) => *micros < limit,
            TargetValue::Date(days) => i64::from(*days).saturating_mul(DAY) < limit,
            _ => false,
        }
    }
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
