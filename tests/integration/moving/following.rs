//! A source that is followed while applications write: what they change arrives, and nothing else.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use schemactl_test_support::postgres::{self, Cluster};
use schemactl_test_support::{Signal, cases};

use super::Move;

/// Numbers that are the same for the same seed.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Applications that write until they are stopped.
struct Writers {
    stop: Arc<AtomicBool>,
    commits: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Writers {
    fn start(moved: &Move, count: u64) -> Self {
        let (stop, commits) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let path = moved.project.path().join("app.db");
        let threads = (0..count).map(|seed| {
            let (path, stop, commits) = (path.clone(), Arc::clone(&stop), Arc::clone(&commits));
            thread::spawn(move || write(path, seed, &stop, &commits))
        });
        Self { threads: threads.collect(), stop, commits }
    }

    /// Stops them, and returns how many transactions they have committed.
    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        self.threads.into_iter().for_each(|writer| writer.join().unwrap());
        self.commits.load(Ordering::SeqCst)
    }
}

/// What an application does: of all kinds, and so that values wander between rows.
fn statement(random: &mut Random) -> String {
    let (one, two, three) = (1 + random.below(60), 1 + random.below(60), random.below(9));
    match random.below(19) {
        0 => format!("INSERT INTO people (name, mood) VALUES ('new {one} {two}', 'sad')"),
        1 => format!(
            "INSERT OR REPLACE INTO people (id, name) VALUES ({one}, (SELECT name FROM people WHERE id = {two}))"
        ),
        2 => format!("UPDATE OR REPLACE people SET name = 'name {two}', score = {three} WHERE id = {one}"),
        3 => format!(
            "INSERT INTO people (id, name) VALUES ({one}, 'up {two}') ON CONFLICT DO UPDATE SET score = 1, name = name || '.' WHERE length(name) < 30"
        ),
        4 => format!("DELETE FROM letters WHERE person = {one}; DELETE FROM people WHERE id = {one} AND {three} = 1"),
        5 => format!(
            "UPDATE people SET boss = {two} WHERE id = {one} AND EXISTS (SELECT 1 FROM people WHERE id = {two})"
        ),
        6 => format!("UPDATE people SET id = id + 1000 WHERE id = {one} AND {three} = 2"),
        7 => format!(
            "UPDATE people SET name = name || '~' WHERE id = {one}; UPDATE people SET name = 'x{one}' WHERE id = {two}; \
             UPDATE OR IGNORE people SET name = 'x{two}' WHERE id = {one}"
        ),
        8 => format!(
            "INSERT INTO letters (person, price, body) SELECT id, {three}.25, '{{\"a\": [{one}, 1.50]}}' FROM people WHERE id = {two}"
        ),
        9 => format!("REPLACE INTO letters SELECT id, person, price + 1, body FROM letters WHERE id % 7 = {three}"),
        10 => format!("UPDATE letters SET id = id + 100000 WHERE id = {one} * 3"),
        11 => format!("INSERT OR REPLACE INTO settings VALUES ('s{three}', 'k{one}', nullif('{two}', '7'))"),
        12 => format!("UPDATE OR REPLACE settings SET key = 'k{two}' WHERE key = 'k{one}'"),
        13 => format!("DELETE FROM settings WHERE space = 's{three}' AND key < 'k{one}'"),
        14 => format!("INSERT INTO visits VALUES ('page {three}', '2025-01-27T09:15:30Z'), ('page {three}', NULL)"),
        15 => {
            format!("DELETE FROM visits WHERE rowid IN (SELECT rowid FROM visits WHERE page = 'page {three}' LIMIT 1)")
        }
        16 => format!("UPDATE visits SET page = 'page {two}' WHERE rowid % 50 = {one}"),
        17 => format!("INSERT INTO events VALUES (date('2024-12-20', '+{one} days'), 'event {two}')"),
        _ => format!("UPDATE events SET at = date(at, '+{three} days') WHERE rowid = {one}"),
    }
}

fn write(path: PathBuf, seed: u64, stop: &AtomicBool, commits: &AtomicU64) {
    let mut random = Random(seed + 1);
    let connection = Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection.execute_batch(&format!("PRAGMA foreign_keys = on; PRAGMA recursive_triggers = {}", seed % 2)).unwrap();
    while !stop.load(Ordering::SeqCst) {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..=random.below(4) {
            // What a constraint refuses is as if it had not been.
            let _ = connection.execute_batch(&statement(&mut random));
        }
        let is_kept = random.below(10) > 0 && connection.execute_batch("COMMIT").is_ok();
        if is_kept {
            commits.fetch_add(1, Ordering::SeqCst);
        } else {
            let _ = connection.execute_batch("ROLLBACK");
        }
        thread::sleep(Duration::from_millis(random.below(8)));
    }
}

/// Applies what is left, and compares.
fn assert_level(moved: &Move) {
    moved.run("follow --until-level").ok();
    moved.assert_equal();
    assert_eq!(moved.database.psql("SELECT n FROM counted"), "0", "a trigger has fired");
}

