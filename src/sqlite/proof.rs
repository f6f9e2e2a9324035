//! One line in a test of the application.

use super::block_on;
use crate::config::{Options, SqliteLocation};
use crate::database::sqlite::{OpenPurpose, SqliteDatabase, open};
use crate::down::sqlite::SqliteScratch;
use crate::error::Result;
use crate::prove::{self, ExistingDowns, Known, Prover};
use crate::run;
use crate::source::Migrations;

/// Fails the test that calls it unless every migration applies to an empty database, can be taken back, and applies
/// again. What is irreversible says so (`-- schemactl: irreversible`), and is not taken back, nor what is below it. The database is in memory.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// #[test]
/// fn migrations_apply() {
///     schemactl::sqlite::assert_applies(&MIGRATIONS);
/// }
/// ```
///
/// # Panics
/// With the whole error report where one does not.
#[track_caller]
pub fn assert_applies(migrations: &Migrations) {
    if let Err(error) = applies(migrations) {
        panic!("{error:#}");
    }
}

fn applies(migrations: &Migrations) -> Result<()> {
    // The database is its own: what migrations wrote there is nobody's.
    let options = Options::default().accept_data_loss(true);
    let mut database = SqliteDatabase::own(open(&SqliteLocation::Memory, OpenPurpose::Change)?, &options);
    block_on(run::walk(&mut database, migrations, &options))
}

/// Fails the test that calls it unless every migration is proven: its down, written or derived, restores the schema exactly, and the
/// up runs again after it. Rows of users that a down loses beside what the database keeps of the up's rows are told, too. A migration that declares itself irreversible is taken at its word. The databases are in memory.
///
/// ```no_run
/// # static MIGRATIONS: schemactl::Migrations = schemactl::Migrations::EMPTY;
/// #[test]
/// fn migrations_can_be_taken_back() {
///     schemactl::sqlite::assert_proven(&MIGRATIONS);
/// }
/// ```
///
/// # Panics
/// With what every wrong down leaves to be done.
#[track_caller]
pub fn assert_proven(migrations: &Migrations) {
    match proven(migrations) {
        Ok(wrong) => assert!(wrong.is_empty(), "{}", wrong.join("\n")),
        Err(error) => panic!("{error:#}"),
    }
}

/// One text for each migration whose down is wrong.
fn proven(migrations: &Migrations) -> Result<Vec<String>> {
    let mut bench = Prover::new(SqliteScratch::open()?, SqliteScratch::open()?).recording(&Options::default());
    let proofs = block_on(bench.prove(migrations, ExistingDowns::Prove, &Known::new()))?;
    Ok(prove::wrong(&proofs))
}
