//! A column that an up adds with a default: what the default has left in rows is no loss, and whatever else is there is one.

use schemactl_test_support::project;
use schemactl_test_support::shop::Shop;

/// A migration that adds column `v` to table `t`, which has rows 1 and 2 by then.
struct Added<'a> {
    up: &'a str,
    /// What users write between up and down.
    between: &'a str,
    /// How many values are asked for.
    asked: usize,
}

impl Added<'_> {
    fn shop(&self, shop: &Shop) {
        shop.project.file(
            &format!("{}/V1__first.sql", shop.folder()),
            "CREATE TABLE t (id integer PRIMARY KEY, n integer);\nCREATE TABLE o (id integer PRIMARY KEY);\n",
        );
        shop.project.file(&format!("{}/V2__second.sql", shop.folder()), self.up);
        shop.project.run(["generate"]).ok();
        shop.project.run(["up", "--to", "1"]).ok();
        shop.execute("INSERT INTO t VALUES (1, 1), (2, 2)");
        shop.project.run(["up"]).ok();
        shop.execute(self.between);
    }

    #[track_caller]
    fn check(&self, shop: &Shop) {
        self.shop(shop);
        self.asks(shop);
    }

    #[track_caller]
    fn asks(&self, shop: &Shop) {
        let (dry, down) = (shop.project.run(["down", "--dry-run"]), shop.project.run(["down"]));
        if self.asked == 0 {
            dry.ok().stdout_has("loses nothing");
            down.ok();
            assert_eq!(shop.query("SELECT count(*) FROM t WHERE id < 3"), "2");
        } else {
            let values = if self.asked == 1 { "1 value".to_owned() } else { format!("{} values", self.asked) };
            dry.ok().stdout_has(&format!("t.v: {values}\n"));
            down.code(5).error("E0408").says(&[&format!("t.v: {values}")]);
            assert_eq!(down.stderr.matches("t.v: ").count(), 1, "{}", down.text());
        }
    }
}

fn both() -> [Shop; 2] {
    Shop::both([project!(), project!()])
}

const FIVE: &str = "ALTER TABLE t ADD COLUMN v integer NOT NULL DEFAULT 5;\n";

#[test]
fn what_a_default_left_in_rows_is_not_asked_for() {
    for definition in [
        "integer NOT NULL DEFAULT 5",
        "integer DEFAULT -5 CHECK (v < 100)",
        "text NOT NULL DEFAULT 'it''s, \"DEFAULT\" 7'",
        "varchar(20) DEFAULT '' NOT NULL",
        "real DEFAULT 0",
        "double precision NOT NULL DEFAULT 1.5",
        "numeric(10, 2) DEFAULT 0",
        "boolean NOT NULL DEFAULT FALSE",
        "bigint CHECK (v <> 9) DEFAULT 0",
        "integer",
    ] {
        for shop in both() {
            Added {
                up: &format!("ALTER TABLE t ADD COLUMN v {definition};\n"),
                between: "INSERT INTO t (id) VALUES (3);",
                asked: 0,
            }
            .check(&shop);
        }
    }
}

#[test]
fn what_people_wrote_there_is() {
    for shop in both() {
        Added { up: FIVE, between: "UPDATE t SET v = 6 WHERE id = 1", asked: 1 }.check(&shop);
    }
    for shop in both() {
        let between = "UPDATE t SET v = 5; INSERT INTO t VALUES (3, 3, 5), (4, 4, 4), (6, 6, 0);";
        Added { up: FIVE, between, asked: 2 }.check(&shop);
    }
    for shop in both() {
        let up = "ALTER TABLE t ADD COLUMN v text DEFAULT 'a';\n";
        Added { up, between: "UPDATE t SET v = 'A' WHERE id = 1; UPDATE t SET v = NULL WHERE id = 2;", asked: 1 }
            .check(&shop);
    }
    // Two columns at once, of which one holds something.
    for shop in both() {
        let up = format!("{FIVE}ALTER TABLE t ADD COLUMN w text DEFAULT 'w';\n");
        Added { up: &up, between: "UPDATE t SET v = 7 WHERE id = 2", asked: 1 }.check(&shop);
    }
}

