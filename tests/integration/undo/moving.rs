//! A generated down that makes a table again under rows: what is kept goes along where a constraint asks for it, and rows of users that do not fit are named.

use super::keys::comes_back;
use super::ways::{Way, read, write};

const PATHS: Way<'_> = Way {
    first: "CREATE TABLE t (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, v TEXT);\n",
    rows: "INSERT INTO t VALUES (1, 'b', 'x'), (2, '1', 'y'), (3, 'a', 'z');",
    second: "CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO n SELECT id, v FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n",
    since: "",
};

#[test]
fn values_that_are_all_different() {
    comes_back(&PATHS);
    for (key, end) in [("TEXT PRIMARY KEY", ""), ("TEXT PRIMARY KEY", " WITHOUT ROWID"), ("INT PRIMARY KEY", "")] {
        let first = format!("CREATE TABLE t (id {key}, path TEXT NOT NULL UNIQUE, v TEXT){end};\n");
        let second = PATHS.second.replace("id INTEGER PRIMARY KEY, v TEXT)", &format!("id {key}, v TEXT){end}"));
        comes_back(&Way { first: &first, second: &second, ..PATHS });
    }
    // Also where they have a default, and where a check names what they may be.
    for path in [
        "path INT NOT NULL DEFAULT 7 UNIQUE",
        "path INT DEFAULT 7 UNIQUE",
        "path TEXT NOT NULL CHECK (length(path) = 1)",
    ] {
        let first = PATHS.first.replace("path TEXT NOT NULL UNIQUE", path);
        let rows = "INSERT INTO t VALUES (1, 2, 'x'), (2, 1, 'y'), (3, 3, 'z');";
        comes_back(&Way { first: &first, rows, ..PATHS });
    }
}

#[test]
fn newer_rows_get_values_that_are_all_different() {
    let way = Way { since: "INSERT INTO t VALUES (7, 'n'), (8, 'm');", ..PATHS };
    way.down(&[])
        .ends_with("SELECT id, path, v FROM t WHERE id < 5", "1|b|x 2|1|y 3|a|z")
        .says("3 values of column path restored, 2 newer rows without");
}

const LOOSE: Way<'_> = Way {
    first: "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT NOT NULL UNIQUE CHECK (k <> 'no'));\n",
    rows: "INSERT INTO t VALUES (1, 'a'), (2, 'b');",
    second: "CREATE TABLE x (id INTEGER PRIMARY KEY, k TEXT);\nINSERT INTO x SELECT * FROM t;\nDROP TABLE t;\nALTER TABLE x RENAME TO t;\n",
    since: "",
};

#[test]
fn what_the_up_wrote_once_a_constraint_was_gone() {
    for more in [
        "UPDATE t SET k = NULL WHERE id = 1;\nINSERT INTO t VALUES (50, NULL);\n",
        "UPDATE t SET k = 'same';\nINSERT INTO t VALUES (50, 'same'), (51, 'same');\n",
        "UPDATE t SET k = 'no' WHERE id = 2;\nDELETE FROM t WHERE id = 1;\nINSERT INTO t VALUES (3, 'a');\n",
    ] {
        let second = format!("{}{more}", LOOSE.second);
        comes_back(&Way { second: &second, ..LOOSE });
        comes_back(&Way { second: &second, since: "INSERT INTO t VALUES (7, 'newer');", ..LOOSE });
        for (key, end) in [("TEXT PRIMARY KEY", ""), ("TEXT PRIMARY KEY", " WITHOUT ROWID")] {
            let first = LOOSE.first.replace("INTEGER PRIMARY KEY", key).replace("'no'))", &format!("'no')){end}"));
            let second = second.replace("INTEGER PRIMARY KEY", key).replace("k TEXT)", &format!("k TEXT){end}"));
            comes_back(&Way { first: &first, second: &second, ..LOOSE });
        }
    }
}

#[test]
fn newer_rows_that_do_not_fit() {
    for (since, why, key) in [
        ("INSERT INTO t VALUES (5, NULL);", "NOT NULL constraint failed: t.k", "(id = 5)"),
        ("INSERT INTO t VALUES (5, 'no'), (6, 'yes');", "CHECK constraint failed: k <> 'no'", "(id = 5)"),
        ("INSERT INTO t VALUES (5, 'a'), (6, 'c');", "UNIQUE constraint failed: t.k", "(id = 5)"),
    ] {
        let way = Way { since, ..LOOSE };
        let cause = format!("table t: 1 row cannot stand in the table as the down makes it again: {why} {key}");
        way.is_refused(&cause);
        for flags in [&[][..], &["--keep-changed"], &["--accept-data-loss"], &["--dry-run"]] {
            let taken = way.down(flags);
            taken
                .output
                .error("E0415")
                .stderr_has(&cause)
                .lacks("correct the down")
                .lacks("would be put back all the same");
            taken
                .output
                .stderr_has("change these rows so that they fit, or delete them, then run `schemactl down` again");
            write(&taken.project, "DELETE FROM t WHERE id = 5");
            taken.project.run(["down"]).ok();
            assert_eq!(read(&taken.project, "SELECT * FROM t WHERE id < 5"), "1|a 2|b");
        }
    }
}

#[test]
fn newer_rows_that_do_not_fit_beside_what_the_up_wrote() {
    let second = format!("{}UPDATE t SET k = NULL WHERE id = 1;\n", LOOSE.second);
    let way = Way { second: &second, since: "INSERT INTO t VALUES (9, NULL), (8, 'x');", ..LOOSE };
    way.is_refused(
        "table t: 1 row cannot stand in the table as the down makes it again: NOT NULL constraint failed: t.k (id = 9)",
    );
    let without = Way { second: LOOSE.second, ..way };
    let project = without.project();
    // What is not kept is no other matter.
    write(&project, "DROP TABLE IF EXISTS schema_migrations_undo; DROP TABLE IF EXISTS schema_migrations_undo_columns");
    project.run(["down"]).code(5).error("E0415").stderr_has("NOT NULL constraint failed: t.k (id = 9)");
}

#[test]
fn what_comes_back_is_not_asked_for() {
    let way = Way {
        first: "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);\n",
        rows: "INSERT INTO t VALUES (3, '1.50'), (4, 'x'), (5, '7');",
        second: "CREATE TABLE n (id INTEGER PRIMARY KEY, a REAL);\nINSERT INTO n SELECT * FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n",
        since: "",
    };
    comes_back(&way);
    // What users wrote since is.
    let since = Way { since: "INSERT INTO t VALUES (9, 2.5);", ..way };
    since.down(&[]).output.code(5).error("E0408").stderr_has("column t.a: 1 value converted from real to text");
    since.down(&["--accept-data-loss"]).ends_with("SELECT * FROM t", "3|1.50 4|x 5|7 9|2.5");
    let renamed = Way {
        first: "CREATE TABLE t (k TEXT PRIMARY KEY, a TEXT UNIQUE);\n",
        rows: "INSERT INTO t VALUES ('x', '1'), ('y', NULL);",
        second: "CREATE TABLE n (k TEXT PRIMARY KEY, aa TEXT);\nINSERT INTO n SELECT k, a FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n",
        since: "",
    };
    comes_back(&renamed);
    Way { since: "INSERT INTO t VALUES ('z', '3'), ('w', NULL);", ..renamed }
        .down(&[])
        .output
        .code(5)
        .error("E0408")
        .stderr_has("column t.aa: 1 value");
}
