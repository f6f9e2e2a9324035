//! The end of a move: what served it goes, and the side that is not written stays closed.

use rusqlite::Connection;

use super::has_died;
use crate::config::Options;
use crate::error::{Code, Error, Result};
use crate::transfer::MoveJournal;
use crate::transfer::back::{back_has_died, remove_return_capture, row_numbers_gone};
use crate::transfer::capture::{Capture, SourceGate};
use crate::transfer::copy::{CopyState, row_numbers_off};
use crate::transfer::session::TargetSession;

/// What was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finished {
    /// How messages name the source.
    pub(crate) source: String,
    /// The tables, by their names on the source.
    pub(crate) tables: Vec<String>,
    /// Whether there was a way back.
    pub(crate) had_way_back: bool,
}

const MESSAGE: &str = "the move cannot be ended";

/// Takes away what notes changes of the target, and the journal of the move. None where no move has begun.
///
/// # Errors
///
/// Rows have not come over yet, or the source is the side that is written; nothing is changed then.
pub(crate) async fn finish(
    session: &TargetSession,
    journal: &MoveJournal,
    options: &Options,
) -> Result<Option<Finished>> {
    let Some(state) = journal.state(session).await? else { return Ok(None) };
    let refused = |message: &str, hint: &str| {
        Err(Error::new(Code::MoveNotReady, message).with_state("nothing was changed").with_hint(hint))
    };
    match state.progress {
        CopyState::Open | CopyState::Complete => {}
        CopyState::Switched => {
            return refused(
                "not all foreign keys of PostgreSQL were asked of the rows that came from SQLite",
                "`schemactl move cutover` goes on with that; `schemactl move finish` then",
            );
        }
        CopyState::Following | CopyState::Returned => {
            return refused(
                "SQLite is the side that is written",
                "`schemactl move cutover` switches to PostgreSQL; `schemactl move discard` ends the move without it",
            );
        }
        CopyState::Begun | CopyState::Rows => {
            return refused(
                "not all rows are there",
                "`schemactl move status` says what goes on; `schemactl move discard` ends the move without it",
            );
        }
    }
    let tables = journal.tables(session).await?;
    let names: Vec<&str> = tables.iter().map(|table| table.target.as_str()).collect();
    let following = journal.following(session).await?;
    let had_way_back = following.as_ref().is_some_and(|following| following.back.is_some());
    let way_back = if had_way_back { "the way back is closed" } else { "there was no way back" };
    let detail = format!("{} tables of {}, begun at {}; {way_back}", names.len(), state.source, state.begun_at);
    let done = session.alone(MESSAGE, async || {
        // A switch back may be about to be committed.
        if journal.hold_state(session).await? != Some(state.progress) {
            return Err(Error::new(Code::MoveNotReady, "both sides were switched meanwhile")
                .with_hint("`schemactl move status` shows how both stand"));
        }
        if let Some(line) = journal.log_line(session, options, ("move finished", detail)).await? {
            session.run(&line, MESSAGE).await?;
        }
        if following.is_some() {
            remove_return_capture(session, journal, names.len()).await?;
            session.run(&row_numbers_off(&names), MESSAGE).await?;
            session.run(&row_numbers_gone(journal), MESSAGE).await?;
        }
        session.run(&journal.drop(), MESSAGE).await
    });
    done.await.map_err(|error| error.with_state("nothing was changed"))?;
    let tables = tables.into_iter().map(|table| table.name).collect();
    Ok(Some(Finished { source: state.source, tables, had_way_back }))
}

/// Refuses to take a move away whose source is closed for good, so that it would be open again: which side is written was decided, and who decided it has not come
/// to the end.
///
/// # Errors
///
/// It is one, or a side cannot be asked.
pub(crate) async fn assert_undecided(
    session: &TargetSession,
    journal: &MoveJournal,
    (capture, source): (&Capture, &Connection),
) -> Result<()> {
    if capture.gate_of_captured(source)? != Some(SourceGate::ClosedForGood) {
        return Ok(());
    }
    match journal.state(session).await?.map(|state| state.progress) {
        None => Err(half_finished()),
        Some(CopyState::Returned) => Err(back_has_died()),
        Some(CopyState::Begun | CopyState::Rows | CopyState::Following) => Err(has_died()),
        // The rows of the target are the application's.
        Some(CopyState::Switched | CopyState::Open | CopyState::Complete) => Ok(()),
    }
}

/// A move that has ended on the target alone.
pub(crate) fn half_finished() -> Error {
    Error::new(Code::MoveNotReady, "the move was ended on PostgreSQL, and not yet in SQLite")
        .with_state("PostgreSQL is the side that is written, and SQLite is closed; nothing was changed")
        .with_hint("`schemactl move finish` goes on")
}
