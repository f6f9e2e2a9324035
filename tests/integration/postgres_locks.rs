//! Locks on PostgreSQL: given back after a failure, taken over from the dead, noticed when lost.
#![cfg(feature = "postgres")]

use crate::postgres_common::{
    BOTH, By, advisory_locks, client, history, migrations, milliseconds, open_transactions, seconds, shown, until,
    until_running,
};
use schemactl::{Code, Migrations, Options, postgres};
use schemactl_test_support::pgbouncer;
use schemactl_test_support::postgres::{self as servers, Cluster, Config, Database};
use schemactl_test_support::proxy::Proxy;

const HOLDER: &str = "SELECT DISTINCT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' \
     AND a.datname = current_database() AND a.state = 'idle in transaction'";

/// Ends the session that holds the run's lock. It is idle but for the moments in which it asks who blocks the step.
fn end_holder(database: &Database) {
    let ended = || database.psql(&format!("SELECT count(pg_terminate_backend(pid)) FROM ({HOLDER}) h")) == "1";
    assert!(
        (0..100).any(|_| ended() || {
            std::thread::sleep(milliseconds(20));
            false
        }),
        "nobody holds the run's lock"
    );
}

/// Steps that fail, each in its way.
const FAILURES: &[(&str, &str)] = &[
    ("transactional", "CREATE TABLE t (a int);\nSELECT 1/0;"),
    ("journaled", "-- schemactl: transaction = none\nCREATE TABLE t (a int);\nSELECT 1/0;"),
    (
        "outside",
        "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);",
    ),
    (
        "deferred",
        "CREATE TABLE p (a int PRIMARY KEY);\n\
         CREATE TABLE t (a int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1);",
    ),
    (
        "deferred, journaled",
        "-- schemactl: transaction = none\nCREATE TABLE p (a int PRIMARY KEY);\n\
         CREATE TABLE t (a int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1);",
    ),
    (
        "commit",
        "CREATE TABLE t (a int);\nCREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;\n\
         CREATE CONSTRAINT TRIGGER no AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no();\n\
         INSERT INTO t VALUES (1);",
    ),
];

#[tokio::test]
async fn r04_after_a_failing_step_nothing_is_locked() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            for (name, step) in FAILURES {
                let database = servers::database(version);
                let broken = migrations(&[("V1__ok.sql", "CREATE TABLE ok ();"), ("V2__fails.sql", step)]);
                // The client of the failed run stays open, and is the one that could still hold something.
                let mut kept = client(&database.url()).await;
                let result = match by {
                    By::Url => postgres::up_url(&database.url(), &broken, &Options::new()).await,
                    By::Client => postgres::up(&mut kept, &broken).await,
                };
                let error = result.unwrap_err();
                if by == By::Url {
                    println!("--- {name}");
                    shown(&error);
                }
                assert_eq!(error.code(), Code::StatementFailed, "{name}");
                assert_eq!(advisory_locks(&database), "0", "{name} {by:?}");
                assert_eq!(open_transactions(&database), "0", "{name} {by:?}");
                assert!(history(&database).starts_with("1|applied|1|1"), "{name} {by:?}");
                let started = std::time::Instant::now();
                let again = postgres::up_url(&database.url(), &broken, &Options::new()).await.unwrap_err();
                assert_eq!(again.code(), Code::StatementFailed, "{name} {by:?}: {again:#}");
                assert!(started.elapsed() < seconds(5), "{name} {by:?}: it was blocked");
                assert_eq!(
                    database
                        .psql("SELECT count(*) FROM schema_migrations_log WHERE version = 2 AND outcome = 'failed'"),
                    "2",
                    "{name} {by:?}"
                );
                drop(kept);
            }
        }
    }
}

/// What the application's client had before, and must have after.
const SETTINGS: &str = "SELECT concat_ws('|', current_setting('search_path'), current_setting('lock_timeout'), \
     current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'), current_user, \
     current_setting('app.tenant', true), current_setting('default_transaction_isolation'), \
     (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), \
     now() = statement_timestamp())";

