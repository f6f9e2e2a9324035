//! What the tests of the library on PostgreSQL share.

#![cfg(feature = "postgres")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use schemactl::{Error, Event, Migrations, Options, postgres};
use schemactl_test_support::postgres::Database;

pub(crate) fn migrations(files: &[(&str, &str)]) -> Migrations {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Migrations::read(folder.path()).unwrap()
}

pub(crate) async fn client(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// How a run is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Url,
    Client,
}

pub(crate) const BOTH: [By; 2] = [By::Url, By::Client];

impl By {
    pub(crate) async fn up(
        self,
        url: &str,
        migrations: &Migrations,
        options: &Options,
    ) -> schemactl::Result<schemactl::Report> {
        match self {
            By::Url => postgres::up_url(url, migrations, options).await,
            By::Client => {
                let mut client = client(url).await;
                postgres::up_with(&mut client, migrations, &schemactl::Target::Latest, options).await
            }
        }
    }
}

/// Prints the report as an operator sees it, for `--nocapture`, and returns it.
pub(crate) fn shown(error: &Error) -> String {
    let text = format!("{error:#}");
    println!("{text}\n");
    text
}

/// The history as one line for each version.
pub(crate) fn history(database: &Database) -> String {
    database.psql("SELECT version, state, statements_done, statements FROM schema_migrations ORDER BY 1")
}

/// How many advisory locks are held in this database.
pub(crate) fn advisory_locks(database: &Database) -> String {
    database.psql(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
}

/// Transactions that somebody left open.
pub(crate) fn open_transactions(database: &Database) -> String {
    database.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'",
    )
}

/// Asks until the answer is this.
pub(crate) async fn until(database: &Database, sql: &str, answer: &str) {
    let started = Instant::now();
    loop {
        let found = database.psql(sql);
        if found == answer {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{sql}: {found}, not {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Until a statement that begins like this is at work.
pub(crate) async fn until_running(database: &Database, statement: &str) {
    let sql = format!(
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' \
         AND pid <> pg_backend_pid() AND query LIKE '%{}%'",
        statement.replace('\'', "''")
    );
    until(database, &sql, "t").await;
}

/// What a run tells, without what takes time.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    pub(crate) fn observe(&self, options: Options) -> Options {
        let list = Arc::clone(&self.0);
        options.on_event(move |event| list.lock().unwrap().push(event.clone()))
    }

    pub(crate) fn count(&self, is: impl Fn(&Event) -> bool) -> usize {
        self.0.lock().unwrap().iter().filter(|event| is(event)).count()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(ToString::to_string).collect()
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
