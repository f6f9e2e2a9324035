//! What an import has come to, file by file: read = inserted + replaced + kept + known + set aside.

use super::record::BadRecord;

/// What of an import is told in the end.
#[derive(Debug, Default)]
pub(crate) struct ImportOutcome {
    pub(crate) rules: Vec<RuleOutcome>,
}

/// What became of the files of a rule.
#[derive(Debug, Default)]
pub(crate) struct RuleOutcome {
    pub(crate) rule: String,
    pub(crate) table: String,
    pub(crate) files: Vec<FileOutcome>,
    /// Files in its folders that no pattern names.
    pub(crate) beside: Vec<String>,
    /// Files of the journal that are not there any more.
    pub(crate) gone: Vec<String>,
}

/// What became of a file.
#[derive(Debug)]
pub(crate) struct FileOutcome {
    pub(crate) path: String,
    pub(crate) what: FileFate,
    pub(crate) counts: RecordCounts,
    /// The first of the records that were set aside.
    pub(crate) bad: Vec<BadRecord>,
    /// What there is to know besides.
    pub(crate) notes: Vec<String>,
}

/// The end of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileFate {
    Imported,
    /// It was imported before.
    Unchanged,
    /// It was imported before, under another name.
    Renamed {
        from: String,
    },
    /// Nothing of it was imported, and why.
    Refused {
        reason: String,
    },
}

/// The records of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RecordCounts {
    pub(crate) read: u64,
    pub(crate) inserted: u64,
    pub(crate) replaced: u64,
    /// Whose row was there already, and stays.
    pub(crate) kept: u64,
    /// That were imported before.
    pub(crate) known: u64,
    pub(crate) set_aside: u64,
}

impl RecordCounts {
    pub(crate) fn add(&mut self, other: Self) {
        self.read += other.read;
        self.inserted += other.inserted;
        self.replaced += other.replaced;
        self.kept += other.kept;
        self.known += other.known;
        self.set_aside += other.set_aside;
    }

    /// Whether every record that was read became one of the others.
    pub(crate) fn add_up(&self) -> bool {
        self.read == self.inserted + self.replaced + self.kept + self.known + self.set_aside
    }
}

impl FileOutcome {
    pub(crate) fn of(path: &str, what: FileFate) -> Self {
        Self { path: path.to_owned(), what, counts: RecordCounts::default(), bad: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn refused(path: &str, reason: impl Into<String>) -> Self {
        Self::of(path, FileFate::Refused { reason: reason.into() })
    }

    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.what, FileFate::Refused { .. })
    }
}

impl RuleOutcome {
    pub(crate) fn counts(&self) -> RecordCounts {
        let mut sum = RecordCounts::default();
        self.files.iter().for_each(|file| sum.add(file.counts));
        sum
    }
}
