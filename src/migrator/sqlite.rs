use rusqlite::Connection;

use super::Migrator;
use crate::error::Result;
use crate::history::KeptRows;
use crate::plan::{Back, RepairRequest, Target};
use crate::run::{Adopted, Preview, PurgeRequest, Rehearse, Repaired, Report, Status};
use crate::sqlite;
use crate::version::Version;

/// Migrations on a connection to SQLite. Everything blocks, and needs no runtime.
#[derive(Debug)]
pub struct SqliteMigrator<'a> {
    migrator: &'a Migrator<'a>,
    connection: &'a mut Connection,
}

impl Migrator<'_> {
    /// Runs them on this connection, which has its own settings again after each call.
    pub fn sqlite<'a>(&'a self, connection: &'a mut Connection) -> SqliteMigrator<'a> {
        SqliteMigrator { migrator: self, connection }
    }
}

impl SqliteMigrator<'_> {
    /// Applies every pending migration.
    ///
    /// # Errors
    /// As [`sqlite::up`].
    pub fn up(&mut self) -> Result<Report> {
        self.up_to(&Target::Latest)
    }

    /// Applies pending migrations as far as `target`.
    ///
    /// # Errors
    /// As [`sqlite::up`].
    pub fn up_to(&mut self, target: &Target) -> Result<Report> {
        sqlite::up_with(self.connection, self.migrator.migrations, target, &self.migrator.options)
    }

    /// Takes migrations back, the last one first, with the downs that were stored when they were applied.
    ///
    /// # Errors
    /// As [`sqlite::down`].
    pub fn down(&mut self, back: Back) -> Result<Report> {
        sqlite::down(self.connection, self.migrator.migrations, back, &self.migrator.options)
    }

    /// Returns the versions that [`up`](Self::up) would act on. Reads only.
    ///
    /// # Errors
    /// As [`sqlite::pending`].
    pub fn pending(&self) -> Result<Vec<Version>> {
        sqlite::pending(self.connection, self.migrator.migrations, &self.migrator.options)
    }

    /// Returns how each migration stands. Reads only.
    ///
    /// # Errors
    /// As [`sqlite::status`].
    pub fn status(&self) -> Result<Status> {
        sqlite::status(self.connection, self.migrator.migrations, &self.migrator.options)
    }

    /// Returns what [`up_to`](Self::up_to) would do now, and with [`Rehearse::Yes`] how far that was tried, on a copy.
    ///
    /// # Errors
    /// As [`sqlite::plan`].
    pub fn plan(&self, target: &Target, rehearse: Rehearse) -> Result<Preview> {
        sqlite::plan(self.connection, self.migrator.migrations, target, rehearse, &self.migrator.options)
    }

    /// Takes over what another tool has recorded as applied. None where that was done before.
    ///
    /// # Errors
    /// As [`sqlite::adopt`].
    pub fn adopt(&mut self) -> Result<Option<Adopted>> {
        sqlite::adopt(self.connection, self.migrator.migrations, &self.migrator.options)
    }

    /// Records everything up to `last` as there, and runs nothing.
    ///
    /// # Errors
    /// As [`sqlite::baseline`].
    pub fn baseline(&mut self, last: Version) -> Result<Vec<Repaired>> {
        sqlite::baseline(self.connection, self.migrator.migrations, last, &self.migrator.options)
    }

    /// Puts the history right, and returns what was changed.
    ///
    /// # Errors
    /// As [`sqlite::repair`].
    pub fn repair(&mut self, requests: &[RepairRequest]) -> Result<Vec<Repaired>> {
        sqlite::repair(self.connection, self.migrator.migrations, requests, &self.migrator.options)
    }

    /// Returns what is kept of the rows that migrations changed.
    ///
    /// # Errors
    /// As [`sqlite::kept`].
    pub fn kept(&self) -> Result<Vec<KeptRows>> {
        sqlite::kept(self.connection, &self.migrator.options)
    }

    /// Takes away what is kept, and returns what that was.
    ///
    /// # Errors
    /// As [`sqlite::purge`].
    pub fn purge(&mut self, requests: &[PurgeRequest]) -> Result<Vec<KeptRows>> {
        sqlite::purge(self.connection, requests, &self.migrator.options)
    }
}
