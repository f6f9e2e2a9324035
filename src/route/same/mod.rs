//! Rows of both sides, compared by value as the move converts them.

mod number;
#[cfg(feature = "postgres")]
mod postgres;
mod time;

use serde_json::Value as Json;

/// A value of a column, as one of both sides has it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ShadowValue {
    /// NULL.
    Null,
    /// `boolean`.
    Boolean(bool),
    /// An integer of SQLite; `smallint`, `integer`, `bigint`.
    Integer(i64),
    /// A real of SQLite; `double precision`.
    Real(f64),
    /// `real`.
    Single(f32),
    /// `numeric`, with the digits that it has.
    Decimal(String),
    /// A text of SQLite; `text`, `varchar`, an enum and their like.
    Text(String),
    /// A blob of SQLite; `bytea`.
    Bytes(Vec<u8>),
    /// `json`, `jsonb`.
    Json(String),
    /// `timestamptz`, and `timestamp` and `date` as if in UTC: microseconds since 1970.
    Time(i64),
    /// `uuid`.
    Uuid([u8; 16]),
    /// Of a type that is not known here, by its name. It is the same as nothing.
    Other(String),
}

/// A row, as one of both sides has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShadowRow(Vec<ShadowValue>);

impl ShadowRow {
    /// Makes one of values.
    pub fn new(values: impl IntoIterator<Item = ShadowValue>) -> Self {
        Self(values.into_iter().collect())
    }

    /// Takes all columns of a row of SQLite.
    ///
    /// # Errors
    /// The row cannot be read, or has a text that is not UTF-8.
    #[cfg(feature = "sqlite")]
    pub fn of_sqlite(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        use rusqlite::types::Value;

        let value = |at| {
            Ok(match row.get(at)? {
                Value::Null => ShadowValue::Null,
                Value::Integer(integer) => ShadowValue::Integer(integer),
                Value::Real(real) => ShadowValue::Real(real),
                Value::Text(text) => ShadowValue::Text(text),
                Value::Blob(bytes) => ShadowValue::Bytes(bytes),
            })
        };
        (0..row.as_ref().column_count()).map(value).collect::<rusqlite::Result<_>>().map(Self)
    }

    /// Takes all columns of a row of PostgreSQL.
    ///
    /// # Errors
    /// A value is not what its type says.
    #[cfg(feature = "postgres")]
    pub fn of_postgres(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error> {
        let value = |at| row.try_get::<_, ShadowValue>(at);
        (0..row.len()).map(value).collect::<Result<_, _>>().map(Self)
    }
}

/// Whether rows of both sides are the same, by value: a boolean is 0 or 1, a time is a moment, `1.50` is `1.5`, JSON in another order is the same JSON.
///
/// It knows the conversions that a move makes without a rule. What a rule of the map makes of a value it does not know, apart from `empty`: a column with `zone`, `uuid5` or `values` is for a comparison
/// of the application's own. A time without a zone counts as UTC.
///
/// ```
/// use schemactl::route::{Same, ShadowRow, ShadowValue};
///
/// let sqlite = [ShadowRow::new([
///     ShadowValue::Integer(1),
///     ShadowValue::Text("2025-01-27 09:15:30".into()),
///     ShadowValue::Text("{\"b\": 1.50, \"a\": []}".into()),
/// ])];
/// let postgres = [ShadowRow::new([
///     ShadowValue::Boolean(true),
///     ShadowValue::Time(1_737_969_330_000_000),
///     ShadowValue::Json("{\"a\": [], \"b\": 1.5}".into()),
/// ])];
/// assert_eq!(Same::new().difference(&sqlite, &postgres), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Same {
    empty_is_null: bool,
}

impl Same {
    /// Creates a comparison that takes an empty text for an empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an empty text of SQLite for NULL, as the rule `empty = "null"` does.
    #[must_use]
    pub fn empty_is_null(mut self) -> Self {
        self.empty_is_null = true;
        self
    }

