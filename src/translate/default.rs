//! DEFAULT: a value is converted as the values of its column are, and what tells the time says it in PostgreSQL's words.

use super::expression::{Lexeme, Untranslated, lexemes, quoted_text};
use crate::convert::{ColumnRule, ConvertOptions, OwnedStored, TargetType, TargetValue, convert};
use crate::hex::Hex;

/// Whether a default is the same value each time, so that SQLite can be asked for it.
pub(crate) fn is_constant(text: &str) -> bool {
    const MOVING: [&str; 12] = [
        "current_timestamp",
        "current_date",
        "current_time",
        "datetime",
        "date",
        "time",
        "strftime",
        "julianday",
        "unixepoch",
        "random",
        "randomblob",
        "changes",
    ];
    !lexemes(text).iter().any(|lexeme| MOVING.iter().any(|word| lexeme.is_word(word)))
}

/// What is known of the column that a default is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct DefaultFor<'a> {
    pub(super) target: &'a TargetType,
    pub(super) may_be_null: bool,
    pub(super) options: &'a ConvertOptions,
}

impl DefaultFor<'_> {
    /// A constant, as SQL; none where it is NULL.
    ///
    /// # Errors
    /// It has no place in the column.
    pub(super) fn constant(&self, value: &OwnedStored) -> Result<Option<String>, Untranslated> {
        if *value == OwnedStored::Null {
            return Ok(None);
        }
        let rule =
            ColumnRule { target: self.target.clone(), may_be_null: self.may_be_null, options: self.options.clone() };
        let converted = convert(value.as_ref(), &rule)
            .map_err(|reason| Untranslated::new(format!("a default of {}: {reason}", self.target)))?;
        Ok(literal(&converted.value, value, self.target))
    }

    /// What tells the time, or makes an id.
    ///
    /// # Errors
    /// It is none of the forms that mean the same.
    pub(super) fn moving(&self, text: &str) -> Result<String, Untranslated> {
        let all = lexemes(text);
        let all = without_parentheses(&all);
        if is_random_id(all) {
            return match self.target {
                TargetType::Uuid => Ok("gen_random_uuid()".to_owned()),
                _ => Err(Untranslated::new("randomblob() is not there on PostgreSQL; gen_random_uuid() makes ids")),
            };
        }
        match moment(all) {
            Some(DefaultMoment::Epoch) => match self.target {
                TargetType::BigInt => Ok(EPOCH.to_owned()),
                TargetType::Text => Ok(format!("{EPOCH}::text")),
                target => self.now(&format!("the seconds since 1970 in {target}")),
            },
            Some(DefaultMoment::Text { format, is_whole }) => match self.target {
                TargetType::Text => Ok(format!("to_char({UTC}, {})", quoted_text(&format))),
                TargetType::Timestamptz(_) | TargetType::Timestamp(_) if !is_whole => {
                    Err(Untranslated::new("it is a part of the time"))
                }
                target => self.now(&format!("the time in {target}")),
            },
            None => Err(Untranslated::new("a default that SQLite computes")),
        }
    }

    /// This moment, in a type of dates and times.
    fn now(&self, otherwise: &str) -> Result<String, Untranslated> {
        match self.target {
            TargetType::Timestamptz(_) => Ok("CURRENT_TIMESTAMP".to_owned()),
            TargetType::Timestamp(_) => Ok(format!("({UTC})")),
            TargetType::Date => Ok(format!("({UTC})::date")),
            TargetType::Time(_) => Ok(format!("({UTC})::time")),
            _ => Err(Untranslated::new(otherwise)),
        }
    }
}

const UTC: &str = "CURRENT_TIMESTAMP AT TIME ZONE 'UTC'";
const EPOCH: &str = "floor(extract(epoch FROM CURRENT_TIMESTAMP))::bigint";

/// A default that is another one each time.
enum DefaultMoment {
    /// Seconds since 1970.
    Epoch,
    /// A text, by a pattern of PostgreSQL's `to_char`; whether it has both the day and the time of day.
    Text { format: String, is_whole: bool },
}

fn without_parentheses(mut all: &[Lexeme]) -> &[Lexeme] {
    while let [Lexeme::Open, inner @ .., Lexeme::Close] = all {
        all = inner;
    }
    all
}

/// `lower(hex(randomblob(16)))`.
fn is_random_id(all: &[Lexeme]) -> bool {
    let words = all.iter().filter_map(|lexeme| match lexeme {
        Lexeme::Word(word) => Some(word.to_ascii_lowercase()),
        Lexeme::Number(number) => Some(number.clone()),
        _ => None,
    });
    let words: Vec<String> = words.collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words[..], ["lower", "hex", "randomblob", "16"] | ["hex", "randomblob", "16"])
}

