//! Every sslmode against a server with a good certificate, a wrong authority, a wrong name, and no TLS.

use super::super::environment::ConnectEnvironment;
use super::super::parameters::Key;
use super::cluster::Cluster;
use super::live::{ask, connect, failure};
use super::proxy::Proxy;
use crate::error::Code;

const QUESTION: &str = "SELECT CASE WHEN ssl THEN 'tls' ELSE 'plain' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

/// How the connection came about: `tls`, `plain`, or the error's code.
async fn outcome(input: &str) -> String {
    match connect(input, &ConnectEnvironment::fixed([])).await {
        Ok((connected, _)) => ask(&connected, QUESTION).await,
        Err(error) => format!("{:?}", error.code()),
    }
}

fn ada(host: &str, mode: &str, roots: &str) -> String {
    let (cluster, password) = (Cluster::get(), "'s3:cr@t/%'");
    let roots = match roots {
        "" => String::new(),
        name => format!("sslrootcert={}", cluster.file(name)),
    };
    let port = cluster.port;
    format!(
        "host={host} hostaddr=127.0.0.1 port={port} user=ada password={password} dbname=shop sslmode={mode} {roots}"
    )
}

#[tokio::test]
async fn modes_with_a_good_certificate() {
    for (mode, roots, expected) in [
        ("disable", "ca.crt", "plain"),
        ("allow", "ca.crt", "plain"),
        ("prefer", "ca.crt", "tls"),
        ("require", "ca.crt", "tls"),
        ("verify-ca", "ca.crt", "tls"),
        ("verify-full", "ca.crt", "tls"),
        ("disable", "", "plain"),
        ("allow", "", "plain"),
        ("prefer", "", "tls"),
        ("require", "", "tls"),
        ("verify-ca", "", "Tls"),
        ("verify-full", "", "Tls"),
    ] {
        assert_eq!(outcome(&ada("localhost", mode, roots)).await, expected, "{mode} {roots}");
    }
}

#[tokio::test]
async fn modes_with_a_wrong_authority() {
    for (mode, expected) in [
        ("disable", "plain"),
        ("allow", "plain"),
        ("prefer", "tls"),
        ("require", "Tls"),
        ("verify-ca", "Tls"),
        ("verify-full", "Tls"),
    ] {
        assert_eq!(outcome(&ada("localhost", mode, "other.crt")).await, expected, "{mode}");
    }
    let error = failure(&ada("localhost", "verify-ca", "other.crt"), Code::Tls).await;
    assert!(error.contains("not issued by a trusted authority") && error.contains("other.crt"), "{error}");
}

#[tokio::test]
async fn modes_with_a_wrong_host_name() {
    for (mode, expected) in [
        ("disable", "plain"),
        ("allow", "plain"),
        ("prefer", "tls"),
        ("require", "tls"),
        ("verify-ca", "tls"),
        ("verify-full", "Tls"),
    ] {
        assert_eq!(outcome(&ada("db.example", mode, "ca.crt")).await, expected, "{mode}");
    }
    let error = failure(&ada("db.example", "verify-full", "ca.crt"), Code::Tls).await;
    assert!(error.contains("localhost") && error.contains("sslmode=verify-ca"), "{error}");
    let nameless = ada("localhost", "verify-full", "ca.crt").replace("host=localhost ", "");
    let error = failure(&nameless, Code::Tls).await;
    assert!(error.contains("needs a host name"), "{error}");
    // A name that no certificate can have is no obstacle where names are not checked.
    assert_eq!(outcome(&ada("my..db", "verify-ca", "ca.crt")).await, "tls");
    assert_eq!(outcome(&ada("my..db", "verify-full", "ca.crt")).await, "Tls");
}

#[tokio::test]
async fn modes_with_a_server_without_tls() {
    let cluster = Cluster::get();
    let open = Proxy::WithoutTls(cluster.port).start();
    for (mode, expected) in [
        ("disable", "plain"),
        ("allow", "plain"),
        ("prefer", "plain"),
        ("require", "Tls"),
        ("verify-ca", "Tls"),
        ("verify-full", "Tls"),
    ] {
        let input = ada("localhost", mode, "ca.crt").replace(&cluster.port.to_string(), &open.to_string());
        assert_eq!(outcome(&input).await, expected, "{mode}");
    }
    let input = ada("localhost", "require", "").replace(&cluster.port.to_string(), &open.to_string());
    let error = failure(&input, Code::Tls).await;
    assert!(error.contains("sslmode=require needs TLS") && error.contains("sslmode=prefer"), "{error}");
}

