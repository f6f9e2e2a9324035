//! The options of `move`.

use std::net::SocketAddr;

use clap::{Args, Subcommand, ValueEnum};

use super::examples;
use crate::transfer::SampleSize;

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
    /// Copy the rows of SQLite into the empty tables of PostgreSQL, or go on with a copy that was interrupted
    ///
    /// The plan is made first, and nothing is written where it refuses a value. Indexes, foreign keys and triggers of the target are off while rows
    /// come. SQLite is only read, and who writes to it goes on.
    #[command(after_help = examples::MOVE_COPY)]
    Copy(MoveCopyArgs),
    /// Compare what PostgreSQL holds with what SQLite holds, value by value
    ///
    /// Both databases are only read. Ends with exit code 3 where they differ.
    #[command(after_help = examples::MOVE_VERIFY)]
    Verify(MoveVerifyArgs),
    /// Copy the rows while the application writes, and then apply what it changes, until it is stopped
    ///
    /// Triggers on the tables of SQLite note which keys change, in the application's own transactions. Nobody but this command writes to the tables of the
    /// target meanwhile.
    #[command(after_help = examples::MOVE_FOLLOW)]
    Follow(MoveFollowArgs),
    /// Switch from SQLite to PostgreSQL: what is left is applied, SQLite is closed to writers, PostgreSQL is opened
    ///
    /// Where that is not done within the deadline, SQLite is open again, and all is as before (exit code 4). Where the command dies, `move status` says which side is
    /// right, and another `move cutover` goes on.
    #[command(after_help = examples::MOVE_CUTOVER)]
    Cutover(MoveCutoverArgs),
    /// Switch back from PostgreSQL to SQLite: what is left is applied, PostgreSQL is closed to writers, SQLite is opened
    ///
    /// After a cutover, what the application changes on PostgreSQL goes back to SQLite while `move follow` runs. Where the switch is not done within the deadline,
    /// PostgreSQL is written as before (exit code 4).
    #[command(after_help = examples::MOVE_BACK)]
    Back(MoveBackArgs),
    /// End a move: PostgreSQL is the side that is written, and there is no way back
    ///
    /// What noted changes goes on both sides, and so does the journal of the move. SQLite keeps its rows, and stays closed to writers.
    #[command(after_help = examples::MOVE_FINISH)]
    Finish,
    /// Put the file of SQLite away once a move has ended, with the date and its checksum
    #[command(after_help = examples::MOVE_ARCHIVE)]
    Archive(MoveArchiveArgs),
    /// Show how far a copy has come, and how far the other side is behind
    #[command(after_help = examples::MOVE_STATUS)]
    Status(MoveStatusArgs),
    /// Take away the rows that a copy has written, and nothing else
    #[command(after_help = examples::MOVE_DISCARD)]
    Discard(MoveDiscardArgs),
}

impl MoveCommand {
    /// The name for JSON.
    pub(in crate::cli) fn name(&self) -> &'static str {
        match self {
            Self::Plan(_) => "move plan",
            Self::Copy(_) => "move copy",
            Self::Verify(_) => "move verify",
            Self::Follow(_) => "move follow",
            Self::Cutover(_) => "move cutover",
            Self::Back(_) => "move back",
            Self::Finish => "move finish",
            Self::Archive(_) => "move archive",
            Self::Status(_) => "move status",
            Self::Discard(_) => "move discard",
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
    /// Write each value that is refused to this file, as a line of JSON
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) rejects: Option<std::path::PathBuf>,
    /// Show this many values of each kind that is refused
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(in crate::cli) examples: usize,
    /// Whether values are shown: a report may be read by those who should not see them
    #[arg(long, value_enum, value_name = "WHICH", default_value = "shown")]
    pub(in crate::cli) values: ShownValues,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveCopyArgs {
    /// Read this SQLite database instead of the one that schema.toml names
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) from: Option<String>,
    /// Copy without a plan: a value that has no place ends the copy where it is come to
    #[arg(long)]
    pub(in crate::cli) skip_plan: bool,
    /// What becomes of values that have no place, and of rows that the server refuses
    ///
    /// Without it [map.copy] of schema.toml says so, or it stops.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(in crate::cli) on_reject: Option<OnReject>,
    /// Write over this many connections at once [default: 1, or as [map.copy] of schema.toml says]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(in crate::cli) jobs: Option<u16>,
    /// Rows that a transaction has at most
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) batch: Option<u64>,
    /// Copy only these tables now, in this order; the next copy goes on with the others
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    pub(in crate::cli) tables: Option<Vec<String>>,
    /// Make no backup of the target, although schema.toml wants one before a copy begins
    #[arg(long)]
    pub(in crate::cli) no_backup: bool,
    /// Stop after this time, such as 300s, at the end of the transaction at hand
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub(in crate::cli) time_limit: Option<std::time::Duration>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveFollowArgs {
    #[command(flatten)]
    pub(in crate::cli) copy: MoveCopyArgs,
    /// End once nothing is left to apply
    #[arg(long)]
    pub(in crate::cli) until_level: bool,
    #[command(flatten)]
    pub(in crate::cli) metrics: MoveMetricsArgs,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveMetricsArgs {
    /// Write the figures to this file every two seconds, in the text format of Prometheus
    ///
    /// The file is replaced whole. It is for a collector that reads files.
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) metrics_file: Option<std::path::PathBuf>,
    /// Serve the figures to Prometheus on this address of this machine, such as 127.0.0.1:9187
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    pub(in crate::cli) metrics_listen: Option<SocketAddr>,
}

