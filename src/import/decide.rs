//! What becomes of each file: by what it is now, and what the journal has of it. A pure function.

use std::collections::{BTreeMap, BTreeSet};

use super::content::{Stretch, Survey};
use super::journal::JournalEntry;

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FileDecision {
    /// All of it is imported.
    New,
    /// It was imported, and is the same.
    Unchanged,
    /// It has another name, and what it had was imported. So many records are there.
    Renamed { from: String },
    /// It begins with what was imported: so many records are left out. The name under which they were.
    Grown { from: String, records: u64 },
    /// It was imported and is another one now; its rows are told by their keys.
    Changed,
    /// It was imported and is another one now, and nothing tells its rows.
    Rewritten,
    /// Another file of this run is the same.
    Copy { of: String },
}

/// What of a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RuleTraits {
    /// Whether its rows have a key.
    pub(crate) has_key: bool,
    /// Whether its files grow at their end.
    pub(crate) grows: bool,
}

/// Decides about the files of a rule, in the order in which they are given.
pub(crate) fn decide(files: &[(String, Survey)], journal: &[JournalEntry], of: RuleTraits) -> Vec<FileDecision> {
    let mut claimed: BTreeSet<&str> = BTreeSet::new();
    let mut decided: Vec<Option<FileDecision>> = vec![None; files.len()];
    let known: BTreeMap<&str, &JournalEntry> = journal.iter().map(|entry| (entry.path.as_str(), entry)).collect();
    // What has its name still comes first, so that no other file is taken for it.
    for (at, (path, survey)) in files.iter().enumerate() {
        let Some(entry) = known.get(path.as_str()) else { continue };
        decided[at] = of_entry(survey, entry, of, true);
        if decided[at].is_some() {
            claimed.insert(path);
        }
    }
    for (at, (_, survey)) in files.iter().enumerate().filter(|(_, (_, survey))| survey.bytes > 0) {
        if decided[at].is_some() {
            continue;
        }
        let unclaimed = |entry: &&JournalEntry| !claimed.contains(entry.path.as_str());
        let found =
            journal.iter().filter(unclaimed).find_map(|entry| Some((entry, of_entry(survey, entry, of, false)?)));
        if let Some((entry, decision)) = found {
            claimed.insert(&entry.path);
            decided[at] = Some(decision);
        }
    }
    let mut result: Vec<FileDecision> = Vec::with_capacity(files.len());
    for (at, (path, survey)) in files.iter().enumerate() {
        let twin =
            || files[..at].iter().find(|(_, other)| !of.has_key && other.sha256 == survey.sha256 && survey.bytes > 0);
        result.push(match decided[at].take() {
            Some(decision) => decision,
            None if known.contains_key(path.as_str()) && !claimed.contains(path.as_str()) => {
                if of.has_key {
                    FileDecision::Changed
                } else {
                    FileDecision::Rewritten
                }
            }
            None => match twin() {
                Some((of, _)) => FileDecision::Copy { of: of.clone() },
                None => FileDecision::New,
            },
        });
    }
    result
}

/// The places of files in the order in which they are imported: one whose old name is the new name of another comes before that.
pub(crate) fn order(files: &[(String, Survey)], decided: &[FileDecision]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..files.len()).collect();
    let mut ordered = Vec::with_capacity(files.len());
    while !left.is_empty() {
        let is_awaited = |at: &usize| {
            let path = files[*at].0.as_str();
            left.iter().any(|other| other != at && moved_from(&decided[*other]) == Some(path))
        };
        // Names that are exchanged go in a circle.
        let next = left.iter().position(|at| !is_awaited(at)).unwrap_or_default();
        ordered.push(left.remove(next));
    }
    ordered
}

/// Under which name a file was imported that has another one now, or the same.
pub(crate) fn moved_from(decision: &FileDecision) -> Option<&str> {
    match decision {
        FileDecision::Renamed { from } | FileDecision::Grown { from, .. } => Some(from),
        _ => None,
    }
}

