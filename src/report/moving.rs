//! What `move plan` found, as text and as JSON.

mod estimate;
mod left_out;
mod server;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use self::estimate::EstimateView;
use self::left_out::{LeftOutRowsView, SettledView};
use self::server::{ComputedView, ConstraintView};
use super::{DatabaseView, Paint, count};
use crate::config::ConvertRule;
use crate::convert::{RuleValue, Way};
use crate::document::toml_string;
use crate::plural::count_of;
use crate::transfer::{
    ColumnTally, ConvertedExample, CopyEstimate, Example, MovePlan, Preflight, RefusedValues, TableTally, TrialVerdict,
};

/// What a move would do with each value.
#[derive(Debug, Serialize)]
pub(crate) struct MovePlanDocument {
    source: DatabaseView,
    target: DatabaseView,
    tables: Vec<MovedTableView>,
    /// Constraints that the rows together do not keep; none where that was not tried.
    constraints: Option<Vec<ConstraintView>>,
    /// Constraints that could not be tried, with why.
    untried: Vec<String>,
    /// Rows that rules settle, which would break a constraint otherwise; none where that was not tried.
    settled: Option<Vec<SettledView>>,
    /// Columns that the server computes, as it has tried them.
    computed: Vec<ComputedView>,
    /// Tables of the source that stay, as the map says.
    left: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// Rules that no value needed.
    unneeded: Vec<UnneededRule>,
    /// What a copy of the rows that have a place would cost.
    estimate: EstimateView,
}

/// What becomes of a table.
#[derive(Debug, Serialize)]
struct MovedTableView {
    name: String,
    target: String,
    rows: u64,
    refused_rows: u64,
    /// Rows that are left out, whose values are not looked at besides.
    left_out_rows: u64,
    columns: Vec<MovedColumnView>,
}

/// What becomes of a column's values: `same + exact + by_rule + refused` are the rows that are not left out.
#[derive(Debug, Serialize)]
struct MovedColumnView {
    name: String,
    target: String,
    #[serde(rename = "type")]
    datatype: String,
    same: u64,
    exact: u64,
    by_rule: u64,
    refused: u64,
    /// How many values took each way.
    ways: Vec<WayCount>,
    findings: Vec<RefusedView>,
    /// Rows that are left out by its value; none where no rule leaves one out.
    left_out: Option<LeftOutRowsView>,
}

#[derive(Debug, Serialize)]
struct WayCount {
    name: &'static str,
    is_rule: bool,
    count: u64,
    example: ExampleView,
    /// What the value of the example becomes; none where values are not to be shown.
    becomes: Option<String>,
}

/// Values that have no place as they stand.
#[derive(Debug, Serialize)]
struct RefusedView {
    kind: &'static str,
    /// `ask` or `reject`.
    verdict: &'static str,
    reason: String,
    /// The rule that would settle it, as TOML.
    rule: Option<String>,
    count: u64,
    examples: Vec<ExampleView>,
}

#[derive(Debug, Serialize)]
struct ExampleView {
    row: String,
    class: &'static str,
    /// None where values are not to be shown.
    value: Option<String>,
}

/// A rule of a line of `[map.convert]` that no value of any column needed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct UnneededRule {
    /// Where it stands: `schema.toml:12:3`.
    place: String,
    rule: String,
}

impl ExampleView {
    fn of(example: &Example, shows_values: bool) -> Self {
        let value = shows_values.then(|| example.value.clone());
        Self { row: example.row.clone(), class: example.class, value }
    }
}

impl UnneededRule {
    fn all(preflight: &Preflight, verdict: Option<&TrialVerdict>) -> Vec<Self> {
        let mut needed: BTreeMap<Self, bool> = BTreeMap::new();
        let columns = preflight.tables.iter().flat_map(|table| &table.columns);
        // One that is off takes another one back, and is needed for that.
        let is_on = |(rule, _): &(&ConvertRule, bool)| rule.value != RuleValue::Boolean(false);
        // Whether a rule about constraints is needed, the server alone knows.
        let has_settled = |rule: &ConvertRule| {
            verdict.is_none_or(|verdict| {
                verdict.settled.iter().any(|settled| settled.count > 0 && settled.rules.contains(rule))
            })
        };
        for (rule, is_needed) in columns.flat_map(ColumnTally::rules).filter(is_on) {
            let is_needed = is_needed || rule.name == "orphan" && has_settled(rule);
            let rule = Self { place: rule.place.to_string(), rule: rule.name.clone() };
            *needed.entry(rule).or_default() |= is_needed;
        }
        for settled in verdict.iter().flat_map(|verdict| &verdict.settled) {
            if let Some(place) = &settled.place {
                let rule = Self { place: place.to_string(), rule: settled.name.clone() };
                needed.insert(rule, settled.count > 0);
            }
        }
        needed.into_iter().filter(|(_, is_needed)| !is_needed).map(|(rule, _)| rule).collect()
    }
}

