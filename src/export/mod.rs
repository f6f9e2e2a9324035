//! A database, or tables of it, as a file: all of one moment, row by row, in the order of the keys, with a checksum at its end. And such a file back
//! into empty tables of either kind.

mod header;
mod read;
mod restore;
mod rows;
mod value;
mod verify;
mod write;

pub(crate) use self::header::{FORM, SnapshotHeader};
pub(crate) use self::read::SnapshotReader;
pub(crate) use self::restore::{PostgresRestore, RestoreTask, RestoredTable, SqliteRestore};
pub(crate) use self::rows::{TableToExport, export_postgres, export_sqlite, tables_to_export, unwritten};
pub(crate) use self::write::{ExportedTable, SnapshotForm, SnapshotWriter};
