use std::fmt;

use sha2::{Digest, Sha256};

use crate::error::{Code, Error, Result};

/// The share of reads that PostgreSQL serves while SQLite is still written: so many of 100 keys.
///
/// Which keys these are is the same on every machine and in every release. The first eight bytes of the SHA-256 of the key, as a number whose first byte counts
/// most, modulo 100, are below the percentage. So a user whose name is the key always meets the same side, and a greater share has all keys of a smaller one.
///
/// ```
/// use schemactl::route::Share;
///
/// let tenth = Share::percent(10)?;
/// let half = Share::percent(50)?;
/// assert!((0..1000).all(|user| !tenth.has(format!("user {user}")) || half.has(format!("user {user}"))));
/// # Ok::<(), schemactl::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u8);

impl Share {
    /// No key.
    pub const NONE: Self = Self(0);
    /// Every key.
    pub const ALL: Self = Self(100);

    /// Makes one of a percentage.
    ///
    /// # Errors
    /// [`Code::InvalidValue`]: it is above 100.
    pub fn percent(percent: u8) -> Result<Self> {
        if percent <= 100 {
            return Ok(Self(percent));
        }
        Err(Error::new(Code::InvalidValue, format!("a share of {percent} percent is none"))
            .with_hint("a share is a whole number from 0 to 100"))
    }

    /// Returns whether a key is in it.
    pub fn has(self, key: impl AsRef<[u8]>) -> bool {
        // Most reads need no hash: nothing is shared yet, or everything.
        match self {
            Self::NONE => false,
            Self::ALL => true,
            Self(percent) => place(key.as_ref()) < u64::from(percent),
        }
    }
}

/// Where a key stands among 100.
fn place(key: &[u8]) -> u64 {
    let digest = Sha256::digest(key);
    digest.iter().take(8).fold(0u64, |number, byte| number << 8 | u64::from(*byte)) % 100
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by another implementation: `printf KEY | sha256sum`, its first 16 digits as a number, modulo 100.
    #[test]
    fn keys_stand_where_they_always_stood() {
        let places = [("", 52), ("user 7", 70), ("ada@example.org", 46), ("42", 37)];
        for (key, expected) in places {
            assert_eq!(place(key.as_bytes()), expected, "{key}");
        }
    }

    #[test]
    fn a_greater_share_only_adds_keys() {
        let keys: Vec<String> = (0..2_000).map(|number| format!("user {number}")).collect();
        let taken = |percent| keys.iter().filter(|key| Share(percent).has(key)).collect::<Vec<_>>();
        for percent in 0..100 {
            let (less, more) = (taken(percent), taken(percent + 1));
            assert!(less.iter().all(|key| more.contains(key)), "{percent}");
        }
        assert_eq!((taken(0).len(), taken(100).len()), (0, 2_000));
        let tenth = taken(10).len();
        assert!((150..250).contains(&tenth), "{tenth}");
    }
}
