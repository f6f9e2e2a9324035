use std::fmt;
use std::time::Duration;

use tokio_postgres::config::ChannelBinding;

use super::checked::{choice, number, positive, seconds};
use super::environment::ConnectEnvironment;
use super::hosts::{self, Host};
use super::invalid::{invalid, invalid_value, unsupported};
use super::origin::ParameterOrigin;
use super::parameters::{GivenParameters, Key, ParameterValue};
use super::shown;
use super::tls::TlsSettings;
use super::{keyvalue, service, uri};
use crate::error::Result;

/// How to connect, with every default filled in and every value checked.
///
/// `Debug` and all messages show the URL without its password.
#[derive(Clone)]
pub(crate) struct ConnectSettings {
    pub(super) hosts: Vec<Host>,
    pub(super) user: String,
    pub(super) database: String,
    pub(super) options: Option<String>,
    pub(super) application_name: String,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) tcp: Tcp,
    pub(super) tls: TlsSettings,
    pub(super) channel_binding: ChannelBinding,
    pub(super) target: SessionTarget,
    pub(super) order: HostOrder,
    /// What the user should know though it stops nothing, such as a password file that others can read.
    pub(super) warnings: Vec<String>,
    redacted: String,
}

/// Which server is wanted: <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionTarget {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// In which order the hosts, and the addresses of each, are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostOrder {
    Given,
    Random,
}

/// The settings of a TCP connection. A part that is `None` is the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tcp {
    pub(super) keepalives: Keepalives,
    pub(super) user_timeout: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keepalives {
    Off,
    On { idle: Option<Duration>, interval: Option<Duration>, count: Option<u32> },
}

impl ConnectSettings {
    /// Reads a URL or key=value string, and fills in what it leaves open: from the service file, the environment, the
    /// password file and the defaults, in that order. The empty string takes all from there.
    ///
    /// # Errors
    /// [`Code::InvalidUrl`](crate::Code::InvalidUrl) if a part cannot be read, is not known or asks for what is not
    /// supported; [`Code::InvalidValue`](crate::Code::InvalidValue) if a variable is not UTF-8.
    pub(crate) fn parse(input: &str, environment: &ConnectEnvironment) -> Result<Self> {
        let values = gather(input, environment)?;
        refuse_unsupported(&values)?;
        let user = user(&values, environment)?;
        let database = values.given(Key::Database).unwrap_or(&user).to_owned();
        let mut hosts = hosts::resolve(&values)?;
        let names = (database.as_str(), user.as_str());
        let warnings = match hosts::add_passwords(&mut hosts, &values, environment, names) {
            Ok(_) => Vec::new(),
            Err(warning) => vec![warning],
        };
        Ok(Self {
            tls: TlsSettings::resolve(&values, environment)?,
            redacted: shown::url(&values, &hosts, names),
            hosts,
            options: values.given(Key::Options).map(str::to_owned),
            application_name: application_name(&values),
            connect_timeout: seconds(&values, Key::ConnectTimeout)?,
            tcp: tcp(&values)?,
            channel_binding: channel_binding(&values)?,
            target: target(&values)?,
            order: choice(
                &values,
                Key::LoadBalanceHosts,
                &[("disable", HostOrder::Given), ("random", HostOrder::Random)],
            )?,
            warnings,
            user,
            database,
        })
    }

    /// Returns the URL with `***` in place of the password.
    pub(crate) fn redacted(&self) -> String {
        self.redacted.clone()
    }

    /// The same server and user, but another database.
    pub(crate) fn with_database(mut self, database: &str) -> Self {
        database.clone_into(&mut self.database);
        self
    }

    /// The same, but names without a schema lead where this search path has them.
    pub(crate) fn with_search_path(mut self, path: &str) -> Self {
        // Blanks separate options; a backslash takes that from them.
        let escaped: String = path
            .chars()
            .flat_map(|letter| {
                (letter == '\\' || letter.is_ascii_whitespace()).then_some('\\').into_iter().chain([letter])
            })
            .collect();
        let before = self.options.take().map_or_else(String::new, |options| format!("{options} "));
        self.options = Some(format!("{before}-c search_path={escaped}"));
        self
    }

    /// Whether both may lead to one server, as far as the text tells: every name of this machine counts as the same.
    pub(crate) fn is_same_server(&self, other: &Self) -> bool {
        self.hosts
            .iter()
            .any(|host| other.hosts.iter().any(|there| host.port == there.port && host.address.may_be(&there.address)))
    }

    /// Returns the name of the database.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }
}

impl fmt::Debug for ConnectSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Settings({})", self.redacted)
    }
}

