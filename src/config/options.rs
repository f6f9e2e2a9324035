use std::sync::Arc;
use std::time::Duration;

use super::TakeOver;
use super::policy::{
    Connections, Edits, ExistingDatabase, Fingerprinting, NewerDatabase, Order, ScratchOwner, TransactionMode,
};
use super::undo::{IgnoredUndo, UndoKeep, UndoPolicy, UndoSettings};
use crate::catalog::{Ignore, NoPattern, Pattern};
use crate::error::{Code, Error, Result};
use crate::event::{Event, Observer};
use crate::interrupt::Interrupt;
use crate::source::Script;

/// Policies and limits of a run. The defaults are those of the command.
///
/// ```
/// use std::time::Duration;
/// let options = schemactl::Options::new()
///     .table("app_migrations")
///     .lock_wait(Duration::from_secs(60))
///     .application("shop 1.4.0");
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct Options {
    pub(crate) table: String,
    pub(crate) schema: Option<String>,
    pub(crate) order: Order,
    pub(crate) newer_database: NewerDatabase,
    pub(crate) existing_database: ExistingDatabase,
    /// Whose record is taken over before the first step; none where none is.
    pub(crate) take_over: Option<TakeOver>,
    pub(crate) edits: Edits,
    pub(crate) transaction: TransactionMode,
    pub(crate) accept_data_loss: bool,
    pub(crate) keep_changed: bool,
    pub(crate) lock_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) lock_wait: Duration,
    pub(crate) connections: Connections,
    pub(crate) application: String,
    pub(crate) fingerprinting: Fingerprinting,
    pub(crate) ignore: Ignore,
    /// What is kept of the rows that a step changes.
    pub(crate) undo: UndoSettings,
    pub(crate) ground: ScratchOwner,
    /// What runs first in each scratch database, and counts as its ground.
    pub(crate) scratch_setup: Option<Arc<Script>>,
    /// What the URL came from, in the words of the command, which alone reads one from somewhere.
    pub(crate) url_from: Option<String>,
    pub(crate) observer: Observer,
    pub(crate) interrupt: Interrupt,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            table: "schema_migrations".to_owned(),
            schema: None,
            order: Order::default(),
            newer_database: NewerDatabase::default(),
            existing_database: ExistingDatabase::default(),
            take_over: None,
            edits: Edits::default(),
            transaction: TransactionMode::default(),
            accept_data_loss: false,
            keep_changed: false,
            lock_timeout: Duration::from_secs(3),
            statement_timeout: Duration::ZERO,
            lock_wait: Duration::from_secs(300),
            connections: Connections::default(),
            application: String::new(),
            fingerprinting: Fingerprinting::default(),
            ignore: Ignore::default(),
            undo: UndoSettings::default(),
            ground: ScratchOwner::default(),
            scratch_setup: None,
            url_from: None,
            observer: Observer::default(),
            interrupt: Interrupt::new(),
        }
    }
}

