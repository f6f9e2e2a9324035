//! SQLite: full-text indexes and other virtual tables beside what is kept of rows.

use schemactl_test_support::project;

use super::ways::{Way, read, write};

const FIRST: &str = "CREATE TABLE d (id INTEGER PRIMARY KEY, t TEXT, n INT);\n";
const ROWS: &str = "INSERT INTO d VALUES (1, 'red fox', 5), (2, 'green', 6);";
const ALL: &str = "SELECT * FROM d ORDER BY id";

/// An index of the texts of `d`, which triggers keep.
const INDEX: &str = "CREATE VIRTUAL TABLE f USING fts5 (t, content = 'd', content_rowid = 'id');
INSERT INTO f (f) VALUES ('rebuild');
CREATE TRIGGER fi AFTER INSERT ON d BEGIN INSERT INTO f (rowid, t) VALUES (new.id, new.t); END;
CREATE TRIGGER fd AFTER DELETE ON d BEGIN INSERT INTO f (f, rowid, t) VALUES ('delete', old.id, old.t); END;
CREATE TRIGGER fu AFTER UPDATE ON d BEGIN
    INSERT INTO f (f, rowid, t) VALUES ('delete', old.id, old.t);
    INSERT INTO f (rowid, t) VALUES (new.id, new.t);
END;
";

/// A virtual table that the up makes and its down drops is the up's own: what else the up did to rows is kept and put back.
#[test]
fn what_an_up_writes_into_a_virtual_table_of_its_own_is_no_matter() {
    for second in [
        format!("{INDEX}UPDATE d SET t = t || '!';\n"),
        format!("UPDATE d SET t = 'one', n = 0 WHERE id = 1;\n{INDEX}DELETE FROM d WHERE id = 2;\n"),
        format!("ALTER TABLE d ADD COLUMN v TEXT DEFAULT 'v';\n{INDEX}"),
        format!("{INDEX}INSERT INTO d VALUES (3, 'seed', 0);\nALTER TABLE d DROP COLUMN n;\n"),
        "CREATE VIRTUAL TABLE \"f f\" USING fts4 (content=\"d\", t);\nINSERT INTO \"f f\" (docid, t) SELECT id, t FROM d;\nUPDATE d SET n = 1;\n"
            .to_owned(),
    ] {
        for since in ["", "INSERT INTO d (id, t) VALUES (9, 'mine'); UPDATE d SET t = 'mine' WHERE id = 9; DELETE FROM d WHERE id = 9;"] {
            let way = Way { first: FIRST, rows: ROWS, second: &second, since };
            way.down(&[]).ends_with(ALL, "1|red fox|5 2|green|6").output.lacks("were not kept");
        }
        let mine = Way { first: FIRST, rows: ROWS, second: &second, since: "INSERT INTO d (id, t) VALUES (9, 'mine');" };
        let down = mine.down(&[]);
        assert_eq!(read(&down.project, "SELECT t FROM d WHERE id = 9"), "mine", "{second}{}", down.output.text());
    }
}

/// What a virtual table holds that has rows of its own may be people's by then: the down asks for these, and for nothing else.
#[test]
fn rows_of_a_virtual_table_of_the_up_are_asked_for_alone() {
    let texts = "CREATE VIRTUAL TABLE f USING fts5 (t);\nINSERT INTO f (rowid, t) SELECT id, t FROM d;\n";
    for (table, second) in [
        ("f", format!("{texts}UPDATE d SET t = 'x';\n")),
        ("f", format!("{texts}DELETE FROM f WHERE rowid = 1;\nUPDATE f SET t = 'y';\nUPDATE d SET n = n + 1;\nDELETE FROM d WHERE id = 2;\n")),
        ("r", "CREATE VIRTUAL TABLE r USING rtree (id, low, high);\nINSERT INTO r SELECT id, n, n FROM d;\nUPDATE d SET n = NULL;\n".to_owned()),
    ] {
        let way = Way { first: FIRST, rows: ROWS, second: &second, since: "" };
        let project = way.project();
        let asked = project.run(["down"]);
        asked.code(5).error("E0408").stderr_has(&format!("would lose table {table}: ")).lacks("table d");
        project.run(["down", "--accept-data-loss"]).ok();
        assert_eq!(read(&project, ALL), "1|red fox|5 2|green|6");
    }
}

/// What a virtual table holds that stays is not kept, and no trigger that keeps it fires where rows are put back: so nothing is.
#[test]
fn what_an_up_writes_into_a_virtual_table_that_stays_is_not_kept() {
    let second = format!("{INDEX}UPDATE d SET n = 0;\n");
    // The down leaves the index.
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.file("migrations/sqlite/V1__first.sql", FIRST);
    project.file("migrations/sqlite/V2__second.sql", &second);
    project.file("migrations/sqlite/V2__second.down.sql", "DROP TRIGGER fi;\nDROP TRIGGER fd;\nDROP TRIGGER fu;\n");
    project.run(["up", "--to", "1"]).ok();
    write(&project, ROWS);
    project.run(["up"]).ok();
    project.run(["undo", "list"]).ok().stdout_has("it writes a virtual table");
    // The index was there, beside one that goes.
    let first = format!("{FIRST}{INDEX}");
    for second in [
        "UPDATE d SET t = 'x';\n",
        "INSERT INTO f (f) VALUES ('optimize');\nUPDATE d SET n = 0;\n",
        "CREATE VIRTUAL TABLE g USING fts5 (t);\nINSERT INTO g (rowid, t) SELECT id, t FROM d;\nUPDATE d SET t = 'x';\n",
        "CREATE VIRTUAL TABLE g USING fts5 (t);\nCREATE TRIGGER gi AFTER UPDATE ON d BEGIN INSERT INTO g (t) VALUES (new.t); END;\nUPDATE d SET t = 'x';\n",
    ] {
        let way = Way { first: &first, rows: ROWS, second, since: "" };
        way.project().run(["undo", "list"]).ok().stdout_has("it writes a virtual table");
    }
}
