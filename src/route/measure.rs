//! What is counted and measured. Events name kinds of reads and sides, never keys or values.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::side::Side;
use super::standing::Standing;
use crate::error::Error;

/// The target of events.
const TARGET: &str = "schemactl::route";

/// What a route has counted since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RouteCounts {
    /// Reads of SQLite.
    pub reads_sqlite: u64,
    /// Reads of PostgreSQL.
    pub reads_postgres: u64,
    /// Those of both that returned an error.
    pub reads_failed: u64,
    /// Reads that PostgreSQL would have served if it had not been too far behind.
    pub reads_held_back: u64,
    /// Writes that SQLite took.
    pub writes_sqlite: u64,
    /// Writes that PostgreSQL took.
    pub writes_postgres: u64,
    /// Writes that returned another error than that of a fence.
    pub writes_failed: u64,
    /// Tries of a write that a fence refused.
    pub writes_refused: u64,
    /// Writes that no side took before their deadline.
    pub writes_given_up: u64,
    /// Looks at both sides that failed.
    pub looks_failed: u64,
    /// Shadow reads that were the same on both sides.
    pub shadows_equal: u64,
    /// Shadow reads that differed, and were the same when both sides were read again: PostgreSQL was behind.
    pub shadows_equal_later: u64,
    /// Shadow reads that differed, also when both sides were read again.
    pub shadows_different: u64,
    /// Shadow reads that returned an error.
    pub shadows_failed: u64,
    /// Shadow reads that panicked.
    pub shadows_panicked: u64,
    /// Shadow reads that took too long.
    pub shadows_late: u64,
    /// Shadow reads that had no place, and were not made.
    pub shadows_dropped: u64,
}

