//! SQLite: a table that the up makes again, and to whose rows, columns or name it does something besides.

use super::ways::Way;

const ALL: &str = "SELECT * FROM t ORDER BY k";

fn way<'a>(first: &'a str, second: &'a str, since: &'a str) -> Way<'a> {
    Way { first, rows: "INSERT INTO t VALUES ('1', 'x', 5), ('2', '007', 6);", second, since }
}

/// What a statement before the copy took is what comes back, and not what the copy found.
#[test]
fn what_was_noted_first_comes_back() {
    let again = "INSERT INTO n SELECT k, a FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n";
    for (key, before, after) in [
        ("k TEXT PRIMARY KEY", "INSERT OR REPLACE INTO t (k, a) VALUES ('2', 'r');\n", ""),
        ("k TEXT PRIMARY KEY COLLATE NOCASE", "INSERT OR REPLACE INTO t (k, a) VALUES ('2', 'r');\n", ""),
        ("k TEXT PRIMARY KEY", "REPLACE INTO t VALUES ('2', 'r', 7);\nREPLACE INTO t VALUES ('2', 's', 8);\n", ""),
        ("k INTEGER PRIMARY KEY", "INSERT OR REPLACE INTO t (k, a) VALUES (2, 'r');\n", ""),
        ("k TEXT PRIMARY KEY", "UPDATE t SET b = 9;\n", "UPDATE t SET a = 'z' WHERE k = '1';\n"),
        ("k TEXT PRIMARY KEY", "DELETE FROM t WHERE k = '1';\nINSERT INTO t VALUES ('1', 'n', 9);\n", ""),
        ("k TEXT NOT NULL PRIMARY KEY", "UPDATE t SET b = k + 100;\nDELETE FROM t WHERE k = '2';\n", ""),
    ] {
        let first = format!("CREATE TABLE t ({key}, a TEXT, b INT);\n");
        let second = format!("{before}CREATE TABLE n ({key}, a TEXT);\n{again}{after}");
        way(&first, &second, "").down(&[]).ends_with(ALL, "1|x|5 2|007|6");
    }
    // A key that is the same in its collation.
    let first = "CREATE TABLE t (k TEXT PRIMARY KEY COLLATE NOCASE, a TEXT, b INT);\n";
    let second = format!(
        "INSERT OR REPLACE INTO t (k, a) VALUES ('ADA', 'r');\nCREATE TABLE n (k TEXT PRIMARY KEY COLLATE NOCASE, a TEXT);\n{again}"
    );
    let rows = "INSERT INTO t VALUES ('ada', 'x', 5);";
    Way { first, rows, second: &second, since: "" }.down(&[]).ends_with(ALL, "ada|x|5");
}

#[test]
fn what_was_converted_twice_comes_back_as_it_was() {
    let first = "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b INT);\n";
    let convert = |datatype: &str| {
        format!(
            "CREATE TABLE n (k INTEGER PRIMARY KEY, a {datatype}, b INT);\nINSERT INTO n SELECT k, a, b FROM t;\nDROP TABLE t;\n\
             ALTER TABLE n RENAME TO t;\n"
        )
    };
    let dropped = "ALTER TABLE t DROP COLUMN a;\n";
    for second in [
        format!("{}{dropped}", convert("REAL")),
        format!("{}{}", convert("REAL"), convert("BLOB")),
        format!("{}UPDATE t SET a = 1;\n{dropped}", convert("REAL")),
        format!("UPDATE t SET a = '0' || a;\n{}{dropped}", convert("INTEGER")),
        format!("{}{}{dropped}", convert("REAL"), convert("TEXT")),
    ] {
        let taken = way(first, &second, "").down(&[]);
        taken.ends_with(ALL, "1|x|5 2|007|6");
        assert!(!taken.output.text().contains("newer row"), "{second}{}", taken.output.text());
    }
}

/// A column that got another name beside a copy has its values, and gets its old name back.
#[test]
fn a_column_with_another_name_keeps_its_values() {
    let first = "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b INT);\n";
    let again = "CREATE TABLE n (k INTEGER PRIMARY KEY, b INT);\nINSERT INTO n SELECT k, b FROM t;\nDROP TABLE t;\n\
                 ALTER TABLE n RENAME TO t;\n";
    let before = "ALTER TABLE t RENAME COLUMN b TO b9;\nCREATE TABLE n (k INTEGER PRIMARY KEY, b9 INT);\n\
                  INSERT INTO n SELECT k, b9 FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n";
    for second in [
        format!("{again}ALTER TABLE t RENAME COLUMN b TO b9;\n"),
        format!("{again}UPDATE t SET b = b + 1 WHERE k = 1;\nALTER TABLE t RENAME COLUMN b TO b9;\n"),
        format!("{again}ALTER TABLE t RENAME COLUMN b TO c;\nALTER TABLE t RENAME COLUMN c TO b9;\n"),
        before.to_owned(),
        format!("{before}ALTER TABLE t RENAME TO t7;\n"),
        "ALTER TABLE t RENAME TO w;\nALTER TABLE w DROP COLUMN a;\n".to_owned(),
        "ALTER TABLE t RENAME COLUMN b TO c;\nALTER TABLE t DROP COLUMN a;\n".to_owned(),
        "ALTER TABLE t RENAME COLUMN b TO c;\nALTER TABLE t RENAME TO w;\nALTER TABLE w DROP COLUMN a;\n".to_owned(),
    ] {
        way(first, &second, "").down(&[]).ends_with(ALL, "1|x|5 2|007|6");
    }
}

