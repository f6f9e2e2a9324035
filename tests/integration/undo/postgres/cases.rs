//! What people write, by hand: each with rows of users before the up, between up and down, and after.

use super::hand::{Hand, Twins};

struct HandCase<'a> {
    schema: &'a str,
    /// Rows of users before the up, and what they made besides.
    before: &'a str,
    up: &'a str,
    /// Written by hand; else `generate` writes it.
    down: Option<&'a str>,
    between: &'a str,
    /// What users write after the first down: under the first schema where it ran, under the second one where it was refused.
    after: &'a str,
    ends: Hand,
}

impl HandCase<'_> {
    #[track_caller]
    fn check(&self) {
        let twins = Twins::new(self.schema, self.before);
        twins.second(self.up, self.down);
        twins.run("up").ok();
        twins.write(self.between);
        let output = twins.down(self.ends);
        if self.ends == Hand::Left {
            return;
        }
        twins.write(self.after);
        if self.ends == Hand::Exact {
            twins.run("up").ok();
        }
        let again = twins.down(self.ends);
        assert_eq!(output.status, again.status, "{}", again.text());
    }
}

const ROLES: &str = "CREATE TABLE role (name text PRIMARY KEY);
CREATE TABLE member (id int PRIMARY KEY, role text REFERENCES role ON DELETE CASCADE);
CREATE TABLE note (no int PRIMARY KEY, role text);
";
const READERS: &str = "INSERT INTO role VALUES ('reader'); INSERT INTO member VALUES (1, 'reader'); INSERT INTO note VALUES (1, 'editor');";

/// The role that the up adds, with members who have it or not.
#[track_caller]
fn roles(schema: &str, between: &str, ends: Hand) {
    HandCase {
        schema,
        before: READERS,
        up: "INSERT INTO role VALUES ('editor');\n",
        down: None,
        between,
        after: "INSERT INTO member VALUES (9, 'reader');",
        ends,
    }
    .check();
}

#[test]
fn a1_a_row_of_the_up_goes_unless_users_refer_to_it() {
    let nullified = ROLES.replace("CASCADE", "SET NULL");
    let late = ROLES.replace("CASCADE", "CASCADE DEFERRABLE INITIALLY DEFERRED");
    let trigger = format!(
        "{ROLES}CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM note WHERE role = old.name; RETURN NULL; END $$;
CREATE TRIGGER gone AFTER DELETE ON role FOR EACH ROW EXECUTE FUNCTION gone();\n"
    );
    for schema in [ROLES, &nullified, &trigger, &late] {
        roles(schema, "INSERT INTO member VALUES (2, 'editor');", Hand::Refused);
    }
    for schema in [ROLES, &nullified] {
        roles(schema, "INSERT INTO member VALUES (2, 'reader');", Hand::Exact);
    }
    // The trigger would delete a note that users wrote: it does not fire when rows are put back.
    roles(&trigger, "INSERT INTO member VALUES (2, 'reader');", Hand::Exact);
}

#[test]
fn a2_a_row_that_was_there_stays_as_it_was() {
    for up in [
        "INSERT INTO item VALUES ('a', 1) ON CONFLICT DO NOTHING;\n",
        "INSERT INTO item VALUES ('a', 9), ('b', 2) ON CONFLICT (name) DO NOTHING;\n",
        "INSERT INTO item SELECT 'a', 9 WHERE NOT EXISTS (SELECT 1 FROM item WHERE name = 'a');\n",
        "INSERT INTO item VALUES ('a', 9) ON CONFLICT (name) DO UPDATE SET n = excluded.n;\n",
        "INSERT INTO item VALUES ('a', 1) ON CONFLICT (name) DO UPDATE SET n = excluded.n;\n",
        "DELETE FROM item WHERE name = 'a';\nINSERT INTO item VALUES ('a', 9), ('b', 9);\n",
        "MERGE INTO item USING (VALUES ('a', 9), ('b', 9)) AS s (name, n) ON item.name = s.name WHEN MATCHED THEN UPDATE SET n = s.n WHEN NOT MATCHED THEN INSERT VALUES (s.name, s.n);\n",
    ] {
        HandCase {
            schema: "CREATE TABLE item (name text PRIMARY KEY, n int);\n",
            before: "INSERT INTO item VALUES ('a', 1);",
            up,
            down: None,
            between: "INSERT INTO item VALUES ('c', 3);",
            after: "INSERT INTO item VALUES ('d', 4);",
            ends: Hand::Exact,
        }
        .check();
    }
}

