//! Systems that are written by way of `schemactl::route` while they are followed, switched, and switched back: each write that was acknowledged is there, and what is read on both
//! sides is the same.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use schemactl::route::{Backends, Route, RouteOptions, Same, Shadow, ShadowOptions, ShadowRow, Share, Side};
use schemactl::rusqlite::{Connection, TransactionBehavior};
use schemactl::tokio_postgres::{Client, NoTls, connect};
use schemactl_test_support::{Signal, long, sqlite};

use super::{Moved, agent_memory, agent_platform, background_agents, coherence, governance};

/// A table of a system that is written: where it is on each side, its key, a column of text, and the beginning of an insert of both.
struct Written {
    on_sqlite: &'static str,
    on_postgres: &'static str,
    key: &'static str,
    text: &'static str,
    /// Columns that have no default, with their values.
    besides: (&'static str, &'static str),
    /// Where the history of PostgreSQL is.
    history: &'static str,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Written {
    fn table(&self, side: Side) -> &'static str {
        match side {
            Side::Sqlite => self.on_sqlite,
            Side::Postgres => self.on_postgres,
        }
    }

    /// The statement of a writer's operation of this number: two rows are inserted, one of them is changed, and the other one deleted.
    fn statement(&self, side: Side, writer: u64, op: u64) -> String {
        let (table, key, text) = (self.table(side), self.key, self.text);
        match op % 4 {
            0 | 1 => format!(
                "INSERT INTO {table} ({key}, {text}{}) VALUES ('{}', 'written {writer} {op}'{})",
                self.besides.0,
                id(writer, op),
                self.besides.1
            ),
            2 => format!("UPDATE {table} SET {text} = 'changed {writer} {op}' WHERE {key} = '{}'", id(writer, op - 1)),
            _ => format!("DELETE FROM {table} WHERE {key} = '{}'", id(writer, op - 3)),
        }
    }
}

/// A key that is a UUID too.
fn id(writer: u64, op: u64) -> String {
    format!("77777777-0000-4000-8000-{writer:04}{op:08}")
}

/// What so many operations of a writer leave.
fn left(writer: u64, ops: u64) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    for op in 0..ops {
        match op % 4 {
            0 | 1 => drop(rows.insert(id(writer, op), format!("written {writer} {op}"))),
            2 => drop(rows.insert(id(writer, op - 1), format!("changed {writer} {op}"))),
            _ => drop(rows.remove(&id(writer, op - 3))),
        }
    }
    rows
}

/// A thread of an application, with a connection to each side.
struct Application {
    written: &'static Written,
    route: Route,
    file: PathBuf,
    sqlite: Connection,
    url: String,
    postgres: Client,
    runtime: tokio::runtime::Runtime,
}

impl Application {
    fn open(moved: &Moved, written: &'static Written, route: &Route) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (file, url) = (moved.path(), moved.database.url());
        let (postgres, connection) = runtime.block_on(connect(&url, NoTls)).unwrap();
        runtime.spawn(connection);
        let sqlite = Connection::open(&file).unwrap();
        sqlite.execute_batch("PRAGMA busy_timeout = 20000; PRAGMA foreign_keys = ON").unwrap();
        Self { written, route: route.clone(), file, sqlite, url, postgres, runtime }
    }

    fn write(&mut self, writer: u64, op: u64) -> Side {
        let Self { written, route, sqlite, postgres, runtime, .. } = self;
        let done: Result<Side, Failure> = route.write_blocking(|side| {
            let sql = written.statement(side, writer, op);
            let changed = match side {
                Side::Sqlite => {
                    let transaction = sqlite.transaction_with_behavior(TransactionBehavior::Immediate)?;
                    let changed = transaction.execute(&sql, [])? as u64;
                    transaction.commit()?;
                    changed
                }
                Side::Postgres => runtime.block_on(postgres.execute(&sql, &[]))?,
            };
            assert_eq!(changed, 1, "{sql}");
            Ok(side)
        });
        done.expect("no write fails")
    }

    /// Reads a row that a writer has changed last, and has it read on the other side too.
    fn read(&self, shadow: &Shadow, key: &str) {
        let reads = self.route.reads("rows").unwrap();
        let (written, file, url, row) = (self.written, self.file.clone(), self.url.clone(), key.to_owned());
        let read = move |side: Side| -> Result<Vec<ShadowRow>, Failure> {
            let (key, text) = (written.key, written.text);
            let sql = format!("SELECT {key}, {text} FROM {} WHERE {key} = '{row}'", written.table(side));
            match side {
                Side::Sqlite => {
                    let file = sqlite::open(&file);
                    let mut statement = file.prepare(&sql)?;
                    Ok(statement.query_map([], ShadowRow::of_sqlite)?.collect::<Result<_, _>>()?)
                }
                Side::Postgres => tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
                    let (client, connection) = connect(&url, NoTls).await?;
                    tokio::spawn(connection);
                    Ok(client.query(&sql, &[]).await?.iter().map(ShadowRow::of_postgres).collect::<Result<_, _>>()?)
                }),
            }
        };
        let compare = |sqlite: &Vec<ShadowRow>, postgres: &Vec<ShadowRow>| Same::new().difference(sqlite, postgres);
        shadow.read_blocking(&reads, key, read, compare).expect("no read fails");
    }
}

