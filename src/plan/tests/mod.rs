//! What is planned of files and histories, as tables. Each file and each row is a word: a version and what is said of it.
//!
//! Of files: `3` has two statements, `3e` other ones, `3r` is repeatable (`3re`: and edited), `3l` may come late, `3d` has a down, `3i` declares
//! that there is no way back, `3=2` has the text of 2. Of rows: `3a` is applied, `3b` the baseline, `3s` skipped, `3p` stopped after its first statement, `3v` its down
//! did; with `d` it has a down stored, with `c` one that was changed since.

mod back;
mod recorded;
mod standing;
mod upwards;

use super::*;
use crate::history::{StatementHashes, Stored, StoredDown};
use crate::source::{Migration, Migrations};
use crate::sql::Dialect;

const DIALECT: Dialect = Dialect::Sqlite;

fn version(word: &str) -> Version {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    Version::new(digits.parse().unwrap()).unwrap()
}

fn has(word: &str, letter: char) -> bool {
    word.contains(letter)
}

/// The up of a file. What was applied is that of a file without an edit.
fn up(word: &str, is_edited: bool) -> Script {
    let version = version(word);
    let head = match () {
        () if has(word, 'r') => "-- schemactl: repeat = changed\n",
        () if has(word, 'l') => "-- schemactl: order = any\n",
        () if has(word, 'i') => "-- schemactl: irreversible = rows are gone\n",
        () => "",
    };
    let of = word.split_once('=').map_or(version, |(_, of)| self::version(of));
    let edited = if is_edited { ", 0" } else { "" };
    Script::new(format!("V{version}__x.sql"), format!("{head}SELECT {of}{edited};\nSELECT 2;\n"))
}

fn down_of(version: Version) -> Script {
    Script::new(format!("V{version}__x.down.sql"), format!("SELECT {version}; SELECT 0;\n"))
}

fn files(words: &str) -> Migrations {
    let migration = |word: &str| Migration {
        version: version(word),
        description: "x".into(),
        phase: None,
        up: up(word, has(word, 'e')),
        down: has(word, 'd').then(|| down_of(version(word))),
        proven: None,
        after: None,
    };
    Migrations::of(words.split_whitespace().map(migration).collect())
}

/// The rows of a history whose migrations were as these files, before any edit.
fn rows(files: &str, words: &str) -> Vec<Record> {
    let file =
        |word: &str| files.split_whitespace().find(|file| version(file) == version(word)).unwrap_or(word).to_owned();
    let record = |word: &str| {
        let state = match () {
            () if has(word, 'a') => State::Applied,
            () if has(word, 'b') => State::Baseline,
            () if has(word, 's') => State::Skipped,
            () if has(word, 'p') => State::Partial,
            () if has(word, 'v') => State::Reverting,
            () => panic!("{word} has no state"),
        };
        let script = if state == State::Reverting { down_of(version(word)) } else { up(&file(word), false) };
        let is_open = matches!(state, State::Partial | State::Reverting);
        let mut hashes = StatementHashes::of_script_with(2);
        if is_open {
            hashes.push(script.statements(DIALECT).unwrap()[0].text);
        }
        Record {
            version: version(word),
            description: "x".to_owned(),
            phase: None,
            checksum: up(&file(word), false).checksum().to_string(),
            state,
            statements_done: if is_open { 1 } else { 2 },
            statements: 2,
            in_doubt: false,
            hashes,
            details: None,
        }
    };
    words.split_whitespace().map(record).collect()
}

/// What is stored with the rows.
fn kept(files: &str, words: &str) -> Vec<Stored> {
    let of = |word: &str| {
        let down = down_of(version(word));
        let is_there = has(word, 'd') || has(word, 'c');
        let stored = StoredDown::new(down.text().to_owned(), &down.checksum().to_string());
        let found = files.split_whitespace().find(|file| version(file) == version(word)).unwrap_or(word);
        let script = up(found, false);
        let statements = script.statements(DIALECT).unwrap();
        let hashes = StatementHashes::stored_when_applied(2, statements.iter().map(|statement| statement.text));
        Stored {
            version: version(word),
            hashes: StatementHashes::parse(&hashes),
            down: is_there.then(|| StoredDown { is_intact: !has(word, 'c'), ..stored }),
            verdict: None,
            found: Some(Prior::default()),
            undo: UndoRecord::Absent,
        }
    };
    words.split_whitespace().map(of).collect()
}

/// The steps of a plan: `apply 2, resume 3`.
fn shown(plan: &Plan<'_>) -> String {
    let steps = plan.steps().iter().map(|step| {
        let late = if step.out_of_order { " late" } else { "" };
        format!("{} {}{late}", step.action().as_str(), step.version())
    });
    steps.collect::<Vec<_>>().join(", ")
}

fn listed(versions: &[Version]) -> String {
    versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// A refusal in a few words.
fn said(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Modified { version, others, moved, .. } => {
            let others = if others.is_empty() { String::new() } else { format!(" and {}", listed(others)) };
            let moved = moved.as_ref().map(|(to, _)| format!(" moved to {to}")).unwrap_or_default();
            format!("modified {version}{others}{moved}")
        }
        Refusal::NewerDatabase { versions, back_to, .. } => {
            let back = back_to.map(|back| format!(" back to {back}")).unwrap_or_default();
            format!("newer {}{back}", listed(versions))
        }
        Refusal::OutOfOrder { pending, applied } => format!("late {} below {}", pending.0, applied.0),
        Refusal::Missing { versions, moved, .. } => {
            let moved = moved.as_ref().map(|(to, _)| format!(" moved to {to}")).unwrap_or_default();
            format!("missing {}{moved}", listed(versions))
        }
        Refusal::PartialEdited { version, statement, .. } => {
            format!("{version} edited at {}", statement.map_or_else(|| "?".to_owned(), |at| at.to_string()))
        }
        Refusal::Partial { version, .. } => format!("partial {version}"),
        Refusal::Reverting { version, .. } => format!("reverting {version}"),
        Refusal::NoDown { version, is_here, .. } => {
            format!("no down {version}{}", if *is_here { "" } else { ", no file" })
        }
        Refusal::Irreversible { version, reason, .. } => format!("irreversible {version}: {reason}"),
    }
}
