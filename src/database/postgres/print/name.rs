//! Names as a person writes them: quoted where they must be.

use crate::catalog::{Kind, Object};
use crate::sql::Ident;

/// Words that PostgreSQL 14 to 18 do not take as a column's or a table's name, or not everywhere.
///
/// <https://www.postgresql.org/docs/18/sql-keywords-appendix.html>
const KEYWORDS: &str = " all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both \
     case cast char character check coalesce collate collation column concurrently constraint create cross current_catalog \
     current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc \
     distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group grouping \
     having ilike in initially inner inout int integer intersect interval into is isnull join json json_array json_arrayagg \
     json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least \
     left like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric \
     offset on only or order out outer overlaps overlay placing position precision primary real references returning right row \
     select session_user setof similar smallint some substring symmetric system_user table tablesample then time timestamp to \
     trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes \
     xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable ";

pub(crate) fn ident(name: &str) -> String {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| first.is_ascii_lowercase() || first == '_')
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
        && !KEYWORDS.contains(&format!(" {name} "));
    if plain { name.to_owned() } else { Ident(name).to_string() }
}

/// A text value. Where no backslash is in it, a plain literal reads the same everywhere.
pub(crate) fn literal(text: &str) -> String {
    if text.contains('\\') {
        crate::sql::Literal(Some(text)).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

fn dotted(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| ident(name), |schema| format!("{}.{}", ident(schema), ident(name)))
}

/// The name of an object as SQL has it; of a function with the types of its arguments.
pub(crate) fn full(object: &Object) -> String {
    let schema = object.name.schema.as_deref();
    match object.kind() {
        Kind::Function | Kind::Procedure => {
            format!("{}({})", dotted(schema, base(object)), arguments(object))
        }
        Kind::Aggregate => {
            let arguments = arguments(object);
            format!("{}({})", dotted(schema, base(object)), if arguments.is_empty() { "*" } else { arguments })
        }
        _ => dotted(schema, &object.name.name),
    }
}

/// The types of the arguments of a function; none of what is none, and of one of which they are not recorded.
fn known_arguments(object: &Object) -> Option<&str> {
    object.body.function()?.arguments.as_deref()
}

fn arguments(object: &Object) -> &str {
    known_arguments(object).unwrap_or_default()
}

/// What has no kind of its own, as SQL names it with its kind.
pub(crate) fn signature(object: &Object) -> &str {
    object.body.other().and_then(|other| other.signature.as_deref()).unwrap_or_default()
}

/// The name alone: of a function, without its arguments.
pub(crate) fn base(object: &Object) -> &str {
    let name = object.name.name.as_str();
    match known_arguments(object) {
        Some(arguments) => name.strip_suffix(&format!("({arguments})")).unwrap_or(name),
        None => name,
    }
}

/// The name of what a part belongs to.
pub(crate) fn owner(object: &Object) -> String {
    dotted(object.name.schema.as_deref(), object.name.owner.as_deref().unwrap_or_default())
}

/// What SQL calls this kind, after ALTER, DROP and COMMENT ON.
pub(crate) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Schema => "SCHEMA",
        Kind::Extension => "EXTENSION",
        Kind::EnumType | Kind::CompositeType | Kind::RangeType => "TYPE",
        Kind::Domain => "DOMAIN",
        Kind::Sequence => "SEQUENCE",
        Kind::Function => "FUNCTION",
        Kind::Procedure => "PROCEDURE",
        Kind::Aggregate => "AGGREGATE",
        Kind::ForeignTable => "FOREIGN TABLE",
        Kind::Column => "COLUMN",
        Kind::Index => "INDEX",
        Kind::Constraint => "CONSTRAINT",
        Kind::Statistics => "STATISTICS",
        Kind::View => "VIEW",
        Kind::MaterializedView => "MATERIALIZED VIEW",
        Kind::Rule => "RULE",
        Kind::Trigger => "TRIGGER",
        Kind::EventTrigger => "EVENT TRIGGER",
        Kind::Policy => "POLICY",
        _ => "TABLE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_where_it_must_be() {
        assert_eq!(ident("users"), "users");
        assert_eq!(ident("order"), "\"order\"");
        assert_eq!(ident("Users"), "\"Users\"");
        assert_eq!(ident("größe"), "\"größe\"");
        assert_eq!(ident("1st"), "\"1st\"");
        assert_eq!(ident("a\"b c"), "\"a\"\"b c\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b"), "E'a\\\\b'");
    }
}
