//! The rows of a table as sums over parts of them, whatever their order.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;

use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::canonical::{canonical, each_field, fields};
use super::sample::SampleLimit;
use crate::convert::TargetType;

/// Parts into which the rows of a table fall.
pub(crate) const PARTS: usize = 4096;

/// How the rows of a table are hashed: the same on both sides, and with other keys in each run.
#[derive(Debug, Clone)]
pub(crate) struct RowHasher {
    keys: (u64, u64),
    /// The types of the columns that are compared.
    types: Vec<TargetType>,
    /// The columns that name a row, by their places; none where no key does, so that all of a row does.
    key: Option<Vec<usize>>,
    /// The rows that are not compared, by their names.
    without: Arc<BTreeSet<Vec<u8>>>,
    /// Which of the others are compared; none where all are.
    sample: Option<SampleLimit>,
}

/// What becomes of a row in a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowStanding {
    Compared,
    /// It is counted: it is not of the sample.
    Counted,
    /// It was changed since the target was level with the source.
    UnderWay,
}

/// A row as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HashedRow {
    pub(crate) part: usize,
    pub(crate) sum: u128,
}

impl RowHasher {
    pub(crate) fn new(types: Vec<TargetType>, key: Option<Vec<usize>>) -> Self {
        let random = RandomState::new();
        Self { keys: (random.hash_one(0), random.hash_one(1)), types, key, without: Arc::default(), sample: None }
    }

    /// One that leaves out rows of these names.
    pub(crate) fn without(self, names: Arc<BTreeSet<Vec<u8>>>) -> Self {
        Self { without: names, ..self }
    }

    /// One that compares a sample. Without a key nothing tells which row of the other side is which, so that all are compared.
    pub(crate) fn sampled(self, sample: Option<SampleLimit>) -> Self {
        let sample = sample.filter(|_| self.key.is_some());
        Self { sample, ..self }
    }

    pub(crate) fn is_sampled(&self) -> bool {
        self.sample.is_some()
    }

    /// What becomes of a row.
    pub(crate) fn standing(&self, row: &[u8]) -> RowStanding {
        if self.without.is_empty() && self.sample.is_none() {
            return RowStanding::Compared;
        }
        self.name(row).map_or(RowStanding::Compared, |name| self.standing_of(&name))
    }

    /// What becomes of the row of a name.
    pub(crate) fn standing_of(&self, name: &[u8]) -> RowStanding {
        if self.without.contains(name) {
            RowStanding::UnderWay
        } else if self.sample.is_some_and(|sample| !sample.has(name)) {
            RowStanding::Counted
        } else {
            RowStanding::Compared
        }
    }

    /// The name of the rows that have a key, which is in the binary form of COPY, in the order of the key.
    pub(crate) fn name_of_key(&self, key: &[u8]) -> Option<Vec<u8>> {
        let key_columns = self.key.as_ref()?;
        let fields = fields(key).filter(|fields| fields.len() == key_columns.len())?;
        // A row's name has the columns in the order of the row.
        let mut fields_by_place: Vec<(usize, Option<&[u8]>)> = key_columns.iter().copied().zip(fields).collect();
        fields_by_place.sort_unstable_by_key(|(place, _)| *place);
        let mut name = Vec::new();
        for (place, field) in fields_by_place {
            write_name(&mut name, field, self.types.get(place)?);
        }
        Some(name)
    }

    /// A row in the binary form of COPY. None where it is none.
    pub(crate) fn hash(&self, row: &[u8]) -> Option<HashedRow> {
        let mut all = self.hasher();
        let mut named = self.hasher();
        let mut at = 0;
        let count = each_field(row, |field| {
            let form = field.zip(self.types.get(at)).map(|(field, target)| canonical(field, target));
            write(&mut all, form.as_deref());
            if self.key.as_ref().is_some_and(|key| key.contains(&at)) {
                write(&mut named, form.as_deref());
            }
            at += 1;
        });
        count.filter(|count| *count == self.types.len())?;
        let sum = all.finish128().as_u128();
        let name = if self.key.is_some() { named.finish() } else { all.finish() };
        Some(HashedRow { part: usize::try_from(name % PARTS as u64).unwrap_or_default(), sum })
    }

    /// The columns of a row that name it, in the form in which they are compared; all of it where no key does.
    pub(crate) fn name(&self, row: &[u8]) -> Option<Vec<u8>> {
        let fields = fields(row).filter(|fields| fields.len() == self.types.len())?;
        let mut name = Vec::new();
        for (at, (field, target)) in fields.iter().zip(&self.types).enumerate() {
            if self.key.as_ref().is_none_or(|key| key.contains(&at)) {
                write_name(&mut name, *field, target);
            }
        }
        Some(name)
    }

