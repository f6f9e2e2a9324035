//! What the index says that is kept, and taking it away.

use std::collections::BTreeSet;

use tokio_postgres::SimpleQueryRow;

use super::{ahead, parts};
use crate::database::kept::{ColumnPath, KeptParts, KeptRecords, ShownRows};
use crate::database::postgres::tables::Tables;
use crate::database::postgres::{PostgresDatabase, history};
use crate::database::undo::Conflict;
use crate::database::{PurgeCause, Reader};
use crate::error::{Code, Error, Result};
use crate::history::{IndexRow, KeptRows, UndoPart, UndoTable};
use crate::sql::Literal;
use crate::version::Version;

/// A moment as JSON and messages have it, whether the column is a text or a time.
fn moment(column: &str) -> String {
    format!("to_char({column}::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
}

impl Tables {
    /// A statement that divides by zero where what is kept of a version was kept at another moment.
    pub(in crate::database::postgres) fn check_kept(&self, version: Version, at: Option<&str>) -> String {
        format!(
            "SELECT 1 / ((SELECT {} FROM {} WHERE version = {version} AND number = 0) IS NOT DISTINCT FROM {})::int",
            moment("kept_at"),
            self.of_undo(UndoTable::Index),
            Literal(at)
        )
    }

    /// The statement that has the index say that what was kept of a version is not any more.
    pub(in crate::database::postgres) fn note_purged(&self, version: Version, cause: PurgeCause) -> String {
        let asked = format!("'they were purged on ' || {}", moment("now()"));
        let reason = match cause {
            PurgeCause::Asked => asked,
            PurgeCause::Expired => format!("coalesce('they were kept until ' || {}, {asked})", moment("kept_until")),
        };
        format!(
            "UPDATE {} SET kind = '{}', row_count = 0, byte_count = 0, reason = {reason}, kept_until = NULL WHERE version = {version} AND number = 0",
            self.of_undo(UndoTable::Index),
            IndexRow::PURGED
        )
    }

    /// The statements that take away what is kept of a version.
    pub(in crate::database::postgres) fn drop_kept(&self, version: Version, numbers: &[u32]) -> Vec<String> {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        let listed = if numbers.is_empty() { "NULL".to_owned() } else { numbers.join(", ") };
        vec![
            format!("DELETE FROM {} WHERE version = {version} AND number IN ({listed})", self.of_undo(UndoTable::Rows)),
            format!("DELETE FROM {} WHERE version = {version}", self.of_undo(UndoTable::Columns)),
            format!("DELETE FROM {} WHERE version = {version} AND number <> 0", self.of_undo(UndoTable::Index)),
        ]
    }
}

impl KeptRecords for PostgresDatabase<'_> {
    async fn has_expired(&mut self) -> Result<bool> {
        // A start with nothing to do is one round trip, which has asked this too.
        Ok(self.has_expired)
    }

    async fn kept(&mut self) -> Result<Vec<KeptRows>> {
        list(self).await
    }

    async fn kept_parts(&mut self, version: Version, shown: &ShownRows<'_>) -> Result<KeptParts> {
        parts::parts(self, version, shown).await
    }

    async fn in_the_way(
        &mut self,
        version: Version,
        parts: &[UndoPart],
        _: &BTreeSet<String>,
    ) -> Result<Option<Vec<Conflict>>> {
        Ok(ahead::in_the_way(self, version, parts).await)
    }

    async fn columns(&mut self) -> Result<Vec<ColumnPath>> {
        columns(self).await
    }
}

/// What is kept of each version, or was to be. That there is no index is asked for: an error would end a transaction that an application has open.
pub(super) async fn list(database: &mut PostgresDatabase<'_>) -> Result<Vec<KeptRows>> {
    let (index, history) = (database.tables.of_undo(UndoTable::Index), database.tables.history());
    let (of_index, of_rows) = (Literal(Some(&index)), database.tables.of_undo(UndoTable::Rows));
    let sql = format!(
        "SELECT to_regclass({of_index}) IS NOT NULL, to_regclass({}) IS NOT NULL, has_table_privilege(to_regclass({of_index}), 'SELECT') \
         AND coalesce(has_column_privilege(to_regclass({rows}), 'version', 'SELECT') AND has_column_privilege(to_regclass({rows}), 'number', 'SELECT'), true), \
         quote_ident(current_user)",
        Literal(Some(&history)),
        rows = Literal(Some(&of_rows))
    );
    let there = history::rows(database, &sql).await?;
    let is_there = |at| there.first().and_then(|row| row.get(at)) == Some("t");
    if !is_there(0) {
        return Ok(Vec::new());
    }
    if !is_there(2) {
        let role = there.first().and_then(|row| row.get(3)).unwrap_or_default();
        return Err(unprivileged(database, role));
    }
    let described = if is_there(1) {
        format!("LEFT JOIN {history} h ON h.version = u.version")
    } else {
        "LEFT JOIN (SELECT NULL::bigint AS version, NULL AS description, NULL AS checksum, NULL::timestamptz AS applied_at) h ON false".to_owned()
    };
    let sql = format!(
        "SELECT u.version, u.number, u.kind, u.table_before, u.table_after, u.row_count, u.byte_count, u.reason, {}, {}, \
         coalesce(u.kept_until::timestamptz < now(), false), h.description, h.checksum, h.applied_at IS NOT DISTINCT FROM u.kept_at::timestamptz FROM {index} u {described} ORDER BY u.version, u.number",
        moment("u.kept_at"),
        moment("u.kept_until"),
    );
    let rows = history::rows(database, &sql).await?;
    let shown = database.tables.shown();
    let mut index_rows =
        rows.iter().map(|row| index_row(row).ok_or_else(|| unreadable(&shown))).collect::<Result<Vec<_>>>()?;
    let images = images(database, &index).await?;
    for version in IndexRow::without(&index_rows, &images) {
        let sql = format!("SELECT description, checksum FROM {history} WHERE version = {version}");
        let rows = if is_there(1) { history::rows(database, &sql).await? } else { Vec::new() };
        let described = rows.first().and_then(|row| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())));
        index_rows.push(IndexRow::missing(version, described));
    }
    Ok(KeptRows::of(&index_rows, &images))
}

