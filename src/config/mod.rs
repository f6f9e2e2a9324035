//! What the user may decide: policies and limits, from code, schema.toml, the environment and flags.

#[cfg(feature = "project")]
mod announced;
#[cfg(feature = "project")]
mod backup;
#[cfg(feature = "project")]
mod dotenv;
mod dotted;
#[cfg(feature = "project")]
mod environment;
#[cfg(feature = "project")]
mod file;
#[cfg(feature = "project")]
mod import;
#[cfg(any(feature = "project", feature = "barrel"))]
mod map;
mod options;
mod policy;
#[cfg(feature = "project")]
mod project;
#[cfg(feature = "project")]
mod route;
mod secret;
#[cfg(feature = "project")]
mod setting;
#[cfg(any(feature = "sqlite", feature = "project"))]
mod sqlite_url;
mod take_over;
#[cfg(feature = "project")]
mod target;
mod undo;
#[cfg(feature = "project")]
mod variables;

#[cfg(feature = "project")]
pub(crate) use announced::{Announced, announced, of_variable};
#[cfg(feature = "project")]
pub(crate) use backup::{BackupSettings, Occasion};
#[cfg(feature = "project")]
pub(crate) use environment::CallEnvironment;

#[cfg(feature = "project")]
pub(crate) use import::{ColumnSource, Duplicates, Existing, FileFormat, ImportColumn, ImportRule, READING, Rewritten};
#[cfg(any(feature = "project", feature = "barrel"))]
pub(crate) use map::{ColumnPair, CopySettings, Map, OneSided, TablePair};
#[cfg(feature = "project")]
pub(crate) use map::{ConvertLine, ConvertRule, KeptRow, UniqueLine};
pub use options::Options;
pub(crate) use policy::ScratchOwner;
pub use policy::{Connections, Edits, ExistingDatabase, Fingerprinting, NewerDatabase, Order, TransactionMode};
#[cfg(feature = "project")]
pub(crate) use project::{FILE_NAME, LOCK_FILE_NAME, Overrides, Project, backend_of_environment};
#[cfg(all(feature = "project", feature = "route"))]
pub(crate) use route::RouteSection;
pub(crate) use secret::{Secret, mask, mask_sql, mask_statement, redact};
#[cfg(any(feature = "sqlite", feature = "project"))]
pub(crate) use sqlite_url::{Access, SqliteLocation};
pub use take_over::{TakeOver, Tool};
#[cfg(feature = "project")]
pub(crate) use target::{Connection, DatabaseTarget, MigrationSource};
pub use undo::{UndoKeep, UndoPolicy};
pub(crate) use undo::{UndoLimit, UndoSettings};
