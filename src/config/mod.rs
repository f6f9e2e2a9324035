//! What the user may decide: policies and limits, from code, schema.toml, the environment and flags.

#[cfg(feature = "cli")]
mod announced;
#[cfg(feature = "cli")]
mod backup;
#[cfg(feature = "cli")]
mod dotenv;
#[cfg(feature = "cli")]
mod environment;
#[cfg(feature = "cli")]
mod file;
#[cfg(feature = "cli")]
mod import;
#[cfg(any(feature = "cli", feature = "barrel"))]
mod map;
mod options;
#[cfg(feature = "cli")]
mod project;
mod secret;
#[cfg(feature = "cli")]
mod setting;
#[cfg(any(feature = "sqlite", feature = "cli"))]
mod sqlite_url;
mod take_over;
#[cfg(feature = "cli")]
mod target;
#[cfg(feature = "cli")]
mod variables;

#[cfg(feature = "cli")]
pub(crate) use announced::{Announced, announced, of_variable};
#[cfg(feature = "cli")]
pub(crate) use backup::{BackupSettings, Occasion};
#[cfg(feature = "cli")]
pub(crate) use environment::CallEnvironment;

#[cfg(feature = "cli")]
pub(crate) use import::{ColumnSource, Duplicates, Existing, FileFormat, ImportColumn, ImportRule, READING, Rewritten};
#[cfg(any(feature = "cli", feature = "barrel"))]
pub(crate) use map::{ColumnPair, CopySettings, Map, OneSided, TablePair};
#[cfg(feature = "cli")]
pub(crate) use map::{ConvertLine, ConvertRule, KeptRow, UniqueLine};
pub(crate) use options::ScratchOwner;
pub use options::{
    Connections, Edits, ExistingDatabase, Fingerprinting, NewerDatabase, Options, Order, TransactionMode,
};
#[cfg(feature = "cli")]
pub(crate) use project::{FILE_NAME, LOCK_FILE_NAME, Overrides, Project, backend_of_environment};
pub(crate) use secret::{Secret, mask, mask_sql, mask_statement, redact};
#[cfg(any(feature = "sqlite", feature = "cli"))]
pub(crate) use sqlite_url::{Access, SqliteLocation};
pub use take_over::{TakeOver, Tool};
#[cfg(feature = "cli")]
pub(crate) use target::{Connection, DatabaseTarget, MigrationSource};
