//! Connecting: which servers, with and without TLS, in which order.

use std::future::Future;
use std::net::IpAddr;

use rustls::pki_types::ServerName;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode as DriverMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::timer;
use super::failure::{Attempt, AttemptFailure, AttemptReason, AttemptVerdict, TlsRemedy};
use super::hosts::{Host, ServerAddress};
use super::order;
use super::probe::{Probe, TlsProgress};
use super::report::report;
use super::server;
use super::session::{Cancel, Connected, ConnectionTask, Notice};
use super::settings::{ConnectSettings, HostOrder, Keepalives, SessionTarget};
use super::tls::SslMode;
use crate::error::{Code, Error, Result};

/// Whether one attempt is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Off,
    /// With TLS if the server has it.
    Preferred,
    On,
}

/// One place to connect to: a server's socket, or one of the addresses of its name.
#[derive(Debug, Clone, Copy)]
enum Endpoint<'a> {
    Ip(IpAddr),
    Socket(&'a str),
}

/// What the search for a server holds.
struct ServerSearch<'a> {
    settings: &'a ConnectSettings,
    tls: MakeRustlsConnect,
    attempts: Vec<Attempt>,
}

impl ConnectSettings {
    /// Connects to the first server that can be reached and is of the kind that is wanted.
    ///
    /// # Errors
    /// [`Code::Connect`](crate::Code::Connect), [`Code::Authentication`](crate::Code::Authentication),
    /// [`Code::Tls`](crate::Code::Tls) or [`Code::ServerVersion`](crate::Code::ServerVersion), with the cause at each
    /// server that was tried.
    pub(crate) async fn connect(&self) -> Result<Connected> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::new(Code::Connect, "a connection to PostgreSQL needs a runtime of Tokio")
                .with_cause("what connects was called outside of one")
                .with_state("nothing was changed")
                .with_hint("call it inside of one that has `enable_io`, such as that of `#[tokio::main]`"));
        }
        let mut search = ServerSearch { settings: self, tls: self.tls.connector(self.mode())?, attempts: Vec::new() };
        for target in passes(self.target) {
            for host in self.ordered(&self.hosts) {
                match search.host(host, *target).await {
                    Ok(connected) => return Ok(connected),
                    Err(AttemptVerdict::TryNext) => {}
                    Err(AttemptVerdict::Stop) => return Err(report(self, search.attempts)),
                }
            }
        }
        Err(report(self, search.attempts))
    }

    /// With sockets alone, the files of certificates are not read.
    fn mode(&self) -> SslMode {
        let is_socket = |host: &Host| matches!(host.address, ServerAddress::Socket(_));
        if self.hosts.iter().all(is_socket) { SslMode::Disable } else { self.tls.mode }
    }

    fn ordered<'a, T>(&self, items: &'a [T]) -> Vec<&'a T> {
        match self.order {
            HostOrder::Given => items.iter().collect(),
            HostOrder::Random => order::shuffled(items),
        }
    }
}

/// A standby is preferred by looking for one first, and taking any server then.
fn passes(target: SessionTarget) -> &'static [SessionTarget] {
    match target {
        SessionTarget::Any => &[SessionTarget::Any],
        SessionTarget::ReadWrite => &[SessionTarget::ReadWrite],
        SessionTarget::ReadOnly => &[SessionTarget::ReadOnly],
        SessionTarget::Primary => &[SessionTarget::Primary],
        SessionTarget::Standby => &[SessionTarget::Standby],
        SessionTarget::PreferStandby => &[SessionTarget::Standby, SessionTarget::Any],
    }
}

