//! One throwaway PostgreSQL for all tests of this module, and the certificates that it needs.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::certificates::Authority;

const BINARIES: &str = "/usr/lib/postgresql/15/bin";

/// The server stops when the pipe is closed, which the end of this process does in every case.
///
/// The shell is in a process group of its own, so that an interrupt from the terminal does not reach it first.
const GUARD: &str =
    r#"folder=$1; shift; "$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$folder""#;

const ACCESS: &str = "\
local all postgres trust
local all all scram-sha-256
hostssl all only_tls 127.0.0.1/32 scram-sha-256
hostnossl all only_tls 127.0.0.1/32 reject
hostnossl all only_plain 127.0.0.1/32 scram-sha-256
hostssl all only_plain 127.0.0.1/32 reject
hostssl all with_cert 127.0.0.1/32 cert
host all with_md5 127.0.0.1/32 md5
host all with_text 127.0.0.1/32 password
host all all 127.0.0.1/32 scram-sha-256
";

const ROLES: &str = "\
CREATE ROLE ada LOGIN PASSWORD 's3:cr@t/%';
CREATE ROLE only_tls LOGIN PASSWORD 's3cret';
CREATE ROLE only_plain LOGIN PASSWORD 's3cret';
CREATE ROLE with_cert LOGIN;
CREATE ROLE with_text LOGIN PASSWORD 's3cret';
CREATE ROLE one_at_a_time LOGIN CONNECTION LIMIT 0 PASSWORD 's3cret';
SET password_encryption = 'md5';
CREATE ROLE with_md5 LOGIN PASSWORD 's3cret';
CREATE DATABASE shop;
CREATE DATABASE readonly;
ALTER DATABASE readonly SET default_transaction_read_only = on;
";

/// A running server.
pub(super) struct Cluster {
    folder: PathBuf,
    pub(super) port: u16,
    _guard: (Child, ChildStdin),
}

impl Cluster {
    /// The server, which the first test starts.
    pub(super) fn get() -> &'static Cluster {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(Cluster::start)
    }

    /// The folder of the Unix socket.
    pub(super) fn sockets(&self) -> &str {
        self.folder.to_str().unwrap()
    }

    /// A file that belongs to the tests, such as `ca.crt`.
    pub(super) fn file(&self, name: &str) -> String {
        self.folder.join("tls").join(name).to_str().unwrap().to_owned()
    }

    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("schemactl-connect-").tempdir().unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        make_certificates(&folder.join("tls"));
        own(&folder);
        let data = folder.join("data");
        run(as_server("initdb").args(["--no-sync", "-U", "postgres", "-A", "trust", "-D"]).arg(&data));
        fs::write(data.join("pg_hba.conf"), ACCESS).unwrap();
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let guard = serve(&folder, port);
        let cluster = Self { folder, port, _guard: guard };
        cluster.wait();
        cluster.psql(ROLES);
        cluster
    }

    fn psql(&self, sql: &str) {
        let mut psql = Command::new(format!("{BINARIES}/psql"));
        let port = self.port.to_string();
        psql.args(["-qX", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h", self.sockets(), "-p", &port]);
        // Each statement for itself: a database cannot be created together with others.
        for statement in sql.lines() {
            psql.args(["-c", statement]);
        }
        run(&mut psql);
    }

    fn wait(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        let port = self.port.to_string();
        while !Command::new(format!("{BINARIES}/pg_isready"))
            .args(["-q", "-h", self.sockets(), "-p", &port])
            .status()
            .unwrap()
            .success()
        {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "the server did not start: {}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn serve(folder: &Path, port: u16) -> (Child, ChildStdin) {
    use std::os::unix::process::CommandExt as _;

    let file = |name: &str| folder.join("tls").join(name).display().to_string();
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={}", folder.display()),
        "fsync=off".to_owned(),
        "ssl=on".to_owned(),
        format!("ssl_ca_file={}", file("ca.crt")),
        format!("ssl_cert_file={}", file("localhost.crt")),
        format!("ssl_key_file={}", file("localhost.key")),
    ];
    let log = fs::File::create(folder.join("log")).unwrap();
    let server = as_server("postgres");
    let mut guard = Command::new("sh");
    guard.args(["-c", GUARD, "sh"]).arg(folder).arg(server.get_program()).args(server.get_args());
    guard.arg("-D").arg(folder.join("data"));
    for setting in &settings {
        guard.args(["-c", setting]);
    }
    guard.process_group(0).stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log);
    let mut guard = guard.spawn().unwrap();
    let pipe = guard.stdin.take().unwrap();
    (guard, pipe)
}

/// One authority that is trusted and one that is not, a certificate for the server and two for clients.
fn make_certificates(folder: &Path) {
    fs::create_dir(folder).unwrap();
    let ca = Authority::create(folder, "ca");
    let other = Authority::create(folder, "other");
    ca.issue("localhost", &["subjectAltName=DNS:localhost"]);
    ca.issue("with_cert", &["extendedKeyUsage=clientAuth"]);
    other.issue("stranger", &["extendedKeyUsage=clientAuth"]);
}

/// PostgreSQL refuses to run as root.
fn as_server(program: &str) -> Command {
    let program = format!("{BINARIES}/{program}");
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", &program]);
    command
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn own(folder: &Path) {
    if is_root() {
        run(Command::new("chown").args(["-R", "postgres:postgres"]).arg(folder));
    }
}

/// Runs a command that must succeed.
pub(super) fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).current_dir("/").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
