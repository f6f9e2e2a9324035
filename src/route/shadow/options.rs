use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How much shadow reads may take.
///
/// ```
/// use schemactl::route::ShadowOptions;
///
/// let options = ShadowOptions::new().at_most(8);
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct ShadowOptions {
    pub(super) at_most: usize,
    pub(super) queue: usize,
    pub(super) time: Duration,
    pub(super) settle: Duration,
    pub(super) samples: usize,
}

impl Default for ShadowOptions {
    fn default() -> Self {
        let (time, settle) = (Duration::from_secs(5), Duration::from_secs(3));
        Self { at_most: 4, queue: 64, time, settle, samples: 20 }
    }
}

impl ShadowOptions {
    /// Creates the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many shadows are read at the same time. Default: 4.
    #[must_use]
    pub fn at_most(mut self, shadows: usize) -> Self {
        self.at_most = shadows.max(1);
        self
    }

    /// Sets how many wait to be read again, and, where the application has no runtime, how many wait for a thread. Default: 64.
    #[must_use]
    pub fn queue(mut self, shadows: usize) -> Self {
        self.queue = shadows;
        self
    }

    /// Sets how long a read of a shadow may take, where the application has a runtime. Default: 5 s.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Sets after which pause both sides are read again, where they differ. It is to be longer than PostgreSQL is usually behind. Default: 3 s.
    #[must_use]
    pub fn settle(mut self, pause: Duration) -> Self {
        self.settle = pause;
        self
    }

    /// Sets how many samples are kept; of more, the last ones. Default: 20.
    #[must_use]
    pub fn samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }
}

/// A shadow read that differed or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowSample {
    /// The kind of read.
    pub kind: String,
    /// Its key.
    pub key: Vec<u8>,
    /// What differs, in the words of the comparison; or the error.
    pub what: String,
}

/// The last samples.
pub(super) struct Samples {
    most: usize,
    kept: Mutex<VecDeque<ShadowSample>>,
}

impl Samples {
    pub(super) fn of(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    pub(super) fn add(&self, sample: ShadowSample) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(sample);
        while kept.len() > self.most {
            kept.pop_front();
        }
    }

    pub(super) fn take(&self) -> Vec<ShadowSample> {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }
}
