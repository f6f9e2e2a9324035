//! Which migration files a folder has: names and phases are checked, no file is opened yet.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::file_name::{self, Direction, FileName};
use super::{Phase, phase};
use crate::error::{Code, Error, Place, Result};
use crate::version::Version;

/// A file of a migration.
#[derive(Debug)]
pub(super) struct ListedFile {
    pub(super) path: PathBuf,
    pub(super) phase: Option<Phase>,
    pub(super) version: Version,
    pub(super) description: String,
    pub(super) direction: Direction,
}

/// Lists the files of migrations in `root` and in its phases, sorted by path. What is wrong with single files and
/// folders goes to `errors`.
///
/// # Errors
/// The folder itself cannot be read.
pub(super) fn list(root: &Path, errors: &mut Vec<Error>) -> Result<Vec<ListedFile>> {
    let mut listing = Listing { boundary: boundary(root)?, found: Vec::new(), phases: BTreeMap::new() };
    for entry in entries(root)? {
        let listed = match listing.kind(&entry) {
            Ok(ListedKind::Migration) => listing.add(entry, None),
            Ok(ListedKind::Folder) => listing.folder(&entry, errors),
            Ok(ListedKind::Other) => Ok(()),
            Err(error) => Err(error),
        };
        errors.extend(listed.err());
    }
    Ok(listing.found)
}

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

pub(super) fn unreadable(path: &Path, cause: io::Error) -> Error {
    let shown = shown(path);
    let hint = match cause.kind() {
        io::ErrorKind::PermissionDenied => Some("let the user that runs this read it: `ls -l` shows who may"),
        io::ErrorKind::NotADirectory => Some("name the folder that holds the migrations, not a file"),
        _ => None,
    };
    let error = Error::io(Code::Unreadable, format!("{shown} cannot be read"), cause).with_place(Place::whole(shown));
    hint.into_iter().fold(error, Error::with_hint)
}

/// An error about the file or folder as a whole.
fn whole(code: Code, path: &Path, reason: impl std::fmt::Display) -> Error {
    let shown = shown(path);
    Error::new(code, format!("{shown}: {reason}")).with_place(Place::whole(shown))
}

/// What symbolic links must not lead out of.
fn boundary(root: &Path) -> Result<PathBuf> {
    fs::canonicalize(root).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => whole(Code::Unreadable, root, "there is no such folder of migrations")
            .with_cause(cause.to_string())
            .with_source(cause)
            .with_hint(elsewhere(root)),
        _ => unreadable(root, cause),
    })
}

/// Where a folder is looked for, which whoever wrote a relative path may not have in mind.
fn elsewhere(root: &Path) -> String {
    match std::env::current_dir() {
        Ok(here) if root.is_relative() => {
            format!("make the folder, or name another: a path like this one begins in {}", shown(&here))
        }
        _ => "make the folder, or name another".to_owned(),
    }
}

struct FolderEntry {
    path: PathBuf,
    name: OsString,
    kind: fs::FileType,
}

impl FolderEntry {
    /// The name for messages and checks. One that is not UTF-8 has a replacement character, which fits nowhere.
    fn name(&self) -> std::borrow::Cow<'_, str> {
        self.name.to_string_lossy()
    }
}

