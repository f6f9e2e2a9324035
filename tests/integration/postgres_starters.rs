//! Many starters at once, on PostgreSQL.
#![cfg(feature = "postgres")]

use std::collections::BTreeMap;

use crate::postgres_common::{
    BOTH, By, Events, advisory_locks, client, history, migrations, milliseconds, open_transactions, seconds, until,
    until_running,
};
use schemactl::{Event, Migrations, Options, Report, postgres};
use schemactl_test_support::postgres::{self as servers, Database, Session};
use tokio::task::JoinSet;

/// Every step inserts rows: one that ran twice would show.
const FILES: &[(&str, &str)] = &[
    (
        "V1__table.sql",
        "CREATE TABLE ran (step text, at timestamptz DEFAULT clock_timestamp());\nINSERT INTO ran VALUES ('1');",
    ),
    ("V2__insert.sql", "INSERT INTO ran VALUES ('2');"),
    (
        "V3__index.sql",
        "INSERT INTO ran VALUES ('3a');\nCREATE INDEX CONCURRENTLY ran_step ON ran (step);\nINSERT INTO ran VALUES ('3b');\n\
         CREATE INDEX CONCURRENTLY ran_at ON ran (at);\nINSERT INTO ran VALUES ('3c');",
    ),
    ("V4__insert.sql", "INSERT INTO ran VALUES ('4');"),
    (
        "V5__none.sql",
        "-- schemactl: transaction = none\nINSERT INTO ran VALUES ('5a');\nINSERT INTO ran VALUES ('5b');",
    ),
    ("V6__insert.sql", "INSERT INTO ran VALUES ('6');\nSELECT pg_sleep(0.05);"),
];

fn each_once(database: &Database) {
    assert_eq!(database.psql("SELECT string_agg(step, ' ' ORDER BY step) FROM ran"), "1 2 3a 3b 3c 4 5a 5b 6");
    assert_eq!(
        history(database),
        "1|applied|2|2\n2|applied|1|1\n3|applied|5|5\n4|applied|1|1\n5|applied|2|2\n6|applied|2|2"
    );
    assert_eq!(
        database.psql(
            "SELECT string_agg(version::text, ' ' ORDER BY version) FROM schema_migrations_log \
             WHERE action = 'up' AND outcome = 'done'"
        ),
        "1 2 3 4 5 6"
    );
    assert_eq!(database.psql("SELECT count(*) FROM schema_migrations_log WHERE outcome <> 'done'"), "0");
    assert_eq!(database.psql("SELECT count(*) FROM pg_index WHERE indrelid = 'ran'::regclass AND indisvalid"), "2");
    assert_eq!(database.psql("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
    assert_eq!(advisory_locks(database), "0");
    assert_eq!(open_transactions(database), "0");
}

/// Starts all of them, and returns what they report to have done, by version.
async fn start(database: &Database, migrations: &Migrations, starters: Vec<By>) -> BTreeMap<i64, usize> {
    let mut tasks = JoinSet::new();
    for by in starters {
        let (url, migrations) = (database.url(), migrations.clone());
        tasks.spawn(async move {
            let options = Options::new().lock_wait(seconds(120));
            by.up(&url, &migrations, &options).await.map_err(|error| format!("{by:?}: {error:#}"))
        });
    }
    let done: Vec<Result<Report, String>> = tasks.join_all().await;
    let failed: Vec<&String> = done.iter().filter_map(|result| result.as_ref().err()).collect();
    assert!(failed.is_empty(), "{} failed; the first:\n{}", failed.len(), failed[0]);
    let mut counts = BTreeMap::new();
    for step in done.iter().flatten().flat_map(Report::steps) {
        *counts.entry(step.version.get()).or_default() += 1;
    }
    counts
}

fn mixed(count: usize) -> Vec<By> {
    (0..count).map(|number| BOTH[number % 2]).collect()
}

async fn on_empty(starters: fn() -> Vec<By>) {
    let migrations = migrations(FILES);
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let counts = start(&database, &migrations, starters()).await;
        each_once(&database);
        for transactional in [1, 2, 4, 6] {
            assert_eq!(counts[&transactional], 1, "{counts:?}");
        }
    }
}

async fn on_half_migrated(starters: fn() -> Vec<By>) {
    let all = migrations(FILES);
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        postgres::up_url(&database.url(), &migrations(&FILES[..2]), &Options::new()).await.unwrap();
        let counts = start(&database, &all, starters()).await;
        each_once(&database);
        assert_eq!((counts.get(&1), counts.get(&2), counts[&4]), (None, None, 1), "{counts:?}");
    }
}

