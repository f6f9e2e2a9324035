//! schema.lock: what every migration was when it was generated, for a check that needs no database.

mod difference;
mod read;
mod write;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) use difference::{LockDifference, Which};
pub(crate) use write::replace;

#[cfg(feature = "project")]
use super::Named;
use super::{Checksum, Migration, Migrations, Verdict};
use crate::sql::Dialect;
use crate::version::Version;

/// The newest form of the file that this release reads, and the one that it writes.
const LOCK_VERSION: i64 = 1;

/// The content of schema.lock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LockFile {
    entries: BTreeMap<LockKey, LockEntry>,
}

/// Which migration an entry is about. The order of the fields is the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LockKey {
    /// `None` where schema.toml has one database without a name.
    pub(crate) database: Option<String>,
    pub(crate) dialect: Dialect,
    pub(crate) version: Version,
}

/// What proving a migration showed, as far as its entry depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProofShown {
    /// It runs, and is taken back as its files say. It is entered.
    Holds,
    /// It runs, and its down is wrong. What is locked already stays locked, without a verdict.
    Wrong,
    /// It does not run, or stands behind one that does not. Its entry stays as it is.
    NotTried,
}

/// What is known of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockEntry {
    /// The file below the folder of migrations, with `/` on every system: `1_core/V0001__create_core.sql`.
    pub(crate) file: String,
    pub(crate) up: Checksum,
    pub(crate) down: Option<Checksum>,
    /// What proving the down showed: `lossless`, or another word with its reason.
    pub(crate) verdict: Option<Verdict>,
    /// The fingerprint of the catalog before the migration.
    pub(crate) before: Option<String>,
    /// The fingerprint of the catalog after the migration.
    pub(crate) after: Option<String>,
}

impl LockEntry {
    fn of(migration: &Migration) -> Self {
        Self {
            file: file_in_folder(migration),
            up: migration.up().checksum(),
            down: migration.down().map(super::Script::checksum),
            verdict: None,
            before: None,
            after: None,
        }
    }
}

