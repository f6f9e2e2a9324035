//! What the server says of the rows of a plan, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::rows_text;
use crate::report::Paint;
use crate::transfer::{BrokenConstraint, ComputedColumn, ComputedTrial, MovePlan, TableMove};

/// Rows that together do not keep a constraint of the target.
#[derive(Debug, Serialize)]
pub(super) struct ConstraintView {
    table: String,
    kind: &'static str,
    name: String,
    definition: String,
    /// None where the server says only that there is one.
    rows: Option<u64>,
    examples: Vec<ConstraintExample>,
    /// The server's words, where it does not name rows.
    cause: Option<String>,
}

#[derive(Debug, Serialize)]
struct ConstraintExample {
    rows: String,
    /// What they have in common, where values are to be shown and it is one column.
    value: Option<String>,
    count: u64,
}

impl ConstraintView {
    pub(super) fn of(broken: &BrokenConstraint, shows_values: bool) -> Self {
        let examples = broken.examples.iter().map(|example| ConstraintExample {
            rows: example.rows.clone(),
            value: example.value.clone().filter(|_| shows_values),
            count: example.count,
        });
        Self {
            table: broken.table.clone(),
            kind: broken.kind,
            name: broken.name.clone(),
            definition: broken.definition.clone(),
            rows: broken.rows,
            examples: examples.collect(),
            cause: broken.cause.clone().filter(|_| shows_values),
        }
    }

    pub(super) fn write(&self, text: &mut String, paint: Paint) {
        let one = if self.kind == "computed" { "it" } else { "a row" };
        let rows = self.rows.map_or_else(|| one.to_owned(), rows_text);
        let is_one = self.rows.is_none_or(|rows| rows == 1);
        let said = match (self.kind, is_one) {
            ("unique", true) => "is there more than once",
            ("unique", false) => "are there more than once",
            ("not-empty", true) => "is in the target already",
            ("not-empty", false) => "are in the target already",
            ("foreign-key", true) => "refers to what is not there",
            ("foreign-key", false) => "refer to what is not there",
            ("computed", _) => "cannot be computed",
            (_, true) => "does not keep it",
            (_, false) => "do not keep it",
        };
        let _ = writeln!(text, "\n{} {}.{}: {rows} {said}", paint.red("reject"), self.table, self.name);
        let _ = writeln!(text, "  {}", self.definition);
        for example in &self.examples {
            let value = example.value.as_ref().map_or_else(String::new, |value| format!("{value}: "));
            if !example.rows.is_empty() {
                let _ = writeln!(text, "  {value}{}, such as {}", rows_text(example.count), example.rows);
            }
        }
        if let Some(cause) = &self.cause {
            let _ = writeln!(text, "  {cause}");
        }
    }
}

/// A column that the server computes.
#[derive(Debug, Serialize)]
pub(super) struct ComputedView {
    table: String,
    column: String,
    expression: String,
    /// Whether `move verify` computes it again and compares; none where that was not tried, as of the rows.
    is_compared: Option<bool>,
    rows: Option<u64>,
    example: Option<ComputedExample>,
}

#[derive(Debug, Serialize)]
struct ComputedExample {
    row: String,
    /// None where values are not to be shown.
    becomes: Option<String>,
}

impl ComputedView {
    pub(super) fn of(computed: &ComputedTrial, shows_values: bool) -> Self {
        let example = |(row, value): &(String, String)| ComputedExample {
            row: row.clone(),
            becomes: shows_values.then(|| value.clone()),
        };
        Self {
            table: computed.table.clone(),
            column: computed.column.clone(),
            expression: computed.expression.clone(),
            is_compared: Some(computed.is_repeatable),
            rows: Some(computed.rows),
            example: computed.example.as_ref().map(example),
        }
    }

    /// Those of a plan that was made without a trial.
    pub(super) fn untried(plan: &MovePlan) -> Vec<Self> {
        let of_table = |table: &TableMove| -> Vec<Self> {
            let view = |column: &ComputedColumn| Self {
                table: table.name.clone(),
                column: column.target.clone(),
                expression: column.expression.clone(),
                is_compared: None,
                rows: None,
                example: None,
            };
            table.computed.iter().map(view).collect()
        };
        plan.tables.iter().flat_map(of_table).collect()
    }

    pub(super) fn is_of(&self, table: &str) -> bool {
        self.table == table
    }

    pub(super) fn write(&self, text: &mut String) {
        let example = match &self.example {
            Some(ComputedExample { row, becomes: Some(value) }) => format!(": {value} for {row}"),
            _ => String::new(),
        };
        let compared = match self.is_compared {
            Some(true) => "",
            Some(false) => "; `move verify` cannot compare it, since it may be another one each time",
            None => "; not tried",
        };
        let _ = writeln!(text, "  {} computed by PostgreSQL: {}{compared}", self.column, self.expression);
        if let Some(rows) = self.rows {
            let _ = writeln!(text, "    {rows} by the rule postgres{example}");
        }
    }
}
