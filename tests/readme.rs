//! What the documents show is what happens: each `console` block is run as it stands, in a folder of its own for each document, and its output
//! compared with the lines below each command.

#![cfg(all(feature = "cli", feature = "sqlite", feature = "postgres"))]

mod readme {
    pub(crate) mod session;
}

use readme::session::Session;
use schemactl_test_support::postgres::{self, Cluster};

#[test]
fn the_readme_on_sqlite() {
    Session::of("README.md", "sqlite").run(&[]);
}

#[test]
fn the_readme_on_postgresql() {
    on_own_server("README.md");
}

#[test]
fn two_branches_and_a_squash() {
    Session::of("docs/team.md", "sqlite").run(&[]);
}

#[test]
fn roles_with_few_rights() {
    on_own_server("docs/production.md");
}

/// The reader's own server, where `createdb shop` is all that it takes.
fn on_own_server(document: &'static str) {
    let server = Cluster::start(postgres::version());
    let endpoint = server.endpoint();
    let variables =
        [("PGHOST", endpoint.host), ("PGPORT", endpoint.port.to_string()), ("PGUSER", "postgres".to_owned())];
    Session::of(document, "postgres").run(&variables.map(|(name, value)| (name.to_owned(), value)));
}
