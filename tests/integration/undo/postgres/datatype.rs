//! Types of columns, and values of them that hurt.

use crate::undo::dice::Dice;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Datatype {
    Int,
    Bigint,
    Cents,
    Numeric,
    Text,
    Varchar,
    Char,
    Boolean,
    Date,
    Timestamptz,
    Timestamp,
    Interval,
    Float,
    Bytea,
    Json,
    Jsonb,
    Ints,
    Texts,
    Mood,
    Positive,
    Pair,
    Range,
    Inet,
    Bits,
    Uuid,
}

use Datatype as D;

const TYPES: &[(Datatype, &str, &[&str])] = &[
    (D::Int, "integer", &["0", "1", "2", "3", "7", "-1", "2147483647"]),
    (D::Bigint, "bigint", &["0", "1", "2", "9223372036854775807", "-5"]),
    (D::Cents, "numeric(10,2)", &["0", "1.25", "99999999.99", "-0.01", "NaN"]),
    (D::Numeric, "numeric", &["1.10", "1.1000", "NaN", "123456789012345678901234567890.5", "1e-20", "Infinity"]),
    (D::Text, "text", TEXTS),
    (D::Text, "text", TEXTS),
    (D::Varchar, "character varying(12)", &["a", "", " a ", "00123", "x'y", "ünï ☃", "NULL"]),
    (D::Char, "character(5)", &["ab", "a    ", "", "  b", "ü"]),
    (D::Boolean, "boolean", &["true", "false"]),
    (D::Date, "date", &["2024-02-29", "infinity", "0044-03-15 BC", "1999-12-31"]),
    (
        D::Timestamptz,
        "timestamp with time zone",
        &["2024-03-10 02:30:00.123456+05:30", "-infinity", "2000-01-01 00:00+00"],
    ),
    (D::Timestamp, "timestamp without time zone", &["2024-10-27 02:30:00", "infinity", "1970-01-01 00:00:00.000001"]),
    (D::Interval, "interval", &["1 mon -3 days", "-04:05:06.789", "0", "1 day", "24:00:00"]),
    (
        D::Float,
        "double precision",
        &["NaN", "-0", "0", "Infinity", "-Infinity", "0.1", "1e-300", "0.30000000000000004"],
    ),
    (D::Bytea, "bytea", &["\\x00ff", "\\x", "\\xdeadbeef", "\\x5c27"]),
    (D::Json, "json", &["{\"a\": 1,  \"a\":2}", "null", "[]", "\"x\\ny\"", "1.0"]),
    (D::Jsonb, "jsonb", &["{\"a\": 1, \"b\": null}", "null", "[1, 2, \"x\"]", "{}"]),
    (D::Ints, "integer[]", &["{1,2,NULL}", "{}", "{{1,2},{3,4}}", "[0:1]={5,6}"]),
    (D::Texts, "text[]", &["{\"a b\",NULL,\"NULL\",\"q\\\"t\"}", "{}", "{\"\"}", "{x}"]),
    (D::Mood, "public.mood", &["sad", "ok", "it's"]),
    (D::Positive, "public.positive", &["1", "2", "77"]),
    (D::Pair, "public.pair", &["(1,x)", "(,)", "(,\"\")", "(2,\"a,b\")", "(3,\"q\"\"t\")"]),
    (D::Range, "int4range", &["empty", "[1,5)", "[3,)", "(,7)", "[8,9)"]),
    (D::Inet, "inet", &["10.0.0.1/8", "::1", "192.168.1.5"]),
    (D::Bits, "bit(4)", &["1010", "0000", "1111"]),
    (D::Uuid, "uuid", UUIDS),
];

const TEXTS: &[&str] = &[
    "a",
    "b",
    "A",
    "a ",
    " ",
    "",
    "00123",
    "1",
    "1e3",
    "ünï ☃",
    "x'y",
    "back\\slash",
    "two\nlines",
    "tab\tand\r\n",
    "NULL",
    "{a,b}",
    "\"q\"",
    "(1,2)",
    "$$",
    "$1",
    "%s",
    ":x",
    "-- no",
    ";",
];
const UUIDS: &[&str] = &[
    "00000000-0000-0000-0000-000000000001",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
];

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Datatype {
    pub(super) fn any(dice: &mut Dice) -> Self {
        dice.pick(TYPES).0
    }

    fn entry(self) -> &'static (Self, &'static str, &'static [&'static str]) {
        TYPES.iter().find(|(datatype, ..)| *datatype == self).expect("all are there")
    }

    /// Its name in SQL.
    pub(super) fn name(self) -> &'static str {
        self.entry().1
    }

    pub(super) fn value(self, dice: &mut Dice) -> String {
        literal(dice.pick::<&str>(self.entry().2))
    }

    /// A value of few, so that keys meet.
    pub(super) fn key(self, dice: &mut Dice) -> String {
        match self {
            D::Uuid => self.value(dice),
            D::Int | D::Bigint | D::Cents | D::Numeric => (1 + dice.below(8)).to_string(),
            _ => literal(dice.pick::<&str>(&["k1", "k2", "K1", "k'3", "", " k", "kü\n"])),
        }
    }

    /// Whether values of it can be told equal by an operator.
    pub(super) fn has_equality(self) -> bool {
        self != D::Json
    }

    /// An expression that makes another value of that of a column.
    pub(super) fn other(self, column: &str, dice: &mut Dice) -> String {
        match self {
            D::Int | D::Bigint | D::Positive | D::Cents | D::Numeric | D::Float => {
                format!("{column} + {}", 1 + dice.below(3))
            }
            D::Text => format!("{column} || '!'"),
            D::Varchar | D::Char => format!("upper({column})"),
            D::Boolean => format!("NOT {column}"),
            D::Interval => format!("{column} + interval '1 hour'"),
            D::Ints => format!("{column} || 4"),
            D::Texts => format!("{column} || 'y'::text"),
            D::Jsonb => format!("{column} || '[7]'::jsonb"),
            D::Pair => "ROW(5, NULL)".to_owned(),
            D::Bits => format!("~{column}"),
            _ => self.value(dice),
        }
    }
}
