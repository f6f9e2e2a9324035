//! TLS as libpq sets it up: <https://www.postgresql.org/docs/17/libpq-ssl.html>.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::{ClientConfig, SupportedProtocolVersion, version};
use tokio_postgres::config::SslNegotiation;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::checked::{choice, wrong};
use super::environment::{ConnectEnvironment, UserFile};
use super::invalid::invalid;
use super::parameters::{GivenParameters, Key};
use super::verifier::{Trust, Verifier, WantedVerification};
use crate::error::{Code, Error, Place, Result};

/// Whether TLS is used, and what of the server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// The settings of TLS, with files not read yet.
#[derive(Debug, Clone)]
pub(super) struct TlsSettings {
    pub(super) mode: SslMode,
    pub(super) negotiation: SslNegotiation,
    roots: Roots,
    revoked: CertificateSource,
    certificate: CertificateSource,
    key: CertificateSource,
    identity: Identity,
    versions: Vec<&'static SupportedProtocolVersion>,
    server_name: ServerNameIndication,
}

#[derive(Debug, Clone)]
enum Roots {
    System,
    Files(CertificateSource),
}

/// A file that was given, which must exist, or that is looked for.
#[derive(Debug, Clone)]
enum CertificateSource {
    Given(PathBuf),
    Default(PathBuf),
    None,
}

/// Whether the client's certificate is sent.
#[derive(Debug, Clone, Copy)]
enum Identity {
    Send,
    Withhold,
}

#[derive(Debug, Clone, Copy)]
enum ServerNameIndication {
    Send,
    Withhold,
}

impl TlsSettings {
    pub(super) fn resolve(values: &GivenParameters, environment: &ConnectEnvironment) -> Result<Self> {
        let roots = match values.given(Key::SslRootCert) {
            Some("system") => Roots::System,
            _ => Roots::Files(source(values, Key::SslRootCert, environment, UserFile::RootCertificates)),
        };
        let settings = Self {
            mode: mode(values, &roots)?,
            negotiation: negotiation(values)?,
            roots,
            revoked: source(values, Key::SslCrl, environment, UserFile::RevokedCertificates),
            certificate: source(values, Key::SslCert, environment, UserFile::Certificate),
            key: source(values, Key::SslKey, environment, UserFile::Key),
            identity: choice(values, Key::SslCertMode, &[("disable", Identity::Withhold), ("allow", Identity::Send)])?,
            versions: versions(values)?,
            server_name: choice(
                values,
                Key::SslSni,
                &[("0", ServerNameIndication::Withhold), ("1", ServerNameIndication::Send)],
            )?,
        };
        settings.refuse_weak_modes()?;
        Ok(settings)
    }

    /// libpq refuses both: with the system's roots anyone's certificate would do, and a handshake without a question
    /// before it cannot fall back.
    fn refuse_weak_modes(&self) -> Result<()> {
        if matches!(self.roots, Roots::System) && self.mode != SslMode::VerifyFull && self.mode != SslMode::Disable {
            return Err(invalid("sslrootcert=system needs sslmode=verify-full").with_hint(
                "any certificate of a public authority would be trusted; leave sslmode out to get verify-full",
            ));
        }
        if self.negotiation == SslNegotiation::Direct && self.mode < SslMode::Require {
            return Err(invalid("sslnegotiation=direct needs sslmode=require, verify-ca or verify-full"));
        }
        Ok(())
    }

