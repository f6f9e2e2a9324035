//! Tables that an up makes and fills from others; how many rows of a step are kept; and that each cause is said once.

use super::ways::{Way, read, write};

const FIRST: &str = "CREATE TABLE a (id INTEGER PRIMARY KEY, v TEXT);\n";
const ROWS: &str = "INSERT INTO a VALUES (1, 'x'), (2, 'y');";

fn filled<'a>(second: &'a str, since: &'a str) -> Way<'a> {
    Way { first: FIRST, rows: ROWS, second, since }
}

const ALL: &str = "SELECT * FROM a ORDER BY id";

#[test]
fn a_table_that_the_up_filled_goes_unasked() {
    for second in [
        "CREATE TABLE m (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO m SELECT id, v FROM a;\n",
        "CREATE TABLE m (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO m SELECT * FROM a;\nUPDATE m SET v = v || '!' WHERE id = 1;\nDELETE FROM m WHERE id = 2;\n",
        "CREATE TABLE m (k TEXT PRIMARY KEY, n INT) WITHOUT ROWID;\nINSERT INTO m SELECT v, id FROM a;\nINSERT INTO m VALUES ('z', 9);\n",
        "CREATE TABLE m (v TEXT);\nINSERT INTO m SELECT v FROM a;\nINSERT INTO m SELECT v FROM a;\n",
        "CREATE TABLE m AS SELECT id, v FROM a;\nUPDATE a SET v = 'q' WHERE id = 1;\n",
        "CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO n SELECT * FROM a;\nALTER TABLE n RENAME TO m;\n",
    ] {
        filled(second, "").down(&[]).ends_with(ALL, "1|x 2|y");
    }
}

#[test]
fn what_people_wrote_there_is_asked_for() {
    let second = "CREATE TABLE m (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO m SELECT id, v FROM a;\n";
    for (since, lost) in [
        ("INSERT INTO m VALUES (9, 'mine');", "table m: 1 row"),
        ("UPDATE m SET v = 'mine' WHERE id = 1;", "table m: 1 row"),
        ("UPDATE m SET v = 'mine'; INSERT INTO m VALUES (9, 'mine');", "table m: 3 rows"),
    ] {
        let taken = filled(second, since).down(&[]);
        taken.output.code(5).error("E0408").stderr_has(&format!("would lose {lost}"));
        taken.project.run(["down", "--accept-data-loss"]).ok();
        assert_eq!(read(&taken.project, ALL), "1|x 2|y");
    }
    // Nobody's row is lost with one that is gone already.
    filled(second, "DELETE FROM m WHERE id = 1;").down(&[]).ends_with(ALL, "1|x 2|y");
}

/// A table that comes in another's place is that one, and what the copy lacks comes back.
#[test]
fn a_copy_that_takes_the_place_of_its_table() {
    let second = "CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT NOT NULL);\nINSERT INTO n SELECT * FROM a;\nDROP TABLE a;\nALTER TABLE n RENAME TO a;\nCREATE TABLE m AS SELECT * FROM a;\n";
    filled(second, "INSERT INTO a VALUES (7, 'mine');").down(&[]).ends_with(ALL, "1|x 2|y 7|mine");
}

/// What does not fit in what is kept of a step is asked for, and the rest of it is kept.
#[test]
fn a_table_that_is_filled_with_more_than_is_kept() {
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) INSERT INTO a SELECT i, 'v' FROM n";
    let second = "CREATE TABLE m (id INTEGER PRIMARY KEY, v TEXT);\nINSERT INTO m SELECT id, v FROM a;\nUPDATE a SET v = 'up' WHERE id = 1;\n";
    let taken = Way { first: FIRST, rows: many, second, since: "" }.down(&[]);
    taken.output.code(5).error("E0408").stderr_has("table m: 10001 rows");
    taken.project.run(["down", "--accept-data-loss"]).ok();
    assert_eq!(read(&taken.project, "SELECT count(*), min(v), max(v) FROM a"), "10001|v|v");
}