/// The path of the up below the folder of migrations. A phase is one folder deep.
fn file_in_folder(migration: &Migration) -> String {
    let depth = if migration.phase().is_some() { 2 } else { 1 };
    let parts: Vec<_> = migration.up().path().rsplit(['/', std::path::MAIN_SEPARATOR]).take(depth).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

impl LockFile {
    /// Returns what is known of a migration.
    pub(crate) fn get(&self, key: &LockKey) -> Option<&LockEntry> {
        self.entries.get(key)
    }

    /// Whether every migration is in the file as it is now, with what proving it showed.
    pub(crate) fn is_proven(&self, database: Option<&str>, dialect: Dialect, migrations: &Migrations) -> bool {
        migrations.iter().all(|migration| self.proven(database, dialect, migration).is_some())
    }

    /// Returns the entry of a migration that is in the file as it is now, with what proving it showed.
    pub(crate) fn proven(&self, database: Option<&str>, dialect: Dialect, migration: &Migration) -> Option<&LockEntry> {
        let now = LockEntry::of(migration);
        self.get(&key(database, dialect, migration.version())).filter(|entry| {
            (entry.up, entry.down) == (now.up, now.down) && entry.verdict.is_some() && entry.after.is_some()
        })
    }

    /// Returns the entry of a migration that is in the file as it is now.
    pub(crate) fn of(&self, database: Option<&str>, dialect: Dialect, migration: &Migration) -> Option<&LockEntry> {
        let now = LockEntry::of(migration);
        self.get(&key(database, dialect, migration.version()))
            .filter(|entry| (entry.up, entry.down) == (now.up, now.down))
    }

    /// Whether the up of a migration is in the file as it is now, whatever is known of its down.
    pub(crate) fn has_up(&self, database: Option<&str>, dialect: Dialect, migration: &Migration) -> bool {
        self.get(&key(database, dialect, migration.version()))
            .is_some_and(|entry| entry.up == migration.up().checksum())
    }

    /// Returns the entry of a migration, to say what proving it showed.
    pub(crate) fn entry_mut(
        &mut self,
        database: Option<&str>,
        dialect: Dialect,
        version: Version,
    ) -> Option<&mut LockEntry> {
        self.entries.get_mut(&key(database, dialect, version))
    }

    /// Gives migrations what was proven of their files as they are: verdicts, and what they lead to.
    pub(crate) fn enter_verdicts(&self, database: Option<&str>, dialect: Dialect, migrations: &mut Migrations) {
        let mut as_proven = true;
        for migration in migrations.list.to_mut() {
            let now = LockEntry::of(migration);
            let entry = self.get(&key(database, dialect, migration.version()));
            as_proven &= entry.is_some_and(|entry| entry.up == now.up);
            // What one leads to rests on all before it.
            migration.after = entry.filter(|_| as_proven).and_then(|entry| entry.after.clone()).map(Cow::Owned);
            if migration.down.is_some() && entry.is_some_and(|entry| entry.up != now.up) {
                migration.proven = Some(Verdict::of_another_text());
                continue;
            }
            let entry = entry.filter(|entry| (entry.up, entry.down) == (now.up, now.down));
            let verdict = entry.and_then(|entry| entry.verdict.clone());
            // That there is no way back is for the file to declare: `down` refuses it.
            migration.proven = verdict.filter(|verdict| !matches!(verdict, Verdict::Irreversible(_)));
        }
    }

    /// Returns an entry to fill in.
    #[cfg(test)]
    pub(crate) fn get_mut(&mut self, key: &LockKey) -> Option<&mut LockEntry> {
        self.entries.get_mut(key)
    }

    /// Returns the names of the files of a database, of either backend, as they were locked.
    #[cfg(feature = "project")]
    pub(crate) fn names(&self, database: Option<&str>) -> impl Iterator<Item = Named> {
        let of_database = self.entries.iter().filter(move |(key, _)| key.database.as_deref() == database);
        of_database.map(|(key, entry)| Named { version: key.version, phase: None, path: (&entry.file).into() })
    }

    /// Returns the entries in the order of the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&LockKey, &LockEntry)> {
        self.entries.iter()
    }

    /// Compares the entries of one database and backend with its files, by version.
    pub(crate) fn compare(
        &self,
        database: Option<&str>,
        dialect: Dialect,
        migrations: &Migrations,
    ) -> Vec<LockDifference> {
        let mut differences: Vec<_> = self
            .entries
            .iter()
            .filter(|(key, _)| is_of(key, database, dialect) && migrations.get(key.version).is_none())
            .map(|(key, entry)| LockDifference::Removed { version: key.version, file: entry.file.clone() })
            .collect();
        for migration in migrations {
            let key = key(database, dialect, migration.version());
            difference::append(&mut differences, self.get(&key), key.version, &LockEntry::of(migration));
        }
        // Stable: several differences of one migration keep their order.
        differences.sort_by_key(LockDifference::version);
        differences
    }

    /// Makes the entries of one database and backend those of its files, as far as proving them has shown that they hold, and returns
    /// what changed.
    ///
    /// A verdict and fingerprints stay only while the texts that they are about do.
    pub(crate) fn update(
        &mut self,
        database: Option<&str>,
        dialect: Dialect,
        migrations: &Migrations,
        shown: impl Fn(Version) -> ProofShown,
    ) -> Vec<LockDifference> {
        let mut differences = self.compare(database, dialect, migrations);
        self.entries.retain(|key, _| !is_of(key, database, dialect) || migrations.get(key.version).is_some());
        for migration in migrations {
            let (version, mut entry) = (migration.version(), LockEntry::of(migration));
            let key = key(database, dialect, version);
            let old = self.entries.get(&key);
            let is_same_up = old.is_some_and(|old| old.up == entry.up);
            let is_entered = match shown(version) {
                ProofShown::Holds => true,
                ProofShown::Wrong => is_same_up,
                ProofShown::NotTried => false,
            };
            if !is_entered {
                differences.retain(|difference| difference.version() != version);
                continue;
            }
            if let Some(old) = self.entries.remove(&key).filter(|_| is_same_up) {
                entry.verdict = old.verdict.filter(|_| old.down == entry.down && shown(version) == ProofShown::Holds);
                entry.before = old.before;
                entry.after = old.after;
            }
            self.entries.insert(key, entry);
        }
        differences
    }

    /// Removes the entries of databases and backends for which `keep` is false, since schema.toml has them no longer.
    pub(crate) fn retain(&mut self, keep: impl Fn(Option<&str>, Dialect) -> bool) {
        self.entries.retain(|key, _| keep(key.database.as_deref(), key.dialect));
    }
}

fn is_of(key: &LockKey, database: Option<&str>, dialect: Dialect) -> bool {
    key.database.as_deref() == database && key.dialect == dialect
}

fn key(database: Option<&str>, dialect: Dialect, version: Version) -> LockKey {
    LockKey { database: database.map(str::to_owned), dialect, version }
}

#[cfg(test)]
mod tests;
