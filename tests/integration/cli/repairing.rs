//! `repair`.

use super::{migration, printed, query, shop};

#[test]
fn repair_shows_what_is_wrong_and_what_mends_it() {
    let project = shop();
    project.run(["up"]).ok();
    printed(&project, project.run(["repair"]).ok(), "nothing to repair\n", "");
    project.file("migrations/sqlite/V1__create_orders.sql", "CREATE TABLE orders (id INTEGER);\n");
    project.file("migrations/sqlite/V2__add_total.down.sql", "SELECT 1;\n");
    printed(
        &project,
        project.run(["repair"]).code(3),
        "1 create_orders was changed after it was applied: put the file back, or record it as it is now: \
         `schemactl repair --checksums`
2: the stored down is not that of migrations/sqlite/V2__add_total.down.sql: `schemactl repair --downs`
",
        "error[E0410]: the history of app.db is not as the files say: 2 findings
   = state: nothing was changed
",
    );
    let output = project.run(["repair", "--json"]);
    output.code(3).stdout_has("\"flags\": \"--checksums\"").stdout_has("\"applied\": false");
}

/// A down that was written after the up is taken from its file, and nothing is wrong with that.
#[test]
fn a_down_that_came_after_the_up_is_no_finding() {
    let project = shop();
    std::fs::remove_file(project.path().join("migrations/sqlite/V2__add_total.down.sql")).unwrap();
    project.run(["up"]).ok();
    project.file("migrations/sqlite/V2__add_total.down.sql", "ALTER TABLE orders DROP total;\n");
    let line = "2: no down is stored, since migrations/sqlite/V2__add_total.down.sql came later; to store it for other releases, too: \
                `schemactl repair --downs`\n";
    printed(&project, project.run(["repair"]).ok(), line, "");
    project.run(["down"]).ok().stdout_has("reverted 2 add_total");
    project.run(["up"]).ok();
    project.run(["repair"]).ok().stdout_has("nothing to repair");
}

#[test]
fn repair_asks_or_is_told() {
    let project = shop();
    project.run(["up"]).ok();
    project.file("migrations/sqlite/V1__create_orders.sql", "CREATE TABLE orders (id INTEGER);\n");
    let output = project.run(["repair", "--checksums"]);
    output.code(2).stderr_has("1 repair would be made, and there is no terminal to ask");
    output.stderr_has("hint: `--yes` makes them without asking").stdout_has("1 create_orders: record checksum sha256:");
    project.run(["status", "--check"]).code(3);
    let output = project.run(["repair", "--checksums", "--yes"]);
    output.ok().stdout_has("1 repair made").stderr_has("is not what its migrations make: 1 difference");
    project.run(["status", "--check"]).code(3).stderr_has("E0412");
    assert_eq!(query(&project, "SELECT count(*) FROM schema_migrations_log WHERE action = 'repair'"), "1");
}

#[test]
fn repair_forgets_and_marks() {
    let project = shop();
    project.run(["up"]).ok();
    project.run(["repair", "--forget", "2", "-y"]).ok().stdout_has("2 add_total: remove its record (applied)");
    project.run(["status"]).ok().stdout_has("1 applied, 1 pending");
    project.run(["repair", "--mark-applied", "2", "-y"]).ok().stdout_has("without running it");
    project.run(["status"]).ok().stdout_has("2 applied");
    project.run(["repair", "--forget", "9", "-y"]).code(2).stderr_has("error[E0409]: version 9 is not in the history");
}

#[test]
fn checksums_and_a_record_that_goes_are_put_right_together() {
    let project = shop();
    project.run(["up"]).ok();
    migration(&project, "V2__add_total", "ALTER TABLE orders ADD total INTEGER;\n", "ALTER TABLE orders DROP total;\n");
    project.run(["repair", "--checksums", "--forget", "2", "--yes"]).ok();
    assert_eq!(query(&project, "SELECT group_concat(version) FROM schema_migrations"), "1");
}
