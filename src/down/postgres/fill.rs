//! Values for a column that comes back NOT NULL, where rows are.

/// A value of the type that means nothing.
pub(super) fn empty_value(kind: &str) -> Option<String> {
    if kind.ends_with("[]") {
        return Some("'{}'".to_owned());
    }
    let base = kind.split('(').next().unwrap_or(kind).trim();
    let value = match base {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "money" => "0",
        "text" | "character varying" | "character" | "bytea" | "xml" | "tsvector" => "''",
        "boolean" => "false",
        "json" | "jsonb" => "'{}'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "inet" | "cidr" => "'0.0.0.0'",
        _ if base == "date" || kind.starts_with("timestamp") => "'1970-01-01'",
        _ if kind.starts_with("interval") || kind.starts_with("time") => "'0:00'",
        _ => return None,
    };
    Some(value.to_owned())
}

/// How rows are converted: by a cast, through text where there may be none.
pub(super) fn conversion(column: &str, from: &str, to: &str) -> String {
    if has_cast(family(from), family(to)) { format!("{column}::{to}") } else { format!("{column}::text::{to}") }
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Family {
    Integer,
    Number,
    Text,
    Boolean,
    Moment,
    Json,
    Other,
}

fn family(kind: &str) -> Family {
    let base = kind.split('(').next().unwrap_or(kind).trim();
    match base {
        _ if kind.ends_with("[]") => Family::Other,
        "integer" => Family::Integer,
        "smallint" | "bigint" | "numeric" | "real" | "double precision" => Family::Number,
        "text" | "character varying" | "character" | "name" => Family::Text,
        "boolean" => Family::Boolean,
        "date" => Family::Moment,
        "json" | "jsonb" => Family::Json,
        _ if kind.starts_with("timestamp") => Family::Moment,
        _ => Family::Other,
    }
}

fn has_cast(from: Family, to: Family) -> bool {
    use Family::{Boolean, Integer, Number, Other, Text};
    let of_numbers = |family| family == Integer || family == Number;
    from == Text
        || to == Text
        || of_numbers(from) && of_numbers(to)
        || matches!((from, to), (Boolean, Integer) | (Integer, Boolean))
        || from == to && from != Other
}

/// Whether a value of one type may have no place in the other.
pub(super) fn may_lose(from: &str, to: &str) -> bool {
    let size = |kind: &str| ["smallint", "integer", "bigint", "numeric"].iter().position(|name| *name == kind);
    let length =
        |kind: &str| -> Option<u32> { kind.strip_prefix("character varying(")?.strip_suffix(')')?.parse().ok() };
    match (from, to) {
        (_, "text" | "character varying") => false,
        _ => match (size(from).zip(size(to)), length(from).zip(length(to))) {
            (Some((from, to)), _) => from > to,
            (_, Some((from, to))) => from > to,
            _ => true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_go_through_text_where_there_is_no_cast() {
        assert_eq!(conversion("a", "integer", "numeric(10,2)"), "a::numeric(10,2)");
        assert_eq!(conversion("a", "boolean", "bigint"), "a::text::bigint");
        assert_eq!(conversion("a", "text[]", "integer[]"), "a::text::integer[]");
        assert_eq!(conversion("a", "uuid", "text"), "a::text");
    }

    #[test]
    fn what_fits_is_not_lost() {
        assert!(!may_lose("integer", "bigint"));
        assert!(may_lose("bigint", "integer"));
        assert!(may_lose("character varying(9)", "character varying(5)"));
        assert!(!may_lose("jsonb", "text"));
    }
}
