//! The library on PostgreSQL, as an application calls it.
#![cfg(feature = "postgres")]

use schemactl::{
    Back, Code, ErrorKind, MigrationStatus, Migrations, Migrator, Options, Rehearse, RepairRequest, Target, Version,
    postgres,
};
use schemactl_test_support::postgres::{self as servers, Database};

fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Migrations::read(folder.path()).unwrap()
}

async fn client(database: &Database) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

const SHOP: &[(&str, &str)] = &[
    ("V0001__create_orders.sql", "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric);\n"),
    ("V0001__create_orders.down.sql", "DROP TABLE orders;\n"),
    (
        "V0002__create_items.sql",
        "CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);\nCREATE INDEX items_order ON items (order_id);\n",
    ),
    ("V0002__create_items.down.sql", "DROP TABLE items;\n"),
    (
        "V0003__index.sql",
        "INSERT INTO orders VALUES (1, 2);\nCREATE INDEX CONCURRENTLY orders_total ON orders (total);\nUPDATE orders SET total = 3;",
    ),
    ("V0003__index.down.sql", "DROP INDEX CONCURRENTLY orders_total;\n"),
];

async fn walk(database: &Database) {
    let migrations = migrations(SHOP);
    let options = Options::new().application("shop 1");
    let report = postgres::up_url(&database.url(), &migrations, &options).await.unwrap();
    assert_eq!(report.to_string(), "3 applied");
    let mut client = client(database).await;
    assert!(postgres::up(&mut client, &migrations).await.unwrap().is_empty());
    let error = postgres::down(&mut client, &migrations, Back::Empty, &options).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), (Code::DataLoss, ErrorKind::DataLoss));
    assert_eq!(error.to_string(), "taking back migration 1 create_orders would lose table orders: 1 row");
    assert_eq!(error.database_state(), Some("nothing was changed"));
    assert_eq!(database.psql("SELECT count(*) FROM schema_migrations"), "3");
    let options = options.accept_data_loss(true);
    let back = postgres::down(&mut client, &migrations, Back::Empty, &options).await.unwrap();
    assert_eq!(back.to_string(), "3 reverted");
    assert_eq!(postgres::pending(&client, &migrations, &options).await.unwrap().len(), 3);
    let report = postgres::up(&mut client, &migrations).await.unwrap();
    assert_eq!(report.to_string(), "3 applied");
    assert_eq!(
        database.psql("SELECT version, state, statements_done, statements FROM schema_migrations ORDER BY 1"),
        "1|applied|1|1\n2|applied|2|2\n3|applied|3|3"
    );
}

#[tokio::test]
async fn up_down_up() {
    for version in servers::versions() {
        walk(&servers::database(version)).await;
    }
}

#[tokio::test]
async fn an_application_records_no_more_than_ups_have_made() {
    let options = Options::new().fingerprinting(schemactl::Fingerprinting::On);
    let mut wrong = SHOP[..4].to_vec();
    wrong[3].1 = "DROP INDEX items_order;\n";
    let (right, wrong) = (migrations(&SHOP[..4]), migrations(&wrong));
    for (which, is_known) in [(&right, true), (&wrong, true), (&right, false), (&wrong, false)] {
        let database = servers::database(servers::version());
        let recorded = "SELECT version, fingerprint FROM schema_migrations WHERE version = 1";
        let mut client = client(&database).await;
        postgres::up_with(&mut client, which, &Target::Latest, &options).await.unwrap();
        let all = "SELECT count(fingerprint) FROM schema_migrations";
        assert_eq!(database.psql(all), "2");
        if !is_known {
            database.psql("UPDATE schema_migrations SET fingerprint = NULL WHERE version = 1");
        }
        let before = database.psql(recorded);
        postgres::down(&mut client, which, Back::Steps(1), &options).await.unwrap();
        assert_eq!(database.psql(recorded), before);
    }
}

/// A run that records nothing applies a version beneath: what was recorded of the one above it is void.
#[tokio::test]
async fn what_was_recorded_goes_with_what_it_was_of() {
    let mut files = vec![("V0003__last.sql", "CREATE TABLE last (n integer);\n"), SHOP[0]];
    let database = servers::database(servers::version());
    let mut client = client(&database).await;
    let options = Options::new().fingerprinting(schemactl::Fingerprinting::On);
    postgres::up_with(&mut client, &migrations(&files), &Target::Latest, &options).await.unwrap();
    files.push(SHOP[2]);
    let late = Options::new().order(schemactl::Order::Any);
    postgres::up_with(&mut client, &migrations(&files), &Target::Latest, &late).await.unwrap();
    let recorded = "SELECT version, fingerprint IS NOT NULL FROM schema_migrations ORDER BY version";
    assert_eq!(database.psql(recorded), "1|t\n2|f\n3|f");
}

