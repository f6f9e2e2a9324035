//! The cases under tests/cases/postgres.
//!
//! One folder each: `up.sql`; `before.sql`, where it is not shop.sql; and `verdict`, a line with the outcome and one that the verdict
//! begins with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use schemactl_test_support::postgres as servers;

use super::{Outcome, Tried, derive};

struct Case {
    name: String,
    before: String,
    up: String,
    outcome: String,
    verdict: String,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/postgres");
    let read =
        |path: PathBuf| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    let wanted = std::env::var("SCHEMACTL_CASE").unwrap_or_default();
    names.retain(|name| name.contains(&wanted));
    names
        .into_iter()
        .map(|name| {
            let case = folder.join(&name);
            // Most cases start from one realistic schema.
            let own = case.join("before.sql");
            let shared = read(folder.join("shop.sql"));
            let before = if own.exists() { read(own) } else { shared };
            let expected = read(case.join("verdict"));
            let (outcome, verdict) = expected.trim().split_once('\n').unwrap_or((expected.trim(), ""));
            Case {
                outcome: outcome.to_owned(),
                verdict: verdict.to_owned(),
                before: before.replace("-- include shop.sql", &read(folder.join("shop.sql"))),
                up: read(case.join("up.sql")),
                name,
            }
        })
        .collect()
}

/// How many cases run at a time: much of each is waiting for `pg_dump` and for files to be copied.
const AT_A_TIME: usize = 4;

/// Runs all cases, in order of their names.
fn run_all(version: u32, cases: &[&Case]) -> Vec<Tried> {
    servers::roles(version, &["case_reader", "Case Writer"]);
    let share = |first: usize| {
        let mine = cases.iter().enumerate().skip(first).step_by(AT_A_TIME);
        mine.map(|(at, case)| (at, derive(version, &case.before, &case.up))).collect::<Vec<_>>()
    };
    let mut done: Vec<(usize, _)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_A_TIME).map(|first| scope.spawn(move || share(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn r18_every_case_is_exact_or_refused() {
    let mut wrong = String::new();
    let all = cases();
    let is_all = schemactl_test_support::long() || std::env::var("SCHEMACTL_CASE").is_ok();
    for version in servers::one_more_version() {
        // In an ordinary run half of the cases are tried with the version whose pg_dump is there, and what differs between versions is little.
        let step = match version == servers::version() {
            _ if is_all => 1,
            true => 2,
            false => 12,
        };
        let cases: Vec<&Case> = all.iter().step_by(step).collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (case, tried) in cases.iter().zip(run_all(version, &cases)) {
            let Tried { outcome, verdict, file } = tried;
            *counts.entry(outcome.word()).or_default() += 1;
            let (name, word) = (&case.name, outcome.word());
            let reason = match &outcome {
                Outcome::Refused(text) | Outcome::Wrong(text) => text,
                Outcome::Exact | Outcome::ColumnOrder => "",
            };
            if case.outcome != word || !verdict.starts_with(&case.verdict) {
                let expected = format!("{}, {}", case.outcome, case.verdict);
                let _ = writeln!(
                    wrong,
                    "=== {name} on {version}: {word}, {verdict}; expected {expected}\n{file}\n{reason}"
                );
            } else if std::env::var("SCHEMACTL_CASE").is_ok() {
                println!("=== {name}: {word}, {verdict}\n{file}");
            }
        }
        println!("PostgreSQL {version}: {counts:?}");
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