    /// Reads the files, and makes what performs the handshakes.
    ///
    /// # Errors
    /// [`Code::Tls`] if a file cannot be read or used.
    pub(super) fn connector(&self, mode: SslMode) -> Result<MakeRustlsConnect> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = self.verifier(mode, &provider)?;
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&self.versions)
            .map_err(|error| unusable("TLS cannot be set up", error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match self.client_certificate(mode)? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| unusable("the client certificate and its key cannot be used", error))?,
        };
        config.enable_sni = matches!(self.server_name, ServerNameIndication::Send);
        // Since PostgreSQL 17 both sides say that they speak its protocol; a direct handshake requires it.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    fn verifier(&self, mode: SslMode, provider: &Arc<CryptoProvider>) -> Result<Verifier> {
        let wanted = match mode {
            // Not verified even if there is a root certificate: the alternative to an untrusted server is no TLS at all.
            SslMode::Disable | SslMode::Allow | SslMode::Prefer => return Ok(Verifier::trusting(provider)),
            SslMode::Require | SslMode::VerifyCa => WantedVerification::Chain,
            SslMode::VerifyFull => WantedVerification::ChainAndName,
        };
        let roots = match &self.roots {
            Roots::System => system_roots()?,
            Roots::Files(source) => match (source.existing(), mode) {
                (Some(path), _) => certificates(path)?,
                // As documented for sslmode=require: verified only if there is a root certificate.
                (None, SslMode::Require) => return Ok(Verifier::trusting(provider)),
                (None, _) => return Err(no_roots(source)),
            },
        };
        let revoked = self.revoked.existing().map(revocations).transpose()?.unwrap_or_default();
        let trust = Trust::new(roots, revoked, provider)
            .map_err(|reason| unusable("the root certificates cannot be used", io::Error::other(reason)))?;
        Ok(Verifier::verifying(trust, wanted, provider))
    }

    fn client_certificate(
        &self,
        mode: SslMode,
    ) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>> {
        let certificate = match (self.identity, mode) {
            (Identity::Withhold, _) | (_, SslMode::Disable) => return Ok(None),
            (Identity::Send, _) => self.certificate.existing(),
        };
        let Some(certificate) = certificate else { return Ok(None) };
        let key = self.key.existing().ok_or_else(|| {
            Error::new(Code::Tls, "there is a client certificate but no private key for it")
                .with_place(whole(certificate))
                .with_hint("name the key with `sslkey`, or send no certificate with sslcertmode=disable")
        })?;
        refuse_exposed(key)?;
        let parsed = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("private key", key, error))?;
        Ok(Some((certificates(certificate)?, parsed)))
    }

    /// What the server's certificate was checked against, for hints.
    pub(super) fn roots_shown(&self) -> String {
        match &self.roots {
            Roots::System => "the system's root certificates".to_owned(),
            Roots::Files(CertificateSource::Given(path) | CertificateSource::Default(path)) => {
                path.display().to_string()
            }
            Roots::Files(CertificateSource::None) => "no root certificate".to_owned(),
        }
    }
}

impl CertificateSource {
    /// The file to read: one that was given is read even if it does not exist, for the error.
    fn existing(&self) -> Option<&Path> {
        match self {
            Self::Given(path) => Some(path),
            Self::Default(path) => path.exists().then_some(path),
            Self::None => None,
        }
    }
}

fn source(
    values: &GivenParameters,
    key: Key,
    environment: &ConnectEnvironment,
    default: UserFile,
) -> CertificateSource {
    match (values.given(key), environment.user_file(default)) {
        (Some(path), _) => CertificateSource::Given(path.into()),
        (None, Some(path)) => CertificateSource::Default(path),
        (None, None) => CertificateSource::None,
    }
}

fn mode(values: &GivenParameters, roots: &Roots) -> Result<SslMode> {
    if values.given(Key::SslMode).is_none() && matches!(roots, Roots::System) {
        return Ok(SslMode::VerifyFull);
    }
    let modes = [
        ("disable", SslMode::Disable),
        ("allow", SslMode::Allow),
        ("prefer", SslMode::Prefer),
        ("require", SslMode::Require),
        ("verify-ca", SslMode::VerifyCa),
        ("verify-full", SslMode::VerifyFull),
    ];
    choice(values, Key::SslMode, &modes)
}

