//! The options of `translate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(in crate::cli) struct TranslateArgs {
    /// Read this SQLite database instead of the one that schema.toml names
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) from: Option<String>,
    /// Write the migrations into this folder instead of that of the PostgreSQL backend
    #[arg(long, value_name = "FOLDER")]
    pub(in crate::cli) into: Option<PathBuf>,
    /// Print what would be written, and write nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Write over files that are still as `translate` wrote them
    ///
    /// A file that was changed since is never written over.
    #[arg(long)]
    pub(in crate::cli) replace: bool,
    /// Whether the values decide types beside the declared ones
    #[arg(long, value_enum, value_name = "WHICH", default_value = "all")]
    pub(in crate::cli) profile: ProfiledValues,
    /// Do not apply the migrations to a scratch database first
    ///
    /// Otherwise a server is needed, as for `prove`.
    #[arg(long)]
    pub(in crate::cli) no_trial: bool,
}

/// Which values are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ProfiledValues {
    /// Every row of every table, in one scan
    All,
    /// The declared types alone decide
    None,
}