/// What a folder holds, sorted by name, so that the first error is the same in every run.
fn entries(folder: &Path) -> Result<Vec<FolderEntry>> {
    let read = || -> io::Result<Vec<FolderEntry>> {
        fs::read_dir(folder)?
            .map(|entry| {
                let entry = entry?;
                Ok(FolderEntry {
                    path: folder.join(entry.file_name()),
                    name: entry.file_name(),
                    kind: entry.file_type()?,
                })
            })
            .collect()
    };
    let mut entries = read().map_err(|cause| unreadable(folder, cause))?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

enum ListedKind {
    Migration,
    Folder,
    Other,
}

struct Listing {
    boundary: PathBuf,
    found: Vec<ListedFile>,
    /// By number, with the folder.
    phases: BTreeMap<u32, (Phase, PathBuf)>,
}

impl Listing {
    fn kind(&self, entry: &FolderEntry) -> Result<ListedKind> {
        if !entry.kind.is_dir() && pass_over(entry) {
            return Ok(ListedKind::Other);
        }
        let sql = file_name::is_sql(&entry.name()) || !entry.kind.is_dir() && file_name::lacks_extension(&entry.name());
        match (entry.kind, sql) {
            (kind, true) if kind.is_dir() => Err(whole(Code::FileName, &entry.path, "this is a folder, not a file")),
            (kind, _) if kind.is_dir() => Ok(ListedKind::Folder),
            (kind, true) if kind.is_file() => Ok(ListedKind::Migration),
            (kind, _) if kind.is_symlink() => self.linked(entry, sql),
            // A pipe would block whoever reads it.
            (_, true) => Err(whole(Code::Unreadable, &entry.path, "this is not a regular file")),
            (_, false) => Ok(ListedKind::Other),
        }
    }

    fn linked(&self, entry: &FolderEntry, sql: bool) -> Result<ListedKind> {
        if sql {
            // First of all, so that a link of a wrong name is reported by that.
            parse(entry)?;
        }
        let target = match fs::metadata(&entry.path) {
            Ok(target) => target,
            Err(_) if entry.name().starts_with('.') => return Ok(ListedKind::Other),
            Err(cause) => return Err(unreadable(&entry.path, cause).with_hint("the symbolic link may be broken")),
        };
        match (target.is_dir(), sql) {
            (true, false) => Ok(ListedKind::Folder),
            (false, false) => Ok(ListedKind::Other),
            (false, true) if target.is_file() => self.check_inside(entry).map(|()| ListedKind::Migration),
            (_, true) => Err(whole(Code::FileName, &entry.path, "the link does not lead to a regular file")),
        }
    }

    fn check_inside(&self, entry: &FolderEntry) -> Result<()> {
        let target = fs::canonicalize(&entry.path).map_err(|cause| unreadable(&entry.path, cause))?;
        if target.starts_with(&self.boundary) {
            return Ok(());
        }
        let reason = format!("the symbolic link leads out of the folder of migrations, to {}", shown(&target));
        Err(whole(Code::OutsideFolder, &entry.path, reason).with_hint("put the file itself into the folder"))
    }

    fn add(&mut self, entry: FolderEntry, phase: Option<&Phase>) -> Result<()> {
        let (version, description, direction) = parse(&entry)?;
        self.found.push(ListedFile { path: entry.path, phase: phase.cloned(), version, description, direction });
        Ok(())
    }

    fn folder(&mut self, folder: &FolderEntry, errors: &mut Vec<Error>) -> Result<()> {
        let Some(phase) = Phase::parse(&folder.name()) else {
            return refuse_with_sql(
                folder,
                "this folder has .sql files and is not named as a phase, `<number>_<name>`",
            );
        };
        if folder.kind.is_symlink() {
            self.check_inside(folder)?;
        }
        self.check_phase(&phase, &folder.path)?;
        for entry in entries(&folder.path)? {
            let listed = match self.kind(&entry) {
                Ok(ListedKind::Migration) => self.add(entry, Some(&phase)),
                Ok(ListedKind::Folder) => refuse_with_sql(&entry, "a phase has no subfolders with .sql files"),
                Ok(ListedKind::Other) => Ok(()),
                Err(error) => Err(error),
            };
            errors.extend(listed.err());
        }
        self.phases.insert(phase.number, (phase, folder.path.clone()));
        Ok(())
    }

    fn check_phase(&self, phase: &Phase, path: &Path) -> Result<()> {
        let clash = |what, other: &Path| {
            Err(whole(Code::Phase, path, format!("the phase {} has the same {what}", shown(other)))
                .with_hint("number phases in the order in which they are applied, and name each its own way"))
        };
        if let Some((_, other)) = self.phases.get(&phase.number) {
            return clash("number", other);
        }
        match self.phases.values().find(|(other, _)| other.name == phase.name) {
            Some((_, other)) => clash("name", other),
            None => Ok(()),
        }
    }
}

/// Whether a file lies beside migrations and is none. It is told of once in a process, which may read a folder several times.
fn pass_over(entry: &FolderEntry) -> bool {
    static TOLD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let Some(why) = file_name::leftover(&entry.name()) else { return false };
    if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.path.clone()) {
        tracing::warn!("{} is passed over: {why}", shown(&entry.path));
    }
    true
}

fn parse(entry: &FolderEntry) -> Result<(Version, String, Direction)> {
    let name = entry.name();
    if entry.name.to_str().is_none() {
        return Err(whole(Code::FileName, &entry.path, "the name is not UTF-8"));
    }
    match FileName::parse(&name) {
        Ok(name) => Ok((name.version, name.description.to_owned(), name.direction)),
        Err(misfit) => {
            let error = whole(misfit.code(), &entry.path, misfit);
            Err(match file_name::suggest(&name) {
                Some(meant) => error.with_hint(format!("did you mean `{meant}`?")),
                None => error.with_hint(misfit.hint()),
            })
        }
    }
}

/// A folder that is no phase may hold what it likes, but for migrations, which would be left out without a word.
fn refuse_with_sql(folder: &FolderEntry, reason: &str) -> Result<()> {
    if !has_sql(&folder.path)? {
        return Ok(());
    }
    let error = whole(Code::Phase, &folder.path, reason);
    // As diesel and Prisma lay migrations out: with another name it would still be none.
    if ["up.sql", "migration.sql"].iter().any(|name| folder.path.join(name).is_file()) {
        return Err(error.with_hint(
            "a folder for each migration is how diesel and Prisma have it: here they are files, such as `V1__create_orders.sql` and \
             `V1__create_orders.down.sql`",
        ));
    }
    Err(match phase::suggest(&folder.name()) {
        Some(meant) if Phase::parse(&folder.name()).is_none() => error.with_hint(format!("did you mean `{meant}`?")),
        _ => error.with_hint("name it such as `1_core`, or move it out of the folder of migrations"),
    })
}

/// Links below `folder` are not followed, so that the search ends.
fn has_sql(folder: &Path) -> Result<bool> {
    for entry in entries(folder)? {
        let below = entry.kind.is_dir() && has_sql(&entry.path)?;
        if below || file_name::is_sql(&entry.name()) && file_name::leftover(&entry.name()).is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}
