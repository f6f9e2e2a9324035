//! How far AUTOINCREMENT has counted: a table that is built anew must not hand out a key again.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::database::Job;
use crate::database::sqlite::has_table;

/// The highest key that each table ever had, by its name in lower case.
#[derive(Debug, Default)]
pub(super) struct Sequences(BTreeMap<String, i64>);

impl Sequences {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        if !has_table(connection, "sqlite_sequence")? {
            return Ok(Self::default());
        }
        let mut statement =
            connection.prepare("SELECT lower(name), seq FROM main.sqlite_sequence WHERE typeof(seq) = 'integer'")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<rusqlite::Result<_>>().map(Self)
    }

    /// Raises the marks of the tables that the job dropped and made again to what they were: dropping a table forgets its
    /// mark, and copying the rows restores only the highest key that is left. A script that writes to
    /// `sqlite_sequence` itself is left to it.
    pub(super) fn carry_on(&self, connection: &Connection, job: &Job<'_>) -> rusqlite::Result<()> {
        let dropped: Vec<String> =
            job.analysis.shapes.dropped.iter().map(|name| name.name.to_ascii_lowercase()).collect();
        let marks: Vec<_> = self.0.iter().filter(|(table, _)| dropped.contains(table)).collect();
        if marks.is_empty() || job.step.script().text().to_ascii_lowercase().contains("sqlite_sequence") {
            return Ok(());
        }
        for (table, mark) in marks {
            if !counts(connection, table)? {
                continue;
            }
            let raised = connection.execute(
                "UPDATE main.sqlite_sequence SET seq = max(seq, ?2) WHERE lower(name) = ?1",
                rusqlite::params![table, mark],
            )?;
            if raised == 0 {
                connection.execute(
                    "INSERT INTO main.sqlite_sequence (name, seq) SELECT name, ?2 FROM main.sqlite_schema \
                     WHERE type = 'table' AND lower(name) = ?1",
                    rusqlite::params![table, mark],
                )?;
            }
        }
        Ok(())
    }
}

/// Whether a table is there and has AUTOINCREMENT. The word in a comment or a name makes a row in `sqlite_sequence` that
/// nothing reads.
fn counts(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = ?1 \
               AND sql LIKE '%AUTOINCREMENT%')";
    connection.query_row(sql, [table], |row| row.get(0))
}
