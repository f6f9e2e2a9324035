//! What people write, by hand: each with rows of users before the up, between up and down, and after. Each says what is so now, and what a record of
//! the rows that an up touches makes of it.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;
use schemactl_test_support::rusqlite::Connection;

use super::IS_RECORDED;
use super::dump::{Dump, everything};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// With 0, and every row is as it would be had the up never been.
    Exact,
    /// With 5, and nothing was changed.
    Refused,
    /// With 0: no row of users is lost, but what the up did is not all undone. The verdict of the down, or whoever wrote it, said so.
    Left,
}

struct Case<'a> {
    schema: &'a str,
    /// Rows of users before the up, and what they made besides.
    before: &'a str,
    up: &'a str,
    /// Written by hand; else `generate` writes it.
    down: Option<&'a str>,
    between: &'a str,
    /// What users write after the first down: under the first schema where it ran, under the second one where it was refused.
    after: &'a str,
    now: Ends,
    /// What the record makes of it.
    recorded: Ends,
}

impl Case<'_> {
    fn expected(&self) -> Ends {
        if IS_RECORDED { self.recorded } else { self.now }
    }

    #[track_caller]
    fn check(&self) {
        let project = project!();
        project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
        project.file("migrations/sqlite/V1__first.sql", self.schema);
        project.file("migrations/sqlite/V2__second.sql", self.up);
        match self.down {
            Some(down) => drop(project.file("migrations/sqlite/V2__second.down.sql", down)),
            None => drop(project.run(["generate"]).ok()),
        }
        project.run(["up", "--to", "1"]).ok();
        let own = enforcing(Connection::open(project.path().join("app.db")));
        let twin = enforcing(Connection::open_in_memory());
        twin.execute_batch(self.schema).unwrap();
        [&own, &twin].iter().for_each(|connection| connection.execute_batch(self.before).unwrap());
        project.run(["up"]).ok();
        own.execute_batch(self.between).unwrap();
        let first = self.goes_down(&project, &own, &twin, self.between);
        own.execute_batch(self.after).unwrap();
        twin.execute_batch(self.after).unwrap();
        if first == Ends::Exact {
            project.run(["up"]).ok();
        }
        if first != Ends::Left {
            assert_eq!(self.goes_down(&project, &own, &twin, ""), first, "the second time\n{}", self.up);
        }
    }

    /// Runs the down, and looks at what it left.
    #[track_caller]
    fn goes_down(&self, project: &Project, own: &Connection, twin: &Connection, written: &str) -> Ends {
        // Where it cannot stand there, users wrote upon rows of the up.
        let _ = twin.execute_batch(written);
        let before = everything(own);
        let output = project.run(["down"]);
        let has_run = output.status.success();
        let ends = if !has_run {
            output.code(5).stderr_has("   = state: ");
            assert_eq!(everything(own), before, "a refused down changes nothing\n{}", output.text());
            Ends::Refused
        } else if Dump::of(own, true) == Dump::of(twin, true) {
            Ends::Exact
        } else {
            Ends::Left
        };
        let down = project.read("migrations/sqlite/V2__second.down.sql");
        assert_eq!(ends, self.expected(), "{}\n{down}\n{}", self.up, output.text());
        ends
    }
}

fn enforcing(connection: schemactl_test_support::rusqlite::Result<Connection>) -> Connection {
    let connection = connection.unwrap();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    connection
}

const ROLES: &str = "CREATE TABLE role (name TEXT PRIMARY KEY);
CREATE TABLE member (id INTEGER PRIMARY KEY, role TEXT REFERENCES role ON DELETE CASCADE);
CREATE TABLE note (role TEXT);
";
const READERS: &str =
    "INSERT INTO role VALUES ('reader'); INSERT INTO member VALUES (1, 'reader'); INSERT INTO note VALUES ('editor');";

/// The role that the up adds, with members who have it or not.
fn roles(schema: &str, between: &str, recorded: Ends) {
    Case {
        schema,
        before: READERS,
        up: "INSERT INTO role VALUES ('editor');\n",
        down: None,
        between,
        after: "INSERT INTO member VALUES (9, 'reader');",
        now: Ends::Refused,
        recorded,
    }
    .check();
}

#[test]
fn a1_a_row_of_the_up_goes_unless_users_refer_to_it() {
    let nullified = ROLES.replace("CASCADE", "SET NULL");
    let trigger =
        format!("{ROLES}CREATE TRIGGER gone AFTER DELETE ON role BEGIN DELETE FROM note WHERE role = old.name; END;\n");
    for schema in [ROLES, &nullified, &trigger] {
        roles(schema, "INSERT INTO member VALUES (2, 'editor');", Ends::Refused);
    }
    for schema in [ROLES, &nullified] {
        roles(schema, "INSERT INTO member VALUES (2, 'reader');", Ends::Exact);
    }
    // The trigger would delete a note that users wrote: it does not fire when rows are put back.
    roles(&trigger, "INSERT INTO member VALUES (2, 'reader');", Ends::Exact);
}

