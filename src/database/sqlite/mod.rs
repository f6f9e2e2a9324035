//! The hooks for SQLite. Nothing here waits for a runtime: a future of this database is ready when it is first polled.

mod adopt;
mod arrival;
pub(crate) mod compile;
mod copies;
mod count;
mod digest;
mod failure;
mod foreign_keys;
mod found;
mod fresh;
mod header;
mod history;
pub(crate) mod inspect;
mod lock;
mod meter;
mod moved;
mod open;
mod order;
mod outside;
#[cfg(feature = "project")]
mod prepared;
mod rehearse;
pub(crate) mod sandbox;
mod session;
mod shape;
mod state;
mod step;
mod stored;
mod tables;
mod undo;
mod unreadable;
mod watch;
mod watched;
mod whereabouts;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::Connection;

use self::state::Settings;
use self::tables::Tables;
use super::kept::{ColumnPath, KeptParts, ShownRows};
use super::undo::Conflict;
use super::{
    Counted, Detail, Entered, Failure, Held, HistoryTables, Holder, Inspect, Inspection, Job, Journaling, KeptRecords,
    Look, Prelude, Reader, Rehearsal, Settled, Takeover, Tried, Write, Writer,
};
use crate::catalog::{Catalog, CatalogMoment, MoveTraces, SeenCatalog, Skimmed};
use crate::config::Options;
use crate::error::{Code, Result};
use crate::history::{Found, KeptRows, LedgerRow, LocatedTable, Stored, UndoPart, Whereabouts};
use crate::interrupt::WakeGuard;
use crate::plan::{Obstacle, Sought};
use crate::source::{Head, Requirement};
use crate::sql::{Dialect, Risk, Statement};
use crate::version::Version;

#[cfg(feature = "project")]
pub(crate) use failure::of_file;
#[cfg(feature = "project")]
pub(crate) use open::open_unchanging;
pub(crate) use open::{OpenPurpose, open};
#[cfg(feature = "project")]
pub(crate) use prepared::PreparedStatements;

/// Whether a table of this name is there, in letters of any case.
pub(crate) fn has_table(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?1))";
    connection.query_row(sql, [name], |row| row.get(0))
}

/// An SQLite database: the application's connection, or one of our own.
pub(crate) struct SqliteDatabase<'c> {
    connection: ConnectionHandle<'c>,
    options: Options,
    tables: Tables,
    label: String,
    /// The state of the connection before the run; none outside of one.
    settings: Option<Settings>,
    /// Whether a step had a PRAGMA, so that settings are to be put back.
    touched: Cell<bool>,
    /// The strings in double quotes of the statements that ran since it was last asked for them.
    quoted: RefCell<Vec<String>>,
    /// What did not compile, and the version of the schema in which that was so.
    compiled: RefCell<Option<(i64, Vec<String>)>>,
    _interrupt: WakeGuard,
}

enum ConnectionHandle<'c> {
    Borrowed(&'c Connection),
    Owned(Connection),
}

impl<'c> SqliteDatabase<'c> {
    /// Uses the application's connection, and leaves it with the settings that it had.
    pub(crate) fn borrow(connection: &'c Connection, options: &Options) -> Self {
        Self::new(ConnectionHandle::Borrowed(connection), options)
    }

    /// Takes a connection over.
    pub(crate) fn own(connection: Connection, options: &Options) -> Self {
        state::wait_briefly(&connection);
        Self::new(ConnectionHandle::Owned(connection), options)
    }

    fn new(connection: ConnectionHandle<'c>, options: &Options) -> Self {
        let handle = connection.get().get_interrupt_handle();
        let path = connection.get().path().unwrap_or_default();
        let label = if path.is_empty() { "the database in memory".to_owned() } else { format!("database {path:?}") };
        Self {
            options: options.clone(),
            tables: Tables::new(&options.table),
            label,
            settings: None,
            touched: Cell::new(false),
            quoted: RefCell::default(),
            compiled: RefCell::default(),
            _interrupt: options.interrupt.on_trigger(move || handle.interrupt()),
            connection,
        }
    }

