//! Folders of migrations as other tools lay them out. Each layout has a file, which says which files are migrations; what
//! they have in common is here.

mod control;
mod dialect;
mod diesel;
mod files;
mod golang_migrate;
mod goose;
mod likely;
mod number;
mod pairs;
mod refinery;
mod sqlx;
#[cfg(test)]
mod tests;

use std::path::Path;

use self::files::LayoutReading;
pub(crate) use self::likely::Likely;
use super::{Migrations, Script};
use crate::error::{Code, Error, Place, Result};
use crate::sql::Dialect;

/// Whose rules a folder of migrations follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Schemactl,
    Diesel,
    GolangMigrate,
    Goose,
    Refinery,
    Sqlx,
}

impl Layout {
    pub(crate) const ALL: [Self; 6] =
        [Self::Schemactl, Self::Diesel, Self::GolangMigrate, Self::Goose, Self::Refinery, Self::Sqlx];

    /// Returns the name as it is typed.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Schemactl => "schemactl",
            Self::Diesel => "diesel",
            Self::GolangMigrate => "golang-migrate",
            Self::Goose => "goose",
            Self::Refinery => "refinery",
            Self::Sqlx => "sqlx",
        }
    }
}

/// The migrations of a folder, read by the rules of a layout. Messages name the files as they lie there.
#[derive(Debug)]
pub(crate) struct LaidOut {
    layout: Layout,
    migrations: Migrations,
    left_alone: Vec<String>,
}

/// A migration as a layout has it, before it has a version of ours.
struct LayoutMigration {
    /// What its tool takes for its version.
    key: String,
    description: String,
    /// The name of its file or folder, without an ending.
    name: String,
    up: Script,
    down: Option<Script>,
}

impl LaidOut {
    /// Reads a folder. Nothing in it is changed.
    ///
    /// # Errors
    /// An error of kind Source: the folder or a file cannot be read, two migrations have one version, or no file is named as
    /// the layout has it.
    pub(crate) fn read(folder: &Path, layout: Layout) -> Result<Self> {
        if layout == Layout::Schemactl {
            let named = |error| match Likely::of(folder) {
                Some(likely) => likely.unnamed(folder, error),
                None => error,
            };
            let migrations = Migrations::read(folder).map_err(named)?;
            return Ok(Self { layout, migrations, left_alone: Vec::new() });
        }
        let laid = Self::read_foreign(folder, layout)?;
        if laid.migrations.is_empty() { Err(nothing(folder, layout)) } else { Ok(laid) }
    }

    fn read_foreign(folder: &Path, layout: Layout) -> Result<Self> {
        let mut reading = LayoutReading::of(folder)?;
        let found = match layout {
            Layout::Schemactl => Vec::new(),
            Layout::Diesel => diesel::read(&mut reading)?,
            Layout::GolangMigrate => golang_migrate::read(&mut reading)?,
            Layout::Goose => goose::read(&mut reading)?,
            Layout::Refinery => refinery::read(&mut reading)?,
            Layout::Sqlx => sqlx::read(&mut reading)?,
        };
        if layout != Layout::Goose
            && let Some(found) = found.iter().find(|found| goose::is_annotated(&found.up))
        {
            return Err(of_goose(&found.up));
        }
        let list = number::number(found)?;
        Ok(Self { layout, migrations: Migrations::of(list), left_alone: reading.left_alone })
    }

    /// The files that look like migrations and are none by the rules of the layout.
    pub(crate) fn left_alone(&self) -> &[String] {
        &self.left_alone
    }

    /// The dialect, where the SQL tells it plainly.
    pub(crate) fn dialect(&self) -> Option<Dialect> {
        dialect::tell(&self.migrations)
    }

    /// The migrations for this dialect. Other tools run files that commit in the middle: what begins and ends transactions
    /// there is taken out, since a proof runs each file as a whole.
    pub(crate) fn migrations(self, dialect: Dialect) -> Migrations {
        if self.layout == Layout::Schemactl {
            return self.migrations;
        }
        let mut list = self.migrations.list.into_owned();
        for migration in &mut list {
            control::take_out(&mut migration.up, dialect);
            migration.down.iter_mut().for_each(|down| control::take_out(down, dialect));
        }
        Migrations::of(list)
    }
}

fn nothing(folder: &Path, layout: Layout) -> Error {
    let shown = folder.display().to_string();
    let error = Error::new(Code::FileName, format!("{shown} has no migrations as {} lays them out", layout.as_str()))
        .with_place(Place::whole(shown));
    let fits = |other: &&Layout| match other {
        Layout::Schemactl => Migrations::read(folder).is_ok_and(|migrations| !migrations.is_empty()),
        other => LaidOut::read_foreign(folder, **other).is_ok_and(|laid| !laid.migrations.is_empty()),
    };
    // What no layout reads might still be named as one of them names its files, and both halves would be run at once.
    if let Some(likely @ (Likely::Dbmate | Likely::Flyway)) = Likely::of(folder) {
        return error.with_hint(likely.hint(folder));
    }
    match Layout::ALL.iter().find(fits) {
        Some(other) => error.with_hint(format!("did you mean `--layout {}`?", other.as_str())),
        None => error.with_hint("name the folder in which the migrations themselves lie"),
    }
}

/// Another tool would run both halves of such a file at once.
fn of_goose(script: &Script) -> Error {
    Error::new(Code::FileName, format!("{} is a migration of goose", script.path()))
        .with_place(Place::whole(script.path().to_owned()))
        .with_hint("did you mean `--layout goose`?")
}
