//! Where migrations are read from: a folder on disk, or what a build embedded.

mod check;
mod checksum;
mod directive_value;
mod directives;
mod file_name;
mod folder;
mod header;
mod listing;
mod migration;
mod phase;
mod text;

pub use checksum::Checksum;
pub(crate) use directives::{Directives, Repeat, Requirement, Transaction};
pub use migration::{Migration, Migrations, Phase, Script, Version};
