//! A statement of SQLite that runs over and over, compiled once.

use rusqlite::{Connection, Statement};

/// The last statement that ran here.
pub(crate) struct LastPrepared<'c> {
    connection: &'c Connection,
    last: Option<(String, Statement<'c>)>,
}

impl<'c> LastPrepared<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, last: None }
    }

    /// The statement of this text: the last one, where that has the same.
    pub(crate) fn get(&mut self, sql: String) -> rusqlite::Result<&mut Statement<'c>> {
        let prepared = match self.last.take() {
            Some(last) if last.0 == sql => last,
            _ => {
                let statement = self.connection.prepare(&sql)?;
                (sql, statement)
            }
        };
        Ok(&mut self.last.insert(prepared).1)
    }
}
