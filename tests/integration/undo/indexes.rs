//! A generated down that makes a unique index over rows which have other values until theirs are back: it is made then, and rows of users that do not fit it
//! are named.

use super::dump::everything;
use super::keys::comes_back;
use super::ways::{Way, open, read, write};

const PATHS: Way<'_> = Way {
    first: "CREATE TABLE t (id INTEGER PRIMARY KEY, path TEXT NOT NULL, v TEXT);\nCREATE UNIQUE INDEX u ON t (path);\n",
    rows: "INSERT INTO t VALUES (1, '/b', 'x'), (2, '/a', 'y'), (3, '', 'z'), (4, '/c', 'x');",
    second: "CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO n SELECT id, v FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n",
    since: "",
};

const DROPPED: &str = "DROP INDEX u;\nALTER TABLE t DROP COLUMN path;\n";

#[test]
fn the_values_of_a_dropped_column_are_back_before_its_index_is_made() {
    for index in [
        "t (path)",
        "t (v, path)",
        "t (path DESC, v)",
        "t (path COLLATE NOCASE)",
        "t (lower(path) || '!')",
        "t (path) WHERE path <> '/d'",
        "t (v, substr(path, 1, 2)) WHERE v IS NOT NULL",
        "t (path);\nCREATE UNIQUE INDEX w ON t (v, path);\nCREATE INDEX y ON t (path)",
    ] {
        let first = PATHS.first.replace("t (path)", index);
        comes_back(&Way { first: &first, ..PATHS });
        for definition in ["path TEXT NOT NULL DEFAULT ''", "path TEXT DEFAULT 'd'", "path TEXT DEFAULT d"] {
            let first = first.replace("path TEXT NOT NULL", definition);
            comes_back(&Way { first: &first, ..PATHS });
            if !index.contains("CREATE") {
                comes_back(&Way { first: &first, second: DROPPED, ..PATHS });
            }
        }
    }
    for (key, end) in [("TEXT PRIMARY KEY", ""), ("TEXT PRIMARY KEY", " WITHOUT ROWID"), ("INT PRIMARY KEY", "")] {
        let first = PATHS.first.replace("INTEGER PRIMARY KEY", key).replace("v TEXT)", &format!("v TEXT){end}"));
        let second = PATHS.second.replace("INTEGER PRIMARY KEY", key).replace("v TEXT)", &format!("v TEXT){end}"));
        comes_back(&Way { first: &first, second: &second, ..PATHS });
    }
}

/// An expression of an index cannot be worked out for what stands in a column before its values are back.
#[test]
fn an_expression_that_does_not_take_what_stands_there_for_a_while() {
    let rows = "INSERT INTO t VALUES (1, '{\"k\": 1}', 'x'), (2, '{\"k\": 2}', 'y');";
    for index in ["UNIQUE INDEX u ON t (json_extract(path, '$.k'))", "INDEX u ON t (json_extract(path, '$.k'))"] {
        let first = PATHS.first.replace("UNIQUE INDEX u ON t (path)", index);
        comes_back(&Way { first: &first, rows, ..PATHS });
    }
}

#[test]
fn what_the_up_wrote_once_the_index_was_gone() {
    for more in [
        "UPDATE t SET path = 'same';\n",
        "UPDATE t SET path = upper(path) WHERE id < 3;\nINSERT INTO t VALUES (9, '/A', 'n'), (10, '/A', 'n');\n",
        "DELETE FROM t WHERE id = 1;\nUPDATE t SET path = '/a' WHERE id = 4;\n",
        "ALTER TABLE t RENAME TO m;\nUPDATE m SET path = 'same';\n",
    ] {
        let second = format!("DROP INDEX u;\n{more}");
        comes_back(&Way { second: &second, ..PATHS });
    }
    let renamed =
        "ALTER TABLE t RENAME TO m;\nDROP INDEX u;\nALTER TABLE m RENAME COLUMN path TO p;\nUPDATE m SET p = 'same';\n";
    comes_back(&Way { second: renamed, ..PATHS });
}

#[test]
fn newer_rows_get_values_that_are_all_different() {
    for index in ["t (path)", "t (v, path)", "t (lower(path))"] {
        let first = PATHS.first.replace("t (path)", index);
        let way = Way { first: &first, since: "INSERT INTO t VALUES (7, 'n'), (8, 'n');", ..PATHS };
        way.down(&[])
            .ends_with("SELECT id, path, v FROM t WHERE id < 7", "1|/b|x 2|/a|y 3||z 4|/c|x")
            .says("4 values of column path restored, 2 newer rows without");
    }
}

