//! Values of columns that come back to rows which were changed since, where the key says that they are the same rows.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

use super::ways::{Taken, Way, read, write};

/// What a message says of one column, or of several.
const BACK: &str = "back by the key";
const WITHOUT: &str = "no value in";

/// Four rows with notes, the last without.
const ITEM: Way<'_> = Way {
    first: "CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT, note TEXT);\n",
    rows: "INSERT INTO item (n, note) VALUES (10, 'one'), (20, 'two'), (30, 'three'), (40, NULL);",
    second: "ALTER TABLE item DROP COLUMN note;\n",
    since: "UPDATE item SET n = n + 1 WHERE id IN (1, 4);",
};
const QUERY: &str = "SELECT id, n, note FROM item ORDER BY n";

/// Asserts what stands in the table after `down --keep-changed`. The refusal and the dry run say the same before.
#[track_caller]
fn ends_with(way: &Way<'_>, down: Option<&str>, query: &str, rows: &str) -> Taken {
    let project = match down {
        Some(down) => by_hand(way, down),
        None => way.project(),
    };
    project.run(["down"]).code(5).error("E0415");
    let tried = project.run(["down", "--dry-run"]);
    tried.ok();
    let shown = project.run(["undo", "show", "2"]);
    let output = project.run(["down", "--keep-changed"]);
    output.ok();
    for words in [BACK, WITHOUT] {
        assert_eq!(tried.text().contains(words), output.text().contains(words), "{}\n{}", tried.text(), output.text());
    }
    shown.ok().stdout_has("in the way of a down: table ");
    // What a down by hand makes of a row shows once it runs.
    if down.is_none() {
        assert_eq!(shown.text().contains(BACK), output.text().contains(BACK), "{}\n{}", shown.text(), output.text());
    }
    assert_eq!(read(&project, query), rows, "{}", output.text());
    Taken { project, output }
}

/// The same as [`Way::project`], with a down of people.
fn by_hand(way: &Way<'_>, down: &str) -> Project {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.file("migrations/sqlite/V1__first.sql", way.first);
    project.file("migrations/sqlite/V2__second.sql", way.second);
    project.file("migrations/sqlite/V2__second.down.sql", down);
    project.run(["up", "--to", "1"]).ok();
    write(&project, way.rows);
    project.run(["up"]).ok();
    write(&project, way.since);
    project
}

/// As an ALTER TABLE drops the column, and as a table is made again without it.
const WAYS_UP: [&str; 2] = [
    "ALTER TABLE item DROP COLUMN note;\n",
    "CREATE TABLE item_new (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT);\nINSERT INTO item_new SELECT id, n FROM item;\n\
     DROP TABLE item;\nALTER TABLE item_new RENAME TO item;\n",
];

#[test]
fn a_number_of_the_database_brings_the_value_back() {
    for second in WAYS_UP {
        let way = Way { second, ..ITEM };
        let done = ends_with(&way, None, QUERY, "1|11|one 2|20|two 3|30|three 4|41|-");
        done.output.stderr_has(BACK).stderr_lacks(WITHOUT);
    }
}

/// Without AUTOINCREMENT a number is given again once the highest one is free: that of a row below one that stayed is not.
#[test]
fn a_number_below_one_that_stayed_is_sure() {
    for (first, second) in [(ITEM.first, ITEM.second), (ITEM.first, WAYS_UP[1])] {
        let (first, second) = (first.replace(" AUTOINCREMENT", ""), second.replace(" AUTOINCREMENT", ""));
        let way = Way { first: &first, second: &second, ..ITEM };
        // 4 is above all that stayed.
        let done = ends_with(&way, None, QUERY, "1|11|one 2|20|two 3|30|three 4|41|-");
        done.says(BACK).says(WITHOUT);
        let since = "DELETE FROM item WHERE id > 2; INSERT INTO item (n) VALUES (33), (44); UPDATE item SET n = 11 WHERE id = 1";
        ends_with(&Way { since, ..way }, None, QUERY, "1|11|one 2|20|two 3|33|- 4|44|-").says(BACK).says(WITHOUT);
        let since = "UPDATE item SET n = n + 1";
        ends_with(&Way { since, ..way }, None, QUERY, "1|11|- 2|21|- 3|31|- 4|41|-").output.stderr_lacks(BACK);
    }
}

