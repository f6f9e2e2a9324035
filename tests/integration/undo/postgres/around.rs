//! What is kept by settings, for how long, and what the commands say of it.

use schemactl_test_support::pgbouncer;
use schemactl_test_support::postgres;

use super::hand::{Hand, Twins};
use super::rows::everything;

const SCHEMA: &str = "CREATE TABLE item (id int PRIMARY KEY, n int);\n";
const ROWS: &str = "INSERT INTO item SELECT g, g FROM generate_series(1, 5) AS g;";
const UP: &str = "UPDATE item SET n = n + 100;\n";
const DOWN: Option<&str> = Some("SELECT 1;\n");

/// All that the database holds, that of the record as well.
fn all(twins: &Twins) -> String {
    let images = "SELECT * FROM schema_migrations_undo ORDER BY 1, 2; SELECT * FROM schema_migrations_undo_rows ORDER BY 1, 2, 3; \
                  SELECT * FROM schema_migrations ORDER BY 1; SELECT * FROM schema_migrations_log";
    format!("{:?}\n{}", everything(&mut twins.own.session()), twins.own.psql(images))
}

fn applied(settings: &str, up: &str) -> Twins {
    let twins = Twins::with(SCHEMA, ROWS, settings);
    twins.second(up, DOWN);
    twins.run("up").ok();
    twins
}

#[test]
fn nothing_is_kept_where_that_is_set() {
    for settings in ["undo = \"none\"", "undo_keep = \"0\"", "undo = \"all\"\nundo_keep = \"0\""] {
        let twins = applied(settings, UP);
        assert!(!twins.is_kept(2), "{settings}");
        twins.down(Hand::Left);
    }
    let twins = applied("", &format!("-- schemactl: undo = none\n{UP}"));
    assert!(!twins.is_kept(2));
    for settings in ["ignore_undo = [\"item.n\"]", "ignore_undo = [\"*.n\"]", "ignore_undo = [\"item\"]"] {
        let twins = applied(settings, UP);
        assert!(!twins.is_kept(2), "{settings}");
        assert!(twins.reason(2).contains("never kept"), "{}", twins.reason(2));
        twins.down(Hand::Left);
    }
    let twins = applied("ignore_undo = [\"other.n\"]", UP);
    twins.down(Hand::Exact);
}

#[test]
fn a_table_that_goes_with_columns_that_are_never_kept_is_asked_for() {
    for up in ["DROP TABLE item;\n", "ALTER TABLE item DROP COLUMN n;\n", "TRUNCATE item;\n"] {
        let twins = Twins::with(SCHEMA, ROWS, "ignore_undo = [\"item.n\"]");
        twins.second(up, None);
        twins.run("up").ok();
        assert!(!twins.is_kept(2), "{up}");
        let kept = twins.own.psql("SELECT count(*) FROM schema_migrations_undo_rows");
        assert_eq!(kept, "0", "{up}");
    }
}

#[test]
fn many_rows_are_kept_where_all_are_to_be() {
    let up = "UPDATE item SET n = n + 100;\nDELETE FROM item WHERE id % 7 = 0;\nINSERT INTO item SELECT g, g FROM generate_series(20001, 31000) AS g;\n";
    for (settings, is_kept) in [("", false), ("undo = \"all\"", true)] {
        let twins = Twins::with(SCHEMA, "INSERT INTO item SELECT g, g FROM generate_series(1, 15000) AS g;", settings);
        twins.second(up, DOWN);
        twins.run("up").ok();
        assert_eq!(twins.is_kept(2), is_kept, "{}", twins.reason(2));
        assert_eq!(
            twins.own.psql("SELECT count(*) > 0 FROM schema_migrations_undo_rows"),
            if is_kept { "t" } else { "f" }
        );
        if is_kept {
            twins.down(Hand::Exact);
            assert_eq!(twins.own.psql("SELECT count(*) FROM schema_migrations_undo_rows"), "0");
        } else {
            assert!(twins.reason(2).contains("15000 rows"), "{}", twins.reason(2));
            twins.down(Hand::Left);
        }
    }
    // The limit is for all of a step.
    let twins = Twins::new("CREATE TABLE a (id int PRIMARY KEY);\nCREATE TABLE b (id int PRIMARY KEY);\n", "");
    let fill = |table: &str| format!("INSERT INTO {table} SELECT g FROM generate_series(1, 6000) AS g;\n");
    twins.second(&(fill("a") + &fill("b")), DOWN);
    twins.run("up").ok();
    assert!(!twins.is_kept(2));
    assert_eq!(twins.own.psql("SELECT count(*) FROM schema_migrations_undo_rows"), "0");
}

#[test]
fn what_was_kept_for_a_time_is_not_there_after_it() {
    let twins = applied("undo_keep = \"1h\"", UP);
    assert!(twins.is_kept(2));
    twins.own.psql("UPDATE schema_migrations_undo SET kept_until = now() - interval '1 s'");
    let output = twins.down(Hand::Left);
    assert!(output.text().contains("kept until") || !output.status.success(), "{}", output.text());
}

