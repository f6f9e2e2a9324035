//! `status` and `plan`.

use super::{durations, durations_agree, migration, printed, query, shop};

#[test]
fn status_shows_a_table_and_creates_nothing() {
    let project = shop();
    let before = project.files();
    printed(
        &project,
        project.run(["status"]).ok(),
        "app.db (sqlite)
there is no database at app.db: no such file
version  description    state    applied at (UTC)  took  by
      1  create_orders  pending
      2  add_total      pending

2 pending
",
        "",
    );
    assert_eq!(project.files(), before);
    project.run(["up", "--to", "1"]).ok();
    let output = project.run(["info"]);
    let rows: Vec<_> = output.ok().stdout.lines().collect();
    assert!(rows[2].starts_with("      1  create_orders  applied  20"), "{}", output.text());
    assert_eq!(rows[5], "1 applied, 1 pending");
}

#[test]
fn status_groups_by_phase() {
    let project = shop();
    let phases = project.path().join("migrations/phases");
    project
        .file("migrations/phases/1_core/V1__a.sql", "SELECT 1;")
        .file("migrations/phases/2_audit/V2__b.sql", "SELECT 1;");
    let output = project.run(["status", "--migrations", phases.to_str().unwrap()]);
    let stdout = output.ok().stdout.clone();
    let lines: Vec<_> = stdout.lines().skip(3).take(4).map(str::trim).collect();
    assert_eq!(lines, ["phase 1_core", "1  a            pending", "phase 2_audit", "2  b            pending"]);
}

#[test]
fn status_as_a_check() {
    let project = shop();
    printed(
        &project,
        &project.run(["status", "--check", "-q"]).code(3).clone(),
        "",
        "error[E0410]: app.db is not as the files say: 2 pending\n\nhint: `schemactl plan` shows what is left to apply\n",
    );
    project.run(["up"]).ok();
    project.run(["status", "--check"]).ok();
    project.file("migrations/sqlite/V1__create_orders.sql", "CREATE TABLE other (id);\n");
    project.run(["status", "--check"]).code(3).stdout_has("1 applied, 1 modified");
    project.run(["status"]).ok();
}

#[test]
fn status_as_json() {
    let project = shop();
    project.run(["up", "--to", "1"]).ok();
    let output = project.run(["status", "--json"]);
    output.ok().stdout_has("{\n  \"format\": 1,\n  \"command\": \"status\",\n  \"databases\": [");
    output.stdout_has("\"state\": \"applied\"").stdout_has("\"statements\": 1").stdout_has("\"down_stored\": true");
    output.stdout_has("\"summary\": {\n        \"applied\": 1,\n        \"pending\": 1\n      }");
    assert!(output.stdout.ends_with("  \"error\": null\n}\n"), "{}", output.text());
}

#[test]
fn a_plan_is_rehearsed_and_changes_nothing() {
    let project = shop();
    project.run(["up", "--to", "1"]).ok();
    let before = std::fs::read(project.path().join("app.db")).unwrap();
    let expected = "apply 2 add_total
  migrations/sqlite/V2__add_total.sql
  1 statement in a transaction

rehearsed: 1 of 1 step would succeed; nothing was changed
";
    printed(&project, project.run(["plan"]).ok(), expected, "");
    printed(&project, project.run(["up", "--dry-run"]).ok(), expected, "");
    let output = project.run(["plan", "--no-rehearsal"]);
    output.ok().stdout_has("1 step, not rehearsed (--no-rehearsal); nothing was changed");
    project.run(["plan", "-v"]).ok().stdout_has("\n    ALTER TABLE orders ADD total;\n");
    assert_eq!(std::fs::read(project.path().join("app.db")).unwrap(), before);
    project.run(["up"]).ok();
    printed(&project, project.run(["plan"]).ok(), "nothing to do\n", "");
}

#[test]
fn a_plan_that_would_fail_says_where() {
    let project = shop();
    migration(&project, "V3__bad", "ALTER TABLE missing ADD x;\n", "SELECT 1;\n");
    let output = project.run(["plan"]);
    output.code(1).stdout_has("rehearsed: 2 of 3 steps would succeed; the next one fails; nothing was changed");
    output.stderr_has("error[E0204]: migration 3 bad failed at statement 1 of 1").stderr_has("this was a dry run");
    project.run(["plan", "--json"]).code(1).stdout_has("\"succeeded\": 2").stdout_has("\"code\": \"E0204\"");
}

#[test]
fn a_step_outside_a_transaction_says_because_of_what() {
    let project = shop();
    migration(&project, "V3__shrink", "SELECT 1;\nVACUUM;\n", "SELECT 1;\n");
    let output = project.run(["plan"]);
    output.ok().stdout_has("  2 statements, one by one, because of statement 2: VACUUM\n");
    output.stdout_has(
        "rehearsed: 2 of 3 steps would succeed; the last one was not rehearsed, since it cannot be in a transaction",
    );
}

#[test]
fn a_down_can_be_planned() {
    let project = shop();
    project.run(["up"]).ok();
    let output = project.run(["down", "--dry-run", "--to", "0"]);
    output.ok().stdout_has("revert 2 add_total\n  migrations/sqlite/V2__add_total.down.sql\n");
    output.stdout_has("rehearsed: 2 of 2 steps would succeed");
    assert_eq!(query(&project, "SELECT count(*) FROM schema_migrations"), "2");
}

#[test]
fn up_and_status_say_the_same_duration() {
    // Its COMMIT is most of it, which comes after the record of the step.
    let rows = "INSERT INTO orders (id) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT i FROM n;\n";
    let project = shop();
    migration(&project, "V3__fill", rows, "DELETE FROM orders;\n");
    let vacuum = "-- schemactl: transaction = none\nUPDATE orders SET total = 1;\nVACUUM;\n";
    migration(&project, "V4__vacuum", vacuum, "SELECT 1;\n");
    durations_agree(&project, &project.run(["up"]).ok().stdout);

    // Several in one transaction, one that is applied again, and those before one that fails.
    let project = shop();
    migration(&project, "V3__fill", rows, "DELETE FROM orders;\n");
    let output = project.run(["up", "--transaction", "all", "--json"]);
    let said = durations(&output.ok().stdout, "steps");
    assert_eq!(said.len(), 3);
    assert_eq!(durations(&project.run(["status", "--json"]).stdout, "migrations"), said);
    let project = shop();
    migration(&project, "V3__fill", rows, "DELETE FROM orders;\n");
    migration(&project, "V4__bad", "ALTER TABLE missing ADD x;\n", "SELECT 1;\n");
    let output = project.run(["up"]);
    durations_agree(&project, &output.code(1).stdout);
}