/// Rows of another table, of which a record is kept, are no matter.
#[test]
fn an_up_that_writes_other_rows_too_leaves_the_default_all_the_same() {
    for (up, between, asked) in [
        ("INSERT INTO o VALUES (1);\n", "", 0),
        ("INSERT INTO o VALUES (1);\n", "UPDATE t SET v = 6 WHERE id = 1", 1),
        // What it wrote itself is in the record: a user's 5 is none of it.
        ("UPDATE t SET v = n;\n", "", 0),
        ("UPDATE t SET v = n;\n", "UPDATE t SET v = 5 WHERE id = 2", 1),
        // Of the other rows the default is known.
        ("UPDATE t SET v = 9 WHERE id = 1;\n", "", 0),
        ("UPDATE t SET v = 9 WHERE id = 1;\n", "INSERT INTO t VALUES (3, 3, 4);", 1),
        ("UPDATE t SET v = 9 WHERE id = 1;\n", "UPDATE t SET v = 6 WHERE id = 2", 1),
        ("UPDATE t SET v = 9 WHERE id = 1;\n", "UPDATE t SET v = 5 WHERE id = 1", 1),
        ("UPDATE t SET v = 9 WHERE id = 1;\nDELETE FROM t WHERE id = 7;\n", "UPDATE t SET v = NULL WHERE id = 9", 0),
        // Another column goes, so that on SQLite the down makes the table again.
        ("ALTER TABLE t DROP COLUMN n;\nUPDATE t SET v = 9 WHERE id = 1;\n", "", 0),
        ("ALTER TABLE t DROP COLUMN n;\nUPDATE t SET v = 9 WHERE id = 1;\n", "UPDATE t SET v = 6 WHERE id = 2", 1),
        ("ALTER TABLE t DROP COLUMN n;\nUPDATE t SET v = 9;\n", "UPDATE t SET v = 5", 2),
    ] {
        for shop in both() {
            Added { up: &format!("{FIVE}{up}"), between, asked }.check(&shop);
        }
    }
}

#[test]
fn where_it_is_not_known_what_the_up_left_all_counts() {
    // Nothing is kept of rows that it wrote.
    for shop in [Shop::unrecorded(project!()), Shop::unrecorded_postgres(project!())] {
        Added { up: &format!("{FIVE}UPDATE t SET v = n;\n"), between: "UPDATE t SET v = 5 WHERE id = 2", asked: 2 }
            .check(&shop);
    }
    for shop in both() {
        let folder = shop.folder();
        let added = Added { up: FIVE, between: "", asked: 2 };
        added.shop(&shop);
        // An older release has no such file, and runs the down that is stored.
        std::fs::remove_file(shop.project.path().join(format!("{folder}/V2__second.sql"))).unwrap();
        std::fs::remove_file(shop.project.path().join(format!("{folder}/V2__second.down.sql"))).unwrap();
        shop.project.env("SCHEMACTL_NEWER_DATABASE", "allow");
        added.asks(&shop);
    }
}

#[test]
fn sqlite_a_table_that_was_made_again_may_have_other_values() {
    let shop = Shop::sqlite(project!());
    // In the up itself.
    let up = format!(
        "{FIVE}CREATE TABLE t2 (id integer PRIMARY KEY, n integer, v integer NOT NULL DEFAULT 5);\n\
         INSERT INTO t2 SELECT id, n, n * 10 FROM t;\nDROP TABLE t;\nALTER TABLE t2 RENAME TO t;\n"
    );
    Added { up: &up, between: "UPDATE t SET v = 5 WHERE id = 1", asked: 2 }.check(&shop);
    // By hand, with another default.
    let shop = Shop::sqlite(project!());
    let by_hand = "CREATE TABLE t2 (id integer PRIMARY KEY, n integer, v integer NOT NULL DEFAULT 7); INSERT INTO t2 SELECT id, n, 7 FROM t; \
                   DROP TABLE t; ALTER TABLE t2 RENAME TO t;";
    Added { up: FIVE, between: by_hand, asked: 2 }.check(&shop);
}

