//! The options of `adopt`.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::config::{TakeOver, Tool};

#[derive(Debug, Args)]
pub(in crate::cli) struct AdoptArgs {
    /// The tool whose table counts. Default: told by the table
    #[arg(long, value_enum, value_name = "TOOL")]
    pub(in crate::cli) from: Option<Tool>,
    /// The name of its table, where that is not the tool's own
    #[arg(long, value_name = "TABLE")]
    pub(in crate::cli) from_table: Option<String>,
    /// Take migrations for applied whose text is another than the one that was, as the checksums of refinery tell
    #[arg(long)]
    pub(in crate::cli) accept_modified: bool,
    /// Change nothing: show what would be recorded
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

impl AdoptArgs {
    /// Whose record is taken over.
    pub(in crate::cli) fn take_over(&self) -> TakeOver {
        let from = self.from.map_or_else(TakeOver::any, TakeOver::from).accept_modified(self.accept_modified);
        self.from_table.iter().fold(from, TakeOver::table)
    }
}

impl ValueEnum for Tool {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.as_str()))
    }
}
