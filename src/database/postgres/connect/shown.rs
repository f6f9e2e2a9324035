use std::fmt::Write as _;

use super::hosts::{Host, ServerAddress};
use super::parameters::{GivenParameters, Key};

/// Puts together the URL that messages show: where, what and who, and `***` for a password that was found.
pub(super) fn url(values: &GivenParameters, hosts: &[Host], (database, user): (&str, &str)) -> String {
    let password = if hosts.iter().any(|host| host.password.is_some()) { ":***" } else { "" };
    let is_default = values.given(Key::Host).is_none() && values.given(Key::HostAddr).is_none();
    let (authority, folders) = if is_default { (default_port(hosts), Vec::new()) } else { parts(hosts) };
    let mut url = format!("postgresql://{}{password}@{authority}/{}", encode(user), encode(database));
    let folders = (!folders.is_empty()).then(|| format!("host={}", folders.join(",")));
    let mode = values.given(Key::SslMode).map(|mode| format!("sslmode={mode}"));
    for (at, parameter) in [folders, mode].into_iter().flatten().enumerate() {
        let separator = if at == 0 { '?' } else { '&' };
        let _ = write!(url, "{separator}{parameter}");
    }
    url
}

fn default_port(hosts: &[Host]) -> String {
    let port = hosts.first().map(|host| host.port).filter(|port| *port != 5432);
    port.map(|port| format!(":{port}")).unwrap_or_default()
}

/// A folder of a socket is easier to read as `?host=/folder` than percent-encoded, if there is nothing else.
fn parts(hosts: &[Host]) -> (String, Vec<String>) {
    let folder = |host: &Host| match &host.address {
        ServerAddress::Socket(folder) => Some(encode_path(folder)),
        ServerAddress::Name(_) | ServerAddress::Ip(_) => None,
    };
    let one_port = hosts.windows(2).all(|pair| pair[0].port == pair[1].port);
    match hosts.iter().map(folder).collect::<Option<Vec<_>>>() {
        Some(folders) if one_port => (default_port(hosts), folders),
        _ => (hosts.iter().map(server).collect::<Vec<_>>().join(","), Vec::new()),
    }
}

fn server(host: &Host) -> String {
    match &host.address {
        ServerAddress::Socket(folder) => format!("{}:{}", encode(folder), host.port),
        ServerAddress::Name(_) | ServerAddress::Ip(_) => host.to_string(),
    }
}

fn encode(text: &str) -> String {
    encode_except(text, b"-._~")
}

fn encode_path(text: &str) -> String {
    encode_except(text, b"-._~/@")
}

fn encode_except(text: &str, plain: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
