//! The columns of a table before a step and after it.

use super::facts::{KnownColumn, KnownTable, array};
use crate::history::UndoColumn;

/// A column of a record: as it was, and as it is.
pub(super) struct PairedColumn<'t> {
    pub(super) before: Option<&'t KnownColumn>,
    pub(super) after: Option<&'t KnownColumn>,
    pub(super) in_key: bool,
}

impl PairedColumn<'_> {
    /// Whether its values are what they were, where nobody has changed them.
    pub(super) fn is_kept(&self) -> bool {
        let pair = self.before.zip(self.after);
        pair.is_some_and(|(before, after)| before.datatype == after.datatype)
    }

    pub(super) fn column(&self) -> UndoColumn {
        let name = |column: Option<&KnownColumn>| column.map(|column| column.name.clone());
        UndoColumn { before: name(self.before), after: name(self.after), in_key: self.in_key }
    }
}

/// The columns that the table had, in their order, and behind them those that the step has added.
pub(super) fn pairs<'t>(before: Option<&'t KnownTable>, after: Option<&'t KnownTable>) -> Vec<PairedColumn<'t>> {
    let keyed = before.or(after).map_or(&[][..], |table| &table.key);
    let pair = |before: Option<&'t KnownColumn>, after: Option<&'t KnownColumn>| {
        // Without a key all of a row tells it from others.
        let in_key = keyed.is_empty() || before.or(after).is_some_and(|column| keyed.contains(&column.number));
        PairedColumn { before, after, in_key }
    };
    let old = before.map_or(&[][..], |table| &table.columns).iter();
    let mut pairs: Vec<PairedColumn<'t>> =
        old.map(|column| pair(Some(column), after.and_then(|after| after.column(column.number)))).collect();
    let is_new = |column: &&KnownColumn| before.is_none_or(|before| before.column(column.number).is_none());
    let new = after.map_or(&[][..], |table| &table.columns).iter().filter(is_new);
    pairs.extend(new.map(|column| pair(None, Some(column))));
    pairs
}

/// The values of a row `t` as the step left it, by the places of a record.
pub(super) fn left(pairs: &[PairedColumn<'_>]) -> String {
    let values = pairs.iter().map(|pair| pair.after.map_or_else(|| "NULL".to_owned(), |column| column.written("t")));
    array(&values.collect::<Vec<_>>())
}
