//! What is kept belongs to one run of a version: another one is not taken back with it, whoever ran it and whatever was to be kept of it.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

/// Brings the database forward where nothing is to be kept.
fn without_record(shop: &Shop) {
    shop.project.env("SCHEMACTL_UNDO", "none").run(["up"]).ok();
    shop.project.env("SCHEMACTL_UNDO", "auto");
}

/// What a second run leaves where nothing is kept of it: the record of the first one is there still.
fn run_twice(shop: &Shop, between: &str) {
    let (project, folder) = (&shop.project, shop.folder());
    project.file(&format!("{folder}/V1__first.sql"), "CREATE TABLE role (name text PRIMARY KEY, level integer);\n");
    project.file(&format!("{folder}/V2__second.sql"), "UPDATE role SET level = level + 1;\n");
    project.file(&format!("{folder}/V2__second.down.sql"), "SELECT 1;\n");
    project.run(["up", "--to", "1"]).ok();
    shop.execute("INSERT INTO role VALUES ('ada', 1), ('bo', 2)");
    project.run(["up"]).ok();
    project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 2 rows");
    shop.execute(between);
    shop.execute("UPDATE role SET level = 7 WHERE name = 'ada'");
    without_record(shop);
}

/// As an older release takes a version back, or somebody by hand: without what is kept.
const BY_HAND: &str = "DELETE FROM schema_migrations WHERE version = 2";

#[test]
fn what_is_kept_of_an_earlier_run_is_not_put_back() {
    for shop in Shop::both([project!(), project!()]) {
        run_twice(&shop, BY_HAND);
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
fn what_is_kept_of_a_version_that_is_not_applied_is_of_no_use() {
    for shop in Shop::both([project!(), project!()]) {
        let (project, folder) = (&shop.project, shop.folder());
        project.file(
            &format!("{folder}/V1__first.sql"),
            "CREATE TABLE role (name text PRIMARY KEY);\nINSERT INTO role VALUES ('guest');\n",
        );
        project.run(["up"]).ok();
        shop.execute("DELETE FROM schema_migrations");
        project.run(["undo", "list"]).ok().stdout_has("superseded").stdout_has("not in the history");
        project.run(["undo", "purge", "--all", "--yes"]).ok().stdout_has("purged");
        project.run(["undo", "list"]).ok().lacks("superseded");
    }
}

/// A repeatable migration that was applied again with another text is another run.
#[test]
fn a_run_that_keeps_nothing_leaves_nothing_to_believe() {
    for shop in Shop::both([project!(), project!()]) {
        let (project, folder) = (&shop.project, shop.folder());
        project.file(&format!("{folder}/V1__first.sql"), "CREATE TABLE role (name text PRIMARY KEY, level integer);\n");
        project.run(["up"]).ok();
        shop.execute("INSERT INTO role VALUES ('ada', 1)");
        let file = format!("{folder}/V2__second.sql");
        let text = |n: u8| format!("-- schemactl: repeat = changed\nUPDATE role SET level = level + {n};\n");
        project.file(&file, &text(1));
        project.run(["up"]).ok();
        project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 1 row");
        project.file(&file, &text(10));
        without_record(&shop);
        assert_eq!(shop.query("SELECT level FROM role"), "12");
        project.run(["undo", "list"]).ok().stdout_has("kept of 0 versions");
    }
}
