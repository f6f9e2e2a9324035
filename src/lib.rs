//! Embedded schema migrations with versioned SQL, for SQLite and PostgreSQL.
//!
//! Migrations are files of plain SQL, `V0001__create_orders.sql`, with the file that takes each back beside it. An application embeds
//! them and brings its database up when it starts; the command `schemactl` writes and proves downs, and serves operators and CI. A change goes
//! forward exactly once, whole or not at all, however many processes start at once.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use schemactl::{Migrations, sqlite};
//!
//! // An application embeds its folder: `static MIGRATIONS: Migrations = schemactl::embed!("migrations/sqlite");`
//! let migrations = Migrations::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/migrations/sqlite"))?;
//!
//! let mut connection = rusqlite::Connection::open_in_memory()?;
//! let report = sqlite::up(&mut connection, &migrations)?;
//! assert_eq!(report.to_string(), "1 applied");
//!
//! // Where nothing is pending this is one read.
//! assert_eq!(sqlite::up(&mut connection, &migrations)?.to_string(), "nothing to do");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```
//!
//! # Where to look
//!
//! | you want to | look at |
//! |---|---|
//! | put migrations into the binary | [`build::embed`] in `build.rs`, [`embed!`] in the code |
//! | bring a database up, or take it back | `sqlite::up` and `sqlite::down` (blocking, no runtime), `postgres::up` and `postgres::down` (async) |
//! | name migrations and options once, and then call what is wanted | [`Migrator`] |
//! | know what is pending, in a readiness probe | `sqlite::pending`, `postgres::pending` |
//! | know what is kept of rows for `down`, or take it away | `sqlite::kept`, `sqlite::purge` |
//! | decide how: locks, timeouts, order, consent to lose data | [`Options`] |
//! | see what happens | [`Event`], and the crate `tracing` |
//! | stop a run | [`Interrupt`] |
//! | show in a test that every migration applies and can be taken back | `sqlite::assert_proven`, `postgres::assert_proven` |
//! | know what went wrong | [`Error`], its [`Code`], [`ErrorKind`] and [`Hint`]s; `{:#}` prints the whole report |
//! | serve reads and writes while data moves from SQLite to PostgreSQL | `route::Route` (feature `route`) |
//! | follow a move without a second process | `transfer::follow` (feature `transfer`) |
//! | go on from refinery, with `embed_migrations!` as it is | `refinery::migrations` (feature `refinery`) |
//! | write migrations in Rust, once for both databases | `build::barrel` (feature `barrel`) |
//!
//! # Features
//!
//! | feature | | by default |
//! |---|---|---|
//! | `sqlite` | SQLite through rusqlite; blocking, no async runtime | yes |
//! | `postgres` | PostgreSQL through tokio-postgres, with TLS by rustls | yes |
//! | `bundled` | compiles SQLite in, instead of linking the system's | yes |
//! | `cli` | the command, and what only it needs | yes |
//! | `project` | reads schema.toml: what the command knows of a project without being one | with `cli` |
//! | `barrel` | renders migrations that are written with the crate barrel | |
//! | `route` | `schemactl::route`: for an application whose data moves while it runs; with both databases it watches the move | |
//! | `transfer` | `schemactl::transfer`: the follower of a move as a task inside the application | |
//! | `metrics` | what `route` counts goes to the crate metrics too | |
//! | `refinery` | takes the migrations of a `refinery::Runner`, and its history; needs Rust 1.92 | |
//!
//! An application leaves the defaults out: `schemactl = { version = "0.1", default-features = false, features = ["sqlite"] }`.
#![doc = ""]
#![doc = concat!("More: [commands](", env!("CARGO_PKG_REPOSITORY"), "/blob/HEAD/docs/commands.md), ")]
#![doc = concat!("[an application whose data moves](", env!("CARGO_PKG_REPOSITORY"), "/blob/HEAD/docs/application.md), ")]
#![doc = concat!("[errors](", env!("CARGO_PKG_REPOSITORY"), "/blob/HEAD/docs/errors.md), ")]
#![doc = concat!("[what may change when](", env!("CARGO_PKG_REPOSITORY"), "/blob/HEAD/docs/stability.md).")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Not in Cargo.toml: tests and benches may, since there a panic says what is wrong.
#![warn(clippy::unwrap_used)]
// With all features, what is unused is dead. With fewer, much of it only serves what is left out.
#![cfg_attr(not(all(feature = "cli", feature = "sqlite", feature = "postgres")), allow(dead_code, unused_imports))]

#[cfg(feature = "cli")]
mod backup;
pub mod build;
mod catalog;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod config;
#[cfg(feature = "project")]
mod convert;
mod database;
#[cfg(feature = "project")]
mod document;
mod down;
mod drift;
mod duration;
mod error;
mod event;
#[cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]
mod export;
mod fault;
mod hex;
mod history;
#[cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]
mod import;
mod interrupt;
mod migrator;
mod plan;
mod plural;
#[cfg(feature = "postgres")]
pub mod postgres;
mod prove;
#[cfg(feature = "refinery")]
pub mod refinery;
#[cfg(feature = "cli")]
mod report;
#[cfg(feature = "route")]
pub mod route;
mod run;
mod source;
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
pub mod transfer;
#[cfg(all(
    any(feature = "project", feature = "barrel"),
    not(all(feature = "project", feature = "sqlite", feature = "postgres"))
))]
mod transfer;
#[cfg(all(feature = "project", feature = "sqlite", feature = "postgres"))]
mod translate;
mod version;

pub use config::{
    Connections, Edits, ExistingDatabase, Fingerprinting, NewerDatabase, Options, Order, TakeOver, Tool,
    TransactionMode, UndoKeep, UndoPolicy,
};
pub use error::{Code, Error, ErrorKind, Hint, HintPart, Place, Result};
pub use event::{Action, Event};
pub use history::{KeptRows, KeptState};
pub use interrupt::Interrupt;
pub use migrator::Migrator;
#[cfg(feature = "postgres")]
pub use migrator::PostgresMigrator;
#[cfg(feature = "sqlite")]
pub use migrator::SqliteMigrator;
pub use plan::{Back, MigrationStatus, RepairRequest, Target};
pub use run::{
    Adopted, Preview, PreviewStep, PurgeRequest, Rehearse, Repaired, Report, Status, StatusEntry, StatusRecord,
    StepReport,
};
/// The driver of which this release takes connections.
#[cfg(feature = "sqlite")]
pub use rusqlite;
#[doc(hidden)]
pub use source::embedded;
pub use source::{Checksum, Migration, Migrations, Phase, Script, UnknownChecksum};
pub use sql::Dialect;
/// The driver of which this release takes clients.
#[cfg(feature = "postgres")]
pub use tokio_postgres;
pub use version::{InvalidVersion, Version};
