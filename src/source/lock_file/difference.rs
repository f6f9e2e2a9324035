use std::fmt;

use super::LockEntry;
use crate::version::Version;

/// One difference between schema.lock and the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LockDifference {
    /// The migration is new.
    NotLocked { version: Version, file: String },
    /// The text of a file was changed.
    Modified { version: Version, file: String, which: Which },
    /// The file was renamed, or moved to another phase.
    Renamed { version: Version, from: String, to: String },
    /// A down was added.
    DownAdded { version: Version, file: String },
    /// The down was removed.
    DownRemoved { version: Version, file: String },
    /// The migration was removed.
    Removed { version: Version, file: String },
}

/// Which file of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Up,
    Down,
}

impl LockDifference {
    pub(crate) fn version(&self) -> Version {
        match self {
            Self::NotLocked { version, .. }
            | Self::Modified { version, .. }
            | Self::Renamed { version, .. }
            | Self::DownAdded { version, .. }
            | Self::DownRemoved { version, .. }
            | Self::Removed { version, .. } => *version,
        }
    }
}

/// One line: `V1__a.sql was changed`.
impl fmt::Display for LockDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLocked { file, .. } => write!(f, "{file} is not in schema.lock"),
            Self::Modified { file, which: Which::Up, .. } => write!(f, "{file} was changed"),
            Self::Modified { file, which: Which::Down, .. } => write!(f, "the down of {file} was changed"),
            Self::Renamed { from, to, .. } => write!(f, "{from} was renamed to {to}"),
            Self::DownAdded { file, .. } => write!(f, "the down of {file} is not in schema.lock"),
            Self::DownRemoved { file, .. } => write!(f, "the down of {file} was removed"),
            Self::Removed { file, .. } => write!(f, "{file} was removed"),
        }
    }
}

/// Appends how the file of a migration differs from its entry.
pub(super) fn append(to: &mut Vec<LockDifference>, locked: Option<&LockEntry>, version: Version, found: &LockEntry) {
    let file = || found.file.clone();
    let Some(locked) = locked else {
        to.push(LockDifference::NotLocked { version, file: file() });
        return;
    };
    if locked.file != found.file {
        to.push(LockDifference::Renamed { version, from: locked.file.clone(), to: file() });
    }
    if locked.up != found.up {
        to.push(LockDifference::Modified { version, file: file(), which: Which::Up });
    }
    match (locked.down, found.down) {
        (None, Some(_)) => to.push(LockDifference::DownAdded { version, file: file() }),
        (Some(_), None) => to.push(LockDifference::DownRemoved { version, file: file() }),
        (old, new) if old != new => to.push(LockDifference::Modified { version, file: file(), which: Which::Down }),
        _ => {}
    }
}
