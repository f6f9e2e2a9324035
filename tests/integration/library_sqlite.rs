//! The library on SQLite, as an application calls it.
#![cfg(feature = "sqlite")]

use std::path::Path;

use schemactl::{
    Back, Code, ErrorKind, MigrationStatus, Migrations, Options, Rehearse, RepairRequest, Target, Version, sqlite,
};
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::sqlite::query;

fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    Migrations::read(folder.path()).unwrap()
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

const SHOP: &[(&str, &str)] = &[
    ("V0001__create_orders.sql", "CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL);\n"),
    ("V0001__create_orders.down.sql", "DROP TABLE orders;\n"),
    (
        "V0002__create_items.sql",
        "CREATE TABLE items (\n  id INTEGER PRIMARY KEY,\n  order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE\n);\nCREATE INDEX items_order ON items (order_id);\n",
    ),
    ("V0002__create_items.down.sql", "DROP TABLE items;\n"),
];

#[test]
fn up_down_up() {
    let migrations = migrations(SHOP);
    let mut connection = Connection::open_in_memory().unwrap();
    let options = Options::new().application("shop 1");
    assert_eq!(sqlite::pending(&connection, &migrations, &options).unwrap().len(), 2);
    let report = sqlite::up(&mut connection, &migrations).unwrap();
    assert_eq!(report.to_string(), "2 applied");
    assert!(sqlite::up(&mut connection, &migrations).unwrap().is_empty());
    let back = sqlite::down(&mut connection, &migrations, Back::Steps(1), &options).unwrap();
    assert_eq!(back.to_string(), "1 reverted");
    assert_eq!(query(&connection, "SELECT version, state, statements_done FROM schema_migrations"), "1|applied|1");
    let target = Target::Version(Version::new(2).unwrap());
    sqlite::up_with(&mut connection, &migrations, &target, &options).unwrap();
    sqlite::down(&mut connection, &migrations, Back::Empty, &options).unwrap();
    assert_eq!(query(&connection, "SELECT count(*) FROM schema_migrations"), "0");
    assert_eq!(
        query(&connection, "SELECT action, version, outcome FROM schema_migrations_log ORDER BY id").lines().count(),
        6
    );
}

#[test]
fn a_failing_statement_is_shown_and_rolled_back() {
    let mut files = SHOP.to_vec();
    files.push((
        "V0003__break.sql",
        "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\nINSERT INTO nowhere VALUES (1);\nSELECT 1;\n",
    ));
    let migrations = migrations(&files);
    let mut connection = Connection::open_in_memory().unwrap();
    let error = sqlite::up(&mut connection, &migrations).unwrap_err();
    println!("{error:#}");
    assert_eq!(error.code(), Code::StatementFailed);
    assert_eq!(error.place().unwrap().line(), Some(3));
    assert!(error.cause().unwrap().contains("no such table: nowhere"), "{error:#}");
    assert_eq!(query(&connection, "SELECT max(version) FROM schema_migrations"), "2");
    assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'a'"), "0");
}

#[test]
fn r27a_data_is_lost_only_where_that_is_accepted() {
    let migrations = migrations(SHOP);
    let mut connection = Connection::open_in_memory().unwrap();
    let options = Options::new();
    sqlite::up(&mut connection, &migrations).unwrap();
    connection.execute_batch("INSERT INTO orders VALUES (1, 2.5); INSERT INTO items VALUES (1, 1), (2, 1)").unwrap();
    let error = sqlite::down(&mut connection, &migrations, Back::Empty, &options).unwrap_err();
    assert_eq!((error.code(), error.kind()), (Code::DataLoss, ErrorKind::DataLoss));
    assert_eq!(
        error.to_string(),
        "taking back migration 2 create_items would lose table items: 2 rows; \
         taking back migration 1 create_orders would lose table orders: 1 row"
    );
    assert_eq!(error.database_state(), Some("nothing was changed"));
    assert_eq!(query(&connection, "SELECT count(*) FROM schema_migrations"), "2");
    let accept = options.accept_data_loss(true);
    assert_eq!(sqlite::down(&mut connection, &migrations, Back::Empty, &accept).unwrap().to_string(), "2 reverted");
}

