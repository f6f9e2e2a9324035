//! The options of `prove`.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::source::Layout;

#[derive(Debug, Args)]
pub(in crate::cli) struct ProveArgs {
    /// Prove the migrations of this folder, of whatever tool; needs no schema.toml, and writes nothing
    #[arg(value_name = "DIR", conflicts_with = "migrations")]
    pub(in crate::cli) folder: Option<PathBuf>,
    /// Also prove again what has not changed since schema.lock was written
    #[arg(long, conflicts_with = "folder")]
    pub(in crate::cli) all: bool,
    /// By whose rules the folder is read
    #[arg(long, value_enum, value_name = "TOOL", default_value = "schemactl", requires = "folder")]
    pub(in crate::cli) layout: Layout,
}

impl ValueEnum for Layout {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}