/// Writes until it is to stop, and reads now and then. Returns how many operations it was told to be kept, by sides.
fn writing(mut application: Application, shadow: Shadow, writer: u64, stop: Arc<AtomicBool>) -> JoinHandle<(u64, u64)> {
    thread::spawn(move || {
        let mut kept = (0, 0);
        for op in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            match application.write(writer, op) {
                Side::Sqlite => kept.0 += 1,
                Side::Postgres => kept.1 += 1,
            }
            // A row that stays as it is from now on.
            if op % 16 == 2 {
                application.read(&shadow, &id(writer, op - 1));
            }
            thread::sleep(Duration::from_millis(6));
        }
        kept
    })
}

fn goes_on_meanwhile(moved: &Moved, written: &'static Written) {
    moved.run("move follow --until-level").ok();
    let mut follower = moved.project.spawn(["move", "follow", "-d", moved.name]);
    follower.wait_for("level with the source");
    let options = RouteOptions::new(Backends::Both { reads: Share::percent(50).unwrap() })
        .kind("rows")
        .schema(written.history)
        .interval(Duration::from_millis(200))
        .deadline(Duration::from_secs(40));
    let route = Route::watched_blocking(options, moved.path().to_str().unwrap(), &moved.database.url()).unwrap();
    let shadow = Shadow::new(ShadowOptions::new().settle(Duration::from_secs(2)));
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (1..=2)
        .map(|writer| writing(Application::open(moved, written, &route), shadow.clone(), writer, Arc::clone(&stop)))
        .collect();
    let a_while = || thread::sleep(Duration::from_millis(500));
    a_while();
    moved.run("move cutover --deadline 30s").ok();
    a_while();
    moved.run("move back --deadline 30s").ok();
    a_while();
    moved.run("move cutover --deadline 30s").ok();
    a_while();
    stop.store(true, Ordering::SeqCst);
    let kept: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
    // What was read last is compared.
    thread::sleep(Duration::from_millis(2_500));
    follower.signal(Signal::SIGINT);
    follower.wait();
    moved.run("move follow --until-level").ok();
    moved.run("move verify").ok();
    for (writer, (sqlite_kept, postgres_kept)) in (1..).zip(kept) {
        assert!(sqlite_kept > 0 && postgres_kept > 0, "{sqlite_kept} and {postgres_kept} writes");
        let expected = left(writer, sqlite_kept + postgres_kept);
        let expected: Vec<_> = expected.iter().map(|(key, text)| format!("{key}|{text}")).collect();
        let rows = |side| {
            let (key, text) = (written.key, written.text);
            format!(
                "SELECT {key}, {text} FROM {} WHERE CAST({key} AS text) LIKE '77777777-%-{writer:04}%' ORDER BY {key}",
                written.table(side)
            )
        };
        assert_eq!(moved.database.psql(&rows(Side::Postgres)), expected.join("\n"), "{}", moved.name);
        assert_eq!(sqlite::query(&moved.file(), &rows(Side::Sqlite)), expected.join("\n"), "{}", moved.name);
    }
    let counts = route.counts();
    eprintln!("{}: {counts:?}", moved.name);
    assert_eq!((counts.writes_failed, counts.writes_given_up, counts.reads_failed), (0, 0, 0), "{counts:?}");
    assert!(counts.shadows_equal > 0, "{counts:?}");
    assert_eq!((counts.shadows_different, counts.shadows_failed), (0, 0), "{counts:?} {:?}", shadow.take_samples());
}

/// A system, the schema of its tables on PostgreSQL, the phase up to which it is migrated, what fills it, and the table that is written.
type System = (&'static str, &'static str, &'static str, fn(&Connection), Written);

static SYSTEMS: [System; 5] = [
    (
        "agent_platform",
        "public",
        "collaboration",
        agent_platform::fill,
        Written {
            on_sqlite: "tasks",
            on_postgres: "public.tasks",
            key: "id",
            text: "title",
            besides: ("", ""),
            history: "public",
        },
    ),
    (
        "governance",
        "core",
        "graph",
        governance::fill,
        Written {
            on_sqlite: "agent_metadata",
            on_postgres: "core.identities",
            key: "agent_id",
            text: "spawn_reason",
            besides: ("", ""),
            history: "governance_history",
        },
    ),
    (
        "coherence",
        "coherence",
        "dual_write",
        coherence::fill,
        Written {
            on_sqlite: "contributors",
            on_postgres: "coherence.contributors",
            key: "id",
            text: "name",
            besides: ("", ""),
            history: "coherence",
        },
    ),
    (
        "agent_memory",
        "agent_memory",
        "foreign_keys",
        agent_memory::fill,
        Written {
            on_sqlite: "projects",
            on_postgres: "agent_memory.projects",
            key: "project_id",
            text: "name",
            besides: ("", ""),
            history: "agent_memory",
        },
    ),
    (
        "background_agents",
        "background_agents",
        "assistance",
        background_agents::fill,
        Written {
            on_sqlite: "agents",
            on_postgres: "background_agents.agents",
            key: "id",
            text: "name",
            besides: (", agent_type", ", 'worker'"),
            history: "background_agents",
        },
    ),
];

#[test]
fn systems_go_on_meanwhile() {
    for (name, schema, phase, fill, written) in SYSTEMS.iter().take(if long() { 5 } else { 2 }) {
        goes_on_meanwhile(&Moved::new(name, schema, phase, *fill), written);
    }
}
