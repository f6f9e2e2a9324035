//! Reads on both sides, compared behind the answer.

mod course;
mod options;
mod workers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_timer::Delay;
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use self::course::{Compared, FirstRead, ShadowCourse};
use self::options::Samples;
pub use self::options::{ShadowOptions, ShadowSample};
use self::workers::Workers;
use super::measure::ShadowEnd;
use super::router::Reads;
use super::side::Side;

/// Reads on both sides: the answer is that of the side that serves the read, as soon as it is there; the other side is read then, and both are compared, where nobody waits for it.
///
/// A read has a shadow only while the side that is not written follows close enough ([`RouteOptions::max_lag`](super::RouteOptions::max_lag)): PostgreSQL before the switch, SQLite after it where the way back is open. What differs is read again on both sides after
/// [`ShadowOptions::settle`], since PostgreSQL may have been behind. A shadow that finds no place is not made, an error and a panic of it stay with it, and all are counted:
/// [`Route::counts`](super::Route::counts). A panic can be caught only where the program is not built with `panic = "abort"`.
///
/// A handle: its clones share their places and samples.
#[derive(Clone)]
pub struct Shadow(Arc<Shadows>);

struct Shadows {
    options: ShadowOptions,
    /// Places for shadows that are read.
    reading: Arc<Semaphore>,
    /// Places for those that wait to be read again.
    waiting: Arc<Semaphore>,
    samples: Arc<Samples>,
    workers: OnceLock<Workers>,
}

impl Shadow {
    /// Makes places for shadows.
    pub fn new(options: ShadowOptions) -> Self {
        let samples = Arc::new(Samples::of(options.samples));
        let places = |places: usize| Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        let (reading, waiting) = (places(options.at_most), places(options.queue));
        Self(Arc::new(Shadows { options, reading, waiting, samples, workers: OnceLock::new() }))
    }

    /// Reads on the side that serves it now, as [`Reads::read`], and then on the other one. It is to be called within a runtime of Tokio: without one, shadows are dropped.
    ///
    /// `compare` gets what SQLite has and what PostgreSQL has, and says what differs, or nothing: [`Same`](super::Same) does so for rows. What is answered is cloned, where it gets a shadow: an `Arc` makes that cheap.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use schemactl::route::{Backends, Route, RouteOptions, Shadow, ShadowOptions, Share, Side, Standing};
    ///
    /// let options = RouteOptions::new(Backends::Both { reads: Share::NONE }).kind("orders");
    /// let route = Route::told(options, Standing::sqlite(Some(Duration::ZERO)))?;
    /// let (orders, shadow) = (route.reads("orders")?, Shadow::new(ShadowOptions::new()));
    ///
    /// let read = |side: Side| async move {
    ///     // SELECT count(*) FROM orders
    ///     Ok::<_, std::io::Error>(if side == Side::Sqlite { 7 } else { 8 })
    /// };
    /// let compare = |sqlite: &i64, postgres: &i64| (sqlite != postgres).then(|| "the number of orders".to_owned());
    /// assert_eq!(shadow.read(&orders, "user 7", read, compare).await?, 7);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the read on the side that serves it returns.
    pub async fn read<T, E, F, R, C>(&self, reads: &Reads, key: impl AsRef<[u8]>, read: F, compare: C) -> Result<T, E>
    where
        F: Fn(Side) -> R + Send + 'static,
        R: Future<Output = Result<T, E>> + Send + 'static,
        T: Clone + Send + 'static,
        E: std::fmt::Display + Send + 'static,
        C: Fn(&T, &T) -> Option<String> + Send + 'static,
    {
        let key = key.as_ref();
        let (side, answer) = reads.answer(key, &read).await;
        let Ok(value) = &answer else { return answer };
        let Some(other) = reads.shadow_of(side) else { return answer };
        let place = Arc::clone(&self.0.reading).try_acquire_owned();
        let (Ok(place), Ok(runtime)) = (place, Handle::try_current()) else {
            reads.shadowed(ShadowEnd::Dropped, Duration::ZERO);
            return answer;
        };
        let course = ShadowCourse { key: key.to_vec(), other, value: value.clone(), read, compare };
        let (reads, shadows) = (reads.clone(), Arc::clone(&self.0));
        // Nobody waits for it.
        drop(runtime.spawn(async move {
            let began = Instant::now();
            let first = guarded(shadows.options.time, course.first()).await;
            let took = began.elapsed();
            drop(place);
            let end = match first {
                Ok(FirstRead::Ended(compared)) => shadows.samples.note(&reads, compared),
                Ok(FirstRead::Differs(course)) => shadows.again(&reads, course).await,
                Err(end) => end,
            };
            reads.shadowed(end, took);
        }));
        answer
    }

