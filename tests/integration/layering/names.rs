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
    let files: Vec<PathBuf> = files().into_iter().filter(|file| !is_for_tests(&relative(file))).collect();
    let texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).expect("it was listed")).collect();
    let macros = declaring(&texts);
    for (file, text) in files.iter().zip(&texts) {
        let path = relative(file);
        for name in declared(text, &macros) {
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

/// The macros of the source that declare types under names that they are given.
fn declaring(texts: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tokens in texts.iter().map(|text| tokens(text)) {
        let mut name = None;
        for three in tokens.windows(3) {
            let [one, two, three] = [&three[0].text, &three[1].text, &three[2].text];
            if one == "macro_rules" {
                name = Some(three.clone());
            } else if DECLARES.contains(&one.as_str()) && two == "$" {
                found.extend(name.clone());
            }
        }
    }
    found
}

/// The types that a file declares, also by a macro. One that is declared deeper, as in a trait, a function or a module of tests, is named by where
/// it is.
fn declared(text: &str, macros: &BTreeSet<String>) -> Vec<String> {
    let tokens = tokens(text);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let (mut depth, mut within) = (0, Within::File);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        match text(at) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                within = if depth == 0 { Within::File } else { within };
            }
            "macro_rules" => within = Within::Definition,
            name if depth == 0 && macros.contains(name) && text(at + 1) == "!" => within = Within::Call,
            word if DECLARES.contains(&word) && (depth == 0 || within == Within::Definition) => {
                found.extend(Some(text(at + 1)).filter(|name| is_type(name)).map(str::to_owned));
            }
            name if depth == 1 && within == Within::Call && is_type(name) => {
                found.extend(["{", "(", "="].contains(&text(at + 1)).then(|| name.to_owned()));
            }
            _ => {}
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    File,
    /// What a macro is defined as.
    Definition,
    /// What a macro that declares types is given.
    Call,
}

fn is_type(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
}

#[test]
fn what_a_macro_declares_counts() {
    let text = "macro_rules! kinds { ($($Name:ident)*) => { enum Whole { $($Name($Name)),* } $(struct $Name;)* } }\n\
                kinds! { first: First (First | Other) {} Second { Variant, Third = \"x\" } Fourth = \"y\"; }\nstruct Fifth { a: Sixth }";
    let macros = declaring(&[text.to_owned()]);
    assert_eq!(declared(text, &macros), ["Whole", "First", "Second", "Fourth", "Fifth"]);
}
