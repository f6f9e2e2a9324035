//! The options of `import` and `export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// The rules of [import] in schema.toml, by their names. Default: all, in the order of the file
    #[arg(value_name = "RULE", conflicts_with = "snapshot")]
    pub(in crate::cli) rules: Vec<String>,
    /// Look for files below this folder, instead of the `root` of each rule
    #[arg(long, value_name = "DIR", conflicts_with = "snapshot")]
    pub(in crate::cli) root: Option<PathBuf>,
    /// What becomes of a record that has no place. Default: `on_reject` of its rule
    #[arg(long, value_enum, value_name = "WHAT", conflicts_with = "snapshot")]
    pub(in crate::cli) on_reject: Option<BadRecords>,
    /// Try the records again that were set aside by an earlier import
    #[arg(long, conflicts_with = "snapshot")]
    pub(in crate::cli) retry: bool,
    /// Write each record that has no place to this file, as a line of JSON: rule, path, line, reason
    #[arg(long, value_name = "FILE", conflicts_with = "snapshot")]
    pub(in crate::cli) rejects: Option<PathBuf>,
    /// Restore what `export` wrote into empty tables; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) snapshot: Option<PathBuf>,
    /// Write nothing: say what would be done
    ///
    /// All of it is done in a transaction that is rolled back.
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
}

/// What becomes of records that have no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BadRecords {
    /// Nothing of its file is imported, and no file after it
    Stop,
    /// It is left out and named, and the others are imported
    SetAside,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// Only these tables. Default: all
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    pub(in crate::cli) tables: Option<Vec<String>>,
    /// As what they are written. `import --snapshot` reads json and jsonl
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "json")]
    pub(in crate::cli) format: ExportFormat,
    /// The file, which only its owner may read; - is standard output
    #[arg(long, short = 'o', value_name = "FILE", default_value = "-")]
    pub(in crate::cli) output: PathBuf,
}

/// As what tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ExportFormat {
    /// One document, a line for each row
    Json,
    /// An object on each line
    Jsonl,
    /// One table, for other programs
    Csv,
}
