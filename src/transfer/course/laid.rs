use std::sync::Arc;

use rusqlite::Connection;

use super::ends::MoveEnds;
use super::histories::{AllowedVersions, assert_ready};
use super::known::KnownMove;
use crate::catalog::Catalog;
use crate::database::Inspect as _;
use crate::database::sqlite::inspect::SqliteSnapshot;
use crate::database::sqlite::{self, OpenPurpose, SqliteDatabase};
use crate::error::{Error, Result};
use crate::postgres::block_on;
use crate::sql::Dialect;
use crate::transfer::{BegunMove, MovePlan, layout, refused_expressions};

/// What is moved, and what of both ends decides that.
pub(crate) struct PlannedMove {
    pub(crate) plan: Arc<MovePlan>,
    pub(crate) catalog: Catalog,
    /// The move, where it has begun.
    pub(crate) begun: Option<KnownMove>,
    /// What there is to know of the source.
    pub(crate) note: Option<String>,
}

impl PlannedMove {
    /// Refuses a map that was changed while the move is followed.
    ///
    /// # Errors
    ///
    /// A table has other rules or columns than those by which its rows were made.
    pub(crate) fn assert_same_map(&self) -> Result<()> {
        self.begun.as_ref().map_or(Ok(()), |begun| begun.assert_same_map(&self.plan))
    }

    /// The same, with a key for each table by which its rows are followed.
    pub(crate) fn keyed(self) -> Self {
        Self { plan: Arc::new(self.plan.keyed()), ..self }
    }

    /// The same as it goes back to SQLite.
    pub(crate) fn returning(self) -> Self {
        Self { plan: Arc::new(self.plan.returning()), ..self }
    }
}

/// Decides what is moved, where both histories stand as the move wants it. The inner errors are what the map does not say.
pub(crate) fn lay_out(
    ends: &MoveEnds,
    source: &Connection,
    allowed: AllowedVersions,
) -> Result<Result<PlannedMove, Vec<Error>>> {
    let catalog = block_on(catalog(ends, allowed))?;
    let (snapshot, note) = block_on(snapshot(ends, source, allowed))?;
    let begun = KnownMove::read(ends)?;
    let decided = match &begun {
        Some(begun) => BegunMove { moment: begun.state.moment, keys: begun.keys.clone() },
        None => BegunMove { moment: timestamp_now(), keys: Vec::new() },
    };
    let plan = match layout(&ends.map, &snapshot, &catalog, &decided) {
        Ok(plan) => plan,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let wrong = refused_expressions(&plan, || sqlite::open(&ends.location, OpenPurpose::Read))?;
    if wrong.is_empty() { Ok(Ok(PlannedMove { plan: Arc::new(plan), catalog, begun, note })) } else { Ok(Err(wrong)) }
}

/// Now, in microseconds since 2000-01-01 in UTC.
fn timestamp_now() -> i64 {
    const FROM_1970_TO_2000: i64 = 946_684_800_000_000;

    chrono::Utc::now().timestamp_micros() - FROM_1970_TO_2000
}

/// What the target holds, where its history stands as the move wants it.
async fn catalog(ends: &MoveEnds, allowed: AllowedVersions) -> Result<Catalog> {
    let mut database = ends.connected().await?;
    let read = async {
        assert_ready(&mut database, ends, Dialect::Postgres, allowed).await?;
        Ok(database.inspection().await?.snapshot)
    };
    let read = read.await;
    database.close().await;
    read
}

/// What the source holds, in the snapshot of which its rows are read; and what there is to know of it.
async fn snapshot(
    ends: &MoveEnds,
    connection: &Connection,
    allowed: AllowedVersions,
) -> Result<(SqliteSnapshot, Option<String>)> {
    let mut database = SqliteDatabase::borrow(connection, &ends.source.options);
    let note = assert_ready(&mut database, ends, Dialect::Sqlite, allowed).await?;
    let capture = ends.capture().names();
    Ok((database.inspection().await?.snapshot.without(&capture), note))
}
