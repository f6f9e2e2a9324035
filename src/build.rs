//! Embedding migrations into an application, called from its build script.
//!
//! ```toml
//! [dependencies]
//! schemactl = { version = "0.1", default-features = false, features = ["sqlite"] }
//!
//! [build-dependencies]
//! schemactl = { version = "0.1", default-features = false }
//! ```
//!
//! ```ignore
//! // build.rs
//! fn main() {
//!     schemactl::build::embed("migrations/sqlite");
//! }
//!
//! // src/main.rs
//! static MIGRATIONS: schemactl::Migrations = schemactl::embed!("migrations/sqlite");
//! ```
//!
//! With the feature `barrel` also rendering migrations that are written in Rust: `barrel`.

#[cfg(feature = "barrel")]
mod portable;

#[cfg(feature = "barrel")]
pub use self::portable::{Barrel, Rendered, barrel};
/// The crate barrel, as migrations are written with it: the release that is rendered here.
#[cfg(feature = "barrel")]
pub use ::barrel;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Place, Result};
use crate::source::{Generated, Migrations, Script};
use crate::sql::Dialect;

/// Reads and checks a folder of migrations, and makes it available to [`embed!`](crate::embed).
///
/// The folder is relative to the package, and named the same way in `embed!`. Several folders can be embedded: call it
/// once for each. Cargo runs the build script again when a file is added, edited or removed.
///
/// Where something is wrong with the migrations, the whole report is printed and the build fails: whatever a start of the application
/// would refuse about the files, with the same words. Which database they are for shows in the name of the folder, which is
/// `sqlite` or `postgres`, or lies in one that is. Where it does not, only what either of them would refuse fails the build:
/// [`embed_for`] says it.
pub fn embed(folder: &str) {
    run(folder, dialect_of(folder));
}

/// As [`embed`], for a folder whose name does not say which database its migrations are for.
///
/// ```ignore
/// // build.rs
/// fn main() {
///     schemactl::build::embed_for("migrations", schemactl::Dialect::Sqlite);
/// }
/// ```
pub fn embed_for(folder: &str, dialect: Dialect) {
    run(folder, Some(dialect));
}

fn run(folder: &str, dialect: Option<Dialect>) {
    // Also after an error, so that cargo looks at the folder again.
    println!("cargo::rerun-if-changed={folder}");
    match Build::from_cargo().and_then(|build| build.embed(folder, dialect)) {
        Ok(instructions) => print!("{instructions}"),
        Err(error) => {
            eprintln!("{error:#}");
            std::process::exit(1);
        }
    }
}

/// What cargo tells a build script.
struct Build {
    package: PathBuf,
    out: PathBuf,
}

impl Build {
    fn from_cargo() -> Result<Self> {
        Ok(Self { package: variable("CARGO_MANIFEST_DIR")?.into(), out: variable("OUT_DIR")?.into() })
    }

    /// Writes the code for `folder` and returns what to tell cargo.
    fn embed(&self, folder: &str, dialect: Option<Dialect>) -> Result<String> {
        if folder.contains(['=', '\n']) {
            // It is part of the name of a variable, which is how `embed!` finds the code.
            return Err(Error::new(Code::Unreadable, format!("{folder:?} cannot be embedded: rename the folder")));
        }
        // A build script runs in the folder of its package.
        let migrations = Migrations::read(folder)?;
        check(&migrations, dialect)?;
        let code = self.out.join("schemactl").join(format!("{}.rs", file_stem(folder)));
        write(&code, &self.generate(&migrations)?)?;
        Ok(instructions(folder, &migrations, &code))
    }

    fn generate(&self, migrations: &Migrations) -> Result<String> {
        let mut code = String::new();
        write!(code, "{}", Generated { migrations, root: &self.package }).map_err(|_| {
            let package = self.package.display();
            Error::new(Code::Unreadable, format!("the path {package} is not UTF-8, so nothing below can be embedded"))
        })?;
        Ok(code)
    }
}