const PLANS: &str = "CREATE TABLE plan (id int PRIMARY KEY, price int, name text);
CREATE TABLE audit (no int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text);
CREATE TABLE counter (id int PRIMARY KEY, n int);
";

#[test]
fn a3_an_update_is_undone_row_by_row() {
    let case = HandCase {
        schema: PLANS,
        before: "INSERT INTO plan VALUES (1, 10, 'a'), (2, 20, 'b'), (5, NULL, NULL);",
        up: "UPDATE plan SET price = price + 5;\n",
        down: None,
        between: "INSERT INTO plan VALUES (3, 30, 'c');",
        after: "INSERT INTO plan VALUES (4, 40, 'd');",
        ends: Hand::Exact,
    };
    case.check();
    // Where a user has written the row since.
    HandCase { between: "UPDATE plan SET price = 99 WHERE id = 1;", ends: Hand::Refused, ..case }.check();
    // Or another column of it.
    let between = "UPDATE plan SET name = 'mine' WHERE id = 1;";
    HandCase { up: "UPDATE plan SET price = 1 WHERE id = 1;\n", between, ends: Hand::Refused, ..case }.check();
    // Or has deleted it, or put another one in its place.
    HandCase { between: "DELETE FROM plan WHERE id = 1;", ends: Hand::Refused, ..case }.check();
    let (up, between) = ("DELETE FROM plan WHERE id = 1;\n", "INSERT INTO plan VALUES (1, 10, 'mine');");
    HandCase { up, between, ends: Hand::Refused, ..case }.check();
    // Keys that change places.
    let up = "UPDATE plan SET id = -id WHERE id < 3;\nUPDATE plan SET id = id + 3 WHERE id < 0;\n";
    HandCase { up, ..case }.check();
}

#[test]
fn a3_what_a_trigger_wrote_is_undone_too() {
    let with = |name: &str, body: &str| {
        format!(
            "{PLANS}CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NULL; END $$;
CREATE TRIGGER {name} AFTER UPDATE ON plan FOR EACH ROW EXECUTE FUNCTION {name}();\n"
        )
    };
    let logged = with("logged", "INSERT INTO audit (what) VALUES ('changed')");
    let counted = with("counted", "UPDATE counter SET n = n + 1");
    for schema in [&logged, &counted] {
        HandCase {
            schema,
            before: "INSERT INTO plan VALUES (1, 10, 'a'); INSERT INTO counter VALUES (1, 7); INSERT INTO audit (what) VALUES ('by hand');",
            up: "UPDATE plan SET price = price + 5;\n",
            down: None,
            between: "INSERT INTO plan VALUES (3, 30, 'c');",
            after: "INSERT INTO plan VALUES (4, 40, 'd');",
            ends: Hand::Exact,
        }
        .check();
    }
}

#[test]
fn a4_a_table_without_a_key_is_undone_or_asked_for() {
    let case = HandCase {
        schema: "CREATE TABLE a (x int, y text);\nCREATE TABLE b (x int, y text);\n",
        before: "INSERT INTO a VALUES (1, '1'), (1, '1'), (2, NULL); INSERT INTO b VALUES (1, '1');",
        up: "INSERT INTO b VALUES (1, '1');\n",
        down: None,
        between: "INSERT INTO b VALUES (1, '1');",
        after: "INSERT INTO b VALUES (3, 'x');",
        ends: Hand::Exact,
    };
    let twins = Twins::new(case.schema, case.before);
    twins.second(case.up, case.down);
    twins.run("up").ok();
    twins.write(case.between);
    let (ends, output) = twins.goes_down("down");
    let is_right = if twins.is_kept(2) || ends == Hand::Exact { ends == Hand::Exact } else { ends == Hand::Refused };
    assert!(is_right, "{ends:?}\n{}", output.text());
}