/// Puts the sources together: string, service file, environment.
pub(super) fn gather(input: &str, environment: &ConnectEnvironment) -> Result<GivenParameters> {
    let mut values = GivenParameters::default();
    for (key, text) in read(input)? {
        values.replace(key, ParameterValue { text, origin: ParameterOrigin::ConnectionString });
    }
    service::fill(&mut values, environment)?;
    for (key, variable) in Key::ALL.iter().filter_map(|key| key.variable().map(|variable| (*key, variable))) {
        if let Some(text) = environment.variable(variable)? {
            values.fill(key, ParameterValue { text, origin: ParameterOrigin::Variable(variable) });
        }
    }
    // PGREQUIRESSL=1 is from before sslmode, and libpq still reads it where no sslmode is given.
    if environment.variable("PGREQUIRESSL")?.is_some_and(|text| text.starts_with('1')) {
        let value = ParameterValue { text: "require".to_owned(), origin: ParameterOrigin::Variable("PGREQUIRESSL") };
        values.fill(Key::SslMode, value);
    }
    Ok(values)
}

fn read(input: &str) -> Result<Vec<(Key, String)>> {
    let input = input.trim_ascii();
    match (uri::strip_scheme(input), input.split_once("://")) {
        (Some(rest), _) => uri::parse(rest),
        // A key=value string may hold `://` in a value.
        (None, Some((scheme, _))) if !scheme.contains('=') => {
            Err(invalid("the connection URL is not one of PostgreSQL").with_hint("it starts with postgresql://"))
        }
        _ => keyvalue::parse(input),
    }
}

fn refuse_unsupported(values: &GivenParameters) -> Result<()> {
    for (key, why) in [
        (Key::RequireAuth, "the driver does not tell which method the server asked for"),
        (Key::RequirePeer, "the driver does not tell which user the server runs as"),
        (Key::SslPassword, "encrypted keys cannot be read; decrypt the key with `openssl pkey`"),
        (Key::SslCrlDir, "put the certificates that were revoked into one file, and name it with `sslcrl`"),
    ] {
        if values.given(key).is_some() {
            return Err(unsupported(key, why));
        }
    }
    if values.given(Key::Replication).is_some_and(|text| !matches!(text, "false" | "off" | "no" | "0")) {
        return Err(unsupported(Key::Replication, "migrations run in ordinary sessions"));
    }
    if values.text(Key::GssEncMode) == "require" {
        return Err(unsupported(Key::GssEncMode, "there is no encryption by GSSAPI; use sslmode"));
    }
    choice(values, Key::GssEncMode, &[("disable", ()), ("prefer", ())])?;
    let encoding = values.text(Key::ClientEncoding).to_lowercase().replace(['-', '_'], "");
    match (encoding.as_str(), values.get(Key::ClientEncoding)) {
        ("utf8" | "unicode" | "auto", _) | (_, None) => Ok(()),
        (_, Some(value)) => Err(invalid_value(Key::ClientEncoding, value, "UTF8 or auto; migrations are UTF-8 text")),
    }
}

fn user(values: &GivenParameters, environment: &ConnectEnvironment) -> Result<String> {
    let name = values.given(Key::User).or_else(|| environment.user_name());
    name.map(str::to_owned).ok_or_else(|| {
        invalid("no user was given, and the operating system's user has no name").with_hint("set `user`, or PGUSER")
    })
}

/// <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-FALLBACK-APPLICATION-NAME>
fn application_name(values: &GivenParameters) -> String {
    values.given(Key::ApplicationName).unwrap_or_else(|| values.text(Key::FallbackApplicationName)).to_owned()
}

fn tcp(values: &GivenParameters) -> Result<Tcp> {
    let keepalives = match number(values, Key::Keepalives)? {
        0 => Keepalives::Off,
        _ => Keepalives::On {
            idle: seconds(values, Key::KeepalivesIdle)?,
            interval: seconds(values, Key::KeepalivesInterval)?,
            count: u32::try_from(number(values, Key::KeepalivesCount)?).ok().filter(|count| *count > 0),
        },
    };
    Ok(Tcp { keepalives, user_timeout: positive(values, Key::TcpUserTimeout)?.map(Duration::from_millis) })
}

fn channel_binding(values: &GivenParameters) -> Result<ChannelBinding> {
    let modes = [
        ("disable", ChannelBinding::Disable),
        ("prefer", ChannelBinding::Prefer),
        ("require", ChannelBinding::Require),
    ];
    choice(values, Key::ChannelBinding, &modes)
}

fn target(values: &GivenParameters) -> Result<SessionTarget> {
    let targets = [
        ("any", SessionTarget::Any),
        ("read-write", SessionTarget::ReadWrite),
        ("read-only", SessionTarget::ReadOnly),
        ("primary", SessionTarget::Primary),
        ("standby", SessionTarget::Standby),
        ("prefer-standby", SessionTarget::PreferStandby),
    ];
    choice(values, Key::TargetSessionAttrs, &targets)
}
