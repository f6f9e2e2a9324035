//! Putting a dump back, into a database of its own that gets its name when it is whole.

use tokio_postgres::Client;

use super::programs::{self, Program};
use super::{ask, locale};
use crate::backup::manifest::{PostgresFacts, damaged};
use crate::backup::task::{Replace, RestoreRequest, Restored, last_version, wrong_version};
use crate::config::Secret;
use crate::database::postgres::PostgresDatabase;
use crate::database::postgres::connect::{ConnectSettings, Connected};
use crate::database::{Detail, Reader as _};
use crate::error::{Code, Error, Result};
use crate::fault;
use crate::sql::{Ident, Literal};
use crate::version::Version;

/// Databases that every server has.
const EVERYWHERE: [&str; 2] = ["postgres", "template1"];

/// How PostgreSQL names what does not exist.
const UNKNOWN_DATABASE: &str = "3D000";

/// What the names of databases begin with that a restore makes, and that it has replaced: by these it finds what a killed one has left.
const RESTORING: &str = "schemactl_restoring_";
const REPLACED: &str = "schemactl_replaced_";

/// PostgreSQL's names have so many bytes at most.
const LONGEST: usize = 63;

/// A restore that is under way.
struct Restoring<'a> {
    request: &'a RestoreRequest<'a>,
    url: &'a Secret,
    settings: ConnectSettings,
    facts: &'a PostgresFacts,
    pg_restore: Program,
    /// In another database than the one that is made.
    client: &'a Client,
    /// The name in the end, until then, and that of what is replaced.
    name: String,
    new: String,
    old: String,
}

/// Restores into a new database, or, where that is asked for, into one in place of another.
pub(in crate::backup) async fn restore(request: &RestoreRequest<'_>, url: &Secret) -> Result<Restored> {
    let no_facts =
        || damaged(format!("the record of {} does not say what the database was made with", request.backup.display()));
    let facts = request.manifest.postgres.as_ref().ok_or_else(no_facts)?;
    let settings = ask::settings(request.target, url)?;
    let name = request.into.clone().unwrap_or_else(|| settings.database().to_owned());
    let pg_restore = programs::find("pg_restore", facts.pg_dump, request.pg_bin.as_deref())?;
    let beside = connect_beside(&settings, &name).await?;
    let (new, old) = (with_prefix(RESTORING, &name), with_prefix(REPLACED, &name));
    let client = &beside.client;
    let restored = Restoring { request, url, settings, facts, pg_restore, client, name, new, old }.run().await;
    beside.close().await;
    restored
        .map_err(|error| if error.database_state().is_none() { error.with_state("nothing was changed") } else { error })
}

/// Nobody can make or rename the database that they are connected to.
async fn connect_beside(settings: &ConnectSettings, name: &str) -> Result<Connected> {
    let mut last = None;
    for database in EVERYWHERE.into_iter().filter(|database| *database != name) {
        match settings.clone().with_database(database).connect().await {
            Ok(connected) => return Ok(connected),
            Err(error) if error.sqlstate() == Some(UNKNOWN_DATABASE) => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| Error::new(Code::Connect, format!("{name} cannot be restored from within"))))
}

fn with_prefix(prefix: &str, name: &str) -> String {
    let mut at = name.len().min(LONGEST - prefix.len());
    while !name.is_char_boundary(at) {
        at -= 1;
    }
    format!("{prefix}{}", &name[..at])
}

