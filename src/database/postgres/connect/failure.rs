//! What went wrong with an attempt to connect, and the error that says so.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};

use super::origin::ParameterOrigin;
use super::probe::TlsProgress;

/// Why one attempt failed.
#[derive(Debug)]
pub(super) struct AttemptFailure {
    pub(super) reason: AttemptReason,
    pub(super) source: Option<tokio_postgres::Error>,
}

#[derive(Debug)]
pub(super) enum AttemptReason {
    /// No connection, or one that broke.
    Unreachable(String),
    /// The whole attempt took longer than `connect_timeout`.
    TimedOut(Duration),
    /// TLS is wanted and the server has none.
    NoTls,
    /// The handshake failed.
    Tls(String, TlsRemedy),
    /// The server answered with an error.
    Refused(Box<DbError>),
    /// User and password could not be exchanged.
    Authentication(String),
    /// The server is not of the kind that `target_session_attrs` asks for.
    WrongServer(&'static str),
    /// The server is too old.
    TooOld(String),
    /// A question to the server failed after the connection was open.
    Query(String),
}

/// What to change so that the handshake succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsRemedy {
    RootCertificate,
    HostName,
    ClientCertificate,
    Other,
}

/// Whether other servers are tried after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AttemptVerdict {
    TryNext,
    Stop,
}

/// One attempt, for the report.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The server and the address, such as `localhost:5432 (127.0.0.1), with TLS`.
    pub(super) server: String,
    pub(super) password: Option<ParameterOrigin>,
    pub(super) failure: AttemptFailure,
}

impl AttemptFailure {
    pub(super) fn new(reason: AttemptReason) -> Self {
        Self { reason, source: None }
    }

    pub(super) fn unreachable(error: &io::Error) -> Self {
        Self::new(AttemptReason::Unreachable(error.to_string()))
    }

    /// Sorts the driver's error, which does not tell its kind, by its source and by how far TLS got.
    pub(super) fn of(error: tokio_postgres::Error, progress: TlsProgress) -> Self {
        let reason = match (find::<rustls::Error>(&error), error.as_db_error(), find::<io::Error>(&error)) {
            (_, Some(refusal), _) => AttemptReason::Refused(Box::new(refusal.clone())),
            (Some(tls), None, _) => tls_reason(tls),
            (None, None, Some(io)) if progress == TlsProgress::Begun => {
                AttemptReason::Tls(io.to_string(), TlsRemedy::Other)
            }
            (None, None, Some(io)) => AttemptReason::Unreachable(io.to_string()),
            (None, None, None) if error.is_closed() => {
                AttemptReason::Unreachable("the server closed the connection".to_owned())
            }
            (None, None, None) => AttemptReason::Authentication(innermost(&error)),
        };
        Self { reason, source: Some(error) }
    }

    /// As in libpq, a server that answers and refuses ends the search, unless it is starting up or shutting down:
    /// <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS>.
    pub(super) fn verdict(&self) -> AttemptVerdict {
        match &self.reason {
            AttemptReason::Unreachable(_) | AttemptReason::TimedOut(_) | AttemptReason::WrongServer(_) => {
                AttemptVerdict::TryNext
            }
            AttemptReason::Refused(error) if *error.code() == SqlState::CANNOT_CONNECT_NOW => AttemptVerdict::TryNext,
            _ => AttemptVerdict::Stop,
        }
    }

    /// Whether `pg_hba.conf` may have another answer for a connection with, or without, TLS.
    pub(super) fn depends_on_encryption(&self) -> bool {
        match &self.reason {
            AttemptReason::Refused(error) => is_authentication(error.code()),
            AttemptReason::NoTls | AttemptReason::Tls(..) | AttemptReason::Authentication(_) => true,
            _ => false,
        }
    }
}

/// Class 28 of <https://www.postgresql.org/docs/17/errcodes-appendix.html>.
pub(super) fn is_authentication(code: &SqlState) -> bool {
    code.code().starts_with("28")
}

impl fmt::Display for AttemptReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(text) | Self::Tls(text, _) | Self::Authentication(text) | Self::Query(text) => {
                f.write_str(text)
            }
            Self::TimedOut(limit) => write!(f, "no connection within {} s (connect_timeout)", limit.as_secs()),
            Self::NoTls => f.write_str("the server does not support TLS"),
            Self::Refused(error) => f.write_str(error.message()),
            Self::WrongServer(text) => f.write_str(text),
            Self::TooOld(version) => write!(f, "it is PostgreSQL {version}"),
        }
    }
}

fn tls_reason(error: &rustls::Error) -> AttemptReason {
    use rustls::{AlertDescription, CertificateError as Bad, Error as Tls};
    let (text, remedy) = match error {
        Tls::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature) => {
            ("the server's certificate was not issued by a trusted authority".to_owned(), TlsRemedy::RootCertificate)
        }
        Tls::InvalidCertificate(Bad::NotValidForName) => {
            ("the server's certificate is for another host name".to_owned(), TlsRemedy::HostName)
        }
        Tls::InvalidCertificate(Bad::NotValidForNameContext { presented, .. }) if presented.is_empty() => {
            ("the server's certificate is for another host name".to_owned(), TlsRemedy::HostName)
        }
        Tls::InvalidCertificate(Bad::NotValidForNameContext { presented, .. }) => {
            (format!("the server's certificate is for {}", presented.join(", ")), TlsRemedy::HostName)
        }
        Tls::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            ("the server's certificate has expired".to_owned(), TlsRemedy::Other)
        }
        Tls::InvalidCertificate(Bad::Revoked) => ("the server's certificate was revoked".to_owned(), TlsRemedy::Other),
        Tls::InvalidCertificate(Bad::Other(other)) => {
            (format!("the server's certificate cannot be used: {}", other.0), TlsRemedy::Other)
        }
        Tls::AlertReceived(
            alert @ (AlertDescription::UnknownCA
            | AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::DecryptError),
        ) => (format!("the server refused the client's certificate ({alert:?})"), TlsRemedy::ClientCertificate),
        other => (other.to_string(), TlsRemedy::Other),
    };
    AttemptReason::Tls(text, remedy)
}

/// The error of that type in the chain of sources. An `io::Error` hides the error inside it from `source`.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
