//! What can be typed. The help is written here.

#![expect(clippy::doc_markdown, reason = "help is shown as it stands, backticks too")]

mod adopt;
mod backup;
mod examples;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod files;
mod global;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod moving;
mod prove;
mod steps;
#[cfg(all(feature = "sqlite", feature = "postgres"))]
mod translate;
mod undo;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(super) use adopt::AdoptArgs;
pub(super) use backup::{BackupArgs, RestoreArgs};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) use files::{BadRecords, ExportArgs, ExportFormat, ImportArgs};
pub(super) use global::{BackendChoice, ColorChoice, Global, LogFormat};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) use moving::{
    MoveArchiveArgs, MoveArgs, MoveBackArgs, MoveCommand, MoveCopyArgs, MoveCutoverArgs, MoveDiscardArgs,
    MoveFollowArgs, MoveMetricsArgs, MovePlanArgs, MoveStatusArgs, MoveVerifyArgs, OnReject, WatchUntil,
};
pub(super) use prove::ProveArgs;
pub(super) use steps::{DownArgs, PlanArgs, UpArgs, UpTarget};
#[cfg(all(feature = "sqlite", feature = "postgres"))]
pub(super) use translate::{ProfiledValues, TranslateArgs};
pub(super) use undo::{UndoArgs, UndoCommand, UndoPurgeArgs, UndoShowArgs};

use crate::duration::parse_duration;
use crate::version::Version;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed
  2    the command line or the configuration is wrong
  3    a checking command found something
  4    a lock was not obtained in time
  5    refused to protect data
  130  interrupted

Every option for databases and limits has a key in schema.toml or a variable SCHEMACTL_<OPTION> or both. \
What is typed counts more than the variable, and the variable more than the file.";