    /// Returns what differs, by row and column and without values; none where nothing does. Rows are compared in the order that they have: the query says `ORDER BY`.
    pub fn difference(self, sqlite: &[ShadowRow], postgres: &[ShadowRow]) -> Option<String> {
        if sqlite.len() != postgres.len() {
            return Some(format!("{} rows in SQLite, {} in PostgreSQL", sqlite.len(), postgres.len()));
        }
        let mut rows = sqlite.iter().zip(postgres).enumerate();
        rows.find_map(|(at, (one, other))| self.of_rows(one, other).map(|what| format!("row {}: {what}", at + 1)))
    }

    fn of_rows(self, sqlite: &ShadowRow, postgres: &ShadowRow) -> Option<String> {
        let (one, other) = (&sqlite.0, &postgres.0);
        if one.len() != other.len() {
            return Some(format!("{} columns in SQLite, {} in PostgreSQL", one.len(), other.len()));
        }
        let columns = one.iter().zip(other).enumerate();
        let differing: Vec<String> = columns
            .filter(|(_, (one, other))| !self.are_same(one, other))
            .map(|(at, _)| format!("column {}", at + 1))
            .collect();
        (!differing.is_empty()).then(|| differing.join(", "))
    }

    /// Returns whether a value of SQLite is the same as one of PostgreSQL.
    #[expect(clippy::float_cmp, reason = "a move keeps a double bit for bit")]
    pub fn are_same(self, sqlite: &ShadowValue, postgres: &ShadowValue) -> bool {
        use ShadowValue as V;
        match (sqlite, postgres) {
            (V::Null, V::Null) => true,
            (V::Text(text), V::Null) => self.empty_is_null && text.is_empty(),
            (V::Null, _) | (_, V::Null | V::Other(_)) => false,
            (V::Text(text), V::Boolean(boolean)) => word(text) == Some(*boolean),
            (V::Integer(integer), V::Boolean(boolean)) => *integer == i64::from(*boolean),
            (V::Text(text), V::Time(moment)) => time::moment(text) == Some(*moment),
            (V::Text(text), V::Json(json)) => are_same_json(text, json),
            (V::Integer(_) | V::Real(_), V::Json(json)) => {
                number::canonical(sqlite).is_some_and(|number| are_same_json(&number, json))
            }
            (V::Text(text), V::Uuid(uuid)) => is_uuid(text, *uuid),
            (V::Bytes(bytes), V::Uuid(uuid)) => bytes == uuid,
            (V::Bytes(bytes), V::Text(text)) | (V::Text(text), V::Bytes(bytes)) => bytes == text.as_bytes(),
            (V::Real(real), V::Single(single)) => number::as_single(*real) == *single,
            (V::Real(one), V::Real(other)) => one == other,
            (V::Integer(_) | V::Real(_), V::Text(text)) => {
                number::canonical(sqlite).is_some_and(|number| number == *text)
            }
            (V::Text(_) | V::Integer(_) | V::Real(_), V::Integer(_) | V::Real(_) | V::Single(_) | V::Decimal(_)) => {
                number::canonical(sqlite).is_some_and(|number| Some(number) == number::canonical(postgres))
            }
            (one, other) => one == other,
        }
    }
}

