//! Certificates for servers that speak TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::scratch::Folder;

/// An authority, and what it signs; made once per process.
#[derive(Debug)]
pub struct Tls {
    folder: Folder,
}

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Tls {
    /// The authority of this process.
    pub fn shared() -> &'static Self {
        static TLS: OnceLock<Tls> = OnceLock::new();
        TLS.get_or_init(|| {
            let tls = Self { folder: Folder::new("t") };
            fs::write(tls.path("config"), "[req]\ndistinguished_name = name\n[name]\n")
                .expect("the folder is writable");
            for authority in ["ca", "other"] {
                tls.sign(authority, None, &["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"]);
            }
            tls.sign("localhost", Some("ca"), &["subjectAltName=DNS:localhost,IP:127.0.0.1"]);
            tls
        })
    }

    /// The certificate of the authority that signed the servers' certificates: for `sslrootcert`.
    pub fn authority(&self) -> PathBuf {
        self.path("ca.crt")
    }

    /// The certificate of an authority that signed nothing: verification with it must fail.
    pub fn other_authority(&self) -> PathBuf {
        self.path("other.crt")
    }

    /// A certificate for a client that calls itself `name`.
    pub fn client(&self, name: &str) -> Certificate {
        self.sign(name, Some("ca"), &["extendedKeyUsage=clientAuth"])
    }

    /// Copies what every server needs to its data folder, and returns the files: its certificate, for `localhost` and
    /// 127.0.0.1, the key of it, and the authority that clients' certificates are from.
    pub(super) fn copy_to(&self, folder: &Path) -> [PathBuf; 3] {
        [("localhost.crt", "server.crt"), ("localhost.key", "server.key"), ("ca.crt", "ca.crt")].map(|(from, to)| {
            let to = folder.join(to);
            fs::copy(self.path(from), &to).expect("the certificate was made");
            to
        })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn sign(&self, name: &str, authority: Option<&str>, extensions: &[&str]) -> Certificate {
        let made =
            Certificate { certificate: self.path(&format!("{name}.crt")), key: self.path(&format!("{name}.key")) };
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        command.args(["-subj", &format!("/CN={name}")]).arg("-config").arg(self.path("config"));
        command.arg("-out").arg(&made.certificate).arg("-keyout").arg(&made.key);
        for extension in extensions {
            command.args(["-addext", extension]);
        }
        if let Some(authority) = authority {
            command.arg("-CA").arg(self.path(&format!("{authority}.crt")));
            command.arg("-CAkey").arg(self.path(&format!("{authority}.key")));
            command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        }
        run(&mut command);
        made
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("openssl does not start: {error}"));
    assert!(output.status.success(), "openssl failed: {}", String::from_utf8_lossy(&output.stderr));
}
