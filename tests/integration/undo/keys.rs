//! Tables whose rows have numbers, and a primary key besides: rows are told apart by the key, also where a table is made again.

use schemactl_test_support::rusqlite::Connection;

use super::dump::Dump;
use super::ways::{Way, open, read, write};

/// Every row comes back, also where users wrote others since, which stay.
#[track_caller]
pub(super) fn comes_back(way: &Way<'_>) {
    let project = way.project();
    let taken = project.run(["down"]);
    taken.ok().lacks("not kept");
    let plain = Connection::open_in_memory().unwrap();
    plain.execute_batch(way.first).unwrap();
    plain.execute_batch(way.rows).unwrap();
    plain.execute_batch(way.since).unwrap();
    assert_eq!(Dump::of(&open(&project), true), Dump::of(&plain, true), "{}\n{}", way.second, taken.text());
    // And once more.
    project.run(["up"]).ok();
    project.run(["down"]).ok().lacks("not kept");
    assert_eq!(Dump::of(&open(&project), true), Dump::of(&plain, true));
}

const SEED: Way<'_> = Way {
    first: "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT);\n",
    rows: "INSERT INTO t VALUES ('ada', 'a');",
    second: "DELETE FROM t;\nINSERT INTO t VALUES ('seed', 's');\n",
    since: "UPDATE t SET v = 'mine' WHERE k = 'seed';",
};

#[test]
fn a_row_that_got_the_number_of_another() {
    SEED.is_refused("table t: 1 row was changed since (k = 'seed')");
    let query = "SELECT * FROM t ORDER BY k";
    SEED.down(&["--keep-changed"])
        .ends_with(query, "ada|a seed|mine")
        .says("put back: table t: 1 row inserted again")
        .says("left as it is: table t: 1 row was changed since (k = 'seed')");
    SEED.down(&["--accept-data-loss"]).ends_with(query, "ada|a");
    comes_back(&Way { since: "INSERT INTO t VALUES ('newer', 'n');", ..SEED });
}

#[test]
fn a_key_that_changed_is_a_row_that_went_and_one_that_came() {
    let way = Way {
        first: "CREATE TABLE t (a INT, b TEXT COLLATE NOCASE, v TEXT, PRIMARY KEY (a, b));\n",
        rows: "INSERT INTO t VALUES (1, 'x', 'one'), (2, 'x', 'two'), (3, 'x', 'three'), (4, 'Y', 'four'), (NULL, 'x', 'five');",
        second: "UPDATE t SET a = -a WHERE a < 3;\nUPDATE t SET a = 3 + a WHERE a < 0;\nUPDATE t SET b = 'y' WHERE b = 'Y';\n\
            UPDATE t SET v = v || '!' WHERE a IS NULL;\nDELETE FROM t WHERE a = 1;\n",
        since: "",
    };
    comes_back(&way);
    comes_back(&Way { since: "INSERT INTO t VALUES (9, 'x', 'nine');", ..way });
    let query = "SELECT * FROM t ORDER BY a, b";
    let way = Way { since: "UPDATE t SET v = 'mine' WHERE a = 2;", ..way };
    way.is_refused("table t: 1 row was changed since (a = 2, b = 'x')");
    way.down(&["--keep-changed"]).ends_with(query, "-|x|five 1|x|one 2|x|mine 3|x|three 4|Y|four");
}

#[test]
fn keys_that_were_swapped() {
    let way = Way {
        first: "CREATE TABLE t (k INT PRIMARY KEY, v TEXT);\nCREATE TABLE c (id INTEGER PRIMARY KEY, k INT REFERENCES t ON UPDATE CASCADE);\n",
        rows: "INSERT INTO t VALUES (1, 'one'), (2, 'two'); INSERT INTO c VALUES (1, 1), (2, 2);",
        second: "UPDATE t SET k = 0 WHERE k = 1;\nUPDATE t SET k = 1 WHERE k = 2;\nUPDATE t SET k = 2 WHERE k = 0;\n",
        since: "",
    };
    comes_back(&way);
    comes_back(&Way { since: "INSERT INTO t VALUES (3, 'three'); INSERT INTO c VALUES (3, 3);", ..way });
}

