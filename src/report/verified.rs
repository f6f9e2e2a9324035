//! How both sides of a move compare, as text, as Markdown, and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::{DatabaseView, Paint, duration};
use crate::sql::Dialect;
use crate::transfer::{ChangedColumn, DifferentRow, RowDifferences, VerifiedMove, VerifiedTable};

/// How both sides of a move compare.
#[derive(Debug, Serialize)]
pub(crate) struct VerifyDocument {
    source: DatabaseView,
    target: DatabaseView,
    /// Whether both are equal, and nothing around the rows is missing.
    is_equal: bool,
    tables: Vec<VerifiedTableView>,
    /// What is not as it is to be around the rows: one sentence each.
    structure: Vec<String>,
    /// Whether a side is followed: while it is the source, foreign keys and triggers are off, and sequences stand where they stood, until both sides are switched.
    is_followed: bool,
    /// `sqlite` or `postgres`: the side that is followed.
    followed: Option<&'static str>,
    /// Which rows were compared; null where all were.
    sample: Option<SampleView>,
    duration_ms: u64,
}

/// A sample of the rows.
#[derive(Debug, Serialize)]
struct SampleView {
    /// How many rows of each table, about: `1%`, `10000 rows of each table`.
    size: String,
    /// `--seed` with it compares the same rows again.
    seed: u64,
}

/// How a table is on both sides: `source_rows = equal rows + set_aside + left_out + missing + changed`.
#[derive(Debug, Serialize)]
struct VerifiedTableView {
    name: String,
    target: String,
    source_rows: u64,
    target_rows: u64,
    /// Rows of the source that have no place on the target.
    set_aside: u64,
    /// Rows of the source that a rule leaves out.
    left_out: u64,
    /// Rows that have NULL instead of a reference to what is not there; they are compared as they were.
    nulled: u64,
    /// Keys whose rows were changed since the target was level with the source, and are not compared.
    under_way: u64,
    /// Rows of the source that were compared; null where all were.
    sampled: Option<u64>,
    /// None where both sides are equal.
    differences: Option<DifferencesView>,
    /// Columns that the server has computed, and may compute otherwise each time.
    not_compared: Vec<String>,
}

#[derive(Debug, Serialize)]
struct DifferencesView {
    missing: u64,
    extra: u64,
    changed: u64,
    /// Whether there are more, which were not looked into.
    has_more: bool,
    examples: Vec<DifferentRowView>,
}

#[derive(Debug, Serialize)]
struct DifferentRowView {
    kind: &'static str,
    row: String,
    columns: Vec<ChangedColumnView>,
}

#[derive(Debug, Serialize)]
struct ChangedColumnView {
    name: String,
    /// None where values are not to be shown.
    source: Option<String>,
    target: Option<String>,
}

impl VerifyDocument {
    pub(crate) fn new(
        (source, target): (DatabaseView, DatabaseView),
        found: VerifiedMove,
        duration_ms: u64,
        shows_values: bool,
    ) -> Self {
        let VerifiedMove { tables, findings: structure, followed, sample } = found;
        let sample = sample.map(|sample| SampleView { size: sample.size.to_string(), seed: sample.seed });
        let is_equal = structure.is_empty() && tables.iter().all(|table| table.differences.is_none());
        let tables = tables.iter().map(|table| VerifiedTableView::of(table, shows_values)).collect();
        let (is_followed, followed) = (followed.is_some(), followed.map(Dialect::as_str));
        Self { source, target, is_equal, tables, structure, is_followed, followed, sample, duration_ms }
    }

    /// Whether PostgreSQL is the side that is written, and SQLite follows it.
    pub(crate) fn is_on_the_way_back(&self) -> bool {
        self.followed == Some(Dialect::Postgres.as_str())
    }

