use crate::sql::{Loss, Name, Plain};

/// Why a down is not lossless: what becomes of rows, which no catalog shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Losses {
    /// Data that is there after the up, and gone when the down has run: this is what `down` asks for.
    pub(crate) lost: Vec<Loss>,
    /// What else is not as it was, one sentence each: what the up destroyed already, and rows that keep a down from running.
    pub(crate) reasons: Vec<String>,
}

impl Losses {
    pub(crate) fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.reasons.is_empty()
    }

    /// A table that the up dropped.
    pub(super) fn table_was_dropped(&mut self, table: &Name<'_>) {
        self.reasons.push(format!("table {} comes back without the rows that the up dropped", table.plain()));
    }

    /// A column that the up dropped.
    pub(super) fn column_was_dropped(&mut self, table: &Name<'_>, column: &str) {
        let (table, column) = (table.plain(), Plain(column));
        self.reasons.push(format!("column {table}.{column} comes back without the values that the up dropped"));
    }

    /// All of it, one sentence each.
    pub(crate) fn sentences(&self) -> Vec<String> {
        self.lost.iter().map(Loss::sentence).chain(self.reasons.iter().cloned()).collect()
    }
}
