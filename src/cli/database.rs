//! One type for a database of either kind, so that each command is written once.

#![cfg_attr(not(feature = "postgres"), expect(clippy::unused_async, reason = "PostgreSQL's are async"))]
#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(unused_variables, dead_code, reason = "there is no database to hand a call on to")
)]

use std::collections::BTreeSet;
use std::time::Duration;

use crate::catalog::{Catalog, CatalogMoment, SeenCatalog, Skimmed};
use crate::config::{Connection, DatabaseTarget, Options};
use crate::database::kept::{ColumnPath, KeptParts, ShownRows};
use crate::database::undo::Conflict;
use crate::database::{
    Counted, Detail, Entered, Failure, Held, HistoryTables, Holder, Job, Journaling, KeptRecords, Look, Prelude,
    Reader, Rehearsal, Settled, Takeover, Tried, Write, Writer,
};
use crate::error::Result;
use crate::error::{Code, Error};
use crate::history::{Found, KeptRows, LedgerRow, LocatedTable, Stored, UndoPart, Whereabouts};
use crate::plan::{Obstacle, Sought};
use crate::source::{Head, Requirement};
use crate::sql::{Dialect, Risk, Statement};
use crate::version::Version;

#[cfg(feature = "postgres")]
use crate::config::{MigrationSource, Project, ScratchOwner};
#[cfg(feature = "postgres")]
use crate::database::postgres::{PostgresDatabase, connect};
#[cfg(feature = "sqlite")]
use crate::database::sqlite::{self, SqliteDatabase};
#[cfg(feature = "postgres")]
use crate::down::postgres::PostgresScratch;
#[cfg(feature = "postgres")]
use crate::interrupt::Interrupt;

/// What a database is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To read: an SQLite file that is missing stays missing.
    Read,
    /// To change.
    Change,
}

impl Purpose {
    /// To change, but a file that is missing is not created for that: there is nothing in it to be changed.
    pub(super) fn of_existing(target: &DatabaseTarget) -> Self {
        let is_missing = matches!(&target.connection, Connection::Sqlite(location) if location.is_missing());
        if is_missing { Self::Read } else { Self::Change }
    }
}

/// A database of either kind.
pub(super) enum AnyDatabase {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<SqliteDatabase<'static>>),
    #[cfg(feature = "postgres")]
    Postgres(Box<PostgresDatabase<'static>>),
    /// There is no value of it: an enum without variants cannot be matched by reference.
    #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
    Neither(std::convert::Infallible),
}

/// Hands a call on to the database that it is.
macro_rules! delegate {
    ($self:ident, $database:ident => $call:expr) => {
        match $self {
            #[cfg(feature = "sqlite")]
            AnyDatabase::Sqlite($database) => $call,
            #[cfg(feature = "postgres")]
            AnyDatabase::Postgres($database) => $call,
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            AnyDatabase::Neither(never) => match *never {},
        }
    };
}

/// How the server of a target is reached.
#[cfg(feature = "postgres")]
pub(super) fn settings(target: &DatabaseTarget) -> Result<connect::ConnectSettings> {
    let Connection::Postgres(url) = &target.connection else {
        return Err(Error::new(Code::Usage, format!("{} is not a database of PostgreSQL", target.connection)));
    };
    connect::ConnectSettings::parse(url.expose(), &connect::ConnectEnvironment::process())
        .map_err(|error| target.locate(error))
}

/// Opens a scratch database for the migrations of a source, which the interrupt stops too.
#[cfg(feature = "postgres")]
pub(super) async fn scratch(
    interrupt: &Interrupt,
    project: &Project,
    source: &MigrationSource,
) -> Result<PostgresScratch> {
    let target = scratch_target(project, source)?;
    let options = target.options.clone().interrupt(interrupt.clone());
    PostgresScratch::open(settings(&target)?, &options).await
}

/// Where scratch databases are made, and whose server that is: one for proofs, where `scratch_url` names another than `url`.
#[cfg(feature = "postgres")]
pub(super) fn scratch_target(project: &Project, source: &MigrationSource) -> Result<DatabaseTarget> {
    let mut target = project.scratch(source)?;
    if project.names_scratch(source)? {
        // Without a URL of the database there is no server that it could be.
        let is_apart = match project.beside_scratch(source).ok().and_then(|beside| settings(&beside).ok()) {
            Some(beside) => !settings(&target)?.is_same_server(&beside),
            None => true,
        };
        if is_apart {
            target.options.ground = ScratchOwner::Own;
        }
    }
    Ok(target)
}

impl AnyDatabase {
    /// Opens a database.
    ///
    /// # Errors
    /// It cannot be reached, or this command was built without its backend.
    pub(super) async fn open(target: &DatabaseTarget, options: &Options, purpose: Purpose) -> Result<Self> {
        let _ = (options, purpose);
        tracing::info!("opening {}", target.connection);
        match &target.connection {
            #[cfg(feature = "sqlite")]
            Connection::Sqlite(location) => {
                let purpose = match purpose {
                    Purpose::Read => sqlite::OpenPurpose::Read,
                    Purpose::Change => sqlite::OpenPurpose::Change,
                };
                let connection = sqlite::open(location, purpose)?;
                Ok(Self::Sqlite(Box::new(SqliteDatabase::own(connection, options))))
            }
            #[cfg(feature = "postgres")]
            Connection::Postgres(_) => {
                Ok(Self::Postgres(Box::new(PostgresDatabase::connect(settings(target)?, options).await?)))
            }
            #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
            _ => Err(not_built_in(target.dialect)),
        }
    }