#[test]
fn a_row_that_was_replaced_under_older_ones() {
    for action in ["", "ON DELETE RESTRICT", "ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED"] {
        let first = format!(
            "CREATE TABLE t (k INT PRIMARY KEY, tag TEXT);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES t (k) {action});\n"
        );
        let second = match action {
            "ON DELETE RESTRICT" => {
                "UPDATE t SET tag = 'new' WHERE k = 3;\nINSERT OR REPLACE INTO t VALUES (4, 'y');\n"
            }
            _ => "INSERT OR REPLACE INTO t VALUES (3, 'new');\n",
        };
        comes_back(&Way {
            first: &first,
            rows: "INSERT INTO t VALUES (3, 'old'), (4, 'x'); INSERT INTO c VALUES (1, 3);",
            second,
            since: "INSERT INTO t VALUES (61, 'user'); INSERT INTO c VALUES (2, 3);",
        });
    }
}

const AGAIN: Way<'_> = Way {
    first: "CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT, w INT);\nCREATE TABLE o (id INTEGER PRIMARY KEY, n INT);\n",
    rows: "INSERT INTO t VALUES ('b', '2', 20), ('a', '1', 10), ('c', x'00ff', NULL); INSERT INTO o VALUES (1, 1);",
    second: "",
    since: "INSERT INTO t (id, v) VALUES ('newer', 'n'); INSERT INTO o VALUES (7, 7);",
};

#[test]
fn a_table_that_is_dropped_and_made_again() {
    for second in [
        "DROP TABLE t;\nCREATE TABLE t (id TEXT PRIMARY KEY, v TEXT, w INT, z INT);\nUPDATE o SET n = 9;\n",
        "DROP TABLE t;\nCREATE TABLE t (id TEXT PRIMARY KEY, v TEXT, w INT);\nINSERT INTO t VALUES ('a', 'x', 1), ('d', 'y', 2);\n",
        "UPDATE t SET v = 'u';\nDELETE FROM t WHERE id = 'b';\nINSERT INTO t VALUES ('e', 'e', 5);\nDROP TABLE t;\n\
         CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT, w INT);\nINSERT INTO t VALUES ('b', 'x', 1);\nUPDATE t SET id = 'f';\n",
        "CREATE TABLE x (id TEXT PRIMARY KEY, v TEXT, w INT);\nINSERT INTO x SELECT * FROM t WHERE w IS NOT NULL;\nDROP TABLE t;\n\
         ALTER TABLE x RENAME TO t;\nUPDATE t SET w = w + 1;\n",
        "CREATE TABLE bak AS SELECT * FROM t;\nDROP TABLE t;\nCREATE TABLE t (id TEXT PRIMARY KEY, v TEXT, w INT CHECK (w > 1));\n\
         INSERT INTO t SELECT id, upper(v), w FROM bak;\nDROP TABLE bak;\n",
    ] {
        comes_back(&Way { second, ..AGAIN });
    }
}

