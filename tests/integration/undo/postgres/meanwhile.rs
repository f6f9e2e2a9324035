//! Others who read and write the same tables while an up runs.

use std::time::{Duration, Instant};

use schemactl_test_support::postgres::Session;

use super::hand::{Hand, Twins};

const SCHEMA: &str = "CREATE TABLE item (id int PRIMARY KEY, n int, who text DEFAULT 'nobody');\n";
const ROWS: &str = "INSERT INTO item SELECT g, g, 'before' FROM generate_series(1, 20) AS g;";

/// Holds the migration until it is let on: in the midst of its step.
const GATE: i64 = 4711;

/// A migration in whose midst others do something.
struct Meanwhile {
    twins: Twins,
    gate: Session,
    other: Session,
    running: schemactl_test_support::cli::Running,
}

impl Meanwhile {
    /// Starts the up; before it, others have begun a transaction with these statements.
    #[track_caller]
    fn start(first: &str, before: &str, after: &str) -> Self {
        Self::with_down(first, before, after, "SELECT 1;\n")
    }

    /// The same, with a down of its own.
    #[track_caller]
    fn with_down(first: &str, before: &str, after: &str, down: &str) -> Self {
        let twins = Twins::new(SCHEMA, ROWS);
        let up = format!("{before}SELECT pg_advisory_xact_lock_shared({GATE});\n{after}");
        twins.second(&up, Some(down));
        let (mut gate, mut other) = (twins.own.session(), twins.own.session());
        gate.run(&format!("SELECT pg_advisory_lock({GATE})"));
        if !first.is_empty() {
            let answer = other.run(&format!("BEGIN;\n{first}"));
            assert!(!answer.contains("ERROR"), "{answer}");
        }
        let running = twins.project.spawn(["up"]);
        Self { twins, gate, other, running }
    }

