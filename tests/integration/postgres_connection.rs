//! Connections that die, and how many messages a run takes.
#![cfg(feature = "postgres")]

use std::sync::Arc;

use crate::postgres_common::{
    BOTH, By, advisory_locks, client, history, migrations, milliseconds, shown, until_running,
};
use schemactl::{Code, Migrations, Options, UndoPolicy, postgres};
use schemactl_test_support::postgres::{self as servers, Cluster, Database};
use schemactl_test_support::proxy::{Fault, Proxy, When};

const FIRST: (&str, &str) = ("V1__table.sql", "CREATE TABLE ran (step int);");

fn steps() -> Migrations {
    migrations(&[
        FIRST,
        ("V2__insert.sql", "INSERT INTO ran VALUES (2);\nSELECT 'the second';"),
        ("V3__insert.sql", "INSERT INTO ran VALUES (3);"),
    ])
}

/// Nothing is kept of rows: a step is one message, with its COMMIT.
fn unrecorded() -> Options {
    Options::new().undo(UndoPolicy::None)
}

fn prepared() -> Database {
    let database = servers::database(servers::version());
    let url = database.url();
    let migrations = migrations(&[FIRST]);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(postgres::up_url(&url, &migrations, &Options::new())).unwrap();
    })
    .join()
    .unwrap();
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn r01_a_connection_that_is_cut_around_commit_is_not_known_and_the_next_run_converges() {
    for by in BOTH {
        for (fault, rows) in [(Fault::CutBefore, "0"), (Fault::CutAfter, "1")] {
            let database = prepared();
            let proxy = Proxy::start(database.endpoint());
            proxy.on(When::Sql("the second".to_owned()), fault);
            let options = unrecorded().table("schema_migrations");
            let error = by.up(&database.url_at(&proxy.endpoint()), &steps(), &options).await.unwrap_err();
            assert_eq!(proxy.faults_met(), 1);
            let text = shown(&error);
            assert_eq!(error.code(), Code::CommitUnknown, "{text}");
            let query = text.split('`').nth(1).expect("a query is shown");
            assert!(query.starts_with("SELECT") && text.contains("not known"), "{text}");
            assert_eq!(database.psql(query).is_empty(), rows == "0", "{query}");
            postgres::up_url(&database.url(), &steps(), &Options::new()).await.unwrap();
            assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "2 3");
            assert_eq!(advisory_locks(&database), "0");
        }
    }
}

/// Where rows are kept a step is several messages, and the last of them has its COMMIT.
#[tokio::test(flavor = "multi_thread")]
async fn r01_a_recorded_step_is_not_known_only_where_its_commit_was_sent() {
    for by in BOTH {
        for (sent_with, fault, code, rows) in [
            ("the second", Fault::CutBefore, Code::ConnectionLost, "0"),
            ("the second", Fault::CutAfter, Code::ConnectionLost, "0"),
            ("(version, number, kind, row_key", Fault::CutBefore, Code::CommitUnknown, "0"),
            ("(version, number, kind, row_key", Fault::CutAfter, Code::CommitUnknown, "1"),
        ] {
            let database = prepared();
            let proxy = Proxy::start(database.endpoint());
            proxy.on(When::Sql(sent_with.to_owned()), fault);
            let error = by.up(&database.url_at(&proxy.endpoint()), &steps(), &Options::new()).await.unwrap_err();
            assert_eq!(proxy.faults_met(), 1);
            let text = shown(&error);
            assert_eq!(error.code(), code, "{sent_with}: {text}");
            assert_eq!(database.psql("SELECT count(*) FROM ran"), rows, "{sent_with}: {text}");
            // The record is there with its step, or not at all.
            let kept = "SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations_undo_rows'";
            assert_eq!(database.psql(kept), rows, "{sent_with}");
            postgres::up_url(&database.url(), &steps(), &Options::new()).await.unwrap();
            assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "2 3");
            assert_eq!(
                database.psql("SELECT version, row_count FROM schema_migrations_undo WHERE number = 0 ORDER BY 1"),
                "2|1\n3|1"
            );
            assert_eq!(advisory_locks(&database), "0");
        }
    }
}

