//! An application of several writers at a steady rate, which goes over to the side that takes writes, and remembers what was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use schemactl_test_support::postgres::Session;
use schemactl_test_support::rusqlite::{Connection, params};
use schemactl_test_support::sqlite;

use crate::shared::{Sides, VALUES};

/// What a writer was told to be kept, and when.
pub(crate) type Acknowledged = Vec<(i64, Instant)>;

pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    writers: Vec<JoinHandle<Acknowledged>>,
}

impl Load {
    /// So many writers with so many writes a second together. A writer inserts rows from its own first number on, beyond `after`.
    pub(crate) fn start(sides: &Sides, after: u64, writers: u32, rate: u32) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let writers = (0..writers).map(|number| {
            let connection = sqlite::open(&sides.project.path().join("app.db"));
            connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 20000").unwrap();
            let first = i64::try_from(after).unwrap() + 1 + 10_000_000 * i64::from(number);
            let writer = Writer { connection, session: sides.database.session(), is_over: false };
            let (stop, pause) = (Arc::clone(&stop), Duration::from_secs(1) * writers / rate);
            thread::spawn(move || writer.run(first, pause, &stop))
        });
        Self { writers: writers.collect(), stop }
    }

    /// Stops it, and returns what each writer was told to be kept.
    pub(crate) fn stop(self) -> Vec<Acknowledged> {
        self.stop.store(true, Ordering::SeqCst);
        self.writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    }
}

struct Writer {
    connection: Connection,
    session: Session,
    /// Whether it writes to PostgreSQL.
    is_over: bool,
}

impl Writer {
    fn run(mut self, first: i64, pause: Duration, stop: &AtomicBool) -> Acknowledged {
        let mut kept = Vec::new();
        let mut due = Instant::now();
        for id in first.. {
            while !self.write(id) {
                thread::sleep(Duration::from_millis(1));
            }
            kept.push((id, Instant::now()));
            if stop.load(Ordering::SeqCst) {
                break;
            }
            // What was missed while nobody could write is not made up for.
            due = Instant::now().max(due + pause);
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        kept
    }

    /// Writes a row to the side that was written last; where it does not take it, the other one is next.
    fn write(&mut self, id: i64) -> bool {
        if self.is_over {
            let said = self.session.run(&format!(
                "INSERT INTO r VALUES ({id}, {id} % 1000, 'a row that was written later', now(), 1.5, 3, '{{\"a\": 1}}', true) RETURNING id"
            ));
            self.is_over = said == id.to_string();
            assert!(self.is_over || said.contains("only the move writes"), "{said}");
            return self.is_over;
        }
        let sql = format!("INSERT INTO r SELECT {VALUES} FROM (SELECT ?1 AS i)");
        match self.connection.execute(&sql, params![id]) {
            Ok(_) => true,
            Err(error) => {
                assert!(error.to_string().contains("moved to PostgreSQL"), "{error}");
                self.is_over = true;
                false
            }
        }
    }
}

pub(crate) fn milliseconds(time: Duration) -> String {
    match time.as_secs_f64() * 1e3 {
        long if long >= 100.0 => format!("{long:.0} ms"),
        short => format!("{short:.1} ms"),
    }
}
