//! A round: the changes up to one snapshot of the source, in one transaction on the target.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{FollowTask, FollowedSource, number, taken_over, unread};
use crate::convert::{TargetType, TargetValue};
use crate::error::{Error, Result};
use crate::history::MoveTable;
use crate::sql::{Literal, Plain};
use crate::transfer::TableMove;
use crate::transfer::binary_copy::{append, begin_row};
use crate::transfer::capture::erase;
use crate::transfer::copy::{Chunk, ChunkPlace, CopyFailure, Fence, RoundDone, RowWriter, send};
use crate::transfer::session::TargetSession;
use crate::transfer::source::{RowPosition, SqliteRow};

/// Bytes of rows that are sent at once.
const PIECE: usize = 4 * 1024 * 1024;

/// What a round has applied.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RoundApplied {
    pub(crate) keys: u64,
    pub(crate) set_aside: u64,
}

/// The read transaction of a round.
struct ReadTransaction<'c>(&'c Connection);

impl<'c> ReadTransaction<'c> {
    fn begin(connection: &'c Connection) -> Result<Self> {
        connection.execute_batch("BEGIN").map_err(unread)?;
        Ok(Self(connection))
    }
}

impl Drop for ReadTransaction<'_> {
    fn drop(&mut self) {
        // It has changed nothing, so that nothing is lost where it cannot be ended.
        let _ = self.0.execute_batch("ROLLBACK");
    }
}

const MESSAGE: &str = "changes of the source cannot be applied";

impl FollowTask<'_> {
    /// Applies what was changed since the position. None where nothing was.
    pub(crate) async fn round(
        &self,
        session: &TargetSession,
        source: &mut FollowedSource,
        follower: &str,
    ) -> Result<Option<RoundApplied>> {
        let state = self.state(session).await?;
        let snapshot = ReadTransaction::begin(&source.connection)?;
        let captured = self.assert_same(self.capture.state(snapshot.0)?, &state)?;
        let schema = number(snapshot.0, "PRAGMA schema_version")?;
        if source.whole_at != Some(schema) {
            self.capture.assert_whole(snapshot.0, self.plan)?;
            source.whole_at = Some(schema);
        }
        if captured.last == state.position {
            return Ok(None);
        }
        let applied = session.alone(MESSAGE, async || {
            let begin = format!("SET CONSTRAINTS ALL IMMEDIATE; {}", Fence::pass(&state.capture));
            session.run(&begin, MESSAGE).await?;
            let applied = self.apply(session, snapshot.0, state.position).await?;
            let done = RoundDone { from: state.position, to: captured.last, keys: applied.keys };
            if self.journal.advance(session, follower, done).await? { Ok(applied) } else { Err(taken_over()) }
        });
        let applied = applied.await.map_err(|error| error.unless_stated("what was applied before is in the target"))?;
        source.unsettled = true;
        Ok(Some(applied))
    }

    async fn apply(&self, session: &TargetSession, source: &Connection, after: i64) -> Result<RoundApplied> {
        let changed = self.capture.tables_changed(source, after)?;
        let tables: Vec<&TableMove> = self.plan.tables.iter().filter(|table| changed.contains(&table.name)).collect();
        let aside = self.journal.tables_set_aside(session).await?;
        let mut applied = RoundApplied::default();
        for table in tables.iter().rev() {
            applied.keys += erase(session, self.capture, (source, after), table).await?.keys;
            if aside.contains(&table.name) {
                self.take_up(session, (source, after), table).await?;
            }
        }
        for table in tables {
            applied.set_aside += self.insert(session, (source, after), table).await?;
        }
        Ok(applied)
    }

    /// Forgets what was set aside under keys that are applied now: they are looked at anew.
    async fn take_up(
        &self,
        session: &TargetSession,
        (source, after): (&Connection, i64),
        table: &TableMove,
    ) -> Result<()> {
        let mut keys = Vec::new();
        self.capture.keys(source, table, after, |key| {
            let text = RowPosition::Key(key.iter().map(|value| (*value).into()).collect()).to_string();
            begin_row(&mut keys, 1);
            append(&mut keys, &TargetValue::Text(text.into()), &TargetType::Text);
            Ok(())
        })?;
        session.run("CREATE TEMP TABLE schemactl_keys (key text) ON COMMIT DROP", MESSAGE).await?;
        send(session, "pg_temp.schemactl_keys", &keys).await.map_err(|error| session.error(error, MESSAGE))?;
        let sql = format!(
            "DELETE FROM {} a USING pg_temp.schemactl_keys k WHERE a.source_table = {} AND a.row_key = k.key; \
             DROP TABLE pg_temp.schemactl_keys",
            self.journal.table(MoveTable::SetAside),
            Literal(Some(&table.name))
        );
        session.run(&sql, MESSAGE).await
    }

    /// Inserts the rows that have the keys now. Returns how many values and rows have no place.
    async fn insert(
        &self,
        session: &TargetSession,
        (source, after): (&Connection, i64),
        table: &TableMove,
    ) -> Result<u64> {
        let mut statement = source.prepare(&self.capture.rows(table)).map_err(unread)?;
        let mut rows = statement.query([after]).map_err(unread)?;
        let (mut aside, mut is_over) = (0, false);
        while !is_over {
            let mut chunk = Chunk::of_followed(ChunkPlace { table: 0, range: 0, number: 0 });
            while chunk.bytes() < PIECE {
                let Some(row) = rows.next().map_err(unread)? else {
                    is_over = true;
                    break;
                };
                // Nothing is refused where it may be set aside.
                let _ = chunk.take(table, &SqliteRow::new(row, table), (self.plan.moment, &HashMap::new()), true);
            }
            aside += self.write(session, table, chunk).await?;
        }
        Ok(aside)
    }

    async fn write(&self, session: &TargetSession, table: &TableMove, mut chunk: Chunk) -> Result<u64> {
        let writer = RowWriter { session, table };
        let mut from = 0;
        while from < chunk.rows.len() {
            let part = writer.part(&chunk.rows, from).await;
            let (to, refusal) = part.map_err(|failure| failed(session, table, failure))?;
            session.run("RELEASE SAVEPOINT schemactl_part", MESSAGE).await?;
            from = to;
            if let Some(reason) = refusal {
                chunk.set_aside.push(writer.refused(&chunk.rows, to, reason));
                from += 1;
            }
        }
        self.journal.set_aside(session, &chunk.set_aside).await?;
        self.journal.new_ids(session, &chunk.ids).await?;
        Ok(u64::try_from(chunk.set_aside.len()).unwrap_or(u64::MAX))
    }
}

fn failed(session: &TargetSession, table: &TableMove, failure: CopyFailure) -> Error {
    match failure {
        CopyFailure::Row(_, error) => session.error(error, &format!("a row of {} is refused", Plain(&table.name))),
        CopyFailure::Other(error) => error,
    }
}