#[test]
fn newer_rows_that_do_not_fit_are_named() {
    let converted = "DROP INDEX u;\nUPDATE t SET path = upper(path);\n";
    for (key, end) in
        [("INTEGER PRIMARY KEY", ""), ("INT PRIMARY KEY", ""), ("INT PRIMARY KEY NOT NULL", " WITHOUT ROWID")]
    {
        let first = PATHS.first.replace("INTEGER PRIMARY KEY", key).replace("v TEXT)", &format!("v TEXT){end}"));
        for (since, cause) in [
            (
                "INSERT INTO t VALUES (7, '/a', 'n'), (8, '/n', 'n');",
                "1 row cannot stand in the table as the down makes it again: UNIQUE constraint failed: t.path (id = 7)",
            ),
            (
                "INSERT INTO t VALUES (-7, '/a', 'n'), (8, '/a', 'n');",
                "2 rows cannot stand in the table as the down makes it again: UNIQUE constraint failed: t.path (id = -7; id = 8)",
            ),
        ] {
            // Until the rows of the up have their values back others have the same.
            let second = format!("{converted}INSERT INTO t VALUES (50, 'x', 'x'), (51, 'x', 'x');\n");
            let way = Way { first: &first, second: &second, since, ..PATHS };
            way.is_refused(&format!("table t: {cause}"));
            for flags in [&[][..], &["--keep-changed"], &["--accept-data-loss"], &["--dry-run"]] {
                let project = way.project();
                let before = everything(&open(&project));
                let down = project.run(["down"].iter().chain(flags));
                down.error("E0415").stderr_has(cause).stderr_has("CREATE UNIQUE INDEX u").lacks("correct the down");
                down.stderr_has("change these rows so that they fit, or delete them, then run `schemactl down` again");
                assert_eq!(everything(&open(&project)), before);
                write(&project, "DELETE FROM t WHERE v = 'n'");
                project.run(["down"]).ok();
                assert_eq!(read(&project, "SELECT * FROM t ORDER BY id"), "1|/b|x 2|/a|y 3||z 4|/c|x");
            }
        }
    }
}

/// Where the up has done nothing to rows, or not to these.
#[test]
fn rows_that_do_not_fit_an_index_are_named_without_a_record() {
    let way = Way { second: "DROP INDEX u;\n", since: "INSERT INTO t VALUES (7, '/a', 'n');", ..PATHS };
    way.is_refused(
        "table t: 1 row cannot stand in the table as the down makes it again: UNIQUE constraint failed: t.path (id = 7)",
    );
    let other = Way { second: "DROP INDEX u;\nUPDATE t SET v = 'up' WHERE id = 1;\n", ..way };
    other.is_refused("UNIQUE constraint failed: t.path (id = 7)");
    let loose = Way {
        first: "CREATE TABLE t (path TEXT, v TEXT);\nCREATE UNIQUE INDEX u ON t (path);\nCREATE VIEW w AS SELECT path FROM t;\n",
        rows: "INSERT INTO t VALUES ('/a', 'x'), (NULL, 'y'), (NULL, 'z');",
        since: "INSERT INTO t VALUES ('/a', 'n');",
        ..way
    };
    loose.is_refused("UNIQUE constraint failed: t.path (row 4)");
}

/// Changed rows that stay as they are may take a value of one that comes back.
#[test]
fn a_changed_row_that_stays_is_in_the_way_of_an_index() {
    let second = "DROP INDEX u;\nUPDATE t SET path = 'same';\n";
    let way = Way { second, since: "UPDATE t SET path = '/b' WHERE id = 2;", ..PATHS };
    way.is_refused("table t: 1 row was changed since (id = 2)");
    way.down(&["--keep-changed"]).output.code(5).error("E0415").stderr_has(
        "1 row cannot stand in the table as the down makes it again: UNIQUE constraint failed: t.path (id = 2)",
    );
    way.down(&["--accept-data-loss"]).ends_with("SELECT * FROM t", "1|/b|x 2|/a|y 3||z 4|/c|x");
}
