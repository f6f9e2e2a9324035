//! `repair`.

use super::place::Place;
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
        "1 create_orders was changed after it was applied: put the file back, or, where the database is as it says now, record that: \
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

/// The stored down takes back what was applied; that of a file which was never applied takes back something else.
#[test]
fn the_down_of_a_text_that_was_never_applied_is_not_stored() {
    for place in Place::all() {
        place.write("V1__orders", "CREATE TABLE orders (id INTEGER, c TEXT);\n", "DROP TABLE orders;\n");
        place.write("V2__mine", "CREATE INDEX mine ON orders (id);\n", "DROP INDEX mine;\n");
        place.project.run(["up"]).ok();
        let applied = place.query("SELECT down_checksum FROM schema_migrations WHERE version = 2");
        // Edited, or another branch's under the same number.
        for (name, up) in
            [("V2__mine", "CREATE INDEX mine ON orders (c);\n"), ("V2__theirs", "CREATE INDEX theirs ON orders (c);\n")]
        {
            for file in ["V2__mine.sql", "V2__mine.down.sql"] {
                drop(std::fs::remove_file(place.project.path().join(place.folder).join(file)));
            }
            place.write(name, up, "DROP INDEX IF EXISTS theirs;\n");
            place.project.run(["repair"]).code(3).lacks("--downs");
            let refused = place.project.run(["repair", "--downs", "--yes"]);
            refused.code(1).error("E0401").stderr_has("is of another text than the one that was applied");
            refused.stderr_has("`schemactl repair --checksum 2 --downs`");
            assert_eq!(place.query("SELECT down_checksum FROM schema_migrations WHERE version = 2"), applied);
        }
        // Who says that the database is as the file says now has its down stored with it.
        place.by_hand("DROP INDEX mine; CREATE INDEX theirs ON orders (c)");
        place.project.run(["repair", "--checksum", "2", "--downs", "--yes"]).ok().stdout_has("2 repairs made");
        place.project.run(["down"]).ok();
        // One that differs in comments alone was applied.
        place.write(
            "V1__orders",
            "-- theirs\nCREATE TABLE orders (id INTEGER, c TEXT);\n",
            "DROP TABLE IF EXISTS orders;\n",
        );
        place.project.run(["repair", "--downs", "--yes"]).ok().stdout_has("1 repair made");
    }
}