/// Versioned SQL migrations for SQLite and PostgreSQL.
///
/// Migrations are the files V<version>__<description>.sql in the folders that schema.toml names. Each is applied exactly
/// once, whole or not at all, whoever starts at the same moment; the table schema_migrations records it.
#[derive(Debug, Parser)]
#[command(name = "schemactl", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = examples::SCHEMACTL, after_long_help = format!("{}\n\n{EXIT_CODES}", examples::SCHEMACTL))]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write schema.toml and the folders of migrations of a new project
    #[command(after_help = examples::INIT)]
    Init,
    /// Create the next migration
    #[command(visible_aliases = ["create", "add"], after_help = examples::NEW)]
    New(NewArgs),
    /// Apply what is pending
    #[command(visible_aliases = ["apply", "migrate", "run"], after_help = examples::UP)]
    Up(UpArgs),
    /// Take migrations back, the last one first
    ///
    /// The downs that were stored in the database when the migrations were applied are run, so that an older release can
    /// take back what a newer one applied.
    #[command(after_help = examples::DOWN)]
    Down(DownArgs),
    /// Show which migrations are applied and which are pending
    #[command(visible_aliases = ["info", "list"], after_help = examples::STATUS)]
    Status(StatusArgs),
    /// Show what is kept of the rows that migrations changed, or take it away; `schemactl down` takes migrations back
    ///
    /// What an up did to rows is kept for a time, so that its down puts them back.
    #[command(after_help = examples::UNDO)]
    Undo(UndoArgs),
    /// Show what `up` would do, and try whether it would succeed
    ///
    /// The steps are run in a transaction that is rolled back (PostgreSQL) or on a copy (SQLite). Nothing is changed.
    /// With --verbose their SQL is shown.
    #[command(after_help = examples::PLAN)]
    Plan(PlanArgs),
    /// Check the files, and that schema.lock agrees with them: no database is needed
    ///
    /// Lists everything that is wrong, and ends with exit code 3 then.
    #[command(visible_alias = "validate", after_help = examples::CHECK)]
    Check(CheckArgs),
    /// Compare what a database holds with what its migrations make
    ///
    /// Ends with exit code 3 where somebody changed it by other means, and shows each difference and the SQL that was run for it. The
    /// migrations are replayed on a scratch database, unless a recorded fingerprint shows that nothing changed. The database is only read.
    #[command(after_help = examples::DIFF)]
    Diff(DiffArgs),
    /// Put the history of a database right
    ///
    /// Without a flag it shows what is wrong, and which flag mends it. Migrations are never run.
    #[command(after_help = examples::REPAIR)]
    Repair(RepairArgs),
    /// Take over a database that another tool has migrated so far
    ///
    /// What its table says is applied is recorded as a baseline, and not run. A table of the history's name is kept under
    /// another one. Then `status` and `up` go on from there.
    #[command(after_help = examples::ADOPT)]
    Adopt(AdoptArgs),
    /// Make a backup of a database, while others work with it
    ///
    /// SQLite is copied page by page, PostgreSQL by its own pg_dump. The backup is checked, and has its name only once it is whole. Those that are
    /// older than `keep_days` in [backup] of schema.toml are removed, but for the last one of a database.
    #[command(after_help = examples::BACKUP)]
    Backup(BackupArgs),
    /// Put a backup back, beside what is there or in place of it
    ///
    /// It is checked before and after. A database that is there is replaced with --replace alone, whole or not at all.
    #[command(after_help = examples::RESTORE)]
    Restore(RestoreArgs),
    /// Write missing downs, each proven, and schema.lock
    ///
    /// A down is derived from what the migration made of a scratch database, run there, and compared: it restores the schema
    /// exactly, or the file says why there is no way back. Downs that are there already are left as they are.
    #[command(after_help = examples::GENERATE)]
    Generate(GenerateArgs),
    /// Prove every down: up, down, compare, up again, on a scratch database
    ///
    /// Ends with exit code 3 where one is wrong, and shows the SQL that it leaves to be done. No database of yours is touched.
    /// With DIR it reads a folder as another tool lays it out, for those who want to know how good their downs are.
    #[command(after_help = examples::PROVE)]
    Prove(ProveArgs),
    /// Write PostgreSQL migrations for the schema of a SQLite database
    ///
    /// Types are decided by the declared ones and by the values that are there, with the evidence beside each column. What does not mean
    /// the same on PostgreSQL is listed, in the files and here, and never left out in silence. The migrations are applied to a scratch
    /// database before they are written; files that are there already are left as they are.
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    #[command(after_help = examples::TRANSLATE)]
    Translate(TranslateArgs),
    /// Move an application's data from SQLite to PostgreSQL, with every value accounted for
    ///
    /// The map in schema.toml says which table and column is which. See `schemactl help move plan`.
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    #[command(after_help = examples::MOVE)]
    Move(MoveArgs),
    /// Bring files into tables, by the rules of [import] in schema.toml
    ///
    /// JSON, JSON Lines, CSV, Markdown, texts, logs, SQLite files. What was imported before is left, by its SHA-256; a file is one
    /// transaction; a record that has no place is named by file and line, and stops its file or is set aside. Ends with exit code 3 where
    /// something was not imported. With --snapshot it restores what `export` wrote.
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    #[command(after_help = examples::IMPORT)]
    Import(ImportArgs),
    /// Write a database, or tables of it, as a JSON snapshot, JSON Lines or CSV
    ///
    /// All of it is of one moment, in the order of the keys, with a checksum at its end. `schemactl import --snapshot` restores it, on
    /// either backend.
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    #[command(after_help = examples::EXPORT)]
    Export(ExportArgs),
    /// Print the version of schemactl, as --version does
    #[command(hide = true, after_help = examples::VERSION)]
    Version,
    /// Print a script that completes this command in a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands into a folder
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
}

