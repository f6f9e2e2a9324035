//! The hooks for PostgreSQL.
//!
//! Everything goes through the simple query protocol: only it takes a step and its record in one message, and it needs no
//! prepared statement, so that it passes through `PgBouncer` in transaction mode.

mod adopt;
mod arrival;
mod blockers;
mod carried;
mod compile;
pub(crate) mod connect;
mod copies;
mod copy;
mod count;
mod digest;
mod elsewhere;
mod failure;
mod found;
mod fresh;
mod glance;
mod history;
mod holder;
pub(crate) mod inspect;
mod keys;
mod limit;
mod lock;
mod message;
mod meter;
mod moved;
mod order;
mod outside;
mod pause;
pub(crate) mod print;
mod privilege;
mod record;
mod rehearse;
mod restore;
pub(crate) mod sandbox;
pub(crate) mod scratch;
mod second;
mod session;
mod settle;
mod shape;
mod state;
mod step;
mod stored;
mod tables;
mod timer;
mod undo;
mod watch;
mod whereabouts;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio_postgres::Client;

#[cfg(all(feature = "project", feature = "sqlite"))]
pub(crate) use self::failure::of_driver;
#[cfg(all(feature = "project", feature = "sqlite"))]
pub(crate) use self::history::log_statement;

use self::carried::Carried;
use self::connect::ConnectSettings;
use self::fresh::Belongings;
use self::keys::AdvisoryKeys;
use self::lock::{JournalLock, RunLock};
use self::restore::SessionState;
use self::session::Session;
use self::tables::Tables;
use super::{
    Counted, Detail, Entered, Failure, Held, HistoryTables, Holder, Inspect, Inspection, Job, Journaling, Look,
    Prelude, Reader, Rehearsal, Settled, Takeover, Tried, Write, Writer,
};
use crate::catalog::{Catalog, CatalogMoment, MoveTraces, SeenCatalog, Skimmed};
use crate::config::Options;
use crate::error::{Hint, Result};
use crate::history::{Found, LedgerRow, LocatedTable, Stored, Whereabouts};
use crate::plan::{Obstacle, Sought};
use crate::source::{Head, Requirement};
use crate::sql::{Dialect, OwnStatement, Risk, Statement};
use crate::version::Version;

/// The rows in the answer to a simple query.
pub(crate) fn rows_of(answer: Vec<tokio_postgres::SimpleQueryMessage>) -> Vec<tokio_postgres::SimpleQueryRow> {
    let row = |message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    };
    answer.into_iter().filter_map(row).collect()
}

/// A PostgreSQL database: the application's client, or connections of our own.
pub(crate) struct PostgresDatabase<'c> {
    session: Session<'c>,
    /// How to open a second connection, for the lock; the application's client comes without.
    settings: Option<ConnectSettings>,
    purpose: SessionPurpose,
    /// How long the first one took to open.
    opening: Duration,
    options: Options,
    tables: Tables,
    /// Known once something is to be changed.
    prepared: Option<Prepared>,
    /// Whether rows are kept whose time is over, as the history's last row was read.
    has_expired: bool,
    lock: Option<RunLock>,
    /// How long a statement of the try at hand may wait for a lock.
    patience: Duration,
    /// Held while a step runs statement by statement.
    journal_lock: Option<JournalLock>,
    /// What statements of the step at hand set, which runs statement by statement: it holds for the statements that follow.
    carried: Carried,
}

/// What a database is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SessionPurpose {
    /// To change it.
    Run,
    /// To try what would be changed, and take it back.
    Rehearse,
    /// To read: nothing of it may fail a transaction that the application has open.
    Look,
}

/// What is asked of the server before the first change.
struct Prepared {
    database: String,
    version: u32,
    /// Of the server's process for the session; another one for each transaction behind a pooler.
    pid: i32,
    keys: AdvisoryKeys,
    state: SessionState,
    /// What the session has besides settings.
    belongings: Belongings,
    /// As the session has it: the history is read and written without.
    row_security: String,
    /// The statements that create the history, where it is missing.
    create: Vec<OwnStatement>,
    obstacle: Option<state::WriteObstacle>,
    /// Whether data was moved into this database, or is.
    has_move: bool,
    /// Whether rows are kept here of what ups did, in tables of this role.
    owns_kept: bool,
    /// What lets this role create the history, where it may not.
    privileges: Vec<Hint>,
}

