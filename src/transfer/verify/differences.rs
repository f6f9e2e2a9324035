//! Rows that differ, named.

use std::collections::{BTreeMap, BTreeSet};

use super::canonical::{canonical, fields};
use super::decode::shown;
use crate::sql::Plain;
use crate::transfer::TableMove;

/// Rows of a side by what names them.
pub(super) type SidedRows = BTreeMap<Vec<u8>, Vec<Box<[u8]>>>;

/// How the rows of a table differ.
#[derive(Debug, Default)]
pub(crate) struct RowDifferences {
    /// Rows that the source has and the target has not.
    pub(crate) missing: u64,
    /// Rows that the target has and the source has not.
    pub(crate) extra: u64,
    /// Rows that have other values.
    pub(crate) changed: u64,
    /// The first of them.
    pub(crate) examples: Vec<DifferentRow>,
    /// Of 4096 parts of the table those that differ and were not looked into, since there are too many.
    pub(crate) parts_left: usize,
}

/// A row that differs.
#[derive(Debug)]
pub(crate) struct DifferentRow {
    /// `missing`, `extra` or `changed`.
    pub(crate) kind: &'static str,
    /// How it is named: its key on the target, or all of it.
    pub(crate) name: String,
    pub(crate) columns: Vec<ChangedColumn>,
}

/// A value that differs.
#[derive(Debug)]
pub(crate) struct ChangedColumn {
    pub(crate) name: String,
    /// What the source has, as PostgreSQL would show it.
    pub(crate) source: String,
    pub(crate) target: String,
}

impl RowDifferences {
    pub(super) fn between(
        table: &TableMove,
        key: Option<&[usize]>,
        (mut source, mut target): (SidedRows, SidedRows),
        most: usize,
        parts_left: usize,
    ) -> Self {
        let mut found = Self { parts_left, ..Self::default() };
        let names: BTreeSet<Vec<u8>> = source.keys().chain(target.keys()).cloned().collect();
        for name in names {
            let (mut ours, mut theirs) =
                (source.remove(&name).unwrap_or_default(), target.remove(&name).unwrap_or_default());
            leave_equal(table, &mut ours, &mut theirs);
            let pairs = ours.len().min(theirs.len());
            for (row, other) in ours.iter().zip(&theirs).take(pairs) {
                found.changed += 1;
                found.tell(most, || different(table, key, "changed", row, changed(table, row, other)));
            }
            for row in &ours[pairs..] {
                found.missing += 1;
                found.tell(most, || different(table, key, "missing", row, Vec::new()));
            }
            for row in &theirs[pairs..] {
                found.extra += 1;
                found.tell(most, || different(table, key, "extra", row, Vec::new()));
            }
        }
        found
    }

    fn tell(&mut self, most: usize, row: impl FnOnce() -> DifferentRow) {
        if self.examples.len() < most {
            self.examples.push(row());
        }
    }
}

/// Takes away what both sides have.
fn leave_equal(table: &TableMove, ours: &mut Vec<Box<[u8]>>, theirs: &mut Vec<Box<[u8]>>) {
    ours.retain(|row| match theirs.iter().position(|other| changed(table, row, other).is_empty()) {
        Some(at) => {
            theirs.swap_remove(at);
            false
        }
        None => true,
    });
}

/// The columns in which two rows differ.
fn changed(table: &TableMove, row: &[u8], other: &[u8]) -> Vec<ChangedColumn> {
    let (ours, theirs) = (fields(row).unwrap_or_default(), fields(other).unwrap_or_default());
    let mut changed = Vec::new();
    for (column, (own, other)) in table.columns.iter().zip(ours.iter().zip(&theirs)) {
        let target = &column.rule.compared();
        let form = |field: Option<&[u8]>| field.map(|field| canonical(field, target).into_owned());
        if form(*own) != form(*other) {
            changed.push(ChangedColumn {
                name: column.target.clone(),
                source: shown(*own, target),
                target: shown(*other, target),
            });
        }
    }
    changed
}

fn different(
    table: &TableMove,
    key: Option<&[usize]>,
    kind: &'static str,
    row: &[u8],
    columns: Vec<ChangedColumn>,
) -> DifferentRow {
    let fields = fields(row).unwrap_or_default();
    let places = table.columns.iter().zip(&fields).enumerate();
    let places = places.filter(|(at, _)| key.is_none_or(|key| key.contains(at)));
    let names: Vec<String> = places
        .map(|(_, (column, field))| format!("{} {}", Plain(&column.target), shown(*field, &column.rule.target)))
        .collect();
    DifferentRow { kind, name: names.join(", "), columns }
}