    /// Closes it in good order.
    pub(super) async fn close(self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(database) => drop(database),
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.close().await,
            #[cfg(not(any(feature = "sqlite", feature = "postgres")))]
            Self::Neither(never) => match never {},
        }
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
pub(super) fn not_built_in(dialect: Dialect) -> Error {
    Error::new(Code::Usage, format!("this schemactl was built without the backend {dialect}"))
        .with_hint(format!("build it with the feature: `cargo install schemactl --features {dialect}`"))
}

impl Reader for AnyDatabase {
    fn dialect(&self) -> Dialect {
        delegate!(self, database => database.dialect())
    }

    fn label(&self) -> String {
        delegate!(self, database => database.label())
    }

    fn table(&self) -> String {
        delegate!(self, database => database.table())
    }

    async fn history(&mut self, detail: Detail) -> Result<Found> {
        delegate!(self, database => database.history(detail).await)
    }

    async fn history_unless(&mut self, head: Head<'_>) -> Result<Option<Found>> {
        delegate!(self, database => database.history_unless(head).await)
    }

    async fn stored(&mut self, versions: &[Version]) -> Result<Vec<Stored>> {
        delegate!(self, database => database.stored(versions).await)
    }

    async fn order(&mut self) -> Result<Vec<Version>> {
        delegate!(self, database => database.order().await)
    }

    async fn whereabouts(&mut self) -> Result<Whereabouts> {
        delegate!(self, database => database.whereabouts().await)
    }

    async fn obstacle(&mut self, sought: &Sought) -> Result<Option<Obstacle>> {
        delegate!(self, database => database.obstacle(sought).await)
    }

    async fn available(&mut self, requirement: &Requirement) -> Result<bool> {
        delegate!(self, database => database.available(requirement).await)
    }

    async fn locate(&mut self, table: &str) -> Result<Option<LocatedTable>> {
        delegate!(self, database => database.locate(table).await)
    }

    async fn ledger(&mut self, select: &str) -> Result<Vec<LedgerRow>> {
        delegate!(self, database => database.ledger(select).await)
    }

    async fn seen(&mut self) -> Result<SeenCatalog> {
        delegate!(self, database => database.seen().await)
    }

    async fn skim(&mut self, since: Option<&CatalogMoment>) -> Result<Option<Skimmed>> {
        delegate!(self, database => database.skim(since).await)
    }

    async fn count(&mut self, risks: &[&Risk]) -> Result<Vec<Vec<Counted>>> {
        delegate!(self, database => database.count(risks).await)
    }

    async fn holder(&mut self) -> Option<Holder> {
        delegate!(self, database => database.holder().await)
    }

    async fn pause(&mut self, duration: Duration) {
        delegate!(self, database => database.pause(duration).await);
    }
}

impl KeptRecords for AnyDatabase {
    async fn has_expired(&mut self) -> Result<bool> {
        delegate!(self, database => database.has_expired().await)
    }

