//! The number of a migration.

use std::fmt;
use std::str::FromStr;

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

/// A number or a text that is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidVersion;

impl fmt::Display for InvalidVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a version is a number from 1 to {}", Version::MAX)
    }
}

impl std::error::Error for InvalidVersion {}

/// ```
/// assert_eq!(schemactl::Version::try_from(7)?.get(), 7);
/// assert!(schemactl::Version::try_from(0).is_err());
/// # Ok::<(), schemactl::InvalidVersion>(())
/// ```
impl TryFrom<i64> for Version {
    type Error = InvalidVersion;

    fn try_from(number: i64) -> Result<Self, InvalidVersion> {
        Self::new(number).ok_or(InvalidVersion)
    }
}

/// Digits alone; zeros in front count nothing, as in the names of files.
///
/// ```
/// assert_eq!("0007".parse(), schemactl::Version::try_from(7));
/// assert!("+7".parse::<schemactl::Version>().is_err());
/// ```
impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        // The type's own parse takes a sign.
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidVersion);
        }
        text.parse().ok().and_then(Self::new).ok_or(InvalidVersion)
    }
}

impl From<Version> for i64 {
    fn from(version: Version) -> Self {
        version.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
