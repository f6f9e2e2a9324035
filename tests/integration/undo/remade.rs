//! SQLite: a table that the up makes again, and to whose rows, columns or name it does something besides.

use super::ways::{Way, read};

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

/// A down that does not know what a column was called drops it: that is asked for, where its values were copied and are in no record.
#[test]
fn a_column_with_another_name_is_asked_for() {
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
    ] {
        let taken = way(first, &second, "").down(&[]);
        if taken.output.status.success() {
            // Or the down gives it its name back.
            taken.ends_with(ALL, "1|x|5 2|007|6");
            continue;
        }
        taken.output.code(5).error("E0408").stderr_has("column t.b9: 2 values").stderr_has("had another name");
        let count = read(&taken.project, "SELECT count(b9) FROM t");
        assert_eq!(count, "2");
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
