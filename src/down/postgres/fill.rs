//! Values for a column that comes back NOT NULL, where rows are.

use crate::catalog::{Catalog, Kind, Object};

/// A value of the type of a column that means nothing.
pub(super) fn value(catalog: &Catalog, column: &Object) -> Option<String> {
    empty_value(column.data_type())
        .or_else(|| column.depends_on.iter().find_map(|id| own_value(catalog, catalog.get(*id)?)))
}

/// The same of a type that migrations have made.
fn own_value(catalog: &Catalog, of: &Object) -> Option<String> {
    match of.kind() {
        Kind::EnumType => of.body.enum_type()?.labels.iter().next().map(str::to_owned),
        Kind::Domain => empty_value(of.data_type())
            .or_else(|| of.depends_on.iter().find_map(|id| own_value(catalog, catalog.get(*id)?))),
        Kind::CompositeType => {
            let attributes = catalog.parts_of(of.id).count();
            Some(format!("'({})'", ",".repeat(attributes.saturating_sub(1))))
        }
        Kind::RangeType => Some("'empty'".to_owned()),
        _ => None,
    }
}

fn empty_value(kind: &str) -> Option<String> {
    if kind.ends_with("[]") {
        return Some("'{}'".to_owned());
    }
    let base = kind.split('(').next().unwrap_or(kind).trim();
    let value = match base {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "money" | "oid" | "regclass" => {
            "0"
        }
        "text" | "character varying" | "character" | "name" | "\"char\"" | "bytea" | "xml" | "tsvector" | "tsquery"
        | "bit varying" => "''",
        "boolean" => "false",
        "json" | "jsonb" => "'{}'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "inet" | "cidr" => "'0.0.0.0'",
        "point" => "'(0,0)'",
        "bit" => return Some(format!("0::{kind}")),
        _ if base.ends_with("multirange") => "'{}'",
        _ if base.ends_with("range") => "'empty'",
        _ if base == "date" || kind.starts_with("timestamp") => "'1970-01-01'",
        _ if kind.starts_with("interval") || kind.starts_with("time") => "'0:00'",
        _ => return None,
    };
    Some(value.to_owned())
}

/// How rows are converted: by a cast, through text where there may be none. None where the server's own way is the better one: a text
/// that is too long is an error then, and not cut.
pub(super) fn conversion(column: &str, from: &str, to: &str) -> Option<String> {
    match (family(from), family(to)) {
        (Family::Text, Family::Text) => None,
        (from, to_family) if has_cast(from, to_family) => Some(format!("{column}::{to}")),
        _ => Some(format!("{column}::text::{to}")),
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
    let of_numbers = |family| family == Integer || family == Number;
    from == Text
        || to == Text
        || of_numbers(from) && of_numbers(to)
        || matches!((from, to), (Boolean, Integer) | (Integer, Boolean))
        || from == to && from != Other
}

/// What becomes of the values of one type in another.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(super) enum CastFit {
    /// They stay what they are.
    Always,
    /// So they do, or the conversion fails.
    OrFails,
    /// Something of them may be lost.
    NotAlways,
}

pub(super) fn fit(from: &str, to: &str) -> CastFit {
    const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
    let integer = |kind: &str| INTEGERS.iter().position(|name| *name == kind);
    let or_fails = |fits: bool| if fits { CastFit::Always } else { CastFit::OrFails };
    match (from, to) {
        (_, "text" | "character varying")
        | ("boolean", "smallint" | "integer" | "bigint")
        | ("smallint" | "integer" | "bigint", "numeric")
        | ("smallint" | "integer" | "real", "double precision")
        | ("smallint", "real")
        | ("jsonb", "json") => CastFit::Always,
        ("date", _) if to.starts_with("timestamp") => CastFit::Always,
        ("text" | "character varying", "json") => CastFit::OrFails,
        _ => match (integer(from).zip(integer(to)), digits(from), digits(to)) {
            (Some((from, to)), ..) => or_fails(from <= to),
            (None, Some(_), None) if to == "numeric" => CastFit::Always,
            (None, None, Some(_)) if integer(from).is_some() => CastFit::OrFails,
            (None, Some((from, from_scale)), Some((to, to_scale))) if from_scale <= to_scale => {
                or_fails(from - from_scale <= to - to_scale)
            }
            _ => match (length(from), length(to)) {
                (Some(from), Some(to)) => or_fails(from <= to),
                (None, Some(_)) if matches!(from, "text" | "character varying") => CastFit::OrFails,
                _ => CastFit::NotAlways,
            },
        },
    }
}

/// Precision and scale of `numeric(p,s)`.
fn digits(kind: &str) -> Option<(i32, i32)> {
    let (precision, scale) = kind.strip_prefix("numeric(")?.strip_suffix(')')?.split_once(',')?;
    Some((precision.parse().ok()?, scale.parse().ok()?))
}

fn length(kind: &str) -> Option<u32> {
    kind.strip_prefix("character varying(")?.strip_suffix(')')?.parse().ok()
}

/// Whether it is text of any length.
pub(super) fn is_text(kind: &str) -> bool {
    family(kind) == Family::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_go_through_text_where_there_is_no_cast() {
        let through = |from, to| conversion("a", from, to);
        assert_eq!(through("integer", "numeric(10,2)").as_deref(), Some("a::numeric(10,2)"));
        assert_eq!(through("boolean", "bigint").as_deref(), Some("a::text::bigint"));
        assert_eq!(through("text[]", "integer[]").as_deref(), Some("a::text::integer[]"));
        assert_eq!(through("uuid", "text").as_deref(), Some("a::text"));
        assert_eq!(through("character varying(200)", "character varying(80)"), None);
    }

    #[test]
    fn what_fits_is_not_lost() {
        for (from, to) in [
            ("integer", "bigint"),
            ("jsonb", "text"),
            ("boolean", "integer"),
            ("numeric(8,2)", "numeric(10,3)"),
            ("numeric(8,2)", "numeric"),
            ("character varying(5)", "character varying(9)"),
            ("date", "timestamp with time zone"),
        ] {
            assert_eq!(fit(from, to), CastFit::Always, "{from} {to}");
        }
        for (from, to) in [
            ("bigint", "integer"),
            ("integer", "numeric(4,1)"),
            ("numeric(10,2)", "numeric(8,2)"),
            ("text", "character varying(5)"),
            ("character varying(9)", "character varying(5)"),
        ] {
            assert_eq!(fit(from, to), CastFit::OrFails, "{from} {to}");
        }
        for (from, to) in [
            ("numeric(14,4)", "numeric(10,2)"),
            ("numeric", "integer"),
            ("timestamp with time zone", "date"),
            ("text", "jsonb"),
            ("integer", "boolean"),
            ("double precision", "numeric(12,2)"),
        ] {
            assert_eq!(fit(from, to), CastFit::NotAlways, "{from} {to}");
        }
    }
}
