//! An application that writes while both sides are switched, and remembers what it was told to be kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use schemactl_test_support::postgres::Session;

use super::Move;

/// What an application has written and was told to be kept: on which side, and which row.
#[derive(Default)]
pub(super) struct Acknowledged {
    pub(super) sqlite: Vec<String>,
    pub(super) postgres: Vec<String>,
    /// The longest time in which no write of it was taken.
    pub(super) pause: Duration,
}

/// Writes to SQLite, and where that says that its rows have moved, by `on_postgres`: a name and a number to PostgreSQL, which returns the name, or what the server says.
pub(super) fn writing(
    moved: &Move,
    number: usize,
    stop: Arc<AtomicBool>,
    on_postgres: fn(&mut Session, &str, u32) -> String,
) -> JoinHandle<Acknowledged> {
    let path = moved.project.path().join("app.db");
    let mut session = moved.database.session();
    thread::spawn(move || {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(Duration::from_secs(20)).unwrap();
        let mut kept = Acknowledged::default();
        let mut last = Instant::now();
        for row in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let name = format!("a{number} {row}");
            match connection.execute("INSERT OR IGNORE INTO people (name) VALUES (?1)", [&name]) {
                Ok(_) => kept.sqlite.push(name),
                Err(error) if error.to_string().contains("moved to PostgreSQL") => {
                    let said = on_postgres(&mut session, &name, row);
                    if said != name {
                        assert!(said.contains("only the move writes"), "{said}");
                        thread::sleep(Duration::from_millis(3));
                        continue;
                    }
                    kept.postgres.push(name);
                }
                Err(error) => panic!("{error}"),
            }
            kept.pause = kept.pause.max(last.elapsed());
            last = Instant::now();
            thread::sleep(Duration::from_millis(2));
        }
        kept
    })
}
