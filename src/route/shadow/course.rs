//! The course of one shadow read: once beside the answer, and, where both differ, once more on both sides.

use std::fmt::Display;

use crate::route::side::Side;

/// What both sides are compared by.
pub(super) struct ShadowCourse<T, F, C> {
    pub(super) key: Vec<u8>,
    /// The side that did not answer.
    pub(super) other: Side,
    /// What the other one has answered.
    pub(super) value: T,
    pub(super) read: F,
    pub(super) compare: C,
}

/// What a shadow has come to: with the key, where it is worth a sample.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Compared {
    Equal,
    EqualLater,
    Different(Vec<u8>, String),
    Failed(Vec<u8>, String),
}

/// What the first read has come to.
pub(super) enum FirstRead<C> {
    Ended(Compared),
    /// Both differ: PostgreSQL may have been behind.
    Differs(C),
}

impl<T, F, C: Fn(&T, &T) -> Option<String>> ShadowCourse<T, F, C> {
    /// With a runtime.
    pub(super) async fn first<E: Display, R>(self) -> FirstRead<Self>
    where
        F: Fn(Side) -> R,
        R: Future<Output = Result<T, E>>,
    {
        let shadow = (self.read)(self.other).await;
        self.compared(&shadow)
    }

    /// Reads one after the other: where a row is written all the time, no pause makes both the same moment.
    pub(super) async fn second<E: Display, R>(self) -> Compared
    where
        F: Fn(Side) -> R,
        R: Future<Output = Result<T, E>>,
    {
        let sqlite = (self.read)(Side::Sqlite).await;
        let postgres = (self.read)(Side::Postgres).await;
        self.again(sqlite, postgres)
    }

    /// Without one.
    pub(super) fn first_blocking<E: Display>(self) -> FirstRead<Self>
    where
        F: Fn(Side) -> Result<T, E>,
    {
        let shadow = (self.read)(self.other);
        self.compared(&shadow)
    }

    pub(super) fn second_blocking<E: Display>(self) -> Compared
    where
        F: Fn(Side) -> Result<T, E>,
    {
        let (sqlite, postgres) = ((self.read)(Side::Sqlite), (self.read)(Side::Postgres));
        self.again(sqlite, postgres)
    }

    fn compared<E: Display>(self, shadow: &Result<T, E>) -> FirstRead<Self> {
        let difference = match (shadow, self.other) {
            (Err(error), _) => return FirstRead::Ended(Compared::Failed(self.key, error.to_string())),
            (Ok(shadow), Side::Sqlite) => (self.compare)(shadow, &self.value),
            (Ok(shadow), Side::Postgres) => (self.compare)(&self.value, shadow),
        };
        if difference.is_none() { FirstRead::Ended(Compared::Equal) } else { FirstRead::Differs(self) }
    }

    fn again<E: Display>(self, sqlite: Result<T, E>, postgres: Result<T, E>) -> Compared {
        match (sqlite, postgres) {
            (Ok(sqlite), Ok(postgres)) => match (self.compare)(&sqlite, &postgres) {
                None => Compared::EqualLater,
                Some(what) => Compared::Different(self.key, what),
            },
            (Err(error), _) | (_, Err(error)) => Compared::Failed(self.key, error.to_string()),
        }
    }
}
