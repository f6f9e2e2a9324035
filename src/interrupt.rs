//! Stopping a run from outside: a signal handler, or another thread.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Wake = Box<dyn Fn() + Send>;

/// A token that stops a run: the step at hand is rolled back, or its journal says how far it came.
///
/// ```
/// let interrupt = schemactl::Interrupt::new();
/// let options = schemactl::Options::new().interrupt(interrupt.clone());
/// // In a signal handler's thread:
/// interrupt.trigger();
/// assert!(interrupt.is_triggered());
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
pub struct Interrupt(Arc<InterruptState>);

#[derive(Default)]
struct InterruptState {
    triggered: AtomicBool,
    next: AtomicU64,
    /// What stops the statements that run now: `sqlite3_interrupt`, or a cancel request.
    wakes: Mutex<Vec<(u64, Wake)>>,
}

impl Interrupt {
    /// Creates a token that is not triggered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the run. Calling it again interrupts again a statement that started meanwhile.
    pub fn trigger(&self) {
        self.0.triggered.store(true, Ordering::SeqCst);
        self.wakes().iter().for_each(|(_, wake)| wake());
    }

    /// Returns whether the token was triggered.
    pub fn is_triggered(&self) -> bool {
        self.0.triggered.load(Ordering::SeqCst)
    }

    /// Calls `wake` when the token is triggered, until the guard is dropped.
    pub(crate) fn on_trigger(&self, wake: impl Fn() + Send + 'static) -> WakeGuard {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.wakes().push((number, Box::new(wake)));
        WakeGuard { interrupt: self.clone(), number }
    }

    fn wakes(&self) -> MutexGuard<'_, Vec<(u64, Wake)>> {
        // A panic in a wake function leaves the list as it was, which is a valid state.
        self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").field("triggered", &self.is_triggered()).finish_non_exhaustive()
    }
}

/// Takes the wake function away when the statement it belongs to is over.
pub(crate) struct WakeGuard {
    interrupt: Interrupt,
    number: u64,
}

impl Drop for WakeGuard {
    fn drop(&mut self) {
        self.interrupt.wakes().retain(|(number, _)| *number != self.number);
    }
}
