use std::path::Path;

use crate::config::{Connection, DatabaseTarget, Map, SqliteLocation};
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::connect::{ConnectEnvironment, ConnectSettings};
use crate::database::{Detail, HistoryTables, lock};
use crate::error::{Code, Error, Result};
use crate::interrupt::Interrupt;
use crate::source::Migrations;
use crate::sql::Dialect;
use crate::transfer::{Capture, MoveJournal, TargetSession};

/// Where the migrations of a side come from. They are asked for where a history is there alone.
pub(crate) type MigrationsOf = Box<dyn Fn(&DatabaseTarget) -> Result<Migrations>>;

/// The two databases of a move, how their tables correspond, and what stops the work on them.
pub(crate) struct MoveEnds {
    pub(crate) source: DatabaseTarget,
    pub(crate) location: SqliteLocation,
    pub(crate) target: DatabaseTarget,
    pub(crate) map: Map,
    /// The migrations of a side: of its folder, or as a program holds them.
    pub(crate) migrations: MigrationsOf,
    pub(crate) interrupt: Interrupt,
}

impl MoveEnds {
    /// # Errors
    ///
    /// The source is no database of SQLite, or is not there.
    pub(crate) fn new(
        (source, target): (DatabaseTarget, DatabaseTarget),
        map: Map,
        migrations: MigrationsOf,
        interrupt: Interrupt,
    ) -> Result<Self> {
        let Connection::Sqlite(location) = source.connection.clone() else {
            return Err(Error::new(Code::Usage, format!("{} is not a database of SQLite", source.connection)));
        };
        if location.is_missing() {
            return Err(Error::new(Code::Connect, format!("{} does not exist", source.connection))
                .with_state("nothing was read, and nothing was written"));
        }
        Ok(Self { source, location, target, map, migrations, interrupt })
    }

    /// The file of the source.
    ///
    /// # Errors
    ///
    /// It is in memory.
    pub(crate) fn file(&self) -> Result<&Path> {
        let SqliteLocation::File { path, .. } = &self.location else {
            let message = "a database in memory cannot be copied: it is gone with its connection";
            return Err(Error::new(Code::Usage, message));
        };
        Ok(path)
    }

    /// What notes the changes of the source.
    pub(crate) fn capture(&self) -> Capture {
        Capture::beside(&self.source.options.table)
    }

    /// How the server of the target is reached.
    pub(crate) fn settings(&self) -> Result<ConnectSettings> {
        let Connection::Postgres(url) = &self.target.connection else {
            let message = format!("{} is not a database of PostgreSQL", self.target.connection);
            return Err(Error::new(Code::Usage, message));
        };
        ConnectSettings::parse(url.expose(), &ConnectEnvironment::process()).map_err(|error| self.target.locate(error))
    }

    pub(super) fn side(&self, dialect: Dialect) -> &DatabaseTarget {
        match dialect {
            Dialect::Sqlite => &self.source,
            Dialect::Postgres => &self.target,
        }
    }

    /// Does something while no migration of the target can run, and no other copy.
    pub(crate) async fn locked<T>(&self, work: impl AsyncFnOnce(&MoveJournal) -> Result<T>) -> Result<T> {
        let mut database = self.connected().await?;
        let done = async {
            let journal = self.journal(&mut database).await?;
            let (locked, _) = lock(&mut database, &HistoryTables::Leave, Detail::Plan).await?;
            let done = work(&journal).await;
            locked.end(done).await
        };
        let done = done.await;
        database.close().await;
        done
    }

    /// Reads the journal, while anything may run.
    pub(crate) async fn unlocked<T>(&self, work: impl AsyncFnOnce(&MoveJournal) -> Result<T>) -> Result<T> {
        let mut database = self.connected().await?;
        let done = async { work(&self.journal(&mut database).await?).await };
        let done = done.await;
        database.close().await;
        done
    }

    /// Does something in a session on the target.
    pub(crate) async fn in_session<T>(&self, work: impl AsyncFnOnce(&TargetSession) -> Result<T>) -> Result<T> {
        let wait = self.target.options.lock_timeout;
        let session = TargetSession::open(&self.settings()?, wait, &self.interrupt).await?;
        let done = work(&session).await;
        session.close().await;
        done
    }

    pub(super) async fn connected(&self) -> Result<PostgresDatabase<'_>> {
        PostgresDatabase::connect(self.settings()?, &self.target.options).await
    }

    /// Without a history nothing was migrated there, and nothing copied.
    async fn journal(&self, database: &mut PostgresDatabase<'_>) -> Result<MoveJournal> {
        let Some((schema, table)) = database.history_table().await? else {
            let message = format!("{} has no history: nothing was migrated there", self.target.connection);
            return Err(Error::new(Code::MoveNotReady, message)
                .with_state("nothing was written")
                .with_hint("make its tables first: `schemactl up --backend postgres`"));
        };
        Ok(MoveJournal::beside((&schema, &table)))
    }
}
