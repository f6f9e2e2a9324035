//! What a move of data has made in a database, and what it has taken off for a while: no migration has done either, and neither is drift.

use std::collections::BTreeSet;

use super::lists::Triggers;
use super::{Body, Kind, Object, ObjectName};
use crate::sql::unquoted;

/// The traces of a move that is under way, by kind and name; none where there is none. Triggers of partitions are named too, also where they are the parent's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MoveTraces {
    /// It goes with the end of the move.
    pub(crate) made: BTreeSet<(Kind, ObjectName)>,
    /// It comes back with the end of the move.
    pub(crate) off: BTreeSet<(Kind, ObjectName)>,
    /// Tables whose policies do not hold for the owner meanwhile.
    pub(crate) unforced: BTreeSet<ObjectName>,
}

impl MoveTraces {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn has(&self, object: &Object) -> bool {
        let key = || (object.kind(), object.name.clone());
        !self.is_empty() && [&self.made, &self.off].iter().any(|all| all.contains(&key()))
    }

    /// Gives a table what it would have without the move: that of the model.
    pub(super) fn lift(&self, table: &mut Object, model: &Object) {
        let (Body::Table(own), Some(wanted)) = (&mut table.body, model.body.table()) else { return };
        if self.unforced.contains(&table.name) {
            own.row_security.forced = wanted.row_security.forced;
        }
        let is_of_move = |name: &str| {
            self.made.iter().chain(&self.off).any(|(kind, one)| {
                *kind == Kind::Trigger
                    && (&one.schema, one.owner.as_deref()) == (&table.name.schema, Some(table.name.name.as_str()))
                    && one.name == unquoted(name)
            })
        };
        let own_ones = own.triggers.0.iter().filter(|(_, name)| !is_of_move(name));
        let of_model = wanted.triggers.0.iter().filter(|(_, name)| is_of_move(name));
        let mut all: Vec<_> = own_ones.chain(of_model).cloned().collect();
        // As the server lists them.
        all.sort_by(|(_, one), (_, other)| unquoted(one).cmp(&unquoted(other)));
        own.triggers = Triggers(all);
    }

    /// What is not compared: one sentence. None where there is no move.
    pub(crate) fn sentence(&self) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let kinds = [
            (Kind::Index, "index", "indexes"),
            (Kind::Constraint, "foreign key", "foreign keys"),
            (Kind::Trigger, "trigger", "triggers"),
        ];
        let counted = kinds.map(|(kind, one, more)| {
            let count = self.off.iter().filter(|(of, _)| *of == kind).count();
            (count > 0).then(|| format!("{count} {}", if count == 1 { one } else { more }))
        });
        let counted: Vec<String> = counted.into_iter().flatten().collect();
        let off = if counted.is_empty() {
            String::new()
        } else {
            format!(", nor what is off until it has ended ({})", counted.join(", "))
        };
        Some(format!(
            "data is being moved: what the move has made here is not compared{off}; `schemactl move status` shows how it stands"
        ))
    }
}