impl ServerSearch<'_> {
    async fn host(&mut self, host: &Host, target: SessionTarget) -> Result<Connected, AttemptVerdict> {
        let addresses = match &host.address {
            ServerAddress::Socket(folder) => return self.endpoint(host, Endpoint::Socket(folder), target).await,
            ServerAddress::Ip(ip) => vec![*ip],
            ServerAddress::Name(name) => match self.look_up(name, host.port).await {
                Ok(addresses) => addresses,
                Err(failure) => return Err(self.record(host, host.to_string(), failure)),
            },
        };
        for address in self.settings.ordered(&addresses) {
            match self.endpoint(host, Endpoint::Ip(*address), target).await {
                Err(AttemptVerdict::TryNext) => {}
                done => return done,
            }
        }
        Err(AttemptVerdict::TryNext)
    }

    async fn look_up(&self, name: &str, port: u16) -> Result<Vec<IpAddr>, AttemptFailure> {
        let found = self.in_time(async {
            let addresses =
                tokio::net::lookup_host((name, port)).await.map_err(|error| AttemptFailure::unreachable(&error))?;
            Ok(addresses.map(|address| address.ip()).collect::<Vec<_>>())
        });
        match found.await?.as_slice() {
            [] => Err(AttemptFailure::new(AttemptReason::Unreachable("the host name has no address".to_owned()))),
            addresses => Ok(addresses.to_vec()),
        }
    }

    /// The limit holds for all that is done with one address, as in libpq:
    /// <https://www.postgresql.org/docs/17/libpq-connect.html#LIBPQ-CONNECT-CONNECT-TIMEOUT>.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, AttemptFailure>>) -> Result<T, AttemptFailure> {
        match self.settings.connect_timeout {
            None => work.await,
            Some(limit) => match timer::within(limit, work).await {
                Some(result) => result,
                None => Err(AttemptFailure::new(AttemptReason::TimedOut(limit))),
            },
        }
    }

    async fn endpoint(
        &mut self,
        host: &Host,
        endpoint: Endpoint<'_>,
        target: SessionTarget,
    ) -> Result<Connected, AttemptVerdict> {
        let mut failed = Vec::new();
        let opened = self.in_time(self.encryptions(host, endpoint, target, &mut failed)).await;
        for (encryption, failure) in failed {
            self.record(host, endpoint.describe(host, Some(encryption)), failure);
        }
        opened.map_err(|failure| self.record(host, endpoint.describe(host, None), failure))
    }

    /// Tries with and without TLS, as sslmode says. All but the last failure are put into `failed`.
    async fn encryptions(
        &self,
        host: &Host,
        endpoint: Endpoint<'_>,
        target: SessionTarget,
        failed: &mut Vec<(TlsProgress, AttemptFailure)>,
    ) -> Result<Connected, AttemptFailure> {
        let encryptions = match (endpoint, self.settings.tls.mode) {
            (Endpoint::Socket(_), _) | (_, SslMode::Disable) => &[Encryption::Off][..],
            (_, SslMode::Allow) => &[Encryption::Off, Encryption::On],
            (_, SslMode::Prefer) => &[Encryption::Preferred, Encryption::Off],
            (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[Encryption::On],
        };
        let (last, first) = encryptions.split_last().unwrap_or((&Encryption::Off, &[]));
        for encryption in first {
            match self.attempt(host, endpoint, *encryption, target).await {
                Ok(connected) => return Ok(connected),
                // A server that has no TLS was just tried without.
                Err((TlsProgress::None, failure)) if *encryption == Encryption::Preferred => return Err(failure),
                Err((progress, failure)) if failure.depends_on_encryption() => failed.push((progress, failure)),
                Err((_, failure)) => return Err(failure),
            }
        }
        self.attempt(host, endpoint, *last, target).await.map_err(|(_, failure)| failure)
    }

    async fn attempt(
        &self,
        host: &Host,
        endpoint: Endpoint<'_>,
        encryption: Encryption,
        target: SessionTarget,
    ) -> Result<Connected, (TlsProgress, AttemptFailure)> {
        let name = self.tls_name(host, endpoint).map_err(|failure| (TlsProgress::None, failure))?;
        let probe = Probe::new(self.tls.clone());
        let config = self.config(host, endpoint, encryption, &name);
        tracing::debug!(server = %endpoint.describe(host, None), ?encryption, "connecting");
        let (client, connection) = config.connect(probe.clone()).await.map_err(|error| {
            let progress = probe.progress();
            let failure = match (encryption, AttemptFailure::of(error, progress)) {
                // The driver has no kind of error for it: nothing else can fail there without an I/O error.
                (Encryption::On, AttemptFailure { reason: AttemptReason::Authentication(_), source })
                    if progress == TlsProgress::None =>
                {
                    AttemptFailure { reason: AttemptReason::NoTls, source }
                }
                (_, failure) => failure,
            };
            (progress, failure)
        })?;
        let reported = server::Reported::by(&connection);
        let (task, sender, notices) = ConnectionTask::spawn(connection);
        let checked = server::check(&client, reported, target).await;
        checked.map_err(|failure| (probe.progress(), failure))?;
        for warning in &self.settings.warnings {
            // The receiver is in this function.
            let _ = sender.send(Notice::warning(warning));
        }
        let cancel = Cancel::new(&client, self.tls.clone(), self.settings.connect_timeout);
        Ok(Connected { client, notices, cancel, task })
    }

    /// The name that the certificate is checked against. Where it is not checked, any name will do that rustls can read.
    fn tls_name(&self, host: &Host, endpoint: Endpoint<'_>) -> Result<String, AttemptFailure> {
        let Endpoint::Ip(ip) = endpoint else { return Ok(String::new()) };
        let missing = |text: &str| AttemptFailure::new(AttemptReason::Tls(text.to_owned(), TlsRemedy::HostName));
        let readable = |name: &&String| ServerName::try_from(name.as_str()).is_ok();
        match (&host.name, self.settings.tls.mode) {
            (None, SslMode::VerifyFull) => Err(missing("sslmode=verify-full needs a host name, not only `hostaddr`")),
            (Some(name), SslMode::VerifyFull) if !readable(&name) => {
                Err(missing("the host name is not one that a certificate can have"))
            }
            (name, _) => Ok(name.as_ref().filter(readable).cloned().unwrap_or_else(|| ip.to_string())),
        }
    }

    fn config(&self, host: &Host, endpoint: Endpoint<'_>, encryption: Encryption, tls_name: &str) -> Config {
        let settings = self.settings;
        let mut config = Config::new();
        config.user(&settings.user).dbname(&settings.database).application_name(&settings.application_name);
        config.port(host.port).channel_binding(settings.channel_binding);
        match endpoint {
            Endpoint::Ip(ip) => config.host(tls_name).hostaddr(ip),
            Endpoint::Socket(folder) => socket(&mut config, folder),
        };
        if let Some(password) = &host.password {
            config.password(password.expose());
        }
        if let Some(options) = &settings.options {
            config.options(options);
        }
        if encryption != Encryption::Off {
            config.ssl_negotiation(settings.tls.negotiation);
        }
        config.ssl_mode(match encryption {
            Encryption::Off => DriverMode::Disable,
            Encryption::Preferred => DriverMode::Prefer,
            Encryption::On => DriverMode::Require,
        });
        tcp(&mut config, settings);
        config
    }

    fn record(&mut self, host: &Host, server: String, failure: AttemptFailure) -> AttemptVerdict {
        let verdict = failure.verdict();
        let password = host.password.as_ref().map(|password| password.origin().clone());
        self.attempts.push(Attempt { server, password, failure });
        verdict
    }
}

