//! `up` and `down`.

use std::time::Duration;

use schemactl_test_support::Signal;

use super::super::{migration, printed, query, shop};

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
    project.run(["rollback", "--steps", "2"]).ok().stdout_has("2 reverted");
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
    output.code(130).stderr_has("interrupted: finishing or rolling back the step at hand").stderr_has("error[E0208]");
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
