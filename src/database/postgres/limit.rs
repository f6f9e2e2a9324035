//! How long a script may take over rows that are made up. A server that others work on too has its time for them as well.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::connect::ConnectSettings;
use super::timer;

/// What a server is asked to do that shows how much of its time is left: it needs neither memory nor a disk.
const COUNT: &str =
    "SELECT pg_catalog.count(*) FROM pg_catalog.generate_series(1, 1000) a, pg_catalog.generate_series(1, 1000) b";

/// How long [`COUNT`] takes at most on a server that does nothing else: about 75 ms on an ordinary one.
const ORDINARY: Duration = Duration::from_millis(125);

/// A server that is busier than this is not waited for any longer.
const BUSIEST: u32 = 30;

/// How long something may take on a server that does nothing else. How busy the server is it is asked only when that time is over:
/// who works there at the beginning says nothing of the end.
pub(super) struct Limit {
    begun: Instant,
    most: Duration,
    settings: ConnectSettings,
    is_passed: AtomicBool,
}

impl Limit {
    /// From now on; the settings lead to the server.
    pub(super) fn new(most: Duration, settings: ConnectSettings) -> Self {
        Self { begun: Instant::now(), most, settings, is_passed: AtomicBool::new(false) }
    }

    /// Completes when the time is over.
    pub(super) async fn passes(&self) {
        let mut times = 1;
        loop {
            timer::until(self.begun.checked_add(self.most.saturating_mul(times))).await;
            // On the heap: every statement of a session would have room for it.
            let busy = Box::pin(self.busy()).await;
            if busy <= times {
                self.is_passed.store(true, Ordering::Relaxed);
                return;
            }
            times = busy;
        }
    }

    /// Whether it has come to that.
    pub(super) fn is_passed(&self) -> bool {
        self.is_passed.load(Ordering::Relaxed)
    }

    /// How many times as long as on an ordinary server something takes now. One that does not answer is no reason to wait.
    async fn busy(&self) -> u32 {
        let Ok(connected) = self.settings.connect().await else { return 1 };
        let begun = Instant::now();
        let counted = timer::within(ORDINARY.saturating_mul(BUSIEST), connected.client.batch_execute(COUNT)).await;
        let took = begun.elapsed();
        let times = took.as_millis().div_ceil(ORDINARY.as_millis());
        match counted {
            Some(Ok(())) => {
                connected.close().await;
                u32::try_from(times).unwrap_or(BUSIEST).min(BUSIEST)
            }
            Some(Err(_)) => 1,
            None => BUSIEST,
        }
    }
}
