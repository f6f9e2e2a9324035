use std::borrow::Cow;
use std::fmt;

use sha2::{Digest as _, Sha256};

use super::Checksum;
use crate::hex::Hex;
use crate::version::Version;

/// What stands in a digest for a migration that is there, applied or as the baseline.
pub(crate) const DONE: &str = "done";

/// The SHA-256 over a row of the history and the digest of the row below it, in hexadecimal digits: one value for all rows up to this one.
///
/// A history stores it with each row, so that the last row tells whether the history is that of a list of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunningDigest(Cow<'static, str>);

impl RunningDigest {
    /// Of no rows.
    pub(crate) const NONE: Self = Self(Cow::Borrowed(""));

    /// Wraps digits that were computed before: by the build script, or by whoever wrote the history.
    pub(crate) const fn recorded(digits: Cow<'static, str>) -> Self {
        Self(digits)
    }

    /// Of one row more. PostgreSQL computes the same from its columns.
    pub(crate) fn with(&self, version: i64, word: &str, checksum: &str) -> Self {
        let hash = Sha256::digest(format!("{} {version} {word} {checksum}", self.0));
        Self(Cow::Owned(Hex(&hash).to_string()))
    }

    /// The digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunningDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The last row of a history in which all of a list of migrations is applied, and nothing else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head<'a> {
    pub(crate) version: Version,
    pub(crate) checksum: Checksum,
    pub(crate) digest: &'a RunningDigest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_row_and_all_that_lies_below_it_counts() {
        let first = RunningDigest::NONE.with(1, DONE, "sha256:aa");
        // As `printf ' 1 done sha256:aa' | sha256sum` has it: a history that is written today is read by later releases.
        assert_eq!(first.as_str(), "64d4627ae1a95752b9ef18ac97938ce814ee03d5a4a600baf04579dfcab508af");
        let second = first.with(2, DONE, "sha256:bb");
        let others = [
            RunningDigest::NONE.with(2, DONE, "sha256:bb"),
            first.with(3, DONE, "sha256:bb"),
            first.with(2, "skipped", "sha256:bb"),
            first.with(2, DONE, "sha256:bc"),
            RunningDigest::NONE.with(1, DONE, "sha256:ab").with(2, DONE, "sha256:bb"),
        ];
        assert!(others.iter().all(|other| *other != second), "{others:?}");
        assert_eq!(second.as_str().len(), 64);
    }
}