#[test]
fn an_up_with_nothing_to_do_takes_away_what_is_over() {
    let twins = applied("undo_keep = \"1h\"", UP);
    twins.own.psql("UPDATE schema_migrations_undo SET kept_until = now() - interval '1 s'");
    twins.run("up").ok().stderr_has("purged");
    assert_eq!(twins.own.psql("SELECT count(*) FROM schema_migrations_undo_rows"), "0");
    assert_eq!(twins.own.psql("SELECT kind FROM schema_migrations_undo WHERE version = 2"), "purged");
    twins.run("up").ok().stderr_lacks("purged");
    // What has the name of the index, and is none, is left alone.
    for other in [
        "ALTER TABLE schema_migrations_undo RENAME COLUMN kept_until TO until",
        "ALTER TABLE schema_migrations_undo ADD COLUMN kept_until text DEFAULT 'x'",
        "ALTER TABLE schema_migrations_undo RENAME TO was; CREATE VIEW schema_migrations_undo AS SELECT 0 AS number, 'whole'::text AS kind, now() - interval '1 h' AS kept_until",
        "DROP VIEW schema_migrations_undo",
    ] {
        twins.own.psql(other);
        twins.run("up").ok().stderr_lacks("purged");
    }
}

#[test]
fn a_dry_run_changes_nothing_and_says_what_it_would_do() {
    let twins = Twins::new(SCHEMA, ROWS);
    twins.second(
        "INSERT INTO item VALUES (7, 7);\nUPDATE item SET n = 50 WHERE id = 1;\nDELETE FROM item WHERE id = 2;\n",
        DOWN,
    );
    twins.run("up").ok();
    let before = all(&twins);
    let output = twins.run("down --dry-run");
    output.ok().stdout_has("puts back table item: 1 row deleted, 1 row put back as it was, 1 row inserted again");
    assert_eq!(all(&twins), before);
    twins.own.psql("UPDATE item SET n = 8 WHERE id = 7");
    let before = all(&twins);
    let output = twins.run("down --dry-run");
    assert!(output.text().contains("id = 7"), "{}", output.text());
    assert_eq!(all(&twins), before);
    twins.down(Hand::Refused);
    // What people made of it stays, and the rest goes back.
    twins.run("down --keep-changed").ok();
    assert_eq!(twins.own.psql("SELECT id, n FROM item ORDER BY id"), "1|1\n2|2\n3|3\n4|4\n5|5\n7|8");
}

#[test]
fn whoever_accepts_it_has_all_back() {
    let twins = Twins::new(SCHEMA, ROWS);
    twins.second(
        "INSERT INTO item VALUES (7, 7);\nUPDATE item SET n = 50 WHERE id = 1;\nDELETE FROM item WHERE id = 2;\n",
        DOWN,
    );
    twins.run("up").ok();
    twins.own.psql("UPDATE item SET n = 8 WHERE id = 7; UPDATE item SET n = 9 WHERE id = 1; INSERT INTO item VALUES (2, 77), (8, 8)");
    twins.down(Hand::Refused);
    twins.twin.psql("INSERT INTO item VALUES (8, 8)");
    twins.run("down --accept-data-loss").ok();
    twins.are_alike("all of the up is taken back");
}

#[test]
fn several_versions_are_taken_back_one_after_the_other_or_at_once() {
    for at_once in [false, true] {
        let twins = Twins::new(SCHEMA, ROWS);
        twins.second("UPDATE item SET n = n + 100 WHERE id <= 3;\nINSERT INTO item VALUES (7, 7);\n", DOWN);
        twins.file("V3__third.sql", "UPDATE item SET n = n * 2 WHERE id >= 3;\nDELETE FROM item WHERE id = 1;\n");
        twins.file("V3__third.down.sql", "SELECT 1;\n");
        twins.file("V4__fourth.sql", "ALTER TABLE item ADD COLUMN m int;\nUPDATE item SET m = n, n = NULL;\nDROP TABLE IF EXISTS nothing;\nINSERT INTO item VALUES (1, 1, 1);\n");
        twins.file("V4__fourth.down.sql", "ALTER TABLE item DROP COLUMN m;\n");
        twins.run("up").ok();
        twins.write("INSERT INTO item (id, n) VALUES (9, 9)");
        if at_once {
            twins.run("down --to 1").ok();
        } else {
            for _ in 0..3 {
                twins.run("down").ok();
            }
        }
        twins.are_alike("all three are taken back");
        twins.run("up").ok();
        twins.own.psql("UPDATE item SET n = 5 WHERE id = 7");
        // What is in the way of the second one does not stop the third and the fourth, one by one.
        twins.run("down").code(5);
    }
}

