//! Pauses and limits that need no timer of the runtime: an application may have built its own without `enable_time`, which shows only as a
//! panic of whoever asks it for one.

use std::time::{Duration, Instant};

use futures_timer::Delay;

/// As good as for ever, and no more than a clock can tell.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Completes after this long.
pub(super) fn sleep(duration: Duration) -> Delay {
    Delay::new(duration.min(LONGEST))
}

/// Completes at this time; never where there is none.
pub(super) async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep(time.saturating_duration_since(Instant::now())).await,
        None => std::future::pending().await,
    }
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
                sleep(Duration::from_secs(20)).await;
                "long"
            };
            let order = tokio::select! { first = long => first, first = short => first };
            assert_eq!(within(Duration::from_millis(10), sleep(Duration::MAX)).await, None);
            assert_eq!(within(Duration::MAX, async { 1 }).await, Some(1));
            order
        });
        assert_eq!(order, "short");
    }
}
