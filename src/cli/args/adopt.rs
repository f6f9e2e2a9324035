//! The options of `adopt`.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::history::Tool;

#[derive(Debug, Args)]
pub(in crate::cli) struct AdoptArgs {
    /// The tool whose table counts. Default: told by the table
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(in crate::cli) from: Option<Tool>,
    /// Change nothing: show what would be recorded
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

impl ValueEnum for Tool {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}