/// Whether a newer release applied it or its file was lost, only a person knows.
#[test]
fn a_version_above_all_files_may_be_one_whose_file_was_lost() {
    for place in Place::all() {
        for version in 1..=3 {
            place.write(
                &format!("V{version}__t{version}"),
                &format!("CREATE TABLE t{version} (id INTEGER);\n"),
                "SELECT 1;\n",
            );
        }
        place.project.run(["up"]).ok();
        for version in 2..=3 {
            for suffix in ["sql", "down.sql"] {
                std::fs::remove_file(
                    place.project.path().join(format!("{}/V{version}__t{version}.{suffix}", place.folder)),
                )
                .unwrap();
            }
        }
        let repair = place.project.run(["repair"]);
        repair.ok().stdout_has("3 t3 is above all versions that the files have: where a newer release applied it");
        repair.stdout_has("where its file was lost, bring it back").stdout_has("`schemactl repair --forget 3`");
        let forget = "where all of it was undone by hand: `schemactl repair --forget 2 --forget 3`";
        place.project.run(["up"]).code(1).error("E0402").stderr_has(forget);
        place.by_hand("DROP TABLE t2; DROP TABLE t3");
        place.project.run(["repair", "--forget", "2", "--forget", "3", "--yes"]).ok();
        place.project.run(["status", "--check"]).ok();
    }
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

/// `--forget` alone would have it run a second time.
#[test]
fn a_file_with_another_number_is_told_apart_from_one_that_is_missing() {
    for place in Place::all() {
        place.write("V1__orders", "CREATE TABLE orders (id INTEGER);\n", "DROP TABLE orders;\n");
        place.write("V2__total", "CREATE TABLE total (id INTEGER);\n", "DROP TABLE total;\n");
        place.write("V3__note", "CREATE TABLE note (id INTEGER);\n", "DROP TABLE note;\n");
        place.project.run(["up"]).ok();
        let rename = |from: &str, to: &str| {
            for end in ["sql", "down.sql"] {
                let path = |name: &str| place.project.path().join(format!("{}/{name}.{end}", place.folder));
                std::fs::rename(path(from), path(to)).unwrap();
            }
        };
        for (from, to, number) in [("V2__total", "V4__total", 2), ("V3__note", "V9__note", 3)] {
            rename(from, to);
            let after = &to[1..2];
            let shown = place.project.run(["repair"]);
            shown.code(3).stdout_has(&format!("what was applied as {number} has the version {after} now"));
            shown.stdout_has(&format!("`schemactl repair --forget {number} --mark-applied {after}`"));
            place.project.run(["status", "--check"]).code(3).stderr_has("`schemactl repair`");
            let flags = format!("repair --forget {number} --mark-applied {after} --yes");
            place.project.run(flags.split(' ')).ok();
            place.project.run(["status", "--check"]).ok();
            place.project.run(["diff"]).ok().stdout_has("no drift");
        }
        // The other way out.
        rename("V9__note", "V7__note");
        place.project.run(["repair"]).code(3).stdout_has("give it the version 9 again");
        rename("V7__note", "V9__note");
        place.project.run(["repair"]).ok().stdout_has("nothing to repair");
    }
}

#[test]
fn a_stopped_migration_that_was_edited_is_not_said_to_go_on() {
    for place in Place::all() {
        let text = |first: &str, last: &str| format!("-- schemactl: transaction = none\n{first};\n{last};\n");
        place.write("V1__a", &text("CREATE TABLE a (id INTEGER)", "CREATE TABLE a (id INTEGER)"), "DROP TABLE a;\n");
        place.project.run(["up"]).code(1);
        place.project.run(["repair"]).code(3).stdout_has("`schemactl up` goes on with it");
        place.project.run(["status", "--check"]).code(3).stderr_has("`schemactl repair` shows what can be put right");
        place.write("V1__a", &text("CREATE TABLE b (id INTEGER)", "SELECT 1"), "DROP TABLE a;\n");
        place.project.run(["up"]).code(1).stderr_has("error[E0405]");
        place.project.run(["repair"]).code(3).stdout_has("what was done has been edited since: put that back");
        // What it says.
        place.write("V1__a", &text("CREATE TABLE a (id INTEGER)", "SELECT 1"), "DROP TABLE a;\n");
        place.project.run(["up"]).ok();
        place.project.run(["repair"]).ok().stdout_has("nothing to repair");
    }
}

/// Whether the older release can take back what it does not know is read from the database.
#[test]
fn a_newer_database_is_said_to_be_reversible_where_it_is() {
    for place in Place::all() {
        place.write("V1__a", "CREATE TABLE a (id INTEGER);\n", "DROP TABLE a;\n");
        let file = |end: &str| place.project.path().join(format!("{}/V2__b.{end}", place.folder));
        for has_down in [false, true] {
            place.write("V2__b", "CREATE TABLE b (id INTEGER);\n", "DROP TABLE b;\n");
            if !has_down {
                std::fs::remove_file(file("down.sql")).unwrap();
            }
            place.project.run(["up"]).ok();
            for end in ["sql", "down.sql"] {
                drop(std::fs::remove_file(file(end)));
            }
            let refused = place.project.run(["up"]);
            refused.code(1).stderr_has("error[E0402]");
            place.project.run(["status", "--check"]).code(3).stderr_has("`schemactl plan` says how to go on");
            if has_down {
                refused.stderr_has("`schemactl down --to 1` runs the downs that are stored in the database");
                place.project.run(["down", "--to", "1"]).ok();
            } else {
                refused.stderr_has("= cause: version 2 has no down in the database").lacks("schemactl down --to");
                place.write("V2__b", "CREATE TABLE b (id INTEGER);\n", "DROP TABLE b;\n");
                place.project.run(["down", "--to", "1"]).ok();
            }
            place.project.run(["status"]).ok().lacks("newer");
        }
    }
}
