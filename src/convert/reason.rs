//! Why a value is refused, and what would settle it.

use std::fmt;

use super::json::{JsonFault, JsonFaultKind};
use super::settlement::Settlement;
use super::time::{IntervalFault, TimeFault};
use crate::document::toml_string;

/// Why a value has no place in its column as it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reason {
    NullInNotNull,
    /// A blob where the column keeps no bytes. What it looks like, where that is known.
    Blob {
        length: usize,
        looks_like: Option<&'static str>,
    },
    /// A blob of 16 bytes in a column of UUIDs.
    UuidBytes,
    TextInBytea,
    NumberInBytea,
    /// Where the first wrong byte is.
    InvalidUtf8 {
        at: usize,
    },
    Nul,
    TooLong {
        characters: usize,
        limit: u32,
    },
    /// The blanks at its end are beyond the limit, and the server would cut them off.
    BlanksCutOff {
        characters: usize,
        limit: u32,
    },
    RealInText,
    Empty,
    /// A word that programs write for NULL.
    NullWord(String),
    /// It would do without the blanks around it.
    BlanksAround,
    NotANumber,
    /// A number with something behind it: `93.5%`.
    Unit(String),
    DecimalComma,
    LeadingZeros,
    Exponent,
    NotWhole,
    /// More digits behind the point than the column keeps.
    ScaleExceeded {
        scale: i32,
    },
    /// The double that is nearest to the text is another number.
    DoubleIsAnother,
    /// A whole number beyond 2^53 that was stored as a real.
    BeyondExactReal,
    OutOfRange,
    InfiniteNumber,
    NotBoolean,
    NotUuid,
    UuidUrn,
    NotInEnum {
        labels: Vec<String>,
    },
    Time(TimeFault),
    Interval(IntervalFault),
    /// Neither of IPv4 nor of IPv6.
    NotAnAddress,
    /// Bits to the right of the mask.
    HostBits,
    NotHardware,
    NotBits,
    BitLength {
        found: u32,
        wanted: u32,
    },
    TooManyBits {
        found: u32,
        limit: u32,
    },
    /// A number where the column keeps a span.
    NumberAsInterval,
    /// A number of which nobody knows what it means as a value of the type.
    NumberInOther,
    /// The type is money, whose values are other amounts elsewhere.
    Money,
    Json {
        fault: Box<JsonFault>,
        look: JsonLook,
    },
    /// The JSON text `null` in a column that may be NULL.
    JsonNull,
    /// A string in JSON that holds JSON.
    JsonTwice,
    NotAnArray,
    /// Arrays in an array that have not the same length, or none.
    RaggedArray,
    /// More dimensions than the server has.
    TooManyDimensions,
    /// An object among the elements, or an array where the elements are JSON.
    NestedArray,
    /// No form is known in which it could be sent.
    UnknownType,
}

/// What a text looks like that is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonLook {
    /// One word or number.
    Word,
    /// Words with commas between them, on one line.
    List,
    Other,
}

impl JsonLook {
    pub(super) fn of(text: &str) -> Self {
        let is_word = |letter: char| letter.is_alphanumeric() || "_-.@".contains(letter);
        if text.chars().all(is_word) {
            return Self::Word;
        }
        let is_listed = |letter: char| is_word(letter) || ", ".contains(letter);
        if text.contains(',') && text.chars().all(is_listed) { Self::List } else { Self::Other }
    }
}

/// What would settle a fault in JSON.
fn of_json(fault: &JsonFaultKind, look: JsonLook) -> Settlement {
    let rule = |text: &str| Settlement::Rule(text.to_owned());
    let mend = |text: &str| Settlement::Mend(Some(text.to_owned()));
    match fault {
        JsonFaultKind::Empty => rule("empty = \"null\""),
        JsonFaultKind::Duplicate { .. } => rule("json_duplicates = \"last\""),
        JsonFaultKind::Nul => mend("json_nul = \"strip\""),
        JsonFaultKind::LoneSurrogate => mend("json_surrogates = \"replace\""),
        JsonFaultKind::NaN => rule("json_nan = \"null\""),
        JsonFaultKind::ByteOrderMark => rule("bom = \"strip\""),
        JsonFaultKind::LooksLikePython => rule("json = \"python\""),
        JsonFaultKind::LooksLikeJson5 => rule("json = \"json5\""),
        JsonFaultKind::NumberOutOfRange | JsonFaultKind::TooDeep | JsonFaultKind::StringTooLong => {
            Settlement::Mend(None)
        }
        JsonFaultKind::NotJson { .. }
        | JsonFaultKind::Truncated
        | JsonFaultKind::TrailingText
        | JsonFaultKind::ControlCharacter => match look {
            JsonLook::Word => rule("json = \"quote\""),
            JsonLook::List => mend("json = \"split ,\""),
            JsonLook::Other => Settlement::Mend(None),
        },
    }
}

