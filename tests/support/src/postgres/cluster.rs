//! A server of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::config::{Config, Listen};
use super::database::{Database, Endpoint};
use super::installation::Installation;
use super::psql::psql;
use super::server::Server;
use super::session::Session;
use super::template;
use super::tls::Tls;
use crate::scratch::{self, Folder};
use crate::user;

/// Nothing takes longer than this to start or to stop, even on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);
/// The port of a server that listens on its socket only: the socket's folder is its own.
const SOCKET_PORT: u16 = 5432;

/// A running server, stopped and removed on drop.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    config: Config,
    port: u16,
    process: Mutex<Option<Child>>,
    databases: AtomicU32,
    installation: Option<Installation>,
    folder: Folder,
}

/// Why a server did not start.
enum Failure {
    /// Another process took the port first.
    PortTaken,
    /// Anything else: the server's log.
    Log(String),
}

impl Cluster {
    /// Starts a server: `Cluster::start(15)`, or with a [`Config`].
    pub fn start(config: impl Into<Config>) -> Self {
        let config = config.into();
        let server = Server::find(config.major);
        let folder = Folder::new("c");
        user::give(folder.path());
        template::copy(&server, &folder.path().join("data"));
        Self::launch(server, config, folder, "")
    }

    /// Starts a hot standby of this server, which must have a configuration that allows replication (the default).
    ///
    /// The server goes on meanwhile, but nothing should write to it: its files are copied one after the other.
    #[must_use]
    pub fn standby(&self) -> Self {
        let folder = Folder::new("c");
        user::give(folder.path());
        let data = folder.path().join("data");
        let mut session = Session::open(&self.url());
        let (start, stop) = if self.config.major >= 15 {
            ("pg_backup_start('standby', true)", "pg_backup_stop(false)")
        } else {
            ("pg_start_backup('standby', true, false)", "pg_stop_backup(false, false)")
        };
        session.run(&format!("SELECT {start}"));
        template::copy_tree(&self.data(), &data);
        let label = session.run(&format!("SELECT labelfile FROM {stop}"));
        assert!(label.starts_with("START WAL LOCATION"), "the backup failed: {label}");
        fs::remove_file(data.join("postmaster.pid")).expect("the copied server was running");
        for (name, text) in [("backup_label", format!("{}\n", label.trim_end())), ("standby.signal", String::new())] {
            fs::write(data.join(name), text).expect("the folder is writable");
            user::give(&data.join(name));
        }
        let Endpoint { host, port } = self.endpoint();
        let primary = format!("primary_conninfo = 'host={host} port={port} user=postgres'\nhot_standby = on\n");
        Self::launch(self.server.clone(), self.config.clone(), folder, &primary)
    }

    /// Waits until a standby has replayed all that this server has written until now.
    pub fn wait_for(&self, standby: &Self) {
        // Not the place of the next record: that can be behind the header of a page which nothing fills for 15 seconds.
        let written = psql(&self.url(), "SELECT pg_current_wal_flush_lsn()");
        let question = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
        wait("the standby to catch up", || psql(&standby.url(), &question) == "t");
    }

    /// The major version of the server.
    pub fn version(&self) -> u32 {
        self.config.major
    }

