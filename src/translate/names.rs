//! Names as PostgreSQL has them: what is not quoted is in lower case, none is longer than 63 bytes, and some are quoted.

use std::collections::BTreeSet;

use crate::sql::{Ident, Plain};

/// The longest name: NAMEDATALEN is 64, of which one byte ends it.
const LONGEST: usize = 63;

/// Columns that every table has (PostgreSQL 15, 5.5 "System Columns").
const SYSTEM: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// The words that cannot be the name of a table or column without quotes, from 14 to 18 (PostgreSQL 18, Appendix C: reserved, and reserved but
/// for functions and types).
pub(super) const RESERVED: [&str; 101] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

/// A name as SQL has it: quoted where it must be.
pub(super) fn sql_name(name: &str) -> String {
    if RESERVED.contains(&name) { Ident(name).to_string() } else { Plain(name).to_string() }
}

/// What a name becomes: that of the same text on PostgreSQL, where it can be one.
pub(super) fn folded(name: &str, is_quoted: bool) -> String {
    let folded = if is_quoted { name.to_owned() } else { name.to_ascii_lowercase() };
    let folded = cut(&folded, LONGEST).to_owned();
    if folded.is_empty() { "unnamed".to_owned() } else { folded }
}

/// Names of which none may be there twice.
#[derive(Debug, Clone, Default)]
pub(super) struct TakenNames(BTreeSet<String>);

impl TakenNames {
    /// Those of columns.
    pub(super) fn of_columns() -> Self {
        Self(SYSTEM.iter().map(|name| (*name).to_owned()).collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Takes a name, or one like it that is free.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let mut name = cut(wanted, LONGEST).to_owned();
        let mut number = 1;
        while !self.0.insert(name.clone()) {
            number += 1;
            let suffix = format!("_{number}");
            name = format!("{}{suffix}", cut(wanted, LONGEST - suffix.len()));
        }
        name
    }
}

/// The beginning of a text, of at most so many bytes.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_what_postgresql_makes_of_them() {
        assert_eq!(
            (folded("CustomerId", false), folded("CustomerId", true)),
            ("customerid".into(), "CustomerId".into())
        );
        assert_eq!((sql_name("order"), sql_name("Order Details")), ("\"order\"".into(), "\"Order Details\"".into()));
        let long = "ä".repeat(40);
        assert_eq!(folded(&long, false).len(), 62);
        let mut taken = TakenNames::default();
        assert_eq!((taken.take(&long), taken.take(&long)), ("ä".repeat(31), format!("{}_2", "ä".repeat(30))));
        assert_eq!(TakenNames::of_columns().take("xmin"), "xmin_2");
    }
}