/// The deciding query names the table as it is configured.
#[tokio::test(flavor = "multi_thread")]
async fn the_deciding_query_can_be_pasted() {
    let database = servers::database(servers::version());
    let proxy = Proxy::start(database.endpoint());
    proxy.on(When::Sql("the second".to_owned()), Fault::CutAfter);
    let options = unrecorded().schema("Ops Team").table("migrations é");
    let error = postgres::up_url(&database.url_at(&proxy.endpoint()), &steps(), &options).await.unwrap_err();
    let text = shown(&error);
    let query = text.split('`').nth(1).expect("a query is shown");
    assert_eq!(database.psql(query), "applied", "{query}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_in_the_middle_of_a_step_is_rolled_back() {
    for by in BOTH {
        let database = prepared();
        let proxy = Proxy::start(database.endpoint());
        // The step goes in several messages: this one is not the last.
        let all = migrations(&[
            FIRST,
            ("V2__copy.sql", "INSERT INTO ran VALUES (2);\nCOPY ran FROM STDIN;\n2\n\\.\nSELECT 1;"),
        ]);
        proxy.on(When::Sql("COPY ran".to_owned()), Fault::CutBefore);
        let error = by.up(&database.url_at(&proxy.endpoint()), &all, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::ConnectionLost, "{text}");
        assert!(text.contains("rolled back"), "{text}");
        assert_eq!(database.psql("SELECT count(*) FROM ran"), "0");
        by.up(&database.url(), &all, &Options::new()).await.unwrap();
        assert_eq!(database.psql("SELECT count(*) FROM ran"), "2");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_terminated_leaves_open_whether_it_was_committed() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            let database = servers::database(version);
            let all = migrations(&[("V1__slow.sql", "CREATE TABLE t ();\nSELECT pg_sleep(20);")]);
            let running = {
                let (url, all) = (database.url(), all.clone());
                tokio::spawn(async move { by.up(&url, &all, &unrecorded()).await })
            };
            until_running(&database, "pg_sleep(20)").await;
            database.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid() AND datname = current_database()");
            let error = running.await.unwrap().unwrap_err();
            let text = shown(&error);
            // The COMMIT was sent with the step.
            assert_eq!(error.code(), Code::CommitUnknown, "{text}");
            assert_eq!(error.sqlstate(), Some("57P01"), "{text}");
            assert!(text.contains("not known") && !text.contains("rolled back"), "{text}");
            assert_eq!(database.psql("SELECT to_regclass('t') IS NULL"), "t");
            assert_eq!(advisory_locks(&database), "0");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r01_a_server_that_crashes_in_the_middle_of_a_step() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            for step in [
                "INSERT INTO ran VALUES (2);\nSELECT pg_sleep(20);",
                "-- schemactl: transaction = none\nINSERT INTO ran VALUES (2);\nSELECT pg_sleep(20);",
            ] {
                let cluster = Arc::new(Cluster::start(version));
                let database = cluster.create_database();
                let slow = migrations(&[FIRST, ("V2__slow.sql", step)]);
                let running = {
                    let (url, all) = (database.url(), slow.clone());
                    tokio::spawn(async move { by.up(&url, &all, &Options::new()).await })
                };
                until_running(&database, "pg_sleep(20)").await;
                cluster.kill_9();
                let error = running.await.unwrap().unwrap_err();
                let text = shown(&error);
                assert!(matches!(error.code(), Code::CommitUnknown | Code::ConnectionLost), "{text}");
                cluster.start_again();
                let mended = step.replace("SELECT pg_sleep(20)", "INSERT INTO ran VALUES (3)");
                let all = migrations(&[FIRST, ("V2__slow.sql", &mended)]);
                by.up(&database.url(), &all, &Options::new()).await.unwrap();
                assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "2 3");
                assert_eq!(history(&database), "1|applied|1|1\n2|applied|2|2");
            }
        }
    }
}

fn many(count: usize) -> Migrations {
    let files: Vec<(String, String)> = (1..=count)
        .map(|number| {
            (format!("V{number}__n.sql"), format!("CREATE TABLE t{number} ();\nINSERT INTO t{number} DEFAULT VALUES;"))
        })
        .collect();
    migrations(&files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_pending_is_one_round_trip_and_each_step_is_one_more() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            let mut flights = Vec::new();
            for count in [1, 21] {
                let database = servers::database(version);
                let proxy = Proxy::start(database.endpoint());
                let url = database.url_at(&proxy.endpoint());
                let all = many(count);
                by.up(&url, &all, &unrecorded()).await.unwrap();
                // Messages: the first read fails, since there is no table, and the driver may go on before it has read
                // that the server is ready.
                flights.push(proxy.counts().of('Q'));
                proxy.reset();
                by.up(&url, &all, &unrecorded()).await.unwrap();
                let counts = proxy.counts();
                assert_eq!((counts.connections, counts.flights, counts.of('Q')), (1, 1, 1), "{:?}", counts.sql);
                proxy.reset();
                let client = client(&url).await;
                postgres::pending(&client, &all, &Options::new()).await.unwrap();
                // Whether there is a history is asked before: a read that fails would end a transaction that the client has open.
                assert_eq!(proxy.counts().flights, 2);
            }
            println!("{by:?}: {flights:?}");
            assert_eq!(flights[1] - flights[0], 20, "{by:?} {flights:?}");
            // In a database without a history one of them looks whether the search path hides it, one for what another tool has made, and one
            // makes the tables.
            assert!(flights[0] <= 10, "{by:?} {flights:?}");
        }
    }
}

