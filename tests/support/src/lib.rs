//! What the tests of schemactl share: throwaway PostgreSQL servers, `PgBouncer`, Apache AGE, a proxy that counts round trips and
//! cuts connections, `SQLite` databases, projects to run the command in, a disk that is full soon.
//!
//! Everything here panics when it cannot do what it is asked: a test that cannot be set up has failed. Everything
//! lives in one folder per test process, and a watchdog removes it with its servers when the process has ended,
//! however it ended (see [`scratch`]).

pub mod cli;
pub mod disk;
pub mod pgbouncer;
pub mod pglite;
pub mod postgres;
pub mod proxy;
pub mod scratch;
pub mod shop;
pub mod sqlite;
mod user;

pub use nix::sys::signal::Signal;
pub use rusqlite;

/// Whether the longer suites run too: `./test --long`.
pub fn long() -> bool {
    std::env::var_os("SCHEMACTL_TEST_LONG").is_some_and(|value| value == "1")
}

/// The given number in an ordinary run, and the second in a long one: `cases(20, 2_000)`.
pub fn cases(short: u32, in_long: u32) -> u32 {
    if long() { in_long } else { short }
}
