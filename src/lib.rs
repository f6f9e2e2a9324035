//! Embedded schema migrations with versioned SQL, for SQLite and PostgreSQL.

// Not in Cargo.toml: tests and benches may, since there a panic says what is wrong.
#![warn(clippy::unwrap_used)]
// With all features, what is unused is dead. With fewer, much of it only serves what is left out.
#![cfg_attr(not(all(feature = "cli", feature = "sqlite", feature = "postgres")), allow(dead_code, unused_imports))]

pub mod build;
mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod config;
mod database;
#[cfg(feature = "cli")]
mod document;
mod down;
mod drift;
mod duration;
mod error;
mod event;
mod fault;
mod history;
mod interrupt;
mod plan;
#[cfg(feature = "postgres")]
pub mod postgres;
mod prove;
#[cfg(feature = "refinery")]
pub mod refinery;
#[cfg(feature = "cli")]
mod report;
mod run;
mod source;
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "cli", feature = "barrel"))]
mod transfer;
mod version;

pub use config::{
    Connections, Edits, ExistingDatabase, Fingerprinting, NewerDatabase, Options, Order, TakeOver, Tool,
    TransactionMode,
};
pub use error::{Code, Error, ErrorKind, Place, Result};
pub use event::{Action, Event};
pub use interrupt::Interrupt;
pub use plan::{Back, MigrationStatus, RepairRequest, Target};
pub use run::{
    Adopted, Preview, PreviewStep, Rehearse, Repaired, Report, Status, StatusEntry, StatusRecord, StepReport,
};
#[doc(hidden)]
pub use source::embedded;
pub use source::{Checksum, Migration, Migrations, Phase, Script, UnknownChecksum};
pub use sql::Dialect;
pub use version::Version;