#[test]
fn every_migration_applies() {
    sqlite::assert_applies(&migrations(SHOP));
}

#[test]
fn every_down_is_proven() {
    sqlite::assert_proven(&migrations(SHOP));
    let mut wrong = SHOP.to_vec();
    wrong[3].1 = "DROP INDEX items_order;\n";
    let migrations = migrations(&wrong);
    let panic = std::panic::catch_unwind(|| sqlite::assert_proven(&migrations)).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("the down of version 2 is wrong") && text.ends_with("DROP TABLE items;\n"), "{text}");
}

#[test]
fn i8_11_an_application_that_records_fingerprints_does_not_stamp_over_drift() {
    let recorded = |connection: &Connection| {
        query(connection, "SELECT fingerprint IS NOT NULL FROM schema_migrations ORDER BY version DESC LIMIT 1")
    };
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let listener = std::sync::Arc::clone(&told);
    let options = Options::new()
        .fingerprinting(schemactl::Fingerprinting::On)
        .on_event(move |event| listener.lock().unwrap().push(event.to_string()));
    let is_told = || told.lock().unwrap().drain(..).any(|event| event.starts_with("no fingerprint of the catalog"));
    let mut connection = Connection::open_in_memory().unwrap();
    let first = migrations(&SHOP[..2]);
    sqlite::up_with(&mut connection, &first, &Target::Latest, &options).unwrap();
    assert_eq!((recorded(&connection).as_str(), is_told()), ("1", false));
    connection.execute_batch("INSERT INTO orders VALUES (1, 2); ALTER TABLE orders ADD COLUMN extra TEXT").unwrap();
    let both = migrations(SHOP);
    sqlite::up_with(&mut connection, &both, &Target::Latest, &options).unwrap();
    assert_eq!((recorded(&connection).as_str(), is_told()), ("0", true));
    // What was recorded of the version below stays what it was.
    let before = query(&connection, "SELECT fingerprint FROM schema_migrations WHERE version = 1");
    sqlite::down(&mut connection, &both, Back::Steps(1), &options).unwrap();
    assert_eq!(query(&connection, "SELECT fingerprint FROM schema_migrations WHERE version = 1"), before);
    assert!(is_told());
}

/// The versions of which a run recorded the catalog, after each of these.
#[test]
fn an_application_records_no_more_than_ups_have_made() {
    let options = Options::new().fingerprinting(schemactl::Fingerprinting::On);
    let recorded = |connection: &Connection| {
        query(connection, "SELECT version FROM schema_migrations WHERE fingerprint IS NOT NULL ORDER BY version")
    };
    let mut wrong = SHOP.to_vec();
    wrong[3].1 = "DROP INDEX items_order;\n";
    let (right, wrong) = (migrations(SHOP), migrations(&wrong));
    for (which, is_known) in [(&right, true), (&wrong, true), (&right, false), (&wrong, false)] {
        let mut connection = Connection::open_in_memory().unwrap();
        sqlite::up_with(&mut connection, which, &Target::Latest, &options).unwrap();
        assert_eq!(recorded(&connection), "1\n2");
        if !is_known {
            connection.execute_batch("UPDATE schema_migrations SET fingerprint = NULL WHERE version = 1").unwrap();
        }
        let before = query(&connection, "SELECT fingerprint FROM schema_migrations WHERE version = 1");
        sqlite::down(&mut connection, which, Back::Steps(1), &options).unwrap();
        assert_eq!(query(&connection, "SELECT fingerprint FROM schema_migrations WHERE version = 1"), before);
    }
}