/// A third state: a step that was stopped in its middle.
async fn on_half_step(starters: fn() -> Vec<By>) {
    let all = migrations(FILES);
    let mut broken = FILES[..3].to_vec();
    broken[2].1 = "INSERT INTO ran VALUES ('3a');\nCREATE INDEX CONCURRENTLY ran_step ON ran (step);\nSELECT 1/0;";
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        postgres::up_url(&database.url(), &migrations(&broken), &Options::new()).await.unwrap_err();
        assert_eq!(history(&database), "1|applied|2|2\n2|applied|1|1\n3|partial|2|3");
        database.psql("DELETE FROM schema_migrations_log WHERE outcome = 'failed'");
        start(&database, &all, starters()).await;
        each_once(&database);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r02_many_starters_by_url() {
    on_empty(|| vec![By::Url; 32]).await;
    on_half_migrated(|| vec![By::Url; 32]).await;
    on_half_step(|| vec![By::Url; 16]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r02_many_starters_with_their_own_client() {
    on_empty(|| vec![By::Client; 16]).await;
    on_half_migrated(|| vec![By::Client; 16]).await;
    on_half_step(|| vec![By::Client; 16]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r02_many_starters_of_both_kinds() {
    on_empty(|| mixed(20)).await;
    on_half_migrated(|| mixed(20)).await;
    on_half_step(|| mixed(20)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r02_many_starters_in_a_schema_that_is_not_there_yet() {
    let migrations = migrations(FILES);
    for by in BOTH {
        let database = servers::database(servers::version());
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let (url, migrations) = (database.url(), migrations.clone());
            tasks.spawn(async move { by.up(&url, &migrations, &Options::new().schema("ops\"é")).await });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
        assert_eq!(database.psql(r#"SELECT count(*) FROM "ops""é".schema_migrations"#), "6");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r02_downs_at_once_take_each_back_once() {
    let files: Vec<(String, String)> = (1..=6)
        .flat_map(|number| {
            [
                (format!("V{number}__n.sql"), format!("INSERT INTO ran VALUES ('up {number}');")),
                (format!("V{number}__n.down.sql"), format!("INSERT INTO ran VALUES ('down {number}');")),
            ]
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let migrations = migrations(&files);
    let database = servers::database(servers::version());
    database.psql("CREATE TABLE ran (step text)");
    postgres::up_url(&database.url(), &migrations, &Options::new()).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let (url, migrations) = (database.url(), migrations.clone());
        tasks.spawn(async move {
            let mut client = client(&url).await;
            postgres::down(&mut client, &migrations, schemactl::Back::Empty, &Options::new()).await
        });
    }
    let steps: usize = tasks.join_all().await.into_iter().map(|result| result.unwrap().steps().len()).sum();
    assert_eq!(steps, 6);
    // The rows of the ups are kept, and go with them.
    assert_eq!(database.psql("SELECT count(*), count(DISTINCT step), min(left(step, 4)) FROM ran"), "6|6|down");
    assert_eq!(database.psql("SELECT count(*) FROM schema_migrations"), "0");
    assert_eq!(database.psql("SELECT count(*) FROM schema_migrations_undo_rows"), "0");
}

/// A table whose index is to be built, and a transaction in it for which the build waits.
async fn with_a_writer(version: u32) -> (Database, Session, Migrations) {
    let files = [
        ("V1__table.sql", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);"),
        ("V2__index.sql", "CREATE INDEX CONCURRENTLY t_a ON t (a);"),
    ];
    let database = servers::database(version);
    postgres::up_url(&database.url(), &migrations(&files[..1]), &Options::new()).await.unwrap();
    let mut writer = database.session();
    writer.run("BEGIN;\nINSERT INTO t VALUES (2)");
    (database, writer, migrations(&files))
}

/// Waits until starters have said so many times that they wait.
async fn until_waiting(events: &Events, times: usize) {
    let started = std::time::Instant::now();
    while events.count(|event| matches!(event, Event::WaitingForLock { .. })) < times {
        assert!(started.elapsed() < seconds(30), "nobody waits: {:?}", events.lines());
        tokio::time::sleep(milliseconds(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r06_concurrent_index_completes_while_starters_wait() {
    for by in BOTH {
        for version in servers::one_of_versions() {
            // The others start while the build is at work.
            let (database, mut writer, all) = with_a_writer(version).await;
            let mut tasks = JoinSet::new();
            let events = Events::default();
            let mut begin = |count: usize| {
                for _ in 0..count {
                    let (url, all) = (database.url(), all.clone());
                    let options = events.observe(Options::new().lock_wait(seconds(60)));
                    tasks.spawn(async move { by.up(&url, &all, &options).await });
                }
            };
            begin(1);
            until(&database, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX%' AND datname = current_database()", "1").await;
            begin(5);
            until_waiting(&events, 20).await;
            writer.run("COMMIT");
            let started = std::time::Instant::now();
            for result in tasks.join_all().await {
                result.unwrap();
            }
            assert!(started.elapsed() < seconds(15), "{by:?}");
            assert_eq!(database.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_a'::regclass"), "t");
        }
    }
}

/// A build waits for the transaction of everyone who had a snapshot in the moment of its look: who waits for that build, in turn, must have no
/// transaction that lasts.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r06_nobody_waits_in_a_transaction_for_anothers_concurrent_build() {
    for version in servers::one_of_versions() {
        let (database, mut writer, all) = with_a_writer(version).await;
        let mut tasks = JoinSet::new();
        let events = Events::default();
        let mut begin = |by: By| {
            let (url, all, options) =
                (database.url(), all.clone(), events.observe(Options::new().lock_wait(seconds(60))));
            tasks.spawn(async move { by.up(&url, &all, &options).await });
        };
        begin(By::Client);
        until_running(&database, "CREATE INDEX").await;
        for _ in 0..3 {
            begin(By::Url);
        }
        until_waiting(&events, 12).await;
        tokio::time::sleep(seconds(2)).await;
        let held = database.psql(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted \
             AND a.datname = current_database() AND a.application_name = 'schemactl' AND a.xact_start < clock_timestamp() - interval '1 s'",
        );
        assert_eq!(held, "0", "{version}: a starter holds a lock while it waits for another");
        writer.run("COMMIT");
        for result in tasks.join_all().await {
            result.unwrap();
        }
    }
}

/// Whoever asks in the transaction that holds the lock who blocks the build is what the build may wait for.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r06_nobody_is_asked_while_an_own_concurrent_build_waits() {
    for version in servers::one_of_versions() {
        let (database, mut writer, all) = with_a_writer(version).await;
        let url = database.url();
        let run = tokio::spawn(async move { postgres::up_url(&url, &all, &Options::new()).await });
        until_running(&database, "CREATE INDEX").await;
        tokio::time::sleep(seconds(2)).await;
        let asked = database.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND query LIKE 'SELECT pg_stat_clear_snapshot%'",
        );
        assert_eq!(asked, "0", "{version}");
        writer.run("COMMIT");
        run.await.unwrap().unwrap();
    }
}

/// A question that was asked about the step before may still be at work as the build begins: a slow server, a busy machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r06_what_was_asked_before_is_answered_before_a_concurrent_build_begins() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let all = migrations(&[
            ("V1__slow.sql", "CREATE TABLE t (a int);\nSELECT pg_sleep(0.5);"),
            ("V2__index.sql", "CREATE INDEX CONCURRENTLY i ON t (a);"),
        ]);
        // With this what asks who blocks begins.
        database.psql(
            "CREATE OR REPLACE FUNCTION pg_catalog.pg_stat_clear_snapshot() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(4)'",
        );
        let url = database.url();
        let run = tokio::spawn(async move { postgres::up_url(&url, &all, &Options::new()).await });
        tokio::time::timeout(seconds(60), run).await.expect("the build waits for its own run").unwrap().unwrap();
        assert_eq!(database.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"), "t");
    }
}
