use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The hashes of a script's statements, in order: what the journal compares before it resumes, and what tells an
/// edit of a statement from an edit of a comment.
///
/// Each is the first 64 bits of the SHA-256 of the statement's text; enough to notice an edit, short enough to store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StatementHashes(Vec<String>);

/// Scripts with more statements store no hashes once applied: the row would grow large for little use.
const MOST_STORED: usize = 1_000;

/// The first difference between the statements that were applied and those of the file now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FirstChange {
    /// All statements are the same: comments or white space changed.
    OnlyComments,
    /// The statement with this index differs, or was added.
    Statement(usize),
    /// The file ends before the statement with this index.
    Removed(usize),
}

impl StatementHashes {
    pub(crate) fn push(&mut self, statement: &str) {
        let digest = Sha256::digest(statement.as_bytes());
        let mut hash = String::with_capacity(16);
        for byte in &digest[..8] {
            write!(hash, "{byte:02x}").expect("writing to a string cannot fail");
        }
        self.0.push(hash);
    }

    pub(crate) fn of<'a>(statements: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hashes = Self::default();
        statements.into_iter().for_each(|statement| hashes.push(statement));
        hashes
    }

    /// Reads the stored form: hashes separated by spaces.
    pub(crate) fn parse(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The stored form.
    pub(crate) fn stored(&self) -> String {
        self.0.join(" ")
    }

    /// The stored form for a version that is wholly applied.
    pub(crate) fn stored_when_applied(&self) -> String {
        if self.len() > MOST_STORED { String::new() } else { self.stored() }
    }

    /// Where `now` differs from what was applied; nothing is known where no hashes were stored.
    pub(crate) fn first_change(&self, now: &Self) -> Option<FirstChange> {
        if self.0.is_empty() {
            return None;
        }
        let same = self.0.iter().zip(&now.0).take_while(|(then, now)| then == now).count();
        Some(match (self.len(), now.len()) {
            (then, now) if same == then && same == now => FirstChange::OnlyComments,
            (_, now) if same == now => FirstChange::Removed(same),
            _ => FirstChange::Statement(same),
        })
    }

    /// Whether the first statements of `now` are the ones recorded here.
    pub(crate) fn is_start_of(&self, now: &Self) -> bool {
        now.0.starts_with(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_change() {
        let then = StatementHashes::of(["a", "b", "c"]);
        let change = |now: &[&str]| then.first_change(&StatementHashes::of(now.iter().copied()));
        assert_eq!(change(&["a", "b", "c"]), Some(FirstChange::OnlyComments));
        assert_eq!(change(&["a", "x", "c"]), Some(FirstChange::Statement(1)));
        assert_eq!(change(&["a", "b", "c", "d"]), Some(FirstChange::Statement(3)));
        assert_eq!(change(&["a", "b"]), Some(FirstChange::Removed(2)));
        assert_eq!(StatementHashes::default().first_change(&then), None);
        assert_eq!(StatementHashes::parse(&then.stored()), then);
    }
}
