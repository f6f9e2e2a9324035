//! What was decided about reads and writes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::share::Share;
use super::side::Side;
use crate::error::{Code, Error, Result, did_you_mean};

/// The databases that an application uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backends {
    /// SQLite alone.
    Sqlite,
    /// PostgreSQL alone.
    Postgres,
    /// Both, while data moves: the move says which one is written.
    Both {
        /// How many reads PostgreSQL serves while SQLite is still written. After the switch it serves all.
        reads: Share,
    },
}

/// How an application stands to both sides of a move. Of code, or of the environment: [`from_env`](Self::from_env).
///
/// ```
/// use std::time::Duration;
/// use schemactl::route::{Backends, RouteOptions, Share};
///
/// let options = RouteOptions::new(Backends::Both { reads: Share::percent(10)? })
///     .kind("orders")
///     .kind_with("health", Share::ALL)
///     .max_lag(Duration::from_secs(5));
/// # let _ = options;
/// # Ok::<(), schemactl::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RouteOptions {
    pub(super) backends: Backends,
    /// Each kind of read, with its own share where it has one.
    pub(super) kinds: BTreeMap<String, Option<Share>>,
    pub(super) max_lag: Duration,
    pub(super) deadline: Duration,
    pub(super) interval: Duration,
    pub(super) table: String,
    pub(super) schema: Option<String>,
}

impl RouteOptions {
    /// Creates the defaults for these databases.
    pub fn new(backends: Backends) -> Self {
        Self {
            backends,
            kinds: BTreeMap::new(),
            max_lag: Duration::from_secs(10),
            deadline: Duration::from_secs(15),
            interval: Duration::from_secs(1),
            table: "schema_migrations".to_owned(),
            schema: None,
        }
    }

    /// Declares a kind of read, which has the share of [`Backends::Both`].
    #[must_use]
    pub fn kind(mut self, name: impl Into<String>) -> Self {
        self.kinds.entry(name.into()).or_default();
        self
    }

    /// Declares a kind of read with a share of its own: health checks first, then what matters more.
    #[must_use]
    pub fn kind_with(mut self, name: impl Into<String>, share: Share) -> Self {
        self.kinds.insert(name.into(), Some(share));
        self
    }

    /// Sets how far PostgreSQL may be behind to serve reads before the switch. Default: 10 s.
    #[must_use]
    pub fn max_lag(mut self, lag: Duration) -> Self {
        self.max_lag = lag;
        self
    }

    /// Sets how long a write waits where no side is open. It is to be longer than the deadline of the switch and the five seconds after which SQLite opens by itself. Default: 15 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets how often both sides are looked at, at most 100 times in a second. A write that is refused has them looked at too. Default: 1 s.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(Duration::from_millis(10));
        self
    }

    /// Sets the name of the history table, as [`Options::table`](crate::Options::table): the tables of a move are named after it.
    #[must_use]
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = table.into();
        self
    }

    /// Sets the PostgreSQL schema of the history table, as [`Options::schema`](crate::Options::schema). Default: where the search path leads.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Returns the databases that are used.
    pub fn backends(&self) -> Backends {
        self.backends
    }

    /// The share of a kind of read.
    pub(super) fn share(&self, kind: &str) -> Result<Share> {
        let Some(own) = self.kinds.get(kind) else {
            let error = Error::new(Code::InvalidValue, format!("no kind of read is called `{kind}`"))
                .with_hint("declare it: RouteOptions::kind");
            return Err(match did_you_mean(kind, self.kinds.keys().map(String::as_str)) {
                Some(hint) => error.with_hint_at(0, hint),
                None => error,
            });
        };
        Ok(match self.backends {
            Backends::Sqlite => Share::NONE,
            Backends::Postgres => Share::ALL,
            Backends::Both { reads } => own.unwrap_or(reads),
        })
    }

    /// Refuses shares that the databases do not have.
    pub(super) fn checked(self) -> Result<Self> {
        let only = match self.backends {
            Backends::Both { .. } => return Ok(self),
            Backends::Sqlite => Side::Sqlite,
            Backends::Postgres => Side::Postgres,
        };
        let fits = |share: Share| share == if only == Side::Sqlite { Share::NONE } else { Share::ALL };
        match self.kinds.iter().find(|(_, share)| share.is_some_and(|share| !fits(share))) {
            None => Ok(self),
            Some((kind, _)) => Err(Error::new(
                Code::InvalidValue,
                format!("the reads `{kind}` have a share of their own, and {only} alone is used"),
            )
            .with_hint("only where both databases are used, reads have a share")),
        }
    }
}
