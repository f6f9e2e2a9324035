//! What libpq looks at in a certificate, and webpki does not offer.

use rustls::CertificateError;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer, UnixTime};
use x509_cert::der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::COMMON_NAME;
use x509_cert::der::{Any, Decode as _, Encode as _};
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// A certificate, read.
pub(super) struct Certificate(x509_cert::Certificate);

impl Certificate {
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        x509_cert::Certificate::from_der(der.as_ref()).ok().map(Self)
    }

    pub(super) fn is_version_1(&self) -> bool {
        self.0.tbs_certificate.version == x509_cert::Version::V1
    }

    pub(super) fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'static>> {
        self.0.tbs_certificate.subject_public_key_info.to_der().ok().map(Into::into)
    }

    pub(super) fn verify_validity(&self, now: UnixTime) -> Result<(), CertificateError> {
        let validity = &self.0.tbs_certificate.validity;
        if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
            return Err(CertificateError::NotValidYet);
        }
        if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
            return Err(CertificateError::Expired);
        }
        Ok(())
    }

    /// Whether the certificate has no DNS name of its own, and its common name is the host's.
    ///
    /// <https://www.postgresql.org/docs/17/libpq-ssl.html#LIBQ-SSL-CERTIFICATES>
    pub(super) fn common_name_is(&self, host: &str) -> bool {
        !self.has_alternative_dns_name() && self.common_name().is_some_and(|name| matches(&name, host))
    }

    /// A list that cannot be read may have names, so that the common name must not be taken instead.
    fn has_alternative_dns_name(&self) -> bool {
        match self.0.tbs_certificate.get::<SubjectAltName>() {
            Ok(None) => false,
            Ok(Some((_, names))) => names.0.iter().any(|name| matches!(name, GeneralName::DnsName(_))),
            Err(_) => true,
        }
    }

    fn common_name(&self) -> Option<String> {
        let mut attributes = self.0.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
        attributes.find(|attribute| attribute.oid == COMMON_NAME).and_then(|attribute| text(&attribute.value))
    }
}

/// A name with a zero byte is refused by all three types, which keeps `good.example\0.evil.example` out.
fn text(value: &Any) -> Option<String> {
    let utf8 = value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.as_str().to_owned());
    let printable = || value.decode_as::<PrintableStringRef<'_>>().ok().map(|text| text.as_str().to_owned());
    let teletex = || value.decode_as::<TeletexStringRef<'_>>().ok().map(|text| text.as_str().to_owned());
    utf8.or_else(printable).or_else(teletex).filter(|name| !name.contains('\0'))
}

/// `*.` stands for one label, and only at the start.
fn matches(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    let Some(suffix) = pattern.strip_prefix("*.").filter(|suffix| !suffix.is_empty()) else { return false };
    host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(suffix))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_wildcard_is_one_label_at_the_start() {
        for (pattern, host, same) in [
            ("db.example", "DB.example", true),
            ("*.example", "db.example", true),
            ("*.example", "a.db.example", false),
            ("*.example", ".example", false),
            ("*.", "db.", false),
            ("*", "db", false),
            ("d*.example", "db.example", false),
        ] {
            assert_eq!(matches(pattern, host), same, "{pattern} {host}");
        }
    }
}
