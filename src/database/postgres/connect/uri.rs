//! Connection URLs: <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNSTRING-URIS>.
//!
//! No error repeats a part of the URL but the name of a parameter: a password whose `@`, `:` or `/` was not written as
//! `%40`, `%3A` or `%2F` can turn up in any other part.

use super::invalid::{Doubt, invalid, unknown_parameter};
use super::parameters::Key;
use crate::error::{Error, Result};

/// The part after `postgresql://` or `postgres://`.
pub(super) fn strip_scheme(input: &str) -> Option<&str> {
    input.strip_prefix("postgresql://").or_else(|| input.strip_prefix("postgres://"))
}

/// Reads the URL after its scheme, as `[user[:password]@][host[:port],...][/dbname][?parameter=value&...]`.
pub(super) fn parse(rest: &str) -> Result<Vec<(Key, String)>> {
    let mut pairs = Vec::new();
    let rest = user_info(rest, &mut pairs)?;
    let (authority, rest) = split_before(rest, &['/', '?']);
    let (path, query) = split_before(rest, &['?']);
    if authority.contains('@') || path.contains('@') {
        return Err(ambiguous_at());
    }
    hosts(authority, &mut pairs)?;
    push(&mut pairs, Key::Database, path.strip_prefix('/').unwrap_or_default())?;
    parameters(query.strip_prefix('?').unwrap_or_default(), &mut pairs)?;
    Ok(pairs)
}

/// libpq takes the text before the first `@` for the user. A second one is nearly always from a password, and taking the
/// rest for a host or database would show half of that password in every later message.
fn ambiguous_at() -> Error {
    invalid("the connection URL has an `@` in its host or database name")
        .with_hint("write reserved characters of the password as %40 (@), %3A (:), %2F (/), %3F (?), %25 (%)")
        .with_hint("or leave the password out, and give it as PGPASSWORD or in ~/.pgpass")
}

fn split_before<'a>(text: &'a str, ends: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// An empty part of the URL does not count, so that the environment can still give it.
fn push(pairs: &mut Vec<(Key, String)>, key: Key, raw: &str) -> Result<()> {
    if !raw.is_empty() {
        pairs.push((key, decode(raw, key.name())?));
    }
    Ok(())
}

fn user_info<'a>(rest: &'a str, pairs: &mut Vec<(Key, String)>) -> Result<&'a str> {
    let (info, rest) = match split_before(rest, &['@', '/']) {
        (info, after) if after.starts_with('@') => (info, &after[1..]),
        _ => return Ok(rest),
    };
    let (user, password) = info.split_once(':').unwrap_or((info, ""));
    push(pairs, Key::User, user)?;
    push(pairs, Key::Password, password)?;
    Ok(rest)
}

fn hosts(authority: &str, pairs: &mut Vec<(Key, String)>) -> Result<()> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for server in authority.split(',') {
        let (host, port) = host_and_port(server)?;
        hosts.push(host);
        ports.push(port);
    }
    push(pairs, Key::Host, &hosts.join(","))?;
    push(pairs, Key::Port, &ports.join(","))
}

fn host_and_port(server: &str) -> Result<(&str, &str)> {
    let Some(literal) = server.strip_prefix('[') else {
        let (host, port) = server.split_once(':').unwrap_or((server, ""));
        return Ok((host, checked_port(port)?));
    };
    let Some((address, rest)) = literal.split_once(']') else {
        return Err(invalid("the connection URL has an IPv6 address without its `]`"));
    };
    if address.is_empty() {
        return Err(invalid("the connection URL has an empty IPv6 address: `[]`"));
    }
    match rest.strip_prefix(':') {
        Some(port) => Ok((address, checked_port(port)?)),
        None if rest.is_empty() => Ok((address, "")),
        None => Err(invalid("the connection URL has more text after the `]` of an IPv6 address")
            .with_hint("`:PORT`, `,`, `/` or `?` may follow")),
    }
}

/// Checked here and not with the other numbers, since `user:pass/word@host` makes a port of a part of the password.
fn checked_port(port: &str) -> Result<&str> {
    let decoded = decode(port, Key::Port.name())?;
    if decoded.chars().all(|c| c.is_ascii_digit()) {
        return Ok(port);
    }
    Err(invalid("the connection URL has a port that is not a number")
        .with_hint("write reserved characters of the password as %40 (@), %3A (:), %2F (/), %3F (?), %25 (%)"))
}

fn parameters(query: &str, pairs: &mut Vec<(Key, String)>) -> Result<()> {
    let query = query.strip_suffix('&').unwrap_or(query);
    for parameter in query.split('&').filter(|_| !query.is_empty()) {
        let (raw_name, raw_value) = parameter
            .split_once('=')
            .ok_or_else(|| invalid("the connection URL has a parameter without `=`").with_hint("write & as %26"))?;
        let name = decode(raw_name, "a parameter's name")?;
        if raw_value.contains('=') {
            return Err(second_equals(&name));
        }
        let value = decode(raw_value, Key::named(&name).map_or("a parameter", Key::name))?;
        // JDBC's spelling, which libpq takes too.
        match (name.as_str(), value.as_str(), Key::named(&name)) {
            ("ssl", "true", _) => pairs.push((Key::SslMode, "require".to_owned())),
            (_, _, Some(key)) => pairs.push((key, value)),
            (_, _, None) => return Err(unknown_parameter(&name, doubt(query, pairs))),
        }
    }
    Ok(())
}

fn second_equals(name: &str) -> Error {
    let error = match Key::named(name) {
        Some(key) => invalid(format!("the connection URL has a second `=` in the parameter `{}`", key.name())),
        None => invalid("the connection URL has a parameter with a second `=`"),
    };
    error.with_hint("write = as %3D")
}

/// A password with `?` or `&` that was not encoded ends up among the parameters.
fn doubt(query: &str, before: &[(Key, String)]) -> Doubt {
    let in_query = query.split('&').any(|parameter| parameter.starts_with("password="));
    let has_password = before.iter().any(|(key, _)| key.is_secret());
    if has_password && (in_query || query.contains('@')) { Doubt::MayBePassword } else { Doubt::None }
}

/// Decodes `%XX`. As in PostgreSQL 17, blanks around the text are dropped, and those inside must be `%20`.
fn decode(raw: &str, what: &str) -> Result<String> {
    let raw = raw.trim_matches(|c: char| c.is_ascii_whitespace());
    if raw.contains(|c: char| c.is_ascii_whitespace()) {
        return Err(invalid(format!("the connection URL has a space in `{what}`")).with_hint("write it as %20"));
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = tail;
            continue;
        }
        bytes.push(hex_byte(tail).ok_or_else(|| {
            invalid(format!("the connection URL has a `%` without two hexadecimal digits in `{what}`"))
                .with_hint("write % itself as %25")
        })?);
        rest = &tail[2..];
    }
    if bytes.contains(&0) {
        return Err(invalid(format!("the connection URL has a zero byte (%00) in `{what}`")));
    }
    String::from_utf8(bytes).map_err(|_| invalid(format!("`{what}` in the connection URL is not UTF-8 text")))
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| digits.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}
