//! The TEMP triggers by which rows are noted.

use super::facts::{FactColumn, TableFacts};
use super::images::{Images, LeftRows};
use super::room::FUNCTION;
use super::told::{MOST_VALUES, RowEvent};
use crate::sql::{Ident, Name};

/// Its name.
pub(super) fn trigger(at: usize, kind: RowEvent) -> String {
    format!("{FUNCTION}_{at}_{}", kind as u64)
}

/// Whether the values of a row that is changed can be told, each as it was and as it is.
pub(super) fn can_tell(facts: &TableFacts) -> bool {
    facts.columns.len() * 2 <= MOST_VALUES
}

/// Each notes a row as it was, unless there is no more room; and as it is, where that is told.
pub(super) fn triggers(at: usize, table: &Name<'_>, images: &Images, facts: &TableFacts, left: LeftRows) -> String {
    let moved: Vec<String> = facts.key.iter().map(|key| format!("NEW.{0} IS NOT OLD.{0}", key.sql)).collect();
    let moved = format!("({})", moved.join(" OR "));
    let one = |event: &str, row: &str, kind: RowEvent, body: String| {
        let is_moved = if kind == RowEvent::Changed { &moved } else { "0" };
        let told = match left {
            LeftRows::Told => format!("{at}, {}, {is_moved}{}", unknown(images, facts, row), values(facts, kind)),
            LeftRows::Read => format!("NULL, {}, {is_moved}, {}", unknown(images, facts, row), length(facts, row)),
        };
        let when = if kind == RowEvent::Moved { format!("{moved} AND ") } else { String::new() };
        // The function is told of every event, and of whether the row is noted already: such a one takes no more room.
        format!(
            "CREATE TEMP TRIGGER {} AFTER {event} ON {table} WHEN {when}{FUNCTION}({}, {told}) BEGIN {body}; END;\n",
            trigger(at, kind),
            kind as u64
        )
    };
    let note = |kind| images.note_in_trigger(&facts.key, kind, left);
    one("INSERT", "NEW", RowEvent::Inserted, note(RowEvent::Inserted))
        + &one("DELETE", "OLD", RowEvent::Deleted, note(RowEvent::Deleted))
        + &one("UPDATE", "OLD", RowEvent::Changed, note(RowEvent::Changed))
        // A row that gets another key is one that was not there before, too.
        + &one("UPDATE", "NEW", RowEvent::Moved, note(RowEvent::Moved))
}

fn unknown(images: &Images, facts: &TableFacts, row: &str) -> String {
    Images::is_unknown(&images.bare, &facts.key, row)
}

/// The values of a row, each with a comma before it.
fn values(facts: &TableFacts, kind: RowEvent) -> String {
    let value = |column: &FactColumn| {
        let name = Ident(&column.name);
        match kind {
            RowEvent::Inserted | RowEvent::Moved => format!(", NEW.{name}"),
            RowEvent::Deleted => format!(", OLD.{name}"),
            RowEvent::Changed => format!(", OLD.{name}, NEW.{name}"),
        }
    };
    facts.columns.iter().map(value).collect()
}

/// About how long texts and blobs of a row are.
fn length(facts: &TableFacts, row: &str) -> String {
    let is_long =
        |column: &&FactColumn| !["int", "real", "floa", "doub"].iter().any(|word| column.datatype.contains(word));
    let length = |column: &FactColumn| format!("coalesce(length({row}.{}), 0)", Ident(&column.name));
    let lengths: Vec<String> = facts.columns.iter().filter(is_long).map(length).collect();
    if lengths.is_empty() { "0".to_owned() } else { lengths.join(" + ") }
}
