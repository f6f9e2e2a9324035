//! Databases that are made for a proof or a test on a server, and dropped after it.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use crate::config::Options;
use crate::database::postgres::connect::ConnectSettings;
use crate::database::postgres::{PostgresDatabase, failure};
use crate::duration::server_milliseconds;
use crate::error::{Code, Error, Hint, Result, Setting};
use crate::interrupt::Interrupt;
use crate::sql::{Ident, Literal};

/// What the names of all of them begin with.
const PREFIX: &str = "schemactl_scratch_";

/// How long a lock is waited for where a step waits for ever.
const LONGEST: Duration = Duration::from_secs(10);

/// A session that makes and drops scratch databases. They have its identity in their names: where no session of the server has it
/// any more, whoever made them is gone.
pub(crate) struct ScratchServer {
    session: PostgresDatabase<'static>,
    settings: ConnectSettings,
    options: Options,
    /// `schemactl_scratch_<pid>_<when the session began>`.
    prefix: String,
    count: u32,
    /// What is prepared to be asked again; empty where nothing is.
    asked: String,
    /// How often something was prepared, so that each has a name of its own; none where the server forgets what is prepared, as a pooler does that hands each
    /// transaction another of its sessions.
    prepared: Option<u32>,
    /// What no other session has: behind a pooler several have the identity of one, and meet what it has prepared.
    nonce: u64,
}

impl ScratchServer {
    /// Connects to the database of the settings; where it is not there yet, to one that every server has. Drops the scratch databases
    /// that a proof which was killed has left.
    ///
    /// # Errors
    /// As connecting.
    pub(crate) async fn connect(settings: ConnectSettings, options: &Options) -> Result<Self> {
        // What was made is dropped also when the user has stopped the proof.
        let unstopped = options.clone().interrupt(Interrupt::new());
        let session = connect_anywhere(&settings, &unstopped).await?;
        let mut server = Self {
            session,
            settings,
            options: options.clone(),
            prefix: String::new(),
            count: 0,
            asked: String::new(),
            prepared: Some(0),
            nonce: RandomState::new().hash_one(0),
        };
        let identity = "SELECT pid || '_' || (extract(epoch FROM backend_start) * 1000)::bigint \
             FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) LIMIT 1";
        let rows = server.query(identity, "the server does not say which session this is").await?;
        let identity = rows.first().and_then(|row| row.get(0)).unwrap_or_default();
        server.prefix = format!("{PREFIX}{identity}");
        server.sweep().await?;
        Ok(server)
    }

    /// Creates an empty database, or a copy of another scratch database, to which nobody may be connected.
    pub(crate) async fn create(&mut self, template: Option<&str>) -> Result<String> {
        let name = format!("{}_{}", self.prefix, self.count);
        self.count += 1;
        let template = template.unwrap_or("template0");
        let sql = format!("CREATE DATABASE {} TEMPLATE {}", Ident(&name), Ident(template));
        match self.session.session.run(&sql).await {
            Ok(()) => Ok(name),
            Err(broken) => {
                let mut failure = failure::of(broken, self.session.session.is_interrupted());
                if failure.sqlstate.as_deref() == Some(NO_PRIVILEGE) {
                    failure.hints = self.ways_out().await;
                }
                let code = failure.code;
                Err(failure::of_failure(failure, code, "a scratch database cannot be created"))
            }
        }
    }

    /// What lets proofs run where the role may not create databases.
    async fn ways_out(&mut self) -> Vec<Hint> {
        let rows = self.query("SELECT current_user", "the server does not say who this is").await.unwrap_or_default();
        let role =
            rows.first().and_then(|row| row.get(0)).map_or_else(|| "...".to_owned(), |role| Ident(role).to_string());
        vec![
            format!(
                "let a superuser run `ALTER ROLE {role} CREATEDB`: CREATE on a database, which GRANT gives, is the right to make schemas in it"
            )
            .into(),
            Hint::from(
                "or name a server where a role may create databases, such as one on your own machine with the same major version, like \
                 `postgresql:///postgres`: ",
            )
            .setting(Setting::SCRATCH_URL),
        ]
    }