/// A name in Linux's abstract namespace, which libpq writes with `@`, starts with a zero byte.
#[cfg(unix)]
fn socket<'a>(config: &'a mut Config, folder: &str) -> &'a mut Config {
    match folder.strip_prefix('@') {
        Some(name) => config.host_path(format!("\0{name}")),
        None => config.host_path(folder),
    }
}

#[cfg(not(unix))]
fn socket<'a>(config: &'a mut Config, folder: &str) -> &'a mut Config {
    config.host(folder)
}

fn tcp(config: &mut Config, settings: &ConnectSettings) {
    if let Some(timeout) = settings.tcp.user_timeout {
        config.tcp_user_timeout(timeout);
    }
    match settings.tcp.keepalives {
        Keepalives::Off => config.keepalives(false),
        Keepalives::On { idle, interval, count } => {
            idle.map(|idle| config.keepalives_idle(idle));
            interval.map(|interval| config.keepalives_interval(interval));
            count.map(|count| config.keepalives_retries(count));
            config.keepalives(true)
        }
    };
}

impl Endpoint<'_> {
    fn describe(self, host: &Host, progress: Option<TlsProgress>) -> String {
        let address = match self {
            Self::Ip(ip) if host.name.as_ref().is_some_and(|name| *name != ip.to_string()) => format!(" ({ip})"),
            Self::Ip(_) | Self::Socket(_) => String::new(),
        };
        let encryption = match progress {
            Some(TlsProgress::Begun | TlsProgress::Done) => ", with TLS",
            Some(TlsProgress::None) => ", without TLS",
            None => "",
        };
        format!("{host}{address}{encryption}")
    }
}
