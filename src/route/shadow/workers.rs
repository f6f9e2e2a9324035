//! Threads that read shadows where the application has no runtime.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a thread does. It gets the queue, to which it may give what is left for later.
pub(super) type ShadowWork = Box<dyn FnOnce(&ShadowQueue) + Send>;

/// The threads end with the last handle; what waits then is not done.
pub(super) struct Workers(Arc<ShadowQueue>);

/// What waits for a thread: now, or after the pause.
pub(super) struct ShadowQueue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    most: usize,
    settle: Duration,
}

#[derive(Default)]
struct Waiting {
    now: VecDeque<ShadowWork>,
    /// The pause is the same for all, so that the first is the next.
    later: VecDeque<(Instant, ShadowWork)>,
    is_closed: bool,
}

impl Workers {
    /// A thread that cannot be started is one less; without any, nothing is done.
    pub(super) fn start(threads: usize, most: usize, settle: Duration) -> Self {
        let queue = ShadowQueue { waiting: Mutex::default(), wake: Condvar::new(), most: most.max(1), settle };
        let queue = Arc::new(queue);
        for _ in 0..threads {
            let queue = Arc::clone(&queue);
            let work = move || {
                while let Some(work) = queue.next() {
                    work(&queue);
                }
            };
            let _ = thread::Builder::new().name("schemactl-shadow".to_owned()).spawn(work);
        }
        Self(queue)
    }

    /// Takes a work, where it has a place for it.
    pub(super) fn take(&self, work: ShadowWork) -> bool {
        let mut waiting = self.0.waiting();
        let has_place = waiting.now.len() < self.0.most;
        if has_place {
            waiting.now.push_back(work);
            self.0.wake.notify_one();
        }
        has_place
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.0.waiting().is_closed = true;
        self.0.wake.notify_all();
    }
}

impl ShadowQueue {
    /// Takes a work that is to be done after the pause, where it has a place for it. No thread waits for that.
    pub(super) fn later(&self, work: ShadowWork) -> bool {
        let mut waiting = self.waiting();
        let has_place = waiting.later.len() < self.most;
        if has_place {
            waiting.later.push_back((Instant::now() + self.settle, work));
            self.wake.notify_one();
        }
        has_place
    }

    /// What is to be done now, once there is something; none where the queue is closed.
    fn next(&self) -> Option<ShadowWork> {
        let mut waiting = self.waiting();
        loop {
            if waiting.is_closed {
                return None;
            }
            let pause = waiting.later.front().map(|(due, _)| due.saturating_duration_since(Instant::now()));
            if pause.is_some_and(|pause| pause.is_zero()) {
                return waiting.later.pop_front().map(|(_, work)| work);
            }
            if let Some(work) = waiting.now.pop_front() {
                return Some(work);
            }
            waiting = match pause {
                None => self.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(pause) => self.wake.wait_timeout(waiting, pause).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