/// The words that PostgreSQL itself takes for a boolean.
fn word(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn is_uuid(text: &str, uuid: [u8; 16]) -> bool {
    let digits: String = text.chars().filter(|letter| !"-{}".contains(*letter)).collect();
    digits.eq_ignore_ascii_case(&crate::hex::Hex(&uuid).to_string())
}

fn are_same_json(one: &str, other: &str) -> bool {
    match (serde_json::from_str(one), serde_json::from_str(other)) {
        (Ok(one), Ok(other)) => are_same_documents(&one, &other),
        _ => false,
    }
}

fn are_same_documents(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| are_same_documents(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let is_there =
                |(key, value): (&String, &Json)| other.get(key).is_some_and(|other| are_same_documents(value, other));
            one.len() == other.len() && one.iter().all(is_there)
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::ShadowValue as V;
    use super::*;

    fn text(text: &str) -> V {
        V::Text(text.into())
    }

    #[test]
    fn what_a_move_converts_is_the_same() {
        let uuid = *b"\x8c\x7e\x0c\x0a\x52\xf5\x4e\x8b\x9d\x0b\x6d\x3b\x6a\x6e\x2f\x01";
        for (sqlite, postgres) in [
            (V::Null, V::Null),
            (V::Integer(0), V::Boolean(false)),
            (text("Yes"), V::Boolean(true)),
            (text("2025-01-27T10:15:30.5+01:00"), V::Time(1_737_969_330_500_000)),
            (text("2025-01-27"), V::Time(1_737_936_000_000_000)),
            (V::Real(12.5), V::Decimal("12.50".into())),
            (V::Integer(12), V::Decimal("12.00".into())),
            (text("-0012.50"), V::Decimal("-12.5".into())),
            (text("1e3"), V::Integer(1000)),
            (V::Integer(i64::MAX), V::Integer(i64::MAX)),
            (V::Integer(3), V::Real(3.0)),
            (V::Real(0.1), V::Single(0.1)),
            (V::Real(1e300), V::Real(1e300)),
            (text("{\"a\":[1,null]}"), V::Json("{\"a\": [1.0, null]}".into())),
            (V::Integer(5), V::Json("5".into())),
            (text("8C7E0C0A-52F5-4E8B-9D0B-6D3B6A6E2F01"), V::Uuid(uuid)),
            (V::Bytes(uuid.to_vec()), V::Uuid(uuid)),
            (V::Bytes(b"ab".to_vec()), V::Bytes(b"ab".to_vec())),
            (V::Bytes(b"ab".to_vec()), text("ab")),
            (V::Integer(7), text("7")),
            (text("a"), text("a")),
        ] {
            assert!(Same::new().are_same(&sqlite, &postgres), "{sqlite:?} {postgres:?}");
        }
    }

    #[test]
    fn what_is_another_value_is_not() {
        for (sqlite, postgres) in [
            (V::Null, text("")),
            (text(""), V::Null),
            (V::Integer(2), V::Boolean(true)),
            (text("maybe"), V::Boolean(true)),
            (text("2025-01-27 09:15:30"), V::Time(1_737_969_330_000_001)),
            (text("soon"), V::Time(0)),
            (V::Real(3.333), V::Decimal("3.33".into())),
            (V::Integer(9_007_199_254_740_993), V::Integer(9_007_199_254_740_992)),
            (V::Integer(9_007_199_254_740_993), V::Decimal("9007199254740992".into())),
            (text("x"), V::Integer(0)),
            (text("{\"a\":1}"), V::Json("{\"a\": 1, \"b\": 2}".into())),
            (text("{"), V::Json("{}".into())),
            (text("8C7E"), V::Uuid([0; 16])),
            (text("a"), text("A")),
            (text("a"), V::Other("int4range".into())),
        ] {
            assert!(!Same::new().are_same(&sqlite, &postgres), "{sqlite:?} {postgres:?}");
        }
        assert!(Same::new().empty_is_null().are_same(&text(""), &V::Null));
    }

    #[test]
    fn what_differs_is_named_without_values() {
        let row = |values: [i64; 3]| ShadowRow::new(values.map(V::Integer));
        let (one, other) = ([row([1, 2, 3]), row([4, 5, 6])], [row([1, 2, 3]), row([4, 7, 8])]);
        assert_eq!(Same::new().difference(&one, &one), None);
        assert_eq!(Same::new().difference(&one, &other).as_deref(), Some("row 2: column 2, column 3"));
        assert_eq!(Same::new().difference(&one, &other[..1]).as_deref(), Some("2 rows in SQLite, 1 in PostgreSQL"));
    }
}
