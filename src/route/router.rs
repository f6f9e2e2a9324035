use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::closed::ClosedSide;
use super::measure::{RouteCounts, ShadowEnd};
use super::settings::{Backends, RouteOptions};
use super::share::Share;
use super::shared::Shared;
use super::side::Side;
use super::standing::Standing;
use super::writing;
use crate::error::{Code, Error, Result};

/// Which side serves a read or takes a write now. A handle: its clones are of the same route.
///
/// ```no_run
/// # #[cfg(all(feature = "sqlite", feature = "postgres"))]
/// # async fn start() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use schemactl::route::{Route, RouteOptions, Side};
///
/// let options = RouteOptions::from_env(["orders"])?;
/// let route = Route::watched(options, "sqlite:app.db", "postgresql://app@db.internal/shop").await?;
/// let orders = route.reads("orders")?;
///
/// match orders.side("user 7") {
///     Side::Sqlite => { /* SELECT there */ }
///     Side::Postgres => { /* or there */ }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Route(Arc<Shared>);

impl Route {
    /// Makes one for an application that uses one database alone, and looks at nothing.
    ///
    /// ```
    /// use schemactl::route::{Backends, Route, RouteOptions, Side};
    ///
    /// let route = Route::fixed(RouteOptions::new(Backends::Sqlite).kind("orders"))?;
    /// assert_eq!(route.reads("orders")?.side("user 7"), Side::Sqlite);
    /// # Ok::<(), schemactl::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidValue`]: the settings name both databases. Which one is written only a look can say: `Route::watched`.
    pub fn fixed(options: RouteOptions) -> Result<Self> {
        let standing = match options.backends {
            Backends::Sqlite => Standing::Sqlite { lag: None },
            Backends::Postgres => Standing::Postgres { lag: None },
            Backends::Both { .. } => {
                return Err(Error::new(
                    Code::InvalidValue,
                    "both databases are used, and nobody looks which one is written",
                )
                .with_hint("watch the move: Route::watched"));
            }
        };
        Self::told(options, standing)
    }

    /// Makes one that is told by the application how both sides stand: where it looks by drivers of its own. [`tell`](Self::tell) tells it anew.
    ///
    /// # Errors
    /// [`Code::NoSideOpen`]: the settings and the standing contradict each other. [`Code::InvalidValue`]: the settings contradict themselves.
    pub fn told(options: RouteOptions, standing: Standing) -> Result<Self> {
        Shared::new(options, standing, None).map(|shared| Self(Arc::new(shared)))
    }

    /// Looks at both sides, and goes on looking as often as [`RouteOptions::interval`] says: by a thread of its own with a connection to each, until the last handle is dropped. The URLs are
    /// those that `sqlite::up_url` and `postgres::up_url` take. The role has to be allowed to read the tables of the move beside the history.
    ///
    /// # Errors
    /// A side cannot be looked at. [`Code::NoSideOpen`]: what is seen contradicts the settings, or itself.
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    pub async fn watched(options: RouteOptions, sqlite: &str, postgres: &str) -> Result<Self> {
        super::lookout::begin(options, sqlite, postgres).await.map(Self)
    }

    /// The same for an application without a runtime.
    ///
    /// # Errors
    /// As [`watched`](Self::watched).
    #[cfg(all(feature = "sqlite", feature = "postgres"))]
    pub fn watched_blocking(options: RouteOptions, sqlite: &str, postgres: &str) -> Result<Self> {
        super::lookout::begin_blocking(options, sqlite, postgres).map(Self)
    }

    /// Returns how both sides stood when they were last looked at.
    pub fn standing(&self) -> Standing {
        self.0.standing()
    }

    /// Tells how both sides stand now. Of a route that is [`watched`](Self::watched), the next look is right again.
    pub fn tell(&self, standing: Standing) {
        self.0.see(standing);
    }

    /// Returns the reads of a kind. An application keeps it, and asks it for each read.
    ///
    /// # Errors
    /// [`Code::InvalidValue`]: the options do not have this kind.
    pub fn reads(&self, kind: &str) -> Result<Reads> {
        let share = self.0.options.share(kind)?;
        Ok(Reads { shared: Arc::clone(&self.0), kind: kind.into(), share })
    }