#[test]
fn what_is_written_meanwhile_arrives() {
    for mode in ["wal", "delete"] {
        let moved = Move::with_rows(3_000);
        let (before, source) = (moved.schema(), moved.source_schema());
        moved.sqlite(&format!("PRAGMA journal_mode = {mode}"));
        let writers = Writers::start(&moved, 3);
        let mut follower =
            moved.project.spawn(["move", "follow", "--batch", "200", "--skip-plan", "--log-format", "json"]);
        follower.wait_for("\"following\"");
        thread::sleep(Duration::from_secs(3));
        let commits = writers.stop();
        follower.signal(Signal::SIGINT);
        let output = follower.wait();
        output.code(130);
        output.stderr_has("changes_applied").stderr_has("`schemactl move follow` goes on");
        assert!(commits > 50, "{mode}: {commits} commits");
        assert_level(&moved);
        moved
            .run("status")
            .ok()
            .stdout_has("level with the source")
            .stdout_has("foreign key letters_to of public.letters");
        moved.run("discard").ok();
        assert_eq!(moved.schema(), before);
        assert_eq!(moved.source_schema(), source);
    }
}

#[test]
fn followers_that_are_killed_leave_out_nothing() {
    let rounds = cases(2, 25);
    let moved = Move::with_rows(1_500);
    let mut random = Random(5);
    let mut kills = 0;
    for round in 0..rounds {
        let writers = Writers::start(&moved, 2);
        for _ in 0..6 {
            let follower = moved.project.spawn(["move", "follow", "--batch", "150", "--skip-plan"]);
            thread::sleep(Duration::from_millis(50 + random.below(900)));
            if random.below(3) == 0 {
                moved.database.psql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
            }
            follower.kill_9();
            kills += 1;
        }
        let commits = writers.stop();
        assert!(commits > 20, "round {round}: {commits} commits");
        assert_level(&moved);
    }
    eprintln!("{kills} kills");
}

#[test]
fn at_every_point_of_following_it_can_be_gone_on_with() {
    let moved = Move::with_rows(300);
    let before = moved.schema();
    for fault in
        ["0:chunk written", "3:chunk written", "0:put back", "1:put back", "0:changes applied", "2:changes applied"]
    {
        moved.sqlite("UPDATE people SET score = 1 WHERE id = 1");
        let writers = Writers::start(&moved, 1);
        let arguments = ["move", "follow", "--skip-plan", "--batch", "100"];
        let output = moved.project.spawn_with(&[("SCHEMACTL_FAULT", fault)], arguments).wait();
        assert!(!output.status.success(), "{fault}");
        writers.stop();
        assert_level(&moved);
        moved.run("discard").ok();
        assert_eq!(moved.schema(), before, "{fault}");
    }
}

#[test]
fn a_server_that_dies_is_caught_up_with() {
    let cluster = Cluster::start(postgres::version());
    let moved = Move::on(cluster.create_database());
    moved.fill(500);
    moved.run("follow --until-level --skip-plan").ok();
    let writers = Writers::start(&moved, 2);
    for _ in 0..2 {
        let follower = moved.project.spawn(["move", "follow"]);
        thread::sleep(Duration::from_millis(900));
        cluster.kill_9();
        let output = follower.wait();
        assert!(!output.status.success());
        cluster.start_again();
    }
    writers.stop();
    assert_level(&moved);
}

#[test]
fn one_follows_and_the_next_one_takes_over() {
    let moved = Move::with_rows(50);
    let mut first = moved.project.spawn(["move", "follow", "--skip-plan"]);
    first.wait_for("level with the source");
    let mut second = moved.project.spawn(["move", "follow"]);
    second.wait_for("somebody else follows");
    moved.run("status").ok().stdout_has("somebody follows it");
    first.kill_9();
    moved.sqlite("DELETE FROM visits");
    second.wait_for("level with the source");
    second.signal(Signal::SIGTERM);
    second.wait().code(130);
    assert_eq!(moved.database.psql("SELECT count(*) FROM visits"), "0");
    moved.run("status").ok().stdout_has("nobody follows it now");
}

#[test]
fn nobody_else_writes_to_the_target() {
    let moved = Move::with_rows(20);
    moved.run("follow --until-level").ok();
    for statement in [
        "INSERT INTO visits VALUES ('x')",
        "UPDATE people SET score = 1",
        "DELETE FROM letters",
        "TRUNCATE events",
        "COPY settings FROM STDIN",
    ] {
        let refused = moved.database.try_psql(statement).unwrap_err();
        assert!(refused.contains("only the move writes"), "{statement}: {refused}");
    }
    moved.project.file("migrations/postgres/V2__more.sql", "CREATE TABLE more (id int);\n");
    moved.project.run(["up", "--backend", "postgres"]).error("E0807");
    moved.project.file("migrations/sqlite/V2__more.sql", "CREATE TABLE more (id int);\n");
    moved.project.run(["up", "--backend", "sqlite"]).error("E0807").stderr_has("`schemactl move discard` ends it");
    moved.run("discard").ok();
    moved.project.run(["up", "--backend", "sqlite"]).ok();
    moved.project.run(["up", "--backend", "postgres"]).ok();
}

