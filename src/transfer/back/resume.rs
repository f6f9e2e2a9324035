//! From a source that was switched back to, on to one that is followed.

use super::capture::remove;
use crate::config::SqliteLocation;
use crate::database::sqlite::{self, OpenPurpose};
use crate::error::{Code, Error, Result};
use crate::transfer::capture::Capture;
use crate::transfer::copy::{CopyState, MoveJournal};
use crate::transfer::session::TargetSession;

/// Takes away what noted changes for the way back, and takes off again what is off while a source is followed.
///
/// # Errors
///
/// The source is not open yet, or somebody reads a table of the target for long.
pub(crate) async fn resume_following(
    session: &TargetSession,
    journal: &MoveJournal,
    (capture, location): (&Capture, &SqliteLocation),
) -> Result<()> {
    if capture.is_closed(&sqlite::open(location, OpenPurpose::Read)?)? {
        return Err(back_has_died());
    }
    let message = "the target cannot be made ready to follow the source again";
    let tables = journal.tables(session).await?;
    let done = session.alone(message, async || {
        remove(session, journal, tables.len()).await?;
        journal.take_off_again(session).await?;
        session.run(&journal.set_state(CopyState::Following.as_str()), message).await
    });
    done.await.map_err(|error| {
        error
            .with_state("SQLite is the side that is written; its changes are noted, and nothing of them is applied yet")
            .with_hint("`schemactl move follow` tries it again")
    })
}

/// A switch back that is decided, and whose source is not open.
pub(crate) fn back_has_died() -> Error {
    Error::new(Code::MoveNotReady, "a switch back has died after it was decided: nobody can write")
        .with_state("nothing was changed")
        .with_hint("`schemactl move back` opens SQLite")
}
