//! How a server is to be started.

use std::fmt::Write as _;

/// How a [`Cluster`](super::Cluster) is to be started.
#[derive(Debug, Clone)]
pub struct Config {
    pub(super) major: u32,
    pub(super) listen: Listen,
    pub(super) settings: Vec<(String, String)>,
    pub(super) access: Vec<String>,
}

/// What a server listens on, besides its socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listen {
    /// Nothing else.
    Socket,
    /// A free port of 127.0.0.1.
    Tcp,
    /// A free port of 127.0.0.1 that also speaks TLS.
    Tls,
}

impl Config {
    /// A server of this major version, on a unix socket, that trusts everybody.
    pub fn new(major: u32) -> Self {
        Self { major, listen: Listen::Socket, settings: Vec::new(), access: Vec::new() }
    }

    /// Sets a server setting: `setting("max_connections", "10")`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Listens on a free TCP port too.
    #[must_use]
    pub fn tcp(mut self) -> Self {
        self.listen = Listen::Tcp;
        self
    }

    /// Listens on a free TCP port too, and offers TLS with a certificate for `localhost` and 127.0.0.1 that
    /// [`Tls`](super::Tls) signed.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.listen = Listen::Tls;
        self
    }

    /// Puts a line of `pg_hba.conf` before the one that trusts everybody: `access("host all bob all scram-sha-256")`.
    #[must_use]
    pub fn access(mut self, line: &str) -> Self {
        self.access.push(line.to_owned());
        self
    }

    /// The lines to add to `postgresql.conf`.
    pub(super) fn lines(&self, socket_folder: &str, port: u16) -> String {
        let address = if self.listen == Listen::Socket { "" } else { "127.0.0.1" };
        let port = port.to_string();
        let fixed = [
            ("listen_addresses", address),
            ("port", &port),
            ("unix_socket_directories", socket_folder),
            // Nothing here outlives the machine, and a crash of the server alone loses nothing without these. It
            // would without synchronous_commit: that stays on.
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("shared_buffers", "16MB"),
            ("max_connections", "200"),
            ("autovacuum", "off"),
            ("jit", "off"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            ("lc_messages", "C"),
            ("log_line_prefix", "%m [%p] %u@%d "),
        ];
        let given = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut lines = String::from("\n");
        for (name, value) in fixed.into_iter().chain(given) {
            let value = value.replace('\'', "''");
            let _ = writeln!(lines, "{name} = '{value}'");
        }
        if self.listen == Listen::Tls {
            lines.push_str(
                "ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'\nssl_ca_file = 'ca.crt'\n",
            );
        }
        lines
    }

    /// The whole of `pg_hba.conf`.
    pub(super) fn access_lines(&self) -> String {
        let mut lines = self.access.join("\n");
        lines.push_str("\nlocal all all trust\nhost all all 127.0.0.1/32 trust\nlocal replication all trust\n");
        lines
    }
}

impl From<u32> for Config {
    fn from(major: u32) -> Self {
        Self::new(major)
    }
}
