//! A round of the way back: what the target changed between two snapshots, in one transaction on the source.

use rusqlite::{TransactionBehavior, params};

use super::changes::{MESSAGE, NotedChanges};
use super::{ReturnTask, ReturnedSource, lost, unread, unwritten};
use crate::database::sqlite::PreparedStatements;
use crate::error::Result;
use crate::history::CaptureTable;
use crate::transfer::copy::ReturnState;
use crate::transfer::follow::{RoundApplied, taken_over};
use crate::transfer::session::TargetSession;

impl ReturnTask<'_> {
    /// Applies what was changed since the snapshot that the source shows. None where nothing was.
    ///
    /// Whoever writes to the source takes its lock before the snapshot of the target is taken, so that of two rounds the later one has the later snapshot.
    pub(crate) async fn round(
        &self,
        (session, control): (&TargetSession, &TargetSession),
        source: &mut ReturnedSource<'_>,
        (follower, back): (&str, &ReturnState),
    ) -> Result<Option<RoundApplied>> {
        let (capture, journal) = (self.follow.capture, self.follow.journal);
        let returned = capture.returned(&source.connection)?;
        let noted = NotedChanges { journal, since: returned.snapshot.as_deref().unwrap_or(&back.from) };
        if !noted.are_there(session).await? {
            noted.assert_whole(session, &self.follow.plan.target_names(), back).await?;
            // Otherwise a side was put back, or another one writes: under the lock it shows.
            if back.has_told(returned.rounds) {
                return Ok(None);
            }
        }
        let transaction =
            source.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(unwritten)?;
        self.assert_closed(&transaction)?;
        let returned = capture.returned(&transaction)?;
        self.assert_same_rounds(control, returned.rounds, back).await?;
        let schema: i64 = transaction.query_row("PRAGMA schema_version", [], |row| row.get(0)).map_err(unread)?;
        if source.whole_at != Some(schema) {
            capture.assert_whole(&transaction, self.follow.plan)?;
            source.whole_at = Some(schema);
        }
        session.run(&session.begin_to_read(), MESSAGE).await?;
        let since = returned.snapshot.as_deref().unwrap_or(&back.from);
        let round = ReturnRound {
            task: self,
            session,
            noted: NotedChanges { journal, since },
            statements: PreparedStatements::of(&transaction),
        };
        let applied = round.apply(&source.tables, &mut source.names, back).await;
        drop(round);
        session.roll_back().await;
        let (applied, snapshot) = applied.map_err(|error| {
            error.unless_stated("what was applied before is there; PostgreSQL is the side that is written")
        })?;
        capture.return_to(&transaction, &snapshot, returned.rounds + 1).map_err(unwritten)?;
        if !journal.round_soon(control, follower, returned.rounds, applied.keys).await? {
            return Err(taken_over());
        }
        crate::fault::point("round to be returned");
        transaction.commit().map_err(unwritten)?;
        source.unsettled = Some(snapshot);
        Ok(Some(applied))
    }

    /// Refuses sides of which one has not the rounds that the other one was told of. Another one may have written since the state was read.
    async fn assert_same_rounds(&self, control: &TargetSession, rounds: i64, back: &ReturnState) -> Result<()> {
        if back.has_told(rounds) || self.follow.state(control).await?.back.is_some_and(|back| back.has_told(rounds)) {
            return Ok(());
        }
        Err(lost("one of both sides has not what the other one was told: it may have been put back from a backup"))
    }
}

/// A round within both transactions.
struct ReturnRound<'a> {
    task: &'a ReturnTask<'a>,
    session: &'a TargetSession,
    noted: NotedChanges<'a>,
    statements: PreparedStatements<'a>,
}

impl ReturnRound<'_> {
    /// Applies the changes, and returns the snapshot that the source shows then.
    async fn apply(
        &self,
        tables: &[super::ReturnedTable<'_>],
        names: &mut super::KeyNames,
        back: &ReturnState,
    ) -> Result<(RoundApplied, String)> {
        let rows = self.session.rows("SELECT pg_catalog.pg_current_snapshot()", MESSAGE).await?;
        let snapshot = rows.first().and_then(|row| row.get(0)).unwrap_or_default().to_owned();
        self.noted.assert_whole(self.session, &self.task.follow.plan.target_names(), back).await?;
        let changed = self.noted.tables(self.session).await?;
        let tables: Vec<_> = tables.iter().filter(|table| changed.contains(&table.table.name)).collect();
        let mut applied = RoundApplied::default();
        for table in &tables {
            table.clear(self.statements.connection)?;
            let has_aside = self.has_aside(&table.table.name)?;
            let read = self.noted.keys(self.session, (table.table, &table.types), |key| {
                applied.keys += 1;
                if has_aside {
                    self.take_up(&table.table.name, &table.name_of(key))?;
                }
                table.take_key(&self.statements, names, key)
            });
            read.await?;
            table.erase(self.statements.connection)?;
        }
        for table in tables {
            let mut aside = Vec::new();
            let read = self.noted.rows(self.session, (table.table, &table.types), |row| {
                aside.extend(table.write(&self.statements, names, row)?);
                Ok(())
            });
            read.await?;
            applied.set_aside += u64::try_from(aside.len()).unwrap_or(u64::MAX);
            self.set_aside(&table.table.name, &aside)?;
            table.clear(self.statements.connection)?;
        }
        Ok((applied, snapshot))
    }

    fn aside(&self) -> String {
        format!("main.{}", self.task.follow.capture.table(CaptureTable::Aside))
    }

    /// Whether a row of a table is set aside.
    fn has_aside(&self, table: &str) -> Result<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE source_table = ?1)", self.aside());
        self.statements.with(&sql, |statement| statement.query_row([table], |row| row.get(0))).map_err(unread)
    }

    /// Forgets what was set aside under a key that is looked at anew.
    fn take_up(&self, table: &str, key: &str) -> Result<()> {
        let sql = format!("DELETE FROM {} WHERE source_table = ?1 AND row_key = ?2", self.aside());
        self.statements.with(&sql, |statement| statement.execute([table, key])).map(drop).map_err(unwritten)
    }

    fn set_aside(&self, table: &str, rows: &[(String, String)]) -> Result<()> {
        let sql =
            format!("INSERT OR REPLACE INTO {} (source_table, row_key, reason) VALUES (?1, ?2, ?3)", self.aside());
        for (key, reason) in rows {
            let kept = self.statements.with(&sql, |statement| statement.execute(params![table, key, reason]));
            kept.map_err(unwritten)?;
        }
        Ok(())
    }
}
