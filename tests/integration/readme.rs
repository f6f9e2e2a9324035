//! What the documents show is what happens: each `console` block is run as it stands, in a folder of its own for each session, and its output
//! compared with the lines below each command. Files that a document shows whole are saved before.

#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

pub(crate) mod cargo;
pub(crate) mod recording;
pub(crate) mod session;

use std::path::Path;

use self::session::Session;
use schemactl_test_support::postgres::{self, Cluster};

/// Runs a session with the reader's own server, where `createdb shop` is all that it takes.
fn on_postgresql(session: &Session) {
    on_postgresql_with(session, |_, _| ());
}

/// Runs such a session after `prepare` has put more into the folder of programs and the reader's home.
pub(crate) fn on_postgresql_with(session: &Session, prepare: impl Fn(&Path, &Path)) {
    let server = Cluster::start(postgres::version());
    let endpoint = server.endpoint();
    let variables =
        [("PGHOST", endpoint.host), ("PGPORT", endpoint.port.to_string()), ("PGUSER", "postgres".to_owned())];
    session.run_with(&variables.map(|(name, value)| (name.to_owned(), value)), prepare);
}

#[test]
fn the_readme_on_sqlite() {
    Session::of("README.md", "sqlite").run(&[]);
}

#[test]
fn the_readme_on_postgresql() {
    on_postgresql(&Session::of("README.md", "postgres"));
}

#[test]
fn two_branches_and_a_squash() {
    Session::of("docs/team.md", "sqlite").run(&[]);
}

#[test]
fn roles_with_few_rights() {
    on_postgresql(&Session::of("docs/production.md", "postgres"));
}

#[test]
fn planning_a_move() {
    on_postgresql(&Session::of("docs/moving.md", "postgres"));
}

#[test]
fn backing_up_and_restoring() {
    Session::of("docs/backups.md", "sqlite").run(&[]);
}

#[test]
fn files_into_tables_and_back() {
    Session::of("docs/files.md", "sqlite").run(&[]);
}

#[test]
fn translating_a_schema() {
    on_postgresql(&Session::of("docs/translate.md", "postgres"));
}

/// The picture is made of the session that was just run; `docs/record` writes it.
#[test]
fn the_recording_is_of_the_readme_as_it_is() {
    let session = Session::of("README.md", "sqlite");
    session.run(&[]);
    let picture = recording::svg(session.commands(), "A terminal session with schemactl on SQLite, as in the README");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/session.svg");
    if std::env::var_os("SCHEMACTL_RECORD").is_some() {
        std::fs::write(&path, &picture).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == picture, "docs/session.svg is of another README: `docs/record` makes it anew");
    assert!(picture.len() <= 60_000, "{} bytes", picture.len());
}

/// The application is built and run by cargo, without a network.
#[test]
fn the_tutorial_on_sqlite() {
    Session::of("docs/tutorial.md", "sqlite").run_with(&cargo::variables(), cargo::prepare);
}

#[test]
fn the_tutorial_on_postgresql() {
    on_postgresql(&Session::of("docs/tutorial.md", "postgres"));
}

#[test]
fn coming_from_sqlx() {
    on_postgresql(&Session::of("docs/coming-from.md", "sqlx"));
}

#[test]
fn coming_from_diesel() {
    Session::of("docs/coming-from.md", "diesel").run(&[]);
}

#[test]
fn coming_from_golang_migrate() {
    on_postgresql(&Session::of("docs/coming-from.md", "golang-migrate"));
}

#[test]
fn coming_from_goose() {
    Session::of("docs/coming-from.md", "goose").run(&[]);
}

#[test]
fn coming_from_flyway() {
    on_postgresql(&Session::of("docs/coming-from.md", "flyway"));
}

#[test]
fn coming_from_nothing_on_sqlite() {
    Session::of("docs/coming-from.md", "nothing-sqlite").run(&[]);
}

#[test]
fn coming_from_nothing_on_postgresql() {
    on_postgresql(&Session::of("docs/coming-from.md", "nothing-postgres"));
}
