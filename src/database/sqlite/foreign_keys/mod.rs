//! Keeping child rows while a parent table is dropped or rebuilt.

mod integrity;
mod references;
mod sequences;

use std::cell::RefCell;

use rusqlite::Connection;

use self::integrity::{IntegrityCheck, Renames};
use self::references::{child_that_follows_deletes, child_that_follows_updates};
use self::sequences::Sequences;
use super::failure;
use crate::database::{Failure, Job};
use crate::error::Code;
use crate::sql::{Name, RowStatement, Running, StatementKind, assigned_columns};

pub(super) use integrity::first_orphans;

/// Foreign-key enforcement, switched off; put back as it was on drop, when the transaction is over.
pub(super) struct Enforcement<'c> {
    connection: &'c Connection,
    was_on: bool,
    before: RefCell<EnforcementBefore>,
}

#[derive(Default)]
struct EnforcementBefore {
    check: IntegrityCheck,
    sequences: Sequences,
}

impl<'c> Enforcement<'c> {
    pub(super) fn switch_off(connection: &'c Connection) -> Result<Self, Failure> {
        let was_on = connection
            .query_row("PRAGMA foreign_keys", [], |row| row.get(0))
            .and_then(|was_on| connection.execute_batch("PRAGMA foreign_keys = OFF").map(|()| was_on))
            .map_err(|error| failure::of(error, connection))?;
        Ok(Self { connection, was_on, before: RefCell::default() })
    }

    /// Remembers, inside the transaction, what is wrong already, and how far AUTOINCREMENT has counted.
    pub(super) fn before(&self, connection: &Connection) -> Result<(), Failure> {
        let read = || {
            Ok(EnforcementBefore { check: IntegrityCheck::of(connection)?, sequences: Sequences::read(connection)? })
        };
        *self.before.borrow_mut() = read().map_err(|error| failure::of(error, connection))?;
        Ok(())
    }

    /// Fails where the jobs have left rows without a parent, or references to a table that is gone.
    pub(super) fn after(&self, connection: &Connection, jobs: &[Job<'_>]) -> Result<(), Failure> {
        let before = self.before.borrow();
        for job in jobs {
            before.sequences.carry_on(connection, job).map_err(|error| failure::of(error, connection))?;
        }
        let after = IntegrityCheck::of(connection).map_err(|error| failure::of(error, connection))?;
        let renames = Renames::of(jobs);
        let Some(damage) = after.first_damage_since(&before.check, &renames) else { return Ok(()) };
        let Some(last) = jobs.last() else { return Ok(()) };
        let hint = match last.analysis.running {
            Running::Statements { .. } => {
                "put the statements that rebuild or drop the table into a migration of its own: this one runs statement by \
                 statement, and what one leaves behind is checked before the next"
                    .to_owned()
            }
            Running::Transaction => damage.hint(last.step.action()),
        };
        let cause = damage.named(connection).map_err(|error| failure::of(error, connection))?;
        Err(Failure::new(Code::ForeignKeys, cause).with_hint(hint))
    }

    /// With enforcement off no action of a foreign key is run: a step that also deletes rows of a table with children, or
    /// changes their keys, is refused, since its author counts on the action.
    pub(super) fn refuse_actions(&self, connection: &Connection, job: &Job<'_>) -> Result<(), Failure> {
        if !self.was_on {
            return Ok(());
        }
        let shapes = &job.analysis.shapes;
        let is_rebuilt = |table: &Name<'_>| {
            let renamed = shapes.renamed.iter().flat_map(|(from, to)| [from, to]);
            shapes.dropped.iter().chain(renamed).any(|name| name.may_be(table))
        };
        for table in shapes.deleted.iter().filter(|table| !is_rebuilt(table)) {
            let child = child_that_follows_deletes(connection, &table.name);
            if let Some(child) = child.map_err(|error| failure::of(error, connection))? {
                return Err(split_step(&format!("deletes rows of {table}"), &child));
            }
        }
        if shapes.updated.is_empty() {
            return Ok(());
        }
        for found in job.analysis.statements_of(job.step.script().text()).flatten() {
            let StatementKind::Rows(RowStatement::Update { table }) = &found.kind else { continue };
            if !shapes.updated.iter().any(|updated| updated.may_be(table)) {
                continue;
            }
            let child = child_that_follows_updates(connection, &table.name, &assigned_columns(found.text));
            if let Some(child) = child.map_err(|error| failure::of(error, connection))? {
                return Err(split_step(&format!("changes keys of {table}"), &child));
            }
        }
        Ok(())
    }
}

fn split_step(what: &str, child: &str) -> Failure {
    let cause = format!("it drops or rebuilds a table, and {what}, which the rows of \"{child}\" should follow");
    Failure::new(Code::SplitStep, cause)
        .with_hint("split it into two migrations: foreign-key actions are off while a table is rebuilt")
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
