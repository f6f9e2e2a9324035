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
enum By {
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
        (By::Its, schema::schemas()),
        (By::Its, schema::extensions()),
        (By::Its, enum_type::types()),
        (By::Owner, enum_type::labels()),
        (By::Its, types::composites()),
        (By::Its, types::ranges()),
        (By::Its, types::domains()),
        (By::Its, sequence::sequences()),
        (By::Its, table::tables()),
        // Their places are of no interest, and counting them reads those of every table.
        (By::Owner, column::columns().replace(column::PLACE, "a.attnum")),
        (By::Owner, constraint::constraints()),
        (By::Its, index::indexes()),
        (By::Its, statistics::statistics()),
        (By::Its, view::views()),
        (By::Owner, view::rules()),
        (By::Routine, function::functions()),
        (By::Owner, trigger::triggers()),
        (By::Its, event_trigger::event_triggers()),
        (By::Owner, policy::policies()),
    ];
    // Others are rare, and reading them all takes longer than reading the rest by name.
    let others = OTHERS.iter().any(|word| names.contains(*word)).then(|| (By::Part, other::others()));
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

fn filtered(by: By, query: &str, names: &str) -> String {
    let name = match by {
        By::Its => format!("q.name::text = ANY ({names})"),
        By::Owner => format!("q.owner_name::text = ANY ({names})"),
        By::Routine => format!("split_part(q.name::text, '(', 1) = ANY ({names})"),
        By::Part => format!("EXISTS (SELECT FROM unnest({names}) w WHERE strpos(q.name::text, w) > 0)"),
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
