//! The rows of a table of another SQLite file.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::RecordSource;
use crate::config::{Access, SqliteLocation};
use crate::database::sqlite::{OpenPurpose, open};
use crate::error::Result;
use crate::import::record::{BadRecord, FieldValue, FileRecord};
use crate::sql::Ident;

/// Rows that are read at once.
const BATCH: usize = 500;

/// Hands on what a thread reads, which has the one statement of the rows open.
pub(super) struct SqliteSource {
    batches: Receiver<rusqlite::Result<Vec<FileRecord>>>,
    ahead: std::vec::IntoIter<FileRecord>,
}

fn bad(error: &rusqlite::Error) -> BadRecord {
    BadRecord::new(0, format!("it cannot be read as a database of SQLite: {error}"))
}

fn connect(path: &Path) -> Result<Connection, BadRecord> {
    let location = SqliteLocation::File { path: path.to_owned(), access: Access::ReadWrite };
    open(&location, OpenPurpose::Read).map_err(|error| BadRecord::new(0, error.with_its_cause()))
}

/// The tables of a file that hold rows of their own.
pub(crate) fn tables(path: &Path) -> Result<Vec<String>, BadRecord> {
    let connection = connect(path)?;
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let read = || connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>();
    read().map_err(|error| bad(&error))
}

pub(super) fn columns(path: &Path, table: &str) -> Result<Vec<String>, BadRecord> {
    columns_of(&connect(path)?, table)
}

fn columns_of(connection: &Connection, table: &str) -> Result<Vec<String>, BadRecord> {
    let sql = "SELECT name FROM pragma_table_info(?1, 'main')";
    let read = || connection.prepare(sql)?.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>();
    let columns: Vec<String> = read().map_err(|error| bad(&error))?;
    if columns.is_empty() {
        return Err(BadRecord::new(0, format!("it has no table {table}")));
    }
    Ok(columns)
}

impl SqliteSource {
    pub(super) fn begin(path: &Path, table: &str) -> Result<Self, BadRecord> {
        let connection = connect(path)?;
        let columns = columns_of(&connection, table)?;
        connection.execute_batch("BEGIN").map_err(|error| bad(&error))?;
        let check: String =
            connection.query_row("PRAGMA main.quick_check(1)", [], |row| row.get(0)).map_err(|error| bad(&error))?;
        if check != "ok" {
            return Err(BadRecord::new(0, format!("the file is damaged: {check}")));
        }
        let listed: Vec<String> = columns.iter().map(|name| Ident(name).to_string()).collect();
        let select = format!("SELECT {} FROM main.{}", listed.join(", "), Ident(table));
        let (sender, batches) = sync_channel(2);
        thread::spawn(move || {
            if let Err(error) = send_all(&connection, &select, &columns, &sender) {
                // Nobody waits for it any more where this fails.
                let _ = sender.send(Err(error));
            }
        });
        Ok(Self { batches, ahead: Vec::new().into_iter() })
    }
}

fn send_all(
    connection: &Connection,
    select: &str,
    columns: &[String],
    batches: &SyncSender<rusqlite::Result<Vec<FileRecord>>>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(select)?;
    let mut rows = statement.query([])?;
    let (mut records, mut number) = (Vec::with_capacity(BATCH), 0);
    while let Some(row) = rows.next()? {
        number += 1;
        records.push(record(row, columns, number)?);
        if records.len() == BATCH && batches.send(Ok(std::mem::take(&mut records))).is_err() {
            return Ok(());
        }
    }
    // An empty batch is the end: without one the thread has failed.
    if !records.is_empty() {
        let _ = batches.send(Ok(records));
    }
    let _ = batches.send(Ok(Vec::new()));
    Ok(())
}

/// A row; of a database its number stands for the line.
fn record(row: &Row<'_>, columns: &[String], number: u64) -> rusqlite::Result<FileRecord> {
    let mut record = FileRecord::new(number);
    for (at, name) in columns.iter().enumerate() {
        let value = match row.get_ref(at)? {
            ValueRef::Null => FieldValue::Null,
            ValueRef::Integer(value) => FieldValue::Integer(value),
            ValueRef::Real(value) => FieldValue::Real(value),
            ValueRef::Text(text) => FieldValue::Text(text.to_vec()),
            ValueRef::Blob(blob) => FieldValue::Blob(blob.to_vec()),
        };
        record.fields.push((name.clone(), value));
    }
    Ok(record)
}

impl RecordSource for SqliteSource {
    fn next(&mut self) -> io::Result<Option<Result<FileRecord, BadRecord>>> {
        loop {
            if let Some(record) = self.ahead.next() {
                return Ok(Some(Ok(record)));
            }
            let batch = self.batches.recv().map_err(|_| io::Error::other("the rows ended without an end"))?;
            let batch = batch.map_err(io::Error::other)?;
            if batch.is_empty() {
                return Ok(None);
            }
            self.ahead = batch.into_iter();
        }
    }
}
