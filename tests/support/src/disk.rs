//! A disk that is full soon.
//!
//! Root mounts a small file system in memory: every program that writes to it gets ENOSPC, this process included.
//! Where that is not allowed (an ordinary user, most containers) the files that a *command* writes are limited
//! instead, and it gets EFBIG: `SQLite` reports that as an I/O error, not as "database or disk is full". So a test
//! that writes in its own process asks [`Small::real`] first, and one that runs the command accepts both.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scratch::Folder;

/// A folder on a small disk, or the like of it.
#[derive(Debug)]
pub struct Small {
    kilobytes: u32,
    mounted: bool,
    folder: Folder,
}

impl Small {
    /// Makes one of this many kilobytes.
    pub fn new(kilobytes: u32) -> Self {
        let folder = Folder::new("d");
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k,mode=755"), "tmpfs"])
            .arg(folder.path())
            .output();
        Self { kilobytes, mounted: output.is_ok_and(|output| output.status.success()), folder }
    }

    /// Whether it is a file system, with ENOSPC for everybody.
    pub fn real(&self) -> bool {
        self.mounted
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program and the arguments that run `program` with what it may write limited: for a disk that is not real
    /// a shell that sets the limit first.
    pub(crate) fn wrap(&self, program: &Path) -> (PathBuf, Vec<OsString>) {
        if self.mounted {
            return (program.to_owned(), Vec::new());
        }
        // Without the trap the command would be killed by SIGXFSZ instead of getting an error. sh counts in 512 bytes.
        let script = format!(r#"trap "" XFSZ; ulimit -f {}; exec "$@""#, self.kilobytes * 2);
        (PathBuf::from("sh"), vec!["-c".into(), script.into(), "sh".into(), program.into()])
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        if self.mounted {
            let _ = Command::new("umount").arg("-l").arg(self.folder.path()).output();
        }
    }
}
