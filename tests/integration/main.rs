//! All tests that go through the public API or the command: one program, so that they are linked once and share their servers.
//!
//! `cargo test --all-features --test integration NAME` runs those whose path contains NAME: a file, a folder, or a test.

mod adopt;
mod arrivals;
mod backups;
mod bad_config;
mod bad_databases;
mod bad_files;
mod barrel;
mod bundled;
mod checksums;
mod cli;
mod coming_from_refinery;
mod data_loss;
mod digest;
mod documents;
mod edits;
mod embed;
mod files;
mod found;
mod hints;
mod layering;
mod library_postgres;
mod library_sqlite;
mod moving;
mod passwords;
mod postgres_common;
mod postgres_connection;
mod postgres_contention;
mod postgres_journal;
mod postgres_locks;
mod postgres_model;
mod postgres_one_connection;
mod postgres_proofs;
mod postgres_refusals;
mod postgres_sandbox;
mod postgres_scripts;
mod postgres_settings;
mod postgres_starters;
mod postgres_steps;
mod processes;
mod publishing;
mod readme;
mod requirements;
mod resuming;
mod rolling;
mod routing;
mod sound;
mod sqlite_concurrency;
mod sqlite_files;
mod sqlite_history;
mod sqlite_isolation;
mod sqlite_journal;
mod sqlite_rebuild;
mod sqlite_shared;
mod sqlite_steps;
mod sqlite_text;
mod strangers;
mod systems;
mod undo;

use std::path::Path;

/// A file that no `mod` names would be a test that never runs.
#[test]
fn no_file_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration");
    let own = include_str!("main.rs");
    let mut forgotten = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is the project's").flatten() {
        let name = entry.path().file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name != "main" && !own.lines().any(|line| line == format!("mod {name};")) {
            forgotten.push(name);
        }
    }
    assert_eq!(forgotten, Vec::<String>::new(), "tests/integration/main.rs names no module for these");
}
