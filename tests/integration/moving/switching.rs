//! The switch from one side to the other: never do both take writes, and no write that was acknowledged is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use schemactl_test_support::{Signal, cases};

use super::application::{Acknowledged, writing};
use super::{Move, document};

/// An application that writes to SQLite, and to PostgreSQL once SQLite says that its rows have moved there.
fn application(moved: &Move, number: usize, stop: Arc<AtomicBool>) -> thread::JoinHandle<Acknowledged> {
    writing(moved, number, stop, |session, name, _| {
        session.run(&format!("INSERT INTO people (name) VALUES ('{name}') RETURNING name"))
    })
}

/// Whether each side takes a write: one that changes nothing.
pub(super) fn takes_writes(moved: &Move) -> (bool, bool) {
    let source = Connection::open(moved.project.path().join("app.db")).unwrap();
    source.busy_timeout(Duration::from_secs(5)).unwrap();
    let sqlite = source.execute("UPDATE people SET name = name WHERE id = 1", []).is_ok();
    (sqlite, moved.database.try_psql("UPDATE people SET name = name WHERE id = 1").is_ok())
}

#[test]
fn an_application_goes_over_and_loses_nothing() {
    for mode in ["wal", "delete"] {
        let moved = Move::with_rows(2_000);
        moved.sqlite(&format!("PRAGMA journal_mode = {mode}"));
        let before = moved.schema();
        moved.run("follow --until-level --skip-plan").ok();
        let stop = Arc::new(AtomicBool::new(false));
        let applications: Vec<_> = (0..3).map(|number| application(&moved, number, Arc::clone(&stop))).collect();
        let mut follower = moved.project.spawn(["move", "follow"]);
        follower.wait_for("following");
        thread::sleep(Duration::from_millis(700));
        let output = moved.run("cutover --deadline 20s --json");
        output.ok();
        let said = document(&output);
        assert_eq!((said["state"].as_str(), said["gate"].as_str()), (Some("open"), Some("closed for good")));
        thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::SeqCst);
        // It goes on in the other direction.
        follower.wait_for("level");
        follower.signal(Signal::SIGINT);
        assert!(!follower.wait().status.success());
        let names = moved.database.psql("SELECT name FROM people");
        let there: std::collections::BTreeSet<&str> = names.lines().collect();
        for kept in applications.into_iter().map(|application| application.join().unwrap()) {
            eprintln!(
                "{mode}: {} and {} writes, the longest pause {:?}",
                kept.sqlite.len(),
                kept.postgres.len(),
                kept.pause
            );
            assert!(!kept.sqlite.is_empty() && !kept.postgres.is_empty());
            for name in kept.sqlite.iter().chain(&kept.postgres) {
                assert!(there.contains(name.as_str()), "{mode}: {name} is lost");
            }
        }
        assert_eq!(takes_writes(&moved), (false, true));
        // The trigger of the target counts what the application writes there, and nothing else.
        let written: u64 = moved.database.psql("SELECT n FROM counted").parse().unwrap();
        assert!(written > 0 && written < 2_000, "{written}");
        moved.run("status").ok().stdout_has("both sides are switched");
        moved.run("follow --until-level").ok();
        moved.run("discard").error("E0803");
        moved.run("cutover").error("E0802");
        moved.run("cutover --abort").error("E0802");
        moved.run("finish").ok();
        assert_eq!(moved.schema(), before);
        moved.project.file("migrations/postgres/V2__more.sql", "CREATE TABLE more (id int);\n");
        moved.project.run(["up", "--backend", "postgres"]).ok();
    }
}

#[test]
fn a_switch_that_dies_is_ended_by_the_next_one_or_taken_back() {
    let faults = [
        ("source closed", (false, false)),
        ("target ready", (false, false)),
        ("decided", (false, false)),
        ("target open", (false, true)),
    ];
    for is_taken_back in [false, true] {
        for (fault, sides) in faults {
            let moved = Move::with_rows(60);
            let before = moved.schema();
            moved.run("follow --until-level --skip-plan").ok();
            assert_eq!(takes_writes(&moved), (true, false));
            moved.sqlite("INSERT INTO visits VALUES ('before', NULL); UPDATE letters SET price = 9 WHERE id < 30");
            let fault = format!("0:{fault}");
            let fault = [("SCHEMACTL_FAULT", fault.as_str())];
            let output = moved.project.spawn_with(&fault, ["move", "cutover", "--deadline", "20s"]).wait();
            assert!(!output.status.success());
            assert_eq!(takes_writes(&moved), sides, "{fault:?}");
            moved.run("status").ok();
            if is_taken_back && !sides.1 {
                moved.run("cutover --abort").ok();
                assert_eq!(takes_writes(&moved), (true, false), "{fault:?}");
                moved.sqlite("INSERT INTO visits VALUES ('after', NULL)");
                moved.run("follow --until-level").ok();
                moved.assert_equal();
            }
            moved.run("cutover --deadline 20s").ok().stdout_has("both sides are switched");
            assert_eq!(takes_writes(&moved), (false, true), "{fault:?}");
            moved.run("finish").ok();
            assert_eq!(moved.schema(), before, "{fault:?}");
            assert_eq!(moved.database.psql("SELECT count(*) FROM visits WHERE page = 'before'"), "1");
        }
    }
}

