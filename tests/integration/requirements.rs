//! Each requirement that was taken over from the failures of other tools has a test that bears its number: `r06_...`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The requirements that the runner keeps: what each forbids is in its test's name.
const KEPT: &[u32] = &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 26, 36, 37];

/// Those that were put in between later.
const KEPT_TOO: &[&str] = &["27a"];

fn numbers(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the folder is the project's").flatten() {
        let path = entry.path();
        if path.is_dir() {
            numbers(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("it was listed");
            let names = text.lines().filter_map(|line| line.trim_start().split_once("fn r").map(|(_, name)| name));
            let numbers = names.filter_map(|name| Some(name.split_once('_')?.0.trim_start_matches('0').to_owned()));
            found.extend(numbers.filter(|number| number.starts_with(|first: char| first.is_ascii_digit())));
        }
    }
}

#[test]
fn every_requirement_has_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    numbers(&root.join("src"), &mut found);
    numbers(&root.join("tests"), &mut found);
    let kept = KEPT.iter().map(ToString::to_string).chain(KEPT_TOO.iter().map(ToString::to_string));
    let missing: Vec<_> = kept.filter(|number| !found.contains(number)).collect();
    assert!(missing.is_empty(), "no test bears the number of the requirements {missing:?}");
}