impl Options {
    /// Creates the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of the history table; the log is named after it, `<table>_log`. Default: `schema_migrations`.
    #[must_use]
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.table = table.into();
        self
    }

    /// Sets the PostgreSQL schema of the history table, created where it is missing. Default: the first schema of the
    /// search path that exists. SQLite has none and ignores it.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Sets what to do with a pending version lower than an applied one. Default: refuse.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets what to do when the database is newer than the files. Default: refuse.
    #[must_use]
    pub fn newer_database(mut self, policy: NewerDatabase) -> Self {
        self.newer_database = policy;
        self
    }

    /// Sets what to do when the file of an applied migration was edited. Default: refuse with [`Code::Modified`](crate::Code::Modified).
    /// An application has nobody to type `schemactl repair`: with [`Edits::Comments`] a corrected comment does not keep it from starting.
    #[must_use]
    pub fn edits(mut self, policy: Edits) -> Self {
        self.edits = policy;
        self
    }

    /// Sets what to do with a database that has no history yet, and that another tool has migrated or that has tables which the
    /// migrations make. Default: refuse with [`Code::ExistingDatabase`](crate::Code::ExistingDatabase). Where nothing of that is
    /// there, tables of others do not count.
    ///
    /// ```
    /// use schemactl::{ExistingDatabase, Options};
    /// let options = Options::new().existing_database(ExistingDatabase::Allow);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn existing_database(mut self, policy: ExistingDatabase) -> Self {
        self.existing_database = policy;
        self
    }

    /// Takes over, before the first step, what another tool has recorded as applied, as `adopt` does: where this database has no history
    /// yet, and that tool's table is there. Default: such a database is refused.
    ///
    /// ```
    /// use schemactl::{Options, Tool};
    /// let options = Options::new().take_over(Tool::Refinery);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn take_over(mut self, from: impl Into<TakeOver>) -> Self {
        self.take_over = Some(from.into());
        self
    }

    /// Sets how many steps share a transaction. Default: each has its own.
    #[must_use]
    pub fn transaction(mut self, mode: TransactionMode) -> Self {
        self.transaction = mode;
        self
    }

    /// Sets whether a `down` may lose data. Default: it is refused with [`Code::DataLoss`](crate::Code::DataLoss), which names each
    /// table and column that holds data now, with its count; where all of them are empty, nothing is lost and it runs. Rows that somebody has changed since the
    /// up are put back as well, unless [`keep_changed`](Self::keep_changed) says that they stay.
    #[must_use]
    pub fn accept_data_loss(mut self, accept: bool) -> Self {
        self.accept_data_loss = accept;
        self
    }

    /// Sets whether a `down` leaves rows as people made them that the up changed and somebody else since, and takes back all others. Default: it is refused
    /// with [`Code::RowsChanged`](crate::Code::RowsChanged), which names these rows. What else a `down` would lose is asked for all the same: with
    /// [`accept_data_loss`](Self::accept_data_loss) it may go, and these rows stay.
    #[must_use]
    pub fn keep_changed(mut self, keep: bool) -> Self {
        self.keep_changed = keep;
        self
    }

    /// Sets how long a statement may wait for a table's lock before it gives up, backs off and is tried again;
    /// PostgreSQL's `lock_timeout`. Default: 3 seconds. Zero waits for ever.
    #[must_use]
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// Sets how long a statement may run; PostgreSQL's `statement_timeout`. Default: zero, for no limit.
    #[must_use]
    pub fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// Sets how long to wait in all: for another runner to finish, and for a step's locks through its retries.
    /// Default: 5 minutes.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Sets how many connections a run by URL takes on PostgreSQL. Default: two, of which one holds the lock.
    #[must_use]
    pub fn connections(mut self, connections: Connections) -> Self {
        self.connections = connections;
        self
    }

    /// Sets the application's name and version, as the history records who applied a migration.
    #[must_use]
    pub fn application(mut self, name: impl Into<String>) -> Self {
        self.application = name.into();
        self
    }

    /// Sets whether a run that changed something reads the catalog, in one round trip before its first step and after each of the last three, and
    /// records its fingerprint. Where schema.lock has what a step leads to, it is read after the last one alone. Default: it does not.
    #[must_use]
    pub fn fingerprinting(mut self, fingerprinting: Fingerprinting) -> Self {
        self.fingerprinting = fingerprinting;
        self
    }

    /// Leaves objects that are somebody else's out of the fingerprint: `table audit_*`, `audit.*`. Give the patterns that `ignore` in
    /// schema.toml has.
    ///
    /// # Errors
    /// [`Code::InvalidValue`]: the text is no pattern.
    ///
    /// ```
    /// let options = schemactl::Options::new().ignore("table spatial_*")?;
    /// # let _ = options;
    /// # Ok::<(), schemactl::Error>(())
    /// ```
    pub fn ignore(mut self, pattern: &str) -> Result<Self> {
        let parsed = Pattern::parse(pattern).map_err(|no| no_pattern("ignore", pattern, no))?;
        self.ignore.patterns.push(parsed);
        Ok(self)
    }

    /// Leaves what is in other PostgreSQL schemas out of the fingerprint, as [`ignore`](Self::ignore) does: where several applications
    /// share a database. Give the names that `schemas` in schema.toml has. Default: all schemas count.
    ///
    /// ```
    /// let options = schemactl::Options::new().schemas(["core", "audit"]);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn schemas(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.ignore.schemas = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how much is kept of the rows that a step changes, so that its down puts them back. Default: what a step of up to 10,000 rows and
    /// 64 MB changes. A file may say otherwise, by `-- schemactl: undo = all`.
    ///
    /// ```
    /// use schemactl::{Options, UndoPolicy};
    /// let options = Options::new().undo(UndoPolicy::All);
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn undo(mut self, policy: UndoPolicy) -> Self {
        self.undo.policy = policy;
        self
    }

    /// Sets how long it is kept. Default: 30 days. Zero keeps nothing, as [`UndoPolicy::None`] does, whatever a file says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use schemactl::{Options, UndoKeep};
    /// let a_week = Options::new().undo_keep(Duration::from_secs(7 * 86_400));
    /// let always = Options::new().undo_keep(UndoKeep::Forever);
    /// # let _ = (a_week, always);
    /// ```
    #[must_use]
    pub fn undo_keep(mut self, keep: impl Into<UndoKeep>) -> Self {
        self.undo.keep = keep.into();
        self
    }

    /// Keeps no values of a column, or of a table: `users.email`, `*.password`, `sessions`. What the up changes of them is lost with it. Give
    /// the patterns that `ignore_undo` in schema.toml has.
    ///
    /// # Errors
    /// [`Code::InvalidValue`]: the text is no pattern.
    ///
    /// ```
    /// let options = schemactl::Options::new().ignore_undo("users.email")?.ignore_undo("*.password")?;
    /// # let _ = options;
    /// # Ok::<(), schemactl::Error>(())
    /// ```
    pub fn ignore_undo(mut self, pattern: &str) -> Result<Self> {
        let parsed = IgnoredUndo::parse(pattern).map_err(|no| no_pattern("ignore_undo", pattern, no))?;
        self.undo.ignored.push(parsed);
        Ok(self)
    }

    /// What counts in no comparison: what is asked for, and the tables of other tools that `adopt` keeps beside the history.
    pub(crate) fn ignored(&self) -> Ignore {
        // A long name is cut off there, to at least this many letters.
        let start: String = self.table.chars().take(12).collect();
        let kept = Pattern::parse(&format!("table {start}*_before_adopt*")).ok();
        let mut ignore = self.ignore.clone();
        ignore.patterns.extend(kept);
        ignore
    }

    /// Calls `observer` with every event of a run, on the thread that runs it.
    ///
    /// ```
    /// let options = schemactl::Options::new().on_event(|event| eprintln!("{event}"));
    /// # let _ = options;
    /// ```
    #[must_use]
    pub fn on_event(mut self, observer: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(Arc::new(observer));
        self
    }

    /// Stops the run when `interrupt` is triggered: the step at hand is rolled back or journaled.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }
}

fn no_pattern(option: &str, pattern: &str, no: NoPattern) -> Error {
    let error = Error::new(Code::InvalidValue, format!("`{option}` cannot have `{pattern}`: {}", no.reason));
    no.hint.into_iter().fold(error, Error::with_hint)
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("table", &self.table).field("schema", &self.schema).finish_non_exhaustive()
    }
}
