//! Embedded schema migrations with versioned SQL, for SQLite and PostgreSQL.

pub mod build;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod config;
mod database;
#[cfg(feature = "cli")]
mod document;
mod duration;
mod error;
mod event;
mod fault;
mod history;
mod interrupt;
mod plan;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "cli")]
mod report;
mod run;
mod source;
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod version;

pub use config::{NewerDatabase, Options, Order, TransactionMode};
pub use error::{Code, Error, ErrorKind, Place, Result};
pub use event::{Action, Event};
pub use interrupt::Interrupt;
pub use plan::{Back, Target};
pub use run::{Report, StepReport};
#[doc(hidden)]
pub use source::embedded;
pub use source::{Checksum, Migration, Migrations, Phase, Script};
pub use sql::Dialect;
pub use version::Version;
