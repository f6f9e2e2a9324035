//! The requirements of docs/design/requirements.md name tests that are there, and each test that bears a number is of one of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const REQUIREMENTS: &str = include_str!("../../docs/design/requirements.md");

/// The names of the functions that stand behind `#[test]` and its like.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the folder is the project's").flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("it was listed");
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    is_test = true;
                } else if let Some(name) = line.split_once("fn ").and_then(|(_, rest)| rest.split('(').next())
                    && std::mem::take(&mut is_test)
                {
                    found.insert(name.to_owned());
                }
            }
        }
    }
}

fn all() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    tests(&root.join("src"), &mut found);
    tests(&root.join("tests"), &mut found);
    found
}

/// `R6` and what stands in its last column, of the tables that have tests.
fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
    let is_number =
        |cell: &str| cell.strip_prefix('R').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let cells = REQUIREMENTS.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| cells.len() > 2 && is_number(cells[1]))
        .map(|cells| (cells[1], cells.get(3).map_or(Vec::new(), |names| names.split('`').skip(1).step_by(2).collect())))
        .collect()
}

#[test]
fn each_requirement_names_tests_that_are_there() {
    let (all, rows) = (all(), rows());
    assert!(rows.len() > 30, "{rows:?}");
    let missing: Vec<_> =
        rows.iter().flat_map(|(_, names)| names).filter(|name| !name.is_empty() && !all.contains(**name)).collect();
    assert!(missing.is_empty(), "docs/design/requirements.md names tests that are not there: {missing:?}");
    // What is still to be built has a table without tests.
    let built = REQUIREMENTS.split("## Moving data").next().expect("it is a text");
    let without: Vec<_> = rows
        .iter()
        .filter(|(number, names)| names.is_empty() && built.contains(&format!("| {number} |")))
        .map(|(number, _)| number)
        .collect();
    assert!(without.is_empty(), "no test is named for {without:?}");
}

#[test]
fn each_number_in_a_test_is_a_requirement() {
    let rows = rows();
    let unknown: Vec<String> = all()
        .into_iter()
        .filter_map(|name| Some((name.strip_prefix('r')?.split_once('_')?.0.to_owned(), name)))
        .filter(|(number, _)| number.starts_with(|first: char| first.is_ascii_digit()))
        .filter(|(number, _)| !rows.iter().any(|(known, _)| known[1..] == *number.trim_start_matches('0')))
        .map(|(_, name)| name)
        .collect();
    assert!(unknown.is_empty(), "docs/design/requirements.md does not have the numbers of {unknown:?}");
}