    /// Where it listens: its unix socket.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint::socket(self.folder.path(), self.port)
    }

    /// Where it listens with TCP, when it was told to.
    pub fn tcp(&self) -> Option<Endpoint> {
        (self.config.listen != Listen::Socket).then(|| Endpoint { host: "127.0.0.1".to_owned(), port: self.port })
    }

    /// The URL of the database `postgres`.
    pub fn url(&self) -> String {
        self.endpoint().url("postgres", "postgres")
    }

    /// Runs SQL in the database `postgres`: see [`Database::psql`].
    pub fn psql(&self, sql: &str) -> String {
        psql(&self.url(), sql)
    }

    /// Makes an empty database with a name of its own.
    pub fn create_database(&self) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        // From template0, which nobody is connected to: another connection to template1 would make it fail.
        psql(&self.url(), &format!("CREATE DATABASE {name} TEMPLATE template0"));
        self.database(&name)
    }

    /// A database that exists already, and is dropped like one that [`create_database`](Self::create_database) made:
    /// the copy of one on a standby, say.
    pub fn database(&self, name: &str) -> Database {
        Database { endpoint: self.endpoint(), tcp: self.tcp(), name: name.to_owned(), major: self.config.major }
    }

    /// All that the server has logged.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.path().join("log")).unwrap_or_default()).into_owned()
    }

    /// Stops the server as an operator does: connections are ended, transactions rolled back.
    pub fn stop(&self) {
        self.end(Signal::SIGINT);
    }

    /// Kills every process of the server at once, like a crash of the machine.
    pub fn kill_9(&self) {
        // Held to the end: who sees a connection die and starts the server again has to wait for this.
        let mut server = self.process();
        let Some(postmaster) = server.as_ref().map(|child| process(child.id())) else { return };
        // Stopped first, so that it starts no new process while its children are being found.
        let _ = kill(postmaster, Signal::SIGSTOP);
        let stopped = || status(postmaster).is_none_or(|(state, _)| state == "T" || state == "Z");
        wait("the server to hold still", stopped);
        let all = children(postmaster);
        for pid in &all {
            let _ = kill(*pid, Signal::SIGKILL);
        }
        let _ = kill(postmaster, Signal::SIGKILL);
        reap(&mut server);
        // A server that starts again refuses to while one of them still holds the shared memory.
        wait("the killed server's processes to end", || !all.iter().any(|pid| lives(*pid)));
    }

    /// Starts the server again after [`stop`](Self::stop) or [`kill_9`](Self::kill_9), in the same place.
    pub fn start_again(&self) {
        let mut server = self.process();
        assert!(server.is_none(), "the server is running");
        match self.spawn() {
            Ok(child) => *server = Some(child),
            Err(Failure::PortTaken) => panic!("another process took port {}", self.port),
            Err(Failure::Log(log)) => panic!("PostgreSQL {} did not start again:\n{log}", self.config.major),
        }
    }

    /// Stops the server and starts it again.
    pub fn restart(&self) {
        self.stop();
        self.start_again();
    }

    /// Takes an extension from what is available on this server, and on no other. The first time it starts again, from an
    /// installation of its own.
    pub fn uninstall(&mut self, extension: &str) {
        if self.installation.is_none() {
            let installation = Installation::copy(&self.url(), &self.folder.path().join("installation"));
            self.server = self.server.in_folder(installation.programs());
            self.installation = Some(installation);
            self.restart();
        }
        self.own_installation().remove(extension);
    }

    /// Installs an extension again, as a package would while the server runs.
    pub fn install(&self, extension: &str) {
        self.own_installation().add(extension);
    }

    fn own_installation(&self) -> &Installation {
        self.installation.as_ref().expect("something was uninstalled from it")
    }

    /// The process id of the server, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process().as_ref().map(Child::id)
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn launch(server: Server, config: Config, folder: Folder, more: &str) -> Self {
        let mut cluster = Self {
            server,
            config,
            port: SOCKET_PORT,
            process: Mutex::new(None),
            databases: AtomicU32::new(0),
            installation: None,
            folder,
        };
        let file = cluster.data().join("postgresql.conf");
        let usual = fs::read_to_string(&file).expect("initdb wrote it");
        if cluster.config.listen == Listen::Tls {
            for file in Tls::shared().copy_to(&cluster.data()) {
                fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it was just made");
                user::give(&file);
            }
        }
        fs::write(cluster.data().join("pg_hba.conf"), cluster.config.access_lines()).expect("it is writable");
        for _ in 0..5 {
            if cluster.config.listen != Listen::Socket {
                cluster.port = scratch::free_port();
            }
            let host = cluster.endpoint().host;
            let text = format!("{usual}{}{more}", cluster.config.lines(&host, cluster.port));
            fs::write(&file, text).expect("it is writable");
            match cluster.spawn() {
                Ok(child) => {
                    *cluster.process() = Some(child);
                    return cluster;
                }
                Err(Failure::PortTaken) => {}
                Err(Failure::Log(log)) => panic!("PostgreSQL {} did not start:\n{log}", cluster.config.major),
            }
        }
        panic!("no free port for PostgreSQL {} after five tries", cluster.config.major);
    }

    fn spawn(&self) -> Result<Child, Failure> {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("the cluster's folder is writable");
        let before = self.log().len();
        let mut command = Command::new(self.server.program("postgres"));
        command
            .arg("-D")
            .arg(self.data())
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be opened twice"))
            .stderr(log)
            // Away from the terminal's Ctrl-C: the watchdog stops it in order.
            .process_group(0);
        let mut child = user::demote(&mut command)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.server.program("postgres").display()));
        scratch::register(child.id());
        let started = Instant::now();
        while !ready(&self.data(), child.id()) {
            let exited = child.try_wait().expect("it is a child of this process").is_some();
            if exited || started.elapsed() > LONGEST {
                let _ = child.kill();
                let _ = child.wait();
                scratch::unregister(child.id());
                let log = self.log().split_off(before);
                return Err(if log.contains("Address already in use") {
                    Failure::PortTaken
                } else {
                    Failure::Log(log)
                });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(child)
    }

    fn end(&self, signal: Signal) {
        let mut server = self.process();
        if let Some(child) = &*server {
            let _ = kill(process(child.id()), signal);
        }
        reap(&mut server);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end(Signal::SIGQUIT);
    }
}

/// Waits for the end of a server.
fn reap(server: &mut Option<Child>) {
    let Some(mut child) = server.take() else { return };
    let started = Instant::now();
    while child.try_wait().expect("it is a child of this process").is_none() {
        if started.elapsed() > LONGEST {
            let _ = child.kill();
            let _ = child.wait();
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    scratch::unregister(child.id());
}

/// Whether this postmaster says that it takes connections: the eighth line of its file, as `pg_ctl --wait` reads it.
fn ready(data: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let mut lines = text.lines();
    lines.next() == Some(pid.to_string().as_str()) && lines.nth(6).is_some_and(|state| state.trim() == "ready")
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(pid.try_into().expect("process ids are small"))
}

/// Whether a process exists and is no zombie.
fn lives(pid: Pid) -> bool {
    status(pid).is_some_and(|(state, _)| state != "Z")
}

/// The state of a process, and its parent.
fn status(pid: Pid) -> Option<(String, String)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // They come after the name, which is in parentheses and may contain anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned);
    Some((fields.next()?, fields.next()?))
}

/// The children of a process.
fn children(parent: Pid) -> Vec<Pid> {
    let of_parent = |pid: &Pid| status(*pid).is_some_and(|(_, found)| found == parent.to_string());
    let entries = fs::read_dir("/proc").expect("/proc is mounted").flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.map(process).filter(of_parent).collect()
}

/// Asks again and again until the answer is yes.
pub(crate) fn wait(what: &str, mut answer: impl FnMut() -> bool) {
    let started = Instant::now();
    while !answer() {
        assert!(started.elapsed() < LONGEST, "waited {LONGEST:?} for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
