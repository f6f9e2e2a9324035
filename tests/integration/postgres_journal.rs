//! Steps that cannot be in a transaction, on PostgreSQL: what a failure leaves, and where the next run goes on.
#![cfg(feature = "postgres")]

use crate::postgres_common::{
    BOTH, Events, client, history, migrations, milliseconds, seconds, shown, until, until_running,
};
use schemactl::{Back, Code, Event, Interrupt, Options, postgres};
use schemactl_test_support::postgres::{self as servers, Database};

const INVALID: &str =
    "SELECT coalesce(string_agg(indexrelid::regclass::text, ' ' ORDER BY 1), '') FROM pg_index WHERE NOT indisvalid";

fn valid(database: &Database, index: &str) -> String {
    database.psql(&format!("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('{index}')"))
}

/// Leaves an invalid index, as a run of another tool would.
fn spoil(database: &Database, index: &str, table: &str) {
    database.try_psql(&format!("CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} (a)")).unwrap_err();
    assert_eq!(database.psql(&format!("SELECT count(*) FROM ({INVALID}) i WHERE i.coalesce <> ''")), "1");
}

/// The table and the index as a migration may name them, after a SET that it may begin with.
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("", "t", "t_a", "public.t_a"),
    ("", "public.t", "t_a", "public.t_a"),
    ("", "\"Ta\"\"ble\"", "\"In\"\"dex é\"", "public.\"In\"\"dex é\""),
    ("", "app.T", "T_A", "app.t_a"),
    ("SET search_path = app;\n", "t", "t_a", "app.t_a"),
    ("SET search_path TO \"Sche ma\", public;\n", "t", "\"T_A\"", "\"Sche ma\".\"T_A\""),
    ("SELECT pg_catalog.set_config('search_path', 'app', false);\n", "t", "t_a", "app.t_a"),
    ("SET ROLE builder;\n", "app.b", "b_a", "app.b_a"),
];

#[tokio::test]
async fn r07_a_failed_unique_index_is_cleared_away_and_built_by_the_retry() {
    for version in servers::one_of_versions() {
        let cluster = servers::shared(version);
        let _ = cluster.psql("DO $$ BEGIN CREATE ROLE builder; EXCEPTION WHEN OTHERS THEN NULL; END $$");
        for by in BOTH {
            for (set, table, index, whole) in NAMES {
                let database = cluster.create_database();
                database.psql(
                    "CREATE SCHEMA app; CREATE SCHEMA \"Sche ma\"; GRANT ALL ON SCHEMA app TO builder; \
                     CREATE TABLE t (a int); CREATE TABLE \"Ta\"\"ble\" (a int); CREATE TABLE app.t (a int); \
                     CREATE TABLE \"Sche ma\".t (a int); CREATE TABLE app.b (a int); ALTER TABLE app.b OWNER TO builder;",
                );
                let mut path = database.session();
                path.run(set);
                path.run(&format!("INSERT INTO {table} VALUES (1), (1)"));
                let step = format!("{set}CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} (a);");
                let all = migrations(&[("V1__index.sql", &step)]);
                let url = database.url();
                let error = by.up(&url, &all, &Options::new()).await.unwrap_err();
                assert_eq!(error.sqlstate(), Some("23505"), "{error:#}");
                assert_eq!(database.psql(INVALID), "", "{step}");
                // A second failure leaves nothing either.
                by.up(&url, &all, &Options::new()).await.unwrap_err();
                assert_eq!(database.psql(INVALID), "", "{step}");
                // What another tool has left is taken away first.
                path.run(&format!("CREATE UNIQUE INDEX CONCURRENTLY {index} ON {table} (a)"));
                assert_ne!(database.psql(INVALID), "", "{step}");
                path.run(&format!("DELETE FROM {table}"));
                let events = Events::default();
                by.up(&url, &all, &events.observe(Options::new()))
                    .await
                    .unwrap_or_else(|error| panic!("{step}\n{error:#}"));
                assert_eq!(
                    events.count(|event| matches!(event, Event::RepairingIndex { .. })),
                    1,
                    "{:?}",
                    events.lines()
                );
                assert_eq!(valid(&database, whole), "t", "{step}");
                assert_eq!(database.psql(INVALID), "");
                assert!(history(&database).starts_with("1|applied"));
            }
        }
    }
}

