//! What the proof says of users' rows, through the command.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

use super::{migration, shop};

const ACCT: &str = "CREATE TABLE acct (id INTEGER PRIMARY KEY, mail TEXT);\n";
const INDEX: &str = "CREATE INDEX acct_mail ON acct (mail);\n";

fn accounts(down: &str) -> Project {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    migration(&project, "V1__acct", ACCT, "DROP TABLE acct;\n");
    migration(&project, "V2__index", INDEX, down);
    project
}

#[test]
fn a6_a_down_by_hand_that_loses_rows_is_a_finding() {
    let project = accounts("DROP INDEX acct_mail;\nDELETE FROM acct WHERE id > 0;\n");
    project.run(["generate"]).ok();
    let check = project.run(["check", "--prove"]);
    check.code(3).stdout_has("error[E0413]: the down of 2 index loses what its head does not declare");
    check.stdout_has("V2__index.down.sql").stdout_has("`-- schemactl: loses = rows acct deleted` there says so");
    // The hint leads out of it.
    let declared = "-- schemactl: loses = rows acct deleted\nDROP INDEX acct_mail;\nDELETE FROM acct WHERE id > 0;\n";
    project.file("migrations/sqlite/V2__index.down.sql", declared);
    project.run(["generate"]).ok();
    project.run(["check", "--prove"]).ok();
    let false_word = "-- schemactl: verdict = lossless\nDROP INDEX acct_mail;\nUPDATE acct SET mail = lower(mail);\n";
    project.file("migrations/sqlite/V2__index.down.sql", false_word);
    project.run(["generate"]).ok();
    let check = project.run(["check", "--prove"]);
    check.code(3).stdout_has("its head says that it is lossless: rows of table acct are changed");
    project.run(["prove", "--all"]).ok().stdout_has("2 index: lossy\n  * rows of table acct are changed");
}

#[test]
fn a9_an_up_that_does_not_run_over_rows_is_a_finding_that_can_be_passed() {
    let project = accounts("DROP INDEX acct_mail;\n");
    let rebuild = "CREATE TABLE n (id INTEGER PRIMARY KEY, mail TEXT, name TEXT NOT NULL);\n\
                   INSERT INTO n (id, mail) SELECT id, mail FROM acct;\nDROP TABLE acct;\nALTER TABLE n RENAME TO acct;\n";
    project.file("migrations/sqlite/V3__name.sql", rebuild);
    project.run(["generate"]).ok().stdout_has("NOT NULL constraint failed: n.name");
    let check = project.run(["check", "--prove"]);
    check.code(3).stdout_has("error[E0419]: 3 name could not be tried over rows as users have them");
    check.stdout_has("hint: `schemactl check --prove --allow 3` passes it");
    project.run(["check", "--prove", "--allow", "3"]).ok();
    project.run(["check", "--prove", "--allow", "2"]).code(3);
    project.run(["check", "--allow", "3"]).code(2).stderr_has("--prove");
}

#[test]
fn a1_a2_a_generated_down_names_what_it_deletes() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    let before = "CREATE TABLE role (name TEXT PRIMARY KEY, note TEXT);\n\
                  CREATE TABLE member (id INTEGER PRIMARY KEY, role TEXT REFERENCES role ON DELETE CASCADE);\n";
    project.file("migrations/sqlite/V1__role.sql", before);
    project
        .file("migrations/sqlite/V2__editor.sql", "INSERT INTO role VALUES ('editor', 'x') ON CONFLICT DO NOTHING;\n");
    project.run(["generate"]).ok().stdout_has("lossy; the down is written");
    let down = project.read("migrations/sqlite/V2__editor.down.sql");
    for line in ["-- schemactl: loses = rows role deleted", "DELETE FROM role WHERE name = 'editor' AND note = 'x';"] {
        assert!(down.lines().any(|other| other == line), "{line}\n{down}");
    }
    project.run(["check", "--prove"]).ok();
}

#[test]
fn an_ordinary_project_has_no_findings() {
    let project = shop();
    project.file("migrations/sqlite/V3__lines.sql", "CREATE TABLE lines (orders INTEGER REFERENCES orders);\n");
    project.file("migrations/sqlite/V4__index.sql", "CREATE INDEX lines_orders ON lines (orders);\n");
    project.run(["generate"]).ok().stdout_has("4 index: lossless");
    project.run(["check", "--prove"]).ok();
}

#[test]
fn a4_rows_that_a_down_left_are_named_where_the_up_fails_over_them() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\nundo = \"none\"\n");
    project.file(
        "migrations/sqlite/V1__tables.sql",
        "CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (id INTEGER PRIMARY KEY);\n",
    );
    project.file("migrations/sqlite/V2__fill.sql", "INSERT INTO b SELECT id FROM a;\n");
    project.run(["generate"]).ok();
    project.run(["up", "--to", "1"]).ok();
    shop_of(&project).execute_batch("INSERT INTO a VALUES (1), (2);").unwrap();
    project.run(["up"]).ok();
    project.run(["down"]).ok();
    let up = project.run(["up"]);
    up.code(1).stderr_has("cause: UNIQUE constraint failed: b.id").stderr_has("= state: rolled back");
    up.stderr_has(
        "hint: a row with this key is there already, maybe one that a `down` of this migration left: take it away",
    );
    shop_of(&project).execute_batch("DELETE FROM b;").unwrap();
    project.run(["up"]).ok();
}

/// The rows are there already, and the rule is new: what to look for is said.
#[test]
fn rows_that_a_new_rule_refuses_are_to_be_mended_first() {
    for place in super::place::Place::all() {
        place.write("V1__users", "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\n", "DROP TABLE users;\n");
        place.project.run(["up"]).ok();
        place.by_hand("INSERT INTO users VALUES (1, 'a'), (2, 'a')");
        let hint =
            "hint: rows that are there have this key more than once: find them (GROUP BY the key, HAVING count(*) > 1)";
        for head in ["", "-- schemactl: transaction = none\n"] {
            place.write(
                "V2__unique",
                &format!("{head}CREATE UNIQUE INDEX by_email ON users (email);\n"),
                "DROP INDEX by_email;\n",
            );
            let state =
                if head.is_empty() { "= state: rolled back" } else { "= state: none of its statements is done" };
            place
                .project
                .run(["up"])
                .code(1)
                .error("E0204")
                .stderr_has(hint)
                .stderr_has(state)
                .lacks("left: take it away");
        }
        let mended =
            "UPDATE users SET email = email || id WHERE id = 2;\nCREATE UNIQUE INDEX by_email ON users (email);\n";
        place.write("V2__unique", mended, "DROP INDEX by_email;\n");
        place.project.run(["up"]).ok();
        place.write("V3__more", "INSERT INTO users VALUES (3, 'a');\n", "DELETE FROM users WHERE id = 3;\n");
        place.project.run(["up"]).code(1).error("E0204").stderr_has("left: take it away").lacks("more than once");
    }
}

fn shop_of(project: &Project) -> rusqlite::Connection {
    rusqlite::Connection::open(project.path().join("app.db")).unwrap()
}
