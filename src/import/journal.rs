//! What is recorded of the files that were imported.

use sha2::{Digest as _, Sha256};

use super::content::Stretch;
use super::places::RecordPlaces;

/// A line of the journal: a file that was imported by a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct JournalEntry {
    pub(crate) rule: String,
    pub(crate) path: String,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// Microseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) records: u64,
    pub(crate) set_aside: u64,
    /// Their numbers.
    pub(crate) aside: RecordPlaces,
    /// The beginning of the file that a file which grows has still.
    pub(crate) settled: Stretch,
    /// The records in it.
    pub(crate) settled_records: u64,
}

/// What a key is known by: a hash, so that the journal has no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyDigest(pub(crate) [u8; 16]);

impl KeyDigest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let hash = Sha256::digest(bytes);
        Self(std::array::from_fn(|at| hash[at]))
    }
}

/// The file that brought a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyOwner {
    pub(crate) path: String,
    /// Of the file as it was then.
    pub(crate) sha256: String,
    pub(crate) modified: i64,
}
