//! The folder of this test process, and the watchdog that cleans up after it.
//!
//! Destructors do not run for statics, nor in a process that is killed. So a shell is started beside the first thing
//! made here, with a pipe from the test process as its input: when the pipe ends, the process is gone, and the shell
//! stops what was registered, unmounts what was mounted, and removes the folder.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// A path of a unix socket has at most 107 bytes, and `/<folder>/.s.PGSQL.<port>` follows.
const LONGEST_ROOT: usize = 60;

/// A cluster takes 30 to 60 megabytes, and a test process has up to a dozen.
const PLENTY: u64 = 4096;

const WATCHDOG: &str = r#"
trap "" INT TERM HUP QUIT
cat >/dev/null
cd /
alive() { [ "$(cut -d" " -f22 "/proc/${1##*/}/stat" 2>/dev/null)" = "$(cat "$1")" ]; }
any() { for f in "$1"/processes/*; do [ -e "$f" ] && alive "$f" && return 0; done; return 1; }
end() { for f in "$1"/processes/*; do [ -e "$f" ] && alive "$f" && kill "-$2" "${f##*/}"; done; }
end "$1" QUIT
tries=0
while any "$1" && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
end "$1" KILL
while read -r _ mounted _; do case $mounted in "$1"/*) umount -l "$mounted";; esac; done </proc/mounts
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

struct Root {
    path: PathBuf,
    /// Its input is open for as long as this process lives.
    _watchdog: Child,
}

/// The folder of this test process; everybody may enter it, since servers run as another user.
pub fn root() -> &'static Path {
    static ROOT: OnceLock<Root> = OnceLock::new();
    &ROOT
        .get_or_init(|| {
            let within = within();
            let folder = tempfile::Builder::new()
                .prefix("sctl-")
                .tempdir_in(&within)
                .unwrap_or_else(|error| panic!("cannot make a folder in {}: {error}", within.display()));
            let path = folder.keep();
            open_to_all(&path);
            fs::create_dir(path.join("processes")).expect("the new folder is writable");
            let watchdog = Command::new("sh")
                .args(["-c", WATCHDOG, "watchdog"])
                .arg(&path)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .process_group(0)
                .spawn()
                .expect("sh starts");
            Root { path, _watchdog: watchdog }
        })
        .path
}

/// Where the folder of this process is to be: in `TMPDIR` where that is set, else in memory where there is plenty.
///
/// A cluster is a thousand small files; on a disk a copy of them can take a second, in memory it takes a twentieth.
fn within() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let usual = std::env::temp_dir();
    if usual.as_os_str().len() >= LONGEST_ROOT - 12 {
        PathBuf::from("/tmp")
    } else if std::env::var_os("TMPDIR").is_none() && free_megabytes(&memory) > PLENTY {
        memory
    } else {
        usual
    }
}

fn free_megabytes(folder: &Path) -> u64 {
    let output = Command::new("df").args(["--block-size=1M", "--output=avail"]).arg(folder).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().nth(1).and_then(|line| line.trim().parse().ok()).unwrap_or_default()
}

/// A folder of its own, removed on drop.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a new folder; `kind` begins its name.
    pub fn new(kind: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = root().join(format!("{kind}{number}"));
        fs::create_dir(&path).unwrap_or_else(|error| panic!("cannot make {}: {error}", path.display()));
        open_to_all(&path);
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A server that was killed may still be writing: the watchdog removes what is left.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the folder was made by this process");
}

/// Has the watchdog end this process too.
pub(crate) fn register(pid: u32) {
    fs::write(process_file(pid), start_time(pid).unwrap_or_default()).expect("the folder of processes is writable");
}

/// Forgets a process that has ended, so that another with its number is safe.
pub(crate) fn unregister(pid: u32) {
    let _ = fs::remove_file(process_file(pid));
}

fn process_file(pid: u32) -> PathBuf {
    root().join("processes").join(pid.to_string())
}

/// The start time of a process in clock ticks, as text: with its number it names the process for ever.
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.split(' ').nth(21).map(str::to_owned)
}

/// A TCP port that is free now, and that no other call in this process returned.
///
/// Another process may take it before it is used: who listens on it tries again with the next.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        if GIVEN.lock().expect("no panic while it is held").insert(port) {
            return port;
        }
    }
}
