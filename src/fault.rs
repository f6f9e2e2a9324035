//! Points at which a test can kill the process, as a power cut would. Compiled in only for tests.

/// Aborts here when `SCHEMACTL_FAULT` is `<number>` and so many points have been passed before, or
/// `<number>:<name>` and so many points of that name have.
#[cfg(any(test, feature = "fault-points"))]
pub(crate) fn point(name: &str) {
    pass(name, |only| only.is_none_or(|only| only == name));
}

/// A point that a run passes often: it counts where it is asked for by its name alone.
#[cfg(all(any(test, feature = "fault-points"), feature = "postgres"))]
pub(crate) fn frequent_point(name: &str) {
    pass(name, |only| only == Some(name));
}

#[cfg(any(test, feature = "fault-points"))]
fn pass(name: &str, counts: impl FnOnce(Option<&str>) -> bool) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PASSED: AtomicUsize = AtomicUsize::new(0);

    let Ok(wanted) = std::env::var("SCHEMACTL_FAULT") else { return };
    let (count, only) = wanted.split_once(':').map_or((wanted.as_str(), None), |(count, only)| (count, Some(only)));
    if counts(only) && count.parse() == Ok(PASSED.fetch_add(1, Ordering::SeqCst)) {
        eprintln!("fault point: {name}");
        std::process::abort();
    }
}

/// Nothing, outside of tests.
#[cfg(not(any(test, feature = "fault-points")))]
pub(crate) fn point(_name: &str) {}

/// Nothing, outside of tests.
#[cfg(all(not(any(test, feature = "fault-points")), feature = "postgres"))]
pub(crate) fn frequent_point(_name: &str) {}