#[test]
fn a_copy_that_nobody_captured_is_not_followed_and_one_that_is_is_not_copied() {
    let moved = Move::with_rows(20);
    moved.run("copy").ok();
    moved.run("follow").error("E0802").stderr_has("`schemactl move discard`, then `schemactl move follow`");
    assert_eq!(moved.source_schema().matches("TRIGGER").count(), 0, "nothing was installed");
    moved.run("discard").ok();
    moved.run("follow --until-level").ok();
    moved.run("copy").error("E0802").stderr_has("`schemactl move follow` goes on with it");
    moved.run("discard").ok();
    moved.run("copy").ok();
    moved.assert_equal();
}

#[test]
fn a_source_that_is_not_the_one_that_was_followed_is_refused() {
    let moved = Move::with_rows(20);
    let changes: [(&str, &str); 5] = [
        ("DROP TRIGGER schema_migrations_move_delete_people", "is not as this move wants it"),
        ("CREATE UNIQUE INDEX more ON letters (id, body)", "is not as this move wants it"),
        ("ALTER TABLE settings RENAME COLUMN key TO key2", ""),
        ("VACUUM", "VACUUM has given rows"),
        ("DROP TABLE schema_migrations_move_capture", "its changes are not captured"),
    ];
    for (change, words) in changes {
        moved.run("follow --until-level").ok();
        moved.sqlite(change);
        let refused = moved.run("follow --until-level");
        assert!(!refused.status.success(), "{change}");
        refused.stderr_has(words);
        moved.run("discard");
        moved.sqlite("DROP INDEX IF EXISTS more");
        let _ = rusqlite::Connection::open(moved.project.path().join("app.db"))
            .unwrap()
            .execute_batch("ALTER TABLE settings RENAME COLUMN key2 TO key");
        moved.run("discard").ok();
    }
}

#[test]
fn a_file_that_was_put_back_from_a_backup_is_seen() {
    let moved = Move::with_rows(20);
    moved.run("follow --until-level").ok();
    moved.sqlite("UPDATE people SET score = 2");
    moved.run("follow --until-level").ok();
    let path = moved.project.path().join("app.db");
    moved.sqlite("PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(&path, moved.project.path().join("backup.db")).unwrap();
    moved.sqlite("UPDATE people SET score = 3");
    moved.run("follow --until-level").ok();
    for name in ["app.db-wal", "app.db-shm"] {
        let _ = std::fs::remove_file(moved.project.path().join(name));
    }
    std::fs::copy(moved.project.path().join("backup.db"), &path).unwrap();
    // So that it has more changes than were applied.
    moved.sqlite("UPDATE people SET score = 4; UPDATE letters SET price = 1; UPDATE people SET score = 5; UPDATE people SET score = 6");
    moved.run("follow --until-level").error("E0808").stderr_has("put back from a backup");
    assert_eq!(moved.database.psql("SELECT DISTINCT score FROM people"), "3");
}

#[test]
fn a_target_that_was_restored_elsewhere_is_followed_on() {
    let moved = Move::with_rows(20);
    if !moved.database.can_dump() {
        return;
    }
    moved.run("follow --until-level").ok();
    moved.sqlite("UPDATE people SET score = 2");
    // Its types have other numbers there.
    let restored = postgres::database(postgres::version());
    restored.psql(&moved.database.dump_all());
    let moved = Move { database: restored, ..moved };
    moved.project.env("DATABASE_URL", moved.database.url());
    moved.sqlite("UPDATE people SET score = 3, mood = 'sad'; DELETE FROM letters WHERE id % 2 = 0");
    moved.run("follow --until-level").ok();
    moved.assert_equal();
    moved.run("cutover").ok();
    moved.assert_equal();
    assert_eq!(moved.database.psql("SELECT DISTINCT score FROM people"), "3");
}

#[test]
fn rows_without_a_place_wait_until_they_are_mended() {
    let moved = Move::with_rows(30);
    moved.run("follow --until-level").ok();
    moved.sqlite(
        "UPDATE people SET mood = 'odd' WHERE id = 3; UPDATE letters SET price = -1 WHERE id = 6; UPDATE letters SET price = 'much' WHERE id = 9; \
         INSERT INTO events VALUES ('no time', 'x')",
    );
    moved.run("follow --until-level").ok().stdout_has("4 rows have no place as they are");
    moved.assert_level_but(4);
    moved.sqlite("UPDATE people SET mood = 'sad' WHERE id = 3; DELETE FROM letters WHERE id = 6");
    moved.run("follow --until-level").ok().stdout_has("2 rows have no place as they are");
    moved.sqlite("UPDATE letters SET price = 2, id = 1009 WHERE id = 9; DELETE FROM events WHERE what = 'x'");
    moved.run("follow --until-level").ok().lacks("have no place");
    moved.assert_equal();
}
