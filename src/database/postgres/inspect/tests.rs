//! What reading a catalog costs, sees, and leaves as it was.

use std::time::Instant;

use schemactl_test_support::postgres as servers;

use tokio_postgres::Client;

use super::inspect;
use crate::catalog::{Fingerprint, Kind};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// 1,000 tables, 5,000 columns, 2,000 indexes: under 300 ms, with room for a busy machine and a debug build.
#[tokio::test]
async fn a_large_catalog_is_read_at_once() {
    let database = servers::database(servers::version());
    database.psql(
        "DO $$ BEGIN FOR i IN 1..1000 LOOP
             EXECUTE format('CREATE TABLE t%s (id bigint PRIMARY KEY, a text NOT NULL DEFAULT %L, b int, c numeric(9, 2), d date)', i, i);
             EXECUTE format('CREATE INDEX ON t%s (a, b DESC) WHERE b > 0', i);
             IF i % 100 = 0 THEN COMMIT; END IF;
         END LOOP; END $$",
    );
    let client = connect(&database.url()).await;
    let mut times = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        let catalog = inspect(&client, &[]).await.unwrap();
        times.push(started.elapsed());
        assert_eq!(catalog.of_kind(Kind::Column).count(), 5000);
        assert_eq!(catalog.of_kind(Kind::Index).count() + catalog.of_kind(Kind::Constraint).count(), 2000);
    }
    times.sort();
    println!("{times:?}");
    assert!(times[0].as_millis() < 1500, "{times:?}");
}

#[tokio::test]
async fn the_history_is_left_out_and_the_search_path_is_put_back() {
    for version in servers::versions() {
        let database = servers::database(version);
        database.psql(
            "CREATE SCHEMA app; CREATE TABLE app.schema_migrations (version bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
             CREATE INDEX ON app.schema_migrations (version DESC); CREATE TABLE app.kept (id int)",
        );
        let client = connect(&database.url()).await;
        client.batch_execute("SET search_path = app, public").await.unwrap();
        let hidden = ["schema_migrations".to_owned(), "schema_migrations_log".to_owned()];
        let catalog = inspect(&client, &hidden).await.unwrap();
        let names: Vec<String> = catalog.iter().map(|object| object.name.to_string()).collect();
        assert!(names.contains(&"\"app\".\"kept\"".to_owned()), "{names:?}");
        assert!(!names.iter().any(|name| name.contains("schema_migrations")), "{names:?}");
        let row = client.query_one("SHOW search_path", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "app, public");
        client.batch_execute("BEGIN").await.unwrap();
        inspect(&client, &hidden).await.unwrap();
        let row = client.query_one("SHOW search_path", &[]).await.unwrap();
        assert_eq!(row.get::<_, &str>(0), "app, public");
    }
}

/// The same schema, made by another route and in another order.
#[tokio::test]
async fn the_route_does_not_count() {
    let route = async |sql: &str| {
        let database = servers::database(servers::version());
        database.psql(sql);
        Fingerprint::of(&inspect(&connect(&database.url()).await, &[]).await.unwrap())
    };
    let one =
        "CREATE TABLE b (x int); CREATE TABLE a (id serial PRIMARY KEY, t text NOT NULL DEFAULT 'x', CHECK (t <> ''));
         CREATE INDEX a_t ON a (t)";
    let other = "CREATE SEQUENCE a_id_seq AS integer; CREATE TABLE a (id int, gone int, t varchar);
         ALTER TABLE a ALTER t TYPE text, ALTER t SET DEFAULT 'x', ALTER t SET NOT NULL, DROP gone;
         ALTER TABLE a ALTER id SET DEFAULT nextval('a_id_seq'), ADD PRIMARY KEY (id), ADD CHECK (t <> '');
         ALTER SEQUENCE a_id_seq OWNED BY a.id; CREATE TABLE c (x int); ALTER TABLE c RENAME TO b; CREATE INDEX i ON a (t);
         ALTER INDEX i RENAME TO a_t";
    assert_eq!(route(one).await, route(other).await);
    assert_ne!(route(one).await, route(&format!("{other}; ALTER TABLE a ALTER t DROP NOT NULL")).await);
}
