//! Where migrations are read from: a folder on disk, or what a build embedded.

mod check;
mod checksum;
mod directive_value;
mod directives;
pub mod embedded;
mod file_name;
mod folder;
mod generate;
mod header;
mod listing;
mod migration;
mod phase;
mod text;

pub use checksum::Checksum;
pub(crate) use directives::{Directives, Repeat, Requirement, Transaction};
pub(crate) use generate::Generated;
pub use migration::{Migration, Migrations, Phase, Script, Version};
