//! A way back of which something is not known is lost, and said to be, also where nobody writes any more.

use schemactl_test_support::postgres::{Cluster, version};
use schemactl_test_support::sqlite;

use super::Move;
use super::odd::Odd;
use super::returning::switched;

/// What is said of a way back, and what has ended it.
type Ending = (&'static str, fn(&Move));

const LOST: [Ending; 7] = [
    ("was switched off", |moved| {
        moved.database.psql("ALTER TABLE letters DISABLE TRIGGER schemactl_move_return_update");
        moved.database.psql("UPDATE letters SET price = 2");
        moved.database.psql("ALTER TABLE letters ENABLE ALWAYS TRIGGER schemactl_move_return_update");
    }),
    ("was switched off", |moved| {
        moved.database.psql("ALTER TABLE people DISABLE TRIGGER USER");
        moved.database.psql("UPDATE people SET score = 2");
    }),
    ("was switched off", |moved| drop(moved.database.psql("DROP TRIGGER schemactl_move_return_insert ON people"))),
    ("was switched off", |moved| {
        let function = moved.database.psql(
            "SELECT tgfoid::regprocedure FROM pg_trigger WHERE tgname = 'schemactl_move_return_update' AND tgrelid = 'people'::regclass",
        );
        moved.database.psql(&format!("ALTER FUNCTION {function} SET work_mem = '1MB'"));
    }),
    ("put back from a backup", |moved| {
        moved.database.psql("UPDATE schema_migrations_move_follow SET rounds_begun = 9, rounds_done = 9");
    }),
    ("transactions that PostgreSQL has not got", |moved| {
        moved.sqlite("UPDATE schema_migrations_move_capture SET returned = '4000000000:4000000000:'");
    }),
    ("open to writers", |moved| moved.sqlite("UPDATE schema_migrations_move_capture SET closed_until = NULL")),
];

/// A move with the way back open, level until this happens to it.
fn changed(change: fn(&Move)) -> Move {
    let moved = switched(20);
    moved.database.psql("UPDATE people SET score = 1");
    moved.run("follow --until-level").ok();
    change(&moved);
    moved
}

/// Both commands say why, whatever was written before, and nothing is lost on PostgreSQL.
#[track_caller]
fn is_lost(moved: &Move, words: &str) {
    for command in ["follow --until-level", "back"] {
        moved.run(command).error("E0808").stderr_has(words).stderr_has("`schemactl move finish` ends");
    }
}

#[test]
fn a_way_back_of_which_something_is_not_known_is_lost_and_said_to_be() {
    for (words, change) in LOST {
        let moved = changed(change);
        moved.database.psql("UPDATE settings SET value = 'noted'");
        is_lost(&moved, words);
        assert_eq!(moved.database.psql("SELECT DISTINCT value FROM settings"), "noted");
        moved.run("finish").ok();
    }
}

#[test]
fn that_nothing_is_noted_says_nothing_where_the_way_back_is_lost() {
    for (words, change) in LOST {
        let moved = changed(change);
        is_lost(&moved, words);
        moved.run("finish").ok();
    }
}

#[test]
fn whoever_watches_is_told_and_does_not_wait_for_it_to_be_level() {
    for (words, change) in [&LOST[1], &LOST[5]] {
        let moved = switched(5);
        moved.run("status").ok().stdout_has("what changes on PostgreSQL goes back to SQLite").lacks("lost");
        change(&moved);
        moved.run("status").ok().stdout_has("the way back is lost: ").stdout_has(words).lacks("goes back to SQLite");
        let watched = moved.run("status --watch --until level");
        watched.error("E0808").stderr_has(words).stdout_lacks("level");
    }
}

#[test]
fn a_target_of_another_server_is_not_the_one_that_was_followed() {
    let moved = switched(20);
    if !moved.database.can_dump() {
        return;
    }
    moved.database.psql("UPDATE people SET score = 1");
    moved.run("follow --until-level").ok();
    // A server of its own has fewer transactions than that which all tests share.
    let other = Cluster::start(version());
    let restored = other.create_database();
    restored.psql(&moved.database.dump_all());
    moved.project.env("DATABASE_URL", restored.url());
    restored.psql("UPDATE people SET score = 2");
    is_lost(&moved, "the way back is lost");
}

#[test]
fn a_comparison_with_a_target_that_shows_less_ends() {
    let (words, change) = LOST[5];
    let moved = switched(5);
    change(&moved);
    moved.run("verify").error("E0808").stderr_has(words);
    moved.run("finish").ok();
    moved.run("verify").stdout_has("people -> public.people: 5 rows, equal");
}

#[test]
fn what_nobody_noted_is_named_and_comes_where_it_is_written_once_more() {
    let moved = partitioned();
    // Who owns the server may write around every trigger.
    moved
        .database
        .psql("CREATE TABLE e3 PARTITION OF e FOR VALUES IN (3); INSERT INTO e VALUES (1, 3, 'x'), (2, 3, 'y')");
    moved.run("follow --until-level").ok();
    moved.database.psql("TRUNCATE e3; INSERT INTO e VALUES (1, 3, 'x')");
    moved.run("follow --until-level").ok();
    let differs = moved.run("verify");
    differs
        .error("E0806")
        .stdout_has("the target is followed")
        .stderr_has("SQLite does not hold what PostgreSQL holds");
    moved.run("back").error("E0806");
    moved.database.psql("INSERT INTO e VALUES (2, 3, 'z'); DELETE FROM e WHERE id = 2 AND part = 3");
    moved.run("follow --until-level").ok();
    moved.run("verify").ok();
    moved.run("back").ok();
}

/// A move with the way back open, on a table whose partitions leave room for more.
fn partitioned() -> Move {
    let Odd { project, database } = Odd::new(
        "CREATE TABLE e (id INTEGER, part INTEGER, what TEXT, PRIMARY KEY (id, part)) WITHOUT ROWID;",
        "CREATE TABLE e (id bigint, part bigint, what text, PRIMARY KEY (id, part)) PARTITION BY LIST (part); \
         CREATE TABLE e1 PARTITION OF e FOR VALUES IN (1); CREATE TABLE e2 PARTITION OF e FOR VALUES IN (2) PARTITION BY RANGE (id); \
         CREATE TABLE \"e 2a\" PARTITION OF e2 FOR VALUES FROM (0) TO (1000);",
        "INSERT INTO e VALUES (1, 1, 'a'), (2, 1, 'b'), (1, 2, 'c'), (2, 2, 'd');",
    );
    let moved = Move { project, database };
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover").ok();
    moved.run("follow --until-level").ok();
    moved
}

/// Partitions have triggers of their own, and come and go.
#[test]
fn what_is_done_to_a_partition_goes_back() {
    for (change, left) in [
        ("TRUNCATE e1", "c d"),
        ("TRUNCATE \"e 2a\"", "a b"),
        ("TRUNCATE e2", "a b"),
        ("TRUNCATE e", ""),
        (
            "UPDATE \"e 2a\" SET what = what || '!' WHERE id = 2; UPDATE e SET part = 2, id = 9 WHERE what = 'a'",
            "a b c d!",
        ),
        (
            "CREATE TABLE e3 PARTITION OF e FOR VALUES IN (3); INSERT INTO e VALUES (1, 3, 'e'); INSERT INTO e3 VALUES (2, 3, 'f')",
            "a b c d e f",
        ),
        (
            "CREATE TABLE e2b PARTITION OF e2 FOR VALUES FROM (1000) TO (2000); INSERT INTO e VALUES (1000, 2, 'e'); DELETE FROM e2b",
            "a b c d",
        ),
    ] {
        let moved = partitioned();
        for statement in change.split("; ") {
            moved.database.psql(statement);
        }
        moved.run("follow --until-level").ok();
        moved.run("verify").ok();
        moved.run("back").ok();
        let source = sqlite::open(&moved.project.path().join("app.db"));
        let sql = "SELECT coalesce(group_concat(what, ' '), '') FROM (SELECT what FROM e ORDER BY what)";
        let there: String = source.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(there, left, "{change}");
        moved.sqlite("INSERT INTO e VALUES (7, 1, 'z')");
        moved.run("follow --until-level").ok();
        moved.run("verify").ok();
    }
}

#[test]
fn where_a_partition_has_changes_that_nobody_noted_the_way_back_is_lost() {
    for (words, change) in [
        ("was switched off", "ALTER TABLE \"e 2a\" DISABLE TRIGGER USER; UPDATE e SET what = 'x'"),
        ("was switched off", "ALTER TABLE e1 DISABLE TRIGGER schemactl_move_return_truncate; TRUNCATE e1"),
        ("a partition was taken away", "ALTER TABLE e DETACH PARTITION e1; DROP TABLE e1"),
        ("a partition was taken away", "DROP TABLE \"e 2a\""),
        (
            "were attached after they were made, or a trigger on them was switched off: e3",
            "CREATE TABLE e3 (LIKE e); INSERT INTO e3 VALUES (1, 3, 'unnoted'); ALTER TABLE e ATTACH PARTITION e3 FOR VALUES IN (3)",
        ),
        (
            "were attached after they were made, or a trigger on them was switched off: e3",
            "CREATE TABLE e3 PARTITION OF e FOR VALUES IN (3); ALTER TABLE e3 DISABLE TRIGGER schemactl_move_return_insert; \
             INSERT INTO e VALUES (1, 3, 'unnoted'); ALTER TABLE e3 ENABLE TRIGGER schemactl_move_return_insert",
        ),
    ] {
        let moved = partitioned();
        for statement in change.split("; ") {
            moved.database.psql(statement);
        }
        is_lost(&moved, words);
        moved.run("finish").ok();
        let left = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'schemactl_move_return%'";
        assert_eq!(moved.database.psql(left), "0", "{change}");
    }
}