async fn ask(client: &tokio_postgres::Client) -> String {
    let rows = client.simple_query(SETTINGS).await.unwrap();
    rows.iter()
        .find_map(|row| match row {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .unwrap()
}

#[tokio::test]
async fn r04_a_dropped_future_leaves_the_client_as_it_was() {
    let steps = [
        // In one message, with its COMMIT.
        "SET search_path = pg_catalog;\nSELECT pg_sleep(1.5);",
        // In several messages: the transaction is open in between.
        "SET search_path = pg_catalog;\nSET lock_timeout = 77;\nSET escape_string_warning = off;\nSELECT pg_sleep(1.5);\nCREATE TABLE public.done ();",
        // In a COPY.
        "CREATE TABLE c (a int);\nCOPY c FROM STDIN;\n1\n\\.\nSET lock_timeout = 77;\nSELECT pg_sleep(1.5);",
        // Statement by statement, with settings of the session.
        "-- schemactl: transaction = none\nSET search_path = public, pg_catalog;\nSET lock_timeout = 77;\nSELECT pg_sleep(1.5);",
        "SET search_path = public;\nSET default_transaction_isolation = 'serializable';\nCREATE INDEX CONCURRENTLY ok_a ON ok (a);",
    ];
    for version in servers::one_of_versions() {
        for step in steps {
            let database = servers::database(version);
            let first = [("V1__ok.sql", "CREATE TABLE ok (a int);\nCREATE SCHEMA app;")];
            postgres::up_url(&database.url(), &migrations(&first), &Options::new()).await.unwrap();
            let all = migrations(&[first[0], ("V2__slow.sql", step)]);
            let mut client = client(&database.url()).await;
            client
                .batch_execute("SET search_path = app, public; SET lock_timeout = '1234ms'; SET app.tenant = 'ours'")
                .await
                .unwrap();
            let before = ask(&client).await;
            // The index waits for this transaction.
            let mut writer = database.session();
            writer.run("BEGIN;\nINSERT INTO ok VALUES (2)");
            let running = tokio::time::timeout(milliseconds(700), postgres::up(&mut client, &all));
            running.await.expect_err("it takes longer");
            writer.run("COMMIT");
            assert_eq!(ask(&client).await, before, "{step}");
            assert_eq!(advisory_locks(&database), "0", "{step}");
            assert_eq!(open_transactions(&database), "0", "{step}");
            postgres::up(&mut client, &all).await.unwrap();
            assert_eq!(ask(&client).await, before, "{step}");
            assert_eq!(database.psql("SELECT state FROM schema_migrations WHERE version = 2"), "applied");
        }
    }
}

#[tokio::test]
async fn r04_an_aborted_task_gives_its_locks_back() {
    let database = servers::database(servers::version());
    let all =
        migrations(&[("V1__slow.sql", "SET escape_string_warning = off;\nSELECT pg_sleep(2);\nCREATE TABLE t ();")]);
    let url = database.url();
    let task = {
        let (url, all) = (url.clone(), all.clone());
        tokio::spawn(async move { postgres::up_url(&url, &all, &Options::new()).await })
    };
    until_running(&database, "pg_sleep").await;
    task.abort();
    task.await.unwrap_err();
    let started = std::time::Instant::now();
    postgres::up_url(&url, &all, &Options::new()).await.unwrap();
    assert!(started.elapsed() < seconds(10));
    assert_eq!(advisory_locks(&database), "0");
}

fn two_steps() -> Migrations {
    migrations(&[
        ("V1__slow.sql", "CREATE TABLE ran (step int);\nINSERT INTO ran VALUES (1);\nSELECT pg_sleep(1.5);"),
        ("V2__insert.sql", "INSERT INTO ran VALUES (2);"),
        ("V3__none.sql", "-- schemactl: transaction = none\nINSERT INTO ran VALUES (3);"),
    ])
}

async fn lost_lock_stops_the_run(database: &Database, url: String, lose: impl FnOnce()) {
    let running = tokio::spawn(async move { postgres::up_url(&url, &two_steps(), &Options::new()).await });
    until_running(database, "pg_sleep(1.5)").await;
    lose();
    let error = running.await.unwrap().unwrap_err();
    let text = shown(&error);
    assert_eq!(error.code(), Code::LockLost, "{text}");
    assert!(text.contains("migration 2 insert"), "{text}");
    assert_eq!(history(database), "1|applied|3|3");
    postgres::up_url(&database.url(), &two_steps(), &Options::new()).await.unwrap();
    assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "1 2 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn r05_a_lock_that_is_lost_stops_the_run_before_its_next_step() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let url = database.url();
        lost_lock_stops_the_run(&database, url, || {
            end_holder(&database);
        })
        .await;
    }
}

/// The lock is taken over while its loser is still in a step: no step may be applied by both.
#[tokio::test(flavor = "multi_thread")]
async fn r05_a_lock_whose_owner_is_dead_is_taken_over() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        let (url, other) = (database.url(), database.url());
        let first = tokio::spawn(async move { postgres::up_url(&url, &two_steps(), &Options::new()).await });
        until_running(&database, "pg_sleep(1.5)").await;
        let second = tokio::spawn(async move { postgres::up_url(&other, &two_steps(), &Options::new()).await });
        tokio::time::sleep(milliseconds(200)).await;
        database.psql(&format!("SELECT count(pg_terminate_backend(pid)) FROM ({HOLDER}) h"));
        let (first, second) = (first.await.unwrap(), second.await.unwrap());
        assert_eq!(first.unwrap_err().code(), Code::LockLost);
        assert_eq!(second.unwrap().to_string(), "2 applied");
        assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "1 2 3");
    }
}