#[test]
fn through_one_connection_nothing_is_lost() {
    let twins = Twins::new(SCHEMA, ROWS);
    twins.second("INSERT INTO item VALUES (7, 7);\nUPDATE item SET n = n + 1 WHERE id = 1;\n", DOWN);
    twins.run("up --connections one").ok();
    assert_eq!(twins.own.psql("SELECT n FROM item WHERE id IN (1, 7) ORDER BY id"), "2\n7");
    assert!(!twins.is_kept(2));
    assert!(twins.reason(2).contains("second connection"), "{}", twins.reason(2));
    twins.down(Hand::Left);
    // What is only inserted needs no look.
    let twins = Twins::new(SCHEMA, ROWS);
    twins.second("INSERT INTO item VALUES (7, 7);\n", DOWN);
    twins.run("up --connections one").ok();
    if twins.is_kept(2) {
        twins.run("down --connections one").ok();
        twins.are_alike("the row is gone");
    }
}

#[test]
fn through_pgbouncer_it_is_kept_as_well() {
    let twins = Twins::new(SCHEMA, ROWS);
    let bouncer = pgbouncer::start(postgres::shared(twins.own.version()));
    twins.at(&twins.own.url_at(&bouncer.endpoint()));
    twins.second("UPDATE item SET n = n + 1;\nALTER TABLE item ADD COLUMN x int;\nDELETE FROM item WHERE id = 2;\nINSERT INTO item VALUES (8, 8);\n", Some("ALTER TABLE item DROP COLUMN x;\n"));
    twins.run("up").ok();
    assert!(twins.is_kept(2), "{}", twins.reason(2));
    twins.down(Hand::Exact);
}

/// Killed anywhere, the step and its record are there both or neither.
#[cfg(feature = "fault-points")]
#[test]
fn killed_anywhere_it_goes_on() {
    let faults = ["before lock", "after lock", "before transaction", "after transaction"];
    for fault in faults {
        let twins = Twins::new(SCHEMA, ROWS);
        twins.second("UPDATE item SET n = n + 1;\nALTER TABLE item ADD COLUMN x int;\nDELETE FROM item WHERE id = 2;\nINSERT INTO item VALUES (8, 8);\n", Some("ALTER TABLE item DROP COLUMN x;\n"));
        let kill = |arguments: &str| {
            let point = format!("0:{fault}");
            let killed = twins.project.spawn_with(&[("SCHEMACTL_FAULT", &*point)], arguments.split(' ')).wait();
            assert!(!killed.status.success(), "{}", killed.text());
            // The server ends what the command has left.
            let open =
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
            while twins.own.psql(open) != "0" {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            let is_applied =
                twins.own.psql("SELECT count(*) FROM schema_migrations WHERE version = 2 AND state = 'applied'") == "1";
            let has_rows = twins.own.psql("SELECT count(*) FROM item WHERE id = 8") == "1";
            assert_eq!(is_applied, has_rows, "{fault}: {arguments}");
            assert_eq!(is_applied, twins.is_kept(2), "{fault}: {arguments}");
            is_applied
        };
        if !kill("up") {
            twins.run("up").ok();
        }
        if kill("down") {
            twins.down(Hand::Exact);
        } else {
            twins.are_alike(fault);
        }
        twins.run("up").ok();
        twins.down(Hand::Exact);
    }
}

/// Newer rows that the table as it was does not take: no flag helps, and the message leads out.
#[test]
fn newer_rows_that_break_a_rule_which_comes_back() {
    for (schema, up, row) in [
        ("n int NOT NULL", "ALTER TABLE item ALTER COLUMN n DROP NOT NULL;\n", "NULL"),
        ("n int CHECK (n < 1000)", "ALTER TABLE item DROP CONSTRAINT item_n_check;\n", "2000"),
        ("n int UNIQUE", "ALTER TABLE item DROP CONSTRAINT item_n_key;\n", "1"),
    ] {
        let twins = Twins::new(&format!("CREATE TABLE item (id int PRIMARY KEY, {schema});\n"), ROWS);
        twins.second(&format!("{up}UPDATE item SET n = n + 100;\n"), None);
        twins.run("generate").ok();
        twins.run("up").ok();
        twins.own.psql(&format!("INSERT INTO item VALUES (7, {row}), (8, {row})"));
        let before = all(&twins);
        for command in ["down", "down --keep-changed", "down --accept-data-loss", "down --dry-run"] {
            let output = twins.run(command);
            let text = output.text();
            assert!(text.contains("no flag helps: change them so that they fit, or delete them"), "{text}");
            assert!(!text.contains("DEFAULT") && !text.contains("correct the down"), "{text}");
            let kept = all(&twins);
            assert_eq!(kept.split_once('\n').map(|parts| parts.0), before.split_once('\n').map(|parts| parts.0));
        }
        twins.own.psql("DELETE FROM item WHERE id > 5");
        twins.run("down").ok();
        assert_eq!(twins.own.psql("SELECT count(*), sum(n) FROM item"), "5|15");
    }
}
