//! Taking away the rows of the target whose keys were noted.

use rusqlite::Connection;

use super::Capture;
use crate::error::Result;
use crate::sql::{Ident, Plain};
use crate::transfer::copy::send;
use crate::transfer::session::TargetSession;
use crate::transfer::{ColumnMove, TableMove};

/// Bytes of keys that are sent at once.
const PIECE: usize = 1024 * 1024;

/// What was taken away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Erased {
    /// Keys that were noted.
    pub(crate) keys: u64,
    /// Rows that had one of them.
    pub(crate) rows: u64,
}

/// The condition that a row `t` has a value of a noted key `k`. Of a time the source may keep fewer digits than the row has.
fn has_key(column: &ColumnMove) -> String {
    let name = Ident(&column.target);
    let (own, kept) = (column.rule.target.digits(), column.rule.compared().digits());
    match kept.filter(|_| own != kept) {
        None => format!("t.{name} = k.{name}"),
        Some(digits) => {
            let unit = 10_u32.pow(6 - u32::from(digits.min(6)));
            format!("t.{name} >= k.{name} AND t.{name} < k.{name} + interval '{unit} microseconds'")
        }
    }
}

/// Takes away the rows of a table whose keys were noted behind a position, in the transaction at hand. Returns how
/// many.
///
/// # Errors
///
/// A side cannot be read or written.
pub(crate) async fn erase(
    session: &TargetSession,
    capture: &Capture,
    (connection, after): (&Connection, i64),
    table: &TableMove,
) -> Result<Erased> {
    let message = format!("rows of {} that were changed cannot be taken away", Plain(&table.name));
    let columns: Vec<String> = table.key_columns().map(|column| Ident(&column.target).to_string()).collect();
    let make = format!(
        "CREATE TEMP TABLE schemactl_keys ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA",
        columns.join(", "),
        table.target
    );
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let keys = capture.target_keys(connection, table, after, |key| match pieces.last_mut() {
        Some(piece) if piece.len() < PIECE => piece.extend_from_slice(key),
        _ => pieces.push(key.to_vec()),
    })?;
    if pieces.is_empty() {
        return Ok(Erased { keys, rows: 0 });
    }
    session.run(&make, &message).await?;
    for piece in pieces {
        let sent = send(session, "pg_temp.schemactl_keys", &piece).await;
        sent.map_err(|error| session.error(error, &message))?;
    }
    let same: Vec<String> = table.key_columns().map(has_key).collect();
    let sql = format!(
        "WITH gone AS (DELETE FROM {} t USING pg_temp.schemactl_keys k WHERE {} RETURNING 1) SELECT count(*) FROM gone; \
         DROP TABLE pg_temp.schemactl_keys",
        table.target,
        same.join(" AND ")
    );
    Ok(Erased { keys, rows: session.number(&sql, &message).await? })
}