    fn connection(&self) -> &Connection {
        self.connection.get()
    }

    /// A step must not leave its settings, databases and temporary objects to the next one, or to the application.
    fn clear_away(&self) {
        let Some(settings) = &self.settings else { return };
        if self.touched.replace(false) {
            settings.put_back(self.connection());
        }
        settings.clear_away(self.connection());
    }

    /// Gives the connection back as it was before the lock.
    fn end(&mut self) {
        self.clear_away();
        if let Some(mut settings) = self.settings.take() {
            settings.end(self.connection());
        }
    }
}

impl ConnectionHandle<'_> {
    fn get(&self) -> &Connection {
        match self {
            Self::Borrowed(connection) => connection,
            Self::Owned(connection) => connection,
        }
    }
}

impl Reader for SqliteDatabase<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn label(&self) -> String {
        self.label.clone()
    }

    fn table(&self) -> String {
        self.tables.name.clone()
    }

    async fn history(&mut self, detail: Detail) -> Result<Found> {
        history::read(self, detail)
    }

    async fn history_unless(&mut self, head: Head<'_>) -> Result<Option<Found>> {
        history::read_unless(self, &head)
    }

    async fn stored(&mut self, versions: &[Version]) -> Result<Vec<Stored>> {
        stored::of(self, versions)
    }

    async fn order(&mut self) -> Result<Vec<Version>> {
        order::order(self)
    }

    async fn whereabouts(&mut self) -> Result<Whereabouts> {
        whereabouts::of(self)
    }

    async fn obstacle(&mut self, sought: &Sought) -> Result<Option<Obstacle>> {
        arrival::obstacle(self, sought)
    }

    async fn available(&mut self, requirement: &Requirement) -> Result<bool> {
        history::available(self, requirement)
    }

    async fn locate(&mut self, table: &str) -> Result<Option<LocatedTable>> {
        adopt::locate(self, table)
    }

    async fn ledger(&mut self, select: &str) -> Result<Vec<LedgerRow>> {
        adopt::rows(self, select)
    }

    async fn seen(&mut self) -> Result<SeenCatalog> {
        Ok(self.inspection().await?.seen(&super::ignored(&self.options), None))
    }

    /// What the rows of `sqlite_schema` say is all that there is to be read.
    async fn skim(&mut self, _: Option<&CatalogMoment>) -> Result<Option<Skimmed>> {
        Ok(None)
    }

    async fn count(&mut self, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>> {
        count::all(self, risks)
    }

    /// The lock is the file system's, which does not say who has it.
    async fn holder(&mut self) -> Option<Holder> {
        None
    }

    async fn pause(&mut self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

impl KeptRecords for SqliteDatabase<'_> {
    async fn kept(&mut self) -> Result<Vec<KeptRows>> {
        tables::ask(self, |connection| undo::list(connection, &self.tables.name))
    }

    async fn has_expired(&mut self) -> Result<bool> {
        tables::ask(self, |connection| undo::has_expired(connection, &self.tables.name))
    }

    async fn kept_parts(&mut self, version: Version, shown: &ShownRows<'_>) -> Result<KeptParts> {
        tables::ask(self, |connection| {
            let record = undo::read(connection, &self.tables.name, version)?;
            undo::of_version(connection, record.parts(), shown)
        })
    }

    async fn in_the_way(
        &mut self,
        _: Version,
        parts: &[UndoPart],
        reshaped: &BTreeSet<String>,
    ) -> Result<Option<Vec<Conflict>>> {
        tables::ask(self, |connection| undo::in_the_way(connection, parts, reshaped)).map(Some)
    }

    async fn columns(&mut self) -> Result<Vec<ColumnPath>> {
        tables::ask(self, |connection| undo::columns(connection, &self.tables.name))
    }
}

impl Writer for SqliteDatabase<'_> {
    type Reading = Self;

    fn reading(&mut self) -> &mut Self {
        self
    }

    fn prelude(&self, jobs: &[Job<'_>]) -> Prelude {
        header::prelude(jobs)
    }

    async fn rehearse(&mut self, jobs: &[Job<'_>], tried: &mut Tried) -> Result<Rehearsal, Failure> {
        rehearse::run(self, jobs, tried)
    }

    async fn acquire(&mut self, tables: &HistoryTables, detail: Detail) -> Result<Found> {
        lock::acquire(self, tables)?;
        history::read(self, detail)
    }

    async fn release(&mut self, last: &[Write<'_>]) -> Result<(), Failure> {
        let written = if last.is_empty() { Ok(()) } else { lock::write(self, last) };
        self.end();
        written
    }

    fn abandon(&mut self) {
        self.end();
    }

    async fn assert_unhidden(&mut self, _: &Held, jobs: &[Job<'_>]) -> Result<()> {
        fresh::assert_unhidden(self, jobs)
    }

    async fn transact(&mut self, _: &Held, jobs: &[Job<'_>], _: Duration) -> Result<(), Failure> {
        // Who waits for the lock of an SQLite database is in nobody's way.
        step::transact(self, jobs).map(drop)
    }

    async fn write(&mut self, _: &Held, writes: &[Write<'_>]) -> Result<(), Failure> {
        lock::write(self, writes)
    }

    async fn take_over(&mut self, _: &Held, takeover: &Takeover<'_>) -> Result<(), Failure> {
        adopt::take_over(self, takeover)
    }

    async fn unsound(&mut self, _: &Held, _: &[Job<'_>]) -> Result<Vec<String>> {
        compile::of_database(self).map_err(|failure| {
            let message = format!("the views and triggers of {} could not be compiled", self.label);
            failure.into_error(Code::Query, message)
        })
    }
}

impl Journaling for SqliteDatabase<'_> {
    async fn enter(&mut self, _: &Held, job: &Job<'_>) -> Result<(), Failure> {
        // Each statement of the step holds the lock for itself, and its entry in the journal tells whose turn it is.
        self.clear_away();
        self.tables.check_basis(self.connection(), job)?;
        header::assert_fulfillable(self, job)
    }

    async fn leave(&mut self) -> Result<(), Failure> {
        self.clear_away();
        Ok(())
    }

    fn abandon_step(&mut self) {
        self.clear_away();
    }

    async fn journal(
        &mut self,
        _: &Entered,
        job: &Job<'_>,
        statement: &Statement<'_>,
        entry: &Write<'_>,
        _: Duration,
    ) -> Result<(), Failure> {
        outside::journal(self, job, statement, entry)
    }

    async fn outside(&mut self, _: &Entered, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
        outside::run(self, statement)?;
        header::assert_done(self, job, statement)
    }

    fn carry(&mut self, _: &Entered, statement: &Statement<'_>) {
        outside::carry(self, statement);
    }

    async fn settle(&mut self, _: &Entered, _: &Statement<'_>, _: Look) -> Result<Settled> {
        // VACUUM, a journal mode, ATTACH and DETACH may be run any number of times.
        Ok(Settled::Open)
    }

    async fn look(&mut self, _: &Entered, names: &BTreeSet<String>) -> Result<Catalog, Failure> {
        found::look(self, names)
    }
}

impl Inspect for SqliteDatabase<'_> {
    type Snapshot = inspect::SqliteSnapshot;

    async fn inspection(&mut self) -> Result<Inspection<inspect::SqliteSnapshot>> {
        let table = &self.options.table;
        let snapshot = tables::ask(self, |connection| {
            let own = tables::all_own(connection, table)?;
            own.iter().fold(inspect::Inspector::default(), |all, own| all.ignoring(own)).read(connection)
        })?;
        Ok(Inspection { snapshot, release: String::new(), role: String::new(), path: None })
    }

    async fn move_traces(&mut self) -> Result<MoveTraces> {
        moved::traces(self)
    }
}
