//! The verifiers behind sslmode: <https://www.postgresql.org/docs/17/libpq-ssl.html#LIBQ-SSL-CERTIFICATES>.
//!
//! Whatever of the certificate is left unchecked, the server must have signed the handshake with the certificate's key.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};

use super::certificate::Certificate;

/// Verifies what the sslmode asks for.
#[derive(Debug)]
pub(super) struct Verifier {
    verification: Verification,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
enum Verification {
    None,
    By(Trust, WantedVerification),
}

/// What of the server's certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantedVerification {
    Chain,
    ChainAndName,
}

/// The certificates that are trusted.
#[derive(Debug)]
pub(super) struct Trust {
    roots: Arc<RootCertStore>,
    certificates: Vec<CertificateDer<'static>>,
    revocation: Option<Arc<WebPkiServerVerifier>>,
}

/// Why a certificate was refused, where rustls has no words for it.
#[derive(Debug)]
pub(super) struct Problem(&'static str);

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Problem {}

impl Verifier {
    /// Takes any certificate.
    pub(super) fn trusting(provider: &CryptoProvider) -> Self {
        Self { verification: Verification::None, algorithms: provider.signature_verification_algorithms }
    }

    /// Takes certificates that the trust vouches for.
    pub(super) fn verifying(trust: Trust, wanted: WantedVerification, provider: &CryptoProvider) -> Self {
        Self { verification: Verification::By(trust, wanted), algorithms: provider.signature_verification_algorithms }
    }
}

impl Trust {
    pub(super) fn new(
        certificates: Vec<CertificateDer<'static>>,
        revoked: Vec<CertificateRevocationListDer<'static>>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(certificates.iter().cloned());
        if added == 0 {
            return Err("none of them can be read".to_owned());
        }
        let roots = Arc::new(roots);
        let revocation = if revoked.is_empty() {
            None
        } else {
            Some(
                WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider))
                    .with_crls(revoked)
                    // As OpenSSL does for libpq, refuses a certificate whose authority has no list among them.
                    .build()
                    .map_err(|error| error.to_string())?,
            )
        };
        Ok(Self { roots, certificates, revocation })
    }

    fn has(&self, end_entity: &CertificateDer<'_>) -> bool {
        self.certificates.iter().any(|trusted| trusted.as_ref() == end_entity.as_ref())
    }

    fn verify_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), Error> {
        if self.has(end_entity) {
            return verify_trusted_itself(end_entity, now);
        }
        let certificate = ParsedCertificate::try_from(end_entity).map_err(|error| explain(error, end_entity))?;
        verify_server_cert_signed_by_trust_anchor(&certificate, &self.roots, intermediates, now, algorithms.all)
    }

    /// rustls checks revocation only together with the name, which comes last. The chain was verified before on its own, so
    /// that an error about the name can only mean that nothing was revoked.
    fn verify_not_revoked(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        // No authority stands above a root that could revoke it.
        let Some(revocation) = self.revocation.as_ref().filter(|_| !self.has(end_entity)) else { return Ok(()) };
        match revocation.verify_server_cert(end_entity, intermediates, name, &[], now) {
            Ok(_) => Ok(()),
            Err(error) if is_about_name(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A server certificate that is its own root: what PostgreSQL's documentation makes with `openssl req -x509`
/// (<https://www.postgresql.org/docs/17/ssl-tcp.html#SSL-CERTIFICATE-CREATION>). OpenSSL takes it, webpki does not, since it
/// is a certificate of an authority.
fn verify_trusted_itself(end_entity: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let certificate = Certificate::read(end_entity).ok_or(CertificateError::BadEncoding)?;
    certificate.verify_validity(now).map_err(Error::InvalidCertificate)
}

fn is_about_name(error: &Error) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(error, Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
}

fn explain(error: Error, end_entity: &CertificateDer<'_>) -> Error {
    match Certificate::read(end_entity) {
        Some(certificate) if certificate.is_version_1() => {
            let problem = Problem("it is an X.509 certificate of version 1, which can be used but not verified");
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(problem))))
        }
        _ => error,
    }
}

fn verify_name(end_entity: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    let certificate = Certificate::read(end_entity);
    let strict = ParsedCertificate::try_from(end_entity).and_then(|parsed| verify_server_name(&parsed, name));
    match (strict, certificate, name) {
        (Ok(()), _, _) => Ok(()),
        // libpq compares the common name where there is no alternative name: certificates made as the documentation of
        // PostgreSQL shows have nothing else.
        (Err(_), Some(certificate), ServerName::DnsName(host)) if certificate.common_name_is(host.as_ref()) => Ok(()),
        (Err(error), _, _) => Err(error),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Verification::By(trust, wanted) = &self.verification {
            trust.verify_chain(end_entity, intermediates, now, &self.algorithms)?;
            trust.verify_not_revoked(end_entity, intermediates, server_name, now)?;
            if *wanted == WantedVerification::ChainAndName {
                verify_name(end_entity, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
            .map_err(|error| explain(error, certificate))
    }

    /// webpki reads no certificates of version 1, which `openssl x509 -req` makes by default, so that their key is taken
    /// out here, and the signature verified with it.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let version_1 = Certificate::read(certificate).filter(Certificate::is_version_1);
        match version_1.and_then(|certificate| certificate.public_key()) {
            Some(key) => verify_tls13_signature_with_raw_key(message, &key, signature, &self.algorithms),
            None => verify_tls13_signature(message, certificate, signature, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
