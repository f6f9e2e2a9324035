//! What a declared type of SQLite says, besides its affinity.

use crate::convert::{NumericLimit, TargetType};
use crate::database::sqlite::inspect::Affinity;

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeclaredType {
    /// As it was written.
    pub(super) text: String,
    pub(super) affinity: Affinity,
    pub(super) family: TypeFamily,
    /// The numbers in its parentheses.
    limits: Vec<i32>,
}

/// What people mean by a type that SQLite itself makes no difference of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeFamily {
    Boolean,
    Integer,
    Real,
    Decimal,
    Text,
    Blob,
    Json,
    Uuid,
    Date,
    Time,
    Timestamp,
    /// A time with its zone.
    Timestamptz,
    /// No type, ANY, or a word that says nothing: the values tell.
    Any,
}

impl DeclaredType {
    pub(super) fn of(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let affinity = Affinity::of(&lower);
        let (name, rest) = lower.split_once('(').unwrap_or((&lower, ""));
        let limits = rest.trim_end_matches(')').split(',').filter_map(|limit| limit.trim().parse().ok()).collect();
        Self { text: text.to_owned(), affinity, family: family(name.trim(), affinity), limits }
    }

    /// The most characters of `VARCHAR(n)`.
    pub(super) fn length(&self) -> Option<u32> {
        let limit = self.limits.first().copied().filter(|limit| (1..=10_485_760).contains(limit));
        limit.and_then(|limit| u32::try_from(limit).ok()).filter(|_| self.family == TypeFamily::Text)
    }

    /// The digits of `DECIMAL(p, s)`.
    pub(super) fn digits(&self) -> Option<NumericLimit> {
        let precision = self.limits.first().copied().filter(|precision| (1..=1000).contains(precision))?;
        let scale = self.limits.get(1).copied().unwrap_or(0);
        (0..=precision).contains(&scale).then_some(NumericLimit { precision, scale })
    }

    /// As it is shown.
    pub(super) fn shown(&self) -> &str {
        if self.text.is_empty() { "without a type" } else { &self.text }
    }
}

fn family(name: &str, affinity: Affinity) -> TypeFamily {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["bool"]) {
        return TypeFamily::Boolean;
    }
    match affinity {
        Affinity::Integer => TypeFamily::Integer,
        Affinity::Text => TypeFamily::Text,
        Affinity::Blob => TypeFamily::Blob,
        Affinity::Real => TypeFamily::Real,
        Affinity::Numeric if has(&["json"]) => TypeFamily::Json,
        Affinity::Numeric if has(&["uuid", "guid", "uniqueidentifier"]) => TypeFamily::Uuid,
        Affinity::Numeric if has(&["timestamptz", "with time zone", "datetimeoffset"]) => TypeFamily::Timestamptz,
        Affinity::Numeric if has(&["timestamp", "datetime"]) => TypeFamily::Timestamp,
        Affinity::Numeric if has(&["date"]) => TypeFamily::Date,
        Affinity::Numeric if has(&["time"]) => TypeFamily::Time,
        Affinity::Numeric if has(&["dec", "numeric", "number", "money", "currency"]) => TypeFamily::Decimal,
        Affinity::Any | Affinity::Numeric => TypeFamily::Any,
    }
}

/// A type of PostgreSQL as people write it, as one that is known here.
pub(super) fn target_of(sql: &str) -> TargetType {
    let lower = sql.trim().to_ascii_lowercase();
    let end = lower.find(['(', '[']).unwrap_or(lower.len());
    let (name, limits) = lower.split_at(end);
    let name = match name.trim() {
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        "time" => "time without time zone",
        "varchar" => "character varying",
        "char" => "character",
        "int" | "int4" | "serial" => "integer",
        "int8" | "bigserial" => "bigint",
        "int2" => "smallint",
        "float8" | "float" => "double precision",
        "float4" => "real",
        "bool" => "boolean",
        "decimal" => "numeric",
        "timetz" => "time with time zone",
        "varbit" => "bit varying",
        name => name,
    };
    TargetType::parse(&format!("{name}{limits}"), &|_| None)
}

/// Whether a name is that of a flag: `is_open`, `hasMail`, `enabled`.
pub(super) fn is_flag(name: &str) -> bool {
    const WHOLE: [&str; 18] = [
        "active",
        "enabled",
        "disabled",
        "deleted",
        "archived",
        "done",
        "completed",
        "verified",
        "visible",
        "hidden",
        "published",
        "locked",
        "read",
        "starred",
        "pinned",
        "required",
        "success",
        "admin",
    ];
    let lower = name.to_ascii_lowercase();
    let begins = |word: &str| {
        lower.strip_prefix(word).is_some_and(|rest| rest.starts_with('_'))
            || name.strip_prefix(word).is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_uppercase()))
    };
    let ends = ["_flag", "_enabled", "_active"].iter().any(|end| lower.ends_with(end));
    WHOLE.contains(&lower.as_str())
        || ends
        || ["is", "has", "can", "should", "was", "allow"].iter().any(|word| begins(word))
}

/// Whether a name is that of a moment: `created_at`, `updated`, `timestamp`.
pub(super) fn is_moment(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let ends = ["_at", "_on", "time", "_ts", "date", "timestamp", "_when", "_since", "_until"];
    let whole = ["created", "updated", "modified", "deleted", "expires", "ts", "last_seen", "since", "until"];
    ends.iter().any(|end| lower.ends_with(end)) || whole.contains(&lower.as_str()) || name.ends_with("At")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_say_what_people_mean() {
        for (text, family) in [
            ("BOOLEAN", TypeFamily::Boolean),
            ("TINYINT", TypeFamily::Integer),
            ("VARCHAR(20)", TypeFamily::Text),
            ("JSON", TypeFamily::Json),
            ("UUID", TypeFamily::Uuid),
            ("DATETIME", TypeFamily::Timestamp),
            ("TIMESTAMP WITH TIME ZONE", TypeFamily::Timestamptz),
            ("DATE", TypeFamily::Date),
            ("DECIMAL(10, 2)", TypeFamily::Decimal),
            ("STRING", TypeFamily::Any),
            ("", TypeFamily::Any),
            ("FLOATING POINT", TypeFamily::Integer),
        ] {
            assert_eq!(DeclaredType::of(text).family, family, "{text}");
        }
        assert_eq!(DeclaredType::of("VARCHAR(20)").length(), Some(20));
        assert_eq!(DeclaredType::of("decimal(10, 2)").digits(), Some(NumericLimit { precision: 10, scale: 2 }));
        assert_eq!(target_of("timestamptz(3)"), TargetType::Timestamptz(3));
        assert_eq!(target_of("text[]"), TargetType::Array { element: Box::new(TargetType::Text), oid: 25 });
        assert!(is_flag("is_open") && is_flag("hasMail") && !is_flag("island") && !is_flag("is"));
        assert!(is_moment("created_at") && is_moment("updatedAt") && !is_moment("format"));
    }
}
