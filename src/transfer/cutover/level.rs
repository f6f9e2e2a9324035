//! Both sides come level before they are switched, in either direction, and have as many rows.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::MESSAGE;
use crate::error::{Error, Result};
use crate::sql::Ident;
use crate::transfer::TableMove;
use crate::transfer::follow::unread;
use crate::transfer::session::TargetSession;

/// For how many times the deadline changes are applied before the side that is written is closed.
const ROUNDS: u32 = 20;

/// Applies changes until little is left: who writes all the time never leaves nothing. A round says whether nothing was.
///
/// # Errors
///
/// That of a round, or of `going_on`; `too_fast` where rounds stay as long as they are.
pub(super) async fn catch_up(
    deadline: Duration,
    mut round: impl AsyncFnMut() -> Result<bool>,
    going_on: impl Fn() -> Result<()>,
    too_fast: impl Fn() -> Error,
) -> Result<()> {
    let began = Instant::now();
    loop {
        let round_began = Instant::now();
        if round().await? || round_began.elapsed() < deadline / 4 {
            return Ok(());
        }
        going_on()?;
        if began.elapsed() > deadline * ROUNDS {
            return Err(too_fast());
        }
    }
}

/// A table that has not as many rows on both sides.
pub(super) struct DifferentCount<'p> {
    pub(super) table: &'p TableMove,
    pub(super) source: i64,
    pub(super) target: u64,
}

/// Counts the rows of tables on both sides.
pub(super) async fn differing_counts<'p>(
    session: &TargetSession,
    source: &Connection,
    tables: impl Iterator<Item = &'p TableMove>,
) -> Result<Vec<DifferentCount<'p>>> {
    let mut differing = Vec::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM main.{}", Ident(&table.name));
        let ours: i64 = source.query_row(&sql, [], |row| row.get(0)).map_err(unread)?;
        let theirs = session.number(&format!("SELECT count(*) FROM {}", table.target), MESSAGE).await?;
        if u64::try_from(ours) != Ok(theirs) {
            differing.push(DifferentCount { table, source: ours, target: theirs });
        }
    }
    Ok(differing)
}
