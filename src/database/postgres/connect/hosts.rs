//! The servers that a connection string names, in the order in which they are tried.

use std::fmt;
use std::net::IpAddr;

use super::environment::{ConnectEnvironment, UserFile};
use super::invalid::{invalid, invalid_value};
use super::origin::ParameterOrigin;
use super::parameters::{GivenParameters, Key, ParameterValue};
use super::passfile::{PassFile, PassfileLookup};
use super::password::Password;
use crate::error::Result;

/// Where sockets are if no host is given. libpq has one folder, chosen when it was built; these are Debian's and Fedora's,
/// and that of PostgreSQL's own build.
const SOCKET_FOLDERS: &[&str] = if cfg!(unix) { &["/var/run/postgresql", "/tmp"] } else { &[] };

/// One server: how to reach it, and the password for it.
#[derive(Debug, Clone)]
pub(super) struct Host {
    pub(super) address: ServerAddress,
    /// The name that the server's certificate must have. An address given as `hostaddr` alone has none.
    pub(super) name: Option<String>,
    pub(super) port: u16,
    pub(super) password: Option<Password>,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ServerAddress {
    Name(String),
    Ip(IpAddr),
    /// The folder of a Unix socket, or a name in the abstract namespace, which starts with `@`.
    Socket(String),
}

impl ServerAddress {
    /// Whether both may lead to one server, where the ports are the same: a socket may be that of any address of this machine.
    pub(super) fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Socket(a), Self::Socket(b)) => a.trim_end_matches('/') == b.trim_end_matches('/'),
            (Self::Socket(_), other) | (other, Self::Socket(_)) => other.is_this_machine(),
            (a, b) if a.is_this_machine() => b.is_this_machine(),
            (Self::Name(a), Self::Name(b)) => a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.')),
            (a, b) => a == b,
        }
    }

    fn is_this_machine(&self) -> bool {
        match self {
            Self::Socket(_) => true,
            Self::Ip(address) => address.is_loopback() || address.is_unspecified(),
            Self::Name(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                name == "localhost" || name.ends_with(".localhost")
            }
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.address, &self.name) {
            (ServerAddress::Socket(folder), _) => write!(f, "{}/.s.PGSQL.{}", folder.trim_end_matches('/'), self.port),
            (ServerAddress::Ip(ip), None) => write!(f, "{}", std::net::SocketAddr::new(*ip, self.port)),
            (ServerAddress::Name(name), _) | (ServerAddress::Ip(_), Some(name)) if name.contains(':') => {
                write!(f, "[{name}]:{}", self.port)
            }
            (ServerAddress::Name(name), _) | (ServerAddress::Ip(_), Some(name)) => write!(f, "{name}:{}", self.port),
        }
    }
}

/// The servers, without passwords yet.
pub(super) fn resolve(values: &GivenParameters) -> Result<Vec<Host>> {
    let names = list(values.given(Key::Host));
    let addresses = list(values.given(Key::HostAddr));
    let count = names.len().max(addresses.len()).max(1);
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(invalid(format!("{} hosts do not match {} hostaddr values", names.len(), addresses.len())));
    }
    let ports = ports(values, count)?;
    let mut hosts = Vec::new();
    for (at, port) in ports.into_iter().enumerate() {
        let given = |list: &[&str]| list.get(at).copied().filter(|text| !text.is_empty()).map(str::to_owned);
        hosts.extend(one(given(&names), given(&addresses), port, values)?);
    }
    Ok(hosts)
}

fn list(text: Option<&str>) -> Vec<&str> {
    text.map(|text| text.split(',').map(str::trim_ascii).collect()).unwrap_or_default()
}

fn ports(values: &GivenParameters, count: usize) -> Result<Vec<u16>> {
    let texts: Vec<_> = values.text(Key::Port).split(',').map(str::trim_ascii).collect();
    let ports = texts.iter().map(|text| port(text, values)).collect::<Result<Vec<_>>>()?;
    match ports.as_slice() {
        [one] => Ok(vec![*one; count]),
        _ if ports.len() == count => Ok(ports),
        _ => Err(invalid(format!("{} ports do not match {count} hosts", ports.len()))
            .with_hint("give one port for all hosts, or one for each")),
    }
}

