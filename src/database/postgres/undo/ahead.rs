//! What is in the way of a down: told before it runs.

use super::apart::NoRecord;
use super::facts::{self, Facts};
use super::references;
use super::state::PartState;
use crate::database::Failure;
use crate::database::postgres::session::DeferredCleanup;
use crate::database::postgres::{PostgresDatabase, failure};
use crate::database::undo::{Conflict, once_each};
use crate::error::Code;
use crate::history::{UndoPart, UndoTable};
use crate::sql::Literal;
use crate::version::Version;

/// What is in the way now of putting rows back, and nothing else: in a transaction that is rolled back, which waits for nobody long. None where it cannot be
/// told so: another has a row, or the role may not write what is noted of it.
pub(super) async fn in_the_way(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    kept: &[UndoPart],
) -> Option<Vec<Conflict>> {
    // Names are looked for elsewhere than where the session looks, and the history may be where its names lead.
    let configured = database.tables.schema.clone();
    database.session.defer_cleanup(DeferredCleanup::Transaction, "ROLLBACK");
    let found = look(database, version, kept).await;
    database.session.roll_back().await;
    database.tables.schema = configured;
    found.inspect_err(|failure| tracing::debug!("not looked at: {}", failure.cause)).ok()
}

async fn look(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    kept: &[UndoPart],
) -> Result<Vec<Conflict>, Failure> {
    let sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '500ms'; \
         SELECT (SELECT nspname FROM pg_namespace WHERE oid = relnamespace) FROM pg_class WHERE oid = to_regclass({})",
        Literal(Some(&database.tables.of_undo(UndoTable::Rows)))
    );
    let answer = database.session.query(&sql).await;
    let rows = answer.map_err(|broken| failure::of(broken, database.session.is_interrupted()))?;
    let schema = rows.last().and_then(|row| row.get(0)).map(str::to_owned);
    let nothing = || Failure::new(Code::HistoryTable, "what is kept is not there");
    database.tables.schema = Some(schema.ok_or_else(nothing)?);
    compare(database, version, kept).await.map(|(_, conflicts)| conflicts)
}

/// Looks at all parts, and at what is in the way of putting their rows back.
pub(super) async fn compare(
    database: &mut PostgresDatabase<'_>,
    version: Version,
    kept: &[UndoPart],
) -> Result<(Vec<PartState>, Vec<Conflict>), Failure> {
    let parts: Vec<PartState> = kept.iter().map(|part| PartState::new(database, version, part)).collect();
    let facts = known(database).await?;
    for state in &parts {
        let name = state.part.table_after();
        let table = facts.tables.values().find(|table| Some(&table.name) == name.as_ref());
        state.compare(database, table).await?;
    }
    references::note(database, &facts, &parts).await?;
    let mut conflicts = Vec::new();
    for state in parts.iter().filter(|state| state.part.before.is_some()) {
        conflicts.extend(state.conflicts(database).await?);
    }
    Ok((parts, once_each(conflicts)))
}

/// What the server knows of the tables now.
pub(super) async fn known(database: &mut PostgresDatabase<'_>) -> Result<Facts, Failure> {
    facts::read(database).await.map_err(|none| match none {
        NoRecord::Why(why) => Failure::new(Code::StatementFailed, format!("the tables cannot be read: {why}")),
        NoRecord::Failed(failure) => failure,
    })
}