    /// Connects to a database that [`create`](Self::create) made, and to no other: a pooler can lead every name to the one that
    /// the application uses, and a proof takes back what it finds.
    pub(crate) async fn open(&self, name: &str) -> Result<PostgresDatabase<'static>> {
        self.open_with(name, &self.options).await
    }

    /// The same with other options.
    pub(super) async fn open_with(&self, name: &str, options: &Options) -> Result<PostgresDatabase<'static>> {
        let mut database = PostgresDatabase::connect(self.settings.clone().with_database(name), options).await?;
        let answer = database.session.query("SELECT pg_catalog.current_database()").await;
        let interrupted = database.session.is_interrupted();
        let rows =
            answer.map_err(|broken| failure::query(broken, interrupted, "the scratch database cannot be used"))?;
        match rows.first().and_then(|row| row.get(0)) {
            Some(reached) if reached == name => Ok(database),
            reached => {
                let error = elsewhere(name, reached.unwrap_or_default());
                database.close().await;
                Err(error)
            }
        }
    }

    /// From now on names without a schema lead elsewhere in the databases that are opened.
    pub(super) fn look_up(&mut self, path: &str) {
        self.settings = self.settings.clone().with_search_path(path);
    }

    /// How the server itself is reached, in a database that is not made for a proof.
    pub(super) fn reached_by(&self) -> ConnectSettings {
        self.session.settings.as_ref().unwrap_or(&self.settings).clone()
    }

    /// Drops a database that [`create`](Self::create) made.
    pub(crate) async fn drop(&mut self, name: &str) -> Result<()> {
        self.run(
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", Ident(name)),
            "a scratch database cannot be dropped",
        )
        .await
    }

    /// Drops roles that scripts made, by oid and name: they are the server's, and outlive a scratch database. One that somebody has given anything to
    /// meanwhile, such as another proof of the same migrations, stays.
    pub(crate) async fn drop_roles(&mut self, roles: &BTreeMap<String, String>) {
        for (oid, role) in roles {
            // Somebody may have dropped it, and made another one by that name.
            let same =
                format!("SELECT FROM pg_catalog.pg_roles WHERE oid = {oid} AND rolname = {}", Literal(Some(role)));
            if self.ask(&same).await.is_ok_and(|rows| rows.is_empty()) {
                continue;
            }
            let sql = format!("DROP ROLE IF EXISTS {}", Ident(role));
            if let Err(error) = self.run(&sql, "the role cannot be dropped").await {
                tracing::warn!("the role {role}, which a migration made for its proof, stays: {error:#}");
            }
        }
    }

    pub(crate) async fn close(self) {
        self.session.close().await;
    }

    /// Only what has a name as ours, belongs to this role, and was made by a session that has ended.
    async fn sweep(&mut self) -> Result<()> {
        let dead = format!(
            "SELECT d.datname FROM pg_catalog.pg_database d \
             CROSS JOIN LATERAL regexp_match(d.datname, '^{PREFIX}([0-9]+)_([0-9]+)_[0-9]+$') AS made(by) \
             WHERE made.by IS NOT NULL AND pg_catalog.pg_get_userbyid(d.datdba) = current_user AND NOT EXISTS \
               (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid::text = made.by[1] AND (a.backend_start IS NULL \
                  OR (extract(epoch FROM a.backend_start) * 1000)::bigint::text = made.by[2]))"
        );
        let rows = self.query(&dead, "scratch databases cannot be looked for").await?;
        for name in rows.iter().filter_map(|row| row.get(0)) {
            // Another proof may sweep as well, or its user may have a reason to keep it: nothing depends on it here.
            if let Err(error) = self.drop(name).await {
                tracing::warn!("the scratch database {name} of a proof that was killed stays: {error}");
            }
        }
        Ok(())
    }

    /// Asks outside of the transactions of scratch databases: sees what is committed. It waits no longer for a lock than a step does, since the
    /// transaction of the scratch database stays open meanwhile. Where somebody wants a catalog for himself, as VACUUM FULL does, he waits for that
    /// transaction, and this question, and everybody who connects, for him: the server sees no deadlock there.
    pub(super) async fn ask(&mut self, sql: &str) -> Result<Vec<tokio_postgres::SimpleQueryRow>> {
        let limited = format!("SET LOCAL lock_timeout = {}\n;\n{sql}", server_milliseconds(self.patience()));
        let asked = self.query(&limited, "what the databases of the server share cannot be read").await;
        asked.map_err(|error| if error.code() == Code::TableLocked { waited_for(error) } else { error })
    }

    /// Never for ever: what is waited for may wait for this proof.
    fn patience(&self) -> Duration {
        if self.options.lock_timeout.is_zero() { LONGEST } else { self.options.lock_timeout }
    }

    /// As [`ask`](Self::ask), for what is asked over and over: the server plans it once.
    pub(super) async fn ask_again(&mut self, sql: &str) -> Result<Vec<tokio_postgres::SimpleQueryRow>> {
        let Some(mut number) = self.prepared else { return self.ask(sql).await };
        if self.asked != sql {
            let last =
                if self.asked.is_empty() { String::new() } else { format!("DEALLOCATE {}\n;\n", self.name(number)) };
            number += 1;
            self.asked.clear();
            match self.ask(&format!("{last}PREPARE {} AS {sql}", self.name(number))).await {
                Ok(_) => (self.prepared, self.asked) = (Some(number), sql.to_owned()),
                Err(error) => return self.ask_unprepared(sql, error).await,
            }
        }
        match self.ask(&format!("EXECUTE {}", self.name(number))).await {
            Ok(rows) => Ok(rows),
            Err(error) => self.ask_unprepared(sql, error).await,
        }
    }

    fn name(&self, number: u32) -> String {
        format!("schemactl_ask_{:x}_{number}", self.nonce)
    }

    async fn ask_unprepared(&mut self, sql: &str, error: Error) -> Result<Vec<tokio_postgres::SimpleQueryRow>> {
        if error.sqlstate() != Some(NOT_PREPARED) {
            return Err(error);
        }
        self.prepared = None;
        self.ask(sql).await
    }

    async fn run(&mut self, sql: &str, message: &str) -> Result<()> {
        self.query(sql, message).await.map(drop)
    }

    async fn query(&mut self, sql: &str, message: &str) -> Result<Vec<tokio_postgres::SimpleQueryRow>> {
        let answer = self.session.session.query(sql).await;
        answer.map_err(|broken| failure::query(broken, self.session.session.is_interrupted(), message))
    }
}

