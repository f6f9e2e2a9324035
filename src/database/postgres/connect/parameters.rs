//! The parameters that a connection string may have: one table.
//!
//! Names, variables and defaults are those of libpq:
//! <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-PARAMKEYWORDS> and
//! <https://www.postgresql.org/docs/17/libpq-envars.html>.

use std::collections::BTreeMap;

use super::origin::ParameterOrigin;

/// The environment variable of a parameter, the value that holds where none is given, and whether it may be shown.
struct ParameterFacts {
    name: &'static str,
    variable: Option<&'static str>,
    default: Option<&'static str>,
}

macro_rules! parameters {
    ($($(#[doc = $doc:literal])+ $key:ident = $name:literal $(, env $variable:literal)? $(, default $default:literal)?;)*) => {
        /// A parameter of a connection.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        // `SslKey` is what the parameter is called.
        #[expect(clippy::enum_variant_names)]
        pub(crate) enum Key { $($(#[doc = $doc])+ $key,)* }

        impl Key {
            /// Every parameter, in the order of the documentation.
            pub(crate) const ALL: &'static [Key] = &[$(Key::$key,)*];

            fn facts(self) -> ParameterFacts {
                match self {
                    $(Key::$key => ParameterFacts {
                        name: $name,
                        variable: parameters!(@option $($variable)?),
                        default: parameters!(@option $($default)?),
                    },)*
                }
            }

            /// The sentence that explains the parameter, for the documentation.
            #[cfg(test)]
            pub(crate) fn doc(self) -> &'static str {
                match self { $(Key::$key => concat!($($doc),+).trim_ascii_start(),)* }
            }
        }
    };
    (@option) => { None };
    (@option $value:literal) => { Some($value) };
}

parameters! {
    /// Name of the service in the connection service file whose parameters are used.
    Service = "service", env "PGSERVICE";
    /// Path of the connection service file; `~/.pg_service.conf` and then the system's if not given.
    ServiceFile = "servicefile", env "PGSERVICEFILE";
    /// Host names, IP addresses or socket directories, separated by commas, tried in order.
    Host = "host", env "PGHOST";
    /// IP addresses of the hosts, which saves looking up their names.
    HostAddr = "hostaddr", env "PGHOSTADDR";
    /// Port of each host, or one port for all.
    Port = "port", env "PGPORT", default "5432";
    /// Name of the database; the user name if not given.
    Database = "dbname", env "PGDATABASE";
    /// Name of the role to connect as; the name of the operating system's user if not given.
    User = "user", env "PGUSER";
    /// Password of the role.
    Password = "password", env "PGPASSWORD";
    /// File that passwords are looked up in; `~/.pgpass` if not given.
    PassFile = "passfile", env "PGPASSFILE";
    /// Seconds to wait for each address of a host, from the first packet to the end of authentication; 0 waits for ever.
    ConnectTimeout = "connect_timeout", env "PGCONNECT_TIMEOUT", default "0";
    /// Encoding of the client: always UTF8, `auto` is taken as that.
    ClientEncoding = "client_encoding", env "PGCLIENTENCODING", default "UTF8";
    /// Options for the session, such as `-c search_path=app`.
    Options = "options", env "PGOPTIONS";
    /// Name of this application, as `pg_stat_activity` shows it.
    ApplicationName = "application_name", env "PGAPPNAME";
    /// Name of this application where neither `application_name` nor PGAPPNAME gives one.
    FallbackApplicationName = "fallback_application_name", default "schemactl";
    /// 1 sends TCP keepalives, 0 does not.
    Keepalives = "keepalives", default "1";
    /// Seconds without traffic after which a keepalive is sent; 0 takes the system's.
    KeepalivesIdle = "keepalives_idle", default "0";
    /// Seconds after which a keepalive that was not answered is sent again; 0 takes the system's.
    KeepalivesInterval = "keepalives_interval", default "0";
    /// Keepalives that may be lost before the connection counts as dead; 0 takes the system's.
    KeepalivesCount = "keepalives_count", default "0";
    /// Milliseconds that data sent may stay unacknowledged; 0 takes the system's.
    TcpUserTimeout = "tcp_user_timeout", default "0";
    /// Whether and how strictly TLS is used: disable, allow, prefer, require, verify-ca, verify-full.
    SslMode = "sslmode", env "PGSSLMODE", default "prefer";
    /// How TLS is begun: postgres asks the server first, direct does not (PostgreSQL 17 and later).
    SslNegotiation = "sslnegotiation", env "PGSSLNEGOTIATION", default "postgres";
    /// File with the client's certificate; `~/.postgresql/postgresql.crt` if not given.
    SslCert = "sslcert", env "PGSSLCERT";
    /// File with the client's private key; `~/.postgresql/postgresql.key` if not given.
    SslKey = "sslkey", env "PGSSLKEY";
    /// Password of the private key. Encrypted keys are not supported.
    SslPassword = "sslpassword";
    /// Whether the client's certificate is sent: disable, allow.
    SslCertMode = "sslcertmode", env "PGSSLCERTMODE", default "allow";
    /// File with the certificates of trusted authorities, or `system`; `~/.postgresql/root.crt` if not given.
    SslRootCert = "sslrootcert", env "PGSSLROOTCERT";
    /// File with certificates that were revoked; `~/.postgresql/root.crl` if not given.
    SslCrl = "sslcrl", env "PGSSLCRL";
    /// Folder with certificates that were revoked. Not supported.
    SslCrlDir = "sslcrldir", env "PGSSLCRLDIR";
    /// 1 tells the server by SNI which host name is wanted, 0 does not.
    SslSni = "sslsni", env "PGSSLSNI", default "1";
    /// Compression of TLS, which no longer exists.
    SslCompression = "sslcompression", env "PGSSLCOMPRESSION", default "0";
    /// Lowest version of TLS: TLSv1.2 or TLSv1.3.
    SslMinProtocolVersion = "ssl_min_protocol_version", env "PGSSLMINPROTOCOLVERSION", default "TLSv1.2";
    /// Highest version of TLS: TLSv1.2 or TLSv1.3.
    SslMaxProtocolVersion = "ssl_max_protocol_version", env "PGSSLMAXPROTOCOLVERSION";
    /// Whether the password exchange is tied to the TLS connection: disable, prefer, require.
    ChannelBinding = "channel_binding", env "PGCHANNELBINDING", default "prefer";
    /// Which server is wanted: any, read-write, read-only, primary, standby, prefer-standby.
    TargetSessionAttrs = "target_session_attrs", env "PGTARGETSESSIONATTRS", default "any";
    /// Order in which hosts are tried: disable keeps it, random shuffles.
    LoadBalanceHosts = "load_balance_hosts", env "PGLOADBALANCEHOSTS", default "disable";
    /// Encryption by GSSAPI: disable, prefer. It is never used.
    GssEncMode = "gssencmode", env "PGGSSENCMODE", default "prefer";
    /// Kerberos service name. GSSAPI is never used.
    KrbSrvName = "krbsrvname", env "PGKRBSRVNAME";
    /// Library for GSSAPI on Windows. GSSAPI is never used.
    GssLib = "gsslib", env "PGGSSLIB";
    /// Delegation of GSSAPI credentials. GSSAPI is never used.
    GssDelegation = "gssdelegation", env "PGGSSDELEGATION", default "0";
    /// Authentication methods that the server may ask for. Not supported.
    RequireAuth = "require_auth", env "PGREQUIREAUTH";
    /// User that the server must run as, for sockets. Not supported.
    RequirePeer = "requirepeer", env "PGREQUIREPEER";
    /// Replication protocol. Not supported.
    Replication = "replication";
}

impl Key {
    /// The name as a connection string has it.
    pub(crate) fn name(self) -> &'static str {
        self.facts().name
    }

    /// The environment variable that gives the parameter.
    pub(crate) fn variable(self) -> Option<&'static str> {
        self.facts().variable
    }

    /// The value where none is given.
    pub(crate) fn default(self) -> Option<&'static str> {
        self.facts().default
    }

    /// The parameter of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }

    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::SslPassword)
    }
}

