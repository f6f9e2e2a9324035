//! Embedded schema migrations with versioned SQL, for SQLite and PostgreSQL.

pub mod build;
mod config;
#[cfg(feature = "cli")]
mod document;
mod duration;
mod error;
mod event;
mod interrupt;
mod source;
mod sql;
mod version;

pub use config::{NewerDatabase, Options, Order, TransactionMode};
pub use error::{Code, Error, ErrorKind, Place, Result};
pub use event::{Action, Event};
pub use interrupt::Interrupt;
#[doc(hidden)]
pub use source::embedded;
pub use source::{Checksum, Migration, Migrations, Phase, Script};
pub use sql::Dialect;
pub use version::Version;
