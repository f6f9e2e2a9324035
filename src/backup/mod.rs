//! Backups: a database as a file that `restore` puts back. Written whole or not at all, and checked before it is told of.

mod files;
#[cfg(feature = "sqlite")]
mod gzip;
mod make;
mod manifest;
mod partial;
#[cfg(feature = "postgres")]
mod postgres;
mod restore;
mod retention;
#[cfg(feature = "sqlite")]
mod sqlite;
mod task;

#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(crate) use files::{FileDigest, digest_of, sync_folder};
pub(crate) use make::back_up;
pub(crate) use manifest::Manifest;
pub(crate) use restore::{read, restore};
pub(crate) use task::{Backup, BackupRequest, Replace, RestoreRequest, Restored};
