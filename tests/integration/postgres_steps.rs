//! Steps with the application's client: what it had it keeps, and what a step made is taken back.
#![cfg(feature = "postgres")]

use crate::postgres_common::{By, client, migrations, shown};
use schemactl::{Code, Options, postgres};
use schemactl_test_support::postgres::{self as servers, Database};

fn database() -> Database {
    servers::database(servers::version())
}

/// What a session has, kind by kind.
const HAS: &str = "SELECT concat_ws(' / ', \
     (SELECT string_agg(relname, ' ' ORDER BY 1) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), \
     (SELECT string_agg(proname, ' ' ORDER BY 1) FROM pg_proc WHERE pronamespace = pg_my_temp_schema()), \
     (SELECT string_agg(name, ' ' ORDER BY 1) FROM pg_prepared_statements WHERE from_sql), \
     (SELECT string_agg(name, ' ' ORDER BY 1) FROM pg_cursors WHERE is_holdable), \
     (SELECT string_agg(c, ' ' ORDER BY 1) FROM pg_listening_channels() c), \
     (SELECT string_agg(objid || mode, ' ' ORDER BY 1) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()))";

async fn has(client: &tokio_postgres::Client) -> String {
    let rows = client.simple_query(HAS).await.unwrap();
    let row = rows.iter().find_map(|row| match row {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    row.unwrap()
}

const LITTER: &str = "CREATE TEMP TABLE mine (id serial);\nCREATE TEMP VIEW seen AS SELECT * FROM mine;\nPREPARE p AS SELECT 1;\n\
     DECLARE c CURSOR WITH HOLD FOR SELECT 1;\nLISTEN news;\n\
     SELECT pg_advisory_lock(7), pg_advisory_lock(7), pg_advisory_lock_shared(1, -2);\n\
     CREATE FUNCTION pg_temp.g() RETURNS int LANGUAGE sql AS 'SELECT 2';\nCREATE DOMAIN pg_temp.kind AS text;\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_client_keeps_what_it_had_and_nothing_else() {
    let theirs = "CREATE TEMP TABLE cached (id int); PREPARE q AS SELECT 1; BEGIN; DECLARE d CURSOR WITH HOLD FOR SELECT 1; COMMIT; \
         LISTEN mine; SELECT pg_advisory_lock(5); CREATE FUNCTION pg_temp.h() RETURNS int LANGUAGE sql AS 'SELECT 1'";
    for before in ["", theirs] {
        let database = database();
        let mut client = client(&database.url()).await;
        client.batch_execute(before).await.unwrap();
        // The driver's own must stay too.
        let statement = client.prepare("SELECT 41 + 1").await.unwrap();
        let had = has(&client).await;
        let apart = format!("-- schemactl: transaction = none\n{LITTER}");
        let files = [("V1__a.sql", LITTER), ("V2__b.sql", LITTER), ("V3__c.sql", &apart), ("V4__d.sql", &apart)];
        postgres::up(&mut client, &migrations(&files)).await.unwrap();
        assert_eq!(has(&client).await, had);
        assert_eq!(client.query_one(&statement, &[]).await.unwrap().get::<_, i32>(0), 42);
        // Nor does one that fails leave anything.
        let bad = format!("{LITTER}SELECT 1 / 0;\n");
        let bad_apart = format!("{apart}SELECT 1 / 0;\n");
        for text in [&bad, &bad_apart] {
            let files = [
                ("V1__a.sql", LITTER),
                ("V2__b.sql", LITTER),
                ("V3__c.sql", &apart),
                ("V4__d.sql", &apart),
                ("V5__e.sql", text),
            ];
            let error = postgres::up(&mut client, &migrations(&files)).await.unwrap_err();
            assert_eq!(error.sqlstate(), Some("22012"), "{error:#}");
            assert_eq!(has(&client).await, had);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_table_of_the_application_is_not_taken_for_the_real_one() {
    let create = (
        "V1__t.sql",
        "CREATE TABLE orders (id int);\nCREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'INSERT INTO orders VALUES (1)';",
    );
    for second in ["INSERT INTO orders VALUES (1);", "SELECT f();", "DO $$ BEGIN EXECUTE 'TRUNCATE Orders'; END $$;"] {
        let database = database();
        let mut client = client(&database.url()).await;
        postgres::up(&mut client, &migrations(&[create])).await.unwrap();
        client.batch_execute("CREATE TEMP TABLE orders (id int)").await.unwrap();
        let files = migrations(&[create, ("V2__fill.sql", second)]);
        let error = postgres::up(&mut client, &files).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::Usage, "{text}");
        assert!(text.contains("temporary table or type \"orders\"") && text.contains("nothing was changed"), "{text}");
        // As the hint says.
        client.batch_execute("DROP TABLE pg_temp.orders").await.unwrap();
        postgres::up(&mut client, &files).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_under_a_policy_is_an_error_and_no_endless_loop() {
    let files =
        migrations(&[("V1__t.sql", "CREATE TABLE orders (id int);"), ("V2__u.sql", "CREATE TABLE items (id int);")]);
    for by in crate::postgres_common::BOTH {
        let database = database();
        by.up(&database.url(), &migrations(&[("V1__t.sql", "CREATE TABLE orders (id int);")]), &Options::new())
            .await
            .unwrap();
        database.psql("ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY");
        // The tables' owner and those who bypass policies see all.
        let role = format!("app_{}", database.name());
        database.psql(&format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT ALL ON SCHEMA public TO {role}"
        ));
        let url = database.url_as(&role);
        let error = by.up(&url, &files, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert!(error.sqlstate() == Some("42501") && text.contains("row-level security"), "{text}");
        assert!(text.contains("DISABLE ROW LEVEL SECURITY"), "{text}");
        assert_eq!(database.psql("SELECT to_regclass('items') IS NULL"), "t");
        // One that may read, but not change or delete.
        database.psql("CREATE POLICY read ON schema_migrations FOR SELECT USING (true)");
        by.up(&url, &files, &Options::new()).await.unwrap_err();
        database.psql("ALTER TABLE schema_migrations DISABLE ROW LEVEL SECURITY");
        assert_eq!(by.up(&url, &files, &Options::new()).await.unwrap().to_string(), "1 applied");
        database.psql(&format!("DROP OWNED BY {role} CASCADE"));
        database.psql(&format!("DROP ROLE {role}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hides_records_ends_the_run_in_the_end() {
    let database = database();
    let files = migrations(&[("V1__t.sql", "CREATE TABLE orders (id int);")]);
    By::Url.up(&database.url(), &files, &Options::new()).await.unwrap();
    // A view that hides rows, in the table's place.
    database.psql(
        "ALTER TABLE schema_migrations RENAME TO kept; CREATE VIEW schema_migrations AS SELECT * FROM kept WHERE version > 1; DROP TABLE orders",
    );
    for by in crate::postgres_common::BOTH {
        let error = by.up(&database.url(), &files, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::HistoryTable, "{text}");
        assert!(text.contains("does not show what is recorded in it"), "{text}");
    }
    assert_eq!(database.psql("SELECT to_regclass('orders') IS NULL"), "t");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_in_a_transaction_keeps_its_row_security() {
    let database = database();
    let client = client(&database.url()).await;
    let mut other = crate::postgres_common::client(&database.url()).await;
    postgres::up(&mut other, &migrations(&[("V1__t.sql", "SELECT 1;")])).await.unwrap();
    client.batch_execute("BEGIN").await.unwrap();
    postgres::pending(&client, &migrations(&[("V1__t.sql", "SELECT 1;")]), &Options::new()).await.unwrap();
    let setting: String = client.query_one("SHOW row_security", &[]).await.unwrap().get(0);
    assert_eq!(setting, "on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_as_utf_8_whatever_it_sets() {
    let filler = "-- filler\nSELECT 1;\n".repeat(20_000);
    let long = format!(
        "CREATE TABLE t (x text);\nSET client_encoding = 'LATIN1';\nINSERT INTO t VALUES ('é');\n{filler}INSERT INTO t VALUES ('é');\nCOPY t FROM STDIN;\né\n\\.\n"
    );
    let apart = "-- schemactl: transaction = none\nSET NAMES 'LATIN1';\nINSERT INTO t VALUES ('é');\nINSERT INTO t VALUES ('é');\n";
    for by in crate::postgres_common::BOTH {
        let database = database();
        by.up(&database.url(), &migrations(&[("V1__a.sql", &long), ("V2__b.sql", apart)]), &Options::new())
            .await
            .unwrap();
        assert_eq!(database.psql("SELECT x, count(*) FROM t GROUP BY x"), "é|5");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_commits_batch_by_batch() {
    let create = (
        "V1__t.sql",
        "CREATE TABLE t (id int, done boolean);\nINSERT INTO t SELECT i, false FROM generate_series(1, 10) i;\nCREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN WHILE EXISTS (SELECT FROM t WHERE NOT done) LOOP UPDATE t SET done = true WHERE id IN (SELECT id FROM t WHERE NOT done LIMIT 3); COMMIT; END LOOP; END $$;",
    );
    let block = "DO $$ BEGIN FOR i IN 11..15 LOOP INSERT INTO t VALUES (i, true); COMMIT; END LOOP; END $$;";
    let fill = format!(
        "-- schemactl: transaction = none\nSET search_path = public;\nCALL fill();\n{block}\nINSERT INTO t VALUES (0, true);\n"
    );
    for by in crate::postgres_common::BOTH {
        let database = database();
        by.up(&database.url(), &migrations(&[create, ("V2__fill.sql", &fill)]), &Options::new()).await.unwrap();
        assert_eq!(database.psql("SELECT count(*), bool_and(done) FROM t"), "16|t");
        // What fails in the midst of it is run again, and says so.
        let bad = "-- schemactl: transaction = none\nDO $$ BEGIN INSERT INTO t VALUES (90, true); COMMIT; PERFORM 1 / (SELECT count(*) FROM t WHERE id = 99); END $$;\n";
        let files = migrations(&[create, ("V2__fill.sql", &fill), ("V3__bad.sql", bad)]);
        let error = by.up(&database.url(), &files, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert!(
            error.sqlstate() == Some("22012") && text.contains("what the statement committed before stays"),
            "{text}"
        );
        database.psql("INSERT INTO t VALUES (99, true)");
        by.up(&database.url(), &files, &Options::new()).await.unwrap();
        assert_eq!(database.psql("SELECT count(*) FROM t WHERE id = 90"), "2");
        // Where it cannot commit the hint is not the directive that is there.
        let never = "-- schemactl: transaction = none\nDO $$ BEGIN BEGIN COMMIT; EXCEPTION WHEN division_by_zero THEN NULL; END; END $$;\n";
        let files = migrations(&[create, ("V2__fill.sql", &fill), ("V3__bad.sql", bad), ("V4__never.sql", never)]);
        let text = shown(&by.up(&database.url(), &files, &Options::new()).await.unwrap_err());
        assert!(text.contains("EXCEPTION") && !text.contains("transaction = none` at its head"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_was_cut_off_is_in_doubt() {
    for by in crate::postgres_common::BOTH {
        let database = database();
        let slow = "-- schemactl: transaction = none\nCREATE TABLE t (id int);\nDO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; PERFORM pg_sleep(20); END $$;\n";
        let files = migrations(&[("V1__slow.sql", slow)]);
        let running = {
            let (url, files) = (database.url(), files.clone());
            tokio::spawn(async move { by.up(&url, &files, &Options::new()).await })
        };
        crate::postgres_common::until(&database, "SELECT CASE WHEN to_regclass('t') IS NULL THEN 'no' ELSE (SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()) END", "1").await;
        tokio::time::sleep(crate::postgres_common::milliseconds(200)).await;
        database.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()");
        assert_eq!(running.await.unwrap().unwrap_err().code(), Code::CommitUnknown);
        let error = by.up(&database.url(), &files, &Options::new()).await.unwrap_err();
        let text = shown(&error);
        assert_eq!(error.code(), Code::InDoubt, "{text}");
        assert_eq!(database.psql("SELECT count(*) FROM t"), "1");
        // The hints: finished by hand and marked, or taken back and forgotten.
        let mut client = client(&database.url()).await;
        let version = schemactl::Version::new(1).unwrap();
        let request = if by == crate::postgres_common::By::Url {
            assert!(text.contains("RepairRequest::MarkApplied(1)"), "{text}");
            schemactl::RepairRequest::MarkApplied(version)
        } else {
            assert!(text.contains("RepairRequest::Forget(1)"), "{text}");
            database.psql("DROP TABLE t");
            schemactl::RepairRequest::Forget(version)
        };
        postgres::repair(&mut client, &files, &[request], &Options::new()).await.unwrap();
        let quick = slow.replace("pg_sleep(20)", "pg_sleep(0)");
        let is_forgotten = matches!(request, schemactl::RepairRequest::Forget(_));
        let files = if is_forgotten { migrations(&[("V1__slow.sql", &quick)]) } else { files };
        postgres::up(&mut client, &files).await.unwrap();
        assert_eq!(
            database.psql("SELECT version || ' ' || state || ' ' || in_doubt FROM schema_migrations"),
            "1 applied false"
        );
        assert_eq!(database.psql("SELECT count(*) FROM t"), "1");
        assert!(postgres::up(&mut client, &files).await.unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_nobody_takes_are_refused() {
    for by in crate::postgres_common::BOTH {
        for head in ["", "-- schemactl: transaction = none\n"] {
            let database = database();
            let text = format!("{head}CREATE TABLE t (x int);\nCOPY t TO STDOUT;\n");
            let error =
                by.up(&database.url(), &migrations(&[("V1__a.sql", &text)]), &Options::new()).await.unwrap_err();
            let text = shown(&error);
            assert!(error.code() == Code::StatementFailed && text.contains("COPY ... TO STDOUT"), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_down_that_was_changed_is_not_run() {
    let files = migrations(&[("V1__t.sql", "CREATE TABLE t (x int);"), ("V1__t.down.sql", "DROP TABLE t;")]);
    let database = database();
    let mut client = client(&database.url()).await;
    postgres::up(&mut client, &files).await.unwrap();
    database.psql("UPDATE schema_migrations SET down_sql = 'DROP TABLE t; CREATE ROLE evil SUPERUSER'");
    let error = postgres::down(&mut client, &files, schemactl::Back::Steps(1), &Options::new()).await.unwrap_err();
    assert_eq!(error.code(), Code::Modified, "{error:#}");
    assert_eq!(database.psql("SELECT to_regclass('t') IS NOT NULL"), "t");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_behind_a_pooler_is_not_known() {
    let cluster = servers::shared(servers::version());
    let bouncer = schemactl_test_support::pgbouncer::start(cluster);
    let database = cluster.create_database();
    let url = database.url_at(&bouncer.endpoint());
    let files = migrations(&[("V1__t.sql", "CREATE TABLE t (x int);\nSELECT pg_sleep(20);")]);
    // One message: where rows are kept, COMMIT is sent after the statements.
    let options = Options::new().undo(schemactl::UndoPolicy::None);
    let running = {
        let files = files.clone();
        tokio::spawn(async move { postgres::up_url(&url, &files, &options).await })
    };
    crate::postgres_common::until_running(&database, "pg_sleep(20)").await;
    database.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid() AND datname = current_database()");
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::CommitUnknown, "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn timeouts_that_the_server_cannot_have_are_the_nearest_it_can() {
    for timeout in [std::time::Duration::from_secs(40 * 86_400), std::time::Duration::from_micros(10)] {
        let database = database();
        let options =
            Options::new().lock_timeout(timeout).statement_timeout(std::time::Duration::from_secs(40 * 86_400));
        By::Url.up(&database.url(), &migrations(&[("V1__t.sql", "CREATE TABLE t (x int);")]), &options).await.unwrap();
    }
}
