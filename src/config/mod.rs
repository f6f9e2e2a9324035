//! What the user may decide: policies and limits, from code, schema.toml, the environment and flags.

#[cfg(feature = "cli")]
mod dotenv;
mod options;
mod secret;
#[cfg(any(feature = "sqlite", feature = "cli"))]
mod sqlite_url;
#[cfg(feature = "cli")]
mod variables;

pub use options::{NewerDatabase, Options, Order, TransactionMode};
pub(crate) use secret::{Secret, mask, redact};
#[cfg(any(feature = "sqlite", feature = "cli"))]
pub(crate) use sqlite_url::{Access, SqliteLocation};
