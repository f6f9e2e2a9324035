//! A data folder that `initdb` made once, to copy for each cluster.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::{Server, cache};
use crate::{scratch::Folder, user};

/// Copies a fresh data folder to `to`, which must not exist.
pub(super) fn copy(server: &Server, to: &Path) {
    copy_tree(&template(server), to);
}

/// Copies a folder with owners and modes, sharing blocks where the file system can.
pub(super) fn copy_tree(from: &Path, to: &Path) {
    let status = Command::new("cp").args(["-a", "--reflink=auto"]).args([from, to]).status().expect("cp starts");
    assert!(status.success(), "cannot copy {} to {}", from.display(), to.display());
}

fn template(server: &Server) -> PathBuf {
    let cache = cache();
    fs::create_dir_all(&cache).unwrap_or_else(|error| panic!("cannot make {}: {error}", cache.display()));
    // The version is in the name since a data folder belongs to a major version, the user since it owns the files.
    let name = format!("template-{}-{}", server.version(), user::of_servers());
    let path = cache.join(&name);
    if path.is_dir() {
        return path;
    }
    let lock = File::create(cache.join(format!("{name}.lock"))).expect("the cache folder is writable");
    lock.lock().expect("the file system can lock");
    if !path.is_dir() {
        let folder = Folder::new("i");
        user::give(folder.path());
        let fresh = folder.path().join("data");
        initdb(server, &fresh);
        // Renamed when whole, so that nobody copies a half of it, whatever dies.
        let whole = cache.join(format!("{name}.new"));
        let _ = fs::remove_dir_all(&whole);
        copy_tree(&fresh, &whole);
        fs::rename(&whole, &path).expect("both are in the cache folder");
    }
    path
}

fn initdb(server: &Server, data: &Path) {
    let mut command = Command::new(server.program("initdb"));
    command
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
        // Small files of write-ahead log: the copies are then half the size.
        .arg("--wal-segsize=1")
        .arg("-D")
        .arg(data)
        .current_dir(data.parent().expect("it is in a folder"))
        .env_remove("LANG")
        .env("LC_ALL", "C");
    let output = user::demote(&mut command).output().expect("initdb starts");
    assert!(
        output.status.success(),
        "initdb of PostgreSQL {} failed:\n{}{}",
        server.major(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