    pub(crate) fn key(&self) -> Option<&[usize]> {
        self.key.as_deref()
    }

    fn hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_keys(self.keys.0, self.keys.1)
    }
}

fn write_name(name: &mut Vec<u8>, field: Option<&[u8]>, target: &TargetType) {
    let form = field.map(|field| canonical(field, target));
    name.push(u8::from(form.is_some()));
    let form = form.unwrap_or_default();
    name.extend_from_slice(&u64::try_from(form.len()).unwrap_or(u64::MAX).to_be_bytes());
    name.extend_from_slice(&form);
}

fn write(hasher: &mut SipHasher13, form: Option<&[u8]>) {
    // The length keeps neighbours apart, and NULL from an empty value.
    hasher.write_u64(form.map_or(u64::MAX, |form| u64::try_from(form.len()).unwrap_or(u64::MAX)));
    hasher.write(form.unwrap_or_default());
}

/// How many rows a side has in each part, and the sum of their hashes.
#[derive(Debug, Clone)]
pub(crate) struct RowParts {
    parts: Vec<(u64, u128)>,
    /// Those that are compared.
    pub(crate) rows: u64,
    /// Those that are counted besides.
    pub(crate) counted: u64,
}

impl RowParts {
    pub(crate) fn new() -> Self {
        Self { parts: vec![(0, 0); PARTS], rows: 0, counted: 0 }
    }

    pub(crate) fn add(&mut self, row: HashedRow) {
        self.rows += 1;
        if let Some((count, sum)) = self.parts.get_mut(row.part) {
            *count += 1;
            *sum = sum.wrapping_add(row.sum);
        }
    }

    /// Takes a row away again.
    pub(crate) fn take_away(&mut self, row: HashedRow) {
        self.rows = self.rows.wrapping_sub(1);
        if let Some((count, sum)) = self.parts.get_mut(row.part) {
            *count = count.wrapping_sub(1);
            *sum = sum.wrapping_sub(row.sum);
        }
    }

    /// All rows.
    pub(crate) fn all(&self) -> u64 {
        self.rows.wrapping_add(self.counted)
    }

    /// The parts in which the sides differ.
    pub(crate) fn differing(&self, other: &Self) -> Vec<usize> {
        (0..PARTS).filter(|part| self.parts[*part] != other.parts[*part]).collect()
    }

    /// How many rows a part has.
    pub(crate) fn count(&self, part: usize) -> u64 {
        self.parts.get(part).map_or(0, |(count, _)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, text: Option<&str>) -> Vec<u8> {
        let mut row = [&2i16.to_be_bytes()[..], &8i32.to_be_bytes(), &id.to_be_bytes()].concat();
        match text {
            None => row.extend((-1i32).to_be_bytes()),
            Some(text) => {
                row.extend(i32::try_from(text.len()).unwrap().to_be_bytes());
                row.extend(text.as_bytes());
            }
        }
        row
    }

    fn parts(hasher: &RowHasher, rows: &[Vec<u8>]) -> RowParts {
        let mut parts = RowParts::new();
        rows.iter().for_each(|row| parts.add(hasher.hash(row).unwrap()));
        parts
    }

    #[test]
    fn rows_in_any_order_have_the_same_sums_and_other_rows_have_others() {
        for key in [Some(vec![0]), None] {
            let hasher = RowHasher::new(vec![TargetType::BigInt, TargetType::Text], key);
            let rows: Vec<Vec<u8>> = (0..1_000).map(|id| row(id, Some("x"))).collect();
            let sums = parts(&hasher, &rows);
            let mut other = rows.clone();
            other.reverse();
            assert!(sums.differing(&parts(&hasher, &other)).is_empty());
            let differs = |changed: &[Vec<u8>]| !sums.differing(&parts(&hasher, changed)).is_empty();
            let with = |at: usize, new: Vec<u8>| {
                let mut rows = rows.clone();
                rows[at] = new;
                rows
            };
            assert!(differs(&with(7, row(7, Some("y")))));
            assert!(differs(&with(7, row(7, None))));
            assert!(differs(&with(7, row(7, Some("")))));
            assert!(differs(&rows[1..]));
            assert!(differs(&[&rows[..], &[row(7, Some("x"))]].concat()));
            // A row instead of another one, which keeps the counts.
            assert!(differs(&with(7, row(8, Some("x")))));
        }
    }

    #[test]
    fn values_that_are_exchanged_between_two_rows_are_found() {
        let hasher = RowHasher::new(vec![TargetType::BigInt, TargetType::Text], Some(vec![0]));
        let one = parts(&hasher, &[row(1, Some("a")), row(2, Some("b"))]);
        let other = parts(&hasher, &[row(1, Some("b")), row(2, Some("a"))]);
        assert!(!one.differing(&other).is_empty());
    }
}
