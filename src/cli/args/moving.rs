//! The options of `move`.

use clap::{Args, Subcommand, ValueEnum};

use super::examples;

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: MoveCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MoveCommand {
    /// Put every value of SQLite through its rule, and tell which ones PostgreSQL would not keep as they are
    ///
    /// Both databases are only read. Ends with exit code 3 where a value is refused.
    #[command(after_help = examples::MOVE_PLAN)]
    Plan(MovePlanArgs),
}

impl MoveCommand {
    /// The name for JSON.
    pub(in crate::cli) fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "move plan",
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MovePlanArgs {
    /// Read this SQLite database instead of the one that schema.toml names
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) from: Option<String>,
    /// Look at the values alone: do not try on the server whether the rows keep its constraints
    ///
    /// Otherwise they are copied into temporary tables of the target, in a transaction that is rolled back.
    #[arg(long)]
    pub(in crate::cli) no_trial: bool,
    /// Show this many values of each kind that is refused
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(in crate::cli) examples: usize,
    /// Whether values are shown: a report may be read by those who should not see them
    #[arg(long, value_enum, value_name = "WHICH", default_value = "shown")]
    pub(in crate::cli) values: ShownValues,
}

/// Whether a report shows values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ShownValues {
    /// The first of each kind
    Shown,
    /// Only which rows have them
    None,
}

impl ShownValues {
    pub(in crate::cli) fn are_shown(self) -> bool {
        self == Self::Shown
    }
}
