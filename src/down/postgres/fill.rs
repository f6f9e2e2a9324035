//! Values for a column that comes back NOT NULL, where rows are.

/// A value of the type that means nothing.
pub(super) fn empty_value(kind: &str) -> Option<String> {
    if kind.ends_with("[]") {
        return Some("'{}'".to_owned());
    }
    let base = kind.split('(').next().unwrap_or(kind).trim();
    let value = match base {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "money" => "0",
        "text" | "character varying" | "character" | "bytea" | "xml" => "''",
        "boolean" => "false",
        "date" => "'1970-01-01'",
        "json" | "jsonb" => "'{}'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "interval" | "time" | "time without time zone" => "'0:00'",
        "inet" | "cidr" => "'0.0.0.0'",
        "tsvector" => "''",
        _ if kind.starts_with("timestamp") => "'1970-01-01'",
        _ if kind.starts_with("interval") => "'0:00'",
        _ if kind.starts_with("time") => "'0:00'",
        _ => return None,
    };
    Some(value.to_owned())
}

/// How rows are converted: by a cast, through text where there may be none.
pub(super) fn conversion(column: &str, from: &str, to: &str) -> String {
    if has_cast(family(from), family(to)) {
        format!("{column}::{to}")
    } else {
        format!("{column}::text::{to}")
    }
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
    match (from, to) {
        (Text, _) | (_, Text) => true,
        (Integer | Number, Integer | Number) | (Boolean, Integer) | (Integer, Boolean) => true,
        (one, other) => one == other && one != Other,
    }
}
