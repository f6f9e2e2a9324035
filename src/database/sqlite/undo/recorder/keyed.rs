//! Tables that are made again, and whose rows have other numbers then: what was noted of them is told by their declared key.

use super::Recorder;
use crate::database::sqlite::undo::declared::DeclaredKey;
use crate::database::sqlite::undo::facts::TableFacts;
use crate::sql::Name;

/// Prepares what is noted of a table that is about to be dropped: the numbers of its rows say nothing then. Where it was copied, rows that came are in the
/// copy; else they go with it.
pub(super) fn before_drop(
    recorder: &mut Recorder<'_>,
    at: usize,
    now: &Name<'_>,
    facts: &TableFacts,
    is_copied: bool,
) -> rusqlite::Result<()> {
    let connection = recorder.connection;
    let log = &mut recorder.logs[at];
    let Some(images) = &log.rows else { return Ok(()) };
    let Some(key) = DeclaredKey::of(images, facts) else { return Ok(()) };
    if is_copied {
        images.fill(connection, now, &facts.key)?;
        key.tell_apart(connection, images)?;
    }
    // Those that are not copied have nothing on their other side.
    key.settle(connection, images)?;
    log.key = Some(key);
    Ok(())
}

/// Makes one of all that is noted of a table which was made again: each row as it was when the step first touched it.
pub(super) fn combine(recorder: &mut Recorder<'_>, at: usize) -> rusqlite::Result<()> {
    let connection = recorder.connection;
    let now = recorder.tables.list[at].now.clone();
    let origin = recorder.tables.list[at].origin.plain().to_string();
    let log = &mut recorder.logs[at];
    if log.olds.is_empty() && (!log.are_values_apart || log.rows.is_none()) {
        return Ok(());
    }
    let facts = match &now {
        Some(now) => TableFacts::read(connection, now)?.ok(),
        None => None,
    };
    let of_rows = log.rows.as_ref().zip(facts.as_ref()).and_then(|(rows, facts)| DeclaredKey::of(rows, facts));
    let is_of_table = |key: &DeclaredKey| {
        now.is_none() || facts.as_ref().is_some_and(|facts| key.is_declared(facts, &recorder.tables.list[at].columns))
    };
    let key = log.key.clone().or(of_rows);
    let Some(key) = key.filter(|key| is_of_table(key) && log.values.iter().all(|values| key.names(values))) else {
        recorder.give_up(format!("table {origin} was made again, and rows of it were changed since"));
        return Ok(());
    };
    if let (Some(rows), Some(now), Some(facts)) = (&mut log.rows, &now, &facts) {
        rows.know(connection, facts)?;
        rows.fill(connection, now, &facts.key)?;
        key.tell_apart(connection, rows)?;
        key.settle(connection, rows)?;
    }
    let mut all: Vec<_> = std::mem::take(&mut log.olds).into_iter().chain(log.rows.take()).collect();
    let mut lacks_some = false;
    for images in &all {
        lacks_some |= key.lacks_some(connection, images)?;
    }
    if lacks_some {
        log.olds = all;
        recorder.give_up(format!("table {origin} was made again, and not all of its rows have a primary key"));
        return Ok(());
    }
    let mut later = all.drain(..);
    let Some(mut first) = later.next() else { return Ok(()) };
    for images in later {
        key.add(connection, &mut first, &images)?;
    }
    log.rows = Some(first);
    log.key = Some(key);
    log.is_keyed = true;
    Ok(())
}
