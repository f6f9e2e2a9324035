//! The rows of a table that the step has made and filled. A copy of a table is not noted while it runs, since it may come in that one's place; in the end it
//! is known which has not.

use super::{ImagePlace, Recorder};
use crate::database::sqlite::session::number;
use crate::database::sqlite::undo::facts::{FactColumn, TableFacts};
use crate::sql::{Ident, Name};

/// Notes of each row of such a table that it was not there. Where there is no room for them, they are asked for as rows of people are.
pub(super) fn note(recorder: &mut Recorder<'_>) -> rusqlite::Result<()> {
    if recorder.place == ImagePlace::Temporary {
        return Ok(());
    }
    for at in 0..recorder.tables.list.len() {
        let table = &recorder.tables.list[at];
        let is_of_file = |now: &&Name<'_>| now.schema.as_deref() == Some("main");
        let Some(now) = table.now.as_ref().filter(is_of_file).filter(|_| table.is_made && !table.is_virtual).cloned()
        else {
            continue;
        };
        let is_copied = recorder.copies.iter().any(|copy| copy.into == at);
        if is_copied || recorder.logs[at].rows.is_none() {
            note_table(recorder, at, &now)?;
        }
    }
    Ok(())
}

fn note_table(recorder: &mut Recorder<'_>, at: usize, now: &Name<'_>) -> rusqlite::Result<()> {
    let connection = recorder.connection;
    let Ok(facts) = TableFacts::read(connection, now)? else { return Ok(()) };
    let rows = number(connection, &format!("SELECT count(*) FROM {now}"))?;
    let is_hidden = |name: &str| recorder.settings.ignores(None, &now.name, name);
    if rows == 0 || facts.columns.iter().any(|column| is_hidden(&column.name)) || !recorder.room.is_enough_for(rows) {
        return Ok(());
    }
    let length = |column: &FactColumn| format!("coalesce(length(CAST({} AS BLOB)), 0)", Ident(&column.name));
    let lengths: Vec<String> = facts.columns.iter().map(length).collect();
    let bytes = number(connection, &format!("SELECT coalesce(sum({}), 0) FROM {now}", lengths.join(" + ")))?;
    if !recorder.room.has_room_for_bytes(bytes) {
        return Ok(());
    }
    let images = recorder.images(at, &facts)?.clone();
    recorder.read_left(at)?;
    let noted = connection.execute(&images.note_all_absent(&facts.key, &now.to_string()), [])?;
    // What was changed after it was copied was not there before the step either.
    connection.execute(&format!("UPDATE {} SET b = 0 WHERE b = 1", images.table), [])?;
    recorder.room.take_rows(u64::try_from(noted).unwrap_or(u64::MAX), bytes);
    recorder.ask();
    Ok(())
}