#[tokio::test]
async fn a_failing_statement_is_shown_and_rolled_back() {
    let mut files = SHOP.to_vec();
    files.push((
        "V0004__break.sql",
        "CREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\nINSERT INTO a\n  SELECT 'é', nothing FROM a;\nSELECT 1;\n",
    ));
    let database = servers::database(servers::version());
    let error = postgres::up_url(&database.url(), &migrations(&files), &Options::new()).await.unwrap_err();
    println!("{error:#}");
    assert_eq!(error.code(), Code::StatementFailed);
    assert_eq!(error.place().unwrap().line(), Some(4));
    assert_eq!(database.psql("SELECT max(version) FROM schema_migrations"), "3");
    files.pop();
    files.push((
        "V0004__break.sql",
        "CREATE TABLE a (x int NOT NULL);\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (NULL);\n",
    ));
    let error = postgres::up_url(&database.url(), &migrations(&files), &Options::new()).await.unwrap_err();
    println!("{error:#}");
    assert_eq!(error.place().unwrap().line(), Some(3));
}

#[tokio::test]
async fn every_migration_applies() {
    postgres::assert_applies(&servers::shared(servers::version()).url(), &migrations(SHOP)).await;
}

#[tokio::test]
async fn what_is_recorded_took_as_long_as_the_report_says() {
    let database = servers::database(servers::version());
    let mut files = SHOP.to_vec();
    files.push(("V0004__slow.sql", "SELECT pg_sleep(0.05);\n"));
    let migrations = migrations(&files);
    let mut client = client(&database).await;
    let report = postgres::up(&mut client, &migrations).await.unwrap();
    let said: Vec<_> = report.steps().iter().map(|step| step.elapsed.as_millis().to_string()).collect();
    let recorded = database.psql("SELECT duration_ms FROM schema_migrations ORDER BY version");
    assert_eq!(recorded.lines().collect::<Vec<_>>(), said);
}

#[tokio::test]
async fn by_url_it_is_as_with_a_client() {
    let database = servers::database(servers::version());
    let (migrations, options) = (migrations(SHOP), Options::new().application("shop 1"));
    let url = database.url();
    assert_eq!(postgres::pending_url(&url, &migrations, &options).await.unwrap().len(), 3);
    assert_eq!(postgres::status_url(&url, &migrations, &options).await.unwrap().to_string(), "3 pending");
    let plan = postgres::plan_url(&url, &migrations, &Target::Latest, Rehearse::Yes, &options).await.unwrap();
    assert_eq!((plan.steps().len(), plan.succeeded()), (3, Some(2)), "CONCURRENTLY cannot be tried");
    assert!(plan.steps()[2].because.as_ref().unwrap().starts_with("statement 2: CREATE INDEX CONCURRENTLY"));
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname IN ('orders', 'schema_migrations')"), "0");
    let report = postgres::up_url(&url, &migrations, &options).await.unwrap();
    let client = client(&database).await;
    let status = postgres::status(&client, &migrations, &options).await.unwrap();
    assert_eq!(status, postgres::status_url(&url, &migrations, &options).await.unwrap());
    assert_eq!((status.to_string().as_str(), status.is_settled()), ("3 applied", true));
    for (entry, step) in status.migrations().iter().zip(report.steps()) {
        let record = entry.record.as_ref().unwrap();
        assert_eq!((entry.status, record.elapsed.as_millis()), (MigrationStatus::Applied, step.elapsed.as_millis()));
        assert_eq!((record.application.as_str(), record.down_stored), ("shop 1", true));
    }
    assert!(postgres::repair_url(&url, &migrations, &[RepairRequest::Checksums], &options).await.unwrap().is_empty());
    let error = postgres::down_url(&url, &migrations, Back::Empty, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss);
    let options = options.accept_data_loss(true);
    assert_eq!(postgres::down_url(&url, &migrations, Back::Empty, &options).await.unwrap().to_string(), "3 reverted");
}

#[tokio::test]
async fn a_baseline_records_without_running() {
    let database = servers::database(servers::version());
    let (migrations, options) = (migrations(SHOP), Options::new());
    database.psql("CREATE TABLE orders (id bigint PRIMARY KEY, total numeric)");
    let mut client = client(&database).await;
    let (one, two) = (Version::new(1).unwrap(), Version::new(2).unwrap());
    assert_eq!(postgres::baseline(&mut client, &migrations, one, &options).await.unwrap().len(), 1);
    assert_eq!(postgres::baseline_url(&database.url(), &migrations, two, &options).await.unwrap().len(), 1);
    let status = postgres::status(&client, &migrations, &options).await.unwrap();
    assert_eq!(status.to_string(), "2 baseline, 1 pending");
}

