//! A copy of data that is not complete: what it has taken off is not what migrations make.

use super::{PostgresDatabase, failure};
use crate::database::Reader;
use crate::error::{Code, Error, Result};

/// Refuses to change a database while indexes, foreign keys and triggers of it are off for a copy: a migration would not find them, and what the run
/// records of the catalog would be without them.
pub(super) async fn assert_none_under_way(database: &mut PostgresDatabase<'_>) -> Result<()> {
    if !database.prepared().has_move {
        return Ok(());
    }
    let sql = format!(
        "SELECT source, begun_at::text, state = 'open' FROM {} WHERE state <> 'complete'",
        database.tables.move_state()
    );
    let rows = match database.session.query(&sql).await {
        Ok(rows) => rows,
        Err(broken) => {
            let message = format!("whether data is being moved into {} cannot be read", database.label());
            return Err(failure::query(broken, database.session.is_interrupted(), message));
        }
    };
    let Some(row) = rows.first() else { return Ok(()) };
    let text = |at: usize| row.get(at).unwrap_or_default().to_owned();
    if row.get(2) == Some("t") {
        let message = format!("what changes in {} goes back to {}", database.label(), text(0));
        return Err(Error::new(Code::MoveUnderWay, message)
            .with_cause("both sides were switched with a way back, and SQLite has the tables as they were then")
            .with_state("nothing was changed")
            .with_hint("end the way back first: `schemactl move finish`"));
    }
    Err(Error::new(
        Code::MoveUnderWay,
        format!("data is being moved into {}, and the copy is not complete", database.label()),
    )
    .with_cause(format!(
        "it is of {}, and was begun at {}; indexes, foreign keys and triggers are off until it is complete",
        text(0),
        text(1)
    ))
    .with_state("nothing was changed")
    .with_hint("complete it: `schemactl move copy`")
    .with_hint("or take away what it has written: `schemactl move discard`"))
}
