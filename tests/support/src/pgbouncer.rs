//! `PgBouncer` in transaction mode, in front of a cluster.

use std::fs;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::postgres::{Cluster, Endpoint};
use crate::scratch::{self, Folder};
use crate::user;

/// A running bouncer, stopped on drop.
///
/// Its settings are the defaults, but for the mode: in particular it refuses start-up parameters that it does not
/// know (`options`), as the one in front of a user's database does.
#[derive(Debug)]
pub struct PgBouncer {
    process: Child,
    folder: Folder,
}

/// Starts a bouncer with at most 20 connections to each database.
pub fn start(cluster: &Cluster) -> PgBouncer {
    start_with(cluster, "default_pool_size = 20")
}

/// Starts a bouncer with more lines in the section `[pgbouncer]` of its configuration.
pub fn start_with(cluster: &Cluster, lines: &str) -> PgBouncer {
    let folder = Folder::new("b");
    user::give(folder.path());
    let Endpoint { host, port } = cluster.endpoint();
    let path = folder.path().display();
    let text = format!(
        "[databases]\n* = host={host} port={port} auth_user=postgres\n\
         [pgbouncer]\npool_mode = transaction\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {path}\n\
         auth_type = trust\nauth_file = {path}/users\nadmin_users = postgres\nmax_client_conn = 500\n{lines}\n"
    );
    for (name, text) in [("ini", text.as_str()), ("users", "\"postgres\" \"\"\n")] {
        fs::write(folder.path().join(name), text).expect("the new folder is writable");
    }
    let log = fs::File::create(folder.path().join("log")).expect("the new folder is writable");
    let mut command = Command::new(program());
    command
        .arg(folder.path().join("ini"))
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file can be opened twice"))
        .stderr(log)
        .process_group(0);
    let process =
        user::demote(&mut command).spawn().unwrap_or_else(|error| panic!("pgbouncer does not start: {error}"));
    scratch::register(process.id());
    let mut bouncer = PgBouncer { process, folder };
    bouncer.wait();
    bouncer
}

impl PgBouncer {
    /// Where it listens: `database.url_at(&bouncer.endpoint())`.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::socket(self.folder.path(), 6432)
    }

    /// The URL of its own console, for `SHOW POOLS`.
    pub fn console(&self) -> String {
        self.endpoint().url("postgres", "pgbouncer")
    }

    fn wait(&mut self) {
        let socket = self.folder.path().join(".s.PGSQL.6432");
        let started = Instant::now();
        while UnixStream::connect(&socket).is_err() {
            let ended = self.process.try_wait().expect("it is a child of this process").is_some();
            if ended || started.elapsed() > Duration::from_secs(20) {
                let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                panic!("pgbouncer did not start:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        scratch::unregister(self.process.id());
    }
}

/// Debian installs it where only root's path leads.
fn program() -> PathBuf {
    let usual = PathBuf::from("/usr/sbin/pgbouncer");
    if usual.is_file() { usual } else { PathBuf::from("pgbouncer") }
}
