//! What the index says that is kept, and taking it away.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::store;
use crate::database::PurgeCause;
use crate::database::kept::ColumnPath;
use crate::database::sqlite::has_table;
use crate::database::sqlite::session::run;
use crate::database::sqlite::shape::NOW;
use crate::database::sqlite::tables::{is_own, optional};
use crate::history::{IndexRow, KeptRows, images_of};
use crate::sql::Ident;
use crate::version::Version;

/// What is kept of each version, or was to be.
pub(in crate::database::sqlite) fn list(connection: &Connection, history: &str) -> rusqlite::Result<Vec<KeptRows>> {
    let (mut index, images) = (index(connection, history)?, images(connection, history)?);
    for version in IndexRow::without(&index, &images) {
        index.push(IndexRow::missing(version, described(connection, history, version)?));
    }
    Ok(KeptRows::of(&index, &images))
}

/// The description and the checksum that the history has of a version.
fn described(connection: &Connection, history: &str, version: Version) -> rusqlite::Result<Option<(String, String)>> {
    if !has_table(connection, history)? {
        return Ok(None);
    }
    let sql = format!("SELECT description, checksum FROM main.{} WHERE version = ?1", Ident(history));
    optional(connection.query_row(&sql, [version.get()], |row| Ok((row.get(0)?, row.get(1)?))))
}

fn index(connection: &Connection, history: &str) -> rusqlite::Result<Vec<IndexRow>> {
    if !store::has_index(connection, history)? {
        return Ok(Vec::new());
    }
    let described = if has_table(connection, history)? {
        format!("LEFT JOIN main.{} AS h ON h.version = u.version", Ident(history))
    } else {
        "LEFT JOIN (SELECT NULL AS version, NULL AS description, NULL AS checksum, NULL AS applied_at) AS h ON 0"
            .to_owned()
    };
    let sql = format!(
        "SELECT u.version, u.number, u.kind, u.table_before, u.table_after, u.row_count, u.byte_count, u.reason, u.kept_at, u.kept_until, \
         coalesce(u.kept_until < {NOW}, 0), h.description, h.checksum, h.applied_at IS u.kept_at FROM {} AS u {described} ORDER BY u.version, u.number",
        store::index(history)
    );
    let mut statement = connection.prepare(&sql)?;
    let row = |row: &rusqlite::Row<'_>| {
        Ok(IndexRow {
            version: row.get(0)?,
            number: row.get(1)?,
            kind: row.get(2)?,
            before: row.get(3)?,
            after: row.get(4)?,
            rows: row.get(5)?,
            bytes: row.get(6)?,
            reason: row.get(7)?,
            kept_at: row.get(8)?,
            kept_until: row.get(9)?,
            is_over: row.get(10)?,
            description: row.get(11)?,
            checksum: row.get(12)?,
            is_superseded: !row.get::<_, bool>(13)?,
        })
    };
    statement.query_map([], row)?.collect()
}

/// The tables with rows that are there, whatever the index says.
fn images(connection: &Connection, history: &str) -> rusqlite::Result<BTreeSet<(Version, u32)>> {
    let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name LIKE '%\\_undo\\_%' ESCAPE '\\'";
    let names: Vec<String> = connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(names.iter().filter_map(|name| images_of(history, name)).collect())
}

/// Whether what is kept of a version was kept at that moment; none where the index says nothing of it.
pub(in crate::database::sqlite) fn is_kept_at(
    connection: &Connection,
    history: &str,
    version: Version,
    at: Option<&str>,
) -> rusqlite::Result<bool> {
    if !store::has_index(connection, history)? {
        return Ok(at.is_none());
    }
    let sql = format!("SELECT kept_at FROM {} WHERE version = ?1 AND number = 0", store::index(history));
    let found: Option<String> = optional(connection.query_row(&sql, [version.get()], |row| row.get(0)))?;
    Ok(found.as_deref() == at)
}

/// Takes away the rows that are kept of a version, and has the index say so. The caller has the transaction.
pub(in crate::database::sqlite) fn purge(
    connection: &Connection,
    history: &str,
    version: Version,
    cause: PurgeCause,
) -> rusqlite::Result<()> {
    store::create(connection, history)?;
    let wiping = Wiping::begin(connection)?;
    store::drop_images(connection, history, version)?;
    wiping.end()?;
    let (index, purged) = (store::index(history), IndexRow::PURGED);
    connection.execute(&format!("DELETE FROM {} WHERE version = ?1", store::columns(history)), [version.get()])?;
    connection.execute(&format!("DELETE FROM {index} WHERE version = ?1 AND number <> 0"), [version.get()])?;
    let asked = format!("'they were purged on ' || {NOW}");
    let reason = match cause {
        PurgeCause::Asked => asked,
        PurgeCause::Expired => format!("coalesce('they were kept until ' || kept_until, {asked})"),
    };
    // Of what the index said nothing of, it does from now on.
    connection.execute(
        &format!(
            "INSERT INTO {index} (version, number, kind, row_count, byte_count, reason) VALUES (?1, 0, '{purged}', 0, 0, 'they were purged on ' || {NOW}) \
             ON CONFLICT (version, number) DO UPDATE SET kind = '{purged}', row_count = 0, byte_count = 0, reason = {reason}, kept_until = NULL"
        ),
        [version.get()],
    )?;
    Ok(())
}

/// What is deleted is overwritten with zeros, as long as it lives: who purges wants it to be gone from the file (<https://www.sqlite.org/pragma.html#pragma_secure_delete>).
struct Wiping<'c> {
    connection: &'c Connection,
    before: i64,
}

impl<'c> Wiping<'c> {
    fn begin(connection: &'c Connection) -> rusqlite::Result<Self> {
        let before = connection.query_row("PRAGMA main.secure_delete", [], |row| row.get(0))?;
        set(connection, 1)?;
        Ok(Self { connection, before })
    }

    fn end(self) -> rusqlite::Result<()> {
        set(self.connection, self.before)
    }
}

impl Drop for Wiping<'_> {
    fn drop(&mut self) {
        if let Err(error) = set(self.connection, self.before) {
            tracing::warn!("secure_delete could not be put back: {error}");
        }
    }
}

/// 2 stands for what is off where it would cost more writing.
fn set(connection: &Connection, value: i64) -> rusqlite::Result<()> {
    let word = if value == 2 { "FAST".to_owned() } else { value.to_string() };
    run(connection, &format!("PRAGMA main.secure_delete = {word}"))
}

/// The columns of the tables of the database that people made.
pub(in crate::database::sqlite) fn columns(
    connection: &Connection,
    history: &str,
) -> rusqlite::Result<Vec<ColumnPath>> {
    let sql = "SELECT t.name, c.name FROM main.sqlite_schema AS t, pragma_table_xinfo(t.name, 'main') AS c \
               WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid";
    let mut statement = connection.prepare(sql)?;
    let path = |row: &rusqlite::Row<'_>| Ok(ColumnPath { schema: None, table: row.get(0)?, column: row.get(1)? });
    let all: Vec<ColumnPath> = statement.query_map([], path)?.collect::<Result<_, _>>()?;
    Ok(all.into_iter().filter(|path| !is_own(history, &path.table)).collect())
}