fn elsewhere(name: &str, reached: &str) -> Error {
    let message = format!("the server made the scratch database {name}, but leads to {reached} in its place");
    Error::new(Code::Connect, message)
        .with_cause(
            "every name leads to one database there: `dbname` in a pooler's configuration, or a server that has one",
        )
        .with_state("nothing was run")
        .with_hint(Hint::from("name a server that is reached without the pooler: ").setting(Setting::SCRATCH_URL))
}

fn waited_for(error: Error) -> Error {
    error
        .with_cause(
            "somebody wants a catalog that all databases of the server share for himself, as VACUUM FULL does, and waits for this proof: it gives way",
        )
        .with_state("the databases of the proof are dropped, and no file was written")
        .with_hint("run it again when that is done: `SELECT pid, query FROM pg_stat_activity WHERE wait_event_type = 'Lock'` shows who waits")
}

/// <https://www.postgresql.org/docs/18/errcodes-appendix.html>
const UNKNOWN_DATABASE: &str = "3D000";
const NO_PRIVILEGE: &str = "42501";
const NOT_PREPARED: &str = "26000";

async fn connect_anywhere(settings: &ConnectSettings, options: &Options) -> Result<PostgresDatabase<'static>> {
    let error = match PostgresDatabase::connect(settings.clone(), options).await {
        Ok(session) => return Ok(session),
        Err(error) => error,
    };
    // The application's database is often not there yet when its migrations are written.
    if error.sqlstate() != Some(UNKNOWN_DATABASE) {
        return Err(error);
    }
    for name in ["postgres", "template1"] {
        if let Ok(session) = PostgresDatabase::connect(settings.clone().with_database(name), options).await {
            return Ok(session);
        }
    }
    Err(error)
}