#[test]
fn so_does_a_uuid_and_a_part_of_a_key() {
    for (id, key) in
        [("UUID", "PRIMARY KEY (id)"), ("uuid", "PRIMARY KEY (shop, id)"), ("Uuid NOT NULL", "PRIMARY KEY (id, shop)")]
    {
        for options in ["", " WITHOUT ROWID"] {
            let first = format!(
                "CREATE TABLE item (shop TEXT NOT NULL DEFAULT 'a', id {id}, n INT, note TEXT, {key}){options};\n"
            );
            let rows = "INSERT INTO item (id, n, note) VALUES ('x1', 10, 'one'), ('x2', 20, 'two');";
            let since = "UPDATE item SET n = 11 WHERE id = 'x1'; INSERT INTO item (id, n) VALUES ('x3', 30)";
            let way = Way { first: &first, rows, since, ..ITEM };
            ends_with(&way, None, QUERY, "x1|11|one x2|20|two x3|30|-").says(BACK);
        }
    }
}

#[test]
fn a_key_of_people_brings_none_back() {
    for (id, key) in [
        ("TEXT", "PRIMARY KEY (id)"),
        ("INT", "PRIMARY KEY (id)"),
        ("INTEGER", "PRIMARY KEY (id, shop)"),
        ("TEXT", "PRIMARY KEY (id)) WITHOUT ROWID --"),
    ] {
        let first = format!(
            "CREATE TABLE item (shop TEXT NOT NULL DEFAULT 'autoincrement', id {id}, n INT, note TEXT, {key}\n);\n"
        );
        let first = if first.contains("--") { first.replace(" --\n)", "") } else { first };
        let rows = "INSERT INTO item (id, n, note) VALUES (1, 10, 'one'), (2, 20, 'two'), (3, 30, 'three');";
        let since = "UPDATE item SET n = 11 WHERE n = 10";
        let way = Way { first: &first, rows, since, ..ITEM };
        let done = ends_with(&way, None, QUERY, "1|11|- 2|20|two 3|30|three");
        done.says("where it is left so, column note has no value in it").output.stderr_lacks(BACK);
    }
}

#[test]
fn rows_that_came_since_have_none() {
    let since = "UPDATE item SET n = n + 1; INSERT INTO item (n) VALUES (50); DELETE FROM item WHERE id = 2";
    let way = Way { since, ..ITEM };
    ends_with(&way, None, QUERY, "1|11|one 3|31|three 4|41|- 5|50|-")
        .says("put back: table item: 3 values of column note restored, 1 newer row without");
}

#[test]
fn a_count_that_was_set_back_is_not_sure() {
    for since in [
        "DELETE FROM item; DELETE FROM sqlite_sequence; INSERT INTO item (n) VALUES (11), (21), (31)",
        "UPDATE sqlite_sequence SET seq = 1; DELETE FROM item WHERE id > 1; INSERT INTO item (n) VALUES (22), (33); UPDATE item SET n = 11 WHERE id = 1",
    ] {
        let project = Way { since, ..ITEM }.project();
        project.run(["down", "--keep-changed"]).ok().stderr_has(WITHOUT).stderr_lacks(BACK);
        assert_eq!(read(&project, "SELECT count(note) FROM item"), "0", "{since}");
    }
}

