//! How long after its commit on SQLite a write is to be seen on PostgreSQL.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use schemactl_test_support::Signal;
use schemactl_test_support::postgres::Session;
use schemactl_test_support::rusqlite::params;
use schemactl_test_support::sqlite;

use crate::load::milliseconds;
use crate::shared::{Sides, VALUES};

const LENGTH: Duration = Duration::from_secs(15);

pub(crate) fn bench(rows: u64) {
    let sides = Sides::new(rows);
    let mut follower = sides.project.spawn(["move", "follow", "--skip-plan"]);
    follower.wait_for("level with the source");
    println!("each write is an insert in a transaction of its own; visible is what a SELECT in a loop returns\n");
    println!("| writes/s asked | written | median | p99 | max | floor: time between two SELECTs, median |");
    println!("|---|---|---|---|---|---|");
    let mut first = i64::try_from(rows).unwrap() + 1;
    for rate in [500, 5_000] {
        let stop = AtomicBool::new(false);
        let (written, seen) = thread::scope(|scope| {
            let seen = scope.spawn(|| look(sides.database.session(), &stop));
            let written = write(&sides, first, rate);
            // What is left becomes visible.
            thread::sleep(Duration::from_secs(3));
            stop.store(true, Ordering::SeqCst);
            (written, seen.join().unwrap())
        });
        row(rate, first, &written, &seen);
        first += i64::try_from(written.len()).unwrap();
    }
    follower.signal(Signal::SIGINT);
    follower.wait();
}

/// Inserts rows at a rate, and returns when each was committed.
fn write(sides: &Sides, first: i64, rate: u32) -> Vec<Instant> {
    let connection = sqlite::open(&sides.project.path().join("app.db"));
    connection.execute_batch("PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 10000").unwrap();
    let mut statement = connection.prepare(&format!("INSERT INTO r SELECT {VALUES} FROM (SELECT ?1 AS i)")).unwrap();
    let begin = Instant::now();
    let mut written = Vec::new();
    while begin.elapsed() < LENGTH {
        let due = Duration::from_secs(1) * u32::try_from(written.len()).unwrap() / rate;
        // One that wakes up late makes up for it, so that the rate is the one that was asked for.
        if let Some(early) = due.checked_sub(begin.elapsed()) {
            thread::sleep(early);
        }
        statement.execute(params![first + i64::try_from(written.len()).unwrap()]).unwrap();
        written.push(Instant::now());
    }
    written
}

/// The greatest key that is visible, asked again and again, and when the answer was there.
fn look(mut session: Session, stop: &AtomicBool) -> Vec<(Instant, i64)> {
    let mut seen = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let last = session.run("SELECT max(id) FROM r").parse().unwrap();
        seen.push((Instant::now(), last));
        thread::sleep(Duration::from_millis(1));
    }
    seen
}

fn row(rate: u32, first: i64, written: &[Instant], seen: &[(Instant, i64)]) {
    let mut seen_at = seen.iter().peekable();
    let mut lags: Vec<Duration> = written
        .iter()
        .zip(first..)
        .map(|(committed, id)| {
            while seen_at.peek().is_some_and(|(_, last)| *last < id) {
                seen_at.next();
            }
            let (at, _) = seen_at.peek().unwrap_or_else(|| panic!("row {id} is not visible after 3 s"));
            at.saturating_duration_since(*committed)
        })
        .collect();
    lags.sort();
    let mut spaces: Vec<Duration> = seen.windows(2).map(|two| two[1].0 - two[0].0).collect();
    spaces.sort();
    let part = |percent: usize| lags[(lags.len() * percent / 100).min(lags.len() - 1)];
    println!(
        "| {rate} | {} | {} | {} | {} | {} |",
        written.len(),
        milliseconds(part(50)),
        milliseconds(part(99)),
        milliseconds(part(100)),
        milliseconds(spaces[spaces.len() / 2])
    );
}
