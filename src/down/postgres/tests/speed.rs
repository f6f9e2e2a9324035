//! A large catalog, read.

use std::time::Instant;

use schemactl_test_support::postgres as servers;

use super::connect;
use crate::catalog::Kind;
use crate::database::postgres::inspect::inspect;

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
