//! The queries of the inspection, each for what has a name that a script has: the others of a large database are not read.

use std::collections::BTreeSet;

use super::{
    column, constraint, enum_type, event_trigger, function, index, other, policy, schema, sequence, statistics, table,
    trigger, types, view,
};
use crate::sql::Literal;

/// Notes the schemas of the search path, before that is set aside.
pub(super) const PATH: &str = "SELECT set_config('schemactl.schemas', current_schemas(false)::text, true) AS schemas";

/// By which name an object is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NamedBy {
    Its,
    /// That of the table or type that it belongs to.
    Owner,
    /// Without its arguments.
    Routine,
    /// An identity of several words has it.
    Part,
}

/// The queries, each for what has one of these names.
pub(super) fn queries(names: &BTreeSet<String>) -> Vec<String> {
    let list: Vec<String> = names.iter().map(|name| Literal(Some(name)).to_string()).collect();
    let list = format!("ARRAY[{}]::text[]", list.join(", "));
    let all = [
        (NamedBy::Its, schema::schemas()),
        (NamedBy::Its, schema::extensions()),
        (NamedBy::Its, enum_type::types()),
        (NamedBy::Owner, enum_type::labels()),
        (NamedBy::Its, types::composites()),
        (NamedBy::Its, types::ranges()),
        (NamedBy::Its, types::domains()),
        (NamedBy::Its, sequence::sequences()),
        (NamedBy::Its, table::tables()),
        // Their places are of no interest, and counting them reads those of every table.
        (NamedBy::Owner, column::columns().replace(column::PLACE, "a.attnum")),
        (NamedBy::Owner, constraint::constraints()),
        (NamedBy::Its, index::indexes()),
        (NamedBy::Its, statistics::statistics()),
        (NamedBy::Its, view::views()),
        (NamedBy::Owner, view::rules()),
        (NamedBy::Routine, function::functions()),
        (NamedBy::Owner, trigger::triggers()),
        (NamedBy::Its, event_trigger::event_triggers()),
        (NamedBy::Owner, policy::policies()),
    ];
    // Others are rare, and reading them all takes longer than reading the rest by name.
    let others = OTHERS.iter().any(|word| names.contains(*word)).then(|| (NamedBy::Part, other::others()));
    all.into_iter().chain(others).map(|(by, query)| filtered(by, &query, &list)).collect()
}

/// Words without which no statement makes or drops what the query for others reads.
const OTHERS: [&str; 12] = [
    "operator",
    "cast",
    "collation",
    "conversion",
    "search",
    "language",
    "wrapper",
    "server",
    "mapping",
    "transform",
    "publication",
    "access",
];

fn filtered(by: NamedBy, query: &str, names: &str) -> String {
    let name = match by {
        NamedBy::Its => format!("q.name::text = ANY ({names})"),
        NamedBy::Owner => format!("q.owner_name::text = ANY ({names})"),
        NamedBy::Routine => format!("split_part(q.name::text, '(', 1) = ANY ({names})"),
        NamedBy::Part => format!("EXISTS (SELECT FROM unnest({names}) w WHERE strpos(q.name::text, w) > 0)"),
    };
    let schema = if query.contains("AS schema") {
        format!(
            "(q.schema IS NULL OR q.schema::text = ANY ({names}) \
             OR q.schema = ANY (current_setting('schemactl.schemas')::name[]))"
        )
    } else {
        "true".to_owned()
    };
    format!("SELECT * FROM ({query}) q WHERE {name} AND {schema}")
}
