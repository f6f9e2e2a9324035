//! The course of one shadow read.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use futures_timer::Delay;

use super::options::Samples;
use crate::route::router::Reads;
use crate::route::side::Side;

/// What both sides are compared by.
pub(super) struct ShadowCourse<T, F, C> {
    pub(super) reads: Reads,
    pub(super) key: Vec<u8>,
    /// The side that did not answer.
    pub(super) other: Side,
    /// What the other one has answered.
    pub(super) value: T,
    pub(super) read: F,
    pub(super) compare: C,
    pub(super) settle: Duration,
    pub(super) samples: Arc<Samples>,
}

/// What it has come to: with the key, where it is worth a sample.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Equal,
    EqualLater,
    Different(Vec<u8>, String),
    Failed(Vec<u8>, String),
}

impl<T, F, C: Fn(&T, &T) -> Option<String>> ShadowCourse<T, F, C> {
    /// What differs, where one of both is that of a side.
    fn difference(&self, side: Side, of_side: &T, of_other: &T) -> Option<String> {
        match side {
            Side::Sqlite => (self.compare)(of_side, of_other),
            Side::Postgres => (self.compare)(of_other, of_side),
        }
    }

    /// What is said of both sides that were read again.
    fn again(self, sqlite: &T, postgres: &T) -> Compared {
        match self.difference(Side::Sqlite, sqlite, postgres) {
            None => Compared::EqualLater,
            Some(what) => Compared::Different(self.key, what),
        }
    }
}

impl<T, F, C> ShadowCourse<T, F, C>
where
    C: Fn(&T, &T) -> Option<String>,
{
    /// With a runtime.
    pub(super) async fn run<E: Display, R>(self) -> Compared
    where
        F: Fn(Side) -> R,
        R: Future<Output = Result<T, E>>,
    {
        match (self.read)(self.other).await {
            Err(error) => return Compared::Failed(self.key, error.to_string()),
            Ok(shadow) if self.difference(self.other, &shadow, &self.value).is_none() => return Compared::Equal,
            Ok(_) => {}
        }
        Delay::new(self.settle).await;
        // One after the other: where the row is written all the time, no pause makes both the same moment.
        let sqlite = (self.read)(Side::Sqlite).await;
        let postgres = (self.read)(Side::Postgres).await;
        match (sqlite, postgres) {
            (Ok(sqlite), Ok(postgres)) => self.again(&sqlite, &postgres),
            (Err(error), _) | (_, Err(error)) => Compared::Failed(self.key, error.to_string()),
        }
    }

    /// Without one.
    pub(super) fn run_blocking<E: Display>(self) -> Compared
    where
        F: Fn(Side) -> Result<T, E>,
    {
        match (self.read)(self.other) {
            Err(error) => return Compared::Failed(self.key, error.to_string()),
            Ok(shadow) if self.difference(self.other, &shadow, &self.value).is_none() => return Compared::Equal,
            Ok(_) => {}
        }
        std::thread::sleep(self.settle);
        match ((self.read)(Side::Sqlite), (self.read)(Side::Postgres)) {
            (Ok(sqlite), Ok(postgres)) => self.again(&sqlite, &postgres),
            (Err(error), _) | (_, Err(error)) => Compared::Failed(self.key, error.to_string()),
        }
    }
}
