//! Which table and column of the first schema is which of the second one.

use std::collections::BTreeMap;

use super::statement::{Deed, Statement};
use super::write::Shape;

#[derive(Debug, Clone)]
struct Mapped {
    now: String,
    /// Columns that both schemas have, with values of one type: the name before, and now.
    columns: BTreeMap<String, String>,
}

/// The tables that both schemas have, by their names before.
#[derive(Debug, Clone)]
pub(super) struct Names(BTreeMap<String, Mapped>);

/// Which schema a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    Now,
}

impl Names {
    pub(super) fn after(shapes: &[Shape], up: &[Statement]) -> Self {
        let mapped = |shape: &Shape| Mapped {
            now: shape.table.clone(),
            columns: shape.columns.iter().map(|column| (column.clone(), column.clone())).collect(),
        };
        let mut names = Self(shapes.iter().map(|shape| (shape.table.clone(), mapped(shape))).collect());
        up.iter().flat_map(|statement| &statement.deeds).for_each(|deed| names.apply(deed));
        names
    }

    fn apply(&mut self, deed: &Deed) {
        let is = |mapped: &&mut Mapped, table: &str| mapped.now.eq_ignore_ascii_case(table);
        match deed {
            Deed::None => {}
            Deed::RenameTable { from, to } => {
                if let Some(mapped) = self.0.values_mut().find(|mapped| is(mapped, from)) {
                    mapped.now.clone_from(to);
                }
            }
            Deed::RenameColumn { table, from, to } => {
                let table = self.0.values_mut().find(|mapped| is(mapped, table));
                if let Some(now) = table.and_then(|mapped| mapped.columns.values_mut().find(|now| *now == from)) {
                    now.clone_from(to);
                }
            }
            Deed::LoseColumn { table, column } => {
                if let Some(mapped) = self.0.values_mut().find(|mapped| is(mapped, table)) {
                    mapped.columns.retain(|_, now| now != column);
                }
            }
            Deed::LoseTable { table } => self.0.retain(|_, mapped| !mapped.now.eq_ignore_ascii_case(table)),
        }
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn table(&self, before: &str, side: Side) -> Option<&str> {
        let (before, mapped) = self.0.get_key_value(before)?;
        Some(if side == Side::Before { before } else { &mapped.now })
    }

    /// The columns in the order of their names before.
    pub(super) fn columns(&self, before: &str, side: Side) -> Vec<&str> {
        let columns = self.0.get(before).into_iter().flat_map(|mapped| &mapped.columns);
        columns.map(|(before, now)| if side == Side::Before { before.as_str() } else { now.as_str() }).collect()
    }

    pub(super) fn column(&self, table: &str, before: &str, side: Side) -> Option<&str> {
        let (before, now) = self.0.get(table)?.columns.get_key_value(before)?;
        Some(if side == Side::Before { before } else { now })
    }
}
