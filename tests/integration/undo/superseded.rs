//! What is kept belongs to one run of a version: another one is not taken back with it, whoever ran it and whatever was to be kept of it.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

fn both() -> [Shop; 2] {
    Shop::both([project!(), project!()])
}

/// Version 2 is applied over two rows, which are kept.
fn begun(shop: &Shop) {
    let (project, folder) = (&shop.project, shop.folder());
    project.file(&format!("{folder}/V1__first.sql"), "CREATE TABLE role (name text PRIMARY KEY, level integer);\n");
    project.file(&format!("{folder}/V2__second.sql"), "UPDATE role SET level = level + 1;\n");
    project.file(&format!("{folder}/V2__second.down.sql"), "SELECT 1;\n");
    project.run(["up", "--to", "1"]).ok();
    shop.execute("INSERT INTO role VALUES ('ada', 1), ('bo', 2)");
    project.run(["up"]).ok();
    project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 2 rows");
}

/// Brings the database forward where nothing is to be kept.
fn without_record(shop: &Shop) {
    shop.project.env("SCHEMACTL_UNDO", "none").run(["up"]).ok();
    shop.project.env("SCHEMACTL_UNDO", "auto");
}

/// As a release that keeps nothing takes a version back and applies it again: what is kept stays where it is.
const BY_ANOTHER: &str = "UPDATE schema_migrations SET applied_at = '2026-01-02T03:04:05.678Z' WHERE version = 2; \
                          UPDATE role SET level = 7 WHERE name = 'ada'; UPDATE role SET level = level + 1;";

#[test]
fn what_is_kept_of_an_earlier_run_is_not_put_back() {
    for shop in both() {
        begun(&shop);
        shop.execute(BY_ANOTHER);
        let project = &shop.project;
        project.run(["undo", "list"]).ok().stdout_has("superseded").stdout_has("kept of 0 versions");
        project.run(["status"]).ok().stdout_has("superseded");
        let sentence = "rows that the up changed are not kept any more, and are not put back: they are of an earlier run of the migration";
        project.run(["undo", "show", "2"]).ok().stdout_has("they are of an earlier run of the migration");
        project.run(["down", "--dry-run"]).ok().stdout_has(sentence).lacks("puts back");
        project.run(["down"]).ok().stdout_has(sentence);
        assert_eq!(shop.query("SELECT name, level FROM role ORDER BY 1"), "ada|8\nbo|4");
        // The next run keeps its own.
        project.run(["up"]).ok();
        project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 2 rows");
        project.run(["down"]).ok();
        assert_eq!(shop.query("SELECT name, level FROM role ORDER BY 1"), "ada|8\nbo|4");
    }
}

#[test]
fn what_is_kept_of_an_earlier_run_can_be_purged() {
    for shop in both() {
        begun(&shop);
        shop.execute(BY_ANOTHER);
        let purged = shop.project.run(["undo", "purge", "2", "--yes"]);
        purged.ok().stdout_has("purged 2 rows");
        shop.project.run(["undo", "list"]).ok().stdout_has("purged on 20").lacks("superseded");
    }
}

#[test]
fn what_is_kept_of_a_version_that_is_not_applied_is_of_no_use() {
    for shop in both() {
        begun(&shop);
        shop.execute("DELETE FROM schema_migrations WHERE version = 2");
        shop.project.run(["undo", "list"]).ok().stdout_has("superseded").stdout_has("not in the history");
        shop.project.run(["undo", "purge", "--all", "--yes"]).ok().stdout_has("purged");
        shop.project.run(["undo", "list"]).ok().lacks("superseded");
    }
}

/// A version that is applied again, and of which nothing is kept then.
#[test]
fn a_run_that_keeps_nothing_leaves_nothing_to_believe() {
    for shop in both() {
        begun(&shop);
        shop.execute("DELETE FROM schema_migrations WHERE version = 2");
        without_record(&shop);
        shop.project.run(["undo", "list"]).ok().stdout_has("kept of 0 versions");
        let sentence = "rows that the up changed were not kept, and are not put back: the setting `undo` is `none`";
        shop.project.run(["down", "--dry-run"]).ok().stdout_has(sentence);
        shop.project.run(["down"]).ok().stdout_has(sentence);
        assert_eq!(shop.query("SELECT level FROM role ORDER BY 1"), "3\n4");
    }
}

/// So it is with a repeatable migration that has another text.
#[test]
fn a_repeatable_migration_that_was_applied_again_is_another_run() {
    for shop in both() {
        begun(&shop);
        let file = format!("{}/V3__third.sql", shop.folder());
        let text = |n: u8| format!("-- schemactl: repeat = changed\nUPDATE role SET level = level + {n};\n");
        shop.project.file(&file, text(1));
        shop.project.run(["up"]).ok();
        shop.project.run(["undo", "list"]).ok().stdout_has("kept of 2 versions: 4 rows");
        shop.project.file(&file, text(10));
        without_record(&shop);
        assert_eq!(shop.query("SELECT level FROM role ORDER BY 1"), "13\n14");
        shop.project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 2 rows");
    }
}

/// On PostgreSQL the reason is written down where the tables for it are there.
#[test]
fn why_nothing_is_kept_is_said() {
    for (head, why) in [
        ("-- schemactl: transaction = none\n", "it was applied statement by statement"),
        ("-- schemactl: undo = none\n", "its file says `undo = none`"),
        ("", "the setting `undo` is `none`"),
    ] {
        for shop in both() {
            begun(&shop);
            let text = format!("{head}UPDATE role SET level = 0;\nUPDATE role SET level = 1;\n");
            shop.project.file(&format!("{}/V3__third.sql", shop.folder()), text);
            shop.project.file(&format!("{}/V3__third.down.sql", shop.folder()), "SELECT 1;\n");
            if head.is_empty() {
                without_record(&shop);
            } else {
                shop.project.run(["up"]).ok();
            }
            shop.project.run(["undo", "list"]).ok().stdout_has("not kept").stdout_has("kept of 1 version: 2 rows");
            let said = format!("rows that the up changed were not kept, and are not put back: {why}");
            shop.project.run(["down", "--dry-run"]).ok().stdout_has(&said);
            shop.project.run(["down"]).ok().stdout_has(&said);
            // Version 2 is kept all the same, and what version 3 has left of its rows is in the way.
            shop.project.run(["down"]).code(5).error("E0415");
            shop.project.run(["down", "--accept-data-loss"]).ok();
            assert_eq!(shop.query("SELECT level FROM role ORDER BY 1"), "1\n2");
        }
    }
}
