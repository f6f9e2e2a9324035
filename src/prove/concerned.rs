//! Whose rows an up changes: what its down puts back where a database has kept them.

use std::collections::BTreeSet;

use super::{Case, reasons};
use crate::catalog::Snapshot;
use crate::down::unqualified;
use crate::source::Verdict;
use crate::source::reason::{COLUMN_WAS_DROPPED, TABLE_WAS_DROPPED, WERE_CONVERTED};
use crate::sql::{Dialect, Effect, Loss, OwnStatement};

/// The tables that were there and whose rows the up changes by its text or by what its down has to put back, and what it drops or converts: `table role`,
/// `column member.note`.
pub(super) fn of<T: Snapshot>(
    dialect: Dialect,
    case: &Case<'_, T>,
    verdict: &Verdict,
    statements: &[OwnStatement],
) -> Vec<String> {
    let mut found = BTreeSet::new();
    let up = case.migration.up().statements(dialect).unwrap_or_default();
    for table in up.iter().filter_map(|statement| Effect::of(dialect, statement).rows()).map(|touch| touch.table) {
        if reasons::has_table(case.before.catalog(), &table.name)
            && reasons::has_table(case.after.catalog(), &table.name)
        {
            found.insert(format!("table {}", table.plain()));
        }
    }
    let costs = statements.iter().filter_map(|statement| statement.cost.clone());
    found.extend(
        costs
            .map(|cost| case.home.as_deref().map_or_else(|| cost.clone(), |home| unqualified::loss(cost.clone(), home)))
            .map(|loss: Loss| loss.to_string()),
    );
    for reason in verdict.reasons() {
        found.extend(TABLE_WAS_DROPPED.first(&reason).map(|table| format!("table {table}")));
        found.extend(COLUMN_WAS_DROPPED.first(&reason).map(|column| format!("column {column}")));
        found.extend(WERE_CONVERTED.first(&reason).map(str::to_owned));
    }
    found.into_iter().collect()
}
