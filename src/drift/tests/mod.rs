//! The cases of both dialects: no false alarm where the runner applied them, and their SQL where somebody else did.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::{Path, PathBuf};

use crate::source::{Migration, Script};
use crate::version::Version;

fn migration(version: i64, up: &str) -> Migration {
    let path = format!("V{version}__change.sql");
    Migration {
        version: Version::new(version).unwrap(),
        description: "change".into(),
        phase: None,
        up: Script::new(path, up.to_owned()),
        down: None,
        proven: None,
        after: None,
    }
}

/// The folders of the cases.
fn folders(dialect: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(dialect);
    let wanted = std::env::var("SCHEMACTL_CASE").unwrap_or_default();
    let entries = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> =
        entries.filter(|path| path.is_dir() && path.to_str().is_some_and(|path| path.contains(&wanted))).collect();
    folders.sort();
    folders
}