#[test]
fn rows_whose_keys_changed_places_do_not_get_each_others_values() {
    let since = "UPDATE item SET id = -id WHERE id < 3; UPDATE item SET id = 3 + id WHERE id < 0;";
    let done = ends_with(&Way { since, ..ITEM }, None, QUERY, "2|10|- 1|20|- 3|30|three 4|40|-");
    done.says(WITHOUT).output.stderr_lacks(BACK);
    let since =
        "DELETE FROM item WHERE id = 2; UPDATE item SET id = 2 WHERE id = 1; UPDATE item SET n = 31 WHERE id = 3";
    ends_with(&Way { since, ..ITEM }, None, QUERY, "2|10|- 3|31|three 4|40|-").says(WITHOUT).says(BACK);
    let since = "UPDATE item SET id = 500 WHERE id = 1; UPDATE item SET n = 21 WHERE id = 2";
    ends_with(&Way { since, ..ITEM }, None, QUERY, "500|10|- 2|21|two 3|30|three 4|40|-").says(BACK);
    // What many rows had says nothing.
    let rows = "INSERT INTO item (n, note) VALUES (1, 'one'), (1, 'two'), (2, 'three'), (2, 'four');";
    let since = "UPDATE item SET n = 2 WHERE id = 1; DELETE FROM item WHERE id = 3; UPDATE item SET n = 3 WHERE id = 4";
    let query = "SELECT id, n, note FROM item ORDER BY id";
    ends_with(&Way { rows, since, ..ITEM }, None, query, "1|2|one 2|1|two 4|3|four").output.stderr_lacks(WITHOUT);
}

#[test]
fn a_column_of_people_keeps_what_they_wrote() {
    let since = "ALTER TABLE item ADD COLUMN note TEXT; UPDATE item SET note = 'mine' WHERE id IN (1, 2); UPDATE item SET n = n + 1 WHERE id IN (1, 3)";
    let down = Some("UPDATE item SET n = n WHERE 0;\n");
    let done = ends_with(&Way { since, ..ITEM }, down, QUERY, "1|11|mine 2|20|mine 3|31|three 4|40|-");
    done.says("id = 1; id = 2").says(BACK);
}

#[test]
fn defaults_are_nothing_of_people() {
    for column in [
        "TEXT DEFAULT 'none'",
        "TEXT NOT NULL DEFAULT ''",
        "TEXT NOT NULL DEFAULT -1.5",
        "TEXT NOT NULL DEFAULT 'it''s'",
    ] {
        let first = ITEM.first.replace("note TEXT", &format!("note {column}"));
        let rows = "INSERT INTO item (n, note) VALUES (10, 'one'), (20, 'two'), (30, 'three');";
        let since = "UPDATE item SET n = n + 1 WHERE id = 1";
        let by_hand = format!("ALTER TABLE item ADD COLUMN note {column};\n");
        for (second, down) in [(WAYS_UP[0], None), (WAYS_UP[1], None), (WAYS_UP[0], Some(by_hand.as_str()))] {
            let way = Way { first: &first, rows, since, second };
            ends_with(&way, down, QUERY, "1|11|one 2|20|two 3|30|three").output.stderr_lacks(WITHOUT);
        }
    }
    // Of a column that has no default, and one that is unique, what is kept goes along.
    for column in ["TEXT NOT NULL", "TEXT NOT NULL UNIQUE", "TEXT NOT NULL CHECK (note > '')"] {
        let first = ITEM.first.replace("note TEXT", &format!("note {column}"));
        let rows = "INSERT INTO item (n, note) VALUES (10, 'one'), (20, 'two'), (30, 'three');";
        let since = "UPDATE item SET n = n + 1 WHERE id < 3";
        let way = Way { first: &first, rows, since, second: WAYS_UP[1] };
        ends_with(&way, None, QUERY, "1|11|one 2|21|two 3|30|three").output.stderr_lacks(WITHOUT);
    }
}

/// A down by hand that makes the column of what people wrote.
#[test]
fn what_a_down_by_hand_writes_there_stays() {
    let way = Way {
        first: "CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);\n",
        rows: "INSERT INTO item (name) VALUES ('Ann Lee'), ('Bo Ray'), (NULL);",
        second: "ALTER TABLE item ADD COLUMN last TEXT;\nUPDATE item SET last = substr(name, instr(name, ' ') + 1);\n\
                 ALTER TABLE item DROP COLUMN name;\n",
        since: "UPDATE item SET last = 'Moe' WHERE id = 1",
    };
    let down = "CREATE TABLE item_old (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, last TEXT);\n\
                INSERT INTO item_old SELECT id, 'x ' || last, last FROM item;\nDROP TABLE item;\nALTER TABLE item_old RENAME TO item;\n";
    ends_with(&way, Some(down), "SELECT id, name FROM item ORDER BY id", "1|x Moe 2|Bo Ray 3|-").says(WITHOUT);
}

