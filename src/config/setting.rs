//! The keys that each backend of a database has, and what their values mean.

use std::ops::Range;

use super::{
    Connections, Edits, ExistingDatabase, Fingerprinting, NewerDatabase, Options, Order, UndoKeep, UndoPolicy,
};
use crate::duration::parse_duration;
use crate::error::did_you_mean;
use crate::sql::Dialect;

/// A key of `[sqlite]` or `[postgres]`, which is also a flag and an environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ConfigKey {
    Url,
    Migrations,
    Table,
    Schema,
    LockTimeout,
    StatementTimeout,
    LockWait,
    Connections,
    Order,
    NewerDatabase,
    ExistingDatabase,
    Edits,
    Fingerprint,
    Undo,
    UndoKeep,
    ScratchUrl,
    ScratchSetup,
}

impl ConfigKey {
    pub(crate) const ALL: [Self; 17] = [
        Self::Url,
        Self::Migrations,
        Self::Table,
        Self::Schema,
        Self::LockTimeout,
        Self::StatementTimeout,
        Self::LockWait,
        Self::Connections,
        Self::Order,
        Self::NewerDatabase,
        Self::ExistingDatabase,
        Self::Edits,
        Self::Fingerprint,
        Self::Undo,
        Self::UndoKeep,
        Self::ScratchUrl,
        Self::ScratchSetup,
    ];

    /// The key as schema.toml has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Migrations => "migrations",
            Self::Table => "table",
            Self::Schema => "schema",
            Self::LockTimeout => "lock_timeout",
            Self::StatementTimeout => "statement_timeout",
            Self::LockWait => "lock_wait",
            Self::Connections => "connections",
            Self::Order => "order",
            Self::NewerDatabase => "newer_database",
            Self::ExistingDatabase => "existing_database",
            Self::Edits => "edits",
            Self::Fingerprint => "fingerprint",
            Self::Undo => "undo",
            Self::UndoKeep => "undo_keep",
            Self::ScratchUrl => "scratch_url",
            Self::ScratchSetup => "scratch_setup",
        }
    }

    pub(crate) fn flag(self) -> String {
        format!("--{}", self.as_str().replace('_', "-"))
    }

    pub(crate) fn variable(self) -> String {
        format!("SCHEMACTL_{}", self.as_str().to_uppercase())
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }
}

/// Where a value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SettingOrigin {
    Flag,
    Variable,
    /// The value in schema.toml, with its quotes.
    File(Range<usize>),
}

/// A value, and where it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SettingValue {
    pub(super) key: ConfigKey,
    pub(super) text: super::Secret,
    pub(super) origin: SettingOrigin,
}

impl SettingValue {
    /// The name by which the user gave the value.
    pub(super) fn name(&self) -> String {
        match self.origin {
            SettingOrigin::Flag => self.key.flag(),
            SettingOrigin::Variable => self.key.variable(),
            SettingOrigin::File(_) => self.key.as_str().to_owned(),
        }
    }
}

/// Why a value is none that its key can have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidSetting {
    pub(super) reason: String,
    pub(super) hint: Option<String>,
}

impl InvalidSetting {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None }
    }

    pub(super) fn choice(value: &str, choices: &[&str]) -> Self {
        let reason = format!("it is {}", choices.join(" or "));
        Self { reason, hint: did_you_mean(value, choices.iter().copied()) }
    }
}

