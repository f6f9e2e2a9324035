//! How many values of a column went which way.

use std::collections::BTreeMap;

use super::{ConvertedExample, Example, RefusedValues};
use crate::config::ConvertRule;
use crate::convert::{Reason, RowAge, Shown, TargetType, TargetValue, Way, Ways};
use crate::transfer::TableMove;

/// What became of a table's rows.
#[derive(Debug)]
pub(crate) struct TableTally {
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) rows: u64,
    /// Rows of which a value was refused.
    pub(crate) refused_rows: u64,
    /// Rows that are left out, whose values are not looked at besides.
    pub(crate) left_out_rows: u64,
    /// The bytes of those that have a place, in the binary form of COPY.
    pub(crate) bytes: u64,
    /// In the order of [`TableMove::columns`].
    pub(crate) columns: Vec<ColumnTally>,
}

/// What became of a column's values. `same + exact + by_rule + refused` are all that were read of rows that are not left out.
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
    /// Rows that are left out by its value.
    pub(crate) left_out: Option<LeftOutRows>,
    /// The rules that are set for it.
    rules: Vec<ConvertRule>,
}

/// Rows that are left out by a value of theirs.
#[derive(Debug)]
pub(crate) struct LeftOutRows {
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// The time before which they are, as PostgreSQL prints it.
    pub(crate) limit: String,
    pub(crate) count: u64,
    /// The first of them.
    pub(crate) example: ConvertedExample,
}

impl TableTally {
    /// Rows that have a place.
    pub(crate) fn sent_rows(&self) -> u64 {
        self.rows - self.refused_rows - self.left_out_rows
    }

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
            left_out_rows: 0,
            bytes: 0,
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

    /// Counts a row that is left out.
    pub(super) fn leave_out(&mut self, age: RowAge, moment: i64, example: impl FnOnce() -> ConvertedExample) {
        let rows = self.left_out.get_or_insert_with(|| LeftOutRows {
            rule: age.name(),
            limit: Shown(&TargetValue::Timestamp(age.limit(moment)), &TargetType::Timestamptz(6)).to_string(),
            count: 0,
            example: example(),
        });
        rows.count += 1;
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
        let by_age = self.left_out.as_ref().map(|rows| rows.rule);
        let is_needed = move |rule: &ConvertRule| {
            by_age == Some(&*rule.name) || needed.iter().any(|(way, ..)| way.is_rule() && way.name() == rule.name)
        };
        self.rules.iter().map(move |rule| (rule, is_needed(rule)))
    }
}