/// A rehearsal in the application's own session leaves there what it found: also what stands outside transactions.
#[tokio::test]
async fn a_plan_leaves_the_applications_session_as_it_was() {
    const SESSION: &str = "SELECT current_setting('app.tenant', true), current_setting('search_path'), \
        (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors), \
        (SELECT count(*) FROM pg_listening_channels()), to_regclass('pg_temp.t'), \
        (SELECT string_agg(objid::text, ',') FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())";
    let text = "PREPARE p AS SELECT 1;\nSELECT pg_advisory_lock(7);\nSET search_path = pg_catalog;\nLISTEN c;\n\
        CREATE TEMPORARY TABLE t (x int);\nSET app.tenant = 'other';\nDECLARE h CURSOR WITH HOLD FOR SELECT 1;\n";
    for end in ["CREATE TABLE public.late (x int);\n", "SELECT 1 / 0;\n"] {
        let database = servers::database(servers::version());
        let mut client = client(&database).await;
        client
            .batch_execute("SET app.tenant = 'mine'; SELECT pg_advisory_lock(3); PREPARE mine AS SELECT 1")
            .await
            .unwrap();
        let seen = async |client: &tokio_postgres::Client| {
            let rows = client.simple_query(SESSION).await.unwrap();
            let row = rows.iter().find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            let row = row.unwrap();
            (0..row.len()).map(|at| row.get(at).unwrap_or("-").to_owned()).collect::<Vec<_>>()
        };
        let before = seen(&client).await;
        let migrations = migrations(&[("V0001__session.sql", &format!("{text}{end}"))]);
        let options = Options::new();
        let plan = postgres::plan(&mut client, &migrations, &Target::Latest, Rehearse::Yes, &options).await.unwrap();
        assert_eq!(plan.failure().is_some(), end.contains("/ 0"), "{:?} {:?}", plan.failure(), plan.untried());
        assert_eq!(seen(&client).await, before);
        assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname IN ('late', 'schema_migrations')"), "0");
    }
}

#[tokio::test]
async fn a_plan_is_not_tried_on_what_a_temporary_table_hides() {
    let database = servers::database(servers::version());
    let mut client = client(&database).await;
    client.batch_execute("CREATE TEMPORARY TABLE orders (id int)").await.unwrap();
    let options = Options::new();
    let (migrations, target) = (migrations(SHOP), Target::Latest);
    let plan = postgres::plan(&mut client, &migrations, &target, Rehearse::No, &options).await.unwrap();
    assert_eq!(plan.steps().len(), 3);
    let plan = postgres::plan(&mut client, &migrations, &target, Rehearse::Yes, &options).await.unwrap();
    assert!(plan.failure().unwrap().cause().unwrap().contains("temporary table"), "{:#}", plan.failure().unwrap());
    // Within a transaction of the application nothing is tried, and nothing of it is ended.
    client.batch_execute("DROP TABLE orders").await.unwrap();
    let first = Target::Version(Version::new(1).unwrap());
    postgres::up_with(&mut client, &migrations, &first, &options).await.unwrap();
    client.batch_execute("BEGIN; CREATE TABLE mine (x int)").await.unwrap();
    let error = postgres::plan(&mut client, &migrations, &target, Rehearse::Yes, &options).await;
    let failure = match &error {
        Ok(plan) => plan.failure().unwrap(),
        Err(error) => error,
    };
    assert!(format!("{failure:#}").contains("the client has an open transaction"), "{failure:#}");
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(database.psql("SELECT count(*) FROM pg_class WHERE relname = 'mine'"), "1");
}

/// Everything that the functions do, with migrations and options named once; a task of a runtime with several threads may hold it.
#[tokio::test]
async fn a_migrator_does_what_the_functions_do() {
    let database = servers::database(servers::version());
    let migrations = migrations(SHOP);
    let migrator = Migrator::new(&migrations).with_options(Options::new().application("shop 1").accept_data_loss(true));
    let mut client = client(&database).await;
    let mut shop = migrator.postgres(&mut client);
    assert_eq!(shop.pending().await.unwrap().len(), 3);
    assert_eq!(shop.plan(&Target::Latest, Rehearse::No).await.unwrap().steps().len(), 3);
    let second = Target::Version("2".parse().unwrap());
    assert_eq!(shop.up_to(&second).await.unwrap().to_string(), "2 applied");
    assert_eq!(shop.up().await.unwrap().to_string(), "1 applied");
    assert_eq!(shop.status().await.unwrap().count(MigrationStatus::Applied), 3);
    assert_eq!(database.psql("SELECT DISTINCT application FROM schema_migrations"), "shop 1");
    assert_eq!(shop.down(Back::Empty).await.unwrap().to_string(), "3 reverted");
    assert!(shop.baseline(Version::try_from(1).unwrap()).await.unwrap().len() == 1);
    let forget = [RepairRequest::Forget(Version::try_from(1).unwrap())];
    assert_eq!(shop.repair(&forget).await.unwrap().len(), 1);
    assert!(shop.adopt().await.is_err(), "there is nothing of another tool");
    is_sendable(shop.up());
}

fn is_sendable(_: impl Send) {}
