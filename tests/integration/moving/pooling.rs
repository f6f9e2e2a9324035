//! A move by way of PgBouncer: it goes the whole way in both modes, and says so where the pool has too few places.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use schemactl_test_support::pgbouncer::{self, PgBouncer};
use schemactl_test_support::postgres::{self, Session};

use super::Move;
use super::switching::takes_writes;

/// A move that knows PostgreSQL by a pooler.
fn pooled(mode: &str, places: u32) -> (Move, PgBouncer) {
    let lines = format!("pool_mode = {mode}\ndefault_pool_size = {places}");
    let bouncer = pgbouncer::start_with(postgres::shared(postgres::version()), &lines);
    let moved = Move::with_rows(200);
    moved.database.psql("DROP TRIGGER events_counted ON events");
    moved.project.env("DATABASE_URL", moved.database.url_at(&bouncer.endpoint()));
    (moved, bouncer)
}

#[test]
fn it_goes_the_whole_way() {
    for mode in ["transaction", "session"] {
        let (moved, _bouncer) = pooled(mode, 12);
        moved.run("follow --until-level --skip-plan").ok();
        let mut follower = moved.project.spawn(["move", "follow"]);
        follower.wait_for("level with the source");
        moved.sqlite("INSERT INTO people (name) VALUES ('of sqlite'); UPDATE letters SET price = 7 WHERE id < 90; DELETE FROM visits");
        moved.run("verify").ok();
        moved.run("cutover --dry-run").ok();
        moved.run("cutover --deadline 20s").ok();
        moved.database.psql("INSERT INTO people (name) VALUES ('of postgres'); UPDATE letters SET price = 8 WHERE id < 60; DELETE FROM settings WHERE key < 'k3'");
        moved.run("back --dry-run").ok();
        moved.run("back --deadline 20s").ok();
        assert_eq!(takes_writes(&moved), (true, false), "{mode}");
        moved.sqlite("UPDATE people SET score = 3 WHERE id % 2 = 0");
        // PgBouncer 1.18 dies of the request to cancel that an interrupt sends (its issue 822).
        follower.kill_9();
        moved.wait_for_silence();
        moved.run("follow --until-level").ok();
        moved.assert_equal();
        moved.run("cutover --deadline 20s").ok();
        moved.run("finish").ok();
        assert_eq!(takes_writes(&moved), (false, true), "{mode}");
    }
}

#[test]
fn a_pool_with_too_few_places_is_refused_before_anything_is_closed() {
    // What needs fewer places goes on.
    let (moved, _bouncer) = pooled("transaction", 2);
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover --deadline 20s").ok();
    let refused = moved.run("back --deadline 20s");
    refused.error("E0512").stderr_has("connect to the server itself");
    assert_eq!(takes_writes(&moved), (false, true));
    moved.run("follow --until-level").ok();
    moved.project.env("DATABASE_URL", moved.database.url());
    moved.run("back --deadline 20s").ok();

    let (moved, _bouncer) = pooled("session", 2);
    moved.run("follow --until-level --skip-plan").error("E0512");
    assert_eq!(takes_writes(&moved), (true, true));
}

/// Writes by way of the pooler until it is to stop, and returns the longest time that a write took.
fn writing(url: String, stop: Arc<AtomicBool>) -> thread::JoinHandle<Duration> {
    thread::spawn(move || {
        let mut session = Session::open(&url);
        let mut longest = Duration::ZERO;
        while !stop.load(Ordering::SeqCst) {
            let began = Instant::now();
            let said = session.run("UPDATE letters SET price = price + 1 WHERE id = 3");
            assert!(said.is_empty() || said.contains("only the move writes"), "{said}");
            longest = longest.max(began.elapsed());
        }
        longest
    })
}

#[test]
fn those_who_wait_in_all_places_of_a_pool_are_let_go() {
    let (moved, bouncer) = pooled("transaction", 4);
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover --deadline 20s").ok();
    let stop = Arc::new(AtomicBool::new(false));
    let url = moved.database.url_at(&bouncer.endpoint());
    let writers: Vec<_> = (0..8).map(|_| writing(url.clone(), Arc::clone(&stop))).collect();
    thread::sleep(Duration::from_millis(300));
    let refused = moved.run("back --deadline 2s");
    refused.code(4);
    refused
        .error("E0805")
        .stderr_has("connect to the server itself")
        .stderr_has("PostgreSQL is the side that is written, as before");
    assert_eq!(takes_writes(&moved), (false, true));
    // By a connection of its own it comes through.
    moved.project.env("DATABASE_URL", moved.database.url());
    moved.run("back --deadline 20s").ok();
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        let longest = writer.join().unwrap();
        assert!(longest < Duration::from_secs(8), "{longest:?}");
    }
    moved.run("follow --until-level").ok();
    moved.assert_equal();
}
