//! The files that renderings become: written where there is none, and never touched again.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use similar::{ChangeTag, TextDiff};

use super::layout::{layout, substance};
use crate::error::{Code, Error, Place, Result};
use crate::source::{Migration, Migrations, Script, check_name};
use crate::sql::Dialect;
use crate::version::Version;

const HEAD: &str =
    "-- Rendered once, from Rust, by barrel. This file is what counts now: a schema changes by a new migration.\n";

/// Lines that are shown around one that differs.
const CONTEXT: usize = 2;

/// The folder of one database, with what is in it and what is to be.
pub(super) struct RenderedFolder {
    pub(super) dialect: Dialect,
    path: PathBuf,
    existing: Migrations,
    new: Vec<Migration>,
}

impl RenderedFolder {
    /// # Errors
    /// As [`Migrations::read`], but that the folder needs not be there.
    pub(super) fn read(dialect: Dialect, path: PathBuf) -> Result<Self> {
        let is_there = path.try_exists().map_err(|cause| failed(&path, "cannot be read", cause))?;
        let existing = if is_there { Migrations::read(&path)? } else { Migrations::EMPTY };
        Ok(Self { dialect, path, existing, new: Vec::new() })
    }

    /// Takes what a migration renders, which is to be its file.
    ///
    /// # Errors
    /// [`Code::FileName`], [`Code::VersionRange`]: there can be no such file. [`Code::RenderedDiffers`]: there is one, and it says
    /// something else.
    pub(super) fn take(&mut self, version: Version, description: &str, sql: &str) -> Result<()> {
        if let Some(found) = self.existing.get(version) {
            return same(self.dialect, found, description, sql);
        }
        let name = format!("V{:04}__{description}.sql", version.get());
        check_name(&name)?;
        let text = format!("{HEAD}\n{sql}");
        let up = Script::new(self.path.join(name).display().to_string(), text);
        let description = Cow::Owned(description.to_owned());
        self.new.push(Migration { version, description, phase: None, up, down: None, proven: None, after: None });
        Ok(())
    }

    /// All that the folder has once the new ones are written.
    pub(super) fn migrations(&self) -> Migrations {
        let mut list: Vec<Migration> = self.existing.iter().chain(&self.new).cloned().collect();
        list.sort_by_key(Migration::version);
        Migrations::of(list)
    }

    /// Writes the new files, and returns their paths.
    pub(super) fn write(&self) -> Result<Vec<PathBuf>> {
        let mut written = Vec::with_capacity(self.new.len());
        for migration in &self.new {
            let path = PathBuf::from(migration.up().path());
            create(&path, migration.up().text()).map_err(|cause| failed(&path, "cannot be written", cause))?;
            written.push(path);
        }
        Ok(written)
    }
}

/// Whole or not at all: nobody finds half a file.
fn create(path: &Path, text: &str) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    // A name that is passed over where migrations are read.
    let beside = path.with_extension("sql.tmp");
    let mut file = fs::File::create(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let moved = written.and_then(|()| fs::rename(&beside, path));
    moved.inspect_err(|_| drop(fs::remove_file(&beside)))
}

fn failed(path: &Path, what: &str, cause: io::Error) -> Error {
    let path = path.display().to_string();
    Error::io(Code::Io, format!("{path} {what}"), cause).with_place(Place::whole(path))
}

/// Whether a file says what its migration renders. Comments and white space do not count.
fn same(dialect: Dialect, found: &Migration, description: &str, sql: &str) -> Result<()> {
    let text = found.up().text();
    if found.description() != description {
        let message =
            format!("version {} is {description} in Rust, and {} in its file", found.version(), found.description());
        return Err(differs(found, message).with_hint("give the migration in Rust a version that no file has"));
    }
    let (was, is) = (substance(dialect, text), substance(dialect, sql));
    if was.is_ok() && was == is {
        return Ok(());
    }
    let before = layout(dialect, text).unwrap_or_else(|_| text.to_owned());
    Err(differs(found, format!("migration {found} renders differently from its file"))
        .with_cause(difference(&before, sql))
        .with_hint("a schema changes by a new migration: put this one back as it was, and add another")
        .with_hint("where no database has it yet: remove its files, of both databases, and render it again")
        .with_hint("where the file is to stay as it is, for good: remove the migration from the code"))
}

fn differs(found: &Migration, message: String) -> Error {
    Error::new(Code::RenderedDiffers, message)
        .with_place(Place::whole(found.up().path()))
        .with_state("nothing was written")
}

/// The lines that differ, with those around them.
fn difference(file: &str, rendered: &str) -> String {
    let mut text = "the file (-), and what it would be now (+)".to_owned();
    let diff = TextDiff::from_lines(file, rendered);
    for group in diff.grouped_ops(CONTEXT) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            // Writing to a String cannot fail.
            let _ = write!(text, "\n     {sign} {}", change.value().trim_end_matches(['\r', '\n']));
        }
    }
    text
}
