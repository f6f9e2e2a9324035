//! What a move of data has made in the file that it comes from.

use super::{SqliteDatabase, has_table, tables};
use crate::catalog::{Kind, MoveTraces, ObjectName};
use crate::error::Result;
use crate::history::{CAPTURE_TRIGGERS, CaptureTable, GATE_TRIGGERS};

/// The triggers that note changes and refuse writers. Whether they are what was installed, following asks.
pub(super) fn traces(database: &SqliteDatabase<'_>) -> Result<MoveTraces> {
    let history = &database.options.table;
    tables::ask(database, |connection| {
        if !has_table(connection, &CaptureTable::State.name(history))? {
            return Ok(MoveTraces::default());
        }
        let sql = "SELECT tbl_name, name FROM main.sqlite_schema WHERE type = 'trigger' AND substr(name, -length(tbl_name) - 1) = '_' || tbl_name \
             AND (substr(name, 1, length(?1)) = ?1 OR substr(name, 1, length(?2)) = ?2)";
        let trigger = |row: &rusqlite::Row<'_>| {
            Ok((Kind::Trigger, ObjectName { schema: None, owner: Some(row.get(0)?), name: row.get(1)? }))
        };
        let prefixes = [CAPTURE_TRIGGERS, GATE_TRIGGERS].map(|prefix| format!("{history}_{prefix}"));
        let made = connection.prepare(sql)?.query_map(prefixes, trigger)?.collect::<Result<_, _>>()?;
        Ok(MoveTraces { made, ..MoveTraces::default() })
    })
}
