//! Taking away what a copy has written, and nothing else.

use tokio_postgres::SimpleQueryRow;

use super::apart::{FORCE_OFF_AND_BACK, FORCED, KEY_OFF_AND_BACK, SWITCHED_ON, TRIGGER_OFF_AND_BACK, identities};
use super::fence::Fence;
use super::journal::{CopyState, MoveJournal};
use super::ownership;
use crate::error::{Code, Error, Result};
use crate::history::ROW_NUMBER;
use crate::sql::{Ident, Literal};
use crate::transfer::back::{remove_return_capture, row_numbers_gone};
use crate::transfer::session::TargetSession;

/// What was taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Discarded {
    /// How messages name the source.
    pub(crate) source: String,
    /// The tables on the target, with how many rows they had.
    pub(crate) tables: Vec<(String, u64)>,
    /// What was off, and is back.
    pub(crate) back: usize,
}

const MESSAGE: &str = "what was copied cannot be taken away";

/// Takes away the rows that the move has written, puts back what was off, and takes away the journal: one transaction. None where no move has
/// begun.
///
/// # Errors
///
/// A table has rows of others; nothing is taken away then.
pub(crate) async fn discard(session: &TargetSession, journal: &MoveJournal) -> Result<Option<Discarded>> {
    let Some(state) = journal.state(session).await? else { return Ok(None) };
    let done = session.alone(MESSAGE, async || in_transaction(session, journal).await).await;
    let (tables, back) = done.map_err(|error| error.with_state("nothing was taken away"))?;
    Ok(Some(Discarded { source: state.source, tables, back }))
}

async fn in_transaction(session: &TargetSession, journal: &MoveJournal) -> Result<(Vec<(String, u64)>, usize)> {
    // A switch may be about to be committed.
    let progress = journal.hold_state(session).await?;
    let is_switched = matches!(progress, Some(CopyState::Switched | CopyState::Open | CopyState::Complete));
    if is_switched && journal.following(session).await?.is_some() {
        return Err(Error::new(
            Code::TargetNotOurs,
            "both sides are switched: the rows of the target are the application's",
        ));
    }
    let tables = journal.tables(session).await?;
    let names: Vec<&str> = tables.iter().map(|table| table.target.as_str()).collect();
    // Nobody writes between the count and the end.
    session.run(&format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", ")), MESSAGE).await?;
    let forced = off_and_back(session, &forced(&names)).await?;
    for (off, _) in &forced {
        session.run(off, MESSAGE).await?;
    }
    let counts = if journal.following(session).await?.is_some() && is_fenced(session, journal, &names).await? {
        // Nobody but the move can have written.
        ownership::counts(session, &tables).await?
    } else {
        if !ownership::are_empty(session, &tables).await? {
            ownership::assert_own(session, journal, &tables).await?;
        }
        tables.iter().map(|table| table.written).collect()
    };
    session.run(&Fence::beside(journal).take_away(&names), MESSAGE).await?;
    remove_return_capture(session, journal, names.len()).await?;
    let triggers = off_and_back(session, &triggers(&names)).await?;
    let keys = off_and_back(session, &keys_from_outside(&names)).await?;
    for (off, _) in triggers.iter().chain(&keys) {
        session.run(off, MESSAGE).await?;
    }
    session.run(&format!("TRUNCATE {}", names.join(", ")), MESSAGE).await?;
    for (_, back) in &keys {
        session.run(back, "a table that was not copied refers to rows that were").await?;
    }
    for (_, back) in triggers.iter().chain(&forced) {
        session.run(back, MESSAGE).await?;
    }
    let apart = journal.apart(session).await?;
    for one in &apart {
        session.run(one.back(), MESSAGE).await?;
    }
    session.run(&row_numbers_off(&names), MESSAGE).await?;
    session.run(&row_numbers_gone(journal), MESSAGE).await?;
    session.run(&journal.drop(), MESSAGE).await?;
    Ok((tables.into_iter().map(|table| table.target_name).zip(counts).collect(), apart.len()))
}

/// The statements that take away the keys that tables were given for the time that they are followed.
pub(crate) fn row_numbers_off<N: AsRef<str>>(tables: &[N]) -> String {
    let off = tables
        .iter()
        .map(|table| format!("ALTER TABLE {} DROP COLUMN IF EXISTS {}", table.as_ref(), Ident(ROW_NUMBER)));
    off.collect::<Vec<_>>().join(";\n")
}

/// Whether each table has the trigger that keeps others from writing.
async fn is_fenced(session: &TargetSession, journal: &MoveJournal, names: &[&str]) -> Result<bool> {
    let fence = Fence::beside(journal);
    let is_there = format!("SELECT (to_regproc({}) IS NOT NULL)::int", Literal(Some(fence.function())));
    Ok(session.number(&is_there, MESSAGE).await? == 1 && session.rows(&fence.missing(names), MESSAGE).await?.is_empty())
}

/// The statements that take something off, and those that bring it back, for each that a query finds.
async fn off_and_back(session: &TargetSession, sql: &str) -> Result<Vec<(String, String)>> {
    let rows = session.rows_written_out(sql, MESSAGE).await?;
    let text = |row: &SimpleQueryRow, at: usize| row.get(at).unwrap_or_default().to_owned();
    Ok(rows.iter().map(|row| (text(row, 0), text(row, 1))).collect())
}

/// Foreign keys of other tables to those that are emptied. `TRUNCATE` heeds no key between the tables that it empties, and none may stand from another
/// one; made again, a key refuses rows of that one that refer to what was taken away.
fn keys_from_outside(names: &[&str]) -> String {
    format!(
        "SELECT {KEY_OFF_AND_BACK} FROM pg_catalog.pg_constraint k \
         WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = ANY ({0}) AND k.conrelid <> ALL ({0})",
        identities(names)
    )
}

/// The policies that hold for the owner too, and would hide rows from who counts them.
fn forced(names: &[&str]) -> String {
    format!(
        "SELECT {FORCE_OFF_AND_BACK} FROM pg_catalog.pg_class c WHERE c.oid = ANY ({}) AND {FORCED}",
        identities(names)
    )
}

/// The triggers that would fire for rows that go.
fn triggers(names: &[&str]) -> String {
    format!(
        "SELECT {TRIGGER_OFF_AND_BACK} FROM pg_catalog.pg_trigger t \
         WHERE t.tgrelid = ANY ({}) AND {SWITCHED_ON} AND t.tgtype & 32 > 0",
        identities(names)
    )
}
