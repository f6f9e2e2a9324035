//! Points at which a test can kill the process, as a power cut would. Compiled in only for tests.

/// Aborts here when `SCHEMACTL_FAULT` is `<number>` and so many points have been passed before, or
/// `<number>:<name>` and so many points of that name have.
#[cfg(any(test, feature = "fault-points"))]
pub(crate) fn point(name: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PASSED: AtomicUsize = AtomicUsize::new(0);

    let Ok(wanted) = std::env::var("SCHEMACTL_FAULT") else { return };
    let (count, only) = wanted.split_once(':').map_or((wanted.as_str(), None), |(count, only)| (count, Some(only)));
    if only.is_none_or(|only| only == name) && count.parse() == Ok(PASSED.fetch_add(1, Ordering::SeqCst)) {
        eprintln!("fault point: {name}");
        std::process::abort();
    }
}

/// Nothing, outside of tests.
#[cfg(not(any(test, feature = "fault-points")))]
pub(crate) fn point(_name: &str) {}
