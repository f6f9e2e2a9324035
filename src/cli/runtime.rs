//! What runs the commands, which are written as futures for PostgreSQL's sake.

use crate::error::Result;

/// Runs a command to its end.
#[cfg(feature = "postgres")]
pub(super) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    crate::postgres::block_on(command)
}

/// Runs a command to its end: without PostgreSQL nothing ever waits.
#[cfg(all(feature = "sqlite", not(feature = "postgres")))]
pub(super) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    crate::sqlite::block_on(command)
}

/// Runs a command to its end: without any database it comes no further than opening one.
#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
pub(super) fn block_on<T>(command: impl Future<Output = Result<T>>) -> Result<T> {
    use std::task::{Context, Poll, Waker};

    match std::pin::pin!(command).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}