macro_rules! counters {
    ($($name:ident)*) => {
        #[derive(Debug, Default)]
        struct Counters { $($name: AtomicU64,)* }

        impl Counters {
            fn all(&self) -> RouteCounts {
                RouteCounts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    reads_sqlite reads_postgres reads_failed reads_held_back writes_sqlite writes_postgres writes_failed writes_refused writes_given_up looks_failed
    shadows_equal shadows_equal_later shadows_different shadows_failed shadows_panicked shadows_late shadows_dropped
}

/// What has become of a shadow read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShadowEnd {
    Equal,
    EqualLater,
    Different,
    Failed,
    Panicked,
    Late,
    Dropped,
}

impl ShadowEnd {
    fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::EqualLater => "equal_later",
            Self::Different => "different",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Late => "late",
            Self::Dropped => "dropped",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Measures {
    counters: Counters,
}

fn one_more(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Measures {
    pub(super) fn counts(&self) -> RouteCounts {
        self.counters.all()
    }

    pub(super) fn read(&self, kind: &Arc<str>, side: Side, took: Duration, is_ok: bool) {
        one_more(match side {
            Side::Sqlite => &self.counters.reads_sqlite,
            Side::Postgres => &self.counters.reads_postgres,
        });
        if !is_ok {
            one_more(&self.counters.reads_failed);
        }
        tracing::trace!(target: TARGET, kind = &**kind, side = side.as_str(), took = took.as_secs_f64(), ok = is_ok, "read");
        facade::read(kind, side, took, is_ok);
    }

    pub(super) fn held_back(&self, kind: &Arc<str>) {
        one_more(&self.counters.reads_held_back);
        facade::held_back(kind);
    }

    /// With all that was waited for.
    pub(super) fn write(&self, side: Side, took: Duration, is_ok: bool) {
        one_more(match (is_ok, side) {
            (false, _) => &self.counters.writes_failed,
            (true, Side::Sqlite) => &self.counters.writes_sqlite,
            (true, Side::Postgres) => &self.counters.writes_postgres,
        });
        tracing::trace!(target: TARGET, side = side.as_str(), took = took.as_secs_f64(), ok = is_ok, "write");
        facade::write(side, took, is_ok);
    }

    pub(super) fn refused(&self, side: Side) {
        one_more(&self.counters.writes_refused);
        tracing::debug!(target: TARGET, side = side.as_str(), "a write was refused, and is tried again");
        facade::refused(side);
    }

    pub(super) fn given_up(&self, waited: Duration) {
        one_more(&self.counters.writes_given_up);
        tracing::error!(target: TARGET, waited = waited.as_secs_f64(), "a write was given up");
        facade::given_up();
    }

    pub(super) fn look_failed(&self, error: &Error) {
        one_more(&self.counters.looks_failed);
        let cause = error.with_its_cause();
        tracing::warn!(target: TARGET, code = error.code().as_str(), cause, "both sides could not be looked at");
        facade::look_failed();
    }

    pub(super) fn shadow(&self, kind: &Arc<str>, end: ShadowEnd, took: Duration) {
        one_more(match end {
            ShadowEnd::Equal => &self.counters.shadows_equal,
            ShadowEnd::EqualLater => &self.counters.shadows_equal_later,
            ShadowEnd::Different => &self.counters.shadows_different,
            ShadowEnd::Failed => &self.counters.shadows_failed,
            ShadowEnd::Panicked => &self.counters.shadows_panicked,
            ShadowEnd::Late => &self.counters.shadows_late,
            ShadowEnd::Dropped => &self.counters.shadows_dropped,
        });
        match end {
            ShadowEnd::Different | ShadowEnd::Panicked => {
                tracing::warn!(target: TARGET, kind = &**kind, end = end.as_str(), "shadow read");
            }
            _ => tracing::debug!(target: TARGET, kind = &**kind, end = end.as_str(), "shadow read"),
        }
        facade::shadow(kind, end.as_str(), took);
    }
}

/// Told when it changes; the lag alone is for the facade.
pub(super) fn stands(before: Option<Standing>, now: Standing) {
    let is_another = before.is_none_or(|before| std::mem::discriminant(&before) != std::mem::discriminant(&now));
    if is_another && now == Standing::Unclear {
        tracing::error!(target: TARGET, standing = %now, "nothing is written");
    } else if is_another {
        tracing::info!(target: TARGET, standing = %now, "both sides were looked at");
    }
    if let Some(lag) = now.lag() {
        facade::lag(lag);
    }
}

/// The crate metrics.
#[cfg(feature = "metrics")]
mod facade {
    use std::sync::Arc;
    use std::time::Duration;

    use metrics::{counter, gauge, histogram};

    use super::Side;

    fn result(is_ok: bool) -> &'static str {
        if is_ok { "ok" } else { "error" }
    }

    pub(super) fn read(kind: &Arc<str>, side: Side, took: Duration, is_ok: bool) {
        let (side, result) = (side.as_str(), result(is_ok));
        counter!("schemactl_reads_total", "kind" => Arc::clone(kind), "side" => side, "result" => result).increment(1);
        histogram!("schemactl_read_seconds", "kind" => Arc::clone(kind), "side" => side).record(took.as_secs_f64());
    }

    pub(super) fn held_back(kind: &Arc<str>) {
        counter!("schemactl_reads_held_back_total", "kind" => Arc::clone(kind)).increment(1);
    }

    pub(super) fn write(side: Side, took: Duration, is_ok: bool) {
        let (side, result) = (side.as_str(), result(is_ok));
        counter!("schemactl_writes_total", "side" => side, "result" => result).increment(1);
        histogram!("schemactl_write_seconds", "side" => side).record(took.as_secs_f64());
    }

    pub(super) fn refused(side: Side) {
        counter!("schemactl_writes_refused_total", "side" => side.as_str()).increment(1);
    }

    pub(super) fn given_up() {
        counter!("schemactl_writes_given_up_total").increment(1);
    }

    pub(super) fn look_failed() {
        counter!("schemactl_looks_failed_total").increment(1);
    }

    pub(super) fn lag(lag: Duration) {
        gauge!("schemactl_lag_seconds").set(lag.as_secs_f64());
    }

    pub(super) fn shadow(kind: &Arc<str>, end: &'static str, took: Duration) {
        counter!("schemactl_shadow_reads_total", "kind" => Arc::clone(kind), "end" => end).increment(1);
        histogram!("schemactl_shadow_read_seconds", "kind" => Arc::clone(kind)).record(took.as_secs_f64());
    }
}

/// Nobody but `tracing` and the counts is told.
#[cfg(not(feature = "metrics"))]
mod facade {
    use std::sync::Arc;
    use std::time::Duration;

    use super::Side;

    pub(super) fn read(_: &Arc<str>, _: Side, _: Duration, _: bool) {}
    pub(super) fn held_back(_: &Arc<str>) {}
    pub(super) fn write(_: Side, _: Duration, _: bool) {}
    pub(super) fn refused(_: Side) {}
    pub(super) fn given_up() {}
    pub(super) fn look_failed() {}
    pub(super) fn lag(_: Duration) {}
    pub(super) fn shadow(_: &Arc<str>, _: &'static str, _: Duration) {}
}