    /// The same for an application without a runtime: shadows are read by threads of their own. A thread cannot be stopped, so that a read without an end of its own keeps its place.
    ///
    /// # Errors
    /// What the read on the side that serves it returns.
    pub fn read_blocking<T, E, F, C>(&self, reads: &Reads, key: impl AsRef<[u8]>, read: F, compare: C) -> Result<T, E>
    where
        F: Fn(Side) -> Result<T, E> + Send + 'static,
        T: Clone + Send + 'static,
        E: std::fmt::Display + Send + 'static,
        C: Fn(&T, &T) -> Option<String> + Send + 'static,
    {
        let key = key.as_ref();
        let (side, answer) = reads.answer_blocking(key, &read);
        let Ok(value) = &answer else { return answer };
        let Some(other) = reads.shadow_of(side) else { return answer };
        let course = ShadowCourse { key: key.to_vec(), other, value: value.clone(), read, compare };
        let (of, samples) = (reads.clone(), Arc::clone(&self.0.samples));
        let work: workers::ShadowWork = Box::new(move |queue| {
            let began = Instant::now();
            let first = catch_unwind(AssertUnwindSafe(|| course.first_blocking()));
            let took = began.elapsed();
            let end = match first {
                Ok(FirstRead::Ended(compared)) => samples.note(&of, compared),
                Ok(FirstRead::Differs(course)) => {
                    let later = of.clone();
                    let second: workers::ShadowWork = Box::new(move |_| {
                        let compared = catch_unwind(AssertUnwindSafe(|| course.second_blocking()));
                        let end = compared.map(|compared| samples.note(&later, compared));
                        later.shadowed(end.unwrap_or(ShadowEnd::Panicked), took);
                    });
                    if queue.later(second) {
                        return;
                    }
                    ShadowEnd::Dropped
                }
                Err(_) => ShadowEnd::Panicked,
            };
            of.shadowed(end, took);
        });
        let options = &self.0.options;
        let start = || Workers::start(options.at_most, options.queue, options.settle);
        if !self.0.workers.get_or_init(start).take(work) {
            reads.shadowed(ShadowEnd::Dropped, Duration::ZERO);
        }
        answer
    }

    /// Takes the samples of what differed or failed since they were taken last. They have keys and what `compare` said of values, and are for whoever may see these.
    pub fn take_samples(&self) -> Vec<ShadowSample> {
        self.0.samples.take()
    }
}

impl std::fmt::Debug for Shadow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shadow").field("options", &self.0.options).finish_non_exhaustive()
    }
}

impl Shadows {
    /// Waits, without a place among those that are read, and reads both sides again.
    async fn again<T, E, F, R, C>(&self, reads: &Reads, course: ShadowCourse<T, F, C>) -> ShadowEnd
    where
        F: Fn(Side) -> R,
        R: Future<Output = Result<T, E>>,
        E: std::fmt::Display,
        C: Fn(&T, &T) -> Option<String>,
    {
        let Ok(_waits) = self.waiting.try_acquire() else { return ShadowEnd::Dropped };
        Delay::new(self.options.settle).await;
        let Ok(_place) = self.reading.acquire().await else { return ShadowEnd::Dropped };
        match guarded(self.options.time, course.second()).await {
            Ok(compared) => self.samples.note(reads, compared),
            Err(end) => end,
        }
    }
}

/// Ends what takes too long, and catches what panics.
async fn guarded<O>(time: Duration, work: impl Future<Output = O>) -> Result<O, ShadowEnd> {
    match select(AssertUnwindSafe(Box::pin(work)).catch_unwind(), Delay::new(time)).await {
        Either::Left((Ok(done), _)) => Ok(done),
        Either::Left((Err(_), _)) => Err(ShadowEnd::Panicked),
        Either::Right(_) => Err(ShadowEnd::Late),
    }
}

impl Samples {
    /// What a comparison has come to, with a sample of what is worth one.
    fn note(&self, reads: &Reads, compared: Compared) -> ShadowEnd {
        let (end, sample) = match compared {
            Compared::Equal => return ShadowEnd::Equal,
            Compared::EqualLater => return ShadowEnd::EqualLater,
            Compared::Different(key, what) => (ShadowEnd::Different, (key, what)),
            Compared::Failed(key, what) => (ShadowEnd::Failed, (key, what)),
        };
        self.add(ShadowSample { kind: reads.kind().to_owned(), key: sample.0, what: sample.1 });
        end
    }
}
