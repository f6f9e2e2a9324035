//! To what a row must refer that comes back: to what the table says that the down makes, and to what is there when it has run.

use super::ways::{Way, read, write};

const FAMILY: &str = "SELECT 'p', id, NULL FROM p UNION ALL SELECT 'c', id, p FROM c ORDER BY 1, 2";

/// Rows without a parent go before the table gets its foreign key: the table that the down makes has none.
#[test]
fn a_foreign_key_that_goes_with_the_down() {
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT, v TEXT);\n",
        rows: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1, 'x'), (2, 9, 'mine'), (3, NULL, 'none');",
        second: "DELETE FROM c WHERE p NOT IN (SELECT id FROM p);\nCREATE TABLE n (id INTEGER PRIMARY KEY, p INT REFERENCES p, v TEXT);\n\
            INSERT INTO n SELECT * FROM c;\nDROP TABLE c;\nALTER TABLE n RENAME TO c;\n",
        since: "",
    };
    way.down(&[])
        .ends_with("SELECT * FROM c ORDER BY id", "1|1|x 2|9|mine 3|-|none")
        .says("put back: table c: 1 row inserted again");
    // `undo show` says nothing of them either.
    way.project().run(["undo", "show", "2"]).ok().stdout_has("no row is in the way of a down");
    // A parent that goes meanwhile is no matter of such a table.
    let since =
        "PRAGMA foreign_keys = OFF; DELETE FROM c WHERE id = 1; DELETE FROM p; INSERT INTO c VALUES (5, NULL, 'new');";
    let way = Way { since, ..way };
    way.down(&[]).ends_with("SELECT * FROM c ORDER BY id", "2|9|mine 3|-|none 5|-|new");
}

/// The key of the table leads to one that the up made, and to another one before and after.
#[test]
fn a_foreign_key_to_another_table() {
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p);\n",
        rows: "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2);",
        second: "CREATE TABLE np (id INTEGER PRIMARY KEY);\nINSERT INTO np VALUES (50);\nCREATE TABLE n (id INTEGER PRIMARY KEY, p INT REFERENCES np);\n\
            INSERT INTO n SELECT id, 50 FROM c WHERE id = 1;\nDROP TABLE c;\nALTER TABLE n RENAME TO c;\nDROP TABLE p;\n",
        since: "",
    };
    way.down(&[]).ends_with(FAMILY, "c|1|1 c|2|2 p|1|- p|2|-");
    // A row of people has the new parent: it is theirs, and has none any more.
    let way = Way { since: "INSERT INTO c VALUES (7, 50);", ..way };
    let taken = way.down(&[]);
    taken.output.code(1).error("E0206").stderr_has("1 row of \"c\" would have no parent in \"p\" (id = 7)");
    write(&taken.project, "UPDATE c SET p = NULL WHERE id = 7");
    taken.project.run(["down"]).ok();
    assert_eq!(read(&taken.project, FAMILY), "c|1|1 c|2|2 c|7|- p|1|- p|2|-");
}

/// The table gets its foreign key by the down alone: a row whose parent is gone by then is named, and stays away.
#[test]
fn a_foreign_key_that_comes_with_the_down() {
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p, v TEXT);\n",
        rows: "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 2, 'z');",
        second: "CREATE TABLE n (id INTEGER PRIMARY KEY, p INT, v TEXT);\nINSERT INTO n SELECT * FROM c;\nDROP TABLE c;\nALTER TABLE n RENAME TO c;\n\
            DELETE FROM c WHERE id = 3;\nUPDATE c SET p = NULL WHERE id = 2;\nUPDATE c SET v = v || '!' WHERE id = 1;\n",
        since: "DELETE FROM p WHERE id = 2;",
    };
    let said =
        "table c: 2 rows were deleted or changed by the up, and what they referred to is gone since (id = 2; id = 3)";
    way.is_refused(said);
    for (flag, left) in [("--keep-changed", "left as it is: "), ("--accept-data-loss", "not put back: ")] {
        way.down(&[flag]).ends_with("SELECT * FROM c ORDER BY id", "1|1|x 2|-|y").says(&format!("{left}{said}"));
    }
}

