//! The library on PostgreSQL, as an application calls it.
#![cfg(feature = "postgres")]

use schemactl::{Back, Code, ErrorKind, Migrations, Options, postgres};
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
