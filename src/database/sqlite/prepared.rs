//! Statements that are prepared once. rusqlite's own cache is behind a feature that not all of its releases have.

use std::cell::RefCell;
use std::collections::HashMap;

use rusqlite::{Connection, Statement};

/// The statements of a connection that run over and over, each compiled once.
pub(crate) struct PreparedStatements<'c> {
    pub(crate) connection: &'c Connection,
    prepared: RefCell<HashMap<String, Statement<'c>>>,
}

impl<'c> PreparedStatements<'c> {
    pub(crate) fn of(connection: &'c Connection) -> Self {
        Self { connection, prepared: RefCell::default() }
    }

    /// Does something with a statement, which is prepared where it was not yet. One that is in use is prepared a second time.
    pub(crate) fn with<T>(
        &self,
        sql: &str,
        work: impl FnOnce(&mut Statement<'c>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let known = self.prepared.borrow_mut().remove_entry(sql);
        let (sql, mut statement) = match known {
            Some(known) => known,
            None => (sql.to_owned(), self.connection.prepare(sql)?),
        };
        let done = work(&mut statement);
        self.prepared.borrow_mut().insert(sql, statement);
        done
    }
}