#[test]
fn a2_a_row_that_was_there_stays_as_it_was() {
    for (up, now) in [
        // The down finds the row by the values that the up gave.
        ("INSERT INTO item VALUES ('a', 1) ON CONFLICT DO NOTHING;\n", Ends::Refused),
        ("INSERT OR IGNORE INTO item VALUES ('a', 1);\n", Ends::Refused),
        ("INSERT INTO item VALUES ('a', 9) ON CONFLICT DO NOTHING;\n", Ends::Exact),
        ("INSERT OR IGNORE INTO item VALUES ('a', 9);\n", Ends::Exact),
        ("INSERT INTO item SELECT 'a', 9 WHERE NOT EXISTS (SELECT 1 FROM item WHERE name = 'a');\n", Ends::Exact),
        ("INSERT INTO item VALUES ('a', 9) ON CONFLICT (name) DO UPDATE SET n = excluded.n;\n", Ends::Refused),
        ("INSERT OR REPLACE INTO item VALUES ('a', 9);\n", Ends::Refused),
        ("REPLACE INTO item VALUES ('a', 9), ('b', 9);\n", Ends::Refused),
    ] {
        let case = Case {
            schema: "CREATE TABLE item (name TEXT PRIMARY KEY, n INTEGER);\n",
            before: "INSERT INTO item VALUES ('a', 1);",
            up,
            down: None,
            between: "INSERT INTO item VALUES ('c', 3);",
            after: "INSERT INTO item VALUES ('d', 4);",
            now,
            recorded: Ends::Exact,
        };
        case.check();
    }
}

const PLANS: &str = "CREATE TABLE plan (id INTEGER PRIMARY KEY, price INTEGER, name TEXT);
CREATE TABLE audit (what TEXT);
CREATE TABLE counter (n INTEGER);
";

#[test]
fn a3_an_update_is_undone_row_by_row() {
    let case = Case {
        schema: PLANS,
        before: "INSERT INTO plan VALUES (1, 10, 'a'), (2, 20, 'b'), (5, NULL, NULL);",
        up: "UPDATE plan SET price = price + 5;\n",
        down: None,
        between: "INSERT INTO plan VALUES (3, 30, 'c');",
        after: "INSERT INTO plan VALUES (4, 40, 'd');",
        now: Ends::Left,
        recorded: Ends::Exact,
    };
    case.check();
    // Where a user has written the row since.
    let between = "UPDATE plan SET price = 99 WHERE id = 1;";
    Case { between, recorded: Ends::Refused, ..case }.check();
    // Or another column of it.
    let between = "UPDATE plan SET name = 'mine' WHERE id = 1;";
    Case { up: "UPDATE plan SET price = 1 WHERE id = 1;\n", between, recorded: Ends::Refused, ..case }.check();
}

#[test]
fn a3_what_a_trigger_wrote_is_undone_too() {
    let logged =
        format!("{PLANS}CREATE TRIGGER t AFTER UPDATE ON plan BEGIN INSERT INTO audit VALUES ('changed'); END;\n");
    let counted = format!("{PLANS}CREATE TRIGGER t AFTER UPDATE ON plan BEGIN UPDATE counter SET n = n + 1; END;\n");
    for schema in [&logged, &counted] {
        let case = Case {
            schema,
            before: "INSERT INTO plan VALUES (1, 10, 'a'); INSERT INTO counter VALUES (7); INSERT INTO audit VALUES ('by hand');",
            up: "UPDATE plan SET price = price + 5;\n",
            down: None,
            between: "INSERT INTO plan VALUES (3, 30, 'c');",
            after: "INSERT INTO plan VALUES (4, 40, 'd');",
            now: Ends::Left,
            recorded: Ends::Exact,
        };
        case.check();
    }
}

#[test]
fn a4_rows_without_a_key_are_told_by_how_many_there_are() {
    let case = Case {
        schema: "CREATE TABLE a (x, y);\nCREATE TABLE b (x, y);\n",
        before: "INSERT INTO a VALUES (1, '1'), (1, '1'), (2, NULL); INSERT INTO b VALUES (1, '1');",
        up: "INSERT INTO b VALUES (1, '1');\n",
        down: None,
        between: "INSERT INTO b VALUES (1, '1');",
        after: "INSERT INTO b VALUES (3, x'00');",
        now: Ends::Refused,
        recorded: Ends::Exact,
    };
    case.check();
    let up = "INSERT INTO b SELECT x, y FROM a;\n";
    Case { up, now: Ends::Left, ..case }.check();
}

#[test]
fn a5_a_table_that_only_the_live_database_has_is_asked_for() {
    let case = Case {
        schema: "CREATE TABLE a (x);\n",
        before: "CREATE TABLE legacy (id INTEGER PRIMARY KEY, x); INSERT INTO legacy VALUES (1, 'x'), (5, NULL);",
        up: "DROP TABLE IF EXISTS legacy;\n",
        down: None,
        between: "INSERT INTO a VALUES (1);",
        after: "INSERT INTO a VALUES (2);",
        now: Ends::Left,
        recorded: Ends::Refused,
    };
    case.check();
}

