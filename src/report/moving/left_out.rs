//! Rows of a plan that are left out, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::rows_text;
use crate::transfer::{LeftOutRows, SettledRows};

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

/// Rows that a rule settles, which would break a constraint otherwise.
#[derive(Debug, Serialize)]
pub(super) struct SettledView {
    table: String,
    rule: &'static str,
    /// `left out` or `made NULL`.
    outcome: &'static str,
    constraint: String,
    count: u64,
    /// The first of them, and what it has there, where that is one value.
    row: Option<String>,
    value: Option<String>,
}

impl SettledView {
    pub(super) fn of(settled: &SettledRows, shows_values: bool) -> Self {
        let example = settled.example.as_ref();
        Self {
            table: settled.table.clone(),
            rule: settled.rule,
            outcome: settled.outcome,
            constraint: settled.name.clone(),
            count: settled.count,
            row: example.map(|example| example.rows.clone()),
            value: example.and_then(|example| example.value.clone()).filter(|_| shows_values),
        }
    }

    pub(super) fn is_of(&self, table: &str) -> bool {
        self.table == table && self.count > 0
    }

    pub(super) fn write(&self, text: &mut String) {
        let Self { rule, outcome, constraint, count, row, value, .. } = self;
        let value = value.as_ref().map_or_else(String::new, |value| format!(": {value}"));
        let row = row.as_ref().map_or_else(String::new, |row| format!(", such as {row}"));
        let what = match (*outcome, *count) {
            ("made NULL", 1) => "1 reference is made NULL".to_owned(),
            ("made NULL", count) => format!("{count} references are made NULL"),
            (_, 1) => "1 row is left out".to_owned(),
            (_, count) => format!("{} are left out", rows_text(count)),
        };
        let _ = writeln!(text, "  {constraint}: {what} by the rule {rule}{row}{value}");
    }
}
