//! What the index says that is kept of the rows that versions changed, without the rows themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::of_undo::UndoRecord;
use crate::version::Version;

/// What is kept of the rows that a version changed, or was to be: what `schemactl undo list` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptRows {
    /// The version.
    pub version: Version,
    /// Its description as it is recorded; none where the history has no such version.
    pub description: Option<String>,
    /// Whether a down puts them back.
    pub state: KeptState,
    /// Why it does not, in words.
    pub reason: Option<String>,
    /// The tables that the rows are of, as they were called before the version; of one that it made, as it is called since.
    pub tables: Vec<String>,
    /// The number of rows, and of values where only a column was dropped.
    pub rows: u64,
    /// About how many bytes their values have.
    pub bytes: u64,
    /// When they were kept: UTC, as RFC 3339.
    pub kept_at: Option<String>,
    /// Until when: UTC, as RFC 3339. None where that has no end.
    pub kept_until: Option<String>,
    /// Of the file that the version was applied with, for the log.
    pub(crate) checksum: Option<String>,
    /// The numbers of the tables in which the rows are.
    pub(crate) numbers: Vec<u32>,
}

/// What has become of rows that were to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum KeptState {
    /// They are kept: a down puts them back.
    Kept,
    /// Their time is over: a down does not put them back, and the next run takes them away.
    Expired,
    /// They were kept, and are taken away: somebody purged them, or their time was over.
    Purged,
    /// They never were.
    NotKept,
    /// What is there cannot be understood: a down does not put it back.
    Unreadable,
    /// They are of an earlier run of the version, or of one that is not applied: a down does not put them back.
    Superseded,
}

impl KeptState {
    /// Returns the word for it, as JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Expired => "expired",
            Self::Purged => "purged",
            Self::NotKept => "not_kept",
            Self::Unreadable => "unreadable",
            Self::Superseded => "superseded",
        }
    }

    /// Whether there are rows that can be taken away.
    pub(crate) fn has_rows(self) -> bool {
        match self {
            Self::Kept | Self::Expired | Self::Unreadable | Self::Superseded => true,
            Self::Purged | Self::NotKept => false,
        }
    }
}

impl fmt::Display for KeptState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotKept => "not kept",
            state => state.as_str(),
        })
    }
}

/// A row of the index, with what the history has of its version.
#[derive(Debug, Clone, Default)]
pub(crate) struct IndexRow {
    pub(crate) version: i64,
    /// 0 says what is kept of the version; the others are its parts.
    pub(crate) number: i64,
    pub(crate) kind: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) rows: i64,
    pub(crate) bytes: i64,
    pub(crate) reason: Option<String>,
    pub(crate) kept_at: Option<String>,
    pub(crate) kept_until: Option<String>,
    pub(crate) is_over: bool,
    /// Whether it is not of the run that the history has.
    pub(crate) is_superseded: bool,
    pub(crate) description: Option<String>,
    pub(crate) checksum: Option<String>,
}

/// The words of a version's own row.
impl IndexRow {
    /// All that it did to rows is kept, in the parts that follow.
    pub(crate) const WHOLE: &str = "whole";
    /// Nothing was, for the reason that stands there.
    pub(crate) const NOT: &str = "not";
    /// It was, and is not any more.
    pub(crate) const PURGED: &str = "purged";
}

impl IndexRow {
    /// What stands for a version of which the index says nothing, with what the history has of it.
    pub(crate) fn missing(version: Version, described: Option<(String, String)>) -> Self {
        let (description, checksum) = described.unzip();
        Self { version: version.get(), number: -1, description, checksum, ..Self::default() }
    }

    /// The versions with rows of which the index says nothing.
    pub(crate) fn without(index: &[Self], images: &BTreeSet<(Version, u32)>) -> BTreeSet<Version> {
        let is_known = |version: &Version| index.iter().any(|row| row.version == version.get());
        images.iter().map(|(version, _)| *version).filter(|version| !is_known(version)).collect()
    }
}

impl KeptRows {
    /// What the index says, by version. `images` are the tables with rows that are there.
    pub(crate) fn of(index: &[IndexRow], images: &BTreeSet<(Version, u32)>) -> Vec<Self> {
        let mut versions: BTreeMap<Version, Vec<&IndexRow>> = BTreeMap::new();
        for (version, row) in index.iter().filter_map(|row| Some((Version::new(row.version)?, row))) {
            versions.entry(version).or_default().push(row);
        }
        let of_version = |(version, rows): (Version, Vec<&IndexRow>)| {
            let there = images.iter().filter(|(of, _)| *of == version).map(|(_, number)| *number).collect();
            Self::of_version(version, &rows, &there)
        };
        versions.into_iter().map(of_version).collect()
    }

    /// Whether they were kept, and a down does not put them back any more.
    pub(crate) fn is_gone(&self) -> bool {
        match self.state {
            KeptState::Expired | KeptState::Purged | KeptState::Unreadable | KeptState::Superseded => true,
            KeptState::Kept | KeptState::NotKept => false,
        }
    }

