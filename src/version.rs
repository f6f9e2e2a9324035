//! The number of a migration.

use std::fmt;

/// The number of a migration: 1 to 18 digits, so that timestamps fit.
///
/// ```
/// use schemactl::Version;
/// assert_eq!(Version::new(20_261_120_073_000).map(Version::get), Some(20_261_120_073_000));
/// assert_eq!(Version::new(0), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(i64);

impl Version {
    /// The highest version.
    pub const MAX: Version = Version(999_999_999_999_999_999);

    /// Returns the version with this number, or `None` where it is below 1 or has more than 18 digits.
    pub const fn new(number: i64) -> Option<Self> {
        if number >= 1 && number <= Self::MAX.0 { Some(Self(number)) } else { None }
    }

    /// Returns the number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
