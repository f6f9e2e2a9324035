//! What is in the way of a down: rows that are not as the up left them.

use super::apart::NoRecord;
use super::facts::{self, Facts};
use super::state::{PartState, VerdictPlace};
use super::{given, references};
use crate::database::Failure;
use crate::database::postgres::session::DeferredCleanup;
use crate::database::postgres::{PostgresDatabase, failure};
use crate::database::undo::{Conflict, once_each};
use crate::error::Code;
use crate::history::{UndoPart, UndoTable};
use crate::sql::Literal;
use crate::version::Version;

/// A transaction that writes nothing, sees one state of all, and waits for nobody who holds a table for himself.
const LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = '500ms'";

/// What is in the way now of putting the rows of a version back: no row is locked for it, and no table but for reading. None where it cannot be told, since the
/// role may not read a table, or somebody holds one for himself.
pub(super) async fn in_the_way(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    kept: &[UndoPart],
) -> Option<Vec<Conflict>> {
    if database.session.is_borrowed() {
        // The application's client may have a transaction open, which is not ours to end.
        return None;
    }
    // Whoever asks goes on with the history as it was configured.
    let configured = database.tables.schema.clone();
    database.session.defer_cleanup(DeferredCleanup::Transaction, "ROLLBACK");
    let begun = database.session.run(LOOK).await;
    let found = match begun {
        Ok(()) => look(database, version, kept).await,
        Err(broken) => Err(failure::of(broken, database.session.is_interrupted())),
    };
    database.session.roll_back().await;
    database.tables.schema = configured;
    found.inspect_err(|failure| tracing::debug!("what is in the way was not looked at: {}", failure.cause)).ok()
}

async fn look(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    kept: &[UndoPart],
) -> Result<Vec<Conflict>, Failure> {
    // Who only reads has found the tables by the search path, which queries of ours leave.
    let index = Literal(Some(&database.tables.of_undo(UndoTable::Index))).to_string();
    let place = format!(
        "SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass({index})"
    );
    let found = database.session.query(&place).await;
    let found = found.map_err(|broken| failure::of(broken, database.session.is_interrupted()))?;
    if let Some(schema) = found.first().and_then(|row| row.get(0)) {
        database.tables.resolve(schema.to_owned());
    }
    let facts = known(database).await?;
    let parts = compare(database, &facts, version, kept, VerdictPlace::Asked).await?;
    conflicts(database, &parts).await
}

/// Looks at all parts, in the tables as they are known.
pub(super) async fn compare(
    database: &mut PostgresDatabase<'_>,
    facts: &Facts,
    version: Version,
    kept: &[UndoPart],
    place: VerdictPlace,
) -> Result<Vec<PartState>, Failure> {
    let mut parts: Vec<PartState> = kept.iter().map(|part| PartState::new(database, version, part)).collect();
    for state in &mut parts {
        let table = facts.named(state.part.table_after().as_ref());
        state.compare(database, table, place).await?;
    }
    references::note(database, facts, &mut parts).await?;
    given::note_moved(database, facts, &mut parts).await?;
    Ok(parts)
}

/// What stands in the way of putting rows back, or was left so.
pub(super) async fn conflicts(
    database: &mut PostgresDatabase<'_>,
    parts: &[PartState],
) -> Result<Vec<Conflict>, Failure> {
    let mut conflicts = Vec::new();
    for state in parts.iter().filter(|state| state.part.before.is_some()) {
        conflicts.extend(state.conflicts(database).await?);
    }
    Ok(once_each(conflicts))
}

/// What the server knows of the tables now.
pub(super) async fn known(database: &mut PostgresDatabase<'_>) -> Result<Facts, Failure> {
    facts::read(database).await.map_err(|none| match none {
        NoRecord::Why(why) => Failure::new(Code::StatementFailed, format!("the tables cannot be read: {why}")),
        NoRecord::Failed(failure) => failure,
    })
}
