//! Keeping child rows while a parent table is dropped or rebuilt.

use std::cell::RefCell;
use std::collections::BTreeMap;

use rusqlite::Connection;

use super::failure;
use crate::database::{Failure, Job};
use crate::error::Code;
use crate::sql::{self, Name};

/// Foreign-key enforcement, switched off; put back as it was on drop, when the transaction is over.
pub(super) struct Enforcement<'c> {
    connection: &'c Connection,
    was_on: bool,
    before: RefCell<Check>,
}

/// What was wrong before the step cannot be held against it.
#[derive(Default, PartialEq, Eq)]
struct Check {
    /// Rows without a parent, by child and parent table.
    violations: BTreeMap<(String, String), i64>,
    /// Tables that are referenced but do not exist, by child and parent.
    dangling: Vec<(String, String)>,
}

impl<'c> Enforcement<'c> {
    pub(super) fn switch_off(connection: &'c Connection) -> Result<Self, Failure> {
        let was_on = connection
            .query_row("PRAGMA foreign_keys", [], |row| row.get(0))
            .and_then(|was_on| connection.execute_batch("PRAGMA foreign_keys = OFF").map(|()| was_on))
            .map_err(|error| failure::of(error, connection))?;
        Ok(Self { connection, was_on, before: RefCell::default() })
    }

    /// Remembers, inside the transaction, what is wrong already.
    pub(super) fn before(&self, connection: &Connection) -> Result<(), Failure> {
        *self.before.borrow_mut() = Check::of(connection).map_err(|error| failure::of(error, connection))?;
        Ok(())
    }

    /// Fails where the step has left rows without a parent, or references to a table that is gone.
    pub(super) fn after(&self, connection: &Connection, job: &Job<'_>) -> Result<(), Failure> {
        let after = Check::of(connection).map_err(|error| failure::of(error, connection))?;
        let before = self.before.borrow();
        if let Some((child, parent)) = after.dangling.iter().find(|pair| !before.dangling.contains(pair)) {
            return Err(Failure::new(
                Code::ForeignKeys,
                format!("table \"{child}\" now references \"{parent}\", which does not exist"),
            )
            .with_hint(format!(
                "build the new table under another name, copy, drop \"{parent}\", then rename the new one: \
                 SQLite moves references along when the old table is renamed"
            )));
        }
        for ((child, parent), count) in &after.violations {
            let was = before.violations.get(&(child.clone(), parent.clone())).copied().unwrap_or(0);
            if *count > was {
                return Err(Failure::new(
                    Code::ForeignKeys,
                    format!("{} rows of \"{child}\" would have no parent in \"{parent}\"", count - was),
                )
                .with_hint(format!(
                    "copy all rows of \"{parent}\" into the new table, keys unchanged; {} does not",
                    job.step.name()
                )));
            }
        }
        Ok(())
    }

    /// With enforcement off no cascade fires: a step that also deletes rows of a table with children is refused, since
    /// its author counts on the cascade. One who writes `PRAGMA foreign_keys = OFF` does not; rows that are left without a
    /// parent are found after the step all the same.
    pub(super) fn refuse_deletes(&self, connection: &Connection, job: &Job<'_>) -> Result<(), Failure> {
        let shapes = &job.analysis.shapes;
        if !self.was_on || shapes.enforcement == sql::Enforcement::SwitchedOff {
            return Ok(());
        }
        let is_rebuilt = |table: &Name<'_>| {
            let renamed = shapes.renamed.iter().flat_map(|(from, to)| [from, to]);
            shapes.dropped.iter().chain(renamed).any(|name| name.may_be(table))
        };
        for table in shapes.deleted.iter().filter(|table| !is_rebuilt(table)) {
            let child = child_with_action(connection, &table.name).map_err(|error| failure::of(error, connection))?;
            if let Some(child) = child {
                let cause = format!(
                    "it drops or rebuilds a table, and deletes rows of {table}, which the rows of \"{child}\" should follow"
                );
                return Err(Failure::new(Code::SplitStep, cause)
                    .with_hint("split it into two migrations: foreign-key actions are off while a table is rebuilt"));
            }
        }
        Ok(())
    }
}

impl Drop for Enforcement<'_> {
    fn drop(&mut self) {
        if !self.was_on {
            return;
        }
        if let Err(error) = self.connection.execute_batch("PRAGMA foreign_keys = ON") {
            tracing::error!("foreign-key enforcement could not be switched on again: {error}");
        }
    }
}

impl Check {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut violations = BTreeMap::new();
        let mut statement = connection.prepare("SELECT \"table\", parent FROM pragma_foreign_key_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            *violations.entry((row.get(0)?, row.get(1)?)).or_insert(0) += 1;
        }
        Ok(Self { violations, dangling: dangling(connection)? })
    }
}

fn dangling(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare(
            "SELECT DISTINCT child.name, key.\"table\" \
             FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
             WHERE child.type = 'table' AND NOT EXISTS \
             (SELECT 1 FROM sqlite_schema AS parent WHERE parent.type = 'table' AND lower(parent.name) = lower(key.\"table\")) \
             ORDER BY 1, 2",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// A table with a foreign key on `parent` that acts when rows of it are deleted.
fn child_with_action(connection: &Connection, parent: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare(
        "SELECT child.name FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS key \
         WHERE child.type = 'table' AND lower(key.\"table\") = lower(?1) \
         AND key.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') \
         ORDER BY 1 LIMIT 1",
    )?;
    let mut rows = statement.query([parent])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}
