//! A source that is written while it is copied.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Move;

/// Writes a row every now and then, and returns the longest time that a commit took.
fn writer(path: std::path::PathBuf, stop: Arc<AtomicBool>) -> thread::JoinHandle<(u64, Duration)> {
    thread::spawn(move || {
        let connection = Connection::open(path).unwrap();
        connection.busy_timeout(Duration::from_secs(60)).unwrap();
        let (mut rows, mut longest) = (0, Duration::ZERO);
        while !stop.load(Ordering::SeqCst) {
            let begin = Instant::now();
            connection.execute("INSERT INTO visits VALUES ('new', NULL)", []).unwrap();
            longest = longest.max(begin.elapsed());
            rows += 1;
            thread::sleep(Duration::from_millis(2));
        }
        (rows, longest)
    })
}

#[test]
fn a_writer_goes_on_and_the_copy_says_that_it_may_be_behind() {
    for mode in ["wal", "delete"] {
        let moved = Move::with_rows(8_000);
        moved.sqlite(&format!("PRAGMA journal_mode = {mode}"));
        let stop = Arc::new(AtomicBool::new(false));
        let writing = writer(moved.project.path().join("app.db"), Arc::clone(&stop));
        let output = moved.run("copy --skip-plan --batch 500");
        stop.store(true, Ordering::SeqCst);
        let (rows, longest) = writing.join().unwrap();
        assert!(rows > 10, "{mode}: {rows} rows were written meanwhile");
        output.code(3);
        output.error("E0804").stderr_has("the source was written since the copy began");
        eprintln!("{mode}: {rows} rows, the longest commit took {longest:?}");
        moved
            .run("verify")
            .error("E0806")
            .stdout_has("visits -> public.visits")
            .stdout_has("people -> public.people: 8000 rows, equal");
        // Nothing writes any more.
        moved.run("discard").ok();
        moved.run("copy").ok();
        moved.assert_equal();
    }
}

#[test]
fn a_file_that_is_written_between_two_runs_is_seen() {
    let moved = Move::with_rows(100);
    moved.run("copy --tables people").ok();
    moved.sqlite("UPDATE people SET name = 'other' WHERE id = 7");
    moved.run("copy").error("E0804");
    moved.run("status").ok().stdout_has("the source was written since the copy began");
    moved.run("verify").error("E0806").stdout_has("name: 'other' in SQLite");
}

#[test]
fn the_file_and_its_log_are_only_read() {
    let moved = Move::with_rows(300);
    let path = moved.project.path().join("app.db");
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("PRAGMA wal_autocheckpoint = 0; INSERT INTO visits VALUES ('in the log', NULL)").unwrap();
    let log = moved.project.path().join("app.db-wal");
    let bytes = || (std::fs::read(&path).unwrap(), std::fs::read(&log).unwrap());
    let before = bytes();
    assert!(!before.1.is_empty());
    moved.run("copy --jobs 2").ok();
    moved.run("verify").ok();
    assert!(bytes() == before);
    assert_eq!(moved.database.psql("SELECT count(*) FROM visits WHERE page = 'in the log'"), "1");
}
