//! A migration as the runner applies it and takes it back, with what is kept of rows.

use super::SqliteScratch;
use super::failure::of;
use crate::config::Options;
use crate::database::sqlite::SqliteDatabase;
use crate::down::LiveRunning;
use crate::error::Result;
use crate::history::KeptRows;
use crate::plan::{Back, Target};
use crate::run;
use crate::source::Migrations;

/// So many steps of SQLite's virtual machine a run may take: it ends where an up does not.
const MOST: u64 = 20_000_000;

impl LiveRunning for SqliteScratch {
    async fn enter_copy(&mut self) -> Result<()> {
        let mut copy = Self::open()?;
        copy.copy(self)?;
        let original = std::mem::replace(self, copy);
        self.original = Some(Box::new(original));
        Ok(())
    }

    async fn leave_copy(&mut self) -> Result<()> {
        if let Some(original) = self.original.take() {
            *self = *original;
        }
        Ok(())
    }

    async fn live_up(&mut self, migrations: &Migrations, options: &Options) -> Result<Vec<KeptRows>> {
        self.as_the_command_opens_it()?;
        let mut database = SqliteDatabase::borrow(&self.connection, options);
        let ran = match run::up(&mut database, migrations, &Target::Latest, options).await {
            Ok(_) => run::kept(&mut database).await,
            Err(error) => Err(error),
        };
        drop(database);
        self.end_run()?;
        ran
    }

    async fn live_down(&mut self, migrations: &Migrations, options: &Options) -> Result<()> {
        self.as_the_command_opens_it()?;
        let mut database = SqliteDatabase::borrow(&self.connection, options);
        let ran = run::down(&mut database, migrations, Back::Steps(1), options).await;
        drop(database);
        self.end_run()?;
        ran.map(drop)
    }
}

impl SqliteScratch {
    fn as_the_command_opens_it(&mut self) -> Result<()> {
        self.steps.allow(MOST);
        let set = self.connection.pragma_update(None, "foreign_keys", true);
        set.map_err(|error| of(error, "the scratch database"))
    }

    fn end_run(&mut self) -> Result<()> {
        self.steps.lift();
        self.read_anew()
    }
}