/// The proxy cuts the runner off in the middle of a step; its server process works on.
#[tokio::test(flavor = "multi_thread")]
async fn r05_a_runner_that_was_cut_off_does_not_block_and_its_step_is_done_once() {
    for step in [
        "INSERT INTO ran VALUES (2);\nSELECT pg_sleep(1);",
        "-- schemactl: transaction = none\nINSERT INTO ran SELECT 2 FROM pg_sleep(1);\nINSERT INTO ran VALUES (3);",
    ] {
        let database = servers::database(servers::version());
        let all = migrations(&[("V1__t.sql", "CREATE TABLE ran (step int);"), ("V2__slow.sql", step)]);
        let proxy = Proxy::start(database.endpoint());
        let url = database.url_at(&proxy.endpoint());
        let running = {
            let all = all.clone();
            tokio::spawn(async move { postgres::up_url(&url, &all, &Options::new()).await })
        };
        until_running(&database, "pg_sleep(1)").await;
        proxy.refuse();
        let error = running.await.unwrap().unwrap_err();
        shown(&error);
        assert!(matches!(error.code(), Code::CommitUnknown | Code::ConnectionLost), "{error:#}");
        postgres::up_url(&database.url(), &all, &Options::new()).await.unwrap();
        assert_eq!(database.psql("SELECT count(*) FROM ran WHERE step = 2"), "1", "{step}");
        assert_eq!(database.psql("SELECT state FROM schema_migrations WHERE version = 2"), "applied");
        assert_eq!(advisory_locks(&database), "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r05_a_restored_dump_does_not_block() {
    let database = servers::database(servers::version());
    if !database.can_dump() {
        return;
    }
    let url = database.url();
    let slow = migrations(&[(
        "V1__none.sql",
        "-- schemactl: transaction = none\nCREATE TABLE ran (step int);\nINSERT INTO ran SELECT 1 FROM pg_sleep(1.5);\nINSERT INTO ran VALUES (2);",
    )]);
    let running = {
        let slow = slow.clone();
        tokio::spawn(async move { postgres::up_url(&url, &slow, &Options::new()).await })
    };
    until_running(&database, "pg_sleep(1.5)").await;
    // The dump of a database in which a runner is at work, in the middle of a step.
    let dump = database.dump_all();
    running.await.unwrap().unwrap();
    let restored = servers::database(servers::version());
    restored.psql(&dump);
    assert_eq!(history(&restored), "1|partial|1|3");
    let started = std::time::Instant::now();
    postgres::up_url(&restored.url(), &slow, &Options::new()).await.unwrap();
    assert!(started.elapsed() < seconds(6));
    assert_eq!(history(&restored), "1|applied|3|3");
}

#[tokio::test(flavor = "multi_thread")]
async fn r08_a_step_longer_than_the_idle_timeouts_is_recorded() {
    for version in servers::one_of_versions() {
        let mut config = Config::new(version)
            .setting("idle_in_transaction_session_timeout", "1s")
            .setting("idle_session_timeout", "1s");
        if version >= 17 {
            config = config.setting("transaction_timeout", "2s");
        }
        let cluster = Cluster::start(config);
        for by in BOTH {
            let database = cluster.create_database();
            let all = migrations(&[
                ("V1__slow.sql", "CREATE TABLE ran (step int);\nINSERT INTO ran VALUES (1);\nSELECT pg_sleep(4);"),
                ("V2__copy.sql", "COPY ran FROM STDIN;\n2\n\\.\nINSERT INTO ran VALUES (2);"),
                ("V3__none.sql", "-- schemactl: transaction = none\nINSERT INTO ran SELECT 3 FROM pg_sleep(2.5);"),
            ]);
            let mut tasks = tokio::task::JoinSet::new();
            // The second waits for all that time.
            for _ in 0..2 {
                let (url, all) = (database.url(), all.clone());
                tasks.spawn(async move { by.up(&url, &all, &Options::new()).await });
            }
            for result in tasks.join_all().await {
                result.unwrap_or_else(|error| panic!("{by:?}: {error:#}"));
            }
            assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "1 2 2 3");
            assert_eq!(history(&database), "1|applied|3|3\n2|applied|2|2\n3|applied|1|1");
        }
    }
}

/// Retries pause for longer than an idle session may live.
#[tokio::test(flavor = "multi_thread")]
async fn r08_a_run_that_pauses_longer_than_the_idle_timeouts_goes_on() {
    let cluster = Cluster::start(
        Config::new(servers::version())
            .setting("idle_in_transaction_session_timeout", "0")
            .setting("idle_session_timeout", "1200ms"),
    );
    for by in BOTH {
        let database = cluster.create_database();
        let url = database.url();
        database.psql("CREATE TABLE t (a int)");
        let mut reader = database.session();
        reader.run("BEGIN;\nSELECT count(*) FROM t");
        let all = migrations(&[("V1__alter.sql", "ALTER TABLE t ADD COLUMN b int;")]);
        let running = tokio::spawn(async move {
            by.up(&url, &all, &Options::new().lock_timeout(milliseconds(100)).lock_wait(seconds(30))).await
        });
        tokio::time::sleep(seconds(6)).await;
        reader.run("COMMIT");
        running.await.unwrap().unwrap_or_else(|error| panic!("{by:?}: {error:#}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r03_through_pgbouncer_in_transaction_mode() {
    for version in servers::one_of_versions() {
        let cluster = servers::shared(version);
        let bouncer = pgbouncer::start(cluster);
        let database = cluster.create_database();
        let url = database.url_at(&bouncer.endpoint());
        let files = [
            (
                "V1__t.sql",
                "CREATE SCHEMA app;\nCREATE TABLE app.t (a int);\nSET search_path = app;\nINSERT INTO t VALUES (1);",
            ),
            (
                "V2__index.sql",
                "INSERT INTO app.t VALUES (2);\nCREATE INDEX CONCURRENTLY t_a ON app.t (a);\nINSERT INTO app.t VALUES (3);",
            ),
            ("V3__copy.sql", "COPY app.t FROM STDIN;\n4\n\\.\n"),
            // The SET and the index are in two messages, which have the same connection of the pool while nobody else takes it.
            (
                "V4__settings.sql",
                "SET search_path = app;\nCREATE INDEX CONCURRENTLY t_b ON t (a);\nINSERT INTO t VALUES (5);",
            ),
            ("V5__fails.sql", "INSERT INTO app.t VALUES (6);\nSELECT 1/0;"),
        ];
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (url, all) = (url.clone(), migrations(&files[..3]));
            tasks.spawn(async move { postgres::up_url(&url, &all, &Options::new()).await });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
        let error = postgres::up_url(&url, &migrations(&files), &Options::new()).await.unwrap_err();
        assert_eq!(error.code(), Code::StatementFailed, "{error:#}");
        assert_eq!(database.psql("SELECT string_agg(a::text, ' ' ORDER BY a) FROM app.t"), "1 2 3 4 5");
        assert_eq!(history(&database), "1|applied|4|4\n2|applied|3|3\n3|applied|1|1\n4|applied|3|3");
        assert_eq!(advisory_locks(&database), "0");
        assert_eq!(open_transactions(&database), "0");
        // What a pooled connection was set to is not left to the next one who gets it.
        for _ in 0..20 {
            assert_eq!(
                servers::psql(&url, "SELECT current_setting('search_path'), current_setting('lock_timeout')"),
                "\"$user\", public|0"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_waits_too_long_says_for_whom() {
    let database = servers::database(servers::version());
    let url = database.url();
    let running = tokio::spawn(async move { postgres::up_url(&url, &two_steps(), &Options::new()).await });
    until(&database, &format!("SELECT count(*) FROM ({HOLDER}) h"), "1").await;
    let options = Options::new().lock_wait(milliseconds(300));
    for by in BOTH {
        let error = by.up(&database.url(), &two_steps(), &options).await.unwrap_err();
        let text = shown(&error);
        assert_eq!((error.code(), error.kind().exit_code()), (Code::LockTimeout, 4), "{text}");
        assert!(!text.contains("division"), "{text}");
    }
    running.await.unwrap().unwrap();
}

/// A statement that fails on the connection that holds the lock ends its transaction, and the lock with it, though the connection stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_whose_transaction_has_failed_is_noticed() {
    // What asks who blocks a step waits for this lock, and is cancelled.
    const CANCEL: &str = "CREATE TABLE ran (step int);\nINSERT INTO ran VALUES (1);\nLOCK TABLE pg_catalog.pg_authid IN ACCESS EXCLUSIVE MODE;\n\
         SELECT pg_sleep(0.7);\n\
         SELECT 1 / count(pg_cancel_backend(pid)) FROM pg_locks WHERE NOT granted AND relation = 'pg_authid'::regclass \
         AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory') AND pid <> pg_backend_pid();\nSELECT pg_sleep(0.2);";
    for version in servers::one_of_versions() {
        // Its own: for others that lock is in the way.
        let cluster = Cluster::start(version);
        for next in ["", "-- schemactl: transaction = none\n"] {
            let database = cluster.create_database();
            let text = format!("{next}INSERT INTO ran VALUES (2);");
            let all = migrations(&[("V1__cancel.sql", CANCEL), ("V2__next.sql", &text)]);
            let error = postgres::up_url(&database.url(), &all, &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::LockLost, "{text}");
            assert!(text.contains("migration 2 next was not begun"), "{text}");
            assert_eq!(database.psql("SELECT step FROM ran"), "1");
            postgres::up_url(&database.url(), &all, &Options::new()).await.unwrap();
            assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "1 2");
            assert_eq!(advisory_locks(&database), "0");
        }
    }
}

/// With one connection the lock of a step that runs statement by statement is the session's, and a statement can give it back.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_a_statement_gives_back_is_noticed() {
    for (statement, next) in [
        ("SELECT pg_advisory_unlock_all()", "INSERT INTO ran VALUES (2)"),
        ("DISCARD ALL", "CREATE INDEX CONCURRENTLY ran_step ON ran (step)"),
    ] {
        let database = servers::database(servers::version());
        let file = format!(
            "-- schemactl: transaction = none\nCREATE TABLE ran (step int);\n{statement};\n{next};\nINSERT INTO ran VALUES (3);\n"
        );
        let all = migrations(&[("V1__gives_back.sql", &file)]);
        let mut client = client(&database.url()).await;
        let error = postgres::up(&mut client, &all).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::LockLost, "{text}");
        assert_eq!(history(&database), "1|partial|2|4");
        postgres::up(&mut client, &all).await.unwrap();
        assert_eq!(history(&database), "1|applied|4|4");
        assert_eq!(advisory_locks(&database), "0");
    }
}

/// Some servers show other sessions, and their locks, to few.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_sees_no_other_sessions_runs_all_the_same() {
    for hidden in ["pg_stat_activity", "pg_stat_activity, pg_locks"] {
        let database = servers::database(servers::version());
        database.psql(&format!("REVOKE SELECT ON {hidden} FROM PUBLIC"));
        servers::roles(database.version(), &["unseeing"]);
        database.psql("ALTER ROLE unseeing LOGIN; GRANT ALL ON SCHEMA public TO unseeing");
        let all = migrations(&[
            ("V1__slow.sql", "CREATE TABLE ran (step int);\nINSERT INTO ran VALUES (1);\nSELECT pg_sleep(0.5);"),
            ("V2__none.sql", "-- schemactl: transaction = none\nINSERT INTO ran VALUES (2);\nSELECT pg_sleep(0.5);"),
            ("V3__insert.sql", "INSERT INTO ran VALUES (3);"),
        ]);
        postgres::up_url(&database.url_as("unseeing"), &all, &Options::new()).await.unwrap();
        assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "1 2 3");
    }
}
