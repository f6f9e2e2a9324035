//! A server's files at a place of its own, where extensions can be missing.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::psql::psql;

/// A copy of the installation that a server runs from. Only its program is copied, the rest are links: PostgreSQL finds
/// its other folders from where its program is, and follows links to learn that.
#[derive(Debug)]
pub(super) struct Installation {
    programs: PathBuf,
    extensions: PathBuf,
    originals: PathBuf,
}

impl Installation {
    /// Copies the installation of the server at this URL into a new folder.
    pub(super) fn copy(url: &str, to: &Path) -> Self {
        let ask =
            |name: &str| PathBuf::from(psql(url, &format!("SELECT setting FROM pg_config WHERE name = '{name}'")));
        let (programs, share, modules) = (ask("BINDIR"), ask("SHAREDIR"), ask("PKGLIBDIR"));
        let inside = |path: &Path| to.join(path.strip_prefix("/").expect("PostgreSQL names whole paths"));
        fs::create_dir_all(inside(&programs)).expect("the folder is new");
        fs::copy(programs.join("postgres"), inside(&programs).join("postgres")).expect("the program is readable");
        // Libraries that a package brings along are beside the programs, and modules are among them or elsewhere.
        let libraries = programs.with_file_name("lib");
        for folder in [&libraries, &modules] {
            if folder.is_dir() && !inside(folder).exists() {
                link(folder, &inside(folder));
            }
        }
        let originals = share.join("extension");
        let extensions = inside(&originals);
        fs::create_dir_all(&extensions).expect("the folder is new");
        for path in entries(&share).into_iter().filter(|path| *path != originals).chain(entries(&originals)) {
            link(&path, &inside(&path));
        }
        Self { programs: inside(&programs), extensions, originals }
    }

    /// Where its programs are: `postgres` alone.
    pub(super) fn programs(&self) -> &Path {
        &self.programs
    }

    /// Takes away what makes an extension available.
    pub(super) fn remove(&self, extension: &str) {
        for path in files_of(&self.extensions, extension) {
            fs::remove_file(path).expect("the folder is writable");
        }
    }

    /// Puts it back.
    pub(super) fn add(&self, extension: &str) {
        for path in files_of(&self.originals, extension) {
            link(&path, &self.extensions.join(path.file_name().expect("it is a file")));
        }
    }
}

/// The control file of an extension and its scripts.
fn files_of(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let (control, scripts) = (format!("{extension}.control"), format!("{extension}--"));
    let is_its = |path: &PathBuf| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name == control || name.starts_with(&scripts))
    };
    let found: Vec<_> = entries(folder).into_iter().filter(is_its).collect();
    assert!(!found.is_empty(), "there is no {extension} in {}", folder.display());
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    entries.map(|entry| entry.expect("it is being read").path()).collect()
}

fn link(original: &Path, at: &Path) {
    fs::create_dir_all(at.parent().expect("it is in a folder")).expect("the folder is writable");
    symlink(original, at).unwrap_or_else(|error| panic!("cannot link {}: {error}", at.display()));
}
