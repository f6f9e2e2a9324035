//! A database that is nobody's: made for a proof, worked on in transactions that are taken back, and dropped.

mod adapt;
mod guard;
mod script;
mod server;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_postgres::SimpleQueryRow;
use tokio_postgres::error::DbError;

pub(crate) use self::adapt::{beyond, drops, needs_commits};
pub(crate) use self::guard::MadeRoles;
pub(crate) use self::server::ScratchServer;
use super::connect::ConnectSettings;
use super::count::CountPlace;
use super::inspect::PATH;
pub(crate) use super::inspect::{FollowedCatalog, RowVersions, Since};
use super::limit::Limit;
use super::session::SessionFailure;
use super::{PostgresDatabase, compile, failure, state};
use crate::catalog::Catalog;
use crate::config::{Options, ScratchOwner};
use crate::database::{Inspect, Inspection, Reader, SearchPath};
use crate::error::Result;
use crate::source::Requirement;
use crate::sql::{Ident, OwnStatement};

/// A scratch database, with a session in it and one that can drop it.
pub(crate) struct ScratchDatabase {
    server: ScratchServer,
    /// None only while it is copied, when nobody may be connected.
    session: Option<PostgresDatabase<'static>>,
    name: String,
    /// What all databases of the server share, by the names of its catalogs.
    catalogs: Vec<String>,
    /// Roles that scripts have made on the server.
    made: MadeRoles,
    /// Roles that are there as far as scripts know, which have made them and not dropped them. On the server they stay until the end.
    present: BTreeSet<String>,
    ground: ScratchOwner,
    /// The names of what the session has prepared.
    prepared: BTreeSet<&'static str>,
}

impl ScratchDatabase {
    /// Makes an empty one on the server of the settings.
    ///
    /// # Errors
    /// As connecting; [`Code::Query`](crate::error::Code::Query) where the role may not create databases.
    pub(crate) async fn open(settings: ConnectSettings, options: &Options) -> Result<Self> {
        let mut server = ScratchServer::connect(settings, options).await?;
        let name = server.create(None).await?;
        let mut scratch = Self {
            server,
            session: None,
            name,
            catalogs: Vec::new(),
            made: MadeRoles::default(),
            present: BTreeSet::new(),
            ground: options.ground,
            prepared: BTreeSet::new(),
        };
        match scratch.begin(options).await {
            Ok(()) => Ok(scratch),
            Err(error) => {
                scratch.close().await?;
                Err(error)
            }
        }
    }

