//! Waiting for locks, and trying again.

use std::time::{Duration, Instant};

use crate::config::Options;
use crate::database::{Failure, Holder, Reader, Why};
use crate::event::Event;

/// How long locks have been waited for, and how long the next pause is.
pub(super) struct Backoff {
    start: Instant,
    attempt: u32,
    limit: Duration,
    /// Who had the step when that was last asked.
    holder: Option<Holder>,
    asked: Option<Instant>,
}

impl Backoff {
    pub(super) fn new(options: &Options) -> Self {
        Self { start: Instant::now(), attempt: 0, limit: options.lock_wait, holder: None, asked: None }
    }

    /// How long the next try may wait for a lock. Whoever wants the table meanwhile waits behind it, so that the first tries are short.
    pub(super) fn of_try(&self) -> Duration {
        const FIRST: Duration = Duration::from_millis(500);
        // Long enough to see who holds the lock.
        const LEAST: Duration = Duration::from_millis(300);
        let left = self.limit.saturating_sub(self.start.elapsed()).max(LEAST);
        FIRST.saturating_mul(1 << self.attempt.min(10)).min(left)
    }

    /// Sleeps where trying again may help; hands back the failure where it cannot.
    pub(super) async fn wait_after<R: Reader>(
        &mut self,
        database: &mut R,
        failure: Failure,
        version: crate::version::Version,
        options: &Options,
    ) -> Result<(), Failure> {
        let waited = self.start.elapsed();
        if !matches!(failure.why, Why::Locked | Why::Busy) {
            return Err(failure);
        }
        let is_over = waited >= self.limit;
        if failure.why == Why::Busy && (is_over || self.asked.is_none_or(|asked| asked.elapsed() >= EVERY)) {
            (self.holder, self.asked) = (database.holder().await, Some(Instant::now()));
        }
        if is_over {
            return Err(self.named(failure));
        }
        self.attempt += 1;
        let pause = pause(failure.why, self.attempt).min(self.limit.saturating_sub(waited));
        options.observer.emit(match failure.why {
            Why::Busy => {
                Event::WaitingForLock { holder: self.holder.as_ref().map(|holder| holder.who.clone()), waited }
            }
            _ => Event::Retrying { version, attempt: self.attempt, pause, cause: failure.cause },
        });
        database.pause(pause).await;
        if options.interrupt.is_triggered() {
            return Err(
                Failure::new(crate::error::Code::Interrupted, "interrupted while waiting").because(Why::Interrupted)
            );
        }
        Ok(())
    }

    /// The failure of a try that met another runner, with who that is.
    fn named(&mut self, failure: Failure) -> Failure {
        match self.holder.take().filter(|_| failure.why == Why::Busy) {
            Some(Holder { who, hints }) => {
                let cause = format!("{}: {who}", failure.cause);
                Failure { cause, hints, ..failure }
            }
            None => failure,
        }
    }
}

/// With the application's own client, and with one connection, nobody could ask for whom it waited.
pub(super) const TRANSACTIONS: &str = "`SELECT pid, application_name, state, xact_start FROM pg_stat_activity WHERE xact_start IS NOT NULL AND \
     pid <> pg_backend_pid() ORDER BY xact_start` shows who has a transaction open, and with it the lock; then run it again";

/// Asking who holds a lock costs the server more than trying for it.
const EVERY: Duration = Duration::from_secs(1);

/// Grows with each attempt. A busy runner is asked often, since it may be done any moment; a locked table more and more
/// rarely, since every attempt queues other users behind it. The process number keeps starters out of step.
fn pause(why: Why, attempt: u32) -> Duration {
    let (first, most) = match why {
        Why::Busy => (Duration::from_millis(20), Duration::from_millis(250)),
        // Twice as long as the try before it, and in the end three times.
        _ => (Duration::from_millis(500), Duration::from_secs(10)),
    };
    let grown = first.saturating_mul(1 << attempt.min(10)).min(most);
    grown.mul_f64(0.75 + f64::from(std::process::id() % 32) / 64.0)
}
