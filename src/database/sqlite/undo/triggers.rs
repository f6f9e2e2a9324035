//! The TEMP triggers by which rows are noted.

use super::facts::{FactColumn, TableFacts};
use super::images::Images;
use super::room::{FUNCTION, RowEvent};
use crate::sql::{Ident, Name};

/// Its name.
pub(super) fn trigger(at: usize, kind: RowEvent) -> String {
    format!("{FUNCTION}_{at}_{}", kind as u64)
}

/// Each notes a row as it was, unless there is no more room.
pub(super) fn triggers(at: usize, table: &Name<'_>, images: &Images, facts: &TableFacts) -> String {
    let bytes = |row: &str| {
        let is_long =
            |column: &&FactColumn| !["int", "real", "floa", "doub"].iter().any(|word| column.datatype.contains(word));
        let lengths: Vec<String> = facts
            .columns
            .iter()
            .filter(is_long)
            .map(|column| format!("coalesce(length({row}.{}), 0)", Ident(&column.name)))
            .collect();
        if lengths.is_empty() { "0".to_owned() } else { lengths.join(" + ") }
    };
    let one = |name: String, event: &str, when: &str, row: &str, kind: RowEvent, body: String| {
        // The function is told of every event, and of whether the row is noted already: such a one takes no more room.
        let unknown = Images::is_unknown(&images.bare, &facts.key, row);
        format!(
            "CREATE TEMP TRIGGER {name} AFTER {event} ON {table} WHEN {when}{FUNCTION}({}, {}, {unknown}) BEGIN {body}; END;\n",
            kind as u64,
            bytes(row)
        )
    };
    let note = |name, event, kind| one(name, event, "", "OLD", kind, images.note_in_trigger(&facts.key, "OLD"));
    // A row that gets another key is one that was not there before, too.
    let moved: Vec<String> = facts.key.iter().map(|key| format!("NEW.{0} IS NOT OLD.{0}", key.sql)).collect();
    let moved = format!("({}) AND ", moved.join(" OR "));
    let absent =
        |name, event, when: &str, kind| one(name, event, when, "NEW", kind, images.note_absent(&facts.key, "NEW"));
    absent(trigger(at, RowEvent::Inserted), "INSERT", "", RowEvent::Inserted)
        + &note(trigger(at, RowEvent::Deleted), "DELETE", RowEvent::Deleted)
        + &note(trigger(at, RowEvent::Changed), "UPDATE", RowEvent::Changed)
        + &absent(trigger(at, RowEvent::Moved), "UPDATE", &moved, RowEvent::Moved)
}
