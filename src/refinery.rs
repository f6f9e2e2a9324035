//! Migrations of an application that uses [refinery](https://docs.rs/refinery): feature `refinery`, Rust 1.92 or newer, as refinery itself.
//!
//! `embed_migrations!` stays, and one line changes:
//!
//! ```no_run
//! mod embedded {
//!     # /*
//!     refinery::embed_migrations!("migrations");
//!     # */
//!     # pub mod migrations { pub fn runner() -> refinery::Runner { refinery::Runner::new(&[]) } }
//! }
//!
//! # #[cfg(feature = "sqlite")]
//! fn start(connection: &mut rusqlite::Connection) -> schemactl::Result<()> {
//!     use schemactl::{Options, Target, Tool, sqlite};
//!
//!     // was: embedded::migrations::runner().run(connection)?;
//!     let migrations = schemactl::refinery::migrations(&embedded::migrations::runner())?;
//!     let options = Options::new().take_over(Tool::Refinery);
//!     sqlite::up_with(connection, &migrations, &Target::Latest, &options)?;
//!     Ok(())
//! }
//! ```
//!
//! [`take_over`](crate::Options::take_over) records, the first time, what `refinery_schema_history` says is applied: each checksum is
//! verified. A table of another name (`set_migration_table_name`) is named by [`TakeOver::table`](crate::TakeOver::table); the rest of
//! what a `Runner` is told has its like in [`Options`](crate::Options) and [`Target`](crate::Target), and is not read from it, since it is private there.

use std::path::{Path, PathBuf};

use ::refinery::{Migration, Runner};

use crate::error::{Code, Error, Place, Result};
use crate::source::{self, Lateness, Migrations, ProgramMigration};

/// Makes migrations of what a runner holds: `.sql` and `.rs` alike, `V` and `U`, with versions of 32 and 64 bits.
///
/// `U` ("unversioned") may be applied after a higher version, as it may by refinery, and it alone: its text begins with the line
/// `-- schemactl: order = any`, which says so to everybody who reads it.
///
/// ```
/// let first = refinery::Migration::unapplied("V1__create_orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);")?;
/// let runner = refinery::Runner::new(&[first]); // or `embedded::migrations::runner()`
/// let migrations = schemactl::refinery::migrations(&runner)?;
/// assert_eq!(migrations.iter().next().map(ToString::to_string).as_deref(), Some("1 create_orders"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - [`Code::VersionRange`]: a version is 0, or has more than 18 digits.
/// - [`Code::DuplicateVersion`]: two migrations have one version.
/// - [`Code::FileName`], [`Code::Encoding`], [`Code::Empty`], [`Code::Directive`]: a name or a text is none that a file may have.
pub fn migrations(runner: &Runner) -> Result<Migrations> {
    Migrations::of_program(runner.get_migrations().iter().map(given).collect::<Result<_>>()?)
}

/// Writes what a runner holds as files, which the command reads as the same migrations with the same checksums, and returns those that
/// are new. What `.rs` migrations render is written as it is now.
///
/// In a test of the application it keeps the files from falling behind: where one has another text, that is an error.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("schemactl-doc-export-{}", std::process::id()));
/// let first = refinery::Migration::unapplied("V1__create_orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);")?;
/// let written = schemactl::refinery::export(&refinery::Runner::new(&[first]), &folder)?;
/// assert!(written[0].ends_with("V0001__create_orders.sql"));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`migrations`], and [`Code::Export`] where the folder has a file of another text, name or version, or those that
/// `embed_migrations!` reads. No file is written over, and none is left half written.
pub fn export(runner: &Runner, folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
    source::export(&migrations(runner)?, folder.as_ref())
}

fn given(migration: &Migration) -> Result<ProgramMigration> {
    let path = migration.to_string();
    let Some(text) = migration.sql() else {
        return Err(Error::new(Code::Empty, format!("{path} has no SQL"))
            .with_place(Place::whole(path))
            .with_hint("give the runner migrations that are to be applied: `Migration::unapplied`"));
    };
    Ok(ProgramMigration {
        version: i64::from(migration.version()),
        name: migration.name().to_owned(),
        // Its type is private; its letter is not.
        lateness: if migration.prefix().to_string() == "U" { Lateness::Any } else { Lateness::Policy },
        text: text.to_owned(),
        path,
    })
}