#[tokio::test]
async fn r07_an_invalid_index_is_no_success_for_if_not_exists() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            let database = servers::database(version);
            database.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)");
            spoil(&database, "t_a", "t");
            database.psql("DELETE FROM t");
            let all = migrations(&[("V1__index.sql", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);")]);
            by.up(&database.url(), &all, &Options::new()).await.unwrap();
            assert_eq!(valid(&database, "t_a"), "t");
            // One that is there and valid is no error, and is not built again.
            let file = database.psql("SELECT pg_relation_filenode('t_a')");
            let all = migrations(&[
                ("V1__index.sql", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);"),
                ("V2__again.sql", "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_a ON t (a);"),
            ]);
            by.up(&database.url(), &all, &Options::new()).await.unwrap();
            assert_eq!(database.psql("SELECT pg_relation_filenode('t_a')"), file);
        }
    }
}

#[tokio::test]
async fn r07_an_index_without_a_name_is_built_once() {
    for by in BOTH {
        let database = servers::database(servers::version());
        database.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)");
        let all =
            migrations(&[("V1__index.sql", "CREATE UNIQUE INDEX CONCURRENTLY ON t (a);\nINSERT INTO t VALUES (3);")]);
        by.up(&database.url(), &all, &Options::new()).await.unwrap_err();
        assert_eq!(database.psql(INVALID), "");
        database.psql("DELETE FROM t");
        by.up(&database.url(), &all, &Options::new()).await.unwrap();
        assert_eq!(
            database.psql(
                "SELECT string_agg(indexrelid::regclass::text, ' ') FROM pg_index WHERE indrelid = 't'::regclass"
            ),
            "t_a_idx"
        );
    }
}

