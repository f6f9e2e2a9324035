//! The options of every command.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::config::Overrides;
use crate::error::{Code, Error, Result};
use crate::sql::Dialect;

// What every command takes stands apart, and in `--help` alone.
const DATABASE: &str = "Options of every command: the database";
const LIMITS: &str = "Options of every command: limits";
const OUTPUT: &str = "Options of every command: output";

#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Global {
    /// The configuration file. Default: schema.toml in this folder or the nearest one above it
    #[arg(long, global = true, value_name = "FILE", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The database, by its name in schema.toml (repeatable). Default: all of them, in their order
    #[arg(long, short = 'd', global = true, value_name = "NAME", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) database: Vec<String>,
    /// The backend to work on. Default: the one that schema.toml names, else the one whose variable is set, else sqlite if it is configured
    #[arg(long, global = true, value_enum, value_name = "BACKEND", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) backend: Option<BackendChoice>,
    /// The database itself: sqlite:app.db, postgres://user@host/name. An argument can be seen by others on this machine: a
    /// password is better given by SCHEMACTL_URL, schema.toml with ${VARIABLE}, or ~/.pgpass
    #[arg(long, global = true, value_name = "URL", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) url: Option<String>,
    /// The folder of migrations. Default: migrations/<backend>, or migrations/<backend>/<database>
    #[arg(long, global = true, value_name = "DIR", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) migrations: Option<String>,
    /// The history's table; its log is <TABLE>_log. Default: schema_migrations
    #[arg(long, global = true, value_name = "TABLE", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) table: Option<String>,
    /// The PostgreSQL schema of the history's table. Default: the first one of the search path
    #[arg(long, global = true, value_name = "SCHEMA", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) schema: Option<String>,
    /// What to do when the database has versions above all files: refuse, allow-if-reversible or allow. Default: refuse
    #[arg(long, global = true, value_name = "POLICY", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) newer_database: Option<String>,
    /// What to do when the file of an applied migration was edited: refuse (strict), or go on where only comments differ
    /// (comments). Default: strict
    #[arg(long, global = true, value_name = "POLICY", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) edits: Option<String>,
    /// What `up` does with a database without a history that another tool has migrated, or that has tables which the migrations
    /// make: refuse or allow. Default: refuse
    #[arg(long, global = true, value_name = "POLICY", help_heading = DATABASE, hide_short_help = true)]
    pub(in crate::cli) existing_database: Option<String>,
    /// How long a statement may wait for a lock before it is rolled back and tried again, with a unit: 500ms, 3s, 2min; 0
    /// for no limit. Default: 3s
    #[arg(long, global = true, value_name = "TIME", help_heading = LIMITS, hide_short_help = true)]
    pub(in crate::cli) lock_timeout: Option<String>,
    /// How long a statement may run (PostgreSQL), with a unit: 30s, 10min, 1h; 0 for no limit. Default: 0
    #[arg(long, global = true, value_name = "TIME", help_heading = LIMITS, hide_short_help = true)]
    pub(in crate::cli) statement_timeout: Option<String>,
    /// How long to wait in all: for another runner, and for locks through all tries, with a unit: 30s, 5min. Default: 5min
    #[arg(long, global = true, value_name = "TIME", help_heading = LIMITS, hide_short_help = true)]
    pub(in crate::cli) lock_wait: Option<String>,
    /// How many connections a run takes (PostgreSQL): two, of which one holds the lock, or one. Default: two
    #[arg(long, global = true, value_name = "NUMBER", help_heading = LIMITS, hide_short_help = true)]
    pub(in crate::cli) connections: Option<String>,
    /// Print one JSON document to stdout, also where the command fails (see docs/json.md)
    #[arg(long, global = true, help_heading = OUTPUT, hide_short_help = true)]
    pub(in crate::cli) json: bool,
    /// Print errors only
    #[arg(long, short = 'q', global = true, conflicts_with = "verbose", help_heading = OUTPUT, hide_short_help = true)]
    pub(in crate::cli) quiet: bool,
    /// Tell more, on stderr: what is done (-v), also the SQL (-vv). RUST_LOG says it for each module, with the time
    #[arg(long, short = 'v', global = true, action = ArgAction::Count, help_heading = OUTPUT, hide_short_help = true)]
    pub(in crate::cli) verbose: u8,
    /// How stderr is written: for people (text), or as one JSON object a line (json, see docs/json.md)
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = OUTPUT,
        hide_short_help = true
    )]
    pub(in crate::cli) log_format: LogFormat,
    /// Whether to colour; auto looks at the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT, hide_short_help = true)]
    pub(in crate::cli) color: ColorChoice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BackendChoice {
    Sqlite,
    #[value(alias = "postgresql")]
    Postgres,
    /// For `init` alone, whose default it is.
    #[value(hide = true)]
    Both,
}

/// The backend that was typed.
pub(in crate::cli) fn backend(choice: Option<BackendChoice>) -> Result<Option<Dialect>> {
    match choice {
        None => Ok(None),
        Some(BackendChoice::Sqlite) => Ok(Some(Dialect::Sqlite)),
        Some(BackendChoice::Postgres) => Ok(Some(Dialect::Postgres)),
        Some(BackendChoice::Both) => Err(Error::new(Code::Usage, "`--backend both` is for `schemactl init`")
            .with_hint("name `sqlite` or `postgres`")),
    }
}

impl Global {
    /// What was typed of what schema.toml and the environment can say too.
    pub(in crate::cli) fn overrides(&self, order: Option<&str>) -> Result<Overrides> {
        Ok(Overrides {
            config: self.config.clone(),
            backend: backend(self.backend)?,
            databases: self.database.clone(),
            url: self.url.clone(),
            migrations: self.migrations.clone(),
            table: self.table.clone(),
            schema: self.schema.clone(),
            lock_timeout: self.lock_timeout.clone(),
            statement_timeout: self.statement_timeout.clone(),
            lock_wait: self.lock_wait.clone(),
            connections: self.connections.clone(),
            order: order.map(str::to_owned),
            newer_database: self.newer_database.clone(),
            existing_database: self.existing_database.clone(),
            edits: self.edits.clone(),
        })
    }
}