    /// Waits until so many backends wait for a lock.
    #[track_caller]
    fn waits(&mut self, for_what: &str) {
        let started = Instant::now();
        let asked = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND {for_what}"
        );
        while self.twins.own.psql(&asked) == "0" {
            assert!(started.elapsed() < Duration::from_secs(60), "nobody waits: {for_what}");
            assert!(!self.running.has_ended(), "it has ended");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn waits_at_gate(&mut self) {
        self.waits("wait_event = 'advisory'");
    }

    /// Others write, here and in the twin.
    #[track_caller]
    fn write(&mut self, sql: &str) {
        let answer = self.other.run(sql);
        assert!(!answer.contains("ERROR"), "{answer}");
        self.twins.twin.psql(&sql.replace("COMMIT", "SELECT 1"));
    }

    /// Lets the up end.
    #[track_caller]
    fn open(self) -> Twins {
        let Self { twins, mut gate, other, running } = self;
        gate.run(&format!("SELECT pg_advisory_unlock({GATE})"));
        running.wait().ok();
        drop(other);
        twins
    }
}

#[track_caller]
fn comes_back(twins: &Twins) {
    assert!(twins.is_kept(2), "{}", twins.reason(2));
    let output = twins.down(Hand::Exact);
    output.stdout_has("1 reverted");
}

#[test]
fn what_others_write_into_other_rows_meanwhile_is_theirs() {
    let mut meanwhile = Meanwhile::start(
        "",
        "UPDATE item SET n = n + 100 WHERE id <= 5;\nDELETE FROM item WHERE id = 6;\nINSERT INTO item VALUES (30, 30);\n",
        "",
    );
    meanwhile.waits_at_gate();
    meanwhile.write("UPDATE item SET n = -1, who = 'other' WHERE id = 10");
    meanwhile.write("DELETE FROM item WHERE id = 11");
    meanwhile.write("INSERT INTO item VALUES (40, 40, 'other')");
    // Changed several times, and a key that is there again.
    meanwhile.write("UPDATE item SET n = -2 WHERE id = 10");
    meanwhile.write("INSERT INTO item VALUES (11, 11, 'again')");
    meanwhile.write("UPDATE item SET id = 50 WHERE id = 12");
    comes_back(&meanwhile.open());
}

#[test]
fn what_others_have_not_committed_yet_is_theirs() {
    let first = "UPDATE item SET n = -1 WHERE id = 10;\nDELETE FROM item WHERE id = 11;\nINSERT INTO item VALUES (40, 40, 'other');\nSELECT FROM item WHERE id = 12 FOR UPDATE;\nSELECT FROM item WHERE id = 1 FOR KEY SHARE";
    let mut meanwhile =
        Meanwhile::start(first, "UPDATE item SET n = n + 100 WHERE id <= 5;\nINSERT INTO item VALUES (30, 30);\n", "");
    meanwhile.waits_at_gate();
    // The up ends while the other one goes on.
    let Meanwhile { twins, mut gate, mut other, running } = meanwhile;
    gate.run(&format!("SELECT pg_advisory_unlock({GATE})"));
    running.wait().ok();
    other.run("UPDATE item SET n = -5 WHERE id = 13;\nCOMMIT");
    twins.twin.psql("UPDATE item SET n = -1 WHERE id = 10; DELETE FROM item WHERE id = 11; INSERT INTO item VALUES (40, 40, 'other'); UPDATE item SET n = -5 WHERE id = 13");
    comes_back(&twins);
}

#[test]
fn what_others_roll_back_was_never_there() {
    let first = "UPDATE item SET n = -1 WHERE id = 3;\nDELETE FROM item WHERE id = 4;\nINSERT INTO item VALUES (30, 40, 'other')";
    let mut meanwhile =
        Meanwhile::start(first, "UPDATE item SET n = n + 100 WHERE id <= 5;\nINSERT INTO item VALUES (30, 30);\n", "");
    meanwhile.waits("wait_event = 'transactionid'");
    meanwhile.other.run("ROLLBACK");
    meanwhile.waits_at_gate();
    comes_back(&meanwhile.open());
}

/// The up waits for them, and changes what they have left.
#[test]
fn rows_that_others_change_right_before_the_up_are_as_they_left_them() {
    let first = "UPDATE item SET n = -1, who = 'other' WHERE id = 3;\nUPDATE item SET n = -2 WHERE id = 3;\nUPDATE item SET who = 'other' WHERE id = 2";
    let mut meanwhile = Meanwhile::start(
        first,
        "UPDATE item SET n = n + 100 WHERE id <= 5;\n",
        "UPDATE item SET n = n * 2 WHERE id < 4;\n",
    );
    meanwhile.waits("wait_event = 'transactionid'");
    meanwhile.other.run("COMMIT");
    meanwhile
        .twins
        .twin
        .psql("UPDATE item SET n = -2, who = 'other' WHERE id = 3; UPDATE item SET who = 'other' WHERE id = 2");
    meanwhile.waits_at_gate();
    let twins = meanwhile.open();
    assert_eq!(twins.own.psql("SELECT n, who FROM item WHERE id IN (2, 3) ORDER BY id"), "204|other\n196|other");
    comes_back(&twins);
}

#[test]
fn a_row_that_others_delete_under_the_up_stays_deleted() {
    let first = "DELETE FROM item WHERE id = 3;\nUPDATE item SET id = 33 WHERE id = 2";
    let mut meanwhile = Meanwhile::start(first, "UPDATE item SET n = n + 100 WHERE id <= 5;\n", "");
    meanwhile.waits("wait_event = 'transactionid'");
    meanwhile.other.run("COMMIT");
    meanwhile.twins.twin.psql("DELETE FROM item WHERE id = 3; UPDATE item SET id = 33 WHERE id = 2");
    meanwhile.waits_at_gate();
    comes_back(&meanwhile.open());
}

/// Between two looks: the first is before the DDL.
#[test]
fn what_others_write_between_two_looks_is_theirs() {
    let mut meanwhile = Meanwhile::with_down(
        "",
        "UPDATE item SET n = n + 100 WHERE id <= 5;\nCREATE TABLE made (a int PRIMARY KEY);\nINSERT INTO made VALUES (1);\n",
        "UPDATE item SET n = n + 1000 WHERE id BETWEEN 4 AND 12;\nDELETE FROM item WHERE id IN (1, 13);\n",
        "DROP TABLE made;\n",
    );
    meanwhile.waits_at_gate();
    meanwhile.write("UPDATE item SET n = -1, who = 'other' WHERE id = 10");
    meanwhile.write("UPDATE item SET who = 'other' WHERE id = 13");
    meanwhile.write("DELETE FROM item WHERE id = 11; INSERT INTO item VALUES (11, 0, 'other')");
    meanwhile.write("UPDATE item SET who = 'other' WHERE id = 20");
    comes_back(&meanwhile.open());
}

/// Who wants the table for himself waits for the up, and the look must not wait for him.
#[test]
fn somebody_who_waits_for_the_table_stops_nobody() {
    let mut meanwhile =
        Meanwhile::start("", "UPDATE item SET n = n + 100 WHERE id <= 5;\n", "UPDATE item SET n = 0 WHERE id = 7;\n");
    meanwhile.waits_at_gate();
    meanwhile.other.begin("LOCK TABLE item IN ACCESS EXCLUSIVE MODE");
    meanwhile.other.begin("ALTER TABLE item ADD COLUMN later int");
    meanwhile.waits("wait_event = 'relation'");
    let Meanwhile { twins, mut gate, other, running } = meanwhile;
    let started = Instant::now();
    gate.run(&format!("SELECT pg_advisory_unlock({GATE})"));
    running.wait_within(Duration::from_secs(60)).ok();
    assert!(started.elapsed() < Duration::from_secs(40));
    drop(other);
    assert_eq!(twins.own.psql("SELECT sum(n) FROM item WHERE id <= 5"), "515");
    let (ends, output) = twins.goes_down("down");
    // Kept or not, it is said, and no row is lost.
    if twins.reason(2).is_empty() {
        assert_eq!(output.status.code(), Some(0), "{ends:?}\n{}", output.text());
    } else {
        assert_ne!(ends, Hand::Exact, "{}", output.text());
    }
}

/// Somebody reads for long, and somebody vacuums.
#[test]
fn long_readers_and_vacuum_change_nothing() {
    let first = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\nSELECT count(*) FROM item";
    let mut meanwhile = Meanwhile::start(
        first,
        "UPDATE item SET n = n + 1;\nUPDATE item SET n = n + 1;\nUPDATE item SET n = n + 1 WHERE id < 9;\nDELETE FROM item WHERE id = 9;\n",
        "UPDATE item SET n = n + 1 WHERE id > 9;\n",
    );
    meanwhile.waits_at_gate();
    meanwhile.twins.own.psql("VACUUM item");
    meanwhile.twins.own.psql("ANALYZE item");
    comes_back(&meanwhile.open());
}

/// A down that somebody writes under: it waits, and what he has left is in the way.
#[test]
fn a_down_sees_what_is_committed_while_it_waits() {
    let twins = Twins::new(SCHEMA, ROWS);
    twins
        .second("UPDATE item SET n = n + 100 WHERE id <= 5;\nINSERT INTO item VALUES (30, 30);\n", Some("SELECT 1;\n"));
    twins.run("up").ok();
    for (write, back) in [
        ("UPDATE item SET who = 'other' WHERE id = 5", "UPDATE item SET who = 'before' WHERE id = 5"),
        ("DELETE FROM item WHERE id = 30", "INSERT INTO item VALUES (30, 30)"),
    ] {
        let mut other = twins.own.session();
        other.run(&format!("BEGIN;\n{write}"));
        let mut running = twins.project.spawn(["down"]);
        let started = Instant::now();
        while twins.own.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
        ) == "0"
        {
            assert!(started.elapsed() < Duration::from_secs(60) && !running.has_ended(), "it does not wait");
            std::thread::sleep(Duration::from_millis(20));
        }
        other.run("COMMIT");
        running.wait().code(5).error("E0415");
        twins.own.psql(back);
    }
    twins.down(Hand::Exact);
}
