//! What the server is: its version, and whether it is a primary or a standby.

use tokio_postgres::tls::TlsStream;
use tokio_postgres::{Client, Connection, SimpleQueryMessage, Socket};

use super::failure::{AttemptFailure, AttemptReason};
use super::probe::TlsProgress;
use super::settings::SessionTarget;

/// The oldest version that is supported, as `server_version_num`.
const OLDEST: u32 = 140_000;

/// What the server reported by itself when the connection was made, which saves asking:
/// <https://www.postgresql.org/docs/17/protocol-flow.html#PROTOCOL-ASYNC>. `PgBouncer` passes on a part of it.
pub(super) struct Reported {
    version: Option<String>,
    in_hot_standby: Option<String>,
    read_only: Option<String>,
}

impl Reported {
    pub(super) fn by<T: TlsStream + Unpin>(connection: &Connection<Socket, T>) -> Self {
        let parameter = |name| connection.parameter(name).map(str::to_owned);
        Self {
            version: parameter("server_version"),
            in_hot_standby: parameter("in_hot_standby"),
            read_only: parameter("default_transaction_read_only"),
        }
    }
}

/// Returns the version if the server is new enough and of the kind that is wanted.
pub(super) async fn check(client: &Client, reported: Reported, target: SessionTarget) -> Result<u32, AttemptFailure> {
    let version = match reported.version {
        Some(version) => version,
        None => ask(client, "SHOW server_version").await?,
    };
    let number = match version_number(&version) {
        Some(number) if number >= OLDEST => number,
        _ => {
            let short = version.split_whitespace().next().unwrap_or("of an unknown version");
            return Err(AttemptFailure::new(AttemptReason::TooOld(short.to_owned())));
        }
    };
    if target == SessionTarget::Any {
        return Ok(number);
    }
    let in_hot_standby = match reported.in_hot_standby {
        Some(answer) => answer == "on",
        None => ask(client, "SELECT pg_catalog.pg_is_in_recovery()").await? == "t",
    };
    let read_only = match reported.read_only {
        Some(answer) => answer == "on",
        None => ask(client, "SHOW default_transaction_read_only").await? == "on",
    };
    match mismatch(target, Role::new(in_hot_standby), Sessions::new(read_only || in_hot_standby)) {
        Some(reason) => Err(AttemptFailure::new(AttemptReason::WrongServer(reason))),
        None => Ok(number),
    }
}

async fn ask(client: &Client, question: &str) -> Result<String, AttemptFailure> {
    let answer = client.simple_query(question).await.map_err(|error| AttemptFailure::of(error, TlsProgress::None))?;
    let mut rows = answer.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    rows.next().ok_or_else(|| AttemptFailure::new(AttemptReason::Query(format!("no answer to {question}"))))
}

/// The number of `15.18 (Debian 15.18-1)`, `18beta1` or `9.6.24`, as `server_version_num` has it.
fn version_number(version: &str) -> Option<u32> {
    let digits = |part: &str| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..end].parse::<u32>().ok()
    };
    let version = version.split_whitespace().next()?;
    let mut parts = version.split('.').map(digits);
    let major = parts.next()??;
    let minor = parts.next().flatten().unwrap_or(0);
    // <https://www.postgresql.org/docs/17/libpq-status.html#LIBPQ-PQSERVERVERSION>: three parts before version 10.
    let patch = parts.next().flatten().unwrap_or(0);
    Some(if major >= 10 { major * 10_000 + minor } else { major * 10_000 + minor * 100 + patch })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Primary,
    Standby,
}

impl Role {
    fn new(in_hot_standby: bool) -> Self {
        if in_hot_standby { Self::Standby } else { Self::Primary }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sessions {
    ReadWrite,
    ReadOnly,
}

impl Sessions {
    fn new(read_only: bool) -> Self {
        if read_only { Self::ReadOnly } else { Self::ReadWrite }
    }
}

fn mismatch(target: SessionTarget, role: Role, sessions: Sessions) -> Option<&'static str> {
    match (target, role, sessions) {
        (SessionTarget::ReadWrite, _, Sessions::ReadOnly) => Some("its sessions are read only"),
        (SessionTarget::ReadOnly, _, Sessions::ReadWrite) => Some("its sessions are not read only"),
        (SessionTarget::Primary, Role::Standby, _) => Some("it is a standby"),
        (SessionTarget::Standby | SessionTarget::PreferStandby, Role::Primary, _) => Some("it is not a standby"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_in_every_form() {
        for (text, number) in [
            ("15.18 (Debian 15.18-0+deb12u1)", Some(150_018)),
            ("18beta1", Some(180_000)),
            ("17.5", Some(170_005)),
            ("19devel", Some(190_000)),
            ("13.4", Some(130_004)),
            ("9.6.24", Some(90_624)),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(version_number(text), number, "{text}");
        }
    }

    #[test]
    fn every_kind_of_server_is_told_apart() {
        use Role::{Primary, Standby};
        use Sessions::{ReadOnly, ReadWrite};
        for (target, fits) in [
            (SessionTarget::Any, [true, true, true]),
            (SessionTarget::ReadWrite, [true, false, false]),
            (SessionTarget::ReadOnly, [false, true, true]),
            (SessionTarget::Primary, [true, true, false]),
            (SessionTarget::Standby, [false, false, true]),
        ] {
            let servers = [(Primary, ReadWrite), (Primary, ReadOnly), (Standby, ReadOnly)];
            assert_eq!(servers.map(|(role, sessions)| mismatch(target, role, sessions).is_none()), fits, "{target:?}");
        }
    }
}
