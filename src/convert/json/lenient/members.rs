//! The members of an object that is written anew, for the rule on equal keys.

use std::collections::HashMap;

use super::super::rules::Keep;
use super::patch::PatchedText;

/// The members of an object so far. All offsets are of the new text.
#[derive(Debug, Default)]
pub(crate) struct WrittenMembers {
    /// The key that is read at present.
    pub(crate) name: String,
    /// The number of the member that has a key.
    numbers: HashMap<String, usize>,
    /// Where each member begins.
    begins: Vec<usize>,
    /// Where the last comma stands.
    comma: usize,
    /// Where the member begins, with its comma, that is left out when it has ended.
    dropped: Option<usize>,
}

impl WrittenMembers {
    /// A member begins. True if its key has been there and one of the two is left out.
    pub(crate) fn begin(&mut self, begins: usize, keep: Option<Keep>, patch: &mut PatchedText<'_>) -> bool {
        let number = self.begins.len();
        self.begins.push(begins);
        let Some(&earlier) = self.numbers.get(&self.name) else {
            self.numbers.insert(self.name.clone(), number);
            return false;
        };
        match keep {
            Some(Keep::First) => self.dropped = Some(self.comma),
            // The comma behind the earlier member goes with it: there is one, because this member follows.
            Some(Keep::Last) => {
                self.numbers.insert(self.name.clone(), number);
                if let (Some(&from), Some(&to)) = (self.begins.get(earlier), self.begins.get(earlier + 1)) {
                    patch.cut(from..to);
                }
            }
            None => {}
        }
        true
    }

    /// A member has ended, where a comma or the end of the object stands.
    pub(crate) fn end(&mut self, ends: usize, patch: &mut PatchedText<'_>) {
        if let Some(begins) = self.dropped.take() {
            patch.cut(begins..ends);
        }
        self.comma = ends;
    }
}
