//! The options of `backup` and `restore`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct BackupArgs {
    /// The folder for the backups. Default: `folder` in [backup] of schema.toml, else backups beside it
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) folder: Option<PathBuf>,
    /// Compress an SQLite file with gzip. What pg_dump writes is compressed always. Default: `compress` in [backup]
    #[arg(long)]
    pub(in crate::cli) compress: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: PathBuf,
    /// Where to: a file for SQLite, the name of a database on the same server for PostgreSQL. Default: the database itself
    #[arg(long, value_name = "FILE|NAME")]
    pub(in crate::cli) into: Option<String>,
    /// Replace the database that is there. It stays as it is until the backup was put back beside it and checked; where somebody uses it,
    /// that is refused
    #[arg(long)]
    pub(in crate::cli) replace: bool,
}
