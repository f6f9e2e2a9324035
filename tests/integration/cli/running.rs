//! `up` and `down`.

use std::time::Duration;

use schemactl_test_support::Signal;

use super::{migration, printed, query, shop};

#[test]
fn up_applies_and_then_has_nothing_to_do() {
    let project = shop();
    let output = project.run(["up"]);
    printed(&project, output.ok(), "applied 1 create_orders (N ms)\napplied 2 add_total (N ms)\n2 applied\n", "");
    assert_eq!(query(&project, "SELECT count(*) FROM orders"), "0");
    printed(&project, project.run(["migrate"]).ok(), "nothing to do\n", "");
}

#[test]
fn up_as_far_as_is_said() {
    let project = shop();
    printed(&project, project.run(["up", "--to", "01"]).ok(), "applied 1 create_orders (N ms)\n1 applied\n", "");
    let output = project.run(["up", "--to", "9"]);
    printed(
        &project,
        output.code(2),
        "",
        "error[E0409]: there is no migration with version 9\n   = state: nothing was changed\n\nhint: `schemactl status` lists the versions\n",
    );
}

#[test]
fn a_failing_step_is_reported_with_its_place() {
    let project = shop();
    migration(&project, "V3__add_note", "SELECT 1;\nALTER TABLE missing ADD note;\n", "SELECT 1;\n");
    let output = project.run(["up"]);
    printed(
        &project,
        output.code(1),
        "applied 1 create_orders (N ms)\napplied 2 add_total (N ms)\n",
        "error[E0204]: migration 3 add_note failed at statement 2 of 2
  --> migrations/sqlite/V3__add_note.sql:2:1
   |
 2 | ALTER TABLE missing ADD note;
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = cause: no such table: missing
   = state: rolled back; database \"FOLDER/app.db\" is still at version 2

hint: correct the statement, then run `schemactl up` again; `schemactl plan` tries it without a trace
hint: `schemactl diff` shows what was changed here by other means than migrations
",
    );
    let output = project.run(["up", "--json"]);
    output.code(1).stdout_has("\"code\": \"E0204\"").stdout_has("\"line\": 2").stdout_has("\"exit_code\": 1");
    assert_eq!(output.stderr, "");
    // What was done before it is told also where it fails.
    let project = shop();
    migration(&project, "V3__add_note", "ALTER TABLE missing ADD note;\n", "SELECT 1;\n");
    project.run(["up", "--json"]).code(1).stdout_has("\"version\": 2").stdout_has("\"action\": \"apply\"");
}

#[test]
fn quiet_prints_errors_only() {
    let project = shop();
    printed(&project, project.run(["up", "--quiet"]).ok(), "", "");
    migration(&project, "V3__bad", "nonsense;\n", "SELECT 1;\n");
    let output = project.run(["-q", "up"]);
    assert_eq!(output.code(1).stdout, "");
    output.stderr_has("error[E0204]: migration 3 bad failed");
}

#[test]
fn down_takes_back_one_step_some_or_all() {
    let project = shop();
    migration(&project, "V3__add_note", "ALTER TABLE orders ADD note;\n", "ALTER TABLE orders DROP note;\n");
    project.run(["up"]).ok();
    printed(&project, project.run(["down"]).ok(), "reverted 3 add_note (N ms)\n1 reverted\n", "");
    printed(&project, project.run(["down", "--to", "1"]).ok(), "reverted 2 add_total (N ms)\n1 reverted\n", "");
    project.run(["up"]).ok();
    project.run(["down", "--steps", "2"]).ok().stdout_has("2 reverted");
    project.run(["down", "--to", "0"]).ok().stdout_has("reverted 1 create_orders");
    printed(&project, project.run(["down"]).ok(), "nothing to do\n", "");
    project.run(["down", "--steps", "0"]).code(2);
    project.run(["down", "--to", "1", "--steps", "1"]).code(2);
    project.run(["down", "--to", "x"]).code(2).stderr_has("error[E0107]: `--to x`");
}

