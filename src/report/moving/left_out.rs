//! Rows of a plan that are left out, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::rows_text;
use crate::transfer::LeftOutRows;

/// Rows that are left out by a value of a column.
#[derive(Debug, Serialize)]
pub(super) struct LeftOutRowsView {
    rule: &'static str,
    /// The time before which they are.
    limit: String,
    count: u64,
    /// The first of them, and its value.
    row: String,
    value: Option<String>,
}

impl LeftOutRowsView {
    pub(super) fn of(rows: &LeftOutRows, shows_values: bool) -> Self {
        Self {
            rule: rows.rule,
            limit: rows.limit.clone(),
            count: rows.count,
            row: rows.example.before.row.clone(),
            value: shows_values.then(|| rows.example.after.clone()),
        }
    }

    pub(super) fn write(&self, text: &mut String) {
        let Self { rule, limit, count, row, value } = self;
        let value = value.as_ref().map_or_else(String::new, |value| format!(": {value}"));
        let is = if *count == 1 { "is" } else { "are" };
        let _ = writeln!(
            text,
            "    {} from before {limit} {is} left out by the rule {rule}, such as {row}{value}",
            rows_text(*count)
        );
    }
}