#[test]
fn a5_a_table_that_only_the_live_database_has_is_asked_for() {
    HandCase {
        schema: "CREATE TABLE a (x int PRIMARY KEY);\n",
        before: "CREATE TABLE legacy (id int PRIMARY KEY, x text); INSERT INTO legacy VALUES (1, 'x'), (5, NULL);",
        up: "DROP TABLE IF EXISTS legacy;\n",
        down: None,
        between: "INSERT INTO a VALUES (1);",
        after: "INSERT INTO a VALUES (2);",
        ends: Hand::Refused,
    }
    .check();
}

#[test]
fn a6_a_down_by_hand_that_destroys_rows_is_refused() {
    let case = HandCase {
        schema: "CREATE TABLE acct (id int PRIMARY KEY, a int);\n",
        before: "INSERT INTO acct VALUES (1, 10), (2, 20);",
        up: "CREATE INDEX i ON acct (a);\n",
        down: Some("DROP INDEX i;\nDELETE FROM acct WHERE a > 5;\n"),
        between: "INSERT INTO acct VALUES (3, 1);",
        after: "INSERT INTO acct VALUES (4, 1);",
        ends: Hand::Refused,
    };
    case.check();
    // Nor does it help that the rows could be told from those that it makes.
    HandCase { down: Some("DROP INDEX i;\nUPDATE acct SET a = 0;\n"), ..case }.check();
    // Nor that the up has written other rows.
    let up = "CREATE INDEX i ON acct (a);\nINSERT INTO acct VALUES (7, 7);\n";
    HandCase { up, ..case }.check();
    // What it does to rows of the up is its own matter.
    let down = Some("DELETE FROM acct WHERE id = 7;\nDROP INDEX i;\n");
    HandCase { up, down, ends: Hand::Exact, ..case }.check();
}

const PEOPLE: &str = "CREATE TABLE people (id int PRIMARY KEY, name text DEFAULT 'nobody', code text);\n";
const WITH_CODES: &str =
    "INSERT INTO people VALUES (1, 'a', '00123'), (2, NULL, '13'), (3, 'c', ' 7 '), (4, '', NULL);";

#[test]
fn a7_a_column_that_the_up_drops_comes_back_with_its_values() {
    let case = HandCase {
        schema: PEOPLE,
        before: WITH_CODES,
        up: "ALTER TABLE people ADD COLUMN title text;\nALTER TABLE people DROP COLUMN name;\n",
        down: None,
        between: "INSERT INTO people (id, code) VALUES (7, 'k');",
        after: "INSERT INTO people (id, code) VALUES (8, 'l');",
        ends: Hand::Exact,
    };
    case.check();
    // A table that is made again under its name.
    let up = "CREATE TABLE people_new (id int PRIMARY KEY, code text);\nINSERT INTO people_new SELECT id, code FROM people;\n\
              DROP TABLE people;\nALTER TABLE people_new RENAME TO people;\n";
    let down = "CREATE TABLE people_old (id int PRIMARY KEY, name text DEFAULT 'nobody', code text);\nINSERT INTO people_old (id, code) SELECT id, code FROM people;\n\
                DROP TABLE people;\nALTER TABLE people_old RENAME TO people;\n";
    let twins = Twins::new(PEOPLE, WITH_CODES);
    twins.second(up, Some(down));
    twins.run("up").ok();
    twins.write(case.between);
    let (ends, output) = twins.goes_down("down");
    // The rows of the new table are the up's, and those of the old one come back: what users wrote meanwhile is in the way, or stays.
    let has_written = twins.own.psql("SELECT count(*) FROM people WHERE id = 7") == "1";
    assert!(has_written, "{ends:?}\n{}", output.text());
}

