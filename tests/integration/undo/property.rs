//! Random schemas, rows, migrations and writes in between. `SCHEMACTL_UNDO_SEEDS=N` repeats one case and prints it,
//! `SCHEMACTL_UNDO_SEEDS=N..M` all of these.

use schemactl_test_support::cases;

use super::making::Case;
use super::outcome;
use super::round::run;
use super::shrinking::{fault, smallest};

/// The smallest case of a kind, to be read.
fn shown(seed: u64) -> String {
    let case = Case::new(seed);
    let Some((kind, _)) = fault(&case) else { return format!("seed {seed} is right\n{}", case.text()) };
    let case = smallest(&case, kind);
    let text = fault(&case).map(|(_, text)| text).unwrap_or_default();
    format!("seed {seed}: {kind}\n{}-- is wrong\n{text}\n", case.text())
}

#[test]
fn a_down_gives_back_every_row_or_refuses() {
    outcome::check(cases(200, 2_000), |seed| run(&Case::new(seed)), shown);
}