#[test]
fn a_table_that_is_made_again_with_rows_changed_before_and_since() {
    let remade = "CREATE TABLE x (id TEXT PRIMARY KEY, v TEXT, w INT);\nINSERT INTO x SELECT id, v, w FROM t;\nDROP TABLE t;\nALTER TABLE x RENAME TO t;\n";
    let without = "CREATE TABLE x (id TEXT PRIMARY KEY, v TEXT);\nINSERT INTO x (id, v) SELECT id, v FROM t;\nDROP TABLE t;\nALTER TABLE x RENAME TO t;\n";
    for second in [
        format!("UPDATE t SET v = 'u' WHERE id = 'a';\n{remade}"),
        format!("{remade}UPDATE t SET v = 'u' WHERE id = 'a';\nDELETE FROM t WHERE id = 'b';\n"),
        format!("UPDATE t SET id = 'z' WHERE id = 'a';\n{remade}UPDATE t SET id = 'a' WHERE id = 'b';\nINSERT INTO t VALUES ('d', 'd', 4);\n"),
        format!("INSERT INTO t VALUES ('d', 'd', 4);\n{remade}UPDATE t SET v = 'dd' WHERE id = 'd';\n{remade}DELETE FROM t WHERE id = 'c';\n"),
        format!("{without}UPDATE t SET v = NULL WHERE id = 'a';\n"),
        format!("{without}UPDATE t SET v = NULL WHERE 0;\n"),
        format!("UPDATE t SET w = 99, v = 'u' WHERE id = 'b';\n{without}UPDATE t SET id = 'q' WHERE id = 'a';\nDELETE FROM t WHERE id = 'b';\n"),
        "CREATE TABLE x (id TEXT PRIMARY KEY, v TEXT);\nINSERT INTO x (id, v) SELECT id, v FROM t;\nUPDATE x SET v = 'u' WHERE id = 'c';\n\
         DROP TABLE t;\nALTER TABLE x RENAME TO t;\n"
            .to_owned(),
        format!("{remade}ALTER TABLE t RENAME COLUMN v TO text;\nUPDATE t SET text = 'u';\nALTER TABLE t RENAME COLUMN id TO code;\n"),
    ] {
        comes_back(&Way { second: &second, ..AGAIN_PLAIN });
    }
}

/// Without writes of users since, of which some ways have other columns.
const AGAIN_PLAIN: Way<'_> = Way { since: "", ..AGAIN };

#[test]
fn rows_of_users_in_a_table_that_was_made_again() {
    let way = Way {
        second: "CREATE TABLE x (id TEXT PRIMARY KEY, v TEXT);\nINSERT INTO x (id, v) SELECT id, v FROM t;\nDROP TABLE t;\nALTER TABLE x RENAME TO t;\n\
            UPDATE t SET v = 'u' WHERE id IN ('a', 'b');\n",
        since: "UPDATE t SET v = 'mine' WHERE id = 'a'; DELETE FROM t WHERE id = 'c'; INSERT INTO t VALUES ('d', 'd');",
        ..AGAIN
    };
    way.is_refused("table t: 1 row was changed since (id = 'a')");
    let query = "SELECT * FROM t ORDER BY id";
    way.down(&["--keep-changed"]).ends_with(query, "a|mine|- b|2|20 d|d|-");
    way.down(&["--accept-data-loss"]).ends_with(query, "a|1|10 b|2|20 d|d|-");
}

#[test]
fn a_table_that_is_made_of_another_one() {
    for key in ["INTEGER", "TEXT"] {
        let first =
            format!("CREATE TABLE t (id {key} PRIMARY KEY, v TEXT);\nCREATE TABLE u (id {key} PRIMARY KEY, v TEXT);\n");
        let second = format!(
            "CREATE TABLE x (id {key} PRIMARY KEY, v TEXT);\nINSERT INTO x SELECT id, v FROM u;\nDROP TABLE t;\nALTER TABLE x RENAME TO t;\n"
        );
        comes_back(&Way {
            first: &first,
            rows: "INSERT INTO t VALUES ('1', 'a'), ('2', 'b'); INSERT INTO u VALUES ('2', 'bu'), ('3', 'cu');",
            second: &second,
            since: "INSERT INTO t VALUES ('9', 'nine');",
        });
    }
}

#[test]
fn a_table_without_all_keys_that_is_made_again_is_not_kept() {
    let way = Way {
        rows: "INSERT INTO t VALUES (NULL, '1', 1);",
        second: "DROP TABLE t;\nCREATE TABLE t (id TEXT PRIMARY KEY, v TEXT, w INT);\nUPDATE o SET n = 9;\n",
        ..AGAIN
    };
    let project = way.project();
    write(&project, "DELETE FROM t");
    project.run(["down", "--accept-data-loss"]).ok().stdout_has("not all of its rows have a primary key");
    assert_eq!(read(&project, "SELECT count(*) FROM t"), "0");
}
