//! What was noted on the target: which keys, and the rows that have them now.

use crate::error::Result;
use crate::history::MoveTable;
use crate::sql::{Ident, Literal};
use crate::transfer::TableMove;
use crate::transfer::copy::{MoveJournal, ReturnState};
use crate::transfer::session::TargetSession;
use crate::transfer::verify::receive_query;

use super::capture::key_column;
use super::lost;
use super::seal::CaptureSeal;

/// What was noted between the snapshot that the source shows and the one of the transaction at hand.
pub(in crate::transfer) struct NotedChanges<'a> {
    pub(in crate::transfer) journal: &'a MoveJournal,
    /// The snapshot that the source shows.
    pub(in crate::transfer) since: &'a str,
}

/// Why a way back is lost whose target shows less than the source has seen.
pub(in crate::transfer) const NOT_THE_SERVER: &str = "SQLite was told of transactions that PostgreSQL has not got: it may have been put back from a backup, or into another server";

pub(super) const MESSAGE: &str = "the changes of the target cannot be read";

impl NotedChanges<'_> {
    /// The condition for the lines that the source does not show. What the snapshot of the transaction shows, the table does.
    fn condition(&self) -> String {
        let since = Literal(Some(self.since));
        format!(
            "xid >= pg_catalog.pg_snapshot_xmin({since}::pg_catalog.pg_snapshot) AND NOT pg_catalog.pg_visible_in_snapshot(xid, {since}::pg_catalog.pg_snapshot)"
        )
    }

    /// How many lines there are, and how old the first is, in seconds.
    pub(super) async fn behind(&self, session: &TargetSession) -> Result<(i64, f64)> {
        let sql = format!(
            "SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0) FROM {} WHERE {}",
            self.journal.table(MoveTable::Returns),
            self.condition()
        );
        let rows = session.rows(&sql, MESSAGE).await?;
        let read = rows.first().and_then(|row| Some((row.get(0)?.parse().ok()?, row.get(1)?.parse().ok()?)));
        Ok(read.unwrap_or_default())
    }

    /// Refuses a target of which not all is known that was changed since: what notes changes is not what was made, or it has not got the transactions that
    /// the source has seen. Only where this holds does no line say that nothing was changed.
    pub(super) async fn assert_whole<N: AsRef<str>>(
        &self,
        session: &TargetSession,
        tables: &[N],
        back: &ReturnState,
    ) -> Result<()> {
        CaptureSeal::parse(&back.triggers).assert_whole(session, tables).await?;
        if !self.is_before(session).await? {
            return Err(lost(NOT_THE_SERVER));
        }
        Ok(())
    }

    /// Whether there is any line.
    pub(super) async fn are_there(&self, session: &TargetSession) -> Result<bool> {
        let sql = format!(
            "SELECT EXISTS (SELECT FROM {} WHERE {})::int",
            self.journal.table(MoveTable::Returns),
            self.condition()
        );
        Ok(session.number(&sql, MESSAGE).await? == 1)
    }

    /// Whether the snapshot of the transaction at hand shows all that the one does which the source shows: then what was noted since is there.
    pub(in crate::transfer) async fn is_before(&self, session: &TargetSession) -> Result<bool> {
        let since = Literal(Some(self.since));
        let sql = format!(
            "SELECT (pg_catalog.pg_snapshot_xmax({since}::pg_catalog.pg_snapshot) <= pg_catalog.pg_snapshot_xmax(s) AND NOT EXISTS \
             (SELECT FROM pg_catalog.pg_snapshot_xip(s) x WHERE pg_catalog.pg_visible_in_snapshot(x, {since}::pg_catalog.pg_snapshot)))::int \
             FROM pg_catalog.pg_current_snapshot() s"
        );
        Ok(session.number(&sql, MESSAGE).await? == 1)
    }

    /// The tables of which something was noted.
    pub(super) async fn tables(&self, session: &TargetSession) -> Result<Vec<String>> {
        let sql = format!(
            "SELECT DISTINCT source_table FROM {} WHERE {}",
            self.journal.table(MoveTable::Returns),
            self.condition()
        );
        let rows = session.rows(&sql, MESSAGE).await?;
        Ok(rows.iter().filter_map(|row| row.get(0).map(str::to_owned)).collect())
    }

    /// Hands over each key of a table once, in the binary form of COPY.
    pub(in crate::transfer) async fn keys(
        &self,
        session: &TargetSession,
        (table, types): (&TableMove, &[String]),
        visit: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        receive_query(session, &self.noted(table, types), MESSAGE, visit).await
    }

    /// Hands over the rows that have the noted keys now, in the binary form of COPY.
    pub(super) async fn rows(
        &self,
        session: &TargetSession,
        (table, types): (&TableMove, &[String]),
        visit: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let columns: Vec<String> = table.columns.iter().map(|column| format!("t.{}", Ident(&column.target))).collect();
        let same: Vec<String> = table
            .key_columns()
            .enumerate()
            .map(|(at, column)| format!("t.{} = k.{}", Ident(&column.target), key_column(at + 1)))
            .collect();
        let sql = format!(
            "SELECT {} FROM ({}) k JOIN {} t ON {}",
            columns.join(", "),
            self.noted(table, types),
            table.target,
            same.join(" AND ")
        );
        receive_query(session, &sql, MESSAGE, visit).await
    }

    fn noted(&self, table: &TableMove, types: &[String]) -> String {
        let keys: Vec<String> = types
            .iter()
            .enumerate()
            .map(|(at, datatype)| format!("{key}::{datatype} AS {key}", key = key_column(at + 1)))
            .collect();
        format!(
            "SELECT DISTINCT {} FROM {} WHERE {} AND source_table = {}",
            keys.join(", "),
            self.journal.table(MoveTable::Returns),
            self.condition(),
            Literal(Some(&table.name))
        )
    }
}

/// Takes away what was noted of transactions that a snapshot, which the source shows, has all seen.
pub(super) async fn prune(session: &TargetSession, journal: &MoveJournal, snapshot: &str) -> Result<()> {
    let sql = format!(
        "DELETE FROM {} WHERE xid < pg_catalog.pg_snapshot_xmin({}::pg_catalog.pg_snapshot)",
        journal.table(MoveTable::Returns),
        Literal(Some(snapshot))
    );
    session.run(&sql, "changes that were applied cannot be taken away").await
}

/// The types of a table's key, as SQL names them, whatever the search path is.
pub(in crate::transfer) async fn key_types(session: &TargetSession, table: &TableMove) -> Result<Vec<String>> {
    let mut types = Vec::new();
    for column in table.key_columns() {
        let sql = format!(
            "SELECT format('%s%s', (SELECT CASE n.nspname WHEN 'pg_catalog' THEN NULL ELSE format('%I.', n.nspname) END FROM pg_catalog.pg_namespace n WHERE n.oid = t.typnamespace), \
             CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace THEN pg_catalog.format_type(a.atttypid, a.atttypmod) ELSE format('%I', t.typname) END) \
             FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = {}::regclass AND a.attname = {}",
            Literal(Some(&table.target.to_string())),
            Literal(Some(&column.target))
        );
        let rows = session.rows(&sql, MESSAGE).await?;
        types.extend(rows.first().and_then(|row| row.get(0)).map(str::to_owned));
    }
    Ok(types)
}