    fn of_version(version: Version, rows: &[&IndexRow], there: &BTreeSet<u32>) -> Self {
        let parts: Vec<&&IndexRow> = rows.iter().filter(|row| row.number != 0).collect();
        let first = rows.iter().find(|row| row.number == 0);
        let numbers: BTreeSet<u32> = parts.iter().filter_map(|part| u32::try_from(part.number).ok()).collect();
        let names = parts.iter().filter_map(|part| part.before.as_ref().or(part.after.as_ref()));
        let tables: BTreeSet<String> = names.cloned().collect();
        let (state, reason) = match first {
            None => (KeptState::Unreadable, Some("the index says nothing of it".to_owned())),
            Some(first) => Self::state(first, &numbers, there),
        };
        let count = |of: fn(&IndexRow) -> i64| first.map_or(0, |first| of(first).unsigned_abs());
        Self {
            version,
            description: rows.iter().find_map(|row| row.description.clone()),
            state,
            reason,
            tables: tables.into_iter().collect(),
            rows: count(|row| row.rows),
            bytes: count(|row| row.bytes),
            kept_at: first.and_then(|first| first.kept_at.clone()),
            kept_until: first.filter(|first| first.kind == IndexRow::WHOLE).and_then(|first| first.kept_until.clone()),
            checksum: rows.iter().find_map(|row| row.checksum.clone()),
            numbers: numbers.union(there).copied().collect(),
        }
    }

    fn state(first: &IndexRow, numbers: &BTreeSet<u32>, there: &BTreeSet<u32>) -> (KeptState, Option<String>) {
        let missing = numbers.difference(there).count();
        match &*first.kind {
            IndexRow::WHOLE if first.is_superseded => (KeptState::Superseded, Some(UndoRecord::SUPERSEDED.to_owned())),
            IndexRow::WHOLE if first.is_over => {
                let until = first.kept_until.as_deref().unwrap_or_default();
                (KeptState::Expired, Some(format!("they were kept until {until}")))
            }
            IndexRow::WHOLE if missing > 0 => {
                let tables = crate::plural::count(missing, "table");
                (
                    KeptState::Unreadable,
                    Some(format!("{tables} with rows of it that the index names {}", gone(missing))),
                )
            }
            IndexRow::WHOLE => (KeptState::Kept, None),
            IndexRow::NOT | IndexRow::PURGED if !there.is_empty() => {
                let tables = crate::plural::count(there.len(), "table");
                (
                    KeptState::Unreadable,
                    Some(format!(
                        "the index says that nothing is kept, and {tables} with rows {} there",
                        are(there.len())
                    )),
                )
            }
            IndexRow::NOT => (KeptState::NotKept, first.reason.clone()),
            IndexRow::PURGED => (KeptState::Purged, first.reason.clone()),
            other => (
                KeptState::Unreadable,
                Some(format!("the index has the word {other:?}, which this release does not know")),
            ),
        }
    }
}

fn are(tables: usize) -> &'static str {
    if tables == 1 { "is" } else { "are" }
}

fn gone(tables: usize) -> &'static str {
    if tables == 1 { "is gone" } else { "are gone" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(version: i64, number: i64, kind: &str) -> IndexRow {
        IndexRow { version, number, kind: kind.to_owned(), rows: 3, bytes: 20, ..IndexRow::default() }
    }

    fn version(number: i64) -> Version {
        Version::new(number).unwrap()
    }

    #[test]
    fn each_version_has_a_state() {
        let part = |of, table: &str| IndexRow { before: Some(table.to_owned()), ..row(of, 1, "rows") };
        let made = |of| IndexRow { after: Some("made".to_owned()), ..row(of, 2, "rows") };
        let why = |row| IndexRow { reason: Some("no".to_owned()), ..row };
        let over = IndexRow { is_over: true, kept_until: Some("2026".to_owned()), ..row(2, 0, IndexRow::WHOLE) };
        let index = [
            row(1, 0, IndexRow::WHOLE),
            part(1, "role"),
            made(1),
            over,
            part(2, "role"),
            why(row(3, 0, IndexRow::NOT)),
            why(row(4, 0, IndexRow::PURGED)),
            row(5, 0, IndexRow::WHOLE),
            part(5, "gone"),
            row(6, 0, "later"),
            part(7, "headless"),
        ];
        let images = [(1, 1), (1, 2), (2, 1), (8, 4)].map(|(of, number)| (version(of), number)).into();
        assert_eq!(IndexRow::without(&index, &images), [version(8)].into());
        let described = Some(("add_total".to_owned(), "sha256".to_owned()));
        let index = [&index[..], &[IndexRow::missing(version(8), described)]].concat();
        let kept = KeptRows::of(&index, &images);
        let states: Vec<_> = kept.iter().map(|kept| (kept.version.get(), kept.state)).collect();
        assert_eq!(
            states,
            [
                (1, KeptState::Kept),
                (2, KeptState::Expired),
                (3, KeptState::NotKept),
                (4, KeptState::Purged),
                (5, KeptState::Unreadable),
                (6, KeptState::Unreadable),
                (7, KeptState::Unreadable),
                (8, KeptState::Unreadable),
            ]
        );
        assert_eq!(
            (kept[0].rows, kept[0].bytes, &kept[0].tables[..]),
            (3, 20, &["made".to_owned(), "role".to_owned()][..])
        );
        assert_eq!(kept[1].reason.as_deref(), Some("they were kept until 2026"));
        assert_eq!(kept[4].reason.as_deref(), Some("1 table with rows of it that the index names is gone"));
        assert_eq!(
            kept[5].reason.as_deref(),
            Some("the index has the word \"later\", which this release does not know")
        );
        // Rows that nobody says anything of are no fewer for it.
        let left = KeptRows::of(&[why(row(4, 0, IndexRow::PURGED))], &[(version(4), 1)].into());
        let why = "the index says that nothing is kept, and 1 table with rows is there";
        assert_eq!((left[0].state, left[0].reason.as_deref()), (KeptState::Unreadable, Some(why)));
        assert_eq!((&kept[7].numbers[..], kept[7].rows), (&[4][..], 0));
        assert_eq!(kept[7].description.as_deref(), Some("add_total"));
    }
}