/// A run that records nothing applies a version beneath: what was recorded of the one above it is void.
#[test]
fn what_was_recorded_goes_with_what_it_was_of() {
    let mut files = vec![("V0003__last.sql", "CREATE TABLE last (n INTEGER);\n"), SHOP[0]];
    let mut connection = Connection::open_in_memory().unwrap();
    let options = Options::new().fingerprinting(schemactl::Fingerprinting::On);
    sqlite::up_with(&mut connection, &migrations(&files), &Target::Latest, &options).unwrap();
    files.push(SHOP[2]);
    let late = Options::new().order(schemactl::Order::Any);
    sqlite::up_with(&mut connection, &migrations(&files), &Target::Latest, &late).unwrap();
    let recorded = "SELECT version, fingerprint IS NOT NULL FROM schema_migrations ORDER BY version";
    assert_eq!(query(&connection, recorded), "1|1\n2|0\n3|0");
}

#[test]
fn what_is_recorded_took_as_long_as_the_report_says() {
    let mut files = SHOP.to_vec();
    files.push((
        "V0003__fill.sql",
        "INSERT INTO orders (id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i FROM n;\n",
    ));
    let migrations = migrations(&files);
    let folder = tempfile::tempdir().unwrap();
    let mut connection = Connection::open(folder.path().join("app.db")).unwrap();
    let report = sqlite::up(&mut connection, &migrations).unwrap();
    let said: Vec<_> = report.steps().iter().map(|step| step.elapsed.as_millis().to_string()).collect();
    let recorded = query(&connection, "SELECT duration_ms FROM schema_migrations ORDER BY version");
    assert_eq!(recorded.lines().collect::<Vec<_>>(), said);
}

#[test]
fn by_url_it_is_as_with_a_connection_and_reading_creates_nothing() {
    let migrations = migrations(SHOP);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let (url, options) = (format!("sqlite:{}", file.display()), Options::new().application("shop 1"));
    assert_eq!(sqlite::pending_url(&url, &migrations, &options).unwrap().len(), 2);
    assert_eq!(sqlite::status_url(&url, &migrations, &options).unwrap().to_string(), "2 pending");
    let plan = sqlite::plan_url(&url, &migrations, &Target::Latest, Rehearse::Yes, &options).unwrap();
    assert_eq!(plan.to_string(), "apply 1 create_orders\napply 2 create_items");
    assert_eq!((plan.succeeded(), plan.untried(), plan.failure().is_none()), (Some(2), None, true));
    assert!(sqlite::down_url(&url, &migrations, Back::Empty, &options).unwrap().is_empty());
    let error = sqlite::repair_url(&url, &migrations, &[RepairRequest::Checksums], &options).unwrap_err();
    assert_eq!((error.code(), error.database_state()), (Code::Connect, Some("nothing was changed")));
    let last = Version::new(1).unwrap();
    assert!(sqlite::baseline_url(&url, &migrations, last, &options).is_err());
    assert!(!file.exists(), "what only looks made a file");
    let report = sqlite::up_url(&url, &migrations, &options).unwrap();
    let status = sqlite::status_url(&url, &migrations, &options).unwrap();
    assert_eq!((status.to_string().as_str(), status.is_settled()), ("2 applied", true));
    for (entry, step) in status.migrations().iter().zip(report.steps()) {
        let record = entry.record.as_ref().unwrap();
        assert_eq!((entry.version, &entry.description), (step.version, &step.description));
        assert_eq!(record.elapsed.as_millis(), step.elapsed.as_millis());
        assert_eq!((record.application.as_str(), record.down_stored), ("shop 1", true));
        assert_eq!(record.statements_done, record.statements);
    }
    assert!(sqlite::pending_url(&url, &migrations, &options).unwrap().is_empty());
    assert!(sqlite::plan_url(&url, &migrations, &Target::Latest, Rehearse::Yes, &options).unwrap().is_empty());
    Connection::open(&file).unwrap().execute_batch("INSERT INTO orders (total) VALUES (1)").unwrap();
    let error = sqlite::down_url(&url, &migrations, Back::Empty, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DataLoss);
    let report = sqlite::down_url(&url, &migrations, Back::Empty, &options.accept_data_loss(true)).unwrap();
    assert_eq!(report.to_string(), "2 reverted");
}