/// A value with the place that it came from. It may be a password, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct ParameterValue {
    pub(super) text: String,
    pub(super) origin: ParameterOrigin,
}

/// The parameters that were given, before they are checked.
#[derive(Default, Clone)]
pub(super) struct GivenParameters(BTreeMap<Key, ParameterValue>);

impl GivenParameters {
    /// In one string, the last of two values holds.
    pub(super) fn replace(&mut self, key: Key, value: ParameterValue) {
        self.0.insert(key, value);
    }

    /// Of two sources, the first holds.
    pub(super) fn fill(&mut self, key: Key, value: ParameterValue) {
        self.0.entry(key).or_insert(value);
    }

    pub(super) fn get(&self, key: Key) -> Option<&ParameterValue> {
        self.0.get(&key)
    }

    /// The text that was given, unless it is empty: to libpq, an empty value is the default.
    pub(super) fn given(&self, key: Key) -> Option<&str> {
        self.get(key).map(|value| value.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The text that was given, or else the default.
    pub(super) fn text(&self, key: Key) -> &str {
        self.given(key).or_else(|| key.default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_every_parameter() {
        let page = include_str!("../../../../docs/configuration.md");
        for key in Key::ALL {
            let ParameterFacts { name, variable, default } = key.facts();
            let cell = |text: Option<&str>| text.map(|text| format!("`{text}`")).unwrap_or_default();
            let row = format!("| `{name}` | {} | {} | {} |", cell(variable), cell(default), key.doc());
            assert!(page.contains(&row), "docs/configuration.md lacks: {row}");
        }
    }

    #[test]
    fn every_parameter_is_found_by_its_name_and_documented() {
        for key in Key::ALL.iter().copied() {
            assert_eq!(Key::named(key.name()), Some(key));
            assert!(key.doc().ends_with('.'), "{key:?}: {}", key.doc());
            assert!(key.variable().is_none_or(|name| name.starts_with("PG")));
        }
    }
}
