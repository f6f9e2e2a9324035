//! Where migrations are read from: a folder on disk, also as another tool lays it out, or what a build embedded.

mod check;
mod checksum;
mod directive_value;
mod directives;
pub mod embedded;
mod file_name;
mod folder;
mod generate;
mod header;
#[cfg(feature = "cli")]
mod layout;
mod listing;
#[cfg(feature = "cli")]
mod lock_file;
mod migration;
mod phase;
mod script;
mod text;
mod verdict;

pub use checksum::{Checksum, UnknownChecksum};
pub(crate) use directives::{Cost, Directives, Repeat, Requirement, Transaction};
#[cfg(feature = "barrel")]
pub(crate) use file_name::check_name;
#[cfg(feature = "cli")]
pub(crate) use file_name::version as version_of_file;
#[cfg(feature = "cli")]
pub(crate) use folder::{Named, names};
pub(crate) use generate::Generated;
#[cfg(feature = "cli")]
pub(crate) use layout::{Laid, Layout};
#[cfg(feature = "cli")]
pub(crate) use lock_file::{LockDifference, LockFile, Shown, Which, replace};
pub use migration::{Migration, Migrations, Phase, Script};