fn port(text: &str, values: &GivenParameters) -> Result<u16> {
    let text = if text.is_empty() { Key::Port.default().unwrap_or_default() } else { text };
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(invalid_value(Key::Port, &owned(values, Key::Port, text), "a number from 1 to 65535")),
    }
}

fn owned(values: &GivenParameters, key: Key, text: &str) -> ParameterValue {
    let origin = values.get(key).map_or(ParameterOrigin::ConnectionString, |value| value.origin.clone());
    ParameterValue { text: text.to_owned(), origin }
}

fn one(name: Option<String>, address: Option<String>, port: u16, values: &GivenParameters) -> Result<Vec<Host>> {
    let host = |address, name| Host { address, name, port, password: None };
    match (name, address) {
        (name, Some(text)) => match text.parse() {
            Ok(ip) => Ok(vec![host(ServerAddress::Ip(ip), name.filter(|name| !is_socket(name)))]),
            Err(_) => Err(invalid_value(
                Key::HostAddr,
                &owned(values, Key::HostAddr, &text),
                "an IPv4 or IPv6 address; use `host` for names",
            )),
        },
        (Some(name), None) if is_socket(&name) => Ok(vec![host(ServerAddress::Socket(name), None)]),
        (Some(name), None) if is_plain(&name) => Ok(vec![host(ServerAddress::Name(name.clone()), Some(name))]),
        // Not repeated: it may be a part of a password.
        (Some(_), None) => Err(invalid("a host has a character that no host name has")
            .with_hint("write reserved characters of a password in a URL as %40 (@), %3A (:), %2F (/)")),
        (None, None) => Ok(defaults().map(|address| host(address.clone(), tls_name(&address))).collect()),
    }
}

/// <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-HOST>
fn is_socket(host: &str) -> bool {
    host.starts_with(['/', '@'])
}

fn is_plain(name: &str) -> bool {
    !name.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '/' | '?' | '#' | '\\'))
}

fn defaults() -> impl Iterator<Item = ServerAddress> {
    let sockets = SOCKET_FOLDERS.iter().map(|folder| ServerAddress::Socket((*folder).to_owned()));
    sockets.chain([ServerAddress::Name("localhost".to_owned())])
}

fn tls_name(address: &ServerAddress) -> Option<String> {
    match address {
        ServerAddress::Name(name) => Some(name.clone()),
        ServerAddress::Ip(_) | ServerAddress::Socket(_) => None,
    }
}

/// Gives each host its password: the one that was given, or else the one of the password file.
///
/// Returns the file that was looked in, or why it was not used.
pub(super) fn add_passwords(
    hosts: &mut [Host],
    values: &GivenParameters,
    environment: &ConnectEnvironment,
    (database, user): (&str, &str),
) -> Result<Option<PassFile>, String> {
    if let Some(value) = values.get(Key::Password).filter(|value| !value.text.is_empty()) {
        let password = Password::new(value.text.as_str(), value.origin.clone());
        for host in hosts {
            host.password = Some(password.clone());
        }
        return Ok(None);
    }
    let path = values.given(Key::PassFile).map(Into::into).or_else(|| environment.user_file(UserFile::Passwords));
    let Some(file) = path.map(PassFile::read).transpose()?.flatten() else { return Ok(None) };
    for host in hosts {
        let (port, names) = (host.port, passfile_names(host));
        let find = |name: &String| file.find(&PassfileLookup { host: name, port, database, user });
        host.password = names.iter().find_map(find).filter(|password| !password.is_empty());
    }
    Ok(Some(file))
}

/// <https://www.postgresql.org/docs/17/libpq-pgpass.html>: the default socket folder is looked up as `localhost`. Which
/// folder that is depends on the build of libpq, so each of them is looked up by its path as well.
fn passfile_names(host: &Host) -> Vec<String> {
    match &host.address {
        ServerAddress::Socket(folder) if SOCKET_FOLDERS.contains(&folder.as_str()) => {
            vec!["localhost".to_owned(), folder.clone()]
        }
        ServerAddress::Socket(folder) => vec![folder.clone()],
        ServerAddress::Name(name) => vec![name.clone()],
        ServerAddress::Ip(ip) => vec![host.name.clone().unwrap_or_else(|| ip.to_string())],
    }
}
