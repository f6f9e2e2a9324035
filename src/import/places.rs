//! Which records of a file were set aside, by their numbers.

use std::fmt;

/// Numbers in ranges, in their order: `4,7-9`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RecordPlaces(Vec<(u64, u64)>);

/// A file with more ranges than this is imported anew rather than mended.
const MOST: usize = 20_000;

impl RecordPlaces {
    /// Reads what [`fmt::Display`] wrote.
    pub(crate) fn parse(text: &str) -> Self {
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some((first.parse().ok()?, last.parse().ok()?))
        };
        Self(text.split(',').filter_map(range).collect())
    }

    /// Adds a number that is greater than all. Those beyond the most that are kept are counted alone.
    pub(crate) fn push(&mut self, number: u64) {
        let ranges = self.0.len();
        match self.0.last_mut() {
            Some((_, last)) if *last + 1 >= number => *last = number.max(*last),
            _ if ranges < MOST => self.0.push((number, number)),
            _ => {}
        }
    }

    pub(crate) fn has(&self, number: u64) -> bool {
        let at = self.0.partition_point(|(_, last)| *last < number);
        self.0.get(at).is_some_and(|(first, _)| *first <= number)
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Those up to a number.
    pub(crate) fn up_to(&self, most: u64) -> Self {
        let kept = self.0.iter().filter(|(first, _)| *first <= most);
        Self(kept.map(|(first, last)| (*first, (*last).min(most))).collect())
    }
}

impl fmt::Display for RecordPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            if first == last { first.fmt(f)? } else { write!(f, "{first}-{last}")? }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kept_in_ranges() {
        let mut places = RecordPlaces::default();
        [2, 4, 5, 6, 9].into_iter().for_each(|number| places.push(number));
        assert_eq!(places.to_string(), "2,4-6,9");
        assert_eq!(RecordPlaces::parse("2,4-6,9"), places);
        assert_eq!(RecordPlaces::parse(""), RecordPlaces::default());
        let has: Vec<u64> = (0..12).filter(|number| places.has(*number)).collect();
        assert_eq!((has, places.count()), (vec![2, 4, 5, 6, 9], 5));
        assert_eq!(places.up_to(5).to_string(), "2,4-5");
    }
}