fn negotiation(values: &GivenParameters) -> Result<SslNegotiation> {
    let kinds = [("postgres", SslNegotiation::Postgres), ("direct", SslNegotiation::Direct)];
    choice(values, Key::SslNegotiation, &kinds)
}

/// rustls speaks TLS 1.2 and 1.3, so that a lower minimum is met, and a lower maximum cannot be.
fn versions(values: &GivenParameters) -> Result<Vec<&'static SupportedProtocolVersion>> {
    let number = |key: Key| match values.text(key).to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "tlsv1" => Ok(Some(0)),
        "tlsv1.1" => Ok(Some(1)),
        "tlsv1.2" => Ok(Some(2)),
        "tlsv1.3" => Ok(Some(3)),
        _ => Err(wrong(values, key, "TLSv1.2 or TLSv1.3")),
    };
    let lowest = number(Key::SslMinProtocolVersion)?.unwrap_or(2);
    let highest = number(Key::SslMaxProtocolVersion)?.unwrap_or(3);
    let versions: Vec<_> = [(2, &version::TLS12), (3, &version::TLS13)]
        .into_iter()
        .filter(|(number, _)| (lowest..=highest).contains(number))
        .map(|(_, version)| version)
        .collect();
    if versions.is_empty() {
        let key = if highest < 2 { Key::SslMaxProtocolVersion } else { Key::SslMinProtocolVersion };
        return Err(wrong(values, key, "TLS 1.2 and 1.3 are supported, and the minimum may not be above the maximum"));
    }
    Ok(versions)
}

fn system_roots() -> Result<Vec<CertificateDer<'static>>> {
    let loaded = rustls_native_certs::load_native_certs();
    if loaded.certs.is_empty() {
        let why = loaded.errors.first().map_or_else(|| "there are none".to_owned(), ToString::to_string);
        return Err(Error::new(Code::Tls, "the system's root certificates cannot be read").with_cause(why));
    }
    Ok(loaded.certs)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(unreadable("certificate", path, pem::Error::NoItemsFound)),
        Ok(found) => Ok(found),
        Err(error) => Err(unreadable("certificate", path, error)),
    }
}

fn revocations(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>> {
    CertificateRevocationListDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unreadable("list of revoked certificates", path, error))
}

fn no_roots(source: &CertificateSource) -> Error {
    let error = Error::new(Code::Tls, "there is no root certificate to verify the server with");
    let error = match source {
        CertificateSource::Given(path) | CertificateSource::Default(path) => {
            error.with_cause(format!("{} does not exist", path.display()))
        }
        CertificateSource::None => error.with_cause("there is no home directory, and `sslrootcert` was not given"),
    };
    error.with_hint("name the file with `sslrootcert`, or use the system's roots with sslrootcert=system")
}

/// <https://www.postgresql.org/docs/17/libpq-ssl.html#LIBPQ-SSL-CLIENTCERT>: readable by its owner alone; a key of root may
/// be readable by its group too.
#[cfg(unix)]
fn refuse_exposed(key: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(key).map_err(|error| unreadable("private key", key, pem::Error::Io(error)))?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(Error::new(Code::Tls, "the private key of the client can be read by others")
        .with_place(whole(key))
        .with_hint(format!("run `chmod 0600 {}`", key.display())))
}

#[cfg(not(unix))]
fn refuse_exposed(key: &Path) -> Result<()> {
    fs::metadata(key).map(drop).map_err(|error| unreadable("private key", key, pem::Error::Io(error)))
}

fn unusable(message: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::Tls, message).with_cause(error.to_string()).with_source(error)
}

fn unreadable(what: &str, path: &Path, error: pem::Error) -> Error {
    let cause = match &error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => format!("the file has no {what} in PEM format"),
        other => other.to_string(),
    };
    Error::new(Code::Tls, format!("the {what} cannot be read"))
        .with_cause(cause)
        .with_place(whole(path))
        .with_source(error)
}

fn whole(path: &Path) -> Place {
    Place::whole(path.display().to_string())
}