impl Reason {
    /// Its name in JSON: lower case, with hyphens. Findings are grouped by it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NullInNotNull => "null-in-not-null",
            Self::Blob { .. } => "blob",
            Self::UuidBytes => "uuid-bytes",
            Self::TextInBytea => "text-in-bytea",
            Self::NumberInBytea => "number-in-bytea",
            Self::InvalidUtf8 { .. } => "invalid-utf8",
            Self::Nul => "nul",
            Self::TooLong { .. } => "too-long",
            Self::BlanksCutOff { .. } => "blanks-cut-off",
            Self::RealInText => "real-in-text",
            Self::Empty => "empty",
            Self::NullWord(_) => "null-word",
            Self::BlanksAround => "blanks-around",
            Self::NotANumber => "not-a-number",
            Self::Unit(_) => "unit",
            Self::DecimalComma => "decimal-comma",
            Self::LeadingZeros => "leading-zeros",
            Self::Exponent => "exponent",
            Self::NotWhole => "not-whole",
            Self::ScaleExceeded { .. } => "scale-exceeded",
            Self::DoubleIsAnother => "double-is-another",
            Self::BeyondExactReal => "beyond-exact-real",
            Self::OutOfRange => "out-of-range",
            Self::InfiniteNumber => "infinite",
            Self::NotBoolean => "not-boolean",
            Self::NotUuid => "not-uuid",
            Self::UuidUrn => "uuid-urn",
            Self::NotInEnum { .. } => "not-in-enum",
            Self::Time(fault) => fault.name(),
            Self::Interval(fault) => fault.name(),
            Self::NotAnAddress => "not-an-address",
            Self::HostBits => "host-bits",
            Self::NotHardware => "not-a-hardware-address",
            Self::NotBits => "not-bits",
            Self::BitLength { .. } => "bit-length",
            Self::TooManyBits { .. } => "too-many-bits",
            Self::NumberAsInterval => "number-as-interval",
            Self::NumberInOther => "number-in-other",
            Self::Money => "money",
            Self::Json { fault, .. } => fault.kind.name(),
            Self::JsonNull => "json-null",
            Self::JsonTwice => "json-in-json",
            Self::NotAnArray => "not-an-array",
            Self::RaggedArray => "ragged-array",
            Self::TooManyDimensions => "too-many-dimensions",
            Self::NestedArray => "nested-array",
            Self::UnknownType => "unknown-type",
        }
    }

    /// Whether its words have a part of the value in them.
    pub(crate) fn quotes(&self) -> bool {
        let time = |fault: &TimeFault| matches!(fault, TimeFault::Abbreviation { .. } | TimeFault::ZoneName { .. });
        match self {
            // Of JSON the path is told, which has keys in it.
            Self::NullWord(_) | Self::Unit(_) | Self::Json { .. } => true,
            Self::Time(fault) => time(fault),
            _ => false,
        }
    }

    /// It without any part of the value.
    pub(crate) fn in_general(&self) -> String {
        if self.quotes() { self.name().replace('-', " ") } else { self.to_string() }
    }

    /// What would settle it.
    pub(crate) fn settlement(&self) -> Settlement {
        let rule = |text: &str| Settlement::Rule(text.to_owned());
        let mend = |text: &str| Settlement::Mend(Some(text.to_owned()));
        match self {
            Self::NullInNotNull => mend("null = \"<a value>\""),
            Self::Blob { looks_like: None, .. } => rule("blob = \"utf8\""),
            Self::Blob { .. }
            | Self::NumberInBytea
            | Self::OutOfRange
            | Self::NotAnAddress
            | Self::HostBits
            | Self::NotHardware
            | Self::NotBits
            | Self::BitLength { .. }
            | Self::TooManyBits { .. }
            | Self::NumberInOther
            | Self::Money
            | Self::RaggedArray
            | Self::TooManyDimensions
            | Self::NestedArray
            | Self::UnknownType => Settlement::Mend(None),
            Self::NumberAsInterval => rule("sqlite = \"<the column> || ' seconds'\""),
            Self::Interval(fault) => fault.settlement(),
            Self::Time(fault) => fault.settlement(),
            Self::Json { fault, look } => of_json(&fault.kind, *look),
            Self::JsonNull => rule("json_null = \"null\""),
            Self::JsonTwice => rule("json = \"unwrap\""),
            Self::NotAnArray => mend("json = \"split ,\""),
            Self::UuidBytes => rule("uuid = \"bytes16\""),
            Self::TextInBytea => rule("text = \"utf8\""),
            Self::InvalidUtf8 { .. } => mend("invalid_utf8 = \"latin1\""),
            Self::Nul => mend("nul = \"strip\""),
            Self::TooLong { .. } => mend("too_long = \"truncate\""),
            Self::BlanksCutOff { .. } => rule("too_long = \"truncate\""),
            Self::RealInText => rule("real = \"text\""),
            Self::Empty => rule("empty = \"null\""),
            Self::NullWord(word) => Settlement::Rule(format!("null_words = [{}]", toml_string(word))),
            Self::BlanksAround => rule("trim = true"),
            Self::NotANumber => mend("values = { \"<this>\" = \"<number>\" }"),
            Self::Unit(unit) => Settlement::Rule(format!("strip = {}", toml_string(unit))),
            Self::DecimalComma => mend("decimal = \",\""),
            Self::LeadingZeros => rule("leading_zeros = \"drop\""),
            Self::Exponent | Self::ScaleExceeded { .. } | Self::DoubleIsAnother => rule("round = true"),
            Self::NotWhole | Self::BeyondExactReal => mend("round = true"),
            Self::InfiniteNumber => rule("infinite = \"null\""),
            Self::NotBoolean => mend("values = { \"<this>\" = \"true\" }"),
            Self::NotUuid => rule("uuid5 = \"<a namespace>\""),
            Self::UuidUrn => rule("uuid = \"urn\""),
            Self::NotInEnum { labels } => {
                let label = labels.first().map_or("<label>", String::as_str);
                Settlement::Rule(format!("values = {{ \"<this>\" = {} }}", toml_string(label)))
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NullInNotNull => f.write_str("NULL, and the column is NOT NULL"),
            Self::Blob { length, looks_like: Some(what) } => write!(f, "a blob of {length} bytes, {what} by its look"),
            Self::Blob { length, looks_like: None } => write!(f, "a blob of {length} bytes"),
            Self::UuidBytes => f.write_str("a blob of 16 bytes: perhaps those of a UUID"),
            Self::TextInBytea => f.write_str("a text, and the column keeps bytes"),
            Self::NumberInBytea => f.write_str("a number, and the column keeps bytes"),
            Self::InvalidUtf8 { at } => write!(f, "not UTF-8 from byte {at} on"),
            Self::Nul => f.write_str("it holds a NUL, which no text of PostgreSQL may"),
            Self::TooLong { characters, limit } => write!(f, "{characters} characters, and the column keeps {limit}"),
            Self::BlanksCutOff { characters, limit } => {
                write!(
                    f,
                    "{characters} characters, blanks at the end; PostgreSQL would cut them off at {limit} in silence"
                )
            }
            Self::RealInText => f.write_str("a real, and the column keeps text"),
            Self::Empty => f.write_str("empty text"),
            Self::NullWord(word) => write!(f, "the word {word}, which often stands for NULL"),
            Self::BlanksAround => f.write_str("blanks around the value"),
            Self::NotANumber => f.write_str("not a number"),
            Self::Unit(unit) => write!(f, "a number with {unit} behind it"),
            Self::DecimalComma => f.write_str("a number with a comma: a decimal comma, or one between thousands"),
            Self::LeadingZeros => f.write_str("a number with zeros in front, which would be lost"),
            Self::Exponent => f.write_str("a number with an exponent"),
            Self::NotWhole => f.write_str("not a whole number"),
            Self::ScaleExceeded { scale } => {
                write!(f, "more than {scale} digits after the point; PostgreSQL would round them in silence")
            }
            Self::DoubleIsAnother => f.write_str("digits that a binary number does not keep"),
            Self::BeyondExactReal => f.write_str("a real beyond 2^53: digits may have been lost when it was stored"),
            Self::OutOfRange => f.write_str("out of the range of the type"),
            Self::InfiniteNumber => f.write_str("infinity, which the type does not have"),
            Self::NotBoolean => f.write_str("neither true nor false"),
            Self::NotUuid => f.write_str("not a UUID"),
            Self::UuidUrn => f.write_str("a UUID as a URN"),
            Self::NotInEnum { labels } => write!(f, "not a label of the enum ({})", labels.join(", ")),
            Self::Time(fault) => fault.fmt(f),
            Self::Interval(fault) => fault.fmt(f),
            Self::NotAnAddress => f.write_str(
                "no address: neither four numbers without zeros in front nor one of IPv6, with at most a number of bits behind a slash",
            ),
            Self::HostBits => f.write_str("an address with bits to the right of its mask, and the column keeps networks"),
            Self::NotHardware => f.write_str("no hardware address of as many bytes as the column keeps"),
            Self::NotBits => f.write_str("not a string of bits"),
            Self::BitLength { found, wanted } => write!(f, "{found} bits, and the column keeps {wanted}"),
            Self::TooManyBits { found, limit } => write!(f, "{found} bits, and the column keeps at most {limit}"),
            Self::NumberAsInterval => f.write_str("a number, and the column keeps intervals: what it counts is not said"),
            Self::NumberInOther => f.write_str("a number, and what it means in this type is not known"),
            Self::Money => f.write_str(
                "money is another amount under another lc_monetary, by which it has two digits, three or none: let the column be numeric",
            ),
            Self::Json { fault, .. } => fault.fmt(f),
            Self::JsonNull => f.write_str("the JSON text null, which is another thing than NULL"),
            Self::JsonTwice => f.write_str("a string in JSON that holds JSON: encoded twice"),
            Self::NotAnArray => f.write_str("not an array in JSON"),
            Self::RaggedArray => f.write_str("arrays in an array that are empty or not of one length: PostgreSQL has no such array"),
            Self::TooManyDimensions => f.write_str("more than six arrays in each other: PostgreSQL has no such array"),
            Self::NestedArray => f.write_str("an array or object among the elements, which are not it"),
            Self::UnknownType => f.write_str("values of this type cannot be sent yet"),
        }
    }
}
