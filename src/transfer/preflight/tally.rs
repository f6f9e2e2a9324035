//! How many values of a column went which way.

use std::collections::BTreeMap;

use super::{ConvertedExample, Example, RefusedValues};
use crate::config::ConvertRule;
use crate::convert::{Reason, Way, Ways};
use crate::transfer::TableMove;

/// What became of a table's rows.
#[derive(Debug)]
pub(crate) struct TableTally {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) rows: u64,
    /// Rows of which a value was refused.
    pub(crate) refused_rows: u64,
    /// In the order of [`TableMove::columns`].
    pub(crate) columns: Vec<ColumnTally>,
}

/// What became of a column's values. `same + exact + by_rule + refused` are all that were read.
#[derive(Debug, Default)]
pub(crate) struct ColumnTally {
    pub(crate) name: String,
    pub(crate) target: String,
    /// The type on PostgreSQL.
    pub(crate) datatype: String,
    pub(crate) same: u64,
    /// How many values took these ways together, and the first of them.
    ways: BTreeMap<Ways, (u64, ConvertedExample)>,
    findings: Vec<RefusedValues>,
    /// The rules that are set for it.
    rules: Vec<ConvertRule>,
}

impl TableTally {
    pub(super) fn of(table: &TableMove) -> Self {
        let column = |column: &crate::transfer::ColumnMove| ColumnTally {
            name: column.name.clone(),
            target: column.target.clone(),
            datatype: column.rule.target.to_string(),
            rules: column.given.clone(),
            ..ColumnTally::default()
        };
        Self {
            name: table.name.clone(),
            target: table.target.plain(),
            rows: 0,
            refused_rows: 0,
            columns: table.columns.iter().map(column).collect(),
        }
    }
}

impl ColumnTally {
    pub(super) fn add(&mut self, ways: Ways, example: impl FnOnce() -> ConvertedExample) {
        if ways.is_empty() {
            self.same += 1;
        } else {
            self.ways.entry(ways).or_insert_with(|| (0, example())).0 += 1;
        }
    }

    pub(super) fn refuse(&mut self, reason: Reason, most: usize, example: impl FnOnce() -> Example) {
        let name = reason.name();
        let at = self.findings.iter().position(|known| known.reason.name() == name).unwrap_or_else(|| {
            self.findings.push(RefusedValues::new(reason));
            self.findings.len() - 1
        });
        let finding = &mut self.findings[at];
        finding.count += 1;
        if finding.examples.len() < most {
            finding.examples.push(example());
        }
    }

    /// Values that were converted exactly, without a rule.
    pub(crate) fn exact(&self) -> u64 {
        self.ways.iter().filter(|(ways, _)| !ways.has_rule()).map(|(_, (count, _))| count).sum()
    }

    /// Values that a rule made what they are.
    pub(crate) fn by_rule(&self) -> u64 {
        self.ways.iter().filter(|(ways, _)| ways.has_rule()).map(|(_, (count, _))| count).sum()
    }

    pub(crate) fn refused(&self) -> u64 {
        self.findings.iter().map(|finding| finding.count).sum()
    }

    /// How many values took each way, and the first of them. One that took several counts for each.
    pub(crate) fn by_way(&self) -> Vec<(Way, u64, &ConvertedExample)> {
        let of_way = |way: &Way| {
            let mut taken = self.ways.iter().filter(|(ways, _)| ways.has(*way)).map(|(_, taken)| taken).peekable();
            let (_, example) = taken.peek()?;
            Some((*way, taken.map(|(count, _)| count).sum(), example))
        };
        Way::ALL.iter().filter_map(of_way).collect()
    }

    pub(crate) fn findings(&self) -> &[RefusedValues] {
        &self.findings
    }

    /// The rules that are set for it, each with whether a value needed it.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&ConvertRule, bool)> {
        let needed = self.by_way();
        let is_needed =
            move |rule: &ConvertRule| needed.iter().any(|(way, ..)| way.is_rule() && way.name() == rule.name);
        self.rules.iter().map(move |rule| (rule, is_needed(rule)))
    }
}
