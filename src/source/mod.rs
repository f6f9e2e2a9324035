//! Where migrations are read from: a folder on disk, or what a build embedded.

mod checksum;
mod migration;

pub use checksum::Checksum;
pub use migration::{Migration, Migrations, Phase, Script};