/// Whoever took the parent away took or changed the row as well, as its foreign key says.
#[test]
fn a_changed_row_whose_parent_people_took_away() {
    for (action, now, kept, over) in [
        ("SET NULL", "1 row was changed since (id = 2)", "1|1|1 2|-|3 3|1|3", "1|1|1 2|-|3 3|1|3"),
        ("CASCADE", "1 row was deleted since (id = 2)", "1|1|1 3|1|3", "1|1|1 3|1|3"),
        ("SET DEFAULT", "1 row was changed since (id = 2)", "1|1|1 2|1|3 3|1|3", "1|1|1 2|1|3 3|1|3"),
    ] {
        let first = format!(
            "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT DEFAULT 1 REFERENCES p ON DELETE {action}, v INT);\n"
        );
        let way = Way {
            first: &first,
            rows: "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1, 1), (2, 2, 2), (3, 1, 3);",
            second: "UPDATE c SET v = v + 1;\n",
            since: "DELETE FROM p WHERE id = 2;",
        };
        way.is_refused(&format!("table c: {now}"));
        way.down(&["--keep-changed"]).ends_with("SELECT * FROM c ORDER BY id", kept);
        way.down(&["--accept-data-loss"])
            .ends_with("SELECT * FROM c ORDER BY id", over)
            .says("not put back: table c: 1 row was deleted or changed by the up, and what they referred to is gone since (id = 2)");
    }
}

/// The row stays with what refers to it; others of its table are put back over what people made of them.
#[test]
fn a_row_that_stays_and_one_that_is_put_back_all_the_same() {
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE, v INT);\n\
            CREATE TABLE d (id INTEGER PRIMARY KEY, c INT REFERENCES c ON DELETE CASCADE, v INT);\n",
        rows: "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1, 1), (2, 2, 2); INSERT INTO d VALUES (1, 1, 1), (2, 2, 2);",
        second: "UPDATE c SET v = v + 1;\nUPDATE d SET v = v + 1;\n",
        since: "DELETE FROM p WHERE id = 2; UPDATE d SET v = 77 WHERE id = 1;",
    };
    let query = "SELECT 'c', id, v FROM c UNION ALL SELECT 'd', id, v FROM d ORDER BY 1, 2";
    way.down(&["--keep-changed"]).ends_with(query, "c|1|1 d|1|77");
    way.down(&["--accept-data-loss"])
        .ends_with(query, "c|1|1 d|1|1")
        .says("not put back: table c: 1 row was deleted or changed by the up, and what they referred to is gone since (id = 2)")
        .says("not put back: table d: 1 row was deleted or changed by the up, and what they referred to is gone since (id = 2)");
}

/// The parent is gone, and so is that of a row that a NOT NULL holds: no flag makes room, and the message leads out.
#[test]
fn a_row_that_has_nowhere_to_go() {
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT NOT NULL REFERENCES p);\n",
        rows: "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2);",
        second: "CREATE TABLE n (id INTEGER PRIMARY KEY, p INT REFERENCES p);\nINSERT INTO n SELECT id, NULL FROM c;\nDROP TABLE c;\nALTER TABLE n RENAME TO c;\n",
        since: "DELETE FROM p WHERE id = 2;",
    };
    way.is_refused("what they referred to is gone since (id = 2)");
    for flag in ["--keep-changed", "--accept-data-loss"] {
        let taken = way.down(&[flag]);
        taken.output.stderr_has("1 row of \"c\" would have no parent in \"p\" (id = 2)");
        taken.output.stderr_has("give these rows a parent or delete them, then run `schemactl down` again");
        write(&taken.project, "DELETE FROM c WHERE id = 2");
        taken.project.run(["down", "--keep-changed"]).ok();
        assert_eq!(read(&taken.project, "SELECT * FROM c"), "1|1");
    }
}
