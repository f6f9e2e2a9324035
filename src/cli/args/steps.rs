//! The options of the commands that go up and down.

use clap::{Args, ValueEnum};

use super::version;
use crate::config::TransactionMode;
use crate::error::{Code, Error, Result};
use crate::plan::{Back, Target};
use crate::version::Version;

/// How far `up` goes, and how.
#[derive(Debug, Args)]
pub(in crate::cli) struct UpTarget {
    /// Go up to this version and no further. Default: to the last one
    #[arg(long, value_name = "VERSION", value_parser = version, conflicts_with = "phase")]
    to: Option<Version>,
    /// Go up to the end of this phase, given by name, number or folder: core, 1, 1_core
    #[arg(long, value_name = "PHASE")]
    phase: Option<String>,
    /// How many steps share a transaction: each has its own (step), or all have one (all)
    #[arg(long, value_enum, value_name = "MODE", default_value = "step")]
    transaction: TransactionChoice,
    /// What to do with a pending version that is lower than an applied one: refuse (strict) or apply it (any). Default:
    /// strict
    #[arg(long, value_name = "ORDER")]
    pub(in crate::cli) order: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TransactionChoice {
    Step,
    All,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UpArgs {
    #[command(flatten)]
    pub(in crate::cli) far: UpTarget,
    /// Change nothing: show what would be done and try it, as `plan` does
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// With --dry-run: only show, do not try
    #[arg(long, requires = "dry_run")]
    pub(in crate::cli) no_rehearsal: bool,
    /// Make no backup first, whatever [backup] of schema.toml says
    #[arg(long)]
    pub(in crate::cli) no_backup: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PlanArgs {
    #[command(flatten)]
    pub(in crate::cli) far: UpTarget,
    /// Only show, do not try
    #[arg(long)]
    pub(in crate::cli) no_rehearsal: bool,
    /// As it is always
    #[arg(long, hide = true)]
    dry_run: bool,
}

impl UpTarget {
    pub(in crate::cli) fn target(&self) -> Target {
        match (&self.phase, self.to) {
            (Some(phase), _) => Target::Phase(phase.clone()),
            (None, Some(version)) => Target::Version(version),
            (None, None) => Target::Latest,
        }
    }

    pub(in crate::cli) fn transaction(&self) -> TransactionMode {
        match self.transaction {
            TransactionChoice::Step => TransactionMode::Step,
            TransactionChoice::All => TransactionMode::All,
        }
    }
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command")]
pub(in crate::cli) struct DownArgs {
    /// Take back until this version is the last one; 0 takes all back
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    to: Option<String>,
    /// How many migrations to take back. Default: 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    steps: Option<u32>,
    /// Change nothing: show what would be done and lost, and try it
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// With --dry-run: only show, do not try
    #[arg(long, requires = "dry_run")]
    pub(in crate::cli) no_rehearsal: bool,
    /// Lose the data that the downs lose, and put rows back that somebody has changed since the up, unless --keep-changed is given, too. Without it
    /// they are refused where there is any (exit code 5)
    #[arg(long)]
    pub(in crate::cli) accept_data_loss: bool,
    /// Leave rows as people made them that the up changed and somebody else since, and take back all others. With
    /// --accept-data-loss, what else the downs lose may go
    #[arg(long)]
    pub(in crate::cli) keep_changed: bool,
    /// Make no backup first, whatever [backup] of schema.toml says
    #[arg(long)]
    pub(in crate::cli) no_backup: bool,
}

impl DownArgs {
    pub(in crate::cli) fn back(&self) -> Result<Back> {
        let Some(to) = &self.to else {
            return Ok(Back::Steps(self.steps.map_or(1, |steps| usize::try_from(steps).unwrap_or(usize::MAX))));
        };
        if !to.is_empty() && to.bytes().all(|byte| byte == b'0') {
            return Ok(Back::Empty);
        }
        version(to)
            .map(Back::To)
            .map_err(|why| Error::new(Code::Usage, format!("`--to {to}`: {why}")).with_hint("`--to 0` takes all back"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_down() {
        let back = |to: Option<&str>, steps| {
            let to = to.map(str::to_owned);
            let unset = DownArgs {
                to,
                steps,
                dry_run: false,
                no_rehearsal: false,
                accept_data_loss: false,
                keep_changed: false,
                no_backup: false,
            };
            unset.back().ok()
        };
        assert_eq!(back(None, None), Some(Back::Steps(1)));
        assert_eq!(back(None, Some(3)), Some(Back::Steps(3)));
        assert_eq!(back(Some("0"), None), Some(Back::Empty));
        assert_eq!(back(Some("0007"), None), Version::new(7).map(Back::To));
        assert_eq!(back(Some("x"), None), None);
        assert_eq!(back(Some(""), None), None);
    }
}
