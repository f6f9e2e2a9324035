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

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Code, Error, Place, Result};
use crate::source::{Generated, Migrations};

/// Reads and checks a folder of migrations, and makes it available to [`embed!`](crate::embed).
///
/// The folder is relative to the package, and named the same way in `embed!`. Several folders can be embedded: call it
/// once for each. Cargo runs the build script again when a file is added, edited or removed.
///
/// Where something is wrong with the migrations, the whole report is printed and the build fails.
pub fn embed(folder: &str) {
    // Also after an error, so that cargo looks at the folder again.
    println!("cargo::rerun-if-changed={folder}");
    match Build::from_cargo().and_then(|build| build.embed(folder)) {
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
    fn embed(&self, folder: &str) -> Result<String> {
        if folder.contains(['=', '\n']) {
            // It is part of the name of a variable, which is how `embed!` finds the code.
            return Err(Error::new(Code::Unreadable, format!("{folder:?} cannot be embedded: rename the folder")));
        }
        // A build script runs in the folder of its package.
        let migrations = Migrations::read(folder)?;
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
    fn each_folder_has_its_own_file() {
        assert_eq!(file_stem("migrations/sqlite"), "migrations-2fsqlite");
        assert_ne!(file_stem("a/b"), file_stem("a_b"));
        assert_ne!(file_stem("A"), file_stem("a"));
    }
}
