use std::borrow::Cow;
use std::fmt;

use super::digest::{DONE, Head, RunningDigest};
use super::verdict::Verdict;
use super::{Repeat, Script};
use crate::error::Result;
use crate::version::Version;

/// A group of consecutive migrations: the subfolder `<number>_<name>` that holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    pub(crate) number: u32,
    pub(crate) name: Cow<'static, str>,
}

impl Phase {
    /// Returns the number, which orders the phases.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the name, such as `core` for the folder `1_core`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// `1_core`, as the folder is named.
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.number, self.name)
    }
}

/// One numbered change: its up, and its down where one was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub(crate) version: Version,
    pub(crate) description: Cow<'static, str>,
    pub(crate) phase: Option<Phase>,
    pub(crate) up: Script,
    pub(crate) down: Option<Script>,
    /// What proving its down showed, where that is known.
    pub(crate) proven: Option<Verdict>,
    /// The fingerprint of the catalog after it and all before it, as their proof had it, where that is known.
    pub(crate) after: Option<Cow<'static, str>>,
}

impl Migration {
    /// Returns the version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the description, as the file name has it: `create_orders`.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Returns the phase, where the file lies in one.
    pub fn phase(&self) -> Option<&Phase> {
        self.phase.as_ref()
    }

    /// Returns the script that applies the migration.
    pub fn up(&self) -> &Script {
        &self.up
    }

    /// Whether it is applied again whenever its text changes: then it stands outside the order of the versions. A head that cannot
    /// be read says no such thing.
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.up.directives(), Ok(directives) if directives.repeat == Repeat::Changed)
    }

    /// Returns the script that takes the migration back, where one was written.
    pub fn down(&self) -> Option<&Script> {
        self.down.as_ref()
    }
}

/// `7 add_total`, as messages name a migration.
impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version, self.description)
    }
}

/// The migrations of one database, in ascending order of version.
///
/// [`embed!`](crate::embed) makes one at build time; [`Migrations::read`] reads a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrations {
    pub(super) list: Cow<'static, [Migration]>,
    /// Of a history in which all of them are applied, and nothing else.
    digest: RunningDigest,
}

impl Migrations {
    /// No migrations.
    pub const EMPTY: Migrations = Migrations::recorded(&[], RunningDigest::NONE);

    /// Migrations in ascending order of version.
    pub(crate) fn of(list: Vec<Migration>) -> Self {
        let digest = list.iter().fold(RunningDigest::NONE, |digest, migration: &Migration| {
            digest.with(migration.version.get(), DONE, &migration.up.checksum().to_string())
        });
        Self { list: Cow::Owned(list), digest }
    }

    /// Migrations in ascending order of version, with their digest, which was computed before.
    pub(super) const fn recorded(list: &'static [Migration], digest: RunningDigest) -> Self {
        Self { list: Cow::Borrowed(list), digest }
    }

    /// The last row of a history in which all of them are applied, and nothing else; none where there are no migrations.
    pub(crate) fn head(&self) -> Option<Head<'_>> {
        let last = self.list.last()?;
        Some(Head { version: last.version(), checksum: last.up().checksum(), digest: &self.digest })
    }

    /// Returns the migrations in ascending order of version.
    pub fn iter(&self) -> std::slice::Iter<'_, Migration> {
        self.list.iter()
    }

    /// The migrations in the order in which a run of all of them has them: the numbered ones, then those that are repeated.
    ///
    /// # Errors
    /// The directives of one cannot be read.
    pub(crate) fn in_order(&self) -> Result<Vec<&Migration>> {
        let mut order = Vec::with_capacity(self.len());
        for migration in self {
            order.push((migration.up().directives()?.repeat != Repeat::Once, migration));
        }
        order.sort_by_key(|(is_repeated, migration)| (*is_repeated, migration.version()));
        Ok(order.into_iter().map(|(_, migration)| migration).collect())
    }

    /// Returns the migration with this version.
    pub fn get(&self, version: Version) -> Option<&Migration> {
        self.list.binary_search_by_key(&version, Migration::version).ok().map(|at| &self.list[at])
    }

    /// Whether a migration is one that is applied again when its text changes.
    ///
    /// # Errors
    /// Its directives cannot be read.
    #[cfg(feature = "project")]
    pub(crate) fn is_repeatable(&self, version: Version) -> crate::error::Result<bool> {
        let directives = self.get(version).map(|migration| migration.up().directives()).transpose()?;
        Ok(directives.is_some_and(|directives| directives.repeat == super::Repeat::Changed))
    }

    /// The migrations as if these had no file that takes them back.
    #[cfg(feature = "project")]
    pub(crate) fn without_downs(&self, versions: &[Version]) -> Self {
        let mut migrations = self.clone();
        for migration in migrations.list.to_mut().iter_mut().filter(|migration| versions.contains(&migration.version)) {
            migration.down = None;
        }
        migrations
    }

    /// Whether the migration with this version is repeatable.
    pub(crate) fn is_outside_order(&self, version: Version) -> bool {
        self.get(version).is_some_and(Migration::is_repeatable)
    }

    /// Returns the number of migrations.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns whether there is no migration.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<'a> IntoIterator for &'a Migrations {
    type Item = &'a Migration;
    type IntoIter = std::slice::Iter<'a, Migration>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
