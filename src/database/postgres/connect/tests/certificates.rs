//! What the verifiers take, with certificates made by the openssl command.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection};

use super::super::verifier::{Trust, Verifier, WantedVerification};
use super::cluster::run;

/// A certificate authority in a folder.
pub(super) struct Authority {
    folder: PathBuf,
    name: String,
}

impl Authority {
    /// A new authority with a certificate `NAME.crt`.
    pub(super) fn create(folder: &Path, name: &str) -> Self {
        let authority = Self { folder: folder.to_owned(), name: name.to_owned() };
        let (key, certificate) = (authority.path(name, "key"), authority.path(name, "crt"));
        let subject = format!("/CN={name}");
        run(openssl(&["req", "-x509", "-days", "30", "-subj", &subject, "-keyout", &key, "-out", &certificate])
            .args(KEY));
        authority
    }

    /// Issues `NAME.crt` and `NAME.key`, of version 1 if there is no extension.
    pub(super) fn issue(&self, name: &str, extensions: &[&str]) {
        self.issue_for(name, extensions, "30");
    }

    fn issue_for(&self, name: &str, extensions: &[&str], days: &str) {
        let [key, request, certificate, extra] = ["key", "csr", "crt", "ext"].map(|end| self.path(name, end));
        let [ca, ca_key] = ["crt", "key"].map(|end| self.path(&self.name, end));
        run(openssl(&["req", "-new", "-subj", &format!("/CN={name}"), "-keyout", &key, "-out", &request]).args(KEY));
        let mut sign = openssl(&["x509", "-req", "-days", days, "-in", &request, "-CA", &ca, "-CAkey", &ca_key]);
        sign.args(["-CAcreateserial", "-out", &certificate]);
        if !extensions.is_empty() {
            fs::write(&extra, extensions.join("\n")).unwrap();
            sign.args(["-extfile", &extra]);
        }
        run(&mut sign);
    }

    /// A list that has the certificates of those names.
    fn revoke(&self, names: &[&str]) -> CertificateRevocationListDer<'static> {
        let [database, list] = ["db", "crl"].map(|end| self.path(&self.name, end));
        let [ca, key] = ["crt", "key"].map(|end| self.path(&self.name, end));
        let config = self.path(&self.name, "cnf");
        fs::write(&database, "").unwrap();
        let text = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase={database}\ndefault_md=sha256\ndefault_crl_days=30\ncrlnumber={database}.n\n"
        );
        fs::write(&config, text).unwrap();
        fs::write(format!("{database}.n"), "01\n").unwrap();
        for name in names {
            let certificate = self.path(name, "crt");
            run(&mut openssl(&["ca", "-config", &config, "-cert", &ca, "-keyfile", &key, "-revoke", &certificate]));
        }
        run(&mut openssl(&["ca", "-config", &config, "-cert", &ca, "-keyfile", &key, "-gencrl", "-out", &list]));
        CertificateRevocationListDer::from_pem_file(list).unwrap()
    }

    fn path(&self, name: &str, end: &str) -> String {
        self.folder.join(format!("{name}.{end}")).to_str().unwrap().to_owned()
    }

    fn certificate(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path(name, "crt")).unwrap()
    }
}

const KEY: [&str; 4] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

fn openssl(arguments: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments);
    if arguments[0] == "req" {
        command.arg("-nodes");
    }
    command
}

struct Case {
    _folder: tempfile::TempDir,
    ca: Authority,
    other: Authority,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [ca, other] = ["ca", "other"].map(|name| Authority::create(folder.path(), name));
        Self { _folder: folder, ca, other }
    }

    /// What the verifier says about a certificate for a host, with the roots of that name.
    fn verify(&self, certificate: &str, roots: &str, host: &str, wanted: WantedVerification) -> Result<(), String> {
        self.verify_with(certificate, roots, host, wanted, Vec::new())
    }

    fn verify_with(
        &self,
        certificate: &str,
        roots: &str,
        host: &str,
        wanted: WantedVerification,
        revoked: Vec<CertificateRevocationListDer<'static>>,
    ) -> Result<(), String> {
        self.verify_at(UnixTime::now(), certificate, roots, host, wanted, revoked)
    }

    fn verify_at(
        &self,
        now: UnixTime,
        certificate: &str,
        roots: &str,
        host: &str,
        wanted: WantedVerification,
        revoked: Vec<CertificateRevocationListDer<'static>>,
    ) -> Result<(), String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let trust = Trust::new(vec![self.ca.certificate(roots)], revoked, &provider)?;
        let verifier = Verifier::verifying(trust, wanted, &provider);
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let certificate = self.ca.certificate(certificate);
        let result = verifier.verify_server_cert(&certificate, &[], &name, &[], now);
        result.map(drop).map_err(|error| format!("{error:?}"))
    }
}

use WantedVerification::{Chain, ChainAndName};

