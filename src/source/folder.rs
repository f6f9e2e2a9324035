//! Reading the migrations of a folder.

use std::borrow::Cow;
use std::fs;
use std::panic::resume_unwind;
use std::path::Path;
#[cfg(feature = "project")]
use std::path::PathBuf;
use std::thread;

#[cfg(feature = "project")]
use super::Phase;
use super::file_name::Direction;
use super::listing::{self, ListedFile, shown, unreadable};
use super::{Migration, Migrations, Script, check, text};
use crate::error::{Code, Error, Hint, Place, Result};
#[cfg(feature = "project")]
use crate::version::Version;

impl Migrations {
    /// Reads the migrations of a folder.
    ///
    /// A migration is the file `V<version>__<description>.sql`; beside it may stand `V<version>__<description>.down.sql`,
    /// which takes it back. A description has at least one character; it has no white space, no dot and none of
    /// `/ \ < > : " | ? *`. Leading zeros of a version do not count.
    ///
    /// A subfolder `<number>_<name>` is a phase. The versions of a phase are higher than those of the phases with lower
    /// numbers; files that lie in the folder itself come before the first phase.
    ///
    /// Files that do not end in `.sql` (in any case) are left alone; every other one must be a migration. Symbolic links
    /// are followed inside of the folder. A byte order mark is removed from the text, everything else is kept. Of several
    /// errors, the same one is reported in every run.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("schemactl-doc-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// std::fs::write(folder.join("V1__create_orders.sql"), "CREATE TABLE orders (id INTEGER PRIMARY KEY);")?;
    /// std::fs::write(folder.join("V1__create_orders.down.sql"), "DROP TABLE orders;")?;
    ///
    /// let migrations = schemactl::Migrations::read(&folder)?;
    /// let first = migrations.iter().next().expect("there is one");
    /// assert_eq!(first.to_string(), "1 create_orders");
    /// assert!(first.down().is_some());
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// An error of kind [`Source`](crate::ErrorKind::Source), with the path of the file:
    /// - [`Code::Unreadable`]: the folder or a file is missing or cannot be read, or a link is broken.
    /// - [`Code::OutsideFolder`]: a link leads out of the folder.
    /// - [`Code::FileName`], [`Code::VersionRange`]: a name ends in `.sql` and is not that of a migration.
    /// - [`Code::Phase`]: a folder with `.sql` files is no phase, or versions and phases are not in the same order.
    /// - [`Code::DuplicateVersion`], [`Code::OrphanDown`]: two migrations have one version, or a down has no migration.
    /// - [`Code::Encoding`], [`Code::Empty`], [`Code::Directive`]: the text of a file is wrong.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self> {
        let (migrations, errors) = Self::read_all(folder.as_ref())?;
        errors.into_iter().next().map_or(Ok(migrations), Err)
    }

    /// Reads what can be read of a folder, and returns every error of the rest, for a check that lists them all.
    ///
    /// # Errors
    /// The folder itself cannot be read.
    pub(crate) fn read_all(folder: &Path) -> Result<(Self, Vec<Error>)> {
        let mut errors = Vec::new();
        let mut found = listing::list(folder, &mut errors)?;
        found.sort_by(|a, b| order(a).cmp(&order(b)));
        let mut kept = |result: Result<_>| result.map_err(|error| errors.push(error)).ok();
        let pairs: Vec<_> =
            found.chunk_by(|a, b| a.version == b.version).filter_map(|files| kept(pair(files))).collect();
        errors.extend(check_phases(&pairs).err());
        let mut kept = |result: Result<_>| result.map_err(|error| errors.push(error)).ok();
        let list = read_each(&pairs).into_iter().filter_map(&mut kept).collect();
        Ok((Migrations::of(list), errors))
    }
}

/// A file of a migration, known by its name alone.
#[cfg(feature = "project")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) version: Version,
    pub(crate) phase: Option<Phase>,
    pub(crate) path: PathBuf,
}

/// Lists the migrations of a folder by the names of their files, in ascending order of version: what they say may still
/// be wrong, as it is while one is being written. None where there is no folder yet.
///
/// # Errors
/// The folder cannot be read, or a name is not that of a migration.
#[cfg(feature = "project")]
pub(crate) fn names(folder: &Path) -> Result<Vec<Named>> {
    if matches!(folder.try_exists(), Ok(false)) {
        return Ok(Vec::new());
    }
    let mut errors = Vec::new();
    let mut found = listing::list(folder, &mut errors)?;
    if let Some(error) = errors.into_iter().next() {
        return Err(error);
    }
    found.sort_by(|a, b| order(a).cmp(&order(b)));
    found.dedup_by_key(|file| file.version);
    Ok(found.into_iter().map(|file| Named { version: file.version, phase: file.phase, path: file.path }).collect())
}

