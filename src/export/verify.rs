//! Whether what was restored is what the snapshot has: read back, as values.

use sha2::{Digest as _, Sha256};

use super::header::SnapshotCount;
use crate::convert::{TargetType, TargetValue};
use crate::transfer::{append_field, canonical_field};

/// Rows by their number and a sum over all of them, in whichever order they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RowsSum {
    count: u64,
    sum: u128,
}

impl RowsSum {
    /// Adds a row, whose values are in the types of its columns.
    pub(crate) fn add(&mut self, values: &[TargetValue<'_>], types: &[TargetType]) {
        let field = |(value, target): (&TargetValue<'_>, &TargetType)| {
            let mut field = Vec::new();
            append_field(&mut field, value, target);
            // The length comes first.
            (*value != TargetValue::Null).then(|| field.split_off(4))
        };
        let fields: Vec<Option<Vec<u8>>> = values.iter().zip(types).map(field).collect();
        let fields: Vec<Option<&[u8]>> = fields.iter().map(Option::as_deref).collect();
        self.add_fields(&fields, types);
    }

    /// Adds a row, whose values are in the binary form of COPY. None is NULL.
    pub(crate) fn add_fields(&mut self, fields: &[Option<&[u8]>], types: &[TargetType]) {
        let mut hash = Sha256::new();
        for (field, target) in fields.iter().zip(types) {
            let Some(field) = field else {
                hash.update([0]);
                continue;
            };
            let value = canonical_field(field, target);
            hash.update([1]);
            hash.update((value.len() as u64).to_be_bytes());
            hash.update(&*value);
        }
        let hash = hash.finalize();
        let half: [u8; 16] = std::array::from_fn(|at| hash[at]);
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(half));
        self.count += 1;
    }
}

/// What a table was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadBack {
    /// In the form of the snapshot, whose checksum it has to have.
    Same(SnapshotCount),
    /// As values.
    Sum(RowsSum),
}
