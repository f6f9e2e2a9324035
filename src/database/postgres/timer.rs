//! Pauses and limits that need no timer of the runtime: an application may have built its own without `enable_time`, which shows only as a
//! panic of whoever asks it for one.
//!
//! One thread wakes all that wait. It is there while somebody waits.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// Completes after this long.
pub(super) fn sleep(duration: Duration) -> Sleep {
    // What is further away than the clock can tell is never.
    Sleep { end: Instant::now().checked_add(duration), number: None }
}

/// The result of `work`; `None` where it takes longer than the limit.
pub(super) fn within<T>(limit: Duration, work: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
    // On the heap: what waits for it would have it twice.
    let mut work = Box::pin(work);
    async move {
        tokio::select! {
            biased;
            done = &mut work => Some(done),
            () = sleep(limit) => None,
        }
    }
}

/// See [`sleep`].
pub(super) struct Sleep {
    end: Option<Instant>,
    /// Under which it waits.
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(end) = self.end else { return Poll::Pending };
        if Instant::now() >= end {
            return Poll::Ready(());
        }
        self.number = Some(TIMER.wake_at(end, self.number, context.waker()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let (Some(end), Some(number)) = (self.end, self.number) {
            TIMER.forget(end, number);
        }
    }
}

static TIMER: Timer = Timer { waiting: Mutex::new(Waiting::new()), changed: Condvar::new() };

struct Timer {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

struct Waiting {
    wakers: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    /// Whether the thread is there that wakes them.
    is_watched: bool,
}

impl Waiting {
    const fn new() -> Self {
        Self { wakers: BTreeMap::new(), next: 0, is_watched: false }
    }
}

impl Timer {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_at(&'static self, end: Instant, number: Option<u64>, waker: &Waker) -> u64 {
        let mut waiting = self.waiting();
        let number = number.unwrap_or_else(|| {
            waiting.next += 1;
            waiting.next
        });
        waiting.wakers.insert((end, number), waker.clone());
        if waiting.is_watched {
            self.changed.notify_one();
            return number;
        }
        let watching = thread::Builder::new().name("schemactl timer".to_owned()).spawn(|| self.watch());
        waiting.is_watched = watching.is_ok();
        if watching.is_err() {
            // Without a thread it asks again and again.
            thread::sleep(Duration::from_millis(1));
            waker.wake_by_ref();
        }
        number
    }

    fn forget(&self, end: Instant, number: u64) {
        self.waiting().wakers.remove(&(end, number));
        self.changed.notify_one();
    }

    /// Wakes whoever is due, until nobody waits.
    fn watch(&self) {
        let mut waiting = self.waiting();
        while let Some((end, _)) = waiting.wakers.keys().next().copied() {
            let now = Instant::now();
            if end > now {
                let waited = self.changed.wait_timeout(waiting, end - now);
                waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            if let Some((_, waker)) = waiting.wakers.pop_first() {
                // A waker may run what asks for the lock.
                drop(waiting);
                waker.wake();
                waiting = self.waiting();
            }
        }
        waiting.is_watched = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_needs_no_timer_of_a_runtime() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let order = runtime.block_on(async {
            let short = async {
                sleep(Duration::from_millis(20)).await;
                "short"
            };
            let long = async {
                sleep(Duration::from_millis(200)).await;
                "long"
            };
            let order = tokio::select! { first = long => first, first = short => first };
            assert_eq!(within(Duration::from_millis(10), sleep(Duration::MAX)).await, None);
            assert_eq!(within(Duration::MAX, async { 1 }).await, Some(1));
            order
        });
        assert_eq!(order, "short");
    }

    #[test]
    fn many_threads_wait_at_once() {
        let waiting = (0..8).map(|at| {
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for _ in 0..20 {
                    runtime.block_on(sleep(Duration::from_millis(at % 3)));
                }
            })
        });
        waiting.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
    }
}
