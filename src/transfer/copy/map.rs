//! Whether the map is the one with which a copy was begun: rows that were made by other rules are other rows.

use sha2::{Digest as _, Sha256};

use super::CopiedTable;
use crate::convert::ColumnRule;
use crate::error::{Code, Error, Result};
use crate::hex::Hex;
use crate::history::ROW_NUMBER;
use crate::transfer::{MovePlan, TableMove};

impl TableMove {
    /// What decides about its rows, as a number to be compared. A row number that it is given while it is followed decides nothing.
    pub(in crate::transfer::copy) fn rules_digest(&self) -> String {
        let Self { name, target, columns, computed, uniques, row_name, key: _ } = self;
        let columns: Vec<String> = columns
            .iter()
            .filter(|column| column.target != ROW_NUMBER)
            .map(|column| {
                let rule = ColumnRule { target: column.rule.target.of_any_server(), ..column.rule.clone() };
                format!("{:?} {:?} {rule:?}", column.name, column.target)
            })
            .collect();
        let computed: Vec<String> =
            computed.iter().map(|column| format!("{:?} {:?}", column.target, column.expression)).collect();
        let rules = uniques.iter().filter_map(|unique| unique.rule.as_ref());
        let kept: Vec<String> = rules.map(|rule| format!("{:?} {:?}", rule.constraint, rule.keep)).collect();
        Hex(&Sha256::digest(format!("{name:?} {target:?} {row_name:?} {columns:?} {computed:?} {kept:?}"))).to_string()
    }
}

/// Refuses a map that is another one than that with which a copy was begun. Tables that are not bound may have other rules: no row of them has come.
///
/// # Errors
///
/// A table has other rules or columns, or is moved and was not, or was and is not any more.
pub(crate) fn assert_same_map(
    plan: &MovePlan,
    tables: &[CopiedTable],
    is_bound: impl Fn(&CopiedTable) -> bool,
) -> Result<()> {
    let mut changed: Vec<String> = Vec::new();
    for known in tables {
        match plan.tables.iter().find(|table| table.name == known.name) {
            Some(table) if !is_bound(known) || table.rules_digest() == known.rules => {}
            Some(_) => changed.push(format!("{} has rows that other rules or columns made", known.name)),
            None => changed.push(format!("{} was copied, and is not moved any more", known.name)),
        }
    }
    let added = plan.tables.iter().filter(|table| !tables.iter().any(|known| known.name == table.name));
    changed.extend(added.map(|table| format!("{} was not moved when the copy began", table.name)));
    if changed.is_empty() {
        return Ok(());
    }
    Err(Error::new(Code::MoveNotReady, "the map is another one than that with which the copy was begun")
        .with_cause(changed.join("; "))
        .with_state("nothing was written; what was copied is there")
        .with_hint(
            "put the map back as it was, and go on; a release of this tool with other rules counts as another map",
        )
        .with_hint("or take away what was copied, and begin anew: `schemactl move discard`"))
}
