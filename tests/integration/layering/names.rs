//! One meaning, one name: no two types of the source are called the same.
//!
//! Where both dialects have a file for the same concern, the types in them that do the same have the same name.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::tokens::tokens;
use super::{files, source};

/// What declares a type, at the beginning of a line.
const DECLARES: [&str; 4] = ["struct", "enum", "trait", "type"];

#[test]
fn no_two_types_share_a_name() {
    let mut places: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    // A test has its own small types, which nobody meets elsewhere.
    let is_for_tests = |file: &PathBuf| file.iter().any(|part| part == "tests" || part == "tests.rs");
    for file in files().into_iter().filter(|file| !is_for_tests(&relative(file))) {
        let path = relative(&file);
        for name in declared(&fs::read_to_string(&file).expect("it was listed")) {
            places.entry(name).or_default().push(path.clone());
        }
    }
    let mut wrong = String::new();
    for (name, files) in places {
        let concerns: BTreeSet<PathBuf> = files.iter().map(|file| concern(file)).collect();
        if concerns.len() > 1 {
            let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
            let _ = writeln!(wrong, "{name}: {}", files.join(", "));
        }
    }
    assert!(wrong.is_empty(), "these names have several meanings:\n{wrong}");
}

fn relative(file: &Path) -> PathBuf {
    file.strip_prefix(source()).expect("it is in src").to_owned()
}

/// The path of a file without its dialect.
fn concern(file: &Path) -> PathBuf {
    file.iter().filter(|part| *part != "sqlite" && *part != "postgres").collect()
}

/// The types that a file declares. One that is declared deeper, as in a trait, a function or a module of tests, is named by where it is.
fn declared(text: &str) -> Vec<String> {
    let tokens = tokens(text);
    let mut depth = 0;
    let mut found = Vec::new();
    for pair in tokens.windows(2) {
        match pair[0].text.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            word if depth == 0 && DECLARES.contains(&word) => found.push(pair[1].text.clone()),
            _ => {}
        }
    }
    found
}
