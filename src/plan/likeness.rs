//! Whether a history looks like that of these files: a database may be another application's.

use std::collections::HashSet;
use std::fmt;

use super::Entry;
use crate::plural::count;
use crate::source::Checksum;
use crate::version::Version;

/// How much of what is recorded agrees with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Likeness {
    /// All that is recorded.
    recorded: usize,
    /// The text of a file is the one that is recorded, under this version or another.
    same: usize,
    /// A file has the version and the name, and another text.
    named: usize,
    /// A file has the version, and neither the name nor the text.
    other: usize,
    /// No file has the version.
    without: usize,
}

/// Whose a history is, as far as it can be told from the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kin {
    /// Enough of it agrees.
    Ours,
    /// Names agree, and no text: files that were edited, or names that two applications have.
    Doubtful,
    /// Nothing agrees, or more differs in name and text than agrees.
    Strange,
}

impl Likeness {
    /// Compares what is recorded with the files.
    pub(crate) fn of(entries: &[Entry<'_>]) -> Self {
        Self::without(entries, &[])
    }

    /// The same, where these versions are left out.
    pub(crate) fn without(entries: &[Entry<'_>], left_out: &[Version]) -> Self {
        let mut likeness = Self::default();
        let texts: HashSet<Checksum> =
            entries.iter().filter_map(|entry| Some(entry.migration?.up().checksum())).collect();
        for entry in entries.iter().filter(|entry| !left_out.contains(&entry.version)) {
            let Some(record) = entry.record else { continue };
            likeness.recorded += 1;
            let is_here = record.checksum.parse().is_ok_and(|checksum| texts.contains(&checksum));
            match entry.migration {
                _ if is_here => likeness.same += 1,
                Some(migration) if migration.description() == record.description => likeness.named += 1,
                Some(_) => likeness.other += 1,
                None => likeness.without += 1,
            }
        }
        likeness
    }

    /// Whose it looks like. What is not known counts as the worse: a name alone is no proof, since two applications may both begin with
    /// `1 init`.
    pub(crate) fn kin(&self) -> Kin {
        let agree = self.same + self.named;
        match self {
            Self { recorded: 0, .. } => Kin::Ours,
            _ if self.other > agree => Kin::Strange,
            Self { same: 0, .. } if self.named == 0 || self.other + self.without > self.named => Kin::Strange,
            Self { same: 0, .. } => Kin::Doubtful,
            _ => Kin::Ours,
        }
    }
}

/// `of 3 recorded versions, 1 has the text of a file here, 2 have another name and text`.
impl fmt::Display for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "of {}, ", count(self.recorded, "recorded version"))?;
        match self.same {
            0 => f.write_str("none has the text of a file here")?,
            1 => f.write_str("1 has the text of a file here")?,
            same => write!(f, "{same} have the text of a file here")?,
        }
        for (count, what) in
            [(self.named, "the name alone"), (self.other, "another name and text"), (self.without, "no file")]
        {
            if count > 0 {
                let verb = if count == 1 { "has" } else { "have" };
                write!(f, ", {count} {verb} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_counts_as_the_worse() {
        let kin = |same, named, other, without| {
            Likeness { recorded: same + named + other + without, same, named, other, without }.kin()
        };
        assert_eq!(kin(0, 0, 0, 0), Kin::Ours);
        // A release behind, files squashed away, one edited, two branches with one version.
        for (same, named, other, without) in [(5, 0, 0, 45), (1, 1, 0, 0), (1, 0, 1, 0), (9, 0, 3, 0)] {
            assert_eq!(kin(same, named, other, without), Kin::Ours);
        }
        for (named, without) in [(1, 0), (3, 2), (1, 1)] {
            assert_eq!(kin(0, named, 0, without), Kin::Doubtful);
        }
        // Another application's, also where both begin with the same template.
        for (same, named, other, without) in [(0, 0, 1, 0), (0, 0, 0, 1), (0, 1, 1, 5), (1, 0, 2, 0), (1, 1, 3, 9)] {
            assert_eq!(kin(same, named, other, without), Kin::Strange);
        }
    }
}
