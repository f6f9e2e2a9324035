use tokio_postgres::Client;

use super::Migrator;
use crate::error::Result;
use crate::history::KeptRows;
use crate::plan::{Back, RepairRequest, Target};
use crate::postgres;
use crate::run::{Adopted, Preview, PurgeRequest, Rehearse, Repaired, Report, Status};
use crate::version::Version;

/// Migrations on the application's client of PostgreSQL.
pub struct PostgresMigrator<'a> {
    migrator: &'a Migrator<'a>,
    client: &'a mut Client,
}

impl Migrator<'_> {
    /// Runs them in the session of this client, which has its own settings again after each call.
    pub fn postgres<'a>(&'a self, client: &'a mut Client) -> PostgresMigrator<'a> {
        PostgresMigrator { migrator: self, client }
    }
}

impl PostgresMigrator<'_> {
    /// Applies every pending migration.
    ///
    /// # Errors
    /// As [`postgres::up`].
    pub async fn up(&mut self) -> Result<Report> {
        self.up_to(&Target::Latest).await
    }

    /// Applies pending migrations as far as `target`.
    ///
    /// # Errors
    /// As [`postgres::up`].
    pub async fn up_to(&mut self, target: &Target) -> Result<Report> {
        postgres::up_with(self.client, self.migrator.migrations, target, &self.migrator.options).await
    }

    /// Takes migrations back, the last one first, with the downs that were stored when they were applied.
    ///
    /// # Errors
    /// As [`postgres::down`].
    pub async fn down(&mut self, back: Back) -> Result<Report> {
        postgres::down(self.client, self.migrator.migrations, back, &self.migrator.options).await
    }

    /// Returns the versions that [`up`](Self::up) would act on. Reads only.
    ///
    /// # Errors
    /// As [`postgres::pending`].
    pub async fn pending(&self) -> Result<Vec<Version>> {
        postgres::pending(self.client, self.migrator.migrations, &self.migrator.options).await
    }

    /// Returns how each migration stands. Reads only.
    ///
    /// # Errors
    /// As [`postgres::status`].
    pub async fn status(&self) -> Result<Status> {
        postgres::status(self.client, self.migrator.migrations, &self.migrator.options).await
    }

    /// Returns what [`up_to`](Self::up_to) would do now, and with [`Rehearse::Yes`] how far that was tried, in a transaction that is rolled back.
    ///
    /// # Errors
    /// As [`postgres::plan`].
    pub async fn plan(&mut self, target: &Target, rehearse: Rehearse) -> Result<Preview> {
        postgres::plan(self.client, self.migrator.migrations, target, rehearse, &self.migrator.options).await
    }

    /// Takes over what another tool has recorded as applied. None where that was done before.
    ///
    /// # Errors
    /// As [`postgres::adopt`].
    pub async fn adopt(&mut self) -> Result<Option<Adopted>> {
        postgres::adopt(self.client, self.migrator.migrations, &self.migrator.options).await
    }

    /// Records everything up to `last` as there, and runs nothing.
    ///
    /// # Errors
    /// As [`postgres::baseline`].
    pub async fn baseline(&mut self, last: Version) -> Result<Vec<Repaired>> {
        postgres::baseline(self.client, self.migrator.migrations, last, &self.migrator.options).await
    }

    /// Puts the history right, and returns what was changed.
    ///
    /// # Errors
    /// As [`postgres::repair`].
    pub async fn repair(&mut self, requests: &[RepairRequest]) -> Result<Vec<Repaired>> {
        postgres::repair(self.client, self.migrator.migrations, requests, &self.migrator.options).await
    }

    /// Returns what is kept of the rows that migrations changed.
    ///
    /// # Errors
    /// As [`postgres::kept`].
    pub async fn kept(&self) -> Result<Vec<KeptRows>> {
        postgres::kept(self.client, &self.migrator.options).await
    }

    /// Takes away what is kept, and returns what that was.
    ///
    /// # Errors
    /// As [`postgres::purge`].
    pub async fn purge(&mut self, requests: &[PurgeRequest]) -> Result<Vec<KeptRows>> {
        postgres::purge(self.client, requests, &self.migrator.options).await
    }
}