/// A server process is ended in the middle of a build, and the same without a run to clear up.
#[tokio::test(flavor = "multi_thread")]
async fn r07_a_build_that_is_terminated_is_done_again() {
    for by in BOTH {
        for version in servers::one_of_versions() {
            let database = servers::database(version);
            database.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
            let mut writer = database.session();
            writer.run("BEGIN;\nINSERT INTO t VALUES (2)");
            let all = migrations(&[(
                "V1__index.sql",
                "INSERT INTO t VALUES (5);\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nINSERT INTO t VALUES (6);",
            )]);
            let running = {
                let (url, all) = (database.url(), all.clone());
                tokio::spawn(async move { by.up(&url, &all, &Options::new()).await })
            };
            until_running(&database, "CREATE INDEX").await;
            tokio::time::sleep(milliseconds(100)).await;
            database.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND datname = current_database()");
            let error = running.await.unwrap().unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::CommitUnknown, "{text}");
            assert!(text.contains("1 of 3 statements is done and recorded, the next one is not known"), "{text}");
            writer.run("COMMIT");
            assert_eq!(database.psql(INVALID), "t_a", "nobody was there to clear it away");
            by.up(&database.url(), &all, &Options::new()).await.unwrap();
            assert_eq!(valid(&database, "t_a"), "t");
            assert_eq!(database.psql("SELECT string_agg(a::text, ' ' ORDER BY a) FROM t"), "1 2 5 6");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_reindex_concurrently_leaves_no_half_index() {
    for by in BOTH {
        for version in servers::one_of_versions() {
            let database = servers::database(version);
            database.psql("CREATE SCHEMA app; CREATE TABLE app.t (a int); INSERT INTO app.t VALUES (1); CREATE INDEX t_a ON app.t (a)");
            let mut writer = database.session();
            writer.run("BEGIN;\nINSERT INTO app.t VALUES (2)");
            let all = migrations(&[(
                "V1__reindex.sql",
                "-- schemactl: statement_timeout = 700ms\nREINDEX INDEX CONCURRENTLY app.t_a;",
            )]);
            let error =
                by.up(&database.url(), &all, &Options::new().lock_timeout(milliseconds(300))).await.unwrap_err();
            shown(&error);
            assert_eq!(error.sqlstate(), Some("57014"), "{error:#}");
            // The writer keeps it from being dropped: nobody waits for that to see an error.
            assert_eq!(database.psql(INVALID), "app.t_a_ccnew");
            assert!(
                error.hints().iter().any(|hint| hint.to_string().contains("cleared away by the next run")),
                "{error:#}"
            );
            writer.run("COMMIT");
            by.up(&database.url(), &all, &Options::new()).await.unwrap();
            assert_eq!(database.psql(INVALID), "");
            assert_eq!(
                database.psql("SELECT count(*) FROM pg_index WHERE indrelid = 'app.t'::regclass AND indisvalid"),
                "1"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_drop_index_concurrently_that_is_interrupted_is_finished() {
    for by in BOTH {
        for version in servers::one_of_versions() {
            let database = servers::database(version);
            database.psql("CREATE TABLE t (a int); CREATE INDEX t_a ON t (a)");
            let mut reader = database.session();
            reader.run("BEGIN;\nSELECT count(*) FROM t");
            let all = migrations(&[("V1__drop.sql", "DROP INDEX CONCURRENTLY t_a;")]);
            let interrupt = Interrupt::new();
            let running = {
                let (url, all, options) = (database.url(), all.clone(), Options::new().interrupt(interrupt.clone()));
                tokio::spawn(async move { by.up(&url, &all, &options).await })
            };
            until_running(&database, "DROP INDEX").await;
            tokio::time::sleep(milliseconds(300)).await;
            interrupt.trigger();
            let error = running.await.unwrap().unwrap_err();
            let text = shown(&error);
            assert_eq!((error.code(), error.kind().exit_code()), (Code::Interrupted, 130), "{text}");
            reader.run("COMMIT");
            by.up(&database.url(), &all, &Options::new()).await.unwrap();
            assert_eq!(database.psql("SELECT to_regclass('t_a') IS NULL"), "t");
            assert_eq!(history(&database), "1|applied|1|1");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_detach_partition_concurrently_that_is_interrupted_is_finished() {
    for by in BOTH {
        for version in servers::one_of_versions() {
            let database = servers::database(version);
            database.psql(
                "CREATE SCHEMA app; CREATE TABLE app.p (a int) PARTITION BY RANGE (a); \
                 CREATE TABLE app.p1 PARTITION OF app.p FOR VALUES FROM (1) TO (10)",
            );
            let mut reader = database.session();
            reader.run("BEGIN;\nSELECT count(*) FROM app.p");
            let all = migrations(&[(
                "V1__detach.sql",
                "SET search_path = app;\nALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;",
            )]);
            let interrupt = Interrupt::new();
            let running = {
                let (url, all, options) =
                    (database.url(), all.clone(), Options::new().interrupt(interrupt.clone()).lock_wait(seconds(2)));
                tokio::spawn(async move { by.up(&url, &all, &options).await })
            };
            until(&database, "SELECT count(*) FROM pg_inherits WHERE inhdetachpending", "1").await;
            interrupt.trigger();
            let error = running.await.unwrap().unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::Interrupted, "{text}");
            reader.run("COMMIT");
            by.up(&database.url(), &all, &Options::new()).await.unwrap();
            assert_eq!(database.psql("SELECT count(*) FROM pg_inherits"), "0");
            assert_eq!(history(&database), "1|applied|2|2");
        }
    }
}

/// Statement `at` of five fails; `other` may be run before or after.
fn five(at: usize, fails: &str) -> String {
    let statements = [
        "INSERT INTO ran VALUES (1)",
        "INSERT INTO ran VALUES (2)",
        "CREATE INDEX CONCURRENTLY ran_a ON ran (a)",
        "INSERT INTO ran VALUES (4)",
        "INSERT INTO ran VALUES (5)",
    ];
    let mut text = String::from("-- schemactl: transaction = none\n");
    for (index, statement) in statements.into_iter().enumerate() {
        let statement = if index + 1 == at { fails } else { statement };
        text += &format!("{statement};\n");
    }
    text
}

#[tokio::test]
async fn r10_for_every_statement_that_fails_the_next_run_goes_on_there() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            for k in 1..=5 {
                let database = servers::database(version);
                let url = database.url();
                let up = async |text: &str| {
                    let all = migrations(&[("V1__ran.sql", "CREATE TABLE ran (a int);"), ("V2__five.sql", text)]);
                    by.up(&url, &all, &Options::new()).await
                };
                let error = up(&five(k, "SELECT é FROM ran")).await.unwrap_err();
                assert_eq!(error.place().unwrap().line(), Some(k + 1), "{error:#}");
                assert!(error.to_string().contains(&format!("statement {k} of 5")), "{error}");
                assert_eq!(history(&database), format!("1|applied|1|1\n2|partial|{}|5", k - 1));
                if k > 1 {
                    let edited = five(k, "SELECT 1").replacen("ran VALUES (1)", "ran VALUES (7)", 1);
                    let error = up(&edited).await.unwrap_err();
                    let text = shown(&error);
                    assert_eq!(error.code(), Code::PartialEdited, "{text}");
                    assert_eq!(error.place().unwrap().line(), Some(2), "{text}");
                }
                // The statement that failed may be edited, and all that follow.
                let mended = five(k, "INSERT INTO ran VALUES (9)")
                    .replace("VALUES (5)", "VALUES (8);\nINSERT INTO ran VALUES (5)");
                up(&mended).await.unwrap_or_else(|error| panic!("{k}: {error:#}"));
                let rows = ["2 4 5 8 9", "1 4 5 8 9", "1 2 4 5 8 9", "1 2 5 8 9", "1 2 4 9"][k - 1];
                assert_eq!(database.psql("SELECT string_agg(a::text, ' ' ORDER BY a) FROM ran"), rows, "{k}");
                let statements = if k == 5 { 5 } else { 6 };
                assert_eq!(history(&database), format!("1|applied|1|1\n2|applied|{statements}|{statements}"));
            }
        }
    }
}

#[tokio::test]
async fn r10_downs_go_on_where_they_stopped() {
    let up = "CREATE TABLE a (x int);\nCREATE TABLE b (x int);\nCREATE TABLE log (x int);\nCREATE INDEX a_x ON a (x);";
    let down = "INSERT INTO log VALUES (1);\nDROP INDEX CONCURRENTLY a_x;\nINSERT INTO log SELECT 2 FROM gate;\nDROP TABLE b;\nINSERT INTO log VALUES (5);";
    for by in BOTH {
        for version in servers::one_of_versions() {
            let database = servers::database(version);
            let all = migrations(&[("V1__a.sql", up), ("V1__a.down.sql", down)]);
            by.up(&database.url(), &all, &Options::new()).await.unwrap();
            let mut client = client(&database.url()).await;
            let error = postgres::down(&mut client, &all, Back::Steps(1), &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert_eq!(error.code(), Code::StatementFailed, "{text}");
            assert_eq!(error.place().unwrap().line(), Some(3), "{text}");
            assert_eq!(history(&database), "1|reverting|2|5");
            let error = by.up(&database.url(), &all, &Options::new()).await.unwrap_err();
            shown(&error);
            assert_eq!(error.code(), Code::Partial, "{error:#}");
            database.psql("CREATE TABLE gate (x int); INSERT INTO gate VALUES (1)");
            postgres::down(&mut client, &all, Back::Steps(1), &Options::new()).await.unwrap();
            assert_eq!(database.psql("SELECT string_agg(x::text, ' ' ORDER BY x) FROM log"), "1 2 5");
            assert_eq!(history(&database), "");
        }
    }
}

#[tokio::test]
async fn r09_a_failed_step_leaves_nothing_and_is_retried_without_a_flag() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            let database = servers::database(version);
            let first = [("V1__a.sql", "CREATE TABLE a (x int);")];
            by.up(&database.url(), &migrations(&first), &Options::new()).await.unwrap();
            let before = database.psql("SELECT count(*) FROM pg_class");
            let broken = "CREATE TABLE b (x int);\nINSERT INTO a VALUES (1);\nCREATE TYPE e AS ENUM ('x');\nALTER TABLE nothing ADD y int;";
            for _ in 0..2 {
                let error = by
                    .up(&database.url(), &migrations(&[first[0], ("V2__b.sql", broken)]), &Options::new())
                    .await
                    .unwrap_err();
                assert_eq!(error.place().unwrap().line(), Some(4));
                assert_eq!(database.psql("SELECT count(*) FROM pg_class"), before);
                assert_eq!(database.psql("SELECT count(*) FROM a"), "0");
                assert_eq!(history(&database), "1|applied|1|1");
            }
            let mended = broken.replace("nothing", "b");
            by.up(&database.url(), &migrations(&[first[0], ("V2__b.sql", &mended)]), &Options::new()).await.unwrap();
            assert_eq!(history(&database), "1|applied|1|1\n2|applied|4|4");
        }
    }
}

#[tokio::test]
async fn how_strings_are_read_holds_for_the_statements_that_follow() {
    let text = "-- schemactl: transaction = none\nCREATE TABLE said (word text);\n\
                SET standard_conforming_strings = off;\nINSERT INTO said VALUES ('it\\'s; so');\n\
                SET standard_conforming_strings = on;\nINSERT INTO said VALUES ('a\\');\n";
    for version in servers::one_of_versions() {
        for by in BOTH {
            let database = servers::database(version);
            let all = migrations(&[("V1__said.sql", text)]);
            by.up(&database.url(), &all, &Options::new()).await.unwrap_or_else(|error| panic!("{error:#}"));
            assert_eq!(database.psql("SELECT word FROM said ORDER BY word"), "a\\\nit's; so");
        }
    }
}

/// Gives a future up after it was polled so many times.
async fn poll_times<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[tokio::test]
async fn r04_a_future_that_is_dropped_at_any_moment_leaves_no_lock_and_no_setting() {
    const LEFT: &str = "SELECT count(*) || ' ' || current_setting('search_path') || ' ' || current_setting('lock_timeout') \
         FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    let text = "-- schemactl: transaction = none\nSET search_path = pg_catalog;\nVACUUM public.t;\n\
                CREATE INDEX CONCURRENTLY ON public.t (a);\nANALYZE public.t;\n";
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        database.psql("CREATE TABLE t (a int)");
        let all = migrations(&[("V1__t.sql", text)]);
        let mut times = 0;
        loop {
            // Each has a history of its own, so that each begins at the beginning.
            let options = Options::new().table(format!("history_{times}"));
            let mut client = client(&database.url()).await;
            client.batch_execute("SET search_path = public").await.unwrap();
            let up = postgres::up_with(&mut client, &all, &schemactl::Target::Latest, &options);
            let done = poll_times(Box::pin(up), times).await;
            let left = client.query_one(LEFT, &[]).await.unwrap().get::<_, String>(0);
            assert_eq!(left, "0 public 0", "after {times} polls");
            if let Some(report) = done {
                report.unwrap_or_else(|error| panic!("{error:#}"));
                break;
            }
            times += 1;
        }
        assert!(times > 10, "{times}");
    }
}

#[tokio::test]
async fn r02_a_row_that_another_one_is_changing_is_waited_for() {
    let text = "-- schemactl: transaction = none\nINSERT INTO ran VALUES (1);\nINSERT INTO ran VALUES (2);\nINSERT INTO ran VALUES (3);\n";
    for version in servers::one_of_versions() {
        for by in BOTH {
            let database = servers::database(version);
            database.psql("CREATE TABLE ran (a int)");
            let broken = migrations(&[("V1__ran.sql", &text.replace("(2)", "(2) oops"))]);
            by.up(&database.url(), &broken, &Options::new()).await.unwrap_err();
            assert_eq!(history(&database), "1|partial|1|3");
            // As one that holds none of the locks would do it.
            let mut other = database.session();
            other.run("BEGIN");
            let hashes = "(SELECT statement_hashes FROM schema_migrations)";
            other
                .run(&format!("UPDATE schema_migrations SET statements_done = 2, statement_hashes = {hashes} || ' x'"));
            other.run("INSERT INTO ran VALUES (2)");
            let all = migrations(&[("V1__ran.sql", text)]);
            let (url, options) = (database.url(), Options::new());
            let committed = async {
                tokio::time::sleep(milliseconds(500)).await;
                other.run("COMMIT");
            };
            let (outcome, ()) = tokio::join!(by.up(&url, &all, &options), committed);
            // The hashes that it wrote are made up: the run sees that it is to go on after another statement.
            assert_eq!(outcome.unwrap_err().code(), Code::PartialEdited);
            assert_eq!(database.psql("SELECT string_agg(a::text, ' ' ORDER BY a) FROM ran"), "1 2");
        }
    }
}