    /// How many tables differ, and how many findings there are around the rows.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.tables.iter().filter(|table| table.differences.is_some()).count(), self.structure.len())
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\nto {}\n", self.source.heading(paint), self.target.heading(paint));
        for table in &self.tables {
            table.write(&mut text, paint);
            for column in &table.not_compared {
                let _ = writeln!(text, "  {column} is not compared: the server may compute it otherwise each time");
            }
        }
        for finding in &self.structure {
            let _ = writeln!(text, "{}: {finding}", paint.red("differs"));
        }
        let under_way: u64 = self.tables.iter().map(|table| table.under_way).sum();
        if self.is_followed {
            let side = if self.is_on_the_way_back() { "the target" } else { "the source" };
            let _ = writeln!(
                text,
                "{side} is followed: {under_way} keys that were changed since the last round are not compared, nor foreign keys, triggers and sequences"
            );
        }
        let rows: u64 = self.tables.iter().map(|table| table.source_rows).sum();
        if let Some(sample) = &self.sample {
            let compared: u64 = self.tables.iter().map(|table| table.sampled.unwrap_or(table.source_rows)).sum();
            let verdict = if self.is_equal { "nothing differs in the sample" } else { "not equal" };
            let _ = writeln!(
                text,
                "{}: {compared} of {rows} rows of {} compared value by value, all of them counted, in {}",
                paint.bold(verdict),
                super::count(self.tables.len(), "table"),
                duration(self.duration_ms)
            );
            let _ = writeln!(
                text,
                "a sample ({}, --seed {}) says nothing of the other rows: `schemactl move verify` compares all",
                sample.size, sample.seed
            );
            return text;
        }
        let verdict = if self.is_equal { "equal" } else { "not equal" };
        let _ = writeln!(
            text,
            "{}: {rows} rows of {} compared value by value in {}",
            paint.bold(verdict),
            super::count(self.tables.len(), "table"),
            duration(self.duration_ms)
        );
        text
    }

    /// As Markdown, for a ticket.
    pub(crate) fn markdown(&self, made_at: &str) -> String {
        let verdict = match (self.is_equal, &self.sample) {
            (true, Some(_)) => "nothing differs in the sample",
            (true, None) => "equal",
            (false, _) => "**not equal**",
        };
        let sample = self.sample.as_ref().map_or_else(String::new, |sample| {
            let compared =
                self.tables.iter().filter_map(|table| Some(format!("{} {}", cell(&table.name), table.sampled?)));
            let compared = compared.collect::<Vec<_>>().join(", ");
            format!(
                "- a sample: {}, seed {}; rows compared: {compared}; all others are counted alone\n",
                sample.size, sample.seed
            )
        });
        let mut text = format!(
            "# Verification of a move\n\n- source: `{}`\n- target: `{}`\n- made at: {made_at}\n- verdict: {verdict}\n{sample}\n\
             | table | rows of the source | rows of the target | set aside | left out | made NULL | missing | extra | changed |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
            self.source.url, self.target.url
        );
        for table in &self.tables {
            let counts = table.differences.as_ref().map_or([0; 3], |found| [found.missing, found.extra, found.changed]);
            let more = if table.differences.as_ref().is_some_and(|found| found.has_more) { " at least" } else { "" };
            let [missing, extra, changed] = counts;
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {missing}{more} | {extra}{more} | {changed}{more} |",
                cell(&table.name),
                table.source_rows,
                table.target_rows,
                table.set_aside,
                table.left_out,
                table.nulled
            );
        }
        let differing = self.tables.iter().filter_map(|table| Some((table, table.differences.as_ref()?)));
        for (table, found) in differing {
            let _ = writeln!(text, "\n## {}\n\n| row | what | source | target |\n|---|---|---|---|", cell(&table.name));
            for row in &found.examples {
                row.write_cells(&mut text);
            }
        }
        let mut not_compared = self
            .tables
            .iter()
            .flat_map(|table| table.not_compared.iter().map(move |column| (&table.name, column)))
            .peekable();
        if not_compared.peek().is_some() {
            text.push_str("\n## Not compared\n\n");
            not_compared.for_each(|(table, column)| {
                let _ =
                    writeln!(text, "- {}.{}: the server may compute it otherwise each time", cell(table), cell(column));
            });
        }
        if !self.structure.is_empty() {
            text.push_str("\n## Around the rows\n\n");
            self.structure.iter().for_each(|finding| text += &format!("- {}\n", cell(finding)));
        }
        text
    }
}