#[tokio::test]
async fn allow_and_prefer_take_what_the_server_lets_in() {
    let port = Cluster::get().port;
    for (user, mode, expected) in [
        ("only_tls", "allow", "tls"),
        ("only_tls", "prefer", "tls"),
        ("only_tls", "disable", "Authentication"),
        ("only_plain", "allow", "plain"),
        ("only_plain", "prefer", "plain"),
        ("only_plain", "require", "Authentication"),
    ] {
        let input = format!("postgres://{user}:s3cret@localhost:{port}/shop?sslmode={mode}");
        assert_eq!(outcome(&input).await, expected, "{user} {mode}");
    }
}

#[tokio::test]
async fn a_handshake_that_fails() {
    let port = Cluster::get().port;
    let bad = Proxy::BadHandshake(port).start();
    let error = failure(&format!("postgres://ada@127.0.0.1:{bad}/shop?sslmode=require"), Code::Tls).await;
    assert!(error.contains("TLS could not be set up"), "{error}");
    let prefer = ada("localhost", "prefer", "").replace(&port.to_string(), &bad.to_string());
    assert_eq!(outcome(&prefer).await, "plain");
}

#[tokio::test]
async fn root_certificates_of_the_home_directory() {
    let cluster = Cluster::get();
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".postgresql")).unwrap();
    let connects = async |mode: &str, host: &str| {
        let environment = ConnectEnvironment::fixed([]).with_home(home.path());
        connect(&ada(host, mode, ""), &environment).await.is_ok()
    };
    assert!(connects("require", "localhost").await);
    assert!(!connects("verify-full", "localhost").await);
    let install = |name: &str| std::fs::copy(cluster.file(name), home.path().join(".postgresql/root.crt")).unwrap();
    install("ca.crt");
    assert!(connects("verify-full", "localhost").await);
    install("other.crt");
    // As documented: a root certificate turns require into verify-ca.
    assert!(!connects("require", "localhost").await);
    assert!(connects("prefer", "localhost").await);
}

#[tokio::test]
async fn client_certificates() {
    let cluster = Cluster::get();
    let port = cluster.port;
    let with = |name: &str, more: &str| {
        let (certificate, key) = (cluster.file(&format!("{name}.crt")), cluster.file(&format!("{name}.key")));
        format!(
            "host=localhost port={port} user=with_cert dbname=shop sslmode=require sslcert={certificate} sslkey={key} {more}"
        )
    };
    assert_eq!(outcome(&with("with_cert", "")).await, "tls");
    assert_eq!(outcome(&with("with_cert", "sslcertmode=disable")).await, "Authentication");
    assert_eq!(outcome(&with("with_cert", "sslkey=/nonexistent")).await, "Tls");
    assert_eq!(outcome(&format!("postgres://with_cert@localhost:{port}/shop?sslmode=require")).await, "Authentication");
    let error = failure(&with("stranger", ""), Code::Tls).await;
    assert!(error.contains("refused the client's certificate"), "{error}");
    let mixed = with("with_cert", "").replace("with_cert.key", "stranger.key");
    let error = failure(&mixed, Code::Tls).await;
    assert!(error.contains("certificate and its key cannot be used"), "{error}");
}

#[tokio::test]
async fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let cluster = Cluster::get();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::copy(cluster.file("with_cert.key"), &key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let input = format!(
        "{} sslcert={} sslkey={}",
        ada("localhost", "require", ""),
        cluster.file("with_cert.crt"),
        key.display()
    );
    let error = failure(&input, Code::Tls).await;
    assert!(error.contains("can be read by others") && error.contains("chmod 0600"), "{error}");
}

#[tokio::test]
async fn files_that_cannot_be_used() {
    for (parameter, expected) in [
        ("sslrootcert=/nonexistent", "No such file"),
        ("sslrootcert=/etc/passwd", "has no certificate in PEM format"),
        ("sslcert=/nonexistent sslkey=/nonexistent", "No such file"),
    ] {
        let input = format!("{} {parameter}", ada("localhost", "require", ""));
        let error = failure(&input, Code::Tls).await;
        assert!(error.contains(expected), "{parameter}: {error}");
    }
}

#[tokio::test]
async fn channel_binding() {
    for (mode, binding, expected) in [
        ("require", "require", "tls"),
        ("disable", "require", "Authentication"),
        ("require", "disable", "tls"),
        ("disable", "prefer", "plain"),
    ] {
        let input = format!("{} {}={binding}", ada("localhost", mode, ""), Key::ChannelBinding.name());
        assert_eq!(outcome(&input).await, expected, "{mode} {binding}");
    }
}

#[tokio::test]
async fn versions_of_tls() {
    let question = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    for (parameter, expected) in
        [("ssl_min_protocol_version=TLSv1.3", "TLSv1.3"), ("ssl_max_protocol_version=TLSv1.2", "TLSv1.2")]
    {
        let input = format!("{} {parameter}", ada("localhost", "verify-full", "ca.crt"));
        let (connected, _) = connect(&input, &ConnectEnvironment::fixed([])).await.unwrap();
        assert_eq!(ask(&connected, question).await, expected);
    }
}