/// An address that no other machine reaches: the figures have no password.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "an address with a port, such as 127.0.0.1:9187".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("other machines reach it, and metrics are served to this one alone: 127.0.0.1 or [::1]".to_owned())
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveStatusArgs {
    /// Look again every so many seconds, until Ctrl-C [default: 2]
    ///
    /// A terminal shows the last look, elsewhere each is a line; with `--json` each is a document in a line.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(in crate::cli) watch: Option<u64>,
    /// End once this is seen
    #[arg(long, value_enum, value_name = "WHAT", requires = "watch")]
    pub(in crate::cli) until: Option<WatchUntil>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveDiscardArgs {
    /// Only have SQLite note no changes any more: PostgreSQL is not asked, and keeps what was copied
    ///
    /// The application's writes are as fast as before, also where PostgreSQL cannot be reached. The move cannot be followed any more then.
    #[arg(long)]
    pub(in crate::cli) drop_capture: bool,
    /// Also take away rows that stayed on PostgreSQL when SQLite was switched back to
    #[arg(long)]
    pub(in crate::cli) accept_data_loss: bool,
}

/// What `move status --watch` may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum WatchUntil {
    /// Somebody follows, and nothing is left to apply
    Level,
    /// SQLite takes writes
    Sqlite,
    /// PostgreSQL takes writes
    Postgres,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveCutoverArgs {
    /// Read this SQLite database instead of the one that schema.toml names
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) from: Option<String>,
    /// How long nobody may be able to write, such as 5s: then SQLite is open again
    #[arg(long, value_name = "TIME", value_parser = super::duration, default_value = "5s")]
    pub(in crate::cli) deadline: std::time::Duration,
    /// Go through all of it but the switch: nothing is closed, and nothing opened
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Take back a switch that has died before PostgreSQL was open: SQLite is open again
    #[arg(long, conflicts_with = "dry_run")]
    pub(in crate::cli) abort: bool,
    /// Note nothing of what changes on PostgreSQL afterwards: there is no `move back` then
    #[arg(long)]
    pub(in crate::cli) no_way_back: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveBackArgs {
    /// Read this SQLite database instead of the one that schema.toml names
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) from: Option<String>,
    /// How long nobody may be able to write, such as 5s: then PostgreSQL is written as before
    #[arg(long, value_name = "TIME", value_parser = super::duration, default_value = "5s")]
    pub(in crate::cli) deadline: std::time::Duration,
    /// Apply what is there, and tell whether both sides could be switched now
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Switch although rows of PostgreSQL have no place in SQLite: they stay on PostgreSQL
    #[arg(long)]
    pub(in crate::cli) leave_behind: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveArchiveArgs {
    /// The folder to which the file is put [default: archive, beside the file]
    #[arg(long, value_name = "FOLDER")]
    pub(in crate::cli) to: Option<std::path::PathBuf>,
}

/// What becomes of what has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OnReject {
    /// The copy stops
    Stop,
    /// It is kept in the journal of the move, and the other rows are copied
    SetAside,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MoveVerifyArgs {
    /// Read this SQLite database instead of the one that schema.toml names
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) from: Option<String>,
    /// Name this many rows of each table that differ
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(in crate::cli) examples: usize,
    /// Compare about this many rows of each table, or this share of them: 10000, 1%
    ///
    /// The rows of all tables are counted. Which are compared is decided by a hash of the key, with another seed in each run. A table without a key is compared whole.
    #[arg(long, value_name = "ROWS|SHARE%", value_parser = sample_size)]
    pub(in crate::cli) sample: Option<SampleSize>,
    /// Compare the same sample as the run that printed this seed
    #[arg(long, value_name = "N", requires = "sample")]
    pub(in crate::cli) seed: Option<u64>,
    /// Compare the rows alone: do not look whether the target holds what its migrations make
    #[arg(long)]
    pub(in crate::cli) no_diff: bool,
    /// Write the report as Markdown to this file, for a ticket
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) report: Option<std::path::PathBuf>,
    /// Whether values are shown: a report may be read by those who should not see them
    #[arg(long, value_enum, value_name = "WHICH", default_value = "shown")]
    pub(in crate::cli) values: ShownValues,
}

/// A number of rows, or a share of them in percent: at most four digits behind the point, since nobody can tell less than a millionth.
fn sample_size(text: &str) -> Result<SampleSize, String> {
    let wrong = || "a number of rows, or a share such as 1% or 0.05%".to_owned();
    let Some(share) = text.strip_suffix('%') else {
        return text.parse().ok().filter(|rows| *rows > 0).map(SampleSize::Rows).ok_or_else(wrong);
    };
    let (whole, fraction) = share.split_once('.').unwrap_or((share, ""));
    if fraction.len() > 4 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let millionths = format!("{whole}{fraction:0<4}").parse().ok().filter(|share| (1..=1_000_000).contains(share));
    millionths.map(SampleSize::Millionths).ok_or_else(wrong)
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
