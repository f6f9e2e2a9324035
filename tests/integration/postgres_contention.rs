//! Tables that others have locked.
#![cfg(feature = "postgres")]

use std::time::Instant;

use crate::postgres_common::{BOTH, By, Events, history, migrations, milliseconds, seconds, shown, until_running};
use schemactl::{Code, Event, Options};
use schemactl_test_support::postgres as servers;

fn is_retry(event: &Event) -> bool {
    matches!(event, Event::Retrying { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r21_a_blocked_step_gives_up_soon_queues_nobody_and_succeeds_in_the_end() {
    for version in servers::one_of_versions() {
        for by in BOTH {
            let database = servers::database(version);
            database.psql("CREATE TABLE t (a int)");
            let mut holder = database.session();
            holder.run("BEGIN;\nSELECT count(*) FROM t");
            let url = database.url();
            let events = Events::default();
            let options = events.observe(Options::new().lock_timeout(milliseconds(500)).lock_wait(seconds(60)));
            let all = migrations(&[("V1__alter.sql", "ALTER TABLE t ADD COLUMN b int;")]);
            let running = tokio::spawn(async move { by.up(&url, &all, &options).await });
            // Others read all the time, each queued behind the step for as long as its lock_timeout at most.
            let mut reader = database.session();
            let started = Instant::now();
            let mut longest = std::time::Duration::ZERO;
            while started.elapsed() < seconds(6) {
                let began = Instant::now();
                assert_eq!(reader.run("SELECT count(*) FROM t"), "0");
                longest = longest.max(began.elapsed());
                tokio::time::sleep(milliseconds(10)).await;
            }
            assert!(longest < milliseconds(1500), "a reader waited for {longest:?}");
            assert!(longest > milliseconds(100), "no reader was behind the step: {longest:?}");
            assert!(events.count(is_retry) >= 2, "{:?}", events.lines());
            holder.run("COMMIT");
            running.await.unwrap().unwrap();
            assert_eq!(history(&database), "1|applied|1|1");
            let named = |line: &String| line.contains("the lock is held by process ");
            assert_eq!(events.lines().iter().any(named), by == By::Url, "{:?}", events.lines());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r21_lock_wait_bounds_the_retries() {
    for by in BOTH {
        for step in
            ["ALTER TABLE t ADD COLUMN b int;", "-- schemactl: transaction = none\nALTER TABLE t ADD COLUMN b int;"]
        {
            let database = servers::database(servers::version());
            database.psql("CREATE TABLE t (a int)");
            let mut holder = database.session();
            holder.run("BEGIN;\nLOCK TABLE t");
            let options = Options::new().lock_timeout(milliseconds(200)).lock_wait(milliseconds(1500));
            let started = Instant::now();
            let error = by.up(&database.url(), &migrations(&[("V1__alter.sql", step)]), &options).await.unwrap_err();
            assert!(started.elapsed() < seconds(5));
            let text = shown(&error);
            assert_eq!((error.code(), error.kind().exit_code()), (Code::TableLocked, 4), "{text}");
            assert_eq!(error.place().unwrap().source_line(), "ALTER TABLE t ADD COLUMN b int;");
            assert_eq!(database.psql("SELECT count(*) FROM schema_migrations WHERE state = 'applied'"), "0");
        }
    }
}

/// The connection that holds the run's lock asks, while the step waits.
#[tokio::test(flavor = "multi_thread")]
async fn r21_who_holds_the_lock_is_named() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        database.psql("CREATE TABLE t (a int)");
        let mut holder = database.session();
        holder.run("BEGIN;\nLOCK TABLE t");
        let pid = holder.run("SELECT pg_backend_pid()");
        let options = Options::new().lock_timeout(seconds(3)).lock_wait(seconds(1));
        let all = migrations(&[("V1__alter.sql", "ALTER TABLE t ADD COLUMN b int;")]);
        let error = By::Url.up(&database.url(), &all, &options).await.unwrap_err();
        let text = shown(&error);
        let who =
            format!("the lock is held by process {pid} (psql, postgres), idle in transaction; its transaction began ");
        assert!(text.contains(&who), "{text}");
        let end = format!("SELECT pg_terminate_backend({pid})");
        assert!(text.contains(&format!("hint: if nobody needs it any more: `{end}`")), "{text}");
        // As it says.
        database.psql(&end);
        By::Url.up(&database.url(), &all, &options).await.unwrap();
    }
}

/// A rehearsal takes no lock of the run: it asks on a connection of its own.
#[test]
#[cfg(feature = "cli")]
fn r21_a_plan_names_who_holds_the_lock() {
    for version in servers::one_of_versions() {
        let database = servers::database(version);
        database.psql("CREATE TABLE t (a int)");
        let project = schemactl_test_support::project!();
        project.config(&format!("[postgres]\nurl = \"{}\"\nlock_timeout = \"3s\"\n", database.url()));
        project.file("migrations/postgres/V1__alter.sql", "ALTER TABLE t ADD COLUMN b int;\n");
        let mut holder = database.session();
        holder.run("BEGIN;\nLOCK TABLE t");
        let pid = holder.run("SELECT pg_backend_pid()");
        let who =
            format!("the lock is held by process {pid} (psql, postgres), idle in transaction; its transaction began ");
        let end = format!("SELECT pg_terminate_backend({pid})");
        for command in ["plan", "up --dry-run"] {
            project
                .run(command.split(' '))
                .code(4)
                .stderr_has(&who)
                .stderr_has(&format!("hint: if nobody needs it any more: `{end}`"))
                .stderr_has("hint: `--no-rehearsal` shows what would be done");
        }
        project.run(["plan", "--no-rehearsal"]).ok().stdout_has("apply 1 alter");
        assert_eq!(database.psql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"), "2");
        database.psql(&end);
        project.run(["plan"]).ok().stdout_has("rehearsed");
    }
}

/// Nobody could be asked: the application's client alone, or a server that has one connection.
#[tokio::test(flavor = "multi_thread")]
async fn r21_a_plan_with_one_connection_says_how_to_look() {
    let database = servers::database(servers::version());
    database.psql("CREATE TABLE t (a int)");
    let mut holder = database.session();
    holder.run("BEGIN;\nLOCK TABLE t");
    let options = Options::new().lock_timeout(milliseconds(300)).connections(schemactl::Connections::One);
    let all = migrations(&[("V1__alter.sql", "ALTER TABLE t ADD COLUMN b int;")]);
    let (url, target) = (database.url(), schemactl::Target::Latest);
    let plan = schemactl::postgres::plan_url(&url, &all, &target, schemactl::Rehearse::Yes, &options).await.unwrap();
    let text = shown(plan.failure().unwrap());
    assert!(!text.contains("held by"), "{text}");
    assert!(text.contains("shows who has a transaction open"), "{text}");
    assert!(text.contains("`Rehearse::No` shows"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_tried_again() {
    for by in BOTH {
        let cluster =
            servers::Cluster::start(servers::Config::new(servers::version()).setting("deadlock_timeout", "100ms"));
        let database = cluster.create_database();
        database
            .psql("CREATE TABLE a (x int); CREATE TABLE b (x int); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
        // The other waits longer before it looks for a deadlock, so that the step is the victim.
        let mut other = database.session();
        other.run("SET deadlock_timeout = '20s';\nBEGIN;\nLOCK TABLE b");
        let url = database.url();
        let events = Events::default();
        let options = events.observe(Options::new().lock_timeout(seconds(10)).undo(schemactl::UndoPolicy::None));
        let all = migrations(&[("V1__both.sql", "LOCK TABLE a;\nSELECT pg_sleep(0.5);\nINSERT INTO b VALUES (2);")]);
        let running = tokio::spawn(async move { by.up(&url, &all, &options).await });
        until_running(&database, "LOCK TABLE a").await;
        tokio::time::sleep(milliseconds(200)).await;
        other.run("LOCK TABLE a;\nCOMMIT");
        running.await.unwrap().unwrap();
        assert!(events.count(is_retry) >= 1, "{:?}", events.lines());
        assert_eq!(database.psql("SELECT count(*) FROM b"), "2");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_shown() {
    for by in BOTH {
        let database = servers::database(servers::version());
        let options = Options::new().statement_timeout(milliseconds(300));
        let all = migrations(&[("V1__slow.sql", "CREATE TABLE a ();\nSELECT pg_sleep(20);\nCREATE TABLE b ();")]);
        let error = by.up(&database.url(), &all, &options).await.unwrap_err();
        let text = shown(&error);
        assert_eq!((error.code(), error.place().unwrap().line()), (Code::StatementFailed, Some(2)), "{text}");
        assert!(text.contains("statement_timeout"), "{text}");
        assert_eq!(history(&database), "");
        // The file may ask for more, or less.
        let all = migrations(&[("V1__slow.sql", "-- schemactl: statement_timeout = 20s\nSELECT pg_sleep(0.6);")]);
        by.up(&database.url(), &all, &options).await.unwrap();
    }
}

/// Only a panic tells that a runtime has no timer, and the first pause would be the first to ask for it.
#[test]
fn a_runtime_without_a_timer_will_do() {
    for by in BOTH {
        for none in ["", "-- schemactl: transaction = none\n"] {
            let database = servers::database(servers::version());
            database.psql("CREATE TABLE t (id int)");
            let mut holder = database.session();
            holder.run("BEGIN;\nLOCK TABLE t");
            let text = format!("{none}ALTER TABLE t ADD note text;");
            let all = migrations(&[("V1__note.sql", &text)]);
            let url = match by {
                By::Url => format!("{}&connect_timeout=20", database.url()),
                By::Client => database.url(),
            };
            let events = Events::default();
            let options = events.observe(Options::new().lock_timeout(milliseconds(100)));
            let running = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
                runtime.block_on(by.up(&url, &all, &options))
            });
            let started = Instant::now();
            while events.count(is_retry) < 2 {
                assert!(started.elapsed() < seconds(60) && !running.is_finished(), "{by:?}");
                std::thread::sleep(milliseconds(20));
            }
            holder.run("COMMIT");
            assert_eq!(running.join().unwrap().unwrap().to_string(), "1 applied");
        }
    }
}

/// Where nothing runs what is spawned, there is no connection to be had.
#[test]
fn without_a_runtime_the_error_says_so() {
    let url = "postgresql://localhost/shop";
    let none = migrations(&[]);
    let options = Options::new();
    let run = std::pin::pin!(schemactl::postgres::up_url(url, &none, &options));
    let polled = run.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    let std::task::Poll::Ready(Err(error)) = polled else { panic!("{polled:?}") };
    assert!(error.to_string().contains("needs a runtime of Tokio"), "{error:#}");
}
