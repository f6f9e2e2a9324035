//! The way back: what the application changes on PostgreSQL is in SQLite when both sides are switched back, and nothing else is changed there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use schemactl_test_support::{Signal, cases};

use super::application::{Acknowledged, writing};
use super::switching::takes_writes;
use super::{Move, document};

/// Rows of which all can be written on PostgreSQL.
fn with_rows(rows: u32) -> Move {
    let moved = Move::with_rows(rows);
    // It is there to fail where it fires.
    moved.database.psql("DROP TRIGGER events_counted ON events");
    moved
}

/// A move whose rows are on PostgreSQL, with the way back open.
pub(super) fn switched(rows: u32) -> Move {
    let moved = with_rows(rows);
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover --deadline 20s").ok().stdout_has("what changes on PostgreSQL goes back to SQLite");
    assert_eq!(takes_writes(&moved), (false, true));
    moved
}

fn value(moved: &Move, sql: &str) -> String {
    let connection = schemactl_test_support::sqlite::open(&moved.project.path().join("app.db"));
    connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// What an application does on PostgreSQL: of all kinds, and so that values wander between rows.
const WRITES: &str = "INSERT INTO people (name, mood, born, tags, photo) VALUES ('new', 'sad', '2026-01-02 03:04:05.678901+00', '{x,NULL,\"y,z\"}', '\\x00ff');
    UPDATE people SET score = 12.5, born = born + interval '1 day' WHERE id % 7 = 1;
    UPDATE people SET name = 'swap' WHERE id = 2;
    UPDATE people SET name = (SELECT name FROM people WHERE id = 3) || '' WHERE id = -1;
    BEGIN; UPDATE people SET name = 'tmp' WHERE id = 4; UPDATE people SET name = 'Zoë 4' WHERE id = 5; UPDATE people SET name = 'Zoë 5' WHERE id = 4; COMMIT;
    BEGIN; UPDATE people SET name = 'gone' WHERE id = 6; ROLLBACK;
    DELETE FROM people WHERE id = 11 AND NOT EXISTS (SELECT FROM people p WHERE p.boss = 11);
    DELETE FROM letters WHERE id % 9 = 0;
    INSERT INTO letters (id, person, price, body) VALUES (1000001, 1, 12.50, '{\"b\": [1, 2.50], \"a\": \"x y\"}');
    UPDATE letters SET id = id + 2000000 WHERE id % 6 = 0;
    INSERT INTO settings VALUES ('s', 'k', 'v') ON CONFLICT DO NOTHING;
    INSERT INTO settings VALUES ('s', 'k', 'v2') ON CONFLICT (space, key) DO UPDATE SET value = excluded.value;
    DELETE FROM settings WHERE key = 'k3';
    INSERT INTO visits VALUES ('there', '2026-02-03 04:05:06+00'), ('there', NULL);
    DELETE FROM visits WHERE schemactl_move_rowid <= 3;
    UPDATE visits SET page = 'other' WHERE schemactl_move_rowid = 5;
    INSERT INTO events VALUES ('2024-01-01 00:00:00+00', 'old'), ('2027-01-01 00:00:00+00', 'new');
    UPDATE events SET at = at + interval '3 years' WHERE what = 'e3';
    INSERT INTO events_new VALUES ('2028-01-01 00:00:00+00', 'into the partition');
    UPDATE \"Odd \"\"Name\"\"\" SET \"select\" = 'x' WHERE \"Key\" = 0";

fn write(moved: &Move, sql: &str) {
    let mut session = moved.database.session();
    for statement in sql.split(";\n") {
        let said = session.run(statement);
        assert!(!said.contains("ERROR"), "{statement}: {said}");
    }
}

#[test]
fn what_is_written_on_postgresql_goes_back_and_both_sides_switch() {
    for mode in ["wal", "delete"] {
        let moved = switched(60);
        moved.sqlite(&format!("PRAGMA journal_mode = {mode}"));
        write(&moved, WRITES);
        moved.run("status").ok().stdout_has("`schemactl move back` switches back");
        moved.run("follow --until-level").ok();
        moved.assert_equal();
        // A value that was not changed keeps the form that it had, and a new one has that of the column.
        assert_eq!(value(&moved, "SELECT born FROM people WHERE id = 3"), "2025-01-27 09:15:30.123456");
        assert_eq!(value(&moved, "SELECT born FROM people WHERE id = 1"), "2025-01-28 09:15:30.123456");
        assert_eq!(value(&moved, "SELECT tags FROM people WHERE name = 'new'"), "[\"x\",null,\"y,z\"]");
        assert_eq!(value(&moved, "SELECT typeof(score) || typeof(photo) FROM people WHERE id = 8"), "realblob");
        assert_eq!(value(&moved, "SELECT body FROM letters WHERE id = 1000001"), "{\"a\":\"x y\",\"b\":[1,2.50]}");
        assert_eq!(value(&moved, "SELECT name FROM people WHERE id = 5"), "Zoë 4");
        moved.run("back --dry-run").ok().stdout_has("nothing was switched");
        assert_eq!(takes_writes(&moved), (false, true));
        let output = moved.run("back --deadline 20s --json");
        output.ok();
        let said = document(&output);
        assert_eq!((said["state"].as_str(), said["gate"].as_str()), (Some("returned"), Some("open")), "{said}");
        assert_eq!(said["rows_left_behind"], 0);
        assert_eq!(takes_writes(&moved), (true, false));
        moved.run("verify").ok();
        // The next id is behind all that PostgreSQL has given.
        moved.sqlite("INSERT INTO people (name) VALUES ('after')");
        let is_behind = "SELECT CAST((SELECT id FROM people WHERE name = 'after') > (SELECT id FROM people WHERE name = 'new') AS TEXT)";
        assert_eq!(value(&moved, is_behind), "1");
        moved.sqlite("UPDATE letters SET price = 1 WHERE id = 3; DELETE FROM visits WHERE page = 'there'; UPDATE events SET what = 'back' WHERE what = 'new'");
        moved.run("follow --until-level").ok();
        moved.assert_equal();
        moved.run("cutover --deadline 20s").ok();
        write(&moved, "UPDATE people SET score = 3 WHERE id = 9;\nINSERT INTO visits VALUES ('again', NULL)");
        moved.run("follow --until-level").ok();
        moved.assert_equal();
        moved.run("back --deadline 20s").ok();
        assert_eq!(takes_writes(&moved), (true, false));
        moved.run("follow --until-level").ok();
        moved.run("cutover --deadline 20s").ok();
        assert_eq!(takes_writes(&moved), (false, true));
    }
}

#[test]
fn a_move_that_is_finished_leaves_nothing_but_a_closed_file() {
    let moved = with_rows(30);
    let before = moved.schema();
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("finish").error("E0802").stderr_has("SQLite is the side that is written");
    moved.run("archive").error("E0802");
    moved.run("cutover --deadline 20s").ok();
    write(&moved, WRITES);
    moved.project.file("migrations/postgres/V2__more.sql", "CREATE TABLE more (id int);\n");
    moved.project.run(["up", "--backend", "postgres"]).error("E0807").stderr_has("`schemactl move finish`");
    moved.run("archive").error("E0802").stderr_has("`schemactl move finish` ends it");
    moved.run("finish").ok().stdout_has("PostgreSQL is the side that is written");
    assert_eq!(moved.schema(), before);
    assert_eq!(takes_writes(&moved), (false, true));
    moved.run("finish").ok().stdout_has("no move is under way");
    moved.project.file("migrations/sqlite/V2__more.sql", "CREATE TABLE more (id int);\n");
    moved.project.run(["up", "--backend", "sqlite"]).error("E0807").stderr_has("has moved to PostgreSQL");
    std::fs::remove_file(moved.project.path().join("migrations/sqlite/V2__more.sql")).unwrap();
    moved.run("back").error("E0802");
    moved.project.run(["up", "--backend", "postgres"]).ok();
    let output = moved.run("archive --json");
    output.ok();
    let said = document(&output);
    let path = moved.project.path();
    assert!(!path.join("app.db").exists());
    let folder: Vec<_> = std::fs::read_dir(path.join("archive")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(folder.len(), 2, "{folder:?}");
    assert!(said["to"].as_str().unwrap().contains("archive/app_2"), "{said}");
    let list = folder.iter().find(|path| path.extension().is_some_and(|extension| extension == "sha256")).unwrap();
    let mut check = std::process::Command::new("sha256sum");
    check.args(["--check", "--quiet"]).arg(list).current_dir(path.join("archive"));
    assert!(check.status().unwrap().success());
}

/// An application that writes to the side that takes it: SQLite, where it is not closed, else PostgreSQL.
fn application(moved: &Move, number: usize, stop: Arc<AtomicBool>) -> thread::JoinHandle<Acknowledged> {
    writing(moved, number, stop, |session, name, row| {
        // It has read before it writes, as most do.
        session.run("BEGIN; SELECT count(*) FROM people WHERE id < 10; SELECT count(*) FROM letters WHERE id < 10");
        thread::sleep(Duration::from_millis(u64::from(row % 3 == 0) * 5));
        // A row is changed after it was written, so that each is noted more than once.
        let said = session.run(&format!(
            "WITH w AS (INSERT INTO people (name) VALUES ('{name}') RETURNING name) UPDATE people SET score = {row} WHERE id = 1 + {row} % 50 RETURNING (SELECT name FROM w)"
        ));
        if said == name {
            let ended = session.run("COMMIT");
            assert_eq!(ended, "", "{name}");
        } else {
            session.run("ROLLBACK");
        }
        said
    })
}

fn assert_kept(moved: &Move, kept: impl Iterator<Item = Acknowledged>, there: &BTreeSet<String>) {
    for kept in kept {
        eprintln!("{} and {} writes, the longest pause {:?}", kept.sqlite.len(), kept.postgres.len(), kept.pause);
        let lost: Vec<_> = kept.sqlite.iter().chain(&kept.postgres).filter(|name| !there.contains(*name)).collect();
        assert!(lost.is_empty(), "{lost:?} are lost: {}", moved.run("status").text());
    }
}

fn names_in_sqlite(moved: &Move) -> BTreeSet<String> {
    let connection = schemactl_test_support::sqlite::open(&moved.project.path().join("app.db"));
    let mut statement = connection.prepare("SELECT name FROM people").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn an_application_goes_forth_and_back_and_loses_nothing() {
    for mode in ["wal", "delete"] {
        let moved = with_rows(500);
        moved.sqlite(&format!("PRAGMA journal_mode = {mode}"));
        moved.run("follow --until-level --skip-plan").ok();
        let stop = Arc::new(AtomicBool::new(false));
        let applications: Vec<_> = (0..3).map(|number| application(&moved, number, Arc::clone(&stop))).collect();
        let mut follower = moved.project.spawn(["move", "follow"]);
        follower.wait_for("following");
        for _ in 0..2 {
            thread::sleep(Duration::from_millis(500));
            moved.run("cutover --deadline 20s").ok();
            thread::sleep(Duration::from_millis(700));
            // Who follows goes on in the other direction by itself, and so it does after the way back.
            moved.run("back --deadline 20s").ok().stdout_has("nobody could write for");
        }
        thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::SeqCst);
        let kept: Vec<_> = applications.into_iter().map(|application| application.join().unwrap()).collect();
        follower.signal(Signal::SIGINT);
        follower.wait();
        assert!(kept.iter().all(|kept| !kept.sqlite.is_empty() && !kept.postgres.is_empty()));
        assert_kept(&moved, kept.into_iter(), &names_in_sqlite(&moved));
        assert_eq!(takes_writes(&moved), (true, false));
        moved.run("follow --until-level").ok();
        moved.assert_equal();
    }
}

#[test]
fn a_switch_back_that_dies_is_ended_by_the_next_one() {
    for (fault, sides) in [
        ("keys noted", (false, true)),
        ("round to be returned", (false, true)),
        ("target locked", (false, true)),
        ("source ready", (false, true)),
        ("back decided", (false, false)),
        ("source open", (true, false)),
    ] {
        let moved = switched(40);
        write(&moved, WRITES);
        let fault = format!("0:{fault}");
        let variable = [("SCHEMACTL_FAULT", fault.as_str())];
        let output = moved.project.spawn_with(&variable, ["move", "back", "--deadline", "20s"]).wait();
        assert!(!output.status.success(), "{fault}");
        assert_eq!(takes_writes(&moved), sides, "{fault}");
        moved.run("status").ok();
        if sides == (false, false) {
            moved.run("status").ok().stdout_has("`schemactl move back` opens SQLite");
            moved.run("follow --until-level").error("E0802").stderr_has("`schemactl move back` opens SQLite");
            moved.run("cutover").error("E0802").stderr_has("`schemactl move back` opens SQLite");
        }
        if sides.1 {
            write(&moved, "INSERT INTO visits VALUES ('later', NULL)");
        }
        let ended = moved.run("back --deadline 20s");
        assert!(ended.status.success() || sides.0 && ended.stderr.contains("E0802"), "{}", ended.text());
        assert_eq!(takes_writes(&moved), (true, false), "{fault}");
        assert_eq!(value(&moved, "SELECT CAST(count(*) AS TEXT) FROM visits WHERE page = 'later'") == "1", sides.1);
        moved.run("follow --until-level").ok();
        moved.assert_equal();
    }
}

#[test]
fn random_kills_on_the_way_back_lose_nothing() {
    for round in 0..cases(2, 40) {
        let moved = switched(80);
        let stop = Arc::new(AtomicBool::new(false));
        let applied = application(&moved, 1, Arc::clone(&stop));
        for attempt in 0..5 {
            let command = if attempt % 2 == 0 { "follow" } else { "back" };
            let running = moved.project.spawn(["move", command]);
            thread::sleep(Duration::from_millis(120 + u64::from(round * 5 + attempt) % 17 * 40));
            running.kill_9();
            assert_ne!(takes_writes(&moved), (true, true));
        }
        let ended = moved.run("back --deadline 20s");
        assert!(ended.status.success() || ended.stderr.contains("E0802"), "{}", ended.text());
        stop.store(true, Ordering::SeqCst);
        let kept = applied.join().unwrap();
        assert_eq!(takes_writes(&moved), (true, false));
        assert_kept(&moved, std::iter::once(kept), &names_in_sqlite(&moved));
        moved.run("follow --until-level").ok();
        moved.assert_equal();
    }
}

const ODD_MAP: &str = "[sqlite]
url = \"sqlite:app.db\"
[postgres]
url = \"${DATABASE_URL}\"
[map]
postgres_only = [\"audit\", \"devices.seen_by\"]
[map.convert]
\"devices.id\" = { uuid5 = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\" }
\"jobs.state\" = { values = { \"0\" = \"idle\", \"1\" = \"busy\" } }
\"jobs.cost\" = { multiply = 1000000 }
\"jobs.due\" = { time = \"unix\" }
\"jobs.path\" = { strip_prefix = \"/srv/\" }
\"jobs.note\" = { empty = \"null\" }
";

const ODD_SQLITE: &str = "CREATE TABLE devices (id TEXT PRIMARY KEY, name TEXT COLLATE NOCASE UNIQUE);
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, device TEXT REFERENCES devices(id), state INTEGER NOT NULL CHECK (state IN (0, 1)), cost REAL, due INTEGER,
    is_on TEXT NOT NULL DEFAULT 'True', path TEXT, note TEXT NOT NULL DEFAULT '', digits TEXT, precise REAL, up TEXT GENERATED ALWAYS AS (upper(note)));
CREATE VIRTUAL TABLE jobs_text USING fts5(note, content='jobs', content_rowid='rowid');
CREATE TRIGGER jobs_touched AFTER UPDATE ON jobs BEGIN UPDATE devices SET name = name || '!' WHERE id = NEW.device; END;
";

const ODD_POSTGRES: &str = "CREATE TABLE devices (id uuid PRIMARY KEY, name text, seen_by text);
CREATE TABLE jobs (
    id uuid PRIMARY KEY, device uuid REFERENCES devices ON DELETE CASCADE ON UPDATE CASCADE, state text NOT NULL, cost bigint, due timestamptz,
    is_on boolean NOT NULL, path text, note text, digits numeric(30,10), precise numeric, up text GENERATED ALWAYS AS (upper(note)) STORED);
CREATE TABLE audit (id int);
";

/// Tables whose values are others on both sides.
fn odd() -> Move {
    let project = schemactl_test_support::project!();
    let database = schemactl_test_support::postgres::database(schemactl_test_support::postgres::version());
    project.config(ODD_MAP);
    project.env("DATABASE_URL", database.url());
    project.file("migrations/sqlite/V1__create.sql", ODD_SQLITE);
    project.file("migrations/postgres/V1__create.sql", ODD_POSTGRES);
    project.run(["up", "--backend", "sqlite"]).ok();
    project.run(["up", "--backend", "postgres"]).ok();
    let moved = Move { project, database };
    moved.sqlite(
        "PRAGMA journal_mode = WAL;
        INSERT INTO devices VALUES ('north', 'North'), ('south', 'South'), ('A1B2C3D4-1111-4111-8111-00000000000F', 'East');
        INSERT INTO jobs (id, device, state, cost, due, path, note, digits, precise) VALUES
            ('A1B2C3D4-1111-4111-8111-000000000001', 'north', 0, 0.000123, 1737968130, '/srv/a', '', '1.5', 0.5),
            ('A1B2C3D4-1111-4111-8111-000000000002', 'south', 1, 12.5, NULL, '/srv/b', 'words to find', '123456789012345678.0123456789', 1.0),
            ('A1B2C3D4-1111-4111-8111-000000000003', 'A1B2C3D4-1111-4111-8111-00000000000F', 1, NULL, 0, NULL, 'x', NULL, NULL);
        INSERT INTO jobs_text (jobs_text) VALUES ('rebuild')",
    );
    moved.run("follow --until-level").ok();
    moved
}

fn list(moved: &Move, sql: &str) -> Vec<String> {
    let connection = schemactl_test_support::sqlite::open(&moved.project.path().join("app.db"));
    let mut statement = connection.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn a_value_goes_back_by_the_rule_that_has_made_it() {
    let moved = odd();
    moved
        .run("cutover")
        .ok()
        .stdout_has("PostgreSQL alone has audit: on the way back it stays behind")
        .stdout_has("devices.seen_by");
    let north = moved.database.psql("SELECT id FROM devices WHERE name = 'North'");
    write(
        &moved,
        &format!(
            "UPDATE jobs SET state = 'busy', cost = 7, due = '2030-01-01 00:00:00+00', is_on = false, path = 'c/d', digits = digits + 0.5 WHERE state = 'idle';\n\
             UPDATE jobs SET note = 'other words' WHERE note = 'words to find';\n\
             UPDATE devices SET name = 'north', seen_by = 'me' WHERE name = 'North';\n\
             INSERT INTO devices VALUES ('ffffffff-1111-4111-8111-000000000009', 'West');\n\
             INSERT INTO jobs (id, device, state, is_on) VALUES ('ffffffff-1111-4111-8111-000000000008', '{north}', 'idle', true);\n\
             UPDATE devices SET id = 'ffffffff-1111-4111-8111-00000000000a' WHERE name = 'South'"
        ),
    );
    moved.run("follow --until-level").ok();
    moved.run("verify").ok();
    let jobs = "SELECT id || '|' || device || '|' || state || '|' || coalesce(cost, '-') || '|' || coalesce(due, '-') || '|' || is_on || '|' || coalesce(path, '-') || '|' || note || '|' || coalesce(digits, '-') || '|' || typeof(cost) || typeof(due) FROM jobs ORDER BY id";
    assert_eq!(
        list(&moved, jobs),
        [
            "A1B2C3D4-1111-4111-8111-000000000001|north|1|7.0e-06|1893456000|False|/srv/c/d||2|realinteger",
            "A1B2C3D4-1111-4111-8111-000000000002|FFFFFFFF-1111-4111-8111-00000000000A|1|12.5|-|True|/srv/b|other words|123456789012345678.0123456789|realnull",
            "A1B2C3D4-1111-4111-8111-000000000003|A1B2C3D4-1111-4111-8111-00000000000F|1|-|0|True|-|x|-|nullinteger",
            "FFFFFFFF-1111-4111-8111-000000000008|north|0|-|-|True|-||-|nullnull",
        ]
    );
    let devices = list(&moved, "SELECT id || '|' || name FROM devices ORDER BY name");
    assert_eq!(
        devices,
        [
            "A1B2C3D4-1111-4111-8111-00000000000F|East",
            "north|north",
            "FFFFFFFF-1111-4111-8111-00000000000A|South",
            "FFFFFFFF-1111-4111-8111-000000000009|West"
        ]
        .map(str::to_owned)
    );
    // What is found by words is what is there, although no trigger has run.
    moved.run("back").ok();
    assert_eq!(list(&moved, "SELECT note FROM jobs_text WHERE jobs_text MATCH 'other'"), ["other words"]);
    assert_eq!(list(&moved, "SELECT note FROM jobs_text WHERE jobs_text MATCH 'find'"), Vec::<String>::new());
    moved.sqlite("UPDATE jobs SET note = 'n' WHERE id = 'FFFFFFFF-1111-4111-8111-000000000008'; DELETE FROM devices WHERE name = 'West'");
    moved.run("follow --until-level").ok();
    moved.run("verify").ok();
    // An id that was made of another one is the same after all ways.
    assert_eq!(moved.database.psql("SELECT device FROM jobs WHERE note = 'n'"), north);
}

#[test]
fn a_row_without_a_place_in_sqlite_is_named_and_kept() {
    let moved = odd();
    moved.run("cutover").ok();
    let insert = |id: u32, columns: &str, values: &str| {
        write(
            &moved,
            &format!(
                "INSERT INTO jobs (id, state, is_on{columns}) VALUES ('ffffffff-1111-4111-8111-0000000000{id}', {values})"
            ),
        );
    };
    // A CHECK, a value that a double does not keep, and a state that no name stands for.
    insert(10, ", precise", "'idle', true, 0.12345678901234567890");
    insert(11, "", "'lost', true");
    insert(12, "", "'busy', true");
    // The name is another one there only by its letters.
    write(&moved, "INSERT INTO devices VALUES ('ffffffff-1111-4111-8111-000000000009', 'NORTH')");
    moved.run("follow --until-level").ok();
    let aside = list(
        &moved,
        "SELECT source_table || ' ' || row_key || ': ' || reason FROM schema_migrations_move_aside ORDER BY row_key",
    );
    assert_eq!(aside.len(), 3, "{aside:#?}");
    assert!(
        aside.iter().any(|line| line.contains("NOCASE") || line.contains("UNIQUE constraint failed: devices.name")),
        "{aside:#?}"
    );
    assert!(
        aside.iter().any(|line| line.contains(
            "precise: SQLite keeps 0.12345678901234568, which would not be moved as '0.12345678901234567890'"
        )),
        "{aside:#?}"
    );
    moved.run("status").ok().stdout_has("3 rows have no place");
    moved.run("back").error("E0801").stderr_has("3 rows of PostgreSQL have no place in SQLite");
    assert_eq!(takes_writes_of(&moved), (false, true));
    // One is mended, and one is taken out.
    write(
        &moved,
        "UPDATE jobs SET state = 'idle' WHERE state = 'lost';\nUPDATE devices SET name = 'NORTH-WEST' WHERE name = 'NORTH'",
    );
    moved.run("back").error("E0801").stderr_has("1 row of PostgreSQL has no place in SQLite");
    let output = moved.run("back --leave-behind --json");
    output.ok();
    assert_eq!(document(&output)["rows_left_behind"], 1);
    assert_eq!(takes_writes_of(&moved), (true, false));
    assert_eq!(list(&moved, "SELECT CAST(count(*) AS TEXT) FROM jobs"), ["5"]);
    assert_eq!(moved.database.psql("SELECT count(*) FROM jobs"), "6");
}

fn takes_writes_of(moved: &Move) -> (bool, bool) {
    let source = schemactl_test_support::sqlite::open(&moved.project.path().join("app.db"));
    let sqlite = source.execute("UPDATE jobs SET state = state WHERE path = '/srv/b'", []).is_ok();
    (sqlite, moved.database.try_psql("UPDATE jobs SET state = state WHERE path = 'b'").is_ok())
}

#[test]
fn a_transaction_that_is_long_open_comes_late_and_is_not_missed() {
    let moved = switched(20);
    let (mut early, mut late) = (moved.database.session(), moved.database.session());
    early.run("BEGIN; INSERT INTO visits VALUES ('early', NULL)");
    late.run("INSERT INTO visits VALUES ('late', NULL)");
    moved.run("follow --until-level").ok();
    let pages = "SELECT page FROM visits WHERE page IN ('early', 'late') ORDER BY page";
    assert_eq!(list(&moved, pages), ["late"]);
    // Who writes for longer than the deadline is not ended, and all is as before.
    let refused = moved.run("back --deadline 1s");
    refused.code(4);
    refused.error("E0805").stderr_has("PostgreSQL is the side that is written, as before");
    early.run("COMMIT");
    moved.run("follow --until-level").ok();
    assert_eq!(list(&moved, pages), ["early", "late"]);
    moved.run("back --deadline 20s").ok();
    moved.run("verify").ok();
}

#[test]
fn without_a_way_back_there_is_none() {
    let moved = with_rows(20);
    moved.run("back").error("E0802");
    moved.run("follow --until-level").ok();
    moved.run("back").error("E0802").stderr_has("SQLite is the side that is written");
    moved.run("cutover --no-way-back").ok();
    assert_eq!(moved.database.psql("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'schemactl_move_return%'"), "0");
    moved.run("back").error("E0802").stderr_has("there is no way back");
    moved.run("follow").error("E0802");
    moved.run("finish").ok();
    moved.run("archive --to away").ok();
}
