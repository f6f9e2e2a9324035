use sha2::{Digest, Sha256};

use crate::hex::Hex;

/// The hashes of a script's statements, in order: what the journal compares before it resumes, and what tells an
/// edit of a statement from an edit of a comment.
///
/// Each is the first 64 bits of a SHA-256; enough to notice an edit, short enough to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StatementHashes {
    /// One for each statement.
    Each(Vec<String>),
    /// One for the first `count` statements together, each hashed with what came before it. The journal is written after
    /// each statement: a list that grows with them would make a long script quadratic.
    Start { count: usize, hash: String },
}

/// Scripts with more statements have no list of hashes: nobody would read a comparison, and the row would grow large.
const MOST_LISTED: usize = 1_000;

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

/// What is not as it was among the statements that an interrupted run has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edited {
    /// The statement with this index, as the first one.
    Statement(usize),
    /// One of them, or more.
    Some,
}

impl StatementHashes {
    /// Those of the first statements of a script that has `statements` in all: none yet.
    pub(crate) fn of_script_with(statements: usize) -> Self {
        if statements > MOST_LISTED { Self::Start { count: 0, hash: String::new() } } else { Self::Each(Vec::new()) }
    }

    pub(crate) fn push(&mut self, statement: &str) {
        match self {
            Self::Each(list) => list.push(hash("", statement)),
            Self::Start { count, hash: before } => {
                *before = hash(before, statement);
                *count += 1;
            }
        }
    }

    /// Reads the stored form.
    pub(crate) fn parse(text: &str) -> Self {
        let start = text.split_once(COUNTED).and_then(|(count, hash)| Some((count.parse().ok()?, hash.to_owned())));
        match start {
            Some((count, hash)) => Self::Start { count, hash },
            None => Self::Each(text.split_whitespace().map(str::to_owned).collect()),
        }
    }

    /// The stored form: hashes separated by spaces, or `<count>:<hash>`.
    pub(crate) fn stored(&self) -> String {
        match self {
            Self::Each(list) => list.join(" "),
            Self::Start { count, hash } => format!("{count}{COUNTED}{hash}"),
        }
    }

    /// The stored form for a version that is wholly applied: a list, which tells what changed in its file, or nothing.
    pub(crate) fn stored_when_applied<'a>(count: usize, statements: impl Iterator<Item = &'a str>) -> String {
        if count > MOST_LISTED {
            String::new()
        } else {
            Self::Each(statements.map(|text| hash("", text)).collect()).stored()
        }
    }

    /// Where `now` differs from what was applied; nothing is known where no list was stored.
    pub(crate) fn first_change(&self, now: &[&str]) -> Option<FirstChange> {
        let Self::Each(then) = self else { return None };
        if then.is_empty() {
            return None;
        }
        let same = count_same(then, now);
        Some(match (then.len(), now.len()) {
            (then, now) if same == then && same == now => FirstChange::OnlyComments,
            (_, now) if same == now => FirstChange::Removed(same),
            _ => FirstChange::Statement(same),
        })
    }

    /// The indices of the statements that are not the ones that were applied, or that only one of both has; nothing is known where no
    /// list was stored.
    pub(crate) fn changed(&self, now: &[&str]) -> Option<Vec<usize>> {
        let Self::Each(then) = self else { return None };
        if then.is_empty() {
            return None;
        }
        let is_same = |at: usize| then.get(at).zip(now.get(at)).is_some_and(|(then, now)| *then == hash("", now));
        Some((0..then.len().max(now.len())).filter(|at| !is_same(*at)).collect())
    }

    /// What of the statements recorded here `now` does not begin with; what it has after them may be anything.
    pub(crate) fn edited(&self, now: &[&str]) -> Option<Edited> {
        match self {
            Self::Each(then) => {
                let same = count_same(then, now);
                (same < then.len()).then_some(Edited::Statement(same))
            }
            Self::Start { count, hash: then } => {
                let start = now.iter().take(*count).fold(String::new(), |before, statement| hash(&before, statement));
                (now.len() < *count || start != *then).then_some(Edited::Some)
            }
        }
    }
}