/// What people wrote into a column that the down only gives its old name is theirs.
#[test]
fn keeping_changed_rows_writes_over_no_column_that_was_renamed() {
    for key in ["k INTEGER PRIMARY KEY AUTOINCREMENT", "k INTEGER PRIMARY KEY", "k uuid PRIMARY KEY"] {
        let first = format!("CREATE TABLE t ({key}, a TEXT, b INT);\n");
        let second = format!(
            "CREATE TABLE n ({key}, a9 TEXT, b INT);\nINSERT INTO n SELECT * FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n"
        );
        for (since, expected) in [
            ("UPDATE t SET a9 = 'mine' WHERE k = '1'", "1|mine|5 2|007|6"),
            ("UPDATE t SET a9 = NULL WHERE k = '1'", "1|-|5 2|007|6"),
            ("UPDATE t SET b = 50 WHERE k = '1'", "1|x|50 2|007|6"),
        ] {
            let taken = way(&first, &second, since).down(&["--keep-changed"]);
            taken.ends_with(ALL, expected);
            assert!(!taken.output.text().contains("gets its value back"), "{}", taken.output.text());
            assert!(!taken.output.text().contains("no value in it"), "{}", taken.output.text());
        }
    }
}

/// A table that is made again and has another name in the end is the one that it was: its rows stay in it, and the down makes none anew.
#[test]
fn a_table_that_is_made_again_and_renamed_keeps_its_rows() {
    let first = "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b INT);\nCREATE TABLE o (id INTEGER PRIMARY KEY, p INT REFERENCES t (k));\n";
    let narrow = "CREATE TABLE n (k INTEGER PRIMARY KEY, a TEXT);\nINSERT INTO n SELECT k, a FROM t;\nDROP TABLE t;\n";
    let again = format!("{narrow}ALTER TABLE n RENAME TO t;\n");
    let aside = "ALTER TABLE t RENAME TO t_old;\nCREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT);\nINSERT INTO t SELECT k, a FROM t_old;\n\
                 DROP TABLE t_old;\n";
    let twice = "CREATE TABLE n (k INTEGER PRIMARY KEY, a TEXT);\nINSERT INTO n SELECT k, a FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n\
                 ALTER TABLE t RENAME COLUMN a TO a9;\n";
    for second in [
        format!("{again}ALTER TABLE t RENAME TO t7;\n"),
        format!("{again}ALTER TABLE t RENAME TO t6;\nALTER TABLE t6 RENAME TO t7;\n"),
        format!("{again}{again}ALTER TABLE t RENAME TO t7;\n"),
        format!("{again}ALTER TABLE t RENAME TO t7;\nCREATE TABLE t (z INT);\n"),
        format!("{again}ALTER TABLE t ADD COLUMN c INT;\nALTER TABLE t RENAME TO t7;\n"),
        format!("{again}ALTER TABLE t RENAME TO u;\nALTER TABLE u RENAME TO \"T\";\n"),
        format!("{narrow}ALTER TABLE n RENAME TO t;\nALTER TABLE t RENAME TO o7;\nALTER TABLE o RENAME TO t;\n"),
    ] {
        let way = Way {
            first,
            rows: "INSERT INTO t VALUES (1, 'x', 5), (2, '007', 6);\nINSERT INTO o VALUES (1, 2);",
            second: &second,
            since: "",
        };
        let taken = way.down(&[]);
        taken.ends_with(ALL, "1|x|5 2|007|6").ends_with("SELECT * FROM o", "1|2");
    }
    // References follow a table that is set aside: without any.
    for end in ["t7", "u;\nALTER TABLE u RENAME TO \"T\""] {
        let first = "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b INT);\n";
        way(first, &format!("{aside}ALTER TABLE t RENAME TO {end};\n"), "").down(&[]).ends_with(ALL, "1|x|5 2|007|6");
    }
    way(first, &format!("{twice}ALTER TABLE t RENAME TO t7;\n"), "").down(&[]).ends_with(ALL, "1|x|5 2|007|6");
}

/// What people wrote since into a table of another name is in it after the down.
#[test]
fn rows_written_since_into_a_table_that_was_renamed_stay() {
    let first = "CREATE TABLE t (k INTEGER PRIMARY KEY, a TEXT, b INT);\n";
    let second = "CREATE TABLE n (k INTEGER PRIMARY KEY, a TEXT);\nINSERT INTO n SELECT k, a FROM t;\nDROP TABLE t;\nALTER TABLE n RENAME TO t;\n\
                  ALTER TABLE t RENAME TO t7;\n";
    let taken = way(first, second, "INSERT INTO t7 VALUES (3, 'mine');").down(&[]);
    taken.ends_with(ALL, "1|x|5 2|007|6 3|mine|-");
    let taken = way(first, second, "DELETE FROM t7 WHERE k = 1; UPDATE t7 SET a = 'mine';").down(&["--keep-changed"]);
    taken.ends_with("SELECT k, a FROM t", "2|mine");
}