#[test]
fn rows_that_the_up_changed_get_what_it_dropped_of_them() {
    for drop in WAYS_UP {
        let second = format!("UPDATE item SET n = n + 100 WHERE id <= 2;\n{drop}");
        let since = "UPDATE item SET n = n + 1 WHERE id IN (1, 3); INSERT INTO item (n) VALUES (500)";
        let way = Way { second: &second, since, ..ITEM };
        let query = "SELECT id, n, note FROM item ORDER BY id";
        let done = ends_with(&way, None, query, "1|111|one 2|20|two 3|31|three 4|40|- 5|500|-");
        done.says(BACK).says("1 newer row without").output.stderr_lacks(WITHOUT);
    }
}

#[test]
fn a_converted_value_comes_back_where_people_left_it() {
    let first = ITEM.first.replace("note TEXT", "code TEXT");
    let rows = "INSERT INTO item (n, code) VALUES (10, '001'), (20, '002'), (30, '003'), (40, '4');";
    let second = "CREATE TABLE item_new (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT, code INTEGER);\nINSERT INTO item_new SELECT id, n, code FROM item;\n\
                  DROP TABLE item;\nALTER TABLE item_new RENAME TO item;\n";
    let since = "UPDATE item SET n = n + 1 WHERE id IN (1, 3); UPDATE item SET code = 7 WHERE id = 3";
    let way = Way { first: &first, rows, second, since };
    let query = "SELECT id, n, code FROM item ORDER BY id";
    ends_with(&way, None, query, "1|11|001 2|20|002 3|31|7 4|40|4").says("column code gets its value back by the key");
}

#[test]
fn a_table_that_was_renamed() {
    let second = "ALTER TABLE item DROP COLUMN note;\nALTER TABLE item RENAME COLUMN id TO number;\nALTER TABLE item RENAME TO thing;\n";
    let since = "UPDATE thing SET n = n + 1 WHERE number IN (1, 4)";
    let down = "ALTER TABLE thing RENAME TO item;\nALTER TABLE item RENAME COLUMN number TO id;\nALTER TABLE item ADD COLUMN note TEXT;\n";
    ends_with(&Way { second, since, ..ITEM }, Some(down), QUERY, "1|11|one 2|20|two 3|30|three 4|41|-").says(BACK);
}

/// A value that the row as people made it does not take keeps no other one away.
#[test]
fn a_value_that_does_not_fit_is_left_out_alone() {
    let way = Way {
        first: "CREATE TABLE team (id INTEGER PRIMARY KEY);\n\
            CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT, note TEXT CHECK (n < 100 OR note IS NULL), team INT REFERENCES team DEFERRABLE INITIALLY DEFERRED);\n",
        rows: "INSERT INTO team VALUES (1), (2); INSERT INTO item (n, note, team) VALUES (10, 'one', 1), (20, 'two', 2), (30, 'three', 1);",
        second: "CREATE TABLE item_new (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT);\nINSERT INTO item_new SELECT id, n FROM item;\n\
                 DROP TABLE item;\nALTER TABLE item_new RENAME TO item;\n",
        since: "UPDATE item SET n = 150 WHERE id = 1; UPDATE item SET n = 22 WHERE id = 2; UPDATE item SET n = 33 WHERE id = 3; DELETE FROM team WHERE id = 2;",
    };
    let query = "SELECT id, n, note, team FROM item ORDER BY id";
    let done = ends_with(&way, None, query, "1|150|-|1 2|22|two|- 3|33|three|1");
    done.says(BACK).says(WITHOUT);
    assert_eq!(read(&done.project, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
}

#[test]
fn agreeing_to_a_loss_alone_puts_whole_rows_back() {
    let second = "UPDATE item SET n = n + 100 WHERE id <= 2;\nALTER TABLE item DROP COLUMN note;\n";
    let way = Way { second, since: "UPDATE item SET n = 7 WHERE id IN (1, 3)", ..ITEM };
    way.down(&["--accept-data-loss"]).ends_with(QUERY, "3|7|three 1|10|one 2|20|two 4|40|-");
}