/// The database that a folder is named after, or one of the folders that it lies in.
fn dialect_of(folder: &str) -> Option<Dialect> {
    folder.rsplit(['/', '\\']).find_map(|name| match name.to_ascii_lowercase().as_str() {
        "sqlite" => Some(Dialect::Sqlite),
        "postgres" | "postgresql" => Some(Dialect::Postgres),
        _ => None,
    })
}

/// Fails with what a start would refuse.
fn check(migrations: &Migrations, dialect: Option<Dialect>) -> Result<()> {
    let scripts = migrations.iter().flat_map(|migration| [Some(migration.up()), migration.down()]);
    scripts.flatten().try_for_each(|script| check_script(script, dialect))
}

fn check_script(script: &Script, dialect: Option<Dialect>) -> Result<()> {
    let read = |dialect| script.read_whole(dialect).map(drop);
    match dialect {
        Some(dialect) => read(dialect),
        // What only one of them refuses may be meant for the other.
        None => read(Dialect::Postgres).or_else(|error| read(Dialect::Sqlite).map_err(|_| error)),
    }
}

fn variable(name: &str) -> Result<OsString> {
    std::env::var_os(name).ok_or_else(|| {
        Error::new(Code::MissingVariable, format!("{name} is not set"))
            .with_hint("`schemactl::build::embed` is called from a build script, which cargo runs")
    })
}

fn write(path: &Path, code: &str) -> Result<()> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, code));
    written.map_err(|cause| {
        let path = path.display().to_string();
        Error::io(Code::Io, format!("{path} cannot be written"), cause).with_place(Place::whole(path))
    })
}

/// A file name for each folder, and another one for another folder.
fn file_stem(folder: &str) -> String {
    let mut stem = String::new();
    for byte in folder.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => stem.push(char::from(byte)),
            // Upper case too: not every file system tells it from lower case.
            _ => stem.extend(['-', hex_digit(byte >> 4), hex_digit(byte & 15)]),
        }
    }
    stem
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or('0')
}

fn instructions(folder: &str, migrations: &Migrations, code: &Path) -> String {
    let variable = format!("cargo::rustc-env=SCHEMACTL_EMBED {folder}={}\n", code.display());
    // Cargo looks below the folder by itself, but not behind symbolic links.
    let scripts = migrations.iter().flat_map(|migration| [Some(migration.up()), migration.down()]);
    let files = scripts.flatten().map(|script| format!("cargo::rerun-if-changed={}\n", script.path()));
    std::iter::once(variable).chain(files).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_folder_tells_its_database() {
        for (folder, dialect) in [
            ("migrations/sqlite", Some(Dialect::Sqlite)),
            ("db/PostgreSQL/app", Some(Dialect::Postgres)),
            ("sqlite/postgres", Some(Dialect::Postgres)),
            ("..\\sqlite", Some(Dialect::Sqlite)),
            ("migrations", None),
            ("my_sqlite", None),
        ] {
            assert_eq!(dialect_of(folder), dialect, "{folder}");
        }
    }

    #[test]
    fn what_no_database_takes_is_refused_where_none_is_named() {
        let check = |sql: &'static str, dialect| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("V1__a.sql"), sql).unwrap();
            check(&Migrations::read(folder.path()).unwrap(), dialect).map_err(|error| error.code())
        };
        for dialect in [None, Some(Dialect::Sqlite), Some(Dialect::Postgres)] {
            assert_eq!(check("SELECT 1; /* open", dialect), Err(Code::Syntax));
            assert_eq!(check("SELECT 1; COMMIT;", dialect), Err(Code::TransactionControl));
        }
        let of_psql = "SELECT 1;\n\\connect other\n";
        assert_eq!(check(of_psql, Some(Dialect::Postgres)), Err(Code::Syntax));
        assert_eq!(check(of_psql, None), Ok(()));
    }

    #[test]
    fn each_folder_has_its_own_file() {
        assert_eq!(file_stem("migrations/sqlite"), "migrations-2fsqlite");
        assert_ne!(file_stem("a/b"), file_stem("a_b"));
        assert_ne!(file_stem("A"), file_stem("a"));
    }
}