impl<'c> PostgresDatabase<'c> {
    /// Uses the application's client, and leaves its session with the settings that it had.
    pub(crate) fn borrow(client: &'c Client, options: &Options) -> Self {
        Self::new(Session::borrow(client, options), None, options)
    }

    /// Uses the application's client to read alone.
    pub(crate) fn borrow_to_look(client: &'c Client, options: &Options) -> Self {
        Self { purpose: SessionPurpose::Look, ..Self::borrow(client, options) }
    }

    /// Connects.
    pub(crate) async fn connect(settings: ConnectSettings, options: &Options) -> Result<PostgresDatabase<'static>> {
        let start = Instant::now();
        let connected = settings.connect().await?;
        let database = PostgresDatabase::new(Session::own(connected, options), Some(settings), options);
        Ok(PostgresDatabase { opening: start.elapsed(), ..database })
    }

    fn new(session: Session<'c>, settings: Option<ConnectSettings>, options: &Options) -> Self {
        Self {
            session,
            settings,
            purpose: SessionPurpose::Run,
            opening: Duration::ZERO,
            options: options.clone(),
            tables: Tables::new(options),
            prepared: None,
            has_expired: false,
            lock: None,
            patience: Duration::MAX,
            journal_lock: None,
            carried: Carried::default(),
        }
    }

    /// Ends the session in good order.
    pub(crate) async fn close(self) {
        self.session.close().await;
    }

    /// The schema in which the history is, and its name. None where it is not there.
    #[cfg(all(feature = "project", feature = "sqlite"))]
    pub(crate) async fn history_table(&mut self) -> Result<Option<(String, String)>> {
        whereabouts::history_table(self).await
    }

    fn prepared(&self) -> &Prepared {
        self.prepared.as_ref().expect("`acquire` or `rehearse` comes before the first change, and prepares")
    }
}

impl Reader for PostgresDatabase<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn label(&self) -> String {
        let known = self.prepared.as_ref().map(|prepared| prepared.database.as_str());
        match known.or_else(|| self.settings.as_ref().map(ConnectSettings::database)) {
            Some(name) => format!("database \"{name}\""),
            None => "the database".to_owned(),
        }
    }

    fn table(&self) -> String {
        self.tables.shown()
    }

    async fn history(&mut self, detail: Detail) -> Result<Found> {
        history::read(self, detail).await
    }

    async fn history_unless(&mut self, head: Head<'_>) -> Result<Option<Found>> {
        history::read_unless(self, &head).await
    }

    async fn stored(&mut self, versions: &[Version]) -> Result<Vec<Stored>> {
        stored::of(self, versions).await
    }

    async fn order(&mut self) -> Result<Vec<Version>> {
        order::order(self).await
    }

    async fn whereabouts(&mut self) -> Result<Whereabouts> {
        whereabouts::of(self).await
    }

    async fn obstacle(&mut self, sought: &Sought) -> Result<Option<Obstacle>> {
        arrival::obstacle(self, sought).await
    }

    async fn available(&mut self, requirement: &Requirement) -> Result<bool> {
        state::available(self, requirement).await
    }

    async fn locate(&mut self, table: &str) -> Result<Option<LocatedTable>> {
        adopt::locate(self, table).await
    }

    async fn ledger(&mut self, select: &str) -> Result<Vec<LedgerRow>> {
        adopt::rows(self, select).await
    }

    async fn seen(&mut self) -> Result<SeenCatalog> {
        let inspection = self.inspection().await?;
        Ok(inspection.seen(&super::ignored(&self.options), Some(self.tables.schema())))
    }

    async fn skim(&mut self, since: Option<&CatalogMoment>) -> Result<Option<Skimmed>> {
        self.skim_rows(since).await
    }

    async fn count(&mut self, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>> {
        count::all(self, risks).await
    }

    async fn holder(&mut self) -> Option<Holder> {
        holder::of_step(self).await
    }

    async fn pause(&mut self, duration: Duration) {
        pause::pause(self, duration).await;
    }
}

