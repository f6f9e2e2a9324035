//! Which keys stand twice in one object.

use std::borrow::Cow;
use std::collections::HashSet;

/// Up to so many members, keys are compared in pairs: that needs no allocation of its own.
const PAIRWISE: usize = 64;

/// The keys of the objects that are open.
#[derive(Debug, Default)]
pub(crate) struct OpenKeys<'a> {
    /// The keys of the small objects, one object after the other.
    keys: Vec<Cow<'a, str>>,
    /// A mark of each of these keys, which tells most different keys apart without a look at their bytes.
    marks: Vec<u64>,
    /// Where the keys of each open object begin in `keys`.
    begins: Vec<usize>,
    /// The keys of the large objects, with how many objects were open.
    large: Vec<(usize, HashSet<Cow<'a, str>>)>,
}

impl<'a> OpenKeys<'a> {
    pub(crate) fn open(&mut self) {
        if self.keys.capacity() == 0 {
            self.keys.reserve(PAIRWISE / 2);
            self.marks.reserve(PAIRWISE / 2);
        }
        self.begins.push(self.keys.len());
    }

    pub(crate) fn close(&mut self) {
        if self.large.last().is_some_and(|(depth, _)| *depth == self.begins.len()) {
            self.large.pop();
        }
        let begins = self.begins.pop().unwrap_or(0);
        self.keys.truncate(begins);
        self.marks.truncate(begins);
    }

    /// Adds a key to the innermost object. False if it stands in there.
    #[inline]
    pub(crate) fn add(&mut self, key: Cow<'a, str>) -> bool {
        let depth = self.begins.len();
        if let Some((_, keys)) = self.large.last_mut().filter(|(large, _)| *large == depth) {
            return keys.insert(key);
        }
        let begins = self.begins.last().copied().unwrap_or(0);
        let mark = mark(&key);
        let marks = self.marks.get(begins..).unwrap_or_default();
        // All marks are looked at, because a loop without an exit compares several in one step.
        let is_marked = marks.iter().fold(0, |found, &other| found | u8::from(other == mark)) != 0;
        if is_marked && self.keys.get(begins..).unwrap_or_default().contains(&key) {
            return false;
        }
        if marks.len() < PAIRWISE {
            self.marks.push(mark);
            self.keys.push(key);
        } else {
            let mut keys: HashSet<_> = self.keys.drain(begins..).collect();
            self.marks.truncate(begins);
            keys.insert(key);
            self.large.push((depth, keys));
        }
        true
    }
}

/// The last seven bytes and the length: members of one object mostly differ at their ends.
#[inline]
fn mark(key: &str) -> u64 {
    let bytes = key.as_bytes();
    let length = bytes.len() as u64;
    let ends = match bytes.last_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes.iter().fold(0, |mark, &byte| (mark << 8) | u64::from(byte)),
    };
    ends.wrapping_add(length << 56)
}