/// The copy of a table that is made again leaves its default in a column that the table had not.
#[test]
fn sqlite_a_new_column_of_a_table_that_is_made_again() {
    let again = |copy: &str, more: &str| {
        format!(
            "CREATE TABLE t2 (id integer PRIMARY KEY, n integer, v TEXT NOT NULL DEFAULT 'n', CHECK (v <> ''));\n{copy};\nDROP TABLE t;\n\
             ALTER TABLE t2 RENAME TO t;\nCREATE INDEX i ON t (v);\n{more}"
        )
    };
    let (named, in_order) = ("INSERT INTO t2 (id, n) SELECT id, n FROM t", "INSERT INTO t2 SELECT id, n, 'n' FROM t");
    for (copy, more, between, asked) in [
        (named, "", "", 0),
        (named, "", "INSERT INTO t (id) VALUES (3); UPDATE t SET n = 9", 0),
        (named, "", "UPDATE t SET v = 'mine' WHERE id = 2", 1),
        (named, "", "INSERT INTO t (id, v) VALUES (3, 'N')", 1),
        (named, "UPDATE t SET v = 'w' WHERE id = 1;\n", "", 0),
        (named, "UPDATE t SET v = 'w' WHERE id = 1;\n", "UPDATE t SET v = 'n' WHERE id = 1", 1),
        (named, "UPDATE t SET v = 'w' WHERE id = 1;\n", "UPDATE t SET v = 'w' WHERE id = 2", 1),
        (named, "ALTER TABLE t ADD COLUMN w TEXT DEFAULT 'x';\n", "", 0),
        (named, "ALTER TABLE t RENAME COLUMN n TO m;\nINSERT INTO o VALUES (1);\n", "", 0),
        // What the copy itself puts there is in its text, or in the record.
        (in_order, "", "", 0),
        (in_order, "", "UPDATE t SET v = 'mine' WHERE id = 2", 1),
        ("INSERT INTO t2 (id, n, v) SELECT id, n, upper(n) FROM t", "", "UPDATE t SET v = 'n' WHERE id = 1", 1),
        // Another column's values are not told apart from those of people.
        ("INSERT INTO t2 (id, n, v) SELECT id, n, n FROM t", "", "UPDATE t SET v = 'mine' WHERE id = 1", 2),
    ] {
        Added { up: &again(copy, more), between, asked }.check(&Shop::sqlite(project!()));
    }
    // Where nothing is kept of rows, it is not known what the up wrote.
    let up = again(named, "UPDATE t SET v = 'w' WHERE id = 1;\n");
    Added { up: &up, between: "", asked: 2 }.check(&Shop::unrecorded(project!()));
}

/// Beside the table that gets the column another one is made again.
#[test]
fn sqlite_another_table_that_is_made_again_is_no_matter() {
    let again = "CREATE TABLE o2 (id integer PRIMARY KEY, x TEXT DEFAULT 'y');\nINSERT INTO o2 (id) SELECT id FROM o;\nDROP TABLE o;\n\
                 ALTER TABLE o2 RENAME TO o;\n";
    for (up, between, asked) in [
        (format!("{FIVE}{again}"), "INSERT INTO o (id) VALUES (1)", 0),
        (format!("{again}{FIVE}"), "UPDATE t SET v = 6 WHERE id = 1", 1),
        (format!("{FIVE}{again}UPDATE t SET v = 7 WHERE id = 1;\n"), "UPDATE t SET v = 5 WHERE id = 1", 1),
        (format!("{FIVE}ALTER TABLE o RENAME TO p;\nINSERT INTO p VALUES (1);\n"), "", 0),
    ] {
        Added { up: &up, between, asked }.check(&Shop::sqlite(project!()));
    }
}