impl Writer for PostgresDatabase<'_> {
    type Reading = Self;

    fn reading(&mut self) -> &mut Self {
        self
    }

    fn prelude(&self, _: &[Job<'_>]) -> Prelude {
        // A server's databases have their encoding and pages when they are made.
        Prelude::default()
    }

    async fn rehearse(&mut self, jobs: &[Job<'_>], tried: &mut Tried) -> Result<Rehearsal, Failure> {
        rehearse::run(self, jobs, tried).await
    }

    async fn acquire(&mut self, tables: &HistoryTables, detail: Detail) -> Result<Found> {
        let answer = lock::acquire(self, tables).await?;
        let found = match answer {
            Some(answer) => second::read_beside(self, answer, detail).await,
            None => history::read(self, detail).await,
        };
        if let (Ok(_), HistoryTables::Create(_)) = (&found, tables) {
            undo::purge_expired(self).await?;
        }
        found
    }

    async fn release(&mut self, last: &[Write<'_>]) -> Result<(), Failure> {
        lock::release(self, last).await
    }

    fn abandon(&mut self) {
        // Its transaction ends with its connection.
        self.lock = None;
    }

    async fn assert_unhidden(&mut self, _: &Held, jobs: &[Job<'_>]) -> Result<()> {
        fresh::assert_unhidden(self, jobs).await
    }

    async fn transact(&mut self, _: &Held, jobs: &[Job<'_>], patience: Duration) -> Result<(), Failure> {
        self.patience = patience;
        step::transact(self, jobs).await
    }

    async fn write(&mut self, _: &Held, writes: &[Write<'_>]) -> Result<(), Failure> {
        record::write(self, writes).await
    }

    async fn take_over(&mut self, _: &Held, takeover: &Takeover<'_>) -> Result<(), Failure> {
        adopt::take_over(self, takeover).await
    }

    async fn unsound(&mut self, _: &Held, jobs: &[Job<'_>]) -> Result<Vec<String>> {
        if jobs.iter().any(compile::may_be_unsound) {
            compile::unsound(self, count::CountPlace::Alone).await
        } else {
            Ok(Vec::new())
        }
    }
}

impl Journaling for PostgresDatabase<'_> {
    async fn enter(&mut self, _: &Held, job: &Job<'_>) -> Result<(), Failure> {
        outside::enter(self, job).await
    }

    async fn leave(&mut self) -> Result<(), Failure> {
        outside::leave(self).await
    }

    fn abandon_step(&mut self) {
        outside::abandon(self);
    }

    async fn journal(
        &mut self,
        _: &Entered,
        job: &Job<'_>,
        statement: &Statement<'_>,
        entry: &Write<'_>,
        patience: Duration,
    ) -> Result<(), Failure> {
        self.patience = patience;
        outside::journal(self, job, statement, entry).await
    }

    async fn outside(&mut self, _: &Entered, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
        outside::run(self, job, statement).await
    }

    fn carry(&mut self, _: &Entered, statement: &Statement<'_>) {
        self.carried.add(statement);
    }

    async fn settle(&mut self, _: &Entered, statement: &Statement<'_>, look: Look) -> Result<Settled> {
        settle::settle(self, statement, look).await
    }

    async fn look(&mut self, _: &Entered, names: &BTreeSet<String>) -> Result<Catalog, Failure> {
        found::look_alone(self, names).await
    }
}

impl Inspect for PostgresDatabase<'_> {
    type Snapshot = Catalog;

    async fn inspection(&mut self) -> Result<Inspection<Catalog>> {
        self.inspect_live().await
    }

    async fn move_traces(&mut self) -> Result<MoveTraces> {
        moved::traces(self).await
    }
}
