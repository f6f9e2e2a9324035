//! Connections to a real server: passwords, hosts, sockets, errors.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use tokio_postgres::SimpleQueryMessage;

use super::super::environment::ConnectEnvironment;
use super::super::session::{Connected, Notice};
use super::super::settings::ConnectSettings;
use super::cluster::Cluster;
use super::proxy::Proxy;
use crate::error::{Code, Error};

const PASSWORD: &str = "s3:cr@t/%";
const ENCODED: &str = "s3%3Acr%40t%2F%25";

/// Connects, and asks who is connected to what.
pub(super) async fn connect(input: &str, environment: &ConnectEnvironment) -> Result<(Connected, String), Error> {
    let connected = ConnectSettings::parse(input, environment)?.connect().await?;
    let shown = "SELECT current_user || '@' || current_database()";
    let answer = ask(&connected, shown).await;
    Ok((connected, answer))
}

pub(super) async fn ask(connected: &Connected, question: &str) -> String {
    let rows = connected.client.simple_query(question).await.unwrap();
    let first = rows.iter().find_map(|row| match row {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    first.unwrap_or_default().to_owned()
}

async fn answer(input: &str) -> String {
    match connect(input, &ConnectEnvironment::fixed([])).await {
        Ok((_, answer)) => answer,
        Err(error) => panic!("{input}: {error:#}"),
    }
}

/// The whole report of an error with that code. It never has the password.
pub(super) async fn failure(input: &str, code: Code) -> String {
    failure_in(input, &ConnectEnvironment::fixed([]), code).await
}

async fn failure_in(input: &str, environment: &ConnectEnvironment, code: Code) -> String {
    let error = connect(input, environment).await.err().unwrap_or_else(|| panic!("{input}: connected"));
    let text = format!("{error:#}");
    assert_eq!(error.code(), code, "{text}");
    // Longer than what the random name of a folder could hold by chance.
    assert!(!["s3:", "s3%", "s3cr", "cr@t", "cr%40t"].iter().any(|part| text.contains(part)), "{text}");
    text
}

/// A port that nobody listens on.
pub(super) fn dead_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn connecting_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    fn is_send_type<T: Send>() {}
    let settings = ConnectSettings::parse("host=h", &ConnectEnvironment::fixed([])).unwrap();
    is_send(&settings.connect());
    is_send_type::<Connected>();
}

#[tokio::test]
async fn passwords_from_every_source() {
    let cluster = Cluster::get();
    let (port, home) = (cluster.port, tempfile::tempdir().unwrap());
    assert_eq!(answer(&format!("postgresql://ada:{ENCODED}@localhost:{port}/shop")).await, "ada@shop");
    assert_eq!(
        answer(&format!("host=127.0.0.1 port={port} user=ada password='{PASSWORD}' dbname=shop")).await,
        "ada@shop"
    );
    let variables = [("PGPASSWORD", PASSWORD), ("PGHOST", "localhost"), ("PGUSER", "ada"), ("PGDATABASE", "shop")];
    let (_, answer) = connect(&format!("port={port}"), &ConnectEnvironment::fixed(variables)).await.unwrap();
    assert_eq!(answer, "ada@shop");

    let file = home.path().join(".pgpass");
    fs::write(&file, format!("localhost:{port}:shop:ada:s3\\:cr@t/%\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let environment = ConnectEnvironment::fixed([]).with_home(home.path());
    let (_, answer) = connect(&format!("postgres://ada@localhost:{port}/shop"), &environment).await.unwrap();
    assert_eq!(answer, "ada@shop");

    let service = format!("[shop]\nhost=localhost\nport={port}\nuser=ada\ndbname=shop\npassword={PASSWORD}\n");
    fs::write(home.path().join(".pg_service.conf"), service).unwrap();
    let (_, answer) = connect("service=shop", &environment).await.unwrap();
    assert_eq!(answer, "ada@shop");
}

#[tokio::test]
async fn every_way_to_check_a_password() {
    let port = Cluster::get().port;
    for user in ["only_tls", "with_md5", "with_text"] {
        let input = format!("postgres://{user}:s3cret@localhost:{port}/shop");
        assert_eq!(answer(&input).await, format!("{user}@shop"));
    }
}

#[tokio::test]
async fn a_wrong_password_says_where_it_came_from() {
    let port = Cluster::get().port;
    let url = format!("postgres://ada:s3wrong@localhost:{port}/shop");
    let error = failure(&url, Code::Authentication).await;
    assert!(error.contains(&format!("let in postgresql://ada:***@localhost:{port}/shop")), "{error}");
    assert!(error.contains("is the password right? it came from the connection string"), "{error}");
    // Tried with and without TLS, and said once.
    assert_eq!(error.matches("password authentication failed").count(), 1, "{error}");
    assert!(error.contains("(SQLSTATE 28P01)"), "{error}");

    let url = format!("postgres://ada@localhost:{port}/shop");
    let environment = ConnectEnvironment::fixed([("PGPASSWORD", "s3wrong")]);
    let error = failure_in(&url, &environment, Code::Authentication).await;
    assert!(error.contains("is the password right? it came from PGPASSWORD"), "{error}");

    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("passwords");
    fs::write(&file, "*:*:*:*:s3wrong").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let input = format!("{url}?passfile={}", file.display());
    let error = failure(&input, Code::Authentication).await;
    assert!(error.contains(&format!("is the password right? it came from {}", file.display())), "{error}");

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let error = failure(&input, Code::Authentication).await;
    assert!(error.contains("others can read it; run `chmod 0600"), "{error}");
    assert!(error.contains("no password was given"), "{error}");
}

#[tokio::test]
async fn a_password_file_that_is_not_used_is_a_notice() {
    let cluster = Cluster::get();
    let input = format!("host={} port={} user=postgres passfile=/", cluster.sockets(), cluster.port);
    let (mut connected, _) = connect(&input, &ConnectEnvironment::fixed([])).await.unwrap();
    let notice = connected.notices.recv().await.unwrap();
    assert_eq!(notice, Notice::warning("the password file / was not used: it is not a plain file"));
}

#[tokio::test]
async fn sockets() {
    let cluster = Cluster::get();
    let (folder, port) = (cluster.sockets(), cluster.port);
    assert_eq!(answer(&format!("host={folder} port={port} user=postgres")).await, "postgres@postgres");
    let encoded = folder.replace('/', "%2F");
    assert_eq!(answer(&format!("postgres://ada:{ENCODED}@{encoded}:{port}/shop")).await, "ada@shop");
    // TLS is never used on a socket, whatever sslmode says.
    let strict = format!("postgres://postgres@:{port}/shop?host={folder}&sslmode=verify-full");
    assert_eq!(answer(&strict).await, "postgres@shop");
    let error = failure(&format!("host={folder} port={} user=postgres", dead_port()), Code::Connect).await;
    assert!(error.contains("No such file or directory") && error.contains("/.s.PGSQL."), "{error}");
}

#[tokio::test]
async fn the_next_host_is_tried_when_one_is_dead_or_starting() {
    let port = Cluster::get().port;
    let dead = dead_port();
    let input = format!("postgres://ada:{ENCODED}@localhost:{dead},localhost:{port}/shop");
    assert_eq!(answer(&input).await, "ada@shop");
    let starting = Proxy::Starting.start();
    let closing = Proxy::Closing.start();
    let input = format!("postgres://ada:{ENCODED}@127.0.0.1:{starting},127.0.0.1:{closing},127.0.0.1:{port}/shop");
    assert_eq!(answer(&input).await, "ada@shop");
    let unknown = format!("host=no-such-host.invalid,localhost port={port} user=ada password='{PASSWORD}' dbname=shop");
    assert_eq!(answer(&unknown).await, "ada@shop");
    let random = format!("{input}?load_balance_hosts=random");
    assert_eq!(answer(&random).await, "ada@shop");
}

#[tokio::test]
async fn a_refusal_ends_the_search() {
    let port = Cluster::get().port;
    let dead = dead_port();
    let input = format!("postgres://ada:s3wrong@localhost:{port},localhost:{dead}/shop");
    let error = failure(&input, Code::Authentication).await;
    assert!(!error.contains(&format!(":{dead} ")), "{error}");
}

#[tokio::test]
async fn every_server_that_was_tried_is_named_with_its_cause() {
    let (one, two) = (dead_port(), dead_port());
    let input = format!("host=127.0.0.1,localhost,no-such-host.invalid port={one},{two},1 user=ada");
    let error = failure(&input, Code::Connect).await;
    assert!(error.contains(&format!("127.0.0.1:{one}: Connection refused")), "{error}");
    assert!(error.contains(&format!("localhost:{two} (127.0.0.1): Connection refused")), "{error}");
    assert!(error.contains("no-such-host.invalid:1: "), "{error}");
    assert!(error.contains("hint: is the server running there"), "{error}");
}

#[tokio::test]
async fn the_time_limit_holds_for_the_whole_attempt() {
    let (first, second) = (Proxy::Silent.start(), Proxy::Silent.start());
    let started = Instant::now();
    let input = format!("host=127.0.0.1,127.0.0.1 port={first},{second} user=ada connect_timeout=1");
    let error = failure(&input, Code::Connect).await;
    assert!(error.contains(&format!("127.0.0.1:{second}: no connection within 1 s")), "{error}");
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_secs(2) && elapsed < Duration::from_secs(4), "{elapsed:?}");
}

#[tokio::test]
async fn errors_of_the_server() {
    let port = Cluster::get().port;
    let error = failure(&format!("postgres://ada:{ENCODED}@localhost:{port}/no%20shop"), Code::Connect).await;
    assert!(error.contains("the database `no shop` does not exist"), "{error}");
    assert!(error.contains("createdb 'no shop'") && error.contains("SQLSTATE 3D000"), "{error}");
    let error = failure(&format!("postgres://one_at_a_time:s3cret@localhost:{port}/shop"), Code::Connect).await;
    assert!(error.contains("all connections are taken") && error.contains("SQLSTATE 53300"), "{error}");
    let starting = Proxy::Starting.start();
    let error = failure(&format!("postgres://ada@127.0.0.1:{starting}/shop"), Code::Connect).await;
    assert!(error.contains("try again in a moment") && error.contains("SQLSTATE 57P03"), "{error}");
    let old = Proxy::Old.start();
    let error = failure(&format!("postgres://ada@127.0.0.1:{old}/shop"), Code::ServerVersion).await;
    assert!(error.contains("PostgreSQL 14 to 18 are supported, the server is 13.4"), "{error}");
    let closing = Proxy::Closing.start();
    failure(&format!("postgres://ada@127.0.0.1:{closing}/shop"), Code::Connect).await;
}

#[tokio::test]
async fn kinds_of_servers() {
    let port = Cluster::get().port;
    let url = |database: &str, target: &str| {
        format!("postgres://ada:{ENCODED}@localhost:{port}/{database}?target_session_attrs={target}")
    };
    for (database, target) in
        [("shop", "read-write"), ("shop", "primary"), ("shop", "prefer-standby"), ("readonly", "read-only")]
    {
        assert_eq!(answer(&url(database, target)).await, format!("ada@{database}"));
    }
    for (database, target, cause) in [
        ("shop", "standby", "it is not a standby"),
        ("shop", "read-only", "its sessions are not read only"),
        ("readonly", "read-write", "its sessions are read only"),
    ] {
        let error = failure(&url(database, target), Code::Connect).await;
        assert!(error.contains(cause) && error.contains("target_session_attrs"), "{error}");
    }
}

#[tokio::test]
async fn the_session_has_its_settings() {
    let port = Cluster::get().port;
    let url = format!("postgres://ada:{ENCODED}@localhost:{port}/shop?options=-c%20geqo%3Doff");
    let (connected, _) = connect(&url, &ConnectEnvironment::fixed([])).await.unwrap();
    assert_eq!(ask(&connected, "SHOW geqo").await, "off");
    assert_eq!(ask(&connected, "SHOW application_name").await, "schemactl");
    assert_eq!(ask(&connected, "SHOW client_encoding").await, "UTF8");
}

#[tokio::test]
async fn notices_arrive_and_so_does_the_last_word() {
    let cluster = Cluster::get();
    let input = format!("host={} port={} user=postgres", cluster.sockets(), cluster.port);
    let (mut connected, _) = connect(&input, &ConnectEnvironment::fixed([])).await.unwrap();
    ask(&connected, "DO $$ BEGIN RAISE NOTICE 'hello %', 1; END $$").await;
    let notice = connected.notices.recv().await.unwrap();
    assert_eq!(notice, Notice { severity: "NOTICE".to_owned(), message: "hello 1".to_owned() });

    let (other, _) = connect(&input, &ConnectEnvironment::fixed([])).await.unwrap();
    let process = ask(&connected, "SELECT pg_backend_pid()").await;
    ask(&other, &format!("SELECT pg_terminate_backend({process})")).await;
    let notice = connected.notices.recv().await.unwrap();
    assert_eq!(notice.severity, "FATAL");
    assert!(notice.message.contains("terminating connection"), "{notice:?}");
}

#[tokio::test]
async fn a_query_is_cancelled_with_the_same_tls() {
    let port = Cluster::get().port;
    for mode in ["require", "disable", "prefer"] {
        let url = format!("postgres://ada:{ENCODED}@localhost:{port}/shop?sslmode={mode}");
        let (connected, _) = connect(&url, &ConnectEnvironment::fixed([])).await.unwrap();
        let cancel = connected.cancel.clone();
        let canceller = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            cancel.cancel().await
        });
        let error = connected.client.simple_query("SELECT pg_sleep(30)").await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "57014");
        canceller.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_or_dropped_is_gone_from_the_server() {
    let cluster = Cluster::get();
    let input = format!("host={} port={} user=postgres", cluster.sockets(), cluster.port);
    let (watcher, _) = connect(&input, &ConnectEnvironment::fixed([])).await.unwrap();
    let count = |name: &str| format!("SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}'");
    let (closed, _) =
        connect(&format!("{input} application_name=closed"), &ConnectEnvironment::fixed([])).await.unwrap();
    assert_eq!(ask(&watcher, &count("closed")).await, "1");
    closed.close().await;

    // A busy server looks whether the client is still there only if it is told to.
    let noticed = "options='-c client_connection_check_interval=100'";
    let dropped = connect(&format!("{input} application_name=dropped"), &ConnectEnvironment::fixed([])).await.unwrap();
    let running =
        connect(&format!("{input} application_name=running {noticed}"), &ConnectEnvironment::fixed([])).await.unwrap();
    let query = running.0.client.simple_query("SELECT pg_sleep(60)");
    assert!(tokio::time::timeout(Duration::from_millis(100), query).await.is_err());
    drop((dropped, running));
    let end = Instant::now() + Duration::from_secs(10);
    for name in ["closed", "dropped", "running"] {
        while ask(&watcher, &count(name)).await != "0" {
            assert!(Instant::now() < end, "{name} is still there");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