    /// Writes on the side that is open now.
    ///
    /// `write` is one whole transaction on the side that it is given: it begins and commits it, or returns the error with which it failed. Where that is the fence of a move
    /// ([`ClosedSide`]), nothing was done, and it is called again on the side that is open then, until [`RouteOptions::deadline`]. Any other result is returned, so that no write is
    /// done twice. What does not fit in one transaction does not belong in it.
    ///
    /// ```
    /// # #[cfg(all(feature = "sqlite", feature = "postgres"))]
    /// # mod application {
    /// use schemactl::route::{Route, Side};
    ///
    /// type Failure = Box<dyn std::error::Error + Send + Sync>;
    ///
    /// async fn place(route: &Route, path: &str, client: &tokio_postgres::Client, order: i64) -> Result<(), Failure> {
    ///     route
    ///         .write(|side| async move {
    ///             match side {
    ///                 Side::Sqlite => {
    ///                     // From a pool, and by `spawn_blocking`.
    ///                     let connection = rusqlite::Connection::open(path)?;
    ///                     connection.execute("INSERT INTO orders (id) VALUES (?1)", [order])?;
    ///                 }
    ///                 Side::Postgres => {
    ///                     client.execute("INSERT INTO orders (id) VALUES ($1)", &[&order]).await?;
    ///                 }
    ///             }
    ///             Ok(())
    ///         })
    ///         .await
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// What `write` returns. Where no side took it in time: the error of the last fence, or [`Code::NoSideOpen`] where it was not tried.
    pub async fn write<T, E, F, R>(&self, write: F) -> Result<T, E>
    where
        F: FnMut(Side) -> R,
        R: Future<Output = Result<T, E>>,
        E: ClosedSide + From<Error>,
    {
        writing::write(&self.0, write).await
    }

    /// The same for an application without a runtime.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_blocking<T, E>(&self, write: impl FnMut(Side) -> Result<T, E>) -> Result<T, E>
    where
        E: ClosedSide + From<Error>,
    {
        writing::write_blocking(&self.0, write)
    }

    /// Returns what was counted since the route was made.
    pub fn counts(&self) -> RouteCounts {
        self.0.measures.counts()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("options", &self.0.options).field("standing", &self.standing()).finish()
    }
}

/// The reads of one kind.
#[derive(Clone)]
pub struct Reads {
    shared: Arc<Shared>,
    kind: Arc<str>,
    share: Share,
}

impl Reads {
    /// Returns the side that serves a read now. The same key meets the same side, for as long as PostgreSQL is not too far behind: a user, a session, a tenant.
    pub fn side(&self, key: impl AsRef<[u8]>) -> Side {
        let turn = self.shared.read(self.share, key.as_ref());
        if turn.is_held_back {
            self.shared.measures.held_back(&self.kind);
        }
        turn.side
    }

    /// Reads on the side that serves it now, counted and measured.
    ///
    /// # Errors
    /// What `read` returns.
    pub async fn read<T, E, R>(&self, key: impl AsRef<[u8]>, read: impl FnOnce(Side) -> R) -> Result<T, E>
    where
        R: Future<Output = Result<T, E>>,
    {
        self.answer(key.as_ref(), read).await.1
    }

    /// The same for an application without a runtime.
    ///
    /// # Errors
    /// What `read` returns.
    pub fn read_blocking<T, E>(&self, key: impl AsRef<[u8]>, read: impl FnOnce(Side) -> Result<T, E>) -> Result<T, E> {
        self.answer_blocking(key.as_ref(), read).1
    }

    /// What is read, and where.
    pub(super) async fn answer<T, E, R>(&self, key: &[u8], read: impl FnOnce(Side) -> R) -> (Side, Result<T, E>)
    where
        R: Future<Output = Result<T, E>>,
    {
        let (side, began) = (self.side(key), Instant::now());
        let done = read(side).await;
        self.shared.measures.read(&self.kind, side, began.elapsed(), done.is_ok());
        (side, done)
    }

    pub(super) fn answer_blocking<T, E>(
        &self,
        key: &[u8],
        read: impl FnOnce(Side) -> Result<T, E>,
    ) -> (Side, Result<T, E>) {
        let (side, began) = (self.side(key), Instant::now());
        let done = read(side);
        self.shared.measures.read(&self.kind, side, began.elapsed(), done.is_ok());
        (side, done)
    }

    /// The other side, where it is to hold the same.
    pub(super) fn shadow_of(&self, side: Side) -> Option<Side> {
        self.shared.both_are_level().then(|| side.other())
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// Notes what has become of a shadow, whose first read took so long.
    pub(super) fn shadowed(&self, end: ShadowEnd, took: Duration) {
        self.shared.measures.shadow(&self.kind, end, took);
    }
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reads").field("kind", &self.kind).field("share", &self.share).finish_non_exhaustive()
    }
}
