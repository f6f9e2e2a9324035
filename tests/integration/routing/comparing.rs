//! Shadow reads of rows that a move has copied: what it converts is the same, and what was changed since is not.

use schemactl::route::{Route, Same, Shadow, ShadowOptions, ShadowRow, Side, Standing};
use schemactl::{rusqlite, tokio_postgres};

use super::{Shop, both};

const ON_SQLITE: &str = "CREATE TABLE kinds (
    id INTEGER PRIMARY KEY, yes INTEGER, word TEXT, whole INTEGER, price REAL, exact NUMERIC, small REAL, at TEXT, day TEXT, doc TEXT, uuid TEXT, raw BLOB, said TEXT, mood TEXT);";
const ON_POSTGRES: &str = "CREATE TYPE mood AS ENUM ('fine', 'sad');
CREATE DOMAIN points AS integer;
CREATE TABLE kinds (
    id bigint PRIMARY KEY, yes boolean, word boolean, whole points, price double precision, exact numeric(20,4), small real, at timestamptz, day date, doc jsonb, uuid uuid, raw bytea,
    said varchar(40), mood mood);";
const ROWS: &str = "INSERT INTO kinds VALUES
    (1, 1, 'true', 42, 0.1, 12.5, 0.25, '2025-01-27T10:15:30.123456+01:00', '2025-01-27', '{\"b\": [1.50, null], \"a\": \"x\"}', '8C7E0C0A-52F5-4E8B-9D0B-6D3B6A6E2F01', x'00ff', 'Zoë', 'fine'),
    (2, 0, 'f', -7, -1e300, -0.0001, -3, '1969-12-31 23:59:59Z', '1900-02-28', '[]', '00000000000000000000000000000000', x'', '', NULL),
    (3, NULL, NULL, NULL, 1.5, 123456789012.25, NULL, NULL, NULL, '7', NULL, NULL, NULL, 'sad'),
    (4, 1, 'off', 0, 0, 10000, 1, '2000-01-01T00:00:00Z', '2000-01-01', '\"x\"', NULL, x'61', 'a', NULL);";

const QUERY: &str = "SELECT * FROM kinds ORDER BY id";

#[test]
fn rows_that_were_moved_are_the_same() {
    let shop = Shop::with(ON_SQLITE, ON_POSTGRES);
    shop.sqlite(ROWS);
    shop.run("copy").ok();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (path, url) = (shop.path(), shop.database.url());
    let handle = runtime.handle().clone();
    let read = move |side| -> Result<Vec<ShadowRow>, Box<dyn std::error::Error + Send + Sync>> {
        match side {
            Side::Sqlite => {
                let connection = rusqlite::Connection::open(&path)?;
                let mut statement = connection.prepare(QUERY)?;
                let rows = statement.query_map([], ShadowRow::of_sqlite)?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            }
            Side::Postgres => handle.block_on(async {
                let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
                tokio::spawn(connection);
                let rows = client.query(QUERY, &[]).await?;
                Ok(rows.iter().map(ShadowRow::of_postgres).collect::<Result<_, _>>()?)
            }),
        }
    };
    let (sqlite, postgres) = (read(Side::Sqlite).unwrap(), read(Side::Postgres).unwrap());
    assert_eq!(sqlite.len(), 4);
    assert_eq!(Same::new().difference(&sqlite, &postgres), None, "{sqlite:#?}\n{postgres:#?}");

    // Each column is looked at.
    for (at, change) in [
        "yes = NOT yes",
        "word = NOT word",
        "whole = 1",
        "price = 0.2",
        "exact = exact + 0.0001",
        "small = 2",
        "at = at + interval '1 microsecond'",
        "day = day + 1",
        "doc = '{}'",
        "uuid = gen_random_uuid()",
        "raw = 'x'",
        "said = 'Zoe'",
        "mood = 'sad'",
    ]
    .into_iter()
    .enumerate()
    {
        shop.database
            .psql(&format!("BEGIN; CREATE TABLE kept AS TABLE kinds; UPDATE kinds SET {change} WHERE id = 1; COMMIT"));
        let changed = read(Side::Postgres).unwrap();
        let expected = format!("row 1: column {}", at + 2);
        assert_eq!(Same::new().difference(&sqlite, &changed), Some(expected), "{change}");
        shop.database.psql("BEGIN; DELETE FROM kinds; INSERT INTO kinds TABLE kept; DROP TABLE kept; COMMIT");
    }

    // As an application does it, with a difference that stays.
    shop.database.psql("UPDATE kinds SET said = 'other' WHERE id = 4");
    let route = Route::told(both(), Standing::sqlite(Some(std::time::Duration::ZERO))).unwrap();
    let shadow = Shadow::new(ShadowOptions::new().settle(std::time::Duration::from_millis(10)));
    let compare = |sqlite: &Vec<ShadowRow>, postgres: &Vec<ShadowRow>| Same::new().difference(sqlite, postgres);
    let rows = shadow.read_blocking(&route.reads("orders").unwrap(), "user 7", read, compare).unwrap();
    assert_eq!(rows.len(), 4);
    let began = std::time::Instant::now();
    while route.counts().shadows_different == 0 {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", route.counts());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let samples = shadow.take_samples();
    assert_eq!((samples[0].kind.as_str(), samples[0].what.as_str()), ("orders", "row 4: column 13"));
}