/// What an entry says of a file, under its own name or another one.
fn of_entry(survey: &Survey, entry: &JournalEntry, of: RuleTraits, is_same_name: bool) -> Option<FileDecision> {
    if survey.sha256 == entry.sha256 && survey.bytes == entry.bytes {
        let renamed = || FileDecision::Renamed { from: entry.path.clone() };
        return Some(if is_same_name { FileDecision::Unchanged } else { renamed() });
    }
    let begins = |stretch: &Stretch| {
        stretch.bytes == entry.settled.bytes && stretch.sha256 == entry.settled.sha256 && stretch.ends_a_line
    };
    let grown = of.grows && entry.settled.bytes > 0 && survey.stretches.iter().any(begins);
    grown.then(|| FileDecision::Grown { from: entry.path.clone(), records: entry.settled_records })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::content::survey;

    const LINES: RuleTraits = RuleTraits { has_key: false, grows: true };
    const KEYED: RuleTraits = RuleTraits { has_key: true, grows: false };

    fn seen(path: &str, text: &str, journal: &[JournalEntry]) -> (String, Survey) {
        let mut lengths: Vec<u64> = journal.iter().map(|entry| entry.settled.bytes).collect();
        lengths.sort_unstable();
        lengths.dedup();
        (path.to_owned(), survey(&mut text.as_bytes(), &lengths).unwrap())
    }

    fn entry(path: &str, text: &str) -> JournalEntry {
        let found = survey(&mut text.as_bytes(), &[]).unwrap();
        let settled = found.lines;
        let settled_records = text.matches('\n').count() as u64;
        JournalEntry {
            path: path.to_owned(),
            sha256: found.sha256,
            bytes: found.bytes,
            settled,
            settled_records,
            ..JournalEntry::default()
        }
    }

    fn decided(files: &[(&str, &str)], journal: &[JournalEntry], of: RuleTraits) -> Vec<FileDecision> {
        let files: Vec<_> = files.iter().map(|(path, text)| seen(path, text, journal)).collect();
        decide(&files, journal, of)
    }

    #[test]
    fn logs_that_rotate_are_imported_once() {
        let journal = [entry("x.log", "1\n2\n")];
        let grown = |from: &str| FileDecision::Grown { from: from.to_owned(), records: 2 };
        assert_eq!(decided(&[("x.log", "1\n2\n")], &journal, LINES), [FileDecision::Unchanged]);
        assert_eq!(decided(&[("x.log", "1\n2\n3\n")], &journal, LINES), [grown("x.log")]);
        // It grew, was renamed, and another one was begun under its name.
        let rotated = [("x.log", "4\n"), ("x.log.1", "1\n2\n3\n")];
        let moved = decided(&rotated, &journal, LINES);
        assert_eq!(moved, [FileDecision::New, grown("x.log")]);
        let files: Vec<_> = rotated.iter().map(|(path, text)| seen(path, text, &journal)).collect();
        assert_eq!(order(&files, &moved), [1, 0]);
        let packed = [("x.log.1", "1\n2\n")];
        assert_eq!(decided(&packed, &journal, LINES), [FileDecision::Renamed { from: "x.log".to_owned() }]);
        assert_eq!(decided(&[("x.log", "other\n")], &journal, LINES), [FileDecision::Rewritten]);
        let twice = [("x.log", "1\n2\n"), ("y.log", "a\n"), ("z.log", "a\n")];
        let copy = FileDecision::Copy { of: "y.log".to_owned() };
        assert_eq!(decided(&twice, &journal, LINES), [FileDecision::Unchanged, FileDecision::New, copy]);
    }

    #[test]
    fn a_line_that_was_half_there_is_no_beginning() {
        // The last line had no end, and was taken as it was.
        let mut half = entry("x.log", "1\n2");
        (half.settled.bytes, half.settled.sha256, half.settled_records) = (half.bytes, half.sha256.clone(), 2);
        let journal = [half];
        assert_eq!(decided(&[("x.log", "1\n25\n")], &journal, LINES), [FileDecision::Rewritten]);
        let grown = FileDecision::Grown { from: "x.log".to_owned(), records: 2 };
        assert_eq!(decided(&[("x.log", "1\n2\n3\n")], &journal, LINES), [grown]);
    }

    #[test]
    fn files_with_keys_change() {
        let journal = [entry("a.json", "{}"), entry("b.json", "[]")];
        let files = [("a.json", "{1}"), ("b.json", "[]"), ("c.json", "{}"), ("d.json", "")];
        let from = FileDecision::Renamed { from: "a.json".to_owned() };
        // The one that is called so now is another file.
        assert_eq!(
            decided(&files, &journal, KEYED),
            [FileDecision::New, FileDecision::Unchanged, from, FileDecision::New]
        );
        assert_eq!(decided(&files[..2], &journal, KEYED), [FileDecision::Changed, FileDecision::Unchanged]);
    }
}