#[test]
fn a6_a_down_by_hand_that_destroys_rows_is_refused() {
    let case = Case {
        schema: "CREATE TABLE acct (id INTEGER PRIMARY KEY, a INTEGER);\n",
        before: "INSERT INTO acct VALUES (1, 10), (2, 20);",
        up: "CREATE INDEX i ON acct (a);\n",
        down: Some("DROP INDEX i;\nDELETE FROM acct WHERE a > 5;\n"),
        between: "INSERT INTO acct VALUES (3, 1);",
        after: "INSERT INTO acct VALUES (4, 1);",
        now: Ends::Refused,
        recorded: Ends::Refused,
    };
    case.check();
    // Nor does it help that the rows could be told from those that it makes.
    let down = "DROP INDEX i;\nUPDATE acct SET a = 0;\n";
    Case { down: Some(down), ..case }.check();
}

const PEOPLE: &str = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'nobody', code TEXT);\n";
const WITH_CODES: &str =
    "INSERT INTO people VALUES (1, 'a', '00123'), (2, NULL, '1e3'), (3, 'c', ' 7 '), (4, '', NULL);";

#[test]
fn a7_a_column_that_the_up_drops_comes_back_with_its_values() {
    let case = Case {
        schema: PEOPLE,
        before: WITH_CODES,
        up: "ALTER TABLE people ADD COLUMN title TEXT;\nALTER TABLE people DROP COLUMN name;\n",
        down: None,
        between: "INSERT INTO people (id, code) VALUES (7, 'k');",
        after: "INSERT INTO people (id, code) VALUES (8, 'l');",
        now: Ends::Left,
        recorded: Ends::Exact,
    };
    case.check();
    let up = "CREATE TABLE people_new (id INTEGER PRIMARY KEY, code TEXT);\nINSERT INTO people_new SELECT id, code FROM people;\n\
              DROP TABLE people;\nALTER TABLE people_new RENAME TO people;\n";
    Case { up, ..case }.check();
}

/// The generated down knows which column of the table that was made again came to have which name.
#[test]
fn a7_a_column_that_takes_the_name_of_one_that_is_gone_gives_it_back() {
    let case = Case {
        schema: PEOPLE,
        before: WITH_CODES,
        up: "CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'nobody', code TEXT);\n\
             INSERT INTO people_new SELECT id, name, code FROM people;\nDROP TABLE people;\nALTER TABLE people_new RENAME TO people;\n\
             ALTER TABLE people DROP COLUMN name;\nALTER TABLE people RENAME COLUMN code TO name;\n",
        down: None,
        between: "INSERT INTO people (id) VALUES (7);",
        after: "INSERT INTO people (id) VALUES (8);",
        now: Ends::Left,
        recorded: Ends::Exact,
    };
    case.check();
}

#[test]
fn a7_a_column_without_a_value_comes_back_without_it() {
    // With a trigger on the table all its rows are noted before a statement that may replace some.
    let schema = "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT DEFAULT 'x', c);\nCREATE TABLE seen (id);\n\
                  CREATE TRIGGER noted AFTER INSERT ON a BEGIN INSERT INTO seen VALUES (new.id); END;\n";
    let case = Case {
        schema,
        before: "INSERT INTO a VALUES (1, NULL, 1), (2, 'y', 2);",
        up: "REPLACE INTO a (id, c) VALUES (7, 7);\nALTER TABLE a DROP COLUMN b;\n",
        down: Some("ALTER TABLE a ADD COLUMN b TEXT DEFAULT 'x';\n"),
        between: "INSERT INTO a (id, c) VALUES (8, 8);",
        after: "INSERT INTO a (id, c) VALUES (9, 9);",
        now: Ends::Left,
        recorded: Ends::Exact,
    };
    case.check();
}

#[test]
fn a8_a_text_that_became_a_number_comes_back_as_it_was() {
    let case = Case {
        schema: PEOPLE,
        before: WITH_CODES,
        up: "CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'nobody', code INTEGER);\n\
             INSERT INTO people_new SELECT id, name, code FROM people;\nDROP TABLE people;\nALTER TABLE people_new RENAME TO people;\n",
        down: None,
        between: "INSERT INTO people (id, name) VALUES (7, 'k');",
        after: "INSERT INTO people (id, name) VALUES (8, 'l');",
        now: Ends::Left,
        recorded: Ends::Exact,
    };
    case.check();
    // And back, where the column is a number first.
    let schema = PEOPLE.replace("code TEXT", "code INTEGER");
    let up = "CREATE TABLE people_new (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'nobody', code TEXT);\n\
              INSERT INTO people_new SELECT id, name, code FROM people;\nDROP TABLE people;\nALTER TABLE people_new RENAME TO people;\n";
    Case { schema: &schema, up, now: Ends::Refused, ..case }.check();
}