fn order(found: &ListedFile) -> impl Ord + '_ {
    (found.version, found.direction, found.phase.as_ref().map(|phase| phase.number), &found.path)
}

/// The files of one migration.
struct MigrationFiles<'a> {
    up: &'a ListedFile,
    down: Option<&'a ListedFile>,
}

/// Makes one migration of the files that have one version. The ups stand before the downs.
fn pair(found: &[ListedFile]) -> Result<MigrationFiles<'_>> {
    let ups = found.partition_point(|file| file.direction == Direction::Up);
    match found.split_at(ups) {
        ([first, second, ..], _) | (_, [first, second, ..]) => Err(duplicate(first, second)),
        ([up], []) => Ok(MigrationFiles { up, down: None }),
        ([up], [down]) if belong_together(up, down) => Ok(MigrationFiles { up, down: Some(down) }),
        ([up], [down]) => Err(orphan(down).with_hint(format!("did you mean `{}`?", shown(&down_beside(up))))),
        ([], [down]) => Err(orphan(down).with_hint(
            Hint::from("add the file of the migration: where it was applied, which ")
                .either("`schemactl status` tells", "the command `schemactl status` tells")
                .then(", with the text that it had then; or remove this one"),
        )),
        ([], []) => unreachable!("a chunk is not empty"),
    }
}

fn belong_together(up: &ListedFile, down: &ListedFile) -> bool {
    up.description == down.description && up.path.parent() == down.path.parent()
}

/// The path of the down that would belong to `up`.
fn down_beside(up: &ListedFile) -> std::path::PathBuf {
    up.path.with_extension("down.sql")
}

fn duplicate(first: &ListedFile, second: &ListedFile) -> Error {
    let (first_path, second_path) = (shown(&first.path), shown(&second.path));
    Error::new(Code::DuplicateVersion, format!("version {} twice: {first_path} and {second_path}", first.version))
        .with_place(Place::whole(second_path))
        .with_hint("give the later migration the next free version; `schemactl new` takes it by itself")
}

fn orphan(down: &ListedFile) -> Error {
    let path = shown(&down.path);
    Error::new(Code::OrphanDown, format!("{path} has no migration beside it")).with_place(Place::whole(path))
}

/// With more migrations than this, reading them on several threads is worth the threads: 1,000 with their downs take 5 ms
/// in place of 9.
const MANY: usize = 200;

/// Reads the files of migrations, in order.
fn read_each(pairs: &[MigrationFiles<'_>]) -> Vec<Result<Migration>> {
    let threads = if pairs.len() > MANY { thread::available_parallelism().map_or(1, usize::from).min(4) } else { 1 };
    if threads == 1 {
        return pairs.iter().map(MigrationFiles::read).collect();
    }
    thread::scope(|scope| {
        let parts = pairs.chunks(pairs.len().div_ceil(threads));
        let running: Vec<_> =
            parts.map(|part| scope.spawn(|| part.iter().map(MigrationFiles::read).collect::<Vec<_>>())).collect();
        let done = running.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.flatten().collect()
    })
}

/// Versions must rise through the phases.
fn check_phases(pairs: &[MigrationFiles<'_>]) -> Result<()> {
    let number = |pair: &MigrationFiles<'_>| pair.up.phase.as_ref().map(|phase| phase.number);
    let Some(wrong) = pairs.windows(2).find(|pair| number(&pair[0]) > number(&pair[1])) else {
        return Ok(());
    };
    let (before, after) = (&wrong[0], &wrong[1]);
    let (low, high) = (shown(&before.up.path), shown(&after.up.path));
    let message = format!("{high} has a higher version than {low}, which is of a later phase");
    Err(Error::new(Code::Phase, message)
        .with_place(Place::whole(high))
        .with_hint("every version of a phase is higher than all of the phases before it")
        .with_hint("move the file into the last phase, or begin another phase"))
}

impl MigrationFiles<'_> {
    fn read(&self) -> Result<Migration> {
        let migration = Migration {
            version: self.up.version,
            description: Cow::Owned(self.up.description.clone()),
            phase: self.up.phase.clone(),
            up: script(&self.up.path)?,
            down: self.down.map(|down| script(&down.path)).transpose()?,
            proven: None,
            after: None,
        };
        check::migration(&migration)?;
        Ok(migration)
    }
}

fn script(path: &Path) -> Result<Script> {
    let bytes = fs::read(path).map_err(|cause| unreadable(path, cause))?;
    let path = shown(path);
    let text = text::decode(&path, bytes)?;
    Ok(Script::new(path, text))
}

#[cfg(test)]
mod tests;
