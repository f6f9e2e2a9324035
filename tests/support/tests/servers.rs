//! The servers that tests start, and what stands in front of them.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use schemactl_test_support::postgres::{self, Cluster, Config, Tls};
use schemactl_test_support::proxy::{Fault, Proxy, When};
use schemactl_test_support::{pgbouncer, scratch};

#[test]
fn every_version_starts_and_its_databases_are_apart() {
    for version in postgres::versions() {
        let (one, other) = (postgres::database(version), postgres::database(version));
        let number = one.psql("SHOW server_version_num").parse::<u32>().expect("it is a number");
        assert_eq!(number / 10_000, version);
        one.psql("CREATE TABLE a (b int, c text); INSERT INTO a VALUES (1, 'x'), (2, NULL)");
        assert_eq!(one.psql("SELECT * FROM a ORDER BY b"), "1|x\n2|");
        let error = other.try_psql("SELECT * FROM a").expect_err("the table is in another database");
        assert!(error.contains("42P01"), "{error}");
    }
}

#[test]
fn a_database_is_dropped_with_its_test() {
    let cluster = postgres::shared(postgres::version());
    let database = cluster.create_database();
    let name = database.name().to_owned();
    let _session = database.session();
    drop(database);
    assert_eq!(cluster.psql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'")), "0");
}

#[test]
fn a_server_that_is_too_old_can_be_had() {
    let cluster = Cluster::start(postgres::TOO_OLD);
    assert!(cluster.psql("SHOW server_version").starts_with("13."));
}

#[test]
fn a_dump_is_the_same_twice() {
    let database = postgres::database(postgres::version());
    database.psql("CREATE TABLE a (b int); INSERT INTO a VALUES (42)");
    assert!(database.dump().contains("CREATE TABLE public.a"), "{}", database.dump());
    assert!(database.dump_all().contains("INSERT INTO public.a VALUES (42);"));
    assert_eq!(database.dump_all(), database.dump_all());
}

#[test]
fn a_session_holds_a_lock() {
    let database = postgres::database(postgres::version());
    database.psql("CREATE TABLE a (b int)");
    let (mut holder, mut waiter) = (database.session(), database.session());
    assert_eq!(holder.run("BEGIN; LOCK TABLE a"), "");
    waiter.begin("SELECT count(*) FROM a");
    assert_eq!(waiter.finish_within(Duration::from_millis(100)), None);
    holder.run("COMMIT");
    assert_eq!(waiter.finish(), "0");
    assert!(waiter.run("SELECT 1/0").contains("22012"));
    assert_eq!(waiter.run("SELECT 'goes on'"), "goes on");
    assert_eq!(database.psql(&format!("SELECT state FROM pg_stat_activity WHERE pid = {}", holder.pid())), "idle");
}

#[test]
fn a_server_survives_a_crash_and_a_restart() {
    let cluster = Cluster::start(Config::new(postgres::version()).setting("max_connections", "17"));
    assert_eq!(cluster.psql("SHOW max_connections"), "17");
    let database = cluster.create_database();
    let mut session = database.session();
    session.run("CREATE TABLE kept (); BEGIN; CREATE TABLE lost ()");
    cluster.kill_9();
    database.try_psql("SELECT").expect_err("the server is dead");
    cluster.start_again();
    assert!(cluster.log().contains("automatic recovery in progress"), "{}", cluster.log());
    cluster.restart();
    assert_eq!(database.psql("SELECT relname FROM pg_class WHERE relname IN ('kept', 'lost')"), "kept");
}

#[test]
fn an_extension_can_be_missing_and_come() {
    let available = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_trgm'";
    for version in postgres::versions() {
        let mut cluster = Cluster::start(version);
        let database = cluster.create_database();
        assert_eq!(database.psql(available), "1");
        cluster.uninstall("pg_trgm");
        assert_eq!(database.psql(available), "0");
        let error = database.try_psql("CREATE EXTENSION pg_trgm").expect_err("it is not available");
        assert!(error.contains("pg_trgm"), "{error}");
        // No other server, and no other extension.
        assert_eq!(postgres::shared(version).psql(available), "1");
        database.psql("CREATE EXTENSION pgcrypto");
        cluster.install("pg_trgm");
        assert_eq!(database.psql("CREATE EXTENSION pg_trgm; SELECT similarity('word', 'word')"), "1");
    }
}

#[test]
fn a_standby_follows_and_refuses_writes() {
    for version in postgres::versions() {
        let primary = Cluster::start(version);
        let standby = primary.standby();
        let database = primary.create_database();
        database.psql("CREATE TABLE a (b int)");
        primary.wait_for(&standby);
        let copy = standby.database(database.name());
        assert_eq!(copy.psql("SELECT pg_is_in_recovery(), (SELECT count(*) FROM a)"), "t|0");
        assert!(copy.try_psql("INSERT INTO a VALUES (1)").expect_err("it is read-only").contains("25006"));
    }
}

#[test]
fn tls_is_verified_with_the_right_authority_only() {
    let version = postgres::version();
    let cluster = Cluster::start(Config::new(version).tls());
    let database = cluster.create_database();
    let with = |more: &str| {
        postgres::try_psql(
            &format!("{}?{more}", database.tcp_url()),
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        )
    };
    assert_eq!(with("sslmode=disable"), Ok("f".to_owned()));
    let tls = Tls::shared();
    assert_eq!(with(&format!("sslmode=verify-full&sslrootcert={}", tls.authority().display())), Ok("t".to_owned()));
    let error = with(&format!("sslmode=verify-full&sslrootcert={}", tls.other_authority().display()));
    assert!(error.expect_err("nobody vouches for it").contains("certificate verify failed"));
}

#[test]
fn a_client_certificate_is_a_way_in() {
    let cluster = Cluster::start(Config::new(postgres::version()).tls().access("hostssl all alice 127.0.0.1/32 cert"));
    let database = cluster.create_database();
    database.psql("CREATE ROLE alice LOGIN");
    let port = cluster.tcp().expect("it listens").port;
    let url = format!("postgresql://alice@localhost:{port}/{}?sslmode=require", database.name());
    postgres::try_psql(&url, "SELECT 1").expect_err("no certificate was shown");
    let made = Tls::shared().client("alice");
    let url = format!("{url}&sslcert={}&sslkey={}", made.certificate.display(), made.key.display());
    assert_eq!(postgres::psql(&url, "SELECT current_user"), "alice");
}

#[test]
fn pgbouncer_hands_out_connections_by_transaction() {
    let cluster = postgres::shared(postgres::version());
    let (database, bouncer) = (cluster.create_database(), pgbouncer::start_with(cluster, "default_pool_size = 1"));
    let url = database.url_at(&bouncer.endpoint());
    let (mut one, mut other) = (postgres::Session::open(&url), postgres::Session::open(&url));
    assert_eq!(one.run("SELECT pg_backend_pid()"), other.run("SELECT pg_backend_pid()"));
    one.run("BEGIN");
    other.begin("SELECT 'answered'");
    assert_eq!(other.finish_within(Duration::from_millis(100)), None);
    one.run("COMMIT");
    assert_eq!(other.finish(), "answered");
    assert!(postgres::psql(&bouncer.console(), "SHOW CONFIG").contains("pool_mode|transaction|"));
}

#[test]
fn the_proxy_counts_round_trips() {
    let database = postgres::database(postgres::version());
    for proxy in [Proxy::start(database.endpoint()), Proxy::start_tcp(database.endpoint())] {
        let url = database.url_at(&proxy.endpoint());
        assert_eq!(postgres::psql(&url, "SELECT 1"), "1");
        let counts = proxy.counts();
        assert_eq!((counts.connections, counts.flights, counts.messages, counts.of('Q')), (1, 1, 1, 1));
        assert_eq!(counts.sql, ["SELECT 1"]);
        proxy.reset();
        postgres::psql(&url, "CREATE TEMP TABLE a (b int); COPY a FROM STDIN;\n1\n2\n\\.\nSELECT count(*) FROM a");
        assert_eq!(proxy.counts().flights, 4);
        proxy.refuse();
        postgres::try_psql(&url, "SELECT 1").expect_err("nobody gets in");
        proxy.accept();
        assert_eq!(postgres::psql(&url, "SELECT 1"), "1");
    }
}

#[test]
fn the_proxy_cuts_before_the_commit_and_after_it() {
    let database = postgres::database(postgres::version());
    database.psql("CREATE TABLE a (b int)");
    let proxy = Proxy::start(database.endpoint());
    let url = database.url_at(&proxy.endpoint());
    for (fault, rows) in [(Fault::CutBefore, "0"), (Fault::CutAfter, "1")] {
        proxy.on(When::Sql("COMMIT".to_owned()), fault);
        let error = postgres::try_psql(&url, "BEGIN; INSERT INTO a VALUES (1); COMMIT").expect_err("it was cut");
        assert!(error.contains("server closed the connection unexpectedly"), "{error}");
        assert_eq!(database.psql("SELECT count(*) FROM a"), rows);
    }
    assert_eq!(proxy.faults_met(), 2);
    proxy.on(When::Flight(1), Fault::CutBefore);
    proxy.reset();
    postgres::try_psql(&url, "SELECT 1").expect_err("it was cut");
    assert_eq!(postgres::psql(&url, "SELECT 1"), "1");
}

#[test]
fn the_proxy_stalls_and_calls() {
    let cluster = Arc::new(Cluster::start(postgres::version()));
    let database = cluster.create_database();
    let proxy = Proxy::start(database.endpoint());
    let url = database.url_at(&proxy.endpoint());
    let mut session = postgres::Session::open(&url);
    proxy.on(When::Sql("'stall'".to_owned()), Fault::Stall);
    session.begin("SELECT 'stall'");
    assert_eq!(session.finish_within(Duration::from_millis(100)), None);
    let victim = Arc::clone(&cluster);
    proxy.on(When::Message(3), Fault::Call(Box::new(move || victim.kill_9())));
    postgres::try_psql(&url, "SELECT 1").expect_err("the server died under it");
    cluster.start_again();
    assert_eq!(postgres::psql(&url, "SELECT 1"), "1");
}

/// Runs this test's other half in a process that is killed, and sees that nothing is left of it.
#[test]
fn nothing_is_left_of_a_test_that_is_killed() {
    let mut child = Command::new(std::env::current_exe().expect("a test is a program"))
        .args(["--exact", "half_that_is_killed", "--ignored", "--nocapture"])
        .env("SCHEMACTL_TEST_HALF", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().expect("it is piped")));
    let found =
        lines.find_map(|line| Some(line.ok()?.split_once("ready ")?.1.to_owned())).expect("it says where it is");
    let (pid, folder) = found.split_once(' ').expect("both are there");
    assert!(std::fs::exists(folder).expect("it can be looked at"));
    child.kill().expect("it runs");
    child.wait().expect("it is a child");
    let started = Instant::now();
    while std::fs::exists(folder).expect("it can be looked at") || std::fs::exists(format!("/proc/{pid}")).unwrap() {
        assert!(started.elapsed() < Duration::from_secs(20), "{found} is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[ignore = "run by nothing_is_left_of_a_test_that_is_killed"]
fn half_that_is_killed() {
    if std::env::var_os("SCHEMACTL_TEST_HALF").is_none() {
        return;
    }
    let cluster = postgres::shared(postgres::version());
    let _bouncer = pgbouncer::start(cluster);
    let mut session = cluster.create_database().session();
    println!("ready {} {}", cluster.pid().expect("it runs"), scratch::root().display());
    session.run("SELECT pg_sleep(60)");
}