#[test]
fn a_plan_says_what_would_fail_and_changes_nothing() {
    let mut files = SHOP.to_vec();
    files.push(("V0003__break.sql", "CREATE TABLE a (x);\nINSERT INTO missing VALUES (1);\n"));
    let migrations = migrations(&files);
    let mut connection = Connection::open_in_memory().unwrap();
    let options = Options::new();
    let target = Target::Version(Version::new(2).unwrap());
    sqlite::up_with(&mut connection, &migrations, &Target::Version(Version::new(1).unwrap()), &options).unwrap();
    let plan = sqlite::plan(&connection, &migrations, &target, Rehearse::Yes, &options).unwrap();
    assert_eq!((plan.steps().len(), plan.succeeded()), (1, Some(1)));
    assert_eq!((plan.steps()[0].statements, plan.steps()[0].because.as_deref()), (2, None));
    let plan = sqlite::plan(&connection, &migrations, &Target::Latest, Rehearse::Yes, &options).unwrap();
    assert_eq!((plan.steps().len(), plan.succeeded()), (2, Some(1)));
    let failure = plan.failure().unwrap();
    assert_eq!((failure.code(), failure.place().unwrap().line()), (Code::StatementFailed, Some(2)));
    let plan = sqlite::plan(&connection, &migrations, &Target::Latest, Rehearse::No, &options).unwrap();
    assert_eq!((plan.steps().len(), plan.succeeded(), plan.failure().is_none()), (2, None, true));
    assert_eq!(query(&connection, "SELECT count(*) FROM schema_migrations"), "1");
    assert_eq!(query(&connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'items'"), "0");
    // A refusal is one of the plan too.
    let edited = self::migrations(&[("V0001__create_orders.sql", "CREATE TABLE other (id);\n")]);
    let error = sqlite::plan(&connection, &edited, &Target::Latest, Rehearse::No, &options).unwrap_err();
    assert_eq!((error.code(), error.kind()), (Code::Modified, ErrorKind::Refused));
}

#[test]
fn a_status_has_every_state_and_a_baseline_records_without_running() {
    let migrations = migrations(SHOP);
    let mut connection = Connection::open_in_memory().unwrap();
    let options = Options::new();
    connection.execute_batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)").unwrap();
    assert_eq!(sqlite::up(&mut connection, &migrations).unwrap_err().code(), Code::ExistingDatabase);
    let unknown = sqlite::baseline(&mut connection, &migrations, Version::new(9).unwrap(), &options).unwrap_err();
    assert_eq!(unknown.code(), Code::UnknownTarget);
    let changes = sqlite::baseline(&mut connection, &migrations, Version::new(1).unwrap(), &options).unwrap();
    assert_eq!(changes.iter().map(|change| change.version().get()).collect::<Vec<_>>(), [1]);
    assert!(sqlite::baseline(&mut connection, &migrations, Version::new(1).unwrap(), &options).unwrap().is_empty());
    assert_eq!(sqlite::up(&mut connection, &migrations).unwrap().to_string(), "1 applied");
    let status = sqlite::status(&connection, &migrations, &options).unwrap();
    assert_eq!(status.to_string(), "1 applied, 1 baseline");
    let edited = self::migrations(&[
        ("V0001__create_orders.sql", "CREATE TABLE other (id);\n"),
        ("V0003__later.sql", "SELECT 1;\n"),
    ]);
    let status = sqlite::status(&connection, &edited, &options).unwrap();
    let found: Vec<_> = status.migrations().iter().map(|entry| entry.status).collect();
    assert_eq!(found, [MigrationStatus::Modified, MigrationStatus::Missing, MigrationStatus::Pending]);
    assert_eq!((status.count(MigrationStatus::Missing), status.is_settled()), (1, false));
    assert_eq!(status.migrations()[1].path, None);
    assert_eq!(status.migrations()[2].record, None);
}
