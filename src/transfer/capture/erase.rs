//! Taking away the rows of the target whose keys were noted.

use rusqlite::Connection;

use super::Capture;
use crate::convert::convert;
use crate::error::Result;
use crate::sql::{Ident, Plain};
use crate::transfer::TableMove;
use crate::transfer::binary_copy::{append, begin_row};
use crate::transfer::copy::send;
use crate::transfer::session::TargetSession;

/// Bytes of keys that are sent at once.
const PIECE: usize = 1024 * 1024;

/// Takes away the rows of a table whose keys were noted behind a position, in the transaction at hand. Returns how many rows
/// went.
///
/// # Errors
///
/// A side cannot be read or written.
pub(crate) async fn erase(
    session: &TargetSession,
    capture: &Capture,
    (connection, after): (&Connection, i64),
    table: &TableMove,
) -> Result<u64> {
    let message = format!("rows of {} that were changed cannot be taken away", Plain(&table.name));
    let columns: Vec<String> = table.key_columns().map(|column| Ident(&column.target).to_string()).collect();
    let make = format!(
        "CREATE TEMP TABLE schemactl_keys ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA",
        columns.join(", "),
        table.target
    );
    let mut pieces = keys(capture, (connection, after), table)?;
    if pieces.is_empty() {
        return Ok(0);
    }
    session.run(&make, &message).await?;
    for piece in pieces.drain(..) {
        let sent = send(session, "pg_temp.schemactl_keys", &piece).await;
        sent.map_err(|error| session.error(error, &message))?;
    }
    let same: Vec<String> = columns.iter().map(|column| format!("t.{column} = k.{column}")).collect();
    let sql = format!(
        "WITH gone AS (DELETE FROM {} t USING pg_temp.schemactl_keys k WHERE {} RETURNING 1) SELECT count(*) FROM gone; \
         DROP TABLE pg_temp.schemactl_keys",
        table.target,
        same.join(" AND ")
    );
    session.number(&sql, &message).await
}

/// The keys as the target has them, in the binary form of COPY, in pieces. One that has no place there is no key of a row there.
fn keys(capture: &Capture, (connection, after): (&Connection, i64), table: &TableMove) -> Result<Vec<Vec<u8>>> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let rules: Vec<_> = table.key_columns().map(|column| &column.rule).collect();
    capture.keys(connection, table, after, |key| {
        if pieces.last().is_none_or(|piece| piece.len() >= PIECE) {
            pieces.push(Vec::new());
        }
        let Some(piece) = pieces.last_mut() else { return Ok(()) };
        let begin = piece.len();
        begin_row(piece, rules.len());
        for (value, rule) in key.iter().zip(&rules) {
            let Ok(converted) = convert(*value, rule) else {
                piece.truncate(begin);
                return Ok(());
            };
            append(piece, &converted.value, &rule.target);
        }
        Ok(())
    })?;
    pieces.retain(|piece| !piece.is_empty());
    Ok(pieces)
}