impl Command {
    /// The name for JSON.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::New(_) => "new",
            Self::Up(_) => "up",
            Self::Down(_) => "down",
            Self::Status(_) => "status",
            Self::Undo(arguments) => arguments.command.name(),
            Self::Plan(_) => "plan",
            Self::Check(_) => "check",
            Self::Diff(_) => "diff",
            Self::Repair(_) => "repair",
            Self::Adopt(_) => "adopt",
            Self::Backup(_) => "backup",
            Self::Restore(_) => "restore",
            Self::Generate(_) => "generate",
            Self::Prove(_) => "prove",
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            Self::Translate(_) => "translate",
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            Self::Move(arguments) => arguments.command.name(),
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            Self::Import(_) => "import",
            #[cfg(all(feature = "sqlite", feature = "postgres"))]
            Self::Export(_) => "export",
            Self::Version => "version",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// What the migration does: "add total" makes V0007__add_total.sql
    #[arg(value_name = "DESCRIPTION", required = true)]
    pub(super) description: Vec<String>,
    /// The phase, by name, number or folder; a new one is created. Default: the last one
    #[arg(long, value_name = "PHASE")]
    pub(super) phase: Option<String>,
    /// Number the migration with the time, UTC: 20261104093000. Default: as the others are numbered
    #[arg(long)]
    pub(super) timestamp: bool,
}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// End with exit code 3 unless everything is applied as the files say, and nothing was changed by other means; skipped
    /// migrations do not count
    #[arg(long)]
    pub(super) check: bool,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Also compare each database with the files: its history, and what it holds; --backend does so too
    #[arg(long)]
    pub(super) online: bool,
    /// Also prove every down on scratch databases, whatever schema.lock says, and compare the two backends of a database by
    /// the `map` of schema.toml
    #[arg(long)]
    pub(super) prove: bool,
    /// Pass the migration of this version where the proof could not try it over rows; may be given several times
    #[arg(long, value_name = "VERSION", requires = "prove", value_parser = version)]
    pub(super) allow: Vec<Version>,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// Also show the SQL that takes the differences back
    #[arg(long)]
    pub(super) sql: bool,
    /// Write what was done as the next migration, whose file is named as `new` names it; this database has it already
    #[arg(long, value_name = "DESCRIPTION")]
    pub(super) new: Option<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command")]
pub(super) struct RepairArgs {
    /// Record the checksums of the files as they are now, for every modified migration
    #[arg(long)]
    pub(super) checksums: bool,
    /// Record the checksum of the file as it is now for this version (repeatable): for a history that may be another application's
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(super) checksum: Vec<Version>,
    /// Store the downs as the files have them now
    #[arg(long)]
    pub(super) downs: bool,
    /// Remove the record of this version (repeatable)
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(super) forget: Vec<Version>,
    /// Record this one version as applied, without running it (repeatable): its work was done here by hand, or finished by hand where it
    /// stopped. Whether it is there is not looked for before
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(super) mark_applied: Vec<Version>,
    /// Record every version up to this one that has no record as there already, without running any: the tables are older than the history.
    /// Refused where what they make is missing
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(super) baseline: Option<Version>,
    /// Compare the database with what its migrations make, and record its fingerprint where nothing differs
    #[arg(long, conflicts_with_all = ["checksums", "checksum", "downs", "forget", "mark_applied", "baseline"])]
    pub(super) fingerprint: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
}

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// Accept that migrations which are in schema.lock were changed or removed: all, or these versions alone
    #[arg(long, value_name = "VERSION", value_parser = accepted, num_args = 0..=1, require_equals = true, value_delimiter = ',',
          default_missing_value = "all")]
    pub(super) accept_modified: Vec<Accepted>,
    /// Write every down anew, also over those that were written by hand
    #[arg(long, conflicts_with = "which")]
    pub(super) force: bool,
    /// Write the downs of these anew, also over those that were written by hand: versions, or files
    #[arg(value_name = "VERSION|FILE")]
    pub(super) which: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The folder for the pages of all commands
    #[arg(value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
}

/// Reads a version; leading zeros do not count.
/// Of which migration a change is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    All,
    One(Version),
}

impl GenerateArgs {
    /// Whether it is accepted that the text of a version is another one by now, or gone.
    pub(super) fn accepts(&self, version: Version) -> bool {
        self.accept_modified
            .iter()
            .any(|accepted| matches!(accepted, Accepted::All) || *accepted == Accepted::One(version))
    }
}

fn accepted(text: &str) -> Result<Accepted, String> {
    if text == "all" { Ok(Accepted::All) } else { version(text).map(Accepted::One) }
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|invalid| invalid.to_string())
}

fn version(text: &str) -> Result<Version, String> {
    let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    number.and_then(Version::new).ok_or_else(|| "a version is a whole number from 1, of up to 18 digits".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn versions() {
        assert_eq!(version("0007").ok(), Version::new(7));
        for wrong in ["0", "-1", "+1", "x", "", "1.0", "1234567890123456789"] {
            assert!(version(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_option_is_explained() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }
}
