//! Where migrations are read from: a folder on disk, also as another tool lays it out, or what a build embedded.

mod analysis;
mod both_ways;
mod check;
mod checksum;
mod digest;
mod directive_value;
mod directives;
pub mod embedded;
#[cfg(any(feature = "refinery", test))]
mod export;
mod file_name;
mod folder;
mod generate;
#[cfg(any(feature = "refinery", all(feature = "project", feature = "sqlite", feature = "postgres"), test))]
mod given;
mod header;
#[cfg(feature = "project")]
mod layout;
mod listing;
#[cfg(feature = "project")]
mod lock_file;
mod memo;
mod migration;
mod phase;
pub(crate) mod reason;
mod script;
#[cfg(any(feature = "refinery", feature = "project", test))]
mod temporary;
mod text;
mod verdict;
mod way_back;

pub use checksum::{Checksum, UnknownChecksum};
pub(crate) use digest::{DONE, Head, RunningDigest};
pub(crate) use directive_value::{Cost, Directives, Lateness, Repeat, Requirement, TransactionDirective};
pub(crate) use directives::without_late_line;
#[cfg(feature = "refinery")]
pub(crate) use export::export;
#[cfg(feature = "barrel")]
pub(crate) use file_name::check_name;
#[cfg(feature = "project")]
pub(crate) use file_name::version as version_of_file;
#[cfg(feature = "project")]
pub(crate) use folder::{Named, names};
pub(crate) use generate::Generated;
#[cfg(any(feature = "refinery", all(feature = "project", feature = "sqlite", feature = "postgres"), test))]
pub(crate) use given::ProgramMigration;
#[cfg(feature = "project")]
pub(crate) use layout::{LaidOut, Layout, Likely};
#[cfg(feature = "project")]
pub(crate) use lock_file::{LockDifference, LockFile, LockKey, ProofShown, Which, replace};
pub use migration::{Migration, Migrations, Phase};
pub use script::Script;
pub(crate) use script::{GENERATED, REASON};
pub(crate) use verdict::{Losses, Verdict};
