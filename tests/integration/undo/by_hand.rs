//! A down that people wrote, and that does not bring back what the record has or takes away what the up found: that is a loss, whatever is kept.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

fn both() -> [Shop; 2] {
    Shop::both([project!(), project!()])
}

const FIRST: &str = "CREATE TABLE t (k integer PRIMARY KEY, a text, b integer);\n";
const ALL: &str = "SELECT k, a, b FROM t ORDER BY k";

/// Applies an up over two rows, and takes it back by a down which would lose this.
#[track_caller]
fn is_asked(shop: &Shop, up: &str, down: &str, lost: &[&str]) {
    let (project, folder) = (&shop.project, shop.folder());
    project.file(&format!("{folder}/V1__first.sql"), FIRST);
    project.file(&format!("{folder}/V2__second.sql"), up);
    project.file(&format!("{folder}/V2__second.down.sql"), down);
    project.run(["up", "--to", "1"]).ok();
    shop.execute("INSERT INTO t VALUES (1, 'x', 5), (2, 'y', 6)");
    project.run(["up"]).ok();
    let asked = project.run(["down"]);
    asked.code(5).error("E0408");
    for lost in lost {
        asked.stderr_has(lost);
    }
    project.run(["down", "--dry-run"]).code(0).stdout_has(lost[0]);
    project.run(["status"]).ok().stdout_has("2 applied");
    project.run(["down", "--accept-data-loss"]).ok();
}

#[test]
fn a_column_that_was_there_is_no_column_of_the_up() {
    for (up, down) in [
        ("UPDATE t SET a = 'z';\n", "ALTER TABLE t DROP COLUMN b;\n"),
        ("UPDATE t SET b = b + 1;\n", "ALTER TABLE t DROP COLUMN b;\n"),
        ("ALTER TABLE t DROP COLUMN a;\n", "ALTER TABLE t ADD COLUMN a text;\nALTER TABLE t DROP COLUMN b;\n"),
        (
            "ALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = b;\n",
            "ALTER TABLE t DROP COLUMN b;\nALTER TABLE t DROP COLUMN c;\n",
        ),
    ] {
        for shop in both() {
            is_asked(&shop, up, down, &["column t.b: 2 values"]);
        }
    }
}

#[test]
fn a_table_that_was_there_is_no_table_of_the_up() {
    for up in [
        "UPDATE t SET a = 'z';\n",
        "ALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = b;\n",
        "ALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = b WHERE k = 1;\n",
        "ALTER TABLE t ADD COLUMN c integer DEFAULT 5;\n",
        "ALTER TABLE t DROP COLUMN a;\n",
        "INSERT INTO t VALUES (3, 'z', 7);\nUPDATE t SET b = 1 WHERE k = 2;\n",
    ] {
        for shop in both() {
            is_asked(&shop, up, "DROP TABLE t;\n", &["table t: "]);
        }
    }
}

/// A column gets its values back where the down makes one of its name, in whatever case SQLite has it.
#[test]
fn a_column_that_the_down_makes_again_gets_its_values() {
    for (up, down) in [
        ("UPDATE t SET a = 'z';\n", "ALTER TABLE t DROP COLUMN b;\nALTER TABLE t ADD COLUMN b integer;\n"),
        (
            "ALTER TABLE t RENAME COLUMN b TO b9;\nUPDATE t SET a = 'z';\n",
            "ALTER TABLE t DROP COLUMN b9;\nALTER TABLE t ADD COLUMN B integer;\n",
        ),
        ("ALTER TABLE t DROP COLUMN b;\n", "ALTER TABLE t ADD COLUMN B integer;\n"),
    ] {
        for shop in both() {
            let (project, folder) = (&shop.project, shop.folder());
            project.file(&format!("{folder}/V1__first.sql"), FIRST);
            project.file(&format!("{folder}/V2__second.sql"), up);
            project.file(&format!("{folder}/V2__second.down.sql"), down);
            project.run(["up", "--to", "1"]).ok();
            shop.execute("INSERT INTO t VALUES (1, 'x', 5), (2, 'y', 6)");
            project.run(["up"]).ok();
            project.run(["down"]).ok();
            assert_eq!(shop.query(ALL), "1|x|5\n2|y|6", "{up}{down}");
        }
    }
}

/// One that keeps another name than it had is not the one that it was.
#[test]
fn a_column_that_keeps_its_new_name_is_asked_for() {
    for shop in both() {
        is_asked(
            &shop,
            "ALTER TABLE t RENAME COLUMN b TO b9;\nUPDATE t SET b9 = b9 + 1;\n",
            "SELECT 1;\n",
            &["column t.b: 2 values"],
        );
    }
}

/// A table that the up made again, with a column of another name: a down that does not know the name drops what people have in it.
#[test]
fn a_column_of_a_table_that_was_made_again() {
    let again = "CREATE TABLE n (k INTEGER PRIMARY KEY, b INT);\nINSERT INTO n SELECT k, b FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n";
    let before = "ALTER TABLE t RENAME COLUMN b TO b9;\nCREATE TABLE n (k INTEGER PRIMARY KEY, b9 INT);\n\
                  INSERT INTO n SELECT k, b9 FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n";
    let down = "CREATE TABLE o (k INTEGER PRIMARY KEY, a TEXT, b INT);\nINSERT INTO o (k) SELECT k FROM t;\nDROP TABLE t;\nALTER TABLE o RENAME TO t;\n";
    for up in [format!("{again}ALTER TABLE t RENAME COLUMN b TO b9;\n"), before.to_owned()] {
        let [shop, _] = both();
        is_asked(&shop, &up, down, &["column t.b9: 2 values"]);
    }
}
