//! A database that is nobody's: made for a proof, worked on in transactions that are taken back, and dropped.

mod adapt;
mod script;
mod server;

use std::collections::BTreeSet;

use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::DbError;

pub(crate) use self::adapt::{beyond, needs_commits};
pub(crate) use self::server::ScratchServer;
use super::connect::Settings;
use super::session::Broken;
use super::{PostgresDatabase, failure, state};
use crate::catalog::Catalog;
use crate::config::Options;
use crate::database::{Database, Inspect, Inspection};
use crate::error::Result;
use crate::source::Requirement;
use crate::sql::Ident;

/// A scratch database, with a session in it and one that can drop it.
pub(crate) struct ScratchDatabase {
    server: ScratchServer,
    /// None only while it is copied, when nobody may be connected.
    session: Option<PostgresDatabase<'static>>,
    name: String,
    /// Roles that scripts have made, and that were not there before.
    roles: BTreeSet<String>,
}

impl ScratchDatabase {
    /// Makes an empty one on the server of the settings.
    ///
    /// # Errors
    /// As connecting; [`Code::Query`](crate::error::Code::Query) where the role may not create databases.
    pub(crate) async fn open(settings: Settings, options: &Options) -> Result<Self> {
        let mut server = ScratchServer::connect(settings, options).await?;
        let name = server.create(None).await?;
        let mut scratch = Self { server, session: None, name, roles: BTreeSet::new() };
        match scratch.begin(options).await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                scratch.close().await?;
                Err(error)
            }
        }
    }

    /// As a run begins: the schema of the history is there before the first migration.
    async fn begin(&mut self, options: &Options) -> Result<()> {
        self.connect().await?;
        match &options.schema {
            Some(schema) => self.control(&format!("CREATE SCHEMA IF NOT EXISTS {}", Ident(schema))).await,
            None => Ok(()),
        }
    }

    /// Ends its sessions and drops it, with the roles that scripts have made.
    pub(crate) async fn close(mut self) -> Result<()> {
        self.disconnect().await;
        let dropped = self.server.drop(&self.name).await;
        self.server.drop_roles(&self.roles).await;
        self.server.close().await;
        dropped
    }

    /// Reads what it holds.
    pub(crate) async fn inspect(&mut self) -> Result<Catalog> {
        self.session().inspect_prepared().await
    }

    /// Reads what it holds, and who holds it.
    pub(crate) async fn inspection(&mut self) -> Result<Inspection<Catalog>> {
        self.session().inspection().await
    }

    /// Whether what a migration requires can be had here.
    pub(crate) async fn available(&mut self, requirement: &Requirement) -> Result<bool> {
        self.session().available(requirement).await
    }

    /// Runs statements of our own.
    pub(crate) async fn control(&mut self, sql: &str) -> Result<()> {
        self.query(sql).await.map(drop)
    }

    /// Asks for rows.
    pub(crate) async fn query(&mut self, sql: &str) -> Result<Vec<SimpleQueryRow>> {
        let answer = self.session().session.query(sql).await;
        answer.map_err(|broken| self.unusable(broken))
    }

    /// Runs statements that may fail; the reason where one does. Whoever calls it is in a transaction, and takes it back then.
    pub(crate) async fn attempt(&mut self, statements: &[String]) -> Result<(), String> {
        let text = statements.join("\n;\n");
        self.session().session.run(&text).await.map_err(|broken| match broken.error.as_db_error() {
            Some(error) => match error.detail() {
                Some(detail) => format!("{} ({detail})", error.message()),
                None => error.message().to_owned(),
            },
            None => broken.error.to_string(),
        })
    }

    /// Runs a message that the server may refuse, inside a transaction; what it said where it does.
    ///
    /// # Errors
    /// The scratch database cannot be used, or the run was interrupted.
    pub(crate) async fn offer(&mut self, sql: &str) -> Result<Result<(), Box<DbError>>> {
        let Err(broken) = self.session().session.run(sql).await else { return Ok(Ok(())) };
        match broken.error.as_db_error() {
            Some(error) if !self.session().session.is_interrupted() => Ok(Err(Box::new(error.clone()))),
            _ => Err(self.unusable(broken)),
        }
    }

    /// Goes on in a copy. Returns the name of the original, to [`return to`](Self::return_to) or to [`drop`](Self::forget).
    pub(crate) async fn copy(&mut self) -> Result<String> {
        self.disconnect().await;
        let copied = self.server.create(Some(&self.name)).await;
        let original = self.name.clone();
        let copied = copied.map(|copy| self.name = copy);
        self.connect().await?;
        copied.map(|()| original)
    }

    /// Drops the copy and goes on in the original.
    pub(crate) async fn return_to(&mut self, original: String) -> Result<()> {
        self.disconnect().await;
        let copy = std::mem::replace(&mut self.name, original);
        self.server.drop(&copy).await?;
        self.connect().await
    }

    /// Drops the original.
    pub(crate) async fn forget(&mut self, original: &str) -> Result<()> {
        self.server.drop(original).await
    }

    /// Becomes a copy of another scratch database.
    pub(crate) async fn become_copy_of(&mut self, other: &mut Self) -> Result<()> {
        self.disconnect().await;
        self.server.drop(&self.name).await?;
        other.disconnect().await;
        let copied = self.server.create(Some(&other.name)).await;
        other.connect().await?;
        self.name = copied?;
        self.connect().await
    }

    async fn connect(&mut self) -> Result<()> {
        let mut session = self.server.open(&self.name).await?;
        state::prepare(&mut session).await?;
        session.prepare_inspection().await?;
        self.session = Some(session);
        Ok(())
    }

    async fn disconnect(&mut self) {
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }

    fn session(&mut self) -> &mut PostgresDatabase<'static> {
        self.session.as_mut().expect("it is connected but for the moment of a copy")
    }

    fn unusable(&mut self, broken: Broken) -> crate::error::Error {
        let interrupted = self.session().session.is_interrupted();
        failure::query(broken, interrupted, "the scratch database cannot be used")
    }
}
