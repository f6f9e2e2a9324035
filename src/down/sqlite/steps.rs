//! How much work statements are: the steps of SQLite's virtual machine, which are the same on a fast and on a busy machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use crate::database::sqlite::sandbox::Installed;

/// How many steps pass between two looks at the count.
const EVERY: i32 = 1_000;

/// Counts the steps of a connection, and stops it where it makes more than it may.
#[derive(Debug, Clone)]
pub(crate) struct Steps(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    made: AtomicU64,
    most: AtomicU64,
}

impl Steps {
    /// Counts those of a connection from now on.
    pub(crate) fn count(connection: &mut Connection) -> rusqlite::Result<Self> {
        let steps = Self(Arc::new(Counts { made: AtomicU64::new(0), most: AtomicU64::new(u64::MAX) }));
        let counts = Arc::clone(&steps.0);
        let every = EVERY.unsigned_abs().into();
        Installed::done(connection.progress_handler(
            EVERY,
            Some(move || {
                let made = counts.made.fetch_add(every, Ordering::Relaxed) + every;
                made > counts.most.load(Ordering::Relaxed)
            }),
        ))?;
        Ok(steps)
    }

    /// How many were made so far.
    pub(crate) fn made(&self) -> u64 {
        self.0.made.load(Ordering::Relaxed)
    }

    /// Interrupts what makes more than so many from now on. SQLite takes back the whole transaction of a statement that writes
    /// (<https://www.sqlite.org/c3ref/interrupt.html>).
    pub(crate) fn allow(&self, more: u64) {
        self.0.most.store(self.made().saturating_add(more), Ordering::Relaxed);
    }

    /// From now on there is no limit. Returns whether there had been one, and it was passed.
    pub(crate) fn lift(&self) -> bool {
        let most = self.0.most.swap(u64::MAX, Ordering::Relaxed);
        self.made() > most
    }
}
