//! Random schemas, rows, migrations and writes in between. `SCHEMACTL_UNDO_SEEDS=N` repeats one case and prints it,
//! `SCHEMACTL_UNDO_SEEDS=N..M` all of these.

use schemactl_test_support::cases;

use super::course::run;
use super::lessening::{fault, smallest};
use super::trial::Trial;
use crate::undo::outcome;

/// The smallest case of a kind, to be read.
fn shown(seed: u64) -> String {
    let trial = Trial::new(seed);
    let Some((kind, _)) = fault(&trial) else { return format!("seed {seed} is right\n{}", trial.text()) };
    let trial = smallest(&trial, kind);
    let text = fault(&trial).map(|(_, text)| text).unwrap_or_default();
    format!("seed {seed}: {kind}\n{}-- is wrong\n{text}\n", trial.text())
}

#[test]
fn a_down_gives_back_every_row_or_refuses() {
    outcome::check(cases(50, 1_000), |seed| run(&Trial::new(seed)), shown);
}