impl Restoring<'_> {
    async fn run(&self) -> Result<Restored> {
        let is_there = self.assert_place().await?;
        self.lock().await?;
        self.drop(&self.new).await?;
        self.drop(&self.old).await?;
        self.create().await?;
        let made = self.fill_and_swap(is_there).await;
        let version = match made {
            Ok(version) => version,
            Err(error) => {
                // It has no rows that are nowhere else.
                let _ = self.drop(&self.new).await;
                return Err(error);
            }
        };
        fault::point("after restore");
        let mut notes = Vec::new();
        if is_there && let Err(error) = self.drop(&self.old).await {
            notes.push(format!(
                "what was there before is database {} now, and could not be dropped: {}",
                self.old,
                error.with_its_cause()
            ));
        }
        Ok(Restored { into: format!("database {}", self.name), version, replaced: is_there, notes })
    }

    /// Whether there is a database of that name, which may be replaced.
    async fn assert_place(&self) -> Result<bool> {
        let sql = format!("SELECT 1 FROM pg_catalog.pg_database WHERE datname = {}", Literal(Some(&self.name)));
        let is_there = ask::value(self.client, &sql).await?.is_some();
        if is_there && self.request.replace == Replace::No {
            return Err(Error::new(Code::TargetExists, format!("database {} is there already", self.name))
                .with_hint("restore it beside: `--into NAME`")
                .with_hint("or, to lose what is in it now: `--replace`"));
        }
        if is_there {
            self.assert_unused().await?;
        }
        Ok(is_there)
    }

    async fn assert_unused(&self) -> Result<()> {
        let sql = format!(
            "SELECT string_agg(DISTINCT coalesce(nullif(application_name, ''), usename, 'pid ' || pid), ', ') \
             FROM pg_catalog.pg_stat_activity WHERE datname = {}",
            Literal(Some(&self.name))
        );
        match ask::value(self.client, &sql).await? {
            None => Ok(()),
            Some(who) => Err(self.in_use(&format!("connected to it: {who}"))),
        }
    }

    fn in_use(&self, cause: &str) -> Error {
        Error::new(Code::DatabaseInUse, format!("database {} is in use", self.name))
            .with_cause(cause)
            .with_state("it is as it was")
            .with_hint("stop what uses it, and try again")
            .with_hint("or restore it beside: `--into NAME`")
    }

    /// Keeps others from what this one makes, until the session ends.
    async fn lock(&self) -> Result<()> {
        let name = Literal(Some(&self.new));
        let sql = format!("SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended({name}, 0))");
        match ask::value(self.client, &sql).await?.as_deref() {
            Some("t") => Ok(()),
            _ => Err(self.in_use("another restore of it is at work")),
        }
    }

    async fn drop(&self, name: &str) -> Result<()> {
        let sql = format!("DROP DATABASE IF EXISTS {}", Ident(name));
        let message = format!("database {name}, which a restore made, cannot be dropped");
        ask::run(self.client, &sql, message).await.map_err(|error| match error.code() {
            // The pg_restore of a restore that was killed goes on to its end.
            Code::DatabaseInUse => error.with_hint("a restore is still at work on it: try again once it has ended"),
            _ => error,
        })
    }

    async fn create(&self) -> Result<()> {
        let version = ask::value(self.client, "SELECT pg_catalog.current_setting('server_version_num')").await?;
        let server = version.and_then(|version| version.parse::<u32>().ok()).unwrap_or_default() / 10_000;
        let sql = locale::create(&self.new, self.facts, server)?;
        ask::run(self.client, &sql, format!("database {} cannot be made", self.new)).await?;
        for setting in &self.facts.settings {
            let message = format!("database {} cannot have the setting {}", self.new, setting.name);
            ask::run(self.client, &locale::set(&self.new, setting), message).await?;
        }
        Ok(())
    }

    async fn fill_and_swap(&self, is_there: bool) -> Result<Option<Version>> {
        let parameters = ask::parameters(self.url, &self.new)?;
        let arguments = vec!["--exit-on-error".to_owned(), self.request.backup.display().to_string()];
        ask::program(&self.pg_restore, arguments, Some(parameters), self.request.interrupt).await?;
        fault::point("after restore copy");
        let version = self.version().await?;
        if version.map(Version::get) != self.request.manifest.version {
            return Err(wrong_version(self.request, version));
        }
        fault::point("before restore replace");
        self.swap(is_there).await?;
        Ok(version)
    }

    /// The last version of the history that was restored.
    async fn version(&self) -> Result<Option<Version>> {
        let settings = self.settings.clone().with_database(&self.new);
        let mut database = PostgresDatabase::connect(settings, &self.request.target.options).await?;
        let found = database.history(Detail::All).await;
        database.close().await;
        Ok(last_version(&found?))
    }

    /// Gives the new database its name, in one transaction with the renaming of what has it.
    async fn swap(&self, is_there: bool) -> Result<()> {
        let (name, new, old) = (Ident(&self.name), Ident(&self.new), Ident(&self.old));
        let mut sql = "BEGIN; ".to_owned();
        if is_there {
            sql += &self.rights().await?;
            sql += &format!("ALTER DATABASE {name} RENAME TO {old}; ");
        }
        sql += &format!("ALTER DATABASE {new} RENAME TO {name}; COMMIT");
        let swapped = ask::run(self.client, &sql, format!("database {} cannot get its name", self.new)).await;
        swapped.map_err(|error| match error.code() {
            Code::DatabaseInUse => self.in_use(error.cause().unwrap_or_default()),
            Code::ConnectionLost => error.with_state(format!(
                "it is not known which of both it is: `SELECT FROM pg_database WHERE datname = '{}'` has a row where it is the old one",
                self.new
            )),
            _ => error,
        })
    }

    /// What gives the new database the owner, and the rights on it, that the old one has.
    async fn rights(&self) -> Result<String> {
        let (name, new) = (Literal(Some(&self.name)), Literal(Some(&self.new)));
        let sql = format!(
            "SELECT CASE WHEN pg_catalog.pg_get_userbyid(d.datdba) <> current_user \
                      THEN format('ALTER DATABASE %I OWNER TO %I; ', {new}, pg_catalog.pg_get_userbyid(d.datdba)) ELSE '' END \
                 || CASE WHEN d.datacl IS NULL THEN '' ELSE format('REVOKE ALL ON DATABASE %I FROM PUBLIC; ', {new}) || coalesce( \
                      (SELECT string_agg(format('GRANT %s ON DATABASE %I TO %s%s; ', a.privilege_type, {new}, \
                                CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, \
                                CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '') \
                       FROM pg_catalog.aclexplode(d.datacl) a WHERE a.grantee <> d.datdba), '') END \
             FROM pg_catalog.pg_database d WHERE d.datname = {name}"
        );
        Ok(ask::value(self.client, &sql).await?.unwrap_or_default())
    }
}