#[test]
fn chain_and_name_are_told_apart() {
    let case = Case::new();
    case.ca.issue("db.example", &["subjectAltName=DNS:db.example,DNS:*.wild.example,IP:10.0.0.1"]);
    for (roots, host, wanted, ok) in [
        ("ca", "db.example", ChainAndName, true),
        ("ca", "DB.EXAMPLE", ChainAndName, true),
        ("ca", "a.wild.example", ChainAndName, true),
        ("ca", "10.0.0.1", ChainAndName, true),
        ("ca", "10.0.0.2", ChainAndName, false),
        ("ca", "evil.example", ChainAndName, false),
        ("ca", "evil.example", Chain, true),
        ("other", "db.example", Chain, false),
        ("other", "db.example", ChainAndName, false),
    ] {
        let result = case.verify("db.example", roots, host, wanted);
        assert_eq!(result.is_ok(), ok, "{roots} {host} {wanted:?}: {result:?}");
    }
}

#[test]
fn the_common_name_counts_where_there_is_no_other() {
    let case = Case::new();
    case.ca.issue("db.example", &["basicConstraints=CA:FALSE"]);
    case.ca.issue("cn.example", &["subjectAltName=DNS:san.example"]);
    assert_eq!(case.verify("db.example", "ca", "db.example", ChainAndName), Ok(()));
    assert!(case.verify("db.example", "ca", "evil.example", ChainAndName).is_err());
    assert!(case.verify("cn.example", "ca", "cn.example", ChainAndName).is_err());
    assert!(case.verify("db.example", "other", "db.example", ChainAndName).is_err());
}

/// As PostgreSQL's documentation makes one.
#[test]
fn a_server_certificate_may_be_its_own_root() {
    let case = Case::new();
    assert_eq!(case.verify("other", "other", "other", ChainAndName), Ok(()));
    assert_eq!(case.verify("other", "other", "another", Chain), Ok(()));
    assert!(case.verify("other", "other", "another", ChainAndName).is_err());
    assert!(case.verify("other", "ca", "other", Chain).is_err());
    let now = UnixTime::now().as_secs();
    for (days, ok) in [(-2, false), (1, true), (60, false)] {
        let then = UnixTime::since_unix_epoch(Duration::from_secs(now.saturating_add_signed(days * 86_400)));
        let result = case.verify_at(then, "other", "other", "other", Chain, Vec::new());
        assert_eq!(result.is_ok(), ok, "{days}: {result:?}");
    }
}

#[test]
fn certificates_that_are_expired_or_of_version_1() {
    let case = Case::new();
    case.ca.issue_for("old", &["subjectAltName=DNS:old"], "-1");
    case.ca.issue("first", &[]);
    let error = case.verify("old", "ca", "old", Chain).unwrap_err();
    assert!(error.contains("Expired"), "{error}");
    let error = case.verify("first", "ca", "first", Chain).unwrap_err();
    assert!(error.contains("version 1"), "{error}");
}

#[test]
fn a_certificate_that_was_revoked_is_refused_with_and_without_its_name() {
    let case = Case::new();
    for name in ["good", "bad"] {
        case.ca.issue(name, &[&format!("subjectAltName=DNS:{name}")]);
    }
    let list = case.ca.revoke(&["bad"]);
    for (name, host, wanted, ok) in [
        ("good", "good", ChainAndName, true),
        ("good", "else", ChainAndName, false),
        ("good", "else", Chain, true),
        ("bad", "bad", ChainAndName, false),
        ("bad", "bad", Chain, false),
        ("bad", "else", Chain, false),
    ] {
        let result = case.verify_with(name, "ca", host, wanted, vec![list.clone()]);
        assert_eq!(result.is_ok(), ok, "{name} {host} {wanted:?}: {result:?}");
    }
    // A list of another authority says nothing about this one.
    let foreign = case.other.revoke(&[]);
    assert!(case.verify_with("good", "ca", "good", Chain, vec![foreign]).is_err());
}

/// A server that `openssl s_server` plays, until it is dropped.
struct Server(Child);

impl Server {
    fn start(case: &Case, certificate: &str, port: u16) -> Self {
        let [certificate, key] = ["crt", "key"].map(|end| case.ca.path(certificate, end));
        let mut server = openssl(&["s_server", "-quiet", "-accept", &format!("127.0.0.1:{port}")]);
        server.args(["-cert", &certificate, "-key", &key]).stdin(Stdio::piped()).stdout(Stdio::null());
        Self(server.stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn dial(port: u16) -> TcpStream {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return stream,
            Err(error) => assert!(Instant::now() < end, "{error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `openssl x509 -req` makes such certificates, and sslmode=require must take them.
#[test]
fn a_handshake_with_a_certificate_of_version_1() {
    let case = Case::new();
    case.ca.issue("first", &[]);
    let port = super::live::dead_port();
    let _server = Server::start(&case, "first", port);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier::trusting(&provider)))
        .with_no_client_auth();
    let name = ServerName::try_from("first").unwrap();
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = dial(port);
    while client.is_handshaking() {
        client.complete_io(&mut stream).unwrap();
    }
}