impl MovePlanDocument {
    /// Of the source and the target; what is moved; what its values are, and what the server says of the rows, where it was asked.
    pub(crate) fn new(
        (source, target): (DatabaseView, DatabaseView),
        plan: &MovePlan,
        (preflight, verdict): (&Preflight, Option<&TrialVerdict>),
        shows_values: bool,
    ) -> Self {
        Self {
            source,
            target,
            tables: preflight.tables.iter().map(|table| MovedTableView::of(table, shows_values)).collect(),
            constraints: verdict
                .map(|verdict| verdict.broken.iter().map(|broken| ConstraintView::of(broken, shows_values)).collect()),
            settled: verdict
                .map(|verdict| verdict.settled.iter().map(|settled| SettledView::of(settled, shows_values)).collect()),
            untried: verdict.map(|verdict| verdict.untried.clone()).unwrap_or_default(),
            computed: verdict.map_or_else(
                || ComputedView::untried(plan),
                |verdict| verdict.computed.iter().map(|computed| ComputedView::of(computed, shows_values)).collect(),
            ),
            left: plan.left.clone(),
            notes: Vec::new(),
            unneeded: UnneededRule::all(preflight, verdict),
            estimate: EstimateView::of(&CopyEstimate::of(preflight, verdict)),
        }
    }

    /// As a person reads it.
    pub(crate) fn text(&self, paint: Paint) -> String {
        let mut text = format!("{}\nto {}\n", self.source.heading(paint), self.target.heading(paint));
        for note in &self.notes {
            let _ = writeln!(text, "{note}");
        }
        for table in &self.tables {
            table.write(&mut text, paint);
            let settled = self.settled.iter().flatten().filter(|settled| settled.is_of(&table.name));
            settled.for_each(|settled| settled.write(&mut text));
            self.computed
                .iter()
                .filter(|computed| computed.is_of(&table.name))
                .for_each(|computed| computed.write(&mut text));
        }
        match &self.constraints {
            Some(broken) => {
                broken.iter().for_each(|broken| broken.write(&mut text, paint));
                if self.tables.iter().any(|table| table.refused_rows > 0) {
                    text.push_str(
                        "\nthe constraints were asked of the rows whose values have a place: what refers to one of the others \
                         counts as referring to nothing\n",
                    );
                }
            }
            None => text.push_str("\nwhether the rows keep the constraints of the target was not tried\n"),
        }
        for untried in &self.untried {
            let _ = writeln!(text, "\nnot tried: {untried}");
        }
        if !self.left.is_empty() {
            let _ = writeln!(text, "\nnot moved, as the map says: {}", self.left.join(", "));
        }
        for rule in &self.unneeded {
            let _ =
                writeln!(text, "\n{} no value needs the rule `{}` at {}", paint.cyan("note:"), rule.rule, rule.place);
        }
        self.write_rules(&mut text);
        self.estimate.write(&mut text);
        let rows: u64 = self.tables.iter().map(|table| table.rows).sum();
        let _ =
            write!(text, "\n{} of {} read; nothing was written", rows_text(rows), count(self.tables.len(), "table"));
        text
    }

    /// The rules that would settle what a rule can settle, ready to be pasted.
    fn write_rules(&self, text: &mut String) {
        let mut lines: Vec<String> = Vec::new();
        for table in &self.tables {
            for column in &table.columns {
                let rules: Vec<&str> = column
                    .findings
                    .iter()
                    .filter(|finding| finding.verdict == "ask")
                    .filter_map(|finding| finding.rule.as_deref())
                    .collect();
                let rules = merged(&rules);
                if !rules.is_empty() {
                    lines.push(format!(
                        "{}.{} = {{ {} }}",
                        toml_key(&table.name),
                        toml_key(&column.name),
                        rules.join(", ")
                    ));
                }
            }
        }
        if !lines.is_empty() {
            let _ = writeln!(
                text,
                "\nrules that would settle what is asked, for [map.convert]; each says what a value means:\n"
            );
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
}

pub(in crate::report) fn rows_text(rows: u64) -> String {
    count_of(rows, "row")
}

/// Rules of one column, each name once: of several forms a list, of several units the one that tells them apart.
fn merged(rules: &[&str]) -> Vec<String> {
    let mut merged: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in rules.iter().filter_map(|rule| rule.split_once(" = ")) {
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) if values.contains(&value) => {}
            Some((_, values)) => values.push(value),
            None => merged.push((name, vec![value])),
        }
    }
    let line = |(name, values): (&str, Vec<&str>)| match (name, &values[..]) {
        (_, [only]) => format!("{name} = {only}"),
        ("json" | "uuid", all) => format!("{name} = [{}]", all.join(", ")),
        ("time", _) => "time = \"by size\"".to_owned(),
        (_, all) => format!("{name} = {}", all[0]),
    };
    merged.into_iter().map(line).collect()
}

