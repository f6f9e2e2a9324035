//! How much a row may cost beside its floor.

use std::sync::Mutex;

/// The goal of each row that begins so, the first that does.
const GOALS: &[(&str, f64)] = &[
    ("SQLite, apply 1,000, a transaction each", 1.2),
    ("SQLite, apply 1,000, one transaction", 1.05),
    ("SQLite, apply a file of 50 MB", 1.05),
    ("PostgreSQL, nothing pending", 3.0),
    ("PostgreSQL, apply", 1.1),
    ("PostgreSQL, up of", 1.3),
    ("read, hash and check", 1.2),
];

/// A median of few rounds on a busy machine is off by so much.
const NOISE: f64 = 1.15;

static MISSED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Takes note of a row that is above its goal.
pub(super) fn compare(name: &str, ratio: f64) {
    let goal = GOALS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, goal)| *goal);
    if let Some(goal) = goal.filter(|goal| ratio > goal * NOISE) {
        MISSED.lock().unwrap().push(format!("{name}: {ratio:.2}, and its goal is {goal:.2}"));
    }
}

/// Whether no row was above its goal; those that were are told.
pub(super) fn are_reached() -> bool {
    let missed = MISSED.lock().unwrap();
    missed.iter().for_each(|missed| eprintln!("{missed}"));
    missed.is_empty()
}