    async fn kept(&mut self) -> Result<Vec<KeptRows>> {
        delegate!(self, database => database.kept().await)
    }

    async fn kept_parts(&mut self, version: Version, shown: &ShownRows<'_>) -> Result<KeptParts> {
        delegate!(self, database => database.kept_parts(version, shown).await)
    }

    async fn in_the_way(
        &mut self,
        version: Version,
        parts: &[UndoPart],
        reshaped: &BTreeSet<String>,
    ) -> Result<Option<Vec<Conflict>>> {
        delegate!(self, database => database.in_the_way(version, parts, reshaped).await)
    }

    async fn columns(&mut self) -> Result<Vec<ColumnPath>> {
        delegate!(self, database => database.columns().await)
    }
}

impl Writer for AnyDatabase {
    type Reading = Self;

    fn reading(&mut self) -> &mut Self {
        self
    }

    fn prelude(&self, jobs: &[Job<'_>]) -> Prelude {
        delegate!(self, database => database.prelude(jobs))
    }

    async fn rehearse(&mut self, jobs: &[Job<'_>], tried: &mut Tried) -> Result<Rehearsal, Failure> {
        delegate!(self, database => database.rehearse(jobs, tried).await)
    }

    async fn acquire(&mut self, tables: &HistoryTables, detail: Detail) -> Result<Found> {
        delegate!(self, database => database.acquire(tables, detail).await)
    }

    async fn release(&mut self, last: &[Write<'_>]) -> Result<(), Failure> {
        delegate!(self, database => database.release(last).await)
    }

    fn abandon(&mut self) {
        delegate!(self, database => database.abandon());
    }

    async fn assert_unhidden(&mut self, held: &Held, jobs: &[Job<'_>]) -> Result<()> {
        delegate!(self, database => database.assert_unhidden(held, jobs).await)
    }

    async fn transact(&mut self, held: &Held, jobs: &[Job<'_>], patience: Duration) -> Result<(), Failure> {
        delegate!(self, database => database.transact(held, jobs, patience).await)
    }

    async fn write(&mut self, held: &Held, writes: &[Write<'_>]) -> Result<(), Failure> {
        delegate!(self, database => database.write(held, writes).await)
    }

    async fn take_over(&mut self, held: &Held, takeover: &Takeover<'_>) -> Result<(), Failure> {
        delegate!(self, database => database.take_over(held, takeover).await)
    }

    async fn unsound(&mut self, held: &Held, jobs: &[Job<'_>]) -> Result<Vec<String>> {
        delegate!(self, database => database.unsound(held, jobs).await)
    }
}

impl Journaling for AnyDatabase {
    async fn enter(&mut self, held: &Held, job: &Job<'_>) -> Result<(), Failure> {
        delegate!(self, database => database.enter(held, job).await)
    }

    async fn leave(&mut self) -> Result<(), Failure> {
        delegate!(self, database => database.leave().await)
    }

    fn abandon_step(&mut self) {
        delegate!(self, database => database.abandon_step());
    }

    async fn journal(
        &mut self,
        entered: &Entered,
        job: &Job<'_>,
        statement: &Statement<'_>,
        entry: &Write<'_>,
        patience: Duration,
    ) -> Result<(), Failure> {
        delegate!(self, database => database.journal(entered, job, statement, entry, patience).await)
    }

    async fn outside(&mut self, entered: &Entered, job: &Job<'_>, statement: &Statement<'_>) -> Result<(), Failure> {
        delegate!(self, database => database.outside(entered, job, statement).await)
    }

    fn carry(&mut self, entered: &Entered, statement: &Statement<'_>) {
        delegate!(self, database => database.carry(entered, statement));
    }

    async fn settle(&mut self, entered: &Entered, statement: &Statement<'_>, look: Look) -> Result<Settled> {
        delegate!(self, database => database.settle(entered, statement, look).await)
    }

    async fn look(&mut self, entered: &Entered, names: &BTreeSet<String>) -> Result<Catalog, Failure> {
        delegate!(self, database => database.look(entered, names).await)
    }
}
