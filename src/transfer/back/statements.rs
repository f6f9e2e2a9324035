//! PreparedStatements that are prepared once. rusqlite's own cache is behind a feature that not all of its releases have.

use std::cell::RefCell;
use std::collections::HashMap;

use rusqlite::{Connection, Statement};

/// The statements of a connection, for the time of a transaction.
pub(super) struct PreparedStatements<'c> {
    pub(super) connection: &'c Connection,
    prepared: RefCell<HashMap<String, Statement<'c>>>,
}

impl<'c> PreparedStatements<'c> {
    pub(super) fn of(connection: &'c Connection) -> Self {
        Self { connection, prepared: RefCell::default() }
    }

    /// Does something with a statement, which is prepared where it was not yet. One that is in use is prepared a second time.
    pub(super) fn with<T>(
        &self,
        sql: &str,
        work: impl FnOnce(&mut Statement<'c>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let known = self.prepared.borrow_mut().remove(sql);
        let mut statement = match known {
            Some(statement) => statement,
            None => self.connection.prepare(sql)?,
        };
        let done = work(&mut statement);
        self.prepared.borrow_mut().insert(sql.to_owned(), statement);
        done
    }
}
