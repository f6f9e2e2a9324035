//! An application with threads and without a runtime, whose notes move from SQLite to PostgreSQL while it writes them.
//!
//! ```text
//! DB_BACKEND=dual DB_DUAL_READ_PRIMARY=sqlite cargo run --example moving_blocking --features route -- app.db postgresql://localhost/notes
//! ```

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use schemactl::route::{Reads, Route, RouteOptions, Side};
use tokio_postgres::{Client, NoTls};

/// Any error; `schemactl::route` looks through it for the fence of a move.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a thread writes and reads by: a connection to each side.
pub(crate) struct Notes {
    route: Route,
    reads: Reads,
    sqlite: Connection,
    postgres: Client,
    /// Drives the connection to PostgreSQL, whose driver is an async one. A blocking driver of PostgreSQL has such a thing within.
    runtime: tokio::runtime::Runtime,
}

impl Notes {
    pub(crate) fn open(route: &Route, path: &str, url: &str) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (postgres, connection) = runtime.block_on(tokio_postgres::connect(url, NoTls))?;
        runtime.spawn(connection);
        let sqlite = Connection::open(path)?;
        // The switch takes SQLite's lock for a moment, as any writer does.
        sqlite.busy_timeout(Duration::from_secs(20))?;
        Ok(Self { route: route.clone(), reads: route.reads("notes")?, sqlite, postgres, runtime })
    }

    /// Keeps a note: on the side that is open, once.
    pub(crate) fn keep(&mut self, id: i64, text: &str) -> Result<Side, Failure> {
        let Self { route, sqlite, postgres, runtime, .. } = self;
        route.write_blocking(|side| {
            match side {
                Side::Sqlite => {
                    let transaction = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
                    transaction.execute("INSERT INTO notes (id, text) VALUES (?1, ?2)", (id, text))?;
                    transaction.commit()?;
                }
                Side::Postgres => {
                    let sql = "INSERT INTO notes (id, text) VALUES ($1, $2)";
                    runtime.block_on(postgres.execute(sql, &[&id, &text]))?;
                }
            }
            Ok(side)
        })
    }

    /// How many notes there are, as the side has it that serves the reader with this name.
    pub(crate) fn count(&self, reader: &str) -> Result<i64, Failure> {
        let sql = "SELECT count(*) FROM notes";
        self.reads.read_blocking(reader, |side| match side {
            Side::Sqlite => Ok(self.sqlite.query_row(sql, [], |row| row.get(0))?),
            Side::Postgres => Ok(self.runtime.block_on(self.postgres.query_one(sql, &[]))?.get(0)),
        })
    }
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (path, url) = arguments.next().zip(arguments.next()).ok_or("name the file and the URL of PostgreSQL")?;
    let route = Route::watched_blocking(RouteOptions::from_env(["notes"])?, &path, &url)?;
    let mut notes = Notes::open(&route, &path, &url)?;
    for id in 1..=1_000 {
        let side = notes.keep(id, "remember")?;
        println!("note {id}: on {side}; {} in all", notes.count("the writer")?);
        std::thread::sleep(Duration::from_millis(200));
    }
    println!("{:?}", route.counts());
    Ok(())
}