/// A key of TOML: bare where it may be.
fn toml_key(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if is_bare { name.to_owned() } else { toml_string(name) }
}

impl MovedTableView {
    fn of(table: &TableTally, shows_values: bool) -> Self {
        Self {
            name: table.name.clone(),
            target: table.target.clone(),
            rows: table.rows,
            refused_rows: table.refused_rows,
            left_out_rows: table.left_out_rows,
            columns: table.columns.iter().map(|column| MovedColumnView::of(column, shows_values)).collect(),
        }
    }

    fn write(&self, text: &mut String, paint: Paint) {
        let refused = if self.refused_rows == 0 { String::new() } else { format!(", {} refused", self.refused_rows) };
        let left = if self.left_out_rows == 0 { String::new() } else { format!(", {} left out", self.left_out_rows) };
        let (name, rows) = (paint.bold(&self.name), rows_text(self.rows));
        let _ = writeln!(text, "\n{name} -> {}: {rows}{left}{refused}", self.target);
        let is_told =
            |column: &&MovedColumnView| column.exact + column.by_rule + column.refused > 0 || column.left_out.is_some();
        for column in self.columns.iter().filter(is_told) {
            column.write(text, paint);
        }
    }
}

impl MovedColumnView {
    fn of(column: &ColumnTally, shows_values: bool) -> Self {
        let of_way = |(way, count, example): (Way, u64, &ConvertedExample)| WayCount {
            name: way.name(),
            is_rule: way.is_rule(),
            count,
            example: ExampleView::of(&example.before, shows_values),
            becomes: shows_values.then(|| example.after.clone()),
        };
        Self {
            name: column.name.clone(),
            target: column.target.clone(),
            datatype: column.datatype.clone(),
            same: column.same,
            exact: column.exact(),
            by_rule: column.by_rule(),
            refused: column.refused(),
            ways: column.by_way().into_iter().map(of_way).collect(),
            findings: column.findings().iter().map(|finding| RefusedView::of(finding, shows_values)).collect(),
            left_out: column.left_out.as_ref().map(|rows| LeftOutRowsView::of(rows, shows_values)),
        }
    }

    fn write(&self, text: &mut String, paint: Paint) {
        let _ = writeln!(text, "  {} {}: {} the same", self.name, self.datatype, self.same);
        for way in &self.ways {
            let by = if way.is_rule { "by the rule" } else { "exact," };
            let example = match (&way.example.value, &way.becomes) {
                (Some(before), Some(after)) => format!(": {before} becomes {after}"),
                _ => String::new(),
            };
            let _ = writeln!(text, "    {} {by} {}{example}", way.count, way.name);
        }
        if let Some(left_out) = &self.left_out {
            left_out.write(text);
        }
        for finding in &self.findings {
            finding.write(text, paint);
        }
    }
}

impl RefusedView {
    fn of(finding: &RefusedValues, shows_values: bool) -> Self {
        let settlement = finding.reason.settlement();
        Self {
            kind: finding.reason.name(),
            verdict: settlement.word(),
            reason: if shows_values { finding.reason.to_string() } else { finding.reason.in_general() },
            rule: settlement.rule().filter(|_| shows_values || !finding.reason.quotes()).map(str::to_owned),
            count: finding.count,
            examples: finding.examples.iter().map(|example| ExampleView::of(example, shows_values)).collect(),
        }
    }

    fn write(&self, text: &mut String, paint: Paint) {
        let verdict = if self.verdict == "ask" { paint.cyan("ask") } else { paint.red("reject") };
        let _ = writeln!(text, "    {verdict} {}: {}", self.count, self.reason);
        for example in &self.examples {
            let value = example.value.as_ref().map_or_else(String::new, |value| format!(" {value}"));
            let _ = writeln!(text, "      {}: {}{value}", example.row, example.class);
        }
        let more = self.count.saturating_sub(self.examples.len() as u64);
        if more > 0 {
            let _ = writeln!(text, "      and {more} more");
        }
        if let Some(rule) = &self.rule {
            let _ = writeln!(text, "      rule: {rule}");
        }
    }
}
