//! Writing migrations that a program holds as files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::listing::{shown, unreadable};
use super::temporary::TemporaryFile;
use super::{Migration, Migrations};
use crate::error::{Code, Error, Place, Result};

/// Writes migrations as files of a folder, which is made where it is missing, and returns those that are new. What is there already is
/// left as it is.
///
/// # Errors
/// [`Code::Export`] where the folder has a file that says otherwise: then nothing is written.
pub(crate) fn export(migrations: &Migrations, folder: &Path) -> Result<Vec<PathBuf>> {
    let there = if matches!(folder.try_exists(), Ok(false)) {
        Migrations::EMPTY
    } else {
        refuse_sources(folder)?;
        Migrations::read(folder)?
    };
    assert_same(migrations, &there)?;
    fs::create_dir_all(folder).map_err(|cause| unwritable(folder, cause))?;
    let mut written = ExportedFiles(Vec::new());
    for migration in migrations.iter().filter(|migration| there.get(migration.version).is_none()) {
        let path = folder.join(format!("V{:04}__{}.sql", migration.version.get(), migration.description));
        if create(&path, migration).map_err(|cause| unwritable(&path, cause))? {
            written.0.push(path);
        }
    }
    // Another may have written there meanwhile, and a file system may take two names for one.
    let there = Migrations::read(folder)?;
    assert_same(migrations, &there)?;
    if let Some(lost) = migrations.iter().find(|migration| there.get(migration.version).is_none()) {
        return Err(differs(lost, folder, "is not there after it was written"));
    }
    Ok(std::mem::take(&mut written.0))
}

/// Files that are removed again unless all are written.
struct ExportedFiles(Vec<PathBuf>);

impl Drop for ExportedFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

/// Makes a file, whole or not at all, and returns whether it is new: another that writes the same at this moment may be faster.
fn create(path: &Path, migration: &Migration) -> io::Result<bool> {
    let text = migration.up.text();
    let temporary = TemporaryFile::write(path, text)?;
    let linked = fs::hard_link(&temporary.0, path).or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links: the name is taken first, so that nothing of that name is written over.
        _ => fs::File::create_new(path).and_then(|_| fs::rename(&temporary.0, path)),
    });
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read(path)? == text.as_bytes() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Refuses a folder from which `embed_migrations!` reads: it would find each of them twice.
fn refuse_sources(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(|cause| unreadable(folder, cause))? {
        let name = entry.map_err(|cause| unreadable(folder, cause))?.file_name().to_string_lossy().into_owned();
        let is_numbered = |start: char| {
            let digits = name.strip_prefix(start).and_then(|rest| rest.split_once("__"));
            digits.is_some_and(|(digits, _)| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        };
        let is_rust = Path::new(&name).extension().is_some_and(|end| end == "rs");
        if is_rust && (is_numbered('V') || is_numbered('U')) || is_numbered('U') {
            let path = shown(&folder.join(&name));
            return Err(Error::new(
                Code::Export,
                format!("{path} is a migration of refinery, which would find each twice"),
            )
            .with_place(Place::whole(path))
            .with_state("nothing was written")
            .with_hint("write them to a folder of their own"));
        }
    }
    Ok(())
}

/// What is there must be of these migrations, with their texts and names.
fn assert_same(migrations: &Migrations, there: &Migrations) -> Result<()> {
    for file in there {
        let path = Path::new(file.up.path());
        let Some(migration) = migrations.get(file.version) else {
            return Err(differs(file, path, "is none of the migrations that are to be written there"));
        };
        if migration.description != file.description {
            return Err(differs(migration, path, "has another name"));
        }
        if migration.up.checksum() != file.up.checksum() {
            return Err(differs(migration, path, "has another text"));
        }
    }
    Ok(())
}

fn differs(migration: &Migration, path: &Path, reason: &str) -> Error {
    let path = shown(path);
    Error::new(Code::Export, format!("migration {migration}: {path} {reason}"))
        .with_place(Place::whole(path))
        .with_state("no file was written over")
        .with_hint("where the file is old, and no database has applied it: remove it, and write it again")
        .with_hint("where a database has applied the text of the file: give the program that text again")
}

fn unwritable(path: &Path, cause: io::Error) -> Error {
    let shown = shown(path);
    Error::io(Code::Export, format!("{shown} cannot be written"), cause)
        .with_place(Place::whole(shown))
        .with_state("none of the new files is kept")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Lateness, ProgramMigration};

    fn migrations(texts: &[(i64, &str)]) -> Migrations {
        let given = |(version, text): &(i64, &str)| ProgramMigration {
            path: format!("V{version}__a"),
            version: *version,
            name: "a".to_owned(),
            lateness: if *version == 7 { Lateness::Any } else { Lateness::Policy },
            text: (*text).to_owned(),
        };
        Migrations::of_program(texts.iter().map(given).collect()).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn they_are_read_back_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new/migrations");
        let first = migrations(&[(1, "\u{feff}SELECT 'ä';\r\nSELECT 2;\r\n"), (7, "SELECT 7")]);
        assert_eq!(export(&first, &folder).unwrap().len(), 2);
        assert_eq!(names(&folder), ["V0001__a.sql", "V0007__a.sql"]);
        let read = Migrations::read(&folder).unwrap();
        for (read, given) in read.iter().zip(&first) {
            assert_eq!((read.up().text(), read.up().checksum()), (given.up().text(), given.up().checksum()));
        }
        assert_eq!(export(&first, &folder).unwrap(), Vec::<PathBuf>::new());

        // A down beside one, and what is new.
        fs::write(folder.join("V0001__a.down.sql"), "SELECT 0;").unwrap();
        let more = migrations(&[(1, "SELECT 'ä';\nSELECT 2;\n"), (7, "SELECT 7"), (20_261_128_110_000, "SELECT 8")]);
        assert_eq!(export(&more, &folder).unwrap(), [folder.join("V20261128110000__a.sql")]);
    }

    #[test]
    fn what_says_otherwise_is_not_written_over() {
        for (file, text) in [
            ("V1__a.sql", "SELECT 'other';"),
            ("V1__b.sql", "SELECT 1;"),
            ("V3__a.sql", "SELECT 3;"),
            ("V2__a.rs", "pub fn migration() -> String { String::new() }"),
            ("U2__a.sql", "SELECT 2;"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(file), text).unwrap();
            let error = export(&migrations(&[(1, "SELECT 1;"), (2, "SELECT 2;")]), folder.path()).unwrap_err();
            assert_eq!(error.code(), Code::Export, "{file}: {error}");
            assert_eq!(names(folder.path()), [file], "{file}: nothing is half written");
            assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_failure_in_the_middle_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        // What has the name of the second file, and is none.
        fs::create_dir(folder.path().join("V0002__a.sql")).unwrap();
        assert!(export(&migrations(&[(1, "SELECT 1;"), (2, "SELECT 2;")]), folder.path()).is_err());
        assert_eq!(names(folder.path()), ["V0002__a.sql"]);
    }
}
