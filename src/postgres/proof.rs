//! One line in a test of the application.

use super::settings;
use crate::config::Options;
use crate::database::postgres::scratch::ScratchServer;
use crate::error::Result;
use crate::prove::{self, ExistingDowns, Known, Proof};
use crate::run;
use crate::source::Migrations;

/// Fails the test that calls it unless every migration applies to an empty database, can be taken back, and applies
/// again. What is irreversible says so (`-- schemactl: irreversible`), and is not taken back, nor what is below it. The database is a new one on the server of `url`, and is dropped afterwards.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// # async fn test() {
/// schemactl::postgres::assert_applies("postgresql://localhost/postgres", &MIGRATIONS).await;
/// # }
/// ```
///
/// # Panics
/// With the whole error report where one does not.
pub async fn assert_applies(url: &str, migrations: &Migrations) {
    if let Err(error) = Box::pin(applies(url, migrations)).await {
        panic!("{error:#}");
    }
}

async fn applies(url: &str, migrations: &Migrations) -> Result<()> {
    // The database is its own: what migrations wrote there is nobody's.
    let options = Options::default().accept_data_loss(true);
    let mut server = ScratchServer::connect(settings(url)?, &options).await?;
    let scratch = server.create(None).await?;
    let walked = match server.open(&scratch).await {
        Ok(mut database) => {
            let walked = run::walk(&mut database, migrations, &options).await;
            database.close().await;
            walked
        }
        Err(error) => Err(error),
    };
    server.drop(&scratch).await?;
    server.close().await;
    walked
}

/// Fails the test that calls it unless every migration is proven: its down, written or derived, restores the schema exactly, and the
/// up runs again after it. Rows of users that a down loses beside what the database keeps of the up's rows are told, too. A migration that declares itself irreversible is taken at its word. The databases are new ones on the
/// server of `url`, and are dropped afterwards; the role must be allowed to create databases.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// # async fn test() {
/// schemactl::postgres::assert_proven("postgresql://localhost/postgres", &MIGRATIONS).await;
/// # }
/// ```
///
/// # Panics
/// With what every wrong down leaves to be done.
pub async fn assert_proven(url: &str, migrations: &Migrations) {
    match Box::pin(proven(url, migrations)).await {
        Ok(proofs) => {
            let wrong = prove::wrong(&proofs);
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
        Err(error) => panic!("{error:#}"),
    }
}

async fn proven(url: &str, migrations: &Migrations) -> Result<Vec<Proof>> {
    let (options, known) = (Options::default(), Known::new());
    Box::pin(prove::postgres::prove(settings(url)?, &options, migrations, ExistingDowns::Prove, &known)).await
}