fn moment(all: &[Lexeme]) -> Option<DefaultMoment> {
    let text = |format: &str| DefaultMoment::Text { format: format.to_owned(), is_whole: format.contains("DD HH24") };
    let (first, arguments) = all.split_first()?;
    let Lexeme::Word(first) = first else { return None };
    let arguments: Vec<&Lexeme> =
        arguments.iter().filter(|lexeme| !matches!(lexeme, Lexeme::Open | Lexeme::Close | Lexeme::Comma)).collect();
    let first = first.to_ascii_lowercase();
    let is_now = |lexeme: &Lexeme| matches!(lexeme, Lexeme::Text(now) if now.eq_ignore_ascii_case("now"));
    match (first.as_str(), &arguments[..]) {
        ("current_timestamp", []) => Some(text("YYYY-MM-DD HH24:MI:SS")),
        ("current_date", []) => Some(text("YYYY-MM-DD")),
        ("current_time", []) => Some(text("HH24:MI:SS")),
        ("datetime", [now]) if is_now(now) => Some(text("YYYY-MM-DD HH24:MI:SS")),
        ("date", [now]) if is_now(now) => Some(text("YYYY-MM-DD")),
        ("time", [now]) if is_now(now) => Some(text("HH24:MI:SS")),
        ("unixepoch", []) => Some(DefaultMoment::Epoch),
        ("unixepoch", [now]) if is_now(now) => Some(DefaultMoment::Epoch),
        ("strftime", [Lexeme::Text(format), now]) if is_now(now) && format == "%s" => Some(DefaultMoment::Epoch),
        ("strftime", [Lexeme::Text(format), now]) if is_now(now) => of_strftime(format),
        ("cast", [Lexeme::Word(strftime), Lexeme::Text(format), now, Lexeme::Word(r#as), Lexeme::Word(integer)])
            if strftime.eq_ignore_ascii_case("strftime")
                && format == "%s"
                && is_now(now)
                && r#as.eq_ignore_ascii_case("as")
                && integer.to_ascii_lowercase().contains("int") =>
        {
            Some(DefaultMoment::Epoch)
        }
        _ => None,
    }
}

/// A format of `strftime` as one of `to_char`.
fn of_strftime(format: &str) -> Option<DefaultMoment> {
    let mut pattern = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        if letter != '%' {
            // A letter in quotes stands for itself; blanks and signs do anyway.
            match letter {
                '"' | '\\' => return None,
                letter if letter.is_alphanumeric() => pattern.push_str(&format!("\"{letter}\"")),
                letter => pattern.push(letter),
            }
            continue;
        }
        let specifier = rest.chars().next()?;
        rest = &rest[specifier.len_utf8()..];
        pattern.push_str(match specifier {
            'Y' => "YYYY",
            'm' => "MM",
            'd' => "DD",
            'H' => "HH24",
            'M' => "MI",
            'S' => "SS",
            'f' => "SS.MS",
            'F' => "YYYY-MM-DD",
            'T' => "HH24:MI:SS",
            _ => return None,
        });
    }
    let is_whole = ["YYYY", "MM", "DD", "HH24", "MI"].iter().all(|part| pattern.contains(part));
    Some(DefaultMoment::Text { format: pattern, is_whole })
}

/// A converted value as SQL. What was written as ISO 8601 or JSON is that on PostgreSQL too.
fn literal(value: &TargetValue<'_>, stored: &OwnedStored, target: &TargetType) -> Option<String> {
    let written = || match stored {
        OwnedStored::Text(text) => Some(format!("{}::{target}", quoted_text(std::str::from_utf8(text).ok()?))),
        _ => None,
    };
    match value {
        TargetValue::Null | TargetValue::Array(_) => None,
        TargetValue::Boolean(value) => Some(value.to_string()),
        TargetValue::Integer(i64::MIN) => Some("'-9223372036854775808'::bigint".to_owned()),
        TargetValue::Integer(value) => Some(value.to_string()),
        TargetValue::Double(value) if !value.is_finite() => Some(format!("'{value}'::double precision")),
        TargetValue::Double(value) => Some(format!("{value:?}")),
        TargetValue::Single(value) => Some(format!("{value:?}")),
        TargetValue::Numeric(value) => Some(value.to_string()),
        TargetValue::Text(text) => Some(quoted_text(text)),
        TargetValue::Bytes(bytes) => Some(format!("'\\x{}'::bytea", Hex(bytes))),
        TargetValue::Json(text) => Some(format!("{}::{target}", quoted_text(text))),
        TargetValue::Uuid(bytes) => Some(format!("'{}'::uuid", uuid::Uuid::from_bytes(*bytes))),
        TargetValue::Timestamp(_)
        | TargetValue::Date(_)
        | TargetValue::Time(_)
        | TargetValue::ZonedTime { .. }
        | TargetValue::Interval(_)
        | TargetValue::Network(_)
        | TargetValue::Hardware(_)
        | TargetValue::Bits(_) => written(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moving(target: &TargetType, text: &str) -> Result<String, Untranslated> {
        DefaultFor { target, may_be_null: true, options: &ConvertOptions::default() }.moving(text)
    }

    #[test]
    fn what_tells_the_time_tells_the_same() {
        let (text, tz) = (TargetType::Text, TargetType::Timestamptz(6));
        for (target, written, wanted) in [
            (&tz, "CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
            (&tz, "(datetime('now'))", "CURRENT_TIMESTAMP"),
            (
                &TargetType::Timestamp(6),
                "(strftime('%Y-%m-%dT%H:%M:%fZ','now'))",
                "(CURRENT_TIMESTAMP AT TIME ZONE 'UTC')",
            ),
            (
                &text,
                "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
                "to_char(CURRENT_TIMESTAMP AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
            ),
            (&TargetType::BigInt, "(strftime('%s', 'now'))", EPOCH),
            (&TargetType::BigInt, "(cast(strftime('%s','now') as int))", EPOCH),
            (&TargetType::Uuid, "(lower(hex(randomblob(16))))", "gen_random_uuid()"),
        ] {
            assert_eq!(moving(target, written).as_deref(), Ok(wanted), "{written}");
        }
        for (target, written) in [
            (&tz, "(datetime('now', 'localtime'))"),
            (&tz, "(strftime('%Y', 'now'))"),
            (&text, "(strftime('%j', 'now'))"),
            (&TargetType::Boolean, "CURRENT_TIMESTAMP"),
            (&text, "(random())"),
            (&text, "(hex(randomblob(8)))"),
        ] {
            assert!(moving(target, written).is_err(), "{written}");
        }
    }
}
