//! `PGlite`, a PostgreSQL in one process, which comes with Apache AGE.
//!
//! It has one session, whatever the number of its connections: what one of them sets, the others have too.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::postgres::{Endpoint, cache, named, try_psql};
use crate::scratch::{self, Folder};

/// Its first start makes a cluster: 4 seconds of work, more on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// Which extensions the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extensions {
    /// None but PL/pgSQL.
    None,
    /// Apache AGE.
    Age,
}

/// How many clients may be connected at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// One, which is its default: others are sent away.
    One,
    /// Several, who take turns transaction by transaction.
    Several,
}

/// A running server, stopped and removed on drop.
#[derive(Debug)]
pub struct Pglite {
    process: Child,
    clients: Clients,
    folder: Folder,
}

/// Starts a server with an empty database, on a socket of its own.
///
/// `None` where it is not installed and `SCHEMACTL_TEST_POSTGRES` says which servers this machine has: `./test` tells then
/// that it runs without.
pub fn start(extensions: Extensions, clients: Clients) -> Option<Pglite> {
    if !package("pglite-age").is_dir() {
        assert!(
            named().is_some(),
            "PGlite with Apache AGE is not in {}: run `./test`, or `tests/servers/install`, or name the versions of \
             PostgreSQL that you have in SCHEMACTL_TEST_POSTGRES, and the tests do without it",
            cache().display()
        );
        // Not captured, as what is printed by the macros is.
        let _ =
            writeln!(std::io::stderr(), "PGlite with Apache AGE is not installed: a test that needs it does nothing");
        return None;
    }
    let folder = Folder::new("g");
    let process = launch(folder.path(), extensions, clients);
    Some(Pglite { process, clients, folder })
}

impl Pglite {
    /// The URL of its database.
    pub fn url(&self) -> String {
        Endpoint::socket(self.folder.path(), 5432).url("postgres", "postgres")
    }

    /// Stops it and starts it with these extensions, on what its database holds; in a new session.
    pub fn restart(&mut self, extensions: Extensions) {
        self.end(Signal::SIGTERM);
        self.process = launch(self.folder.path(), extensions, self.clients);
    }

    /// Runs SQL, as a client of its own: a line for each row, columns separated by `|`.
    pub fn psql(&self, sql: &str) -> String {
        let started = Instant::now();
        loop {
            match try_psql(&self.url(), sql) {
                Ok(rows) => return rows,
                // The client before may not be forgotten yet, and there is room for one.
                Err(error) if error.contains("connection to server") && started.elapsed() < LONGEST => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => panic!("psql failed: {error}\nin: {sql}"),
            }
        }
    }

    fn end(&mut self, signal: Signal) {
        let _ = kill(Pid::from_raw(self.process.id().cast_signed()), signal);
        let started = Instant::now();
        while self.process.try_wait().expect("it is a child of this process").is_none() {
            if started.elapsed() > LONGEST {
                let _ = self.process.kill();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        scratch::unregister(self.process.id());
    }
}

impl Drop for Pglite {
    fn drop(&mut self) {
        self.end(Signal::SIGKILL);
    }
}

fn launch(folder: &Path, extensions: Extensions, clients: Clients) -> Child {
    let log = folder.join("log");
    let file = File::create(&log).expect("the folder is writable");
    // It does not remove the socket of one that was killed.
    let socket = folder.join(".s.PGSQL.5432");
    let _ = fs::remove_file(&socket);
    let mut command = Command::new("node");
    command
        .arg("--require")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../servers/custom_event.cjs"))
        .arg(package("pglite-socket").join("dist/scripts/server.js"))
        .arg(format!("--db={}", folder.join("data").display()))
        .arg(format!("--path={}", socket.display()))
        .arg(format!("--max-connections={}", if clients == Clients::One { 1 } else { 8 }));
    if extensions == Extensions::Age {
        command.arg("--extensions=@electric-sql/pglite-age:age");
    }
    let mut process = command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a file can be opened twice"))
        .stderr(file)
        // Away from the terminal's Ctrl-C: the watchdog stops it in order.
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("node, which PGlite needs, does not start: {error}"));
    scratch::register(process.id());
    let started = Instant::now();
    let said = || fs::read_to_string(&log).unwrap_or_default();
    while !said().contains("PGLiteSocketServer listening") {
        let ended = process.try_wait().expect("it is a child of this process").is_some();
        if ended || started.elapsed() > LONGEST {
            let _ = process.kill();
            let _ = process.wait();
            scratch::unregister(process.id());
            panic!("PGlite did not start:\n{}", said());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}

fn package(name: &str) -> PathBuf {
    cache().join("npm/node_modules/@electric-sql").join(name)
}