/// A row counts once, however often the step changes it.
#[test]
fn each_row_of_a_step_counts_once() {
    let rows = |count: u32| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) INSERT INTO a SELECT i, 'v' FROM n"
        )
    };
    let second = "UPDATE a SET v = v || '1';\nUPDATE a SET v = v || '2';\nDELETE FROM a WHERE id = 3;\nINSERT INTO a VALUES (3, 'again');\nUPDATE a SET v = 'x';\n";
    let query = "SELECT count(*), min(v), max(v) FROM a";
    let full = rows(10_000);
    let way = Way { first: FIRST, rows: &full, second, since: "" };
    way.down(&[]).ends_with(query, "10000|v|v");
    // One more is too many, whether it is changed once or often.
    let more = rows(10_001);
    let project = Way { rows: &more, ..way }.project();
    project.run(["down", "--dry-run"]).stdout_has("the step changed more than 10000 rows");
}

/// A row with another key is two, and one that a trigger changes is one as well.
#[test]
fn rows_that_a_trigger_changes_count_once() {
    let first = "CREATE TABLE a (id INTEGER PRIMARY KEY, v INT);\nCREATE TABLE l (id INTEGER PRIMARY KEY, n INT);\nINSERT INTO l VALUES (1, 0);\n\
        CREATE TRIGGER tr AFTER UPDATE ON a BEGIN UPDATE l SET n = n + 1; END;\n";
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) INSERT INTO a SELECT i, i FROM n";
    let way = Way { first, rows, second: "UPDATE a SET v = v + 1;\n", since: "" };
    way.down(&[]).ends_with("SELECT sum(v), (SELECT n FROM l) FROM a", "18003000|0");
    let way = Way { second: "UPDATE a SET id = id + 100000;\n", ..way };
    way.project().run(["down", "--dry-run"]).stdout_has("the step changed more than 10000 rows");
}

/// A statement is not stopped for rows that were counted before.
#[test]
fn a_limit_counts_no_row_again() {
    let taken =
        filled("UPDATE a SET v = v || '!';\nUPDATE a SET v = v || '?';\n", "UPDATE a SET v = 'mine' WHERE id = 1;")
            .down(&["--keep-changed"]);
    taken.ends_with(ALL, "1|mine 2|y");
}

#[test]
fn columns_of_one_row_are_said_once() {
    let first = "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT, x INT, y INT, z INT);\n";
    let way = Way {
        first,
        rows: "INSERT INTO t VALUES (1, 1, 2, 3, 4), (2, 1, 2, 3, 4);",
        second: "ALTER TABLE t DROP COLUMN x;\nALTER TABLE t DROP COLUMN y;\nALTER TABLE t DROP COLUMN z;\n",
        since: "UPDATE t SET v = 99 WHERE id = 1;",
    };
    let said = "table t: 1 row was changed since (id = 1): where it is left so, columns x, y, z get their values back by the key";
    let taken = way.down(&[]);
    taken.output.code(5).error("E0415").stderr_has(said);
    assert_eq!(taken.output.stderr.matches("changed since (").count(), 1, "{}", taken.output.text());
    way.down(&["--keep-changed"])
        .ends_with("SELECT * FROM t ORDER BY id", "1|99|2|3|4 2|1|2|3|4")
        .says(&format!("left as it is: {said}"));
    way.down(&["--accept-data-loss"]).ends_with("SELECT * FROM t ORDER BY id", "1|99|2|3|4 2|1|2|3|4");
}

/// Each table with the constraint that its own rows do not fit.
#[test]
fn rows_of_two_tables_that_do_not_fit() {
    let way = Way {
        first: "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT UNIQUE);\nCREATE TABLE u (id INTEGER PRIMARY KEY, n TEXT UNIQUE);\n",
        rows: "INSERT INTO t VALUES (1, 'a'), (2, 'b'); INSERT INTO u VALUES (1, 'a');",
        second: "UPDATE t SET k = k || '!';\nUPDATE u SET n = n || '!';\n",
        since: "INSERT INTO t VALUES (7, 'a'); INSERT INTO u VALUES (8, 'a');",
    };
    way.is_refused(
        "table t: 1 row cannot be put back beside what was written since: UNIQUE constraint failed: t.k (id = 1)",
    );
    way.is_refused(
        "table u: 1 row cannot be put back beside what was written since: UNIQUE constraint failed: u.n (id = 1)",
    );
    let taken = way.down(&["--keep-changed"]);
    taken.output.ok();
    // The way out by hand.
    write(&taken.project, "DELETE FROM t WHERE id = 7");
    assert_eq!(read(&taken.project, "SELECT * FROM u ORDER BY id"), "1|a! 8|a");
}