/// A text in a cell of a table of Markdown.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('`', "\\`").replace('<', "&lt;").replace('\n', " ")
}

impl VerifiedTableView {
    fn of(table: &VerifiedTable, shows_values: bool) -> Self {
        Self {
            name: table.name.clone(),
            target: table.target.clone(),
            source_rows: table.source_rows,
            target_rows: table.target_rows,
            set_aside: table.set_aside,
            left_out: table.left_out,
            nulled: table.nulled,
            under_way: table.under_way,
            sampled: table.sampled,
            differences: table
                .differences
                .as_ref()
                .map(|found| DifferencesView::of((found, table.sampled.is_some()), shows_values)),
            not_compared: table.not_compared.clone(),
        }
    }

    fn write(&self, text: &mut String, paint: Paint) {
        let set_aside =
            if self.set_aside > 0 { format!(", {} of them without a place", self.set_aside) } else { String::new() };
        let left_out = if self.left_out > 0 { format!(", {} left out", self.left_out) } else { String::new() };
        let nulled =
            if self.nulled > 0 { format!(", {} with NULL by the rule orphan", self.nulled) } else { String::new() };
        let sampled = self.sampled.map_or_else(String::new, |rows| format!(", {rows} compared"));
        let counts = format!("{}{set_aside}{left_out}{nulled}{sampled}", super::moving::rows_text(self.source_rows));
        let Some(found) = &self.differences else {
            let _ = writeln!(text, "{} -> {}: {counts}, equal", self.name, self.target);
            return;
        };
        let at_least = match (self.sampled, found.has_more) {
            (Some(_), _) => " in the sample",
            (None, true) => " at least, and more that were not looked into",
            (None, false) => "",
        };
        let _ = writeln!(
            text,
            "{} -> {}: {counts}, {} in the target; {}: {} missing, {} extra, {} changed{at_least}",
            self.name,
            self.target,
            self.target_rows,
            paint.red("differs"),
            found.missing,
            found.extra,
            found.changed
        );
        for row in &found.examples {
            row.write(text);
        }
    }
}

impl DifferencesView {
    fn of((found, is_sample): (&RowDifferences, bool), shows_values: bool) -> Self {
        Self {
            missing: found.missing,
            extra: found.extra,
            changed: found.changed,
            has_more: is_sample || found.parts_left > 0,
            examples: found.examples.iter().map(|row| DifferentRowView::of(row, shows_values)).collect(),
        }
    }
}

impl DifferentRowView {
    fn of(row: &DifferentRow, shows_values: bool) -> Self {
        let column = |column: &ChangedColumn| ChangedColumnView {
            name: column.name.clone(),
            source: shows_values.then(|| column.source.clone()),
            target: shows_values.then(|| column.target.clone()),
        };
        let name = if shows_values { row.name.clone() } else { "not shown".to_owned() };
        Self { kind: row.kind, row: name, columns: row.columns.iter().map(column).collect() }
    }

    fn write(&self, text: &mut String) {
        let _ = writeln!(text, "  {} {}", self.kind, self.row);
        for ChangedColumnView { name, source, target } in &self.columns {
            let _ = match (source, target) {
                (Some(source), Some(target)) => {
                    writeln!(text, "    {name}: {source} in SQLite, {target} in PostgreSQL")
                }
                _ => writeln!(text, "    {name}"),
            };
        }
    }

    fn write_cells(&self, text: &mut String) {
        if self.columns.is_empty() {
            let _ = writeln!(text, "| {} | {} | | |", cell(&self.row), self.kind);
        }
        for column in &self.columns {
            let shown = |value: &Option<String>| value.as_deref().map(cell).unwrap_or_default();
            let (source, target) = (shown(&column.source), shown(&column.target));
            let _ =
                writeln!(text, "| {} | {} {} | {source} | {target} |", cell(&self.row), self.kind, cell(&column.name));
        }
    }
}
