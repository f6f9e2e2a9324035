//! Throwaway PostgreSQL servers.
//!
//! ```no_run
//! use schemactl_test_support::postgres;
//!
//! for version in postgres::versions() {
//!     let database = postgres::database(version);
//!     database.psql("CREATE TABLE a (b int)");
//!     assert_eq!(database.psql("SELECT count(*) FROM a"), "0");
//! }
//! ```

mod cluster;
mod config;
mod database;
mod installation;
mod psql;
mod server;
mod session;
mod template;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

pub use cluster::Cluster;
pub use config::Config;
pub use database::{Database, Endpoint};
pub use psql::{psql, try_psql};
pub(crate) use server::cache;
pub use server::{Server, client};
pub use session::Session;
pub use tls::{Certificate, Tls};

/// The oldest major version that schemactl supports.
pub const OLDEST: u32 = 14;
/// The newest major version that schemactl supports.
pub const NEWEST: u32 = 18;
/// A major version that schemactl refuses as too old.
pub const TOO_OLD: u32 = OLDEST - 1;

/// The major versions to test with: the oldest, the machine's own and the newest; all of them in a long run.
///
/// `SCHEMACTL_TEST_POSTGRES="15 16"` overrides it.
pub fn versions() -> Vec<u32> {
    if let Some(named) = named() {
        return named;
    }
    if crate::long() {
        return (OLDEST..=NEWEST).collect();
    }
    let mut versions = vec![OLDEST, version(), NEWEST];
    versions.sort_unstable();
    versions.dedup();
    versions
}

/// One of [`versions`], by the test's name, for tests that take long: each version has a third of them in an ordinary run. All versions in a long
/// run, or those that are named.
pub fn one_of_versions() -> Vec<u32> {
    one_of(|_| true).into_iter().collect()
}

/// The machine's own major version, and one more of [`versions`], by the test's name. All versions in a long run, or those that are named.
pub fn one_more_version() -> Vec<u32> {
    let mut both = one_of(|version| version != self::version());
    both.insert(version());
    both.into_iter().collect()
}

fn one_of(is_meant: impl Fn(u32) -> bool) -> BTreeSet<u32> {
    let all = versions();
    if named().is_some() || crate::long() {
        return all.into_iter().collect();
    }
    let test =
        std::thread::current().name().unwrap_or_default().bytes().fold(0_usize, |sum, byte| sum + usize::from(byte));
    let meant: Vec<u32> = all.into_iter().filter(|version| is_meant(*version)).collect();
    meant.get(test % meant.len().max(1)).copied().into_iter().collect()
}

/// The major version for tests that need one: the machine's own, whose tools (`pg_dump`) are complete.
pub fn version() -> u32 {
    named().map_or_else(|| server::packaged().unwrap_or(NEWEST), |named| named[0])
}

pub(crate) fn named() -> Option<Vec<u32>> {
    let text = std::env::var("SCHEMACTL_TEST_POSTGRES").ok().filter(|text| !text.trim().is_empty())?;
    let parse = |word: &str| word.parse().unwrap_or_else(|_| panic!("SCHEMACTL_TEST_POSTGRES: {word:?} is no version"));
    Some(text.split([' ', ',']).filter(|word| !word.is_empty()).map(parse).collect())
}

/// The server of this version that all tests of this process share, started when first asked for.
///
/// A test that changes what belongs to the whole server (settings, roles, a crash) starts a [`Cluster`] of its own.
pub fn shared(version: u32) -> &'static Cluster {
    static SHARED: Mutex<BTreeMap<u32, &'static Cluster>> = Mutex::new(BTreeMap::new());
    // One lock for all versions: while one starts, another has to wait. A panic here is that of the first to ask;
    // those who come after try again and get the same message.
    let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    shared.entry(version).or_insert_with(|| Box::leak(Box::new(Cluster::start(Config::new(version)))))
}

/// Makes roles on the shared server of this version, where they are not there yet.
///
/// A proof drops the roles that it found missing and that a migration made, also under another test that uses them: so what several
/// tests use has to be there before.
pub fn roles(version: u32, names: &[&str]) {
    for name in names {
        // Another test may make it at this moment.
        shared(version).psql(&format!(
            "DO $$ BEGIN CREATE ROLE \"{name}\"; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        ));
    }
}

/// A new, empty database on the shared server of this version.
pub fn database(version: u32) -> Database {
    shared(version).create_database()
}
