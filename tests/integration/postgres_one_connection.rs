//! Servers that serve one connection at a time: a run says so at once, and can do with one.
#![cfg(feature = "postgres")]

use std::time::Instant;

use crate::postgres_common::{advisory_locks, history, migrations, milliseconds, open_transactions, seconds, shown};
use schemactl::{Code, Connections, Interrupt, Migrations, Options, postgres};
use schemactl_test_support::pgbouncer;
use schemactl_test_support::postgres::{self as servers, Cluster, Database};

fn one() -> Options {
    Options::new().connections(Connections::One)
}

/// Steps of each kind: in a transaction, with COPY, statement by statement.
fn steps() -> Migrations {
    migrations(&[
        ("V1__t.sql", "CREATE TABLE ran (step int);\nINSERT INTO ran VALUES (1);"),
        ("V2__copy.sql", "COPY ran FROM STDIN;\n2\n\\.\n"),
        ("V3__index.sql", "INSERT INTO ran VALUES (3);\nCREATE INDEX CONCURRENTLY ran_step ON ran (step);"),
    ])
}

fn assert_done(database: &Database) {
    assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "1 2 3");
    assert_eq!(history(database), "1|applied|2|2\n2|applied|1|1\n3|applied|2|2");
    assert_eq!((advisory_locks(database), open_transactions(database)), ("0".into(), "0".into()));
}

fn assert_untouched(database: &Database) {
    assert_eq!(database.psql("SELECT to_regclass('schema_migrations') IS NULL AND to_regclass('ran') IS NULL"), "t");
    assert_eq!((advisory_locks(database), open_transactions(database)), ("0".into(), "0".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_one_connection() {
    for version in servers::one_of_versions() {
        let cluster = Cluster::start(version);
        cluster.psql("CREATE ROLE bob LOGIN CONNECTION LIMIT 1");
        let database = cluster.create_database();
        database.psql("GRANT ALL ON SCHEMA public TO bob");
        let url = database.url_as("bob");
        let error = postgres::up_url(&url, &steps(), &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert_eq!((error.code(), error.sqlstate()), (Code::SecondConnection, Some("53300")), "{text}");
        assert_eq!(error.database_state(), Some("nothing was changed"));
        for words in
            ["the second connection: ", "too many connections for role", "CONNECTION LIMIT", "Connections::One"]
        {
            assert!(text.contains(words), "{words}\n{text}");
        }
        assert_untouched(&database);
        assert_eq!(postgres::up_url(&url, &steps(), &one()).await.unwrap().to_string(), "3 applied");
        assert_done(&database);
        // Nothing pending needs no lock, and so no second connection.
        postgres::up_url(&url, &steps(), &Options::new()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_with_one_place() {
    let cluster = servers::shared(servers::version());
    let bouncer = pgbouncer::start_with(cluster, "default_pool_size = 1");
    let database = cluster.create_database();
    let url = database.url_at(&bouncer.endpoint());
    let started = Instant::now();
    let error = postgres::up_url(&url, &steps(), &Options::new()).await.unwrap_err();
    let text = shown(&error);
    assert_eq!(error.code(), Code::SecondConnection, "{text}");
    assert!(text.contains("the first had no answer within 10 s") && text.contains("default_pool_size"), "{text}");
    assert!(started.elapsed() < seconds(20), "{:?}", started.elapsed());
    assert_untouched(&database);
    postgres::up_url(&url, &steps(), &one()).await.unwrap();
    assert_done(&database);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_gives_up_first() {
    let cluster = servers::shared(servers::version());
    let bouncer = pgbouncer::start_with(cluster, "default_pool_size = 1\nquery_wait_timeout = 1");
    let database = cluster.create_database();
    let url = database.url_at(&bouncer.endpoint());
    let error = postgres::up_url(&url, &steps(), &Options::new()).await.unwrap_err();
    let text = shown(&error);
    assert_eq!(error.code(), Code::SecondConnection, "{text}");
    assert!(text.contains("query_wait_timeout"), "{text}");
    assert_untouched(&database);
}

#[tokio::test(flavor = "multi_thread")]
async fn r22_an_interrupt_ends_the_wait_at_once() {
    let cluster = servers::shared(servers::version());
    let bouncer = pgbouncer::start_with(cluster, "default_pool_size = 1");
    let database = cluster.create_database();
    let url = database.url_at(&bouncer.endpoint());
    let interrupt = Interrupt::new();
    let options = Options::new().interrupt(interrupt.clone());
    let running = tokio::spawn(async move { postgres::up_url(&url, &steps(), &options).await });
    crate::postgres_common::until(&database, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", "2").await;
    tokio::time::sleep(milliseconds(300)).await;
    let triggered = Instant::now();
    interrupt.trigger();
    let error = running.await.unwrap().unwrap_err();
    let text = shown(&error);
    assert_eq!((error.code(), error.database_state()), (Code::Interrupted, Some("nothing was changed")), "{text}");
    assert!(triggered.elapsed() < seconds(5), "{:?}", triggered.elapsed());
    assert_untouched(&database);
}

/// Without the run's lock starters meet at each step.
#[tokio::test(flavor = "multi_thread")]
async fn r02_starters_with_one_connection_each_apply_each_step_once() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let mut tasks = tokio::task::JoinSet::new();
        for starter in 0..12 {
            let url = database.url();
            // One who has two connections does not get in the way of the others, nor they in his.
            let options = if starter == 0 { Options::new() } else { one() };
            tasks.spawn(async move { postgres::up_url(&url, &steps(), &options).await });
        }
        let applied: usize = tasks.join_all().await.into_iter().map(|report| report.unwrap().steps().len()).sum();
        assert_eq!(applied, 3);
        assert_done(&database);
    }
}