#[test]
fn random_kills_leave_one_side_that_takes_writes_or_none() {
    let rounds = cases(3, 40);
    for round in 0..rounds {
        let moved = Move::with_rows(100);
        moved.run("follow --until-level --skip-plan").ok();
        let stop = Arc::new(AtomicBool::new(false));
        let applied = application(&moved, 1, Arc::clone(&stop));
        for attempt in 0..5 {
            let cutover = moved.project.spawn(["move", "cutover", "--deadline", "10s"]);
            thread::sleep(Duration::from_millis(150 + u64::from(round * 5 + attempt) % 17 * 40));
            cutover.kill_9();
            let sides = takes_writes(&moved);
            assert_ne!(sides, (true, true));
        }
        // One that was decided is refused where it was ended already.
        let ended = moved.run("cutover --deadline 20s");
        assert!(ended.status.success() || ended.stderr.contains("E0802"), "{}", ended.text());
        stop.store(true, Ordering::SeqCst);
        let kept = applied.join().unwrap();
        assert_eq!(takes_writes(&moved), (false, true));
        let names = moved.database.psql("SELECT name FROM people");
        let there: std::collections::BTreeSet<&str> = names.lines().collect();
        let lost: Vec<_> =
            kept.sqlite.iter().chain(&kept.postgres).filter(|name| !there.contains(name.as_str())).collect();
        assert!(lost.is_empty(), "{lost:?} of {} and {}", kept.sqlite.len(), kept.postgres.len());
    }
}

#[test]
fn a_source_whose_switch_has_died_opens_by_itself() {
    let moved = Move::with_rows(10);
    moved.run("follow --until-level").ok();
    let fault = [("SCHEMACTL_FAULT", "0:source closed")];
    moved.project.spawn_with(&fault, ["move", "cutover", "--deadline", "1s"]).wait();
    assert_eq!(takes_writes(&moved), (false, false));
    moved.run("status").ok().stdout_has("opens by itself in");
    let begin = Instant::now();
    while takes_writes(&moved) != (true, false) {
        assert!(begin.elapsed() < Duration::from_secs(30));
        thread::sleep(Duration::from_millis(200));
    }
    moved.sqlite("INSERT INTO visits VALUES ('later', NULL)");
    moved.run("cutover").ok();
    assert_eq!(moved.database.psql("SELECT count(*) FROM visits WHERE page = 'later'"), "1");
}

#[test]
fn what_is_not_ready_is_not_switched() {
    let moved = Move::with_rows(30);
    moved.run("cutover").error("E0802");
    moved.run("follow --until-level").ok();
    let before = moved.source_schema();
    // A deadline that has passed before it began.
    let late = moved.run("cutover --deadline 0s");
    late.code(4);
    late.error("E0805").stderr_has("the source is open, and is followed as before");
    moved.sqlite("UPDATE people SET mood = 'odd' WHERE id = 3");
    moved.run("cutover").error("E0801").stderr_has("1 row of the source has no place");
    moved.sqlite("UPDATE people SET mood = NULL WHERE id = 3; PRAGMA foreign_keys = off; UPDATE letters SET person = 12345 WHERE id = 9");
    moved.run("cutover").error("E0806").stderr_has("letters_to");
    moved.sqlite("UPDATE letters SET person = 1 WHERE id = 9");
    moved.run("cutover --dry-run").ok().stdout_has("nothing was switched");
    assert_eq!(moved.source_schema(), before);
    assert_eq!(takes_writes(&moved), (true, false));
    moved.run("cutover").ok();
    assert_eq!(takes_writes(&moved), (false, true));
}

#[test]
fn who_does_not_want_to_wait_has_the_source_open_again() {
    let moved = Move::with_rows(30);
    moved.run("follow --until-level").ok();
    // Somebody reads a table of the target for long, so that its triggers cannot come back.
    let mut reader = moved.database.session();
    reader.run("BEGIN; SELECT count(*) FROM people");
    let mut cutover = moved.project.spawn(["move", "cutover", "--deadline", "60s"]);
    let begin = Instant::now();
    while takes_writes_on_sqlite(&moved) && begin.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(20));
    }
    cutover.signal(Signal::SIGINT);
    let output = cutover.wait();
    assert!(!output.status.success());
    output.stderr_has("the source is open, and is followed as before");
    assert!(takes_writes_on_sqlite(&moved));
    reader.run("ROLLBACK");
    moved.run("cutover").ok();
}

#[test]
fn who_ends_a_move_waits_for_a_switch_that_is_about_to_be_committed() {
    let moved = Move::with_rows(20);
    moved.run("follow --until-level").ok();
    // What a switch does last is to say which side is written.
    let ended_beside = |command: &str, state: &str| {
        let mut switch = moved.database.session();
        switch.run(&format!("BEGIN; UPDATE schema_migrations_move SET state = '{state}'"));
        let mut ending = moved.project.spawn(["move", command]);
        thread::sleep(Duration::from_millis(700));
        assert!(!ending.has_ended(), "{command}");
        switch.run("COMMIT");
        ending.wait()
    };
    ended_beside("discard", "switched").error("E0803").stderr_has("the rows of the target are the application's");
    assert_eq!(moved.database.psql("SELECT count(*) FROM people"), "20");
    moved.database.psql("UPDATE schema_migrations_move SET state = 'following'");
    moved.run("cutover --deadline 20s").ok();
    ended_beside("finish", "returned").error("E0802").stderr_has("both sides were switched meanwhile");
    moved.database.psql("UPDATE schema_migrations_move SET state = 'open'");
    moved.run("back --deadline 20s").ok();
    assert_eq!(takes_writes(&moved), (true, false));
}

fn takes_writes_on_sqlite(moved: &Move) -> bool {
    let source = Connection::open(moved.project.path().join("app.db")).unwrap();
    source.busy_timeout(Duration::from_secs(5)).unwrap();
    source.execute("UPDATE people SET name = name WHERE id = 1", []).is_ok()
}
