//! The user that servers run as: PostgreSQL refuses to be root.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// An unprivileged user to change to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    uid: u32,
    gid: u32,
}

/// Returns the user to change to, or `None` where the tests do not run as root and there is nothing to change.
fn unprivileged() -> Option<User> {
    static USER: OnceLock<Option<User>> = OnceLock::new();
    *USER.get_or_init(|| {
        if current() != 0 {
            return None;
        }
        let passwd = std::fs::read_to_string("/etc/passwd").expect("/etc/passwd is readable");
        let find = |name: &str| {
            let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2);
            Some(User { uid: fields.next()?.parse().ok()?, gid: fields.next()?.parse().ok()? })
        };
        Some(find("postgres").or_else(|| find("nobody")).expect("a user `postgres` or `nobody` exists"))
    })
}

/// The user id of this process.
pub(crate) fn current() -> u32 {
    std::fs::metadata("/proc/self").expect("/proc is mounted").uid()
}

/// Tells the user id that servers run as.
pub(crate) fn of_servers() -> u32 {
    unprivileged().map_or_else(current, |user| user.uid)
}

/// Makes the command run as the unprivileged user. Supplementary groups are dropped with root.
pub(crate) fn demote(command: &mut Command) -> &mut Command {
    if let Some(user) = unprivileged() {
        command.uid(user.uid).gid(user.gid);
    }
    command
}

/// Gives a file or folder to the unprivileged user.
pub(crate) fn give(path: &Path) {
    if let Some(user) = unprivileged() {
        chown(path, Some(user.uid), Some(user.gid))
            .unwrap_or_else(|error| panic!("cannot give {} to user {}: {error}", path.display(), user.uid));
    }
}
