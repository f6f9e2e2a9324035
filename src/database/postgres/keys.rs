//! The numbers of the locks, and the SQL that takes them and looks at them.

use sha2::{Digest, Sha256};

/// The numbers of a history's locks. Two histories in one database do not wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AdvisoryKeys {
    pub(super) run: i64,
    step: i64,
    pub(super) journal: i64,
}

impl AdvisoryKeys {
    pub(super) fn new(schema: &str, table: &str) -> Self {
        let key = |purpose: &str| {
            let digest = Sha256::digest(format!("schemactl {purpose} {schema}.{table}").as_bytes());
            i64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"))
        };
        Self { run: key("run"), step: key("step"), journal: key("journal") }
    }

    /// A statement that divides by zero where another transaction has the step's lock.
    pub(super) fn try_step(self) -> String {
        format!("SELECT 1 / pg_try_advisory_xact_lock({})::int", self.step)
    }

    /// The journal's lock, until the end of the session.
    pub(super) fn try_session(self) -> String {
        format!("SELECT pg_try_advisory_lock({}), pg_backend_pid()", self.journal)
    }

    pub(super) fn unlock_session(self) -> String {
        format!("SELECT pg_advisory_unlock({})", self.journal)
    }

    /// An expression that is true where it took the run's lock and the journal's, until the end of the transaction.
    pub(super) fn try_run(self) -> String {
        let (run, journal) = (self.run, self.journal);
        format!("CASE WHEN pg_try_advisory_xact_lock({run}) THEN pg_try_advisory_xact_lock({journal}) ELSE false END")
    }

    /// A condition on a row `l` of `pg_locks`: it is the run's lock, or the journal's.
    pub(super) fn of_run(self) -> String {
        is(&[self.run, self.journal])
    }

    /// The same of all three.
    pub(super) fn of_any(self) -> String {
        is(&[self.run, self.step, self.journal])
    }

    /// A statement that divides by zero where nobody holds the run's lock.
    pub(super) fn assert_taken(self) -> String {
        format!("SELECT 1 / (NOT pg_try_advisory_xact_lock({}))::int", self.run)
    }
}

/// A statement that divides by zero unless a server process holds all of these locks.
pub(super) fn assert_held(keys: &[i64], pid: &str) -> String {
    format!("SELECT 1 / (count(*) = {})::int FROM pg_locks l WHERE l.pid = {pid} AND {}", keys.len(), is(keys))
}

/// Whether a row of `pg_locks` is about one of these locks: a bigint key is shown in two halves, with 1 as `objsubid`.
fn is(keys: &[i64]) -> String {
    let half = |key: i64| format!("({}, {})", key.cast_unsigned() >> 32, key.cast_unsigned() & 0xffff_ffff);
    format!(
        "l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
         AND (l.classid::bigint, l.objid::bigint) IN ({})",
        keys.iter().copied().map(half).collect::<Vec<_>>().join(", ")
    )
}