    /// Runs what a platform brings before any migration (`scratch_setup`).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(crate) async fn set_up(&mut self, options: &Options) -> Result<()> {
        match &options.scratch_setup {
            Some(setup) => self.run(setup, false).await,
            None => Ok(()),
        }
    }

    /// As a run begins: the schema of the history is there before the first migration.
    async fn begin(&mut self, options: &Options) -> Result<()> {
        self.connect().await?;
        let rows = self.query(shared::CATALOGS).await?;
        self.catalogs = rows.iter().filter_map(|row| row.get(0)).map(str::to_owned).collect();
        if let Some(schema) = &options.schema {
            self.control(&format!("CREATE SCHEMA IF NOT EXISTS {}", Ident(schema))).await?;
        }
        Ok(())
    }

    /// Ends its sessions and drops it, with the roles that scripts have made.
    pub(crate) async fn close(mut self) -> Result<()> {
        self.disconnect().await;
        let dropped = self.server.drop(&self.name).await;
        // As long as another database of the proof gives them rights, they cannot be dropped.
        if self.made.is_last() {
            self.server.drop_roles(&self.made.all()).await;
        }
        self.server.close().await;
        dropped
    }

    /// The database as the runner finds it: on connections of its own, with these options.
    ///
    /// # Errors
    /// As connecting.
    pub(crate) async fn live(&self, options: &Options) -> Result<PostgresDatabase<'static>> {
        self.server.open_with(&self.name, options).await
    }

    /// The roles that scripts have made, for another scratch database of the same proof.
    pub(crate) fn made(&self) -> MadeRoles {
        self.made.clone()
    }

    /// Takes what another scratch database of the same proof knows of roles that scripts have made.
    pub(crate) fn share(&mut self, made: MadeRoles) {
        self.made = made;
    }

    /// The roles that are there as far as scripts know.
    pub(crate) fn present(&self) -> &BTreeSet<String> {
        &self.present
    }

    /// Where names without a schema lead here.
    pub(crate) async fn path(&mut self) -> Result<Option<SearchPath>> {
        let sql = format!("SELECT {PATH}, current_schema()");
        let rows = self.query(&sql).await?;
        let text = |column: usize| rows.first().and_then(|row| row.get(column)).map(str::to_owned);
        Ok(text(0).zip(text(1)).map(|(setting, home)| SearchPath { setting, home }))
    }

    /// The first schema that the search path names, be it there or not.
    pub(crate) async fn first_of_path(&mut self) -> Result<Option<String>> {
        let sql = "SELECT btrim(part, ' \"') FROM unnest(string_to_array(current_setting('search_path'), ',')) \
             WITH ORDINALITY AS p (part, at) WHERE btrim(part, ' \"') NOT IN ('', '$user') ORDER BY at LIMIT 1";
        Ok(self.query(sql).await?.first().and_then(|row| row.get(0)).map(str::to_owned))
    }

    /// From now on names without a schema lead where this search path has them.
    pub(crate) async fn look_up(&mut self, path: &str) -> Result<()> {
        self.disconnect().await;
        self.server.look_up(path);
        self.connect().await
    }

    /// Goes back to the roles that were there at a mark.
    pub(crate) fn set_present(&mut self, present: BTreeSet<String>) {
        self.present = present;
    }

    /// Reads what it holds: all of it, or what has changed since it, or what it is a copy of, was read.
    pub(crate) async fn inspect(&mut self, last: Option<&FollowedCatalog>) -> Result<FollowedCatalog> {
        self.prepare().await?;
        self.session().inspect_again(last).await
    }

    /// What may look different from when these versions were read, and those of now.
    pub(crate) async fn since(&mut self, last: Option<&RowVersions>) -> Result<(Option<RowVersions>, Since)> {
        self.prepare().await?;
        let now = self.session().versions().await?;
        let since = self.session().since(last, now.as_ref()).await?;
        Ok((now, since))
    }

    /// Planning all that costs more than asking it, and there are scratch databases that are never asked.
    async fn prepare(&mut self) -> Result<()> {
        if self.prepared.insert("inspection") {
            self.session().prepare_inspection().await?;
        }
        Ok(())
    }

    /// What words its catalog.
    pub(crate) async fn release(&mut self) -> Result<String> {
        self.session().release().await
    }

    /// Reads what it holds, and who holds it.
    pub(crate) async fn inspection(&mut self) -> Result<Inspection<Catalog>> {
        self.session().inspection().await
    }

    /// Whether what a migration requires can be had here.
    pub(crate) async fn available(&mut self, requirement: &Requirement) -> Result<bool> {
        self.session().available(requirement).await
    }

    /// The functions that do not compile.
    pub(crate) async fn unsound(&mut self, is_in_transaction: bool) -> Result<Vec<String>> {
        let place = if is_in_transaction { CountPlace::Within } else { CountPlace::Alone };
        compile::unsound(self.session(), place).await
    }

    /// Lets the server cancel what takes longer than this from now on, or as much longer as the server is busy with other things.
    pub(crate) fn allow(&mut self, most: Duration) {
        let limit = Limit::new(most, self.server.reached_by());
        self.session().session.allow(limit);
    }

    /// From now on there is no limit. Returns whether something was cancelled for it.
    pub(crate) fn lift(&mut self) -> bool {
        self.session().session.lift()
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

    /// Asks for rows that are asked for over and over: the session plans it once, under this name, behind which the types of its
    /// arguments stand where it has some.
    pub(crate) async fn query_again(
        &mut self,
        name: &'static str,
        sql: &str,
        arguments: &str,
    ) -> Result<Vec<SimpleQueryRow>> {
        let prepare =
            if self.prepared.contains(name) { String::new() } else { format!("PREPARE {name} AS {sql}\n;\n") };
        let (name_alone, _) = name.split_once(' ').unwrap_or((name, ""));
        let rows = self.query(&format!("{prepare}EXECUTE {name_alone} {arguments}")).await?;
        self.prepared.insert(name);
        Ok(rows)
    }

    /// Runs statements that may fail; the reason where one does. Whoever calls it is in a transaction, and takes it back then.
    pub(crate) async fn attempt(&mut self, statements: &[OwnStatement]) -> Result<(), String> {
        let texts: Vec<&str> = statements.iter().map(|statement| statement.text.as_str()).collect();
        self.session().session.run(&texts.join("\n;\n")).await.map_err(|broken| match broken.error.as_db_error() {
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
        self.present.clone_from(&other.present);
        self.connect().await
    }

    async fn connect(&mut self) -> Result<()> {
        let mut session = self.server.open(&self.name).await?;
        state::prepare(&mut session).await?;
        self.prepared.clear();
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

    fn unusable(&mut self, broken: SessionFailure) -> crate::error::Error {
        let interrupted = self.session().session.is_interrupted();
        failure::query(broken, interrupted, "the scratch database cannot be used")
    }
}
