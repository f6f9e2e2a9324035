//! One thing that a statement does to data, or to the names under which data stands.

use std::borrow::Cow;

use super::copy::Copy;
use super::declared::DeclaredColumn;
use crate::sql::Name;
use crate::sql::risk::Taken;

/// One thing that a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sql) enum Deed<'a> {
    DropsTable {
        table: Name<'a>,
    },
    /// TRUNCATE.
    EmptiesTable {
        table: Name<'a>,
    },
    DropsColumn {
        table: Name<'a>,
        column: Cow<'a, str>,
    },
    /// Any ALTER TABLE, besides what it does.
    AltersTable {
        table: Name<'a>,
    },
    MakesTable {
        table: Name<'a>,
        if_not_exists: bool,
        /// As it declares them; none where that is not plain to see.
        columns: Vec<DeclaredColumn<'a>>,
    },
    AddsColumn {
        table: Name<'a>,
        column: Cow<'a, str>,
        /// What stands after DEFAULT.
        default: Option<&'a str>,
    },
    /// Also by SET SCHEMA.
    RenamesTable {
        from: Name<'a>,
        to: Name<'a>,
    },
    RenamesColumn {
        table: Name<'a>,
        from: Cow<'a, str>,
        to: Cow<'a, str>,
    },
    RenamesSchema {
        from: Cow<'a, str>,
        to: Cow<'a, str>,
    },
    /// Every row of one table is written into another, as it is.
    Copies(Copy<'a>),
    /// Rows are deleted; which, where a plain condition says so.
    Deletes {
        table: Name<'a>,
        taken: Option<Taken>,
    },
    /// Rows get other values in these columns, or in any where none is named.
    Changes {
        table: Name<'a>,
        columns: Vec<String>,
        taken: Option<Taken>,
    },
    /// A column's values become another type's.
    Converts {
        table: Name<'a>,
        column: Cow<'a, str>,
        to: &'a str,
        using: Option<&'a str>,
    },
    /// From here on something else may happen when rows are written into the table: a trigger, a rule.
    Guards {
        table: Name<'a>,
    },
    /// SET search_path: what has no schema is looked for in these.
    LooksIn {
        schemas: Vec<Cow<'a, str>>,
    },
    /// Data is lost that the text does not name: one sentence.
    Loses {
        what: String,
    },
    /// What it does is not in its text: one sentence.
    Hides {
        what: String,
    },
}

impl Deed<'_> {
    /// Part of a statement that cannot be read: it may do anything.
    pub(super) fn unread(what: &str) -> Self {
        Self::Hides { what: format!("what {what} does cannot be read from its text") }
    }

    /// The tables that are not any more what they were, or do not hold what they did.
    pub(in crate::sql) fn touches(&self) -> Vec<&Name<'_>> {
        match self {
            Self::DropsTable { table }
            | Self::EmptiesTable { table }
            | Self::DropsColumn { table, .. }
            | Self::RenamesColumn { table, .. }
            | Self::Deletes { table, .. }
            | Self::Changes { table, .. }
            | Self::Converts { table, .. } => vec![table],
            Self::RenamesTable { from, to } => vec![from, to],
            Self::Copies(copy) => vec![&copy.into],
            Self::AltersTable { .. }
            | Self::MakesTable { .. }
            | Self::AddsColumn { .. }
            | Self::RenamesSchema { .. }
            | Self::Guards { .. }
            | Self::LooksIn { .. }
            | Self::Loses { .. }
            | Self::Hides { .. } => Vec::new(),
        }
    }
}
