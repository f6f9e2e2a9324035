//! Where the programs of PostgreSQL are.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The programs of one major version. Only `initdb`, `pg_ctl` and `postgres` are sure to be among them.
#[derive(Debug, Clone)]
pub struct Server {
    major: u32,
    folder: PathBuf,
}

impl Server {
    /// Finds the programs of a major version.
    pub fn find(major: u32) -> Self {
        let folder = folders(major).into_iter().find(|folder| folder.join("initdb").is_file()).unwrap_or_else(|| {
            panic!(
                "PostgreSQL {major} is neither under /usr/lib/postgresql, nor the one of pg_config, nor in {}: run \
                 `./test`, or `tests/servers/install`, or name the versions that you have in SCHEMACTL_TEST_POSTGRES",
                cache().display()
            )
        });
        Self { major, folder }
    }

    /// The same version, with its programs in another folder.
    pub(super) fn in_folder(&self, folder: &Path) -> Self {
        Self { major: self.major, folder: folder.to_owned() }
    }

    /// Its major version.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The path of one of its programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Its full version: `15.14`.
    pub fn version(&self) -> String {
        let output = Command::new(self.program("postgres")).arg("--version").output().expect("postgres starts");
        let text = String::from_utf8_lossy(&output.stdout);
        text.split(' ').nth(2).unwrap_or_else(|| panic!("cannot read a version from {text:?}")).trim().to_owned()
    }
}

/// The folder with the servers that `tests/servers/install` installed, and with what is worth keeping between runs.
pub(crate) fn cache() -> PathBuf {
    let folder = std::env::var_os("SCHEMACTL_TEST_CACHE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-servers"), PathBuf::from);
    // It can be a link: the servers may be in a folder that their user can enter, where the checkout is not.
    folder.canonicalize().unwrap_or(folder)
}

fn folders(major: u32) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"))];
    folders.extend(configured().into_iter().filter(|(found, _)| *found == major).map(|(_, folder)| folder));
    folders.push(cache().join(format!("npm/node_modules/postgres-{major}/native/bin")));
    folders
}

/// The server that `pg_config` in the path belongs to, asked once: on Debian it is a script that starts three programs.
fn configured() -> Option<(u32, PathBuf)> {
    static CONFIGURED: LazyLock<Option<(u32, PathBuf)>> = LazyLock::new(ask_pg_config);
    CONFIGURED.clone()
}

fn ask_pg_config() -> Option<(u32, PathBuf)> {
    let ask = |what: &str| {
        let output = Command::new("pg_config").arg(what).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let version = ask("--version")?;
    let major = version.split_whitespace().nth(1)?.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    Some((major, PathBuf::from(ask("--bindir")?)))
}

/// The newest major version that this machine has installed of itself, with its client programs.
pub(super) fn packaged() -> Option<u32> {
    complete().map(|(major, _)| major)
}

fn complete() -> Option<(u32, PathBuf)> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().filter_map(|entry| {
        let major = entry.file_name().to_str()?.parse().ok()?;
        Some((major, entry.path().join("bin")))
    });
    debian
        .chain(configured())
        .filter(|(_, folder)| ["initdb", "psql", "pg_dump"].iter().all(|name| folder.join(name).is_file()))
        .max_by_key(|(major, _)| *major)
}

/// The path of a client program such as `psql`: that of the newest complete installation, or that in the path.
pub fn client(name: &str) -> PathBuf {
    complete().map_or_else(|| PathBuf::from(name), |(_, folder)| folder.join(name))
}
