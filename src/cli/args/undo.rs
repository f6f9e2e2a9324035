//! The options of `undo`.

use clap::{Args, Subcommand};

use super::{examples, version};
use crate::run::PurgeRequest;
use crate::version::Version;

#[derive(Debug, Args)]
pub(in crate::cli) struct UndoArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: UndoCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum UndoCommand {
    /// List the versions whose rows are kept, or were to be: how many, how large, and until when
    #[command(after_help = examples::UNDO_LIST)]
    List,
    /// Show what is kept of a version: how many rows of which tables, the keys of the first, and what is in the way of a down
    ///
    /// Nothing is run, and nothing is changed. Values are shown with --values alone, and never those that `ignore_undo` in schema.toml leaves out.
    #[command(after_help = examples::UNDO_SHOW)]
    Show(UndoShowArgs),
    /// Take away what is kept, so that a down does not put it back any more
    ///
    /// The rows of the tables themselves stay as they are. It asks before, and each version has a line in the log of the history.
    #[command(after_help = examples::UNDO_PURGE)]
    Purge(UndoPurgeArgs),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UndoShowArgs {
    /// The version
    #[arg(value_name = "VERSION", value_parser = version)]
    pub(in crate::cli) version: Version,
    /// Also show the values of the rows whose keys are shown
    #[arg(long)]
    pub(in crate::cli) values: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UndoPurgeArgs {
    /// What is kept of these versions
    #[arg(value_name = "VERSION", value_parser = version)]
    versions: Vec<Version>,
    /// What is kept of versions whose time is over; the next run takes that away, too
    #[arg(long)]
    expired: bool,
    /// All that is kept
    #[arg(long, conflicts_with_all = ["expired", "versions"])]
    all: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub(in crate::cli) yes: bool,
}

impl UndoCommand {
    /// The name for JSON.
    pub(in crate::cli) fn name(&self) -> &'static str {
        match self {
            Self::List => "undo list",
            Self::Show(_) => "undo show",
            Self::Purge(_) => "undo purge",
        }
    }
}

impl UndoPurgeArgs {
    pub(in crate::cli) fn names_a_version(&self) -> bool {
        !self.versions.is_empty()
    }

    pub(in crate::cli) fn requests(&self) -> Vec<PurgeRequest> {
        let flags = [(self.expired, PurgeRequest::Expired), (self.all, PurgeRequest::All)];
        let versions = self.versions.iter().copied().map(PurgeRequest::Version);
        versions.chain(flags.into_iter().filter_map(|(given, request)| given.then_some(request))).collect()
    }
}
