//! Which rows of a table are compared where not all are: those whose key, hashed with a seed, is below a limit. So both sides choose the same ones, and who
//! knows no seed cannot tell which.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use siphasher::sip::SipHasher13;

use crate::error::Result;

/// How many rows of each table are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleSize {
    /// So many millionths of its rows, about.
    Millionths(u32),
    /// So many rows, about.
    Rows(u64),
}

impl fmt::Display for SampleSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Millionths(millionths) => {
                let (whole, fraction) = (millionths / 10_000, format!("{:04}", millionths % 10_000));
                match fraction.trim_end_matches('0') {
                    "" => write!(f, "{whole}%"),
                    fraction => write!(f, "{whole}.{fraction}%"),
                }
            }
            Self::Rows(rows) => write!(f, "{rows} rows of each table"),
        }
    }
}

/// A choice of rows, the same in each run with the same seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowSample {
    pub(crate) size: SampleSize,
    pub(crate) seed: u64,
}

/// The same for one table.
#[derive(Debug, Clone, Copy)]
pub(super) struct SampleLimit {
    seed: u64,
    /// All hashes below it are of the sample: one of the whole range more than the greatest hash.
    below: u128,
}

impl RowSample {
    /// A sample that nobody could have foretold, where no seed is given.
    pub(crate) fn new(size: SampleSize, seed: Option<u64>) -> Self {
        // Short enough to be typed again.
        Self { size, seed: seed.unwrap_or_else(|| RandomState::new().hash_one(0) >> 32) }
    }

    /// The limit for a table, of which `rows` counts the rows where that decides.
    pub(super) fn limit(self, rows: impl FnOnce() -> Result<u64>) -> Result<SampleLimit> {
        const ALL: u128 = 1 << 64;

        let below = match self.size {
            SampleSize::Millionths(millionths) => ALL * u128::from(millionths) / 1_000_000,
            SampleSize::Rows(wanted) => match rows()? {
                rows if wanted >= rows => ALL,
                rows => ALL * u128::from(wanted) / u128::from(rows.max(1)),
            },
        };
        Ok(SampleLimit { seed: self.seed, below })
    }
}

impl SampleLimit {
    /// Whether the row of this name is of the sample.
    pub(super) fn has(self, name: &[u8]) -> bool {
        let mut hasher = SipHasher13::new_with_keys(self.seed, 0);
        hasher.write(name);
        u128::from(hasher.finish()) < self.below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(size: SampleSize, seed: u64, rows: u64) -> Vec<u64> {
        let limit = RowSample { size, seed }.limit(|| Ok(rows)).unwrap();
        (0..rows).filter(|row| limit.has(&row.to_be_bytes())).collect()
    }

    #[test]
    fn about_as_many_rows_are_chosen_as_are_wanted() {
        let share = chosen(SampleSize::Millionths(10_000), 7, 100_000);
        assert!((900..1_100).contains(&share.len()), "{}", share.len());
        let rows = chosen(SampleSize::Rows(5_000), 7, 100_000);
        assert!((4_700..5_300).contains(&rows.len()), "{}", rows.len());
        // A larger sample has the rows of a smaller one.
        assert!(share.iter().all(|row| rows.contains(row)));
        assert_eq!(share, chosen(SampleSize::Millionths(10_000), 7, 100_000));
        assert_ne!(share, chosen(SampleSize::Millionths(10_000), 8, 100_000));
        assert_eq!(chosen(SampleSize::Rows(100), 7, 100).len(), 100);
        assert_eq!(chosen(SampleSize::Millionths(1_000_000), 7, 100).len(), 100);
        assert_eq!(chosen(SampleSize::Rows(0), 7, 100).len(), 0);
        assert_eq!(SampleSize::Millionths(10_500).to_string(), "1.05%");
        assert_eq!(SampleSize::Millionths(1_000_000).to_string(), "100%");
    }
}
