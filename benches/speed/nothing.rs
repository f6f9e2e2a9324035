//! What a start costs where nothing is pending: the same, however much was applied.

use schemactl::{Options, Target, TransactionMode, postgres, sqlite};
use schemactl_test_support::rusqlite::Connection;

use super::{Files, compare, postgres_up, runtime, server, sqlite_file, timed};

const ROUNDS: usize = 400;
const FLOOR: &str = "SELECT version, checksum of the last row";
const LAST: &str = "SELECT version, checksum FROM schema_migrations ORDER BY version DESC LIMIT 1";

fn files(count: usize) -> Files {
    Files::new(count, |number| match number {
        1 => "CREATE TABLE a (x integer);\n".to_owned(),
        number => format!("INSERT INTO a VALUES ({number});\n"),
    })
}

fn options() -> Options {
    Options::new().transaction(TransactionMode::All)
}

pub(super) fn sqlite(name: &str, count: usize) {
    let (files, folder) = (files(count), tempfile::tempdir().unwrap());
    let migrations = files.read();
    let mut connection = sqlite_file(folder.path());
    sqlite::up_with(&mut connection, &migrations, &Target::Latest, &options()).unwrap();
    let before = std::fs::read(folder.path().join("bench.db")).unwrap();
    let reader = Connection::open(folder.path().join("bench.db")).unwrap();
    compare(
        name,
        ROUNDS,
        FLOOR,
        || timed(|| assert!(sqlite::up(&mut connection, &migrations).unwrap().is_empty())),
        || {
            timed(|| {
                let read = |row: &schemactl_test_support::rusqlite::Row<'_>| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
                };
                assert!(reader.query_row(LAST, [], read).is_ok());
            })
        },
    );
    assert!(before == std::fs::read(folder.path().join("bench.db")).unwrap(), "the check wrote to the file");
}

pub(super) fn postgres(name: &str, count: usize) {
    let (files, cluster) = (files(count), server());
    let database = cluster.create_database();
    let migrations = files.read();
    postgres_up(&database.url(), &files, &options(), count);
    database.psql("VACUUM ANALYZE");
    let runtime = runtime();
    let client = runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&database.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    });
    let client = std::cell::RefCell::new(client);
    compare(
        name,
        ROUNDS,
        &format!("{FLOOR}, on the same client"),
        || {
            let mut client = client.borrow_mut();
            timed(|| assert!(runtime.block_on(postgres::up(&mut client, &migrations)).unwrap().is_empty()))
        },
        || timed(|| assert!(!runtime.block_on(client.borrow().simple_query(LAST)).unwrap().is_empty())),
    );
}