/// After DEFAULT a word is a text, also where a column is called so.
#[test]
fn sqlite_a_default_in_each_of_its_forms() {
    let definitions = [
        "TEXT DEFAULT n",
        "TEXT DEFAULT x",
        "TEXT DEFAULT key NOT NULL",
        "TEXT DEFAULT \"n\"",
        "TEXT DEFAULT \"x y\"",
        "TEXT DEFAULT [a\"b'c]",
        "TEXT DEFAULT `x` COLLATE NOCASE",
        "TEXT DEFAULT \"true\"",
        "TEXT DEFAULT true",
        "TEXT DEFAULT 0",
        "TEXT DEFAULT -1.50",
        "TEXT DEFAULT + 1e5",
        "TEXT DEFAULT x'00ff'",
        "varchar(9) DEFAULT ('it''s')",
        "BOOLEAN DEFAULT TRUE",
        "BOOLEAN NOT NULL DEFAULT false",
        "INTEGER DEFAULT +1",
        "INTEGER DEFAULT -1",
        "INTEGER DEFAULT - 1",
        "INTEGER DEFAULT (7)",
        "INTEGER DEFAULT ( -7 )",
        "INTEGER DEFAULT '5'",
        "INTEGER DEFAULT 5.0",
        "INTEGER DEFAULT 0x1f",
        "INTEGER DEFAULT abc",
        "REAL DEFAULT 1e5",
        "REAL DEFAULT '1.5'",
        "NUMERIC DEFAULT '1.50'",
        "NUMERIC DEFAULT '9007199254740993'",
        "BLOB DEFAULT X''",
        "BLOB DEFAULT x",
        "DEFAULT x",
        "DEFAULT '5'",
        "TEXT DEFAULT NULL",
        "TEXT DEFAULT (NULL)",
    ];
    // What a user wrote is none of it: the value of the column whose name the default is, and one that is nearly the same.
    let mine = ["n", "'X'", "x'78'"];
    for (definition, mine) in definitions.into_iter().zip(mine.into_iter().cycle()) {
        let up = format!("ALTER TABLE t ADD COLUMN v {definition};\n");
        let between = "INSERT INTO t (id) VALUES (3);";
        Added { up: &up, between, asked: 0 }.check(&Shop::sqlite(project!()));
        let written = format!("{up}INSERT INTO o VALUES (1);\nUPDATE t SET n = 5 WHERE id = 1;\n");
        Added { up: &written, between, asked: 0 }.check(&Shop::sqlite(project!()));
        let between = format!("UPDATE t SET v = {mine} WHERE id = 2");
        Added { up: &up, between: &between, asked: 1 }.check(&Shop::sqlite(project!()));
    }
    // Without a row an up may add a column whose default is another one each time: which it was is not known.
    for definition in ["TEXT DEFAULT current_timestamp", "INTEGER DEFAULT (abs(-7) + random())"] {
        let shop = Shop::sqlite(project!());
        let up = format!(
            "DELETE FROM t;\nALTER TABLE t ADD COLUMN v {definition};\nINSERT INTO t (id, n) VALUES (1, 1), (2, 2);\n"
        );
        Added { up: &up, between: "UPDATE t SET v = '2020-01-01' WHERE id = 2", asked: 1 }.shop(&shop);
        let down = shop.project.run(["down", "--dry-run"]);
        assert!(!down.text().contains("E0510"), "{}", down.text());
    }
}

#[test]
fn postgres_the_server_says_what_a_default_left() {
    for (definition, between, asked) in [
        ("timestamptz NOT NULL DEFAULT now()", "", 0),
        ("timestamptz NOT NULL DEFAULT now()", "UPDATE t SET v = '2020-01-01' WHERE id = 1", 1),
        // A new row has the moment at which it was written.
        ("timestamptz NOT NULL DEFAULT now()", "INSERT INTO t (id) VALUES (3)", 1),
        ("jsonb NOT NULL DEFAULT '{\"a\": [1, \"x\"]}'", "", 0),
        ("jsonb NOT NULL DEFAULT '{\"a\": [1, \"x\"]}'", "UPDATE t SET v = '{}' WHERE id = 1", 1),
        ("json DEFAULT '{}'::json", "", 0),
        ("bytea DEFAULT '\\x00ff'", "", 0),
        ("interval DEFAULT '1 day'", "UPDATE t SET v = '24 hours' WHERE id = 1", 1),
        ("char(5) DEFAULT 'a'", "", 0),
        // Each row has another one.
        ("uuid DEFAULT gen_random_uuid()", "", 2),
        // Of an array it is not told.
        ("integer[] DEFAULT '{1,2}'", "", 2),
        // The server keeps the default apart from the rows until it writes them anew.
        ("integer DEFAULT 5", "VACUUM FULL t", 2),
        // Another default since, by hand: rows have the first one.
        (
            "integer DEFAULT 5",
            "ALTER TABLE t ALTER v SET DEFAULT 7; INSERT INTO t (id) VALUES (3); ALTER TABLE t ALTER v SET DEFAULT 5;",
            1,
        ),
    ] {
        let shop = Shop::postgres(project!());
        Added { up: &format!("ALTER TABLE t ADD COLUMN v {definition};\n"), between, asked }.check(&shop);
    }
    // A table of another schema has the same name.
    let shop = Shop::postgres(project!());
    let up = "CREATE SCHEMA s;\nCREATE TABLE s.t (id integer PRIMARY KEY);\nALTER TABLE s.t ADD COLUMN v integer DEFAULT 5;\n\
              ALTER TABLE t ADD COLUMN v integer;\n";
    Added { up, between: "UPDATE t SET v = 5 WHERE id = 1", asked: 1 }.check(&shop);
}