/// What they are: docs/design/architecture.md, "Round trips on PostgreSQL".
#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_inserts_rows_takes_round_trips_more_where_they_are_kept() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            // Into a table that it makes, and into one that is there.
            for (trips, text) in
                [(6, "CREATE TABLE t# ();\nINSERT INTO t# DEFAULT VALUES;"), (7, "INSERT INTO ran VALUES (#);")]
            {
                let database = servers::database(version);
                let proxy = Proxy::start(database.endpoint());
                let url = database.url_at(&proxy.endpoint());
                let all = |count: usize| {
                    let file = |number: usize| (format!("V{number}__n.sql"), text.replace('#', &number.to_string()));
                    let files: Vec<(String, String)> = (2..=count).map(file).collect();
                    let first =
                        [("V1__first.sql", "CREATE TABLE ran (step int PRIMARY KEY);\nINSERT INTO ran VALUES (1);")];
                    let rest = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
                    migrations(&first.into_iter().chain(rest).collect::<Vec<_>>())
                };
                // The tables of what is kept are there then.
                by.up(&url, &all(1), &Options::new()).await.unwrap();
                let mut messages = Vec::new();
                for count in [11, 31] {
                    proxy.reset();
                    by.up(&url, &all(count), &Options::new()).await.unwrap();
                    messages.push(messages_of(&proxy));
                }
                assert_eq!(messages[1] - messages[0], 10 * trips, "{by:?} {text} {messages:?}");
                proxy.reset();
                by.up(&url, &all(31), &Options::new()).await.unwrap();
                assert_eq!(proxy.counts().flights, 1, "{:?}", proxy.counts().sql);
                // What is kept for a time that is over is seen in the same trip, and is gone after it.
                database.psql("UPDATE schema_migrations_undo SET kept_until = now() - interval '1 s'");
                by.up(&url, &all(31), &Options::new()).await.unwrap();
                assert_eq!(database.psql("SELECT count(*) FROM schema_migrations_undo WHERE kind = 'whole'"), "0");
                proxy.reset();
                by.up(&url, &all(31), &Options::new()).await.unwrap();
                assert_eq!(proxy.counts().flights, 1, "{:?}", proxy.counts().sql);
            }
        }
    }
}

/// Messages but for those that ask who keeps a step waiting that takes long.
fn messages_of(proxy: &Proxy) -> u32 {
    let counts = proxy.counts();
    let asked = counts.sql.iter().filter(|sql| sql.starts_with("SELECT pg_stat_clear_snapshot()")).count();
    counts.of('Q') - u32::try_from(asked).unwrap()
}

/// What each trip is: docs/design/architecture.md, "Round trips on PostgreSQL".
#[tokio::test(flavor = "multi_thread")]
async fn an_up_takes_four_round_trips_beside_its_steps() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            let database = servers::database(version);
            let proxy = Proxy::start(database.endpoint());
            let url = database.url_at(&proxy.endpoint());
            by.up(&url, &many(1), &unrecorded()).await.unwrap();
            proxy.reset();
            if let By::Url = by {
                // The server is far away: what is sent behind the empty message, the fourth, does not wait for its answer.
                proxy.on(When::Message(4), Fault::Call(Box::new(|| std::thread::sleep(milliseconds(4_000)))));
            }
            by.up(&url, &many(21), &unrecorded()).await.unwrap();
            let counts = proxy.counts();
            // By URL one of them passes while the second connection is opened, and the empty message shares its trip with the history.
            let [connections, flights, messages] = match by {
                By::Url => [2, 20 + 4 + 1, 20 + 4 + 2],
                By::Client => [1, 20 + 4, 20 + 4],
            };
            let sql = &counts.sql;
            // Where the machine is slow, a step that takes long asks in between who keeps it waiting.
            let asked = sql.iter().filter(|sql| sql.starts_with("SELECT pg_stat_clear_snapshot()")).count();
            let asked = u32::try_from(asked).unwrap();
            assert_eq!([counts.connections, counts.of('Q') - asked], [connections, messages], "{by:?} {sql:?}");
            // The driver may go on before the proxy has noted that the server is ready.
            assert!(counts.flights <= flights + asked, "{by:?}: {} {sql:?}", counts.flights);
        }
    }
}

/// The server is there, but nothing passes any more: whoever drops the future gets rid of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_connection_can_be_given_up() {
    let database = prepared();
    let proxy = Proxy::start(database.endpoint());
    proxy.on(When::Sql("the second".to_owned()), Fault::Stall);
    let url = database.url_at(&proxy.endpoint());
    let running = tokio::time::timeout(milliseconds(800), By::Url.up(&url, &steps(), &Options::new())).await;
    assert!(running.is_err(), "it cannot come to an end");
    drop(proxy);
    postgres::up_url(&database.url(), &steps(), &Options::new()).await.unwrap();
    assert_eq!(database.psql("SELECT string_agg(step::text, ' ' ORDER BY step) FROM ran"), "2 3");
}