const COUNTED: char = ':';

fn count_same(then: &[String], now: &[&str]) -> usize {
    then.iter().zip(now).take_while(|(then, now)| **then == hash("", now)).count()
}

fn hash(before: &str, statement: &str) -> String {
    let digest = Sha256::new().chain_update(before).chain_update(statement).finalize();
    Hex(&digest[..8]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(statements: &[&str]) -> StatementHashes {
        let mut hashes = StatementHashes::of_script_with(statements.len());
        statements.iter().for_each(|statement| hashes.push(statement));
        hashes
    }

    #[test]
    fn finds_all_changes() {
        let then = of(&["a", "b", "c"]);
        assert_eq!(then.changed(&["a", "b", "c"]), Some(vec![]));
        assert_eq!(then.changed(&["a", "x", "c", "d"]), Some(vec![1, 3]));
        assert_eq!(then.changed(&["a"]), Some(vec![1, 2]));
        assert_eq!(StatementHashes::parse("").changed(&["a"]), None);
    }

    #[test]
    fn finds_the_first_change() {
        let then = of(&["a", "b", "c"]);
        assert_eq!(then.first_change(&["a", "b", "c"]), Some(FirstChange::OnlyComments));
        assert_eq!(then.first_change(&["a", "x", "c"]), Some(FirstChange::Statement(1)));
        assert_eq!(then.first_change(&["a", "b", "c", "d"]), Some(FirstChange::Statement(3)));
        assert_eq!(then.first_change(&["a", "b"]), Some(FirstChange::Removed(2)));
        assert_eq!(of(&[]).first_change(&["a"]), None);
        assert_eq!(StatementHashes::parse(&then.stored()), then);
    }

    #[test]
    fn what_was_done_is_compared_and_what_follows_is_not() {
        let then = of(&["a", "b"]);
        assert_eq!(then.edited(&["a", "b", "x"]), None);
        assert_eq!(then.edited(&["a", "x", "c"]), Some(Edited::Statement(1)));
        assert_eq!(then.edited(&["a"]), Some(Edited::Statement(1)));
        assert_eq!(of(&[]).edited(&["a"]), None);
    }

    #[test]
    fn a_long_script_has_one_hash_that_stays_short() {
        let texts: Vec<String> = (0..=MOST_LISTED).map(|number| format!("INSERT {number}")).collect();
        let now: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut done = StatementHashes::of_script_with(now.len());
        assert_eq!(done.edited(&now), None);
        for statement in &now[..500] {
            done.push(statement);
        }
        let read = StatementHashes::parse(&done.stored());
        assert_eq!(read, done);
        assert!(done.stored().len() < 30, "{}", done.stored());

        assert_eq!(read.edited(&now), None);
        // What is left may change, and the script may become a short one.
        assert_eq!(read.edited(&now[..500]), None);
        assert_eq!(read.edited(&now[..499]), Some(Edited::Some));
        let mut edited = now.clone();
        edited[500] = "x";
        assert_eq!(read.edited(&edited), None);
        edited[0] = "x";
        assert_eq!(read.edited(&edited), Some(Edited::Some));
        edited = now.clone();
        edited.swap(3, 4);
        assert_eq!(read.edited(&edited), Some(Edited::Some));
    }

    #[test]
    fn a_short_script_that_became_a_long_one_goes_on() {
        let texts: Vec<String> = (0..=MOST_LISTED).map(|number| format!("INSERT {number}")).collect();
        let now: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(of(&now[..3]).edited(&now), None);
        assert_eq!(StatementHashes::parse(&of(&now[..3]).stored()).edited(&now), None);
    }

    #[test]
    fn a_long_script_stores_nothing_once_it_is_applied() {
        let long = vec!["x"; MOST_LISTED + 1];
        let stored = |texts: &[&str]| StatementHashes::stored_when_applied(texts.len(), texts.iter().copied());
        assert_eq!(stored(&long), "");
        assert_eq!(StatementHashes::parse(&stored(&long)).first_change(&long), None);
        assert_eq!(stored(&long[1..]), of(&long[1..]).stored());
    }
}