/// The parts with rows that are there, whatever the index says.
async fn images(database: &mut PostgresDatabase<'_>, index: &str) -> Result<BTreeSet<(Version, u32)>> {
    // In the schema that has the index: that of the history may not be known yet.
    let sql = format!(
        "SELECT format('%I.%I', n.nspname, r.relname) FROM pg_catalog.pg_class i JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace \
         JOIN pg_catalog.pg_class r ON r.relnamespace = n.oid AND r.relname = {} WHERE i.oid = to_regclass({})",
        Literal(Some(&UndoTable::Rows.name(database.tables.name()))),
        Literal(Some(index))
    );
    let found = history::rows(database, &sql).await?;
    let Some(rows) = found.first().and_then(|row| row.get(0)) else { return Ok(BTreeSet::new()) };
    // By way of the primary key: the rows themselves are not read.
    let sql = format!(
        "WITH RECURSIVE part AS ((SELECT version, number FROM {rows} ORDER BY 1, 2 LIMIT 1) UNION ALL \
         SELECT n.version, n.number FROM part p, LATERAL (SELECT r.version, r.number FROM {rows} r \
         WHERE (r.version, r.number) > (p.version, p.number) ORDER BY 1, 2 LIMIT 1) AS n) SELECT version, number FROM part"
    );
    let parts = history::rows(database, &sql).await?;
    let part = |row: &SimpleQueryRow| Some((Version::new(row.get(0)?.parse().ok()?)?, row.get(1)?.parse().ok()?));
    Ok(parts.iter().filter_map(part).collect())
}

fn index_row(row: &SimpleQueryRow) -> Option<IndexRow> {
    let text = |at| row.get(at).map(str::to_owned);
    let number = |at| row.get(at)?.parse().ok();
    Some(IndexRow {
        version: number(0)?,
        number: number(1)?,
        kind: text(2)?,
        before: text(3),
        after: text(4),
        rows: number(5)?,
        bytes: number(6)?,
        reason: text(7),
        kept_at: text(8),
        kept_until: text(9),
        is_over: row.get(10)? == "t",
        is_superseded: row.get(13)? != "t",
        description: text(11),
        checksum: text(12),
    })
}

fn unprivileged(database: &PostgresDatabase<'_>, role: &str) -> Error {
    let [index, _, rows] = UndoTable::ALL.map(|table| database.tables.shown_of_undo(table));
    Error::new(Code::Privilege, format!("what is kept of rows in {} cannot be read", database.label()))
        .with_cause(format!("the role {role} may not read {index} and {rows}"))
        .with_state("nothing was changed")
        .with_hint(format!(
            "let their owner look, or run this, which shows no values: `GRANT SELECT ON {index} TO {role}; GRANT SELECT (version, number) ON {rows} TO {role};`"
        ))
}

fn unreadable(history: &str) -> Error {
    Error::new(Code::Query, format!("the index of what is kept beside {history} has a row that cannot be read"))
        .with_state("nothing was changed")
        .with_hint("was it changed by hand, or by a newer schemactl?")
}

/// The columns of the tables that people made.
async fn columns(database: &mut PostgresDatabase<'_>) -> Result<Vec<ColumnPath>> {
    let sql = "SELECT n.nspname, c.relname, a.attname FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid \
               WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped \
               AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2, a.attnum";
    let rows = history::rows(database, sql).await?;
    let path = |row: &SimpleQueryRow| {
        let (table, column) = (row.get(1)?.to_owned(), row.get(2)?.to_owned());
        Some(ColumnPath { schema: row.get(0).map(str::to_owned), table, column })
    };
    let all: Vec<ColumnPath> = rows.iter().filter_map(path).collect();
    Ok(all.into_iter().filter(|path| !database.tables.is_own(&path.table)).collect())
}
