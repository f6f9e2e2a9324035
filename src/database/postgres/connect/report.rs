//! The error for a connection that could not be made: what failed, the cause at each server, what to do.

use tokio_postgres::error::{DbError, SqlState};

use super::failure::{Attempt, AttemptReason, TlsRemedy, is_authentication};
use super::hosts::ServerAddress;
use super::origin::ParameterOrigin;
use super::settings::ConnectSettings;
use super::tls::SslMode;
use crate::error::{Code, Error};

/// Turns the attempts, of which the last one decided, into the error.
pub(super) fn report(settings: &ConnectSettings, attempts: Vec<Attempt>) -> Error {
    let cause = causes(&attempts);
    let Some(last) = decisive(attempts) else {
        return Error::new(Code::Connect, format!("no server was tried for {}", settings.redacted()));
    };
    let error = match &last.failure.reason {
        AttemptReason::Unreachable(_) | AttemptReason::TimedOut(_) => unreachable(settings),
        AttemptReason::NoTls => no_tls(settings),
        AttemptReason::Tls(_, remedy) => tls(settings, *remedy),
        AttemptReason::Refused(refusal) => refused(settings, refusal, last.password.as_ref()),
        AttemptReason::Authentication(_) => authentication(settings, last.password.as_ref(), None),
        AttemptReason::WrongServer(_) => wrong_server(settings),
        AttemptReason::TooOld(version) => too_old(version),
        AttemptReason::Query(_) => {
            Error::new(Code::Query, format!("the server at {} cannot be asked", settings.redacted()))
        }
    };
    let error = error.with_cause(cause);
    let error = match &last.failure.reason {
        AttemptReason::Refused(refusal) => error.with_sqlstate(refusal.code().code()),
        _ => error,
    };
    match last.failure.source {
        Some(source) => error.with_source(source),
        None => error,
    }
}

/// One line for each server; the same words from the same server only once.
fn causes(attempts: &[Attempt]) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for attempt in attempts {
        let reason = attempt.failure.reason.to_string();
        let same = |(server, said): &(&str, String)| {
            *said == reason && server.split(", ").next() == attempt.server.split(", ").next()
        };
        if !lines.iter().any(same) {
            lines.push((&attempt.server, reason));
        }
    }
    let lines: Vec<_> = lines.into_iter().map(|(server, reason)| format!("{server}: {reason}")).collect();
    lines.join("; ")
}

/// A server that answered tells more than those that did not.
fn decisive(mut attempts: Vec<Attempt>) -> Option<Attempt> {
    let silent = |attempt: &Attempt| {
        matches!(attempt.failure.reason, AttemptReason::Unreachable(_) | AttemptReason::TimedOut(_))
    };
    let at = attempts.iter().rposition(|attempt| !silent(attempt)).or(attempts.len().checked_sub(1))?;
    Some(attempts.swap_remove(at))
}

fn cannot_connect(settings: &ConnectSettings) -> Error {
    Error::new(Code::Connect, format!("cannot connect to {}", settings.redacted()))
}

fn unreachable(settings: &ConnectSettings) -> Error {
    let error = cannot_connect(settings);
    let is_socket = |address: &ServerAddress| matches!(address, ServerAddress::Socket(_));
    if settings.hosts.iter().any(|host| is_socket(&host.address)) {
        return error
            .with_hint("is the server running on this machine? another is named by `host` in the URL, or by PGHOST");
    }
    error.with_hint("is the server running there, and is it listening on that host and port?")
}

fn refused(settings: &ConnectSettings, refusal: &DbError, password: Option<&ParameterOrigin>) -> Error {
    let code = refusal.code();
    if is_authentication(code) {
        return authentication(settings, password, Some(code));
    }
    if *code == SqlState::INVALID_CATALOG_NAME {
        let database = settings.database();
        return Error::new(Code::Connect, format!("the database `{database}` does not exist"))
            .with_hint(format!("create it: createdb {}", shell_word(database)))
            .with_hint("or name another: `dbname` in the URL, or PGDATABASE");
    }
    let error = cannot_connect(settings);
    if *code == SqlState::TOO_MANY_CONNECTIONS {
        return error.with_hint("all connections are taken: end idle ones, or raise max_connections");
    }
    if *code == SqlState::CANNOT_CONNECT_NOW {
        return error.with_hint("the server is starting up, shutting down or recovering: try again in a moment");
    }
    if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        return error.with_hint("GRANT CONNECT ON DATABASE ... TO the role");
    }
    if *code == SqlState::PROTOCOL_VIOLATION && settings.options.is_some() {
        return error.with_hint("PgBouncer refuses `options` (PGOPTIONS) unless its ignore_startup_parameters has it");
    }
    error
}

fn authentication(settings: &ConnectSettings, password: Option<&ParameterOrigin>, code: Option<&SqlState>) -> Error {
    let error = Error::new(Code::Authentication, format!("the server refused to let in {}", settings.redacted()));
    let error = settings.warnings.iter().fold(error, Error::with_hint);
    // 28000 says that no password would help: no line of pg_hba.conf fits, the role does not exist, or a certificate is
    // wanted.
    let by_rule = code == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION);
    let error = if by_rule {
        let mode = mode_name(settings.tls.mode);
        error.with_hint(format!(
            "does the role exist, and does pg_hba.conf at the server let it in from here with sslmode={mode}?"
        ))
    } else {
        error
    };
    match password {
        None if by_rule => error,
        Some(origin) => error.with_hint(format!("is the password right? it came from {origin}")),
        None => error.with_hint("no password was given: set PGPASSWORD, or add a line to ~/.pgpass"),
    }
}

fn no_tls(settings: &ConnectSettings) -> Error {
    let mode = mode_name(settings.tls.mode);
    Error::new(Code::Tls, format!("sslmode={mode} needs TLS, which {} does not offer", settings.redacted()))
        .with_hint("set ssl = on at the server, or sslmode=prefer if an open connection will do")
}

fn tls(settings: &ConnectSettings, remedy: TlsRemedy) -> Error {
    let error = Error::new(Code::Tls, format!("TLS could not be set up with {}", settings.redacted()));
    let mode = mode_name(settings.tls.mode);
    match remedy {
        TlsRemedy::RootCertificate => error
            .with_hint(format!("sslmode={mode} checks it against {}", settings.tls.roots_shown()))
            .with_hint("name the certificate of the server's authority with `sslrootcert`"),
        TlsRemedy::HostName => error
            .with_hint("connect to a host name that the certificate has (`hostaddr` can still say where it is)")
            .with_hint("or check only who issued the certificate: sslmode=verify-ca"),
        TlsRemedy::ClientCertificate => error.with_hint("check `sslcert` and `sslkey`, and ssl_ca_file at the server"),
        TlsRemedy::Other => error.with_hint(format!("sslmode={mode} is set")),
    }
}

fn wrong_server(settings: &ConnectSettings) -> Error {
    cannot_connect(settings)
        .with_hint("target_session_attrs asks for another kind of server: name that one too, or use `any`")
}

fn too_old(version: &str) -> Error {
    Error::new(Code::ServerVersion, format!("PostgreSQL 14 to 18 are supported, the server is {version}"))
        .with_hint("upgrade the server")
}

fn mode_name(mode: SslMode) -> &'static str {
    match mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    }
}

/// The command is to be copied, so that a name which a shell would take apart is quoted.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
