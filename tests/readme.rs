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
    // The reader's own server, where `createdb shop` is all that it takes.
    let server = Cluster::start(postgres::version());
    let endpoint = server.endpoint();
    let variables =
        [("PGHOST", endpoint.host), ("PGPORT", endpoint.port.to_string()), ("PGUSER", "postgres".to_owned())];
    Session::of("README.md", "postgres").run(&variables.map(|(name, value)| (name.to_owned(), value)));
}
