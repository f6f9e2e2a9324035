//! `[backup]`: where backups lie, how long they are kept, and before what one is made without being asked for.

use std::ops::Range;
use std::path::PathBuf;

use super::Secret;

/// Where backups lie unless schema.toml says otherwise, beside it.
pub(super) const FOLDER: &str = "backups";
pub(super) const KEEP_DAYS: u32 = 30;

/// What a backup is made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// `up`, where a pending migration may lose data.
    Lossy,
    /// `move copy`.
    Copy,
    /// The switch at the end of a move.
    Cutover,
    /// `down`.
    Down,
}

impl Occasion {
    pub(crate) const ALL: [Self; 4] = [Self::Lossy, Self::Copy, Self::Cutover, Self::Down];

    /// The word of schema.toml.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Lossy => "lossy",
            Self::Copy => "copy",
            Self::Cutover => "cutover",
            Self::Down => "down",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.as_str() == word)
    }
}

/// How backups of a database are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackupSettings {
    /// As messages show it.
    pub(crate) folder: PathBuf,
    /// Whole days of 24 hours.
    pub(crate) keep_days: u32,
    pub(crate) compress: bool,
    /// None where schema.toml has no section for backups: nobody is surprised by one.
    pub(crate) before: Vec<Occasion>,
    /// The folder of `pg_dump` and `pg_restore`, where it is named.
    pub(crate) pg_bin: Option<PathBuf>,
}

/// A section as it stands in schema.toml. What it does not say is for the section above it, or the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct BackupSection {
    pub(super) folder: Option<WrittenPath>,
    pub(super) keep_days: Option<u32>,
    pub(super) compress: Option<bool>,
    pub(super) before: Option<Vec<Occasion>>,
    pub(super) pg_bin: Option<WrittenPath>,
}

/// A path, whose variables are not yet replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrittenPath {
    pub(super) key: &'static str,
    pub(super) text: Secret,
    pub(super) span: Range<usize>,
}

impl BackupSection {
    /// What this one leaves open is as the section above it has it.
    pub(super) fn below(self, above: &Self) -> Self {
        let above = above.clone();
        Self {
            folder: self.folder.or(above.folder),
            keep_days: self.keep_days.or(above.keep_days),
            compress: self.compress.or(above.compress),
            before: self.before.or(above.before),
            pg_bin: self.pg_bin.or(above.pg_bin),
        }
    }
}
