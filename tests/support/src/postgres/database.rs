//! A database for one test.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use super::psql::{psql, try_psql};
use super::server::client;
use super::session::Session;

/// Where a server, a bouncer or a proxy listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The folder of a unix socket, or an address.
    pub host: String,
    /// The port; it is a part of the socket's name too.
    pub port: u16,
}

impl Endpoint {
    pub(crate) fn socket(folder: &Path, port: u16) -> Self {
        Self { host: folder.to_str().expect("the folder's name is ASCII").to_owned(), port }
    }

    /// The URL of a database there.
    pub fn url(&self, user: &str, database: &str) -> String {
        if self.host.starts_with('/') {
            let mut url = format!("postgresql://{user}@/{database}?host={}", self.host);
            if self.port != 5432 {
                let _ = write!(url, "&port={}", self.port);
            }
            url
        } else {
            format!("postgresql://{user}@{}:{}/{database}", self.host, self.port)
        }
    }
}

/// A database for one test, dropped with it.
#[derive(Debug)]
pub struct Database {
    pub(super) endpoint: Endpoint,
    pub(super) tcp: Option<Endpoint>,
    pub(super) name: String,
    pub(super) major: u32,
}

impl Database {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The major version of its server.
    pub fn version(&self) -> u32 {
        self.major
    }

    /// Its URL, through the unix socket, as the superuser `postgres`.
    pub fn url(&self) -> String {
        self.url_at(&self.endpoint)
    }

    /// Its URL as another user.
    pub fn url_as(&self, user: &str) -> String {
        self.endpoint.url(user, &self.name)
    }

    /// Its URL over TCP; the server must have been started with [`Config::tcp`](super::Config::tcp) or `tls`.
    pub fn tcp_url(&self) -> String {
        self.url_at(self.tcp.as_ref().expect("the server listens on TCP"))
    }

    /// Its URL through a bouncer or a proxy.
    pub fn url_at(&self, endpoint: &Endpoint) -> String {
        endpoint.url("postgres", &self.name)
    }

    /// The server's own socket.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Runs SQL, each statement in its own transaction, and returns its rows: a line each, columns separated by `|`.
    pub fn psql(&self, sql: &str) -> String {
        psql(&self.url(), sql)
    }

    /// Runs SQL, and returns its rows or what psql printed as errors, SQLSTATE included.
    ///
    /// # Errors
    ///
    /// The messages, when a statement failed or no connection was made.
    pub fn try_psql(&self, sql: &str) -> Result<String, String> {
        try_psql(&self.url(), sql)
    }

    /// Opens a connection that stays open, to hold a lock or a transaction.
    pub fn session(&self) -> Session {
        Session::open(&self.url())
    }

    /// Whether the machine has a `pg_dump` that reads this server: it must not be older than the server.
    pub fn can_dump(&self) -> bool {
        super::server::packaged().is_some_and(|major| major >= self.major)
    }

    /// The schema as `pg_dump -s` writes it, without what changes from run to run.
    pub fn dump(&self) -> String {
        self.pg_dump(&["--schema-only"])
    }

    /// The schema and the rows as `pg_dump --inserts` writes them.
    pub fn dump_all(&self) -> String {
        self.pg_dump(&["--inserts"])
    }

    /// What `pg_dump` writes with these arguments, without what changes from run to run.
    pub fn pg_dump(&self, arguments: &[&str]) -> String {
        assert!(self.can_dump(), "this machine has no pg_dump that reads PostgreSQL {}: ask can_dump()", self.major);
        let output = Command::new(client("pg_dump"))
            .args(arguments)
            .arg("--dbname")
            .arg(self.url())
            .output()
            .unwrap_or_else(|error| panic!("pg_dump does not start: {error}"));
        assert!(output.status.success(), "pg_dump failed: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("pg_dump writes UTF-8");
        // Newer releases of pg_dump write a random key here, in each run another.
        let varies = |line: &&str| !line.starts_with("\\restrict ") && !line.starts_with("\\unrestrict ");
        text.lines().filter(varies).fold(String::new(), |text, line| text + line + "\n")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // The server may be gone already, or be a standby: then there is nothing to do.
        let name = &self.name;
        let _ = try_psql(&self.endpoint.url("postgres", "postgres"), &format!("DROP DATABASE \"{name}\" WITH (FORCE)"));
    }
}