#[test]
fn a7_a_column_without_a_value_comes_back_without_it() {
    HandCase {
        schema: "CREATE TABLE a (id int PRIMARY KEY, b text DEFAULT 'x', c int);\n",
        before: "INSERT INTO a VALUES (1, NULL, 1), (2, 'y', 2);",
        up: "INSERT INTO a (id, c) VALUES (7, 7);\nALTER TABLE a DROP COLUMN b;\n",
        down: Some("ALTER TABLE a ADD COLUMN b text DEFAULT 'x';\n"),
        between: "INSERT INTO a (id, c) VALUES (8, 8);",
        after: "INSERT INTO a (id, c) VALUES (9, 9);",
        ends: Hand::Exact,
    }
    .check();
}

#[test]
fn a8_a_text_that_became_a_number_comes_back_as_it_was() {
    let case = HandCase {
        schema: PEOPLE,
        before: WITH_CODES,
        up: "ALTER TABLE people ALTER COLUMN code TYPE int USING code::int;\n",
        down: None,
        between: "INSERT INTO people (id, name) VALUES (7, 'k');",
        after: "INSERT INTO people (id, name) VALUES (8, 'l');",
        ends: Hand::Exact,
    };
    case.check();
}

/// What the conversion itself does not bring back comes from the record, or is asked for.
#[test]
fn a8_a_number_that_became_a_text_comes_back_or_is_asked_for() {
    let twins = Twins::new(&PEOPLE.replace("code text", "code int"), &WITH_CODES.replace(" 7 ", "7"));
    twins.second(
        "ALTER TABLE people ALTER COLUMN code TYPE text;\nUPDATE people SET code = '#' || code;\n",
        Some("ALTER TABLE people ALTER COLUMN code TYPE int USING ltrim(code, '#')::int;\n"),
    );
    twins.run("up").ok();
    twins.write("INSERT INTO people (id, name) VALUES (7, 'k');");
    let (ends, output) = twins.goes_down("down");
    assert_ne!(ends, Hand::Left, "{}", output.text());
}

#[test]
fn a9_a_table_that_the_up_drops_comes_back_with_its_rows() {
    let schema = "CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t timestamptz, f float8);\n\
                  CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, a text[], twice int GENERATED ALWAYS AS (id * 2) STORED);\n";
    let before = "INSERT INTO parent (t, f) VALUES ('2024-03-10 02:30:00.123456+05:30', '-0'), ('-infinity', 'NaN'), (NULL, NULL);
        INSERT INTO child VALUES (1, 1, '{\"a b\",NULL,\"NULL\"}'), (2, NULL, '{}');";
    let case = HandCase {
        schema,
        before,
        up: "DROP TABLE child;\nDROP TABLE parent;\n",
        down: None,
        between: "",
        after: "",
        ends: Hand::Exact,
    };
    case.check();
    HandCase { up: "TRUNCATE parent, child;\n", ..case }.check();
    HandCase { up: "TRUNCATE parent CASCADE;\n", ..case }.check();
    HandCase { up: "DELETE FROM child;\nDELETE FROM parent WHERE id = 1;\n", ..case }.check();
}

#[test]
fn a10_a_table_that_the_up_makes_and_fills_goes_unless_users_wrote_in_it() {
    let case = HandCase {
        schema: "CREATE TABLE a (x int PRIMARY KEY);\n",
        before: "INSERT INTO a VALUES (1), (2);",
        up: "CREATE TABLE b (x int PRIMARY KEY, y text);\nINSERT INTO b SELECT x, 'of the up' FROM a;\n",
        down: None,
        between: "INSERT INTO a VALUES (3);",
        after: "INSERT INTO a VALUES (4);",
        ends: Hand::Exact,
    };
    case.check();
    for between in [
        "INSERT INTO b VALUES (9, 'mine');",
        "UPDATE b SET y = 'mine' WHERE x = 1;",
        "UPDATE b SET y = NULL WHERE x = 1;",
        "DELETE FROM b WHERE x = 1; INSERT INTO b VALUES (8, 'of the up');",
    ] {
        HandCase { between, ends: Hand::Refused, ..case }.check();
    }
}