#[test]
fn down_refuses_without_a_way_back() {
    let project = shop();
    project.file("migrations/sqlite/V3__drop.sql", "-- schemactl: irreversible = rows are gone\nDROP TABLE orders;\n");
    project.run(["up"]).ok();
    project.run(["down"]).code(5).stderr_has("error[E0407]").stderr_has("rows are gone");
}

#[test]
fn an_interrupt_rolls_back_and_says_how_to_go_on() {
    let project = shop();
    let endless =
        "CREATE TABLE t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c;\n";
    migration(&project, "V3__endless", endless, "SELECT 1;\n");
    let mut running = project.spawn(["up"]);
    running.wait_for("applied 2");
    std::thread::sleep(Duration::from_millis(200));
    running.signal(Signal::SIGTERM);
    let output = running.wait();
    output.code(130).stderr_has("interrupted: what is at hand is finished or rolled back").stderr_has("error[E0208]");
    project.run(["status"]).ok().stdout_has("2 applied, 1 pending");
}

#[test]
fn a_reader_that_leaves_does_not_stop_a_run() {
    let project = shop();
    let program = env!("CARGO_BIN_EXE_schemactl");
    let status = std::process::Command::new("sh")
        .args(["-c", "\"$0\" up | true", program])
        .current_dir(project.path())
        .status()
        .unwrap();
    assert!(status.success());
    // The shell waits for the last command of the pipe alone.
    for _ in 0..200 {
        if project.run(["status"]).stdout.contains("2 applied") {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{}", project.run(["status"]).text());
}

/// A project whose first migration is this.
fn first(text: &str) -> schemactl_test_support::cli::Project {
    let project = shop();
    project.file(
        "migrations/sqlite/V1__create_orders.sql",
        format!("{text}CREATE TABLE orders (id INTEGER PRIMARY KEY);\n"),
    );
    project
}

#[test]
fn what_the_first_migration_sets_of_the_file_is_so() {
    for (head, read, is) in [
        ("PRAGMA page_size = 8192;\n", "PRAGMA page_size", "8192"),
        ("-- notes\nPRAGMA main.page_size(1024);\nPRAGMA journal_mode = WAL;\n", "PRAGMA page_size", "1024"),
        ("PRAGMA auto_vacuum = FULL;\n", "PRAGMA auto_vacuum", "1"),
        ("PRAGMA foreign_keys = ON;\nPRAGMA auto_vacuum = 2;\n", "PRAGMA auto_vacuum", "2"),
        ("PRAGMA encoding = 'UTF-16le';\n", "PRAGMA encoding", "UTF-16le"),
        ("PRAGMA encoding = \"UTF-16\";\n", "PRAGMA encoding", "UTF-16le"),
        ("PRAGMA encoding = 'UTF-8';\nPRAGMA page_size = 512;\n", "PRAGMA page_size", "512"),
        ("PRAGMA auto_vacuum = NONE;\nPRAGMA auto_vacuum = INCREMENTAL;\n", "PRAGMA auto_vacuum", "2"),
        ("-- schemactl: transaction = none\nPRAGMA page_size = 8192;\nVACUUM;\n", "PRAGMA page_size", "8192"),
    ] {
        let project = first(head);
        project.run(["plan"]).ok();
        project.run(["up"]).ok();
        assert_eq!(query(&project, read), is, "{head}");
        project.run(["status", "--check"]).ok();
    }
}

#[test]
fn what_a_file_that_is_not_empty_does_not_take_is_an_error() {
    for (pragma, cause) in [
        (
            "PRAGMA page_size = 8192",
            "PRAGMA page_size = 8192 had no effect: in this database, which is not empty, it is 4096",
        ),
        (
            "PRAGMA auto_vacuum = FULL",
            "PRAGMA auto_vacuum = FULL had no effect: in this database, which is not empty, it is 0",
        ),
        ("PRAGMA encoding = 'UTF-16le'", "PRAGMA encoding = UTF-16le had no effect"),
        ("PRAGMA page_size = 1000", "PRAGMA page_size = 1000 had no effect"),
    ] {
        for none in ["", "-- schemactl: transaction = none\n"] {
            let project = shop();
            project.run(["up"]).ok();
            let text = format!("{none}CREATE TABLE t (a);\n{pragma};\n");
            migration(&project, "V3__set", &text, "DROP TABLE t;\n");
            if none.is_empty() {
                project.run(["plan"]).code(1).stderr_has(cause);
            }
            project.run(["up"]).code(1).stderr_has(cause).stderr_has("V3__set.sql:");
            assert_eq!(query(&project, "SELECT count(*) FROM sqlite_schema WHERE name = 't'"), "0");
        }
    }
    // What is so already may be said again, and the hint leads to what was asked for.
    let project = shop();
    project.run(["up"]).ok();
    migration(&project, "V3__same", "PRAGMA page_size = 4096;\nPRAGMA encoding = 'utf-8';\n", "SELECT 1;\n");
    let vacuum = "-- schemactl: transaction = none\nPRAGMA page_size = 8192;\nPRAGMA auto_vacuum = FULL;\nVACUUM;\n";
    migration(&project, "V4__vacuum", vacuum, "SELECT 1;\n");
    migration(&project, "V5__switch", "PRAGMA auto_vacuum = INCREMENTAL;\n", "SELECT 1;\n");
    project.run(["up"]).ok();
    assert_eq!(query(&project, "PRAGMA page_size"), "8192");
    assert_eq!(query(&project, "PRAGMA auto_vacuum"), "2");
    // In WAL mode VACUUM keeps the size of pages.
    let wal = "-- schemactl: transaction = none\nPRAGMA journal_mode = WAL;\nPRAGMA page_size = 1024;\nVACUUM;\n";
    migration(&project, "V6__wal", wal, "SELECT 1;\n");
    project
        .run(["up"])
        .code(1)
        .stderr_has("PRAGMA page_size = 1024 had no effect")
        .stderr_has("unless its journal_mode is WAL");
}

#[test]
fn what_is_set_for_vacuum_is_set_again_where_the_step_goes_on() {
    let project = shop();
    project.run(["up"]).ok();
    let name = "migrations/sqlite/V3__pages.sql";
    let head = "-- schemactl: transaction = none\nPRAGMA page_size = 8192;\n";
    project.file(name, format!("{head}INSERT INTO missing VALUES (1);\nVACUUM;\n"));
    project.run(["up"]).code(1).stderr_has("1 of 3 statements is done");
    project.file(name, format!("{head}INSERT INTO orders (id) VALUES (1);\nVACUUM;\n"));
    project.run(["up"]).ok();
    assert_eq!(query(&project, "PRAGMA page_size"), "8192");
}

#[test]
fn a_row_of_the_history_that_cannot_be_read_is_named() {
    for (change, cause) in [
        (
            "UPDATE schema_migrations SET statements_done = 'many' WHERE version = 2",
            "version 2 cannot be read: its column statements_done holds \"many\"",
        ),
        (
            "UPDATE schema_migrations SET checksum = x'ff00' WHERE version = 1",
            "version 1 cannot be read: its column checksum holds x'ff00'",
        ),
        (
            "PRAGMA ignore_check_constraints = ON; UPDATE schema_migrations SET state = 'odd' WHERE version = 2",
            "version 2 cannot be read: its column state holds \"odd\"",
        ),
        (
            "UPDATE schema_migrations SET description = CAST(x'c328' AS TEXT) WHERE version = 2",
            "version 2 cannot be read: its column description holds text that is not UTF-8, x'c328'",
        ),
    ] {
        let project = shop();
        project.run(["up"]).ok();
        let file = schemactl_test_support::sqlite::open(&project.path().join("app.db"));
        file.execute_batch(change).unwrap();
        project.run(["status"]).stderr_has("E0510").stderr_has(cause);
    }
}

#[test]
fn a_writer_is_not_called_a_runner() {
    let project = shop();
    let writer = schemactl_test_support::sqlite::open(&project.path().join("app.db"));
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let output = project.run(["up", "--lock-wait", "1s"]);
    output.code(4).stderr_has("waiting for a lock of another connection").lacks("waiting for another runner");
}