/// Sets what `key` stands for. URL and folder are no options; they are only checked to be there.
pub(super) fn apply(
    options: Options,
    dialect: Dialect,
    key: ConfigKey,
    value: &str,
) -> Result<Options, InvalidSetting> {
    if value.trim().is_empty() {
        return Err(InvalidSetting::new("it is empty"));
    }
    let duration = || parse_duration(value).map_err(|reason| InvalidSetting::new(reason.to_string()));
    Ok(match key {
        ConfigKey::ScratchUrl if dialect == Dialect::Sqlite => {
            return Err(InvalidSetting::new("SQLite's scratch databases are in memory"));
        }
        ConfigKey::Url | ConfigKey::Migrations | ConfigKey::ScratchUrl | ConfigKey::ScratchSetup => options,
        ConfigKey::Table => options.table(table(dialect, value)?),
        ConfigKey::Schema => options.schema(schema(dialect, value)?),
        ConfigKey::LockTimeout => options.lock_timeout(duration()?),
        ConfigKey::StatementTimeout => options.statement_timeout(duration()?),
        ConfigKey::LockWait => options.lock_wait(duration()?),
        ConfigKey::Connections if dialect == Dialect::Sqlite => {
            return Err(InvalidSetting::new("SQLite's lock is the write transaction itself"));
        }
        ConfigKey::Connections => options.connections(match value {
            "two" => Connections::Two,
            "one" => Connections::One,
            _ => return Err(InvalidSetting::choice(value, &["two", "one"])),
        }),
        ConfigKey::Order => options.order(match value {
            "strict" => Order::Strict,
            "any" => Order::Any,
            _ => return Err(InvalidSetting::choice(value, &["strict", "any"])),
        }),
        ConfigKey::NewerDatabase => options.newer_database(match value {
            "refuse" => NewerDatabase::Refuse,
            "allow-if-reversible" => NewerDatabase::AllowIfReversible,
            "allow" => NewerDatabase::Allow,
            _ => return Err(InvalidSetting::choice(value, &["refuse", "allow-if-reversible", "allow"])),
        }),
        ConfigKey::Edits => options.edits(match value {
            "strict" => Edits::Strict,
            "comments" => Edits::Comments,
            _ => return Err(InvalidSetting::choice(value, &["strict", "comments"])),
        }),
        ConfigKey::Fingerprint => options.fingerprinting(match value {
            "on" => Fingerprinting::On,
            "off" => Fingerprinting::Off,
            _ => return Err(InvalidSetting::choice(value, &["on", "off"])),
        }),
        ConfigKey::Undo => {
            let policy = UndoPolicy::parse(value);
            options.undo(policy.ok_or_else(|| InvalidSetting::choice(value, &UndoPolicy::WORDS))?)
        }
        ConfigKey::UndoKeep => {
            options.undo_keep(UndoKeep::parse(value).map_err(|no| InvalidSetting { reason: no.reason, hint: no.hint })?)
        }
        ConfigKey::ExistingDatabase => options.existing_database(match value {
            "refuse" => ExistingDatabase::Refuse,
            "allow" => ExistingDatabase::Allow,
            _ => return Err(InvalidSetting::choice(value, &["refuse", "allow"])),
        }),
    })
}

/// The longest name of PostgreSQL is 63 bytes; it would cut off more, and the log is named `<table>_log`.
const LONGEST_TABLE: usize = 63 - "_log".len();

fn table(dialect: Dialect, name: &str) -> Result<&str, InvalidSetting> {
    check_name(name)?;
    match dialect {
        _ if name.contains('.') => Err(InvalidSetting {
            hint: Some("the key `schema` names the schema".into()),
            ..InvalidSetting::new("it has a dot")
        }),
        Dialect::Sqlite if name.to_lowercase().starts_with("sqlite_") => {
            Err(InvalidSetting::new("SQLite keeps names that begin with `sqlite_` for itself"))
        }
        Dialect::Postgres if name.len() > LONGEST_TABLE => {
            Err(InvalidSetting::new(format!("it is longer than {LONGEST_TABLE} bytes")))
        }
        _ => Ok(name),
    }
}

/// The name of a schema.
pub(super) fn schema(dialect: Dialect, name: &str) -> Result<&str, InvalidSetting> {
    check_name(name)?;
    match dialect {
        Dialect::Sqlite => Err(InvalidSetting::new("SQLite has no schemas")),
        Dialect::Postgres if name.len() > 63 => Err(InvalidSetting::new("it is longer than 63 bytes")),
        Dialect::Postgres if name.starts_with("pg_") => {
            Err(InvalidSetting::new("PostgreSQL keeps names that begin with `pg_` for itself"))
        }
        Dialect::Postgres => Ok(name),
    }
}

fn check_name(name: &str) -> Result<(), InvalidSetting> {
    if name.trim().is_empty() {
        return Err(InvalidSetting::new("it is empty"));
    }
    match name.chars().find(|c| c.is_control()) {
        Some(c) => Err(InvalidSetting::new(format!("it has the character {c:?}"))),
        None => Ok(()),
    }
}
