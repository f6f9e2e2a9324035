//! `generate` and schema.lock: only what is proven is entered.

use std::path::Path;

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

use super::{migration, shop};

fn files(project: &Project) -> String {
    project
        .files()
        .into_iter()
        .filter(|file| Path::new(file).extension().is_some_and(|end| end == "sql"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The example of README.md: the second migration fails, is corrected, and goes on.
#[test]
fn i34_a_migration_that_fails_is_not_entered_and_may_be_corrected() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.file(
        "migrations/sqlite/V0001__create_orders.sql",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY);\nINSERT INTO orders VALUES (1);\n",
    );
    let wrong = "ALTER TABLE orders ADD COLUMN total NUMERIC NOT NULL;\n";
    project.file("migrations/sqlite/V0002__add_total.sql", wrong);
    project.file("migrations/sqlite/V0003__more.sql", "CREATE TABLE more (id INTEGER PRIMARY KEY);\n");
    let output = project.run(["generate"]);
    output
        .code(1)
        .stdout_has("sqlite: V0001__create_orders.sql added")
        .stdout_has("schema.lock is written: 1 migration");
    output
        .stdout_has("not tried: 1 migration, since the up of 2 add_total does not run")
        .lacks("V0002__add_total.sql added");
    output.stderr_has("sqlite: the up of 2 add_total does not run").stderr_has("V0002__add_total.sql:1:1");
    output.stderr_has("neither it nor what comes after it is entered").stderr_has("Cannot add a NOT NULL column");
    let lock = project.read("schema.lock");
    assert!(!lock.contains("V0002") && !lock.contains("V0003"), "{lock}");
    // Again without a change: the same, and nothing is entered behind its back.
    project.run(["generate"]).code(1).stdout_has("schema.lock is up to date: 1 migration");
    project.run(["check"]).code(3).stdout_has("V0002__add_total.sql is not in schema.lock");
    project.file(
        "migrations/sqlite/V0002__add_total.sql",
        "ALTER TABLE orders ADD COLUMN total NUMERIC NOT NULL DEFAULT 0;\n",
    );
    project.run(["generate"]).ok().stdout_has("schema.lock is written: 3 migrations");
    project.run(["check"]).ok();
}

#[test]
fn i34_what_was_proven_stays_entered_where_a_later_one_fails() {
    let project = shop();
    project.run(["generate"]).ok();
    let locked = project.read("schema.lock");
    project.file("migrations/sqlite/V3__bad.sql", "ALTER TABLE nowhere ADD x;\n");
    project.run(["generate"]).code(1).stdout_has("schema.lock is up to date: 2 migrations");
    assert_eq!(project.read("schema.lock"), locked);
    // One that was entered, and is accepted as it is now, and fails: the entry is the old one.
    project.file("migrations/sqlite/V2__add_total.sql", "ALTER TABLE nowhere ADD x;\n");
    project.run(["generate", "--accept-modified"]).code(1);
    assert_eq!(project.read("schema.lock"), locked);
}

#[test]
fn i35_a_wrong_down_is_not_entered_and_check_says_so() {
    let project = shop();
    project.file("migrations/sqlite/V2__add_total.down.sql", "SELECT 1;\n");
    let output = project.run(["generate"]);
    output.code(1).stdout_has("2 add_total: WRONG").stderr_has("the down of 2 add_total is wrong: it is not entered");
    project.run(["check"]).code(3).stdout_has("V2__add_total.sql is not in schema.lock");
    // Where it was proven, and a wrong one took its place.
    let project = shop();
    project.run(["generate"]).ok();
    project.file("migrations/sqlite/V2__add_total.down.sql", "SELECT 1;\n");
    project.run(["generate"]).code(1);
    let check = project.run(["check"]);
    check.code(3).stdout_has("the down of 2 add_total is not proven").stdout_has("V2__add_total.down.sql");
    // An entry without a verdict, as an earlier release wrote it.
    let project = shop();
    project.run(["generate"]).ok();
    let lock: Vec<String> =
        project.read("schema.lock").lines().filter(|line| !line.starts_with("verdict")).map(str::to_owned).collect();
    project.file("schema.lock", lock.join("\n") + "\n");
    project.run(["check"]).code(3).stdout_has("the down of 1 create_orders is not proven");
    project.run(["generate"]).ok();
    project.run(["check"]).ok();
}

/// The head of a generated down says what the up did that it was made for.
#[test]
fn a_generated_down_of_an_accepted_text_is_written_anew() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.file("migrations/sqlite/V1__a.sql", "CREATE TABLE a (x INTEGER);\n");
    project.run(["generate"]).ok();
    project.file("migrations/sqlite/V1__a.sql", "CREATE TABLE a (x INTEGER);\nCREATE TABLE b (y INTEGER);\n");
    project.run(["generate", "--accept-modified"]).ok().stdout_has("table b is dropped");
    assert!(project.read("migrations/sqlite/V1__a.down.sql").contains("DROP TABLE b;"));
    project.run(["check", "--prove"]).ok();
    // One that was edited by hand is whoever's it is.
    let by_hand = project.read("migrations/sqlite/V1__a.down.sql").replace("DROP TABLE b;", "DROP TABLE IF EXISTS b;");
    project.file("migrations/sqlite/V1__a.down.sql", &by_hand);
    project.file("migrations/sqlite/V1__a.sql", "CREATE TABLE a (x INTEGER);\nCREATE TABLE b (z INTEGER);\n");
    project.run(["generate", "--accept-modified"]).ok();
    assert_eq!(project.read("migrations/sqlite/V1__a.down.sql"), by_hand);
}

/// The hint leads on: the text that was accepted is not in schema.lock yet.
#[test]
fn a_down_of_an_accepted_text_is_written_anew() {
    let project = shop();
    project.run(["generate"]).ok();
    project.file("migrations/sqlite/V2__add_total.sql", "CREATE TABLE totals (id INTEGER PRIMARY KEY);\n");
    let down = "migrations/sqlite/V2__add_total.down.sql";
    let again = format!("schemactl generate --accept-modified {down}");
    project.run(["generate", "--accept-modified"]).code(1).stderr_has(&format!("in its place: `{again}`"));
    project.run(again.split(' ').skip(1)).ok().stdout_has("schema.lock is written: 2 migrations");
    project.run(["check"]).ok();
    project.file("migrations/sqlite/V2__add_total.sql", "CREATE TABLE totals (id INTEGER PRIMARY KEY\n");
    let failed = project.run(["generate", "--accept-modified"]);
    failed.code(1).stderr_has("correct it, then run `schemactl generate --accept-modified` again");
}

#[test]
fn an_edit_of_one_version_is_accepted_and_others_are_not() {
    let project = shop();
    project.run(["generate"]).ok();
    let locked = project.read("schema.lock");
    project.file("migrations/sqlite/V1__create_orders.sql", "CREATE TABLE orders (id INTEGER PRIMARY KEY, a);\n");
    project.file("migrations/sqlite/V2__add_total.sql", "ALTER TABLE orders ADD total INTEGER;\n");
    let refused = project.run(["generate", "--accept-modified=1"]);
    refused.code(1).error("E0401").stderr_has("V2__add_total.sql was changed since it was locked\n");
    refused.stderr_has("`schemactl generate --accept-modified=2`");
    assert_eq!(project.read("schema.lock"), locked);
    project.run(["generate", "--accept-modified=1,x"]).code(2).stderr_has("a version is a whole number");
    project.run(["generate", "--accept-modified=1,2"]).ok().stdout_has("V1__create_orders.sql changed");
    project.run(["check"]).ok();
    // A value needs the sign: what stands behind a blank is written anew, as ever.
    project.file("migrations/sqlite/V2__add_total.sql", "ALTER TABLE orders ADD total REAL;\n");
    project.run(["generate", "--accept-modified", "2"]).ok().stdout_has("V2__add_total.sql changed");
    for file in ["V2__add_total.sql", "V2__add_total.down.sql"] {
        std::fs::remove_file(project.path().join("migrations/sqlite").join(file)).unwrap();
    }
    project.run(["generate", "--accept-modified=1"]).code(1).stderr_has("V2__add_total.sql was removed");
    project.run(["generate", "--accept-modified=2"]).ok().stdout_has("V2__add_total.sql removed");
    project.run(["check"]).ok();
}

/// One that takes long is known by its name.
#[test]
fn generate_says_where_it_is_when_asked() {
    let project = shop();
    project.run(["generate"]).ok().lacks("on scratch databases");
    project.file("migrations/sqlite/V3__more.sql", "CREATE TABLE more (id INTEGER);\n");
    let output = project.run(["generate", "-v"]);
    output.ok().stderr_has("3 more is run up, down and up again on scratch databases").lacks("1 create_orders is run");
}

#[test]
fn i35_a_repeatable_file_may_be_edited_once_locked() {
    let project = shop();
    let view =
        |body: &str| format!("-- schemactl: repeat = changed\nDROP VIEW IF EXISTS v;\nCREATE VIEW v AS {body};\n");
    migration(&project, "V3__view", &view("SELECT 1 AS a"), "DROP VIEW v;\n");
    project.run(["generate"]).ok();
    project.run(["up"]).ok();
    project.file("migrations/sqlite/V3__view.sql", view("SELECT 2 AS a"));
    let check = project.run(["check"]);
    check.code(3).stdout_has("V3__view.sql was changed").stdout_has("`schemactl generate` takes it over");
    check.lacks("--accept-modified");
    project.run(["generate"]).ok().stdout_has("V3__view.sql changed");
    project.run(["check"]).ok();
    project.run(["up"]).ok().stdout_has("applied again 3 view");
    // One that is no longer repeatable is one that others may have applied.
    project.file("migrations/sqlite/V3__view.sql", "CREATE VIEW v AS SELECT 3 AS a;\n");
    project.run(["generate"]).code(1).stderr_has("error[E0401]");
}

#[test]
fn i35_check_reads_statements_without_a_database() {
    let project = shop();
    migration(&project, "V3__slips", "SELECT 1;\nCREAT TABLE a (x);\n", "SELECT 1 FRM;;\nDROP TABLE a a;\n");
    let check = project.run(["check"]);
    check
        .code(3)
        .stdout_has("error[E0308]: SQLite 3.")
        .stdout_has("V3__slips.sql:2:1")
        .stdout_has("near \"CREAT\": syntax error");
    check.stdout_has("V3__slips.down.sql:2:1");
    // What only a database can tell is no fault of the text.
    let project = shop();
    let up = "ALTER TABLE nowhere ADD x;\nINSERT INTO missing SELECT my_own(1) FROM other;\nPRAGMA foreign_keys = OFF;\n\
              CREATE VIRTUAL TABLE g USING no_such (x);\nATTACH 'x.db' AS x;\nCREATE INDEX x.i ON t (a);\nVACUUM INTO 'y.db';\n";
    migration(&project, "V3__sound", up, "SELECT 1;\n");
    project.run(["check"]).code(3).lacks("E0308");
    assert!(!files(&project).contains(".db"));
}

#[cfg(feature = "postgres")]
#[test]
fn i35_check_knows_the_commands_of_postgres() {
    let project = project!();
    project.config("[postgres]\nurl = \"postgresql://localhost:1/none\"\n");
    project.file("migrations/postgres/V1__a.sql", "CREAT TABLE a (x int);\n");
    project.file("migrations/postgres/V2__b.sql", "SELECT 1;\nCREATE TABEL b (x int);\n");
    project.file("migrations/postgres/V3__c.sql", "PRAGMA foreign_keys = ON;\n");
    let check = project.run(["check"]);
    check
        .code(3)
        .stdout_has("error[E0308]: `CREAT` begins no command of PostgreSQL")
        .stdout_has("did you mean `CREATE`?");
    check
        .stdout_has("V2__b.sql:2:1")
        .stdout_has("did you mean `CREATE TABLE`?")
        .stdout_has("`PRAGMA` begins no command");
}

#[test]
fn i36_one_down_is_written_anew_by_its_name() {
    let project = shop();
    project.run(["generate"]).ok();
    let by_hand = "-- mine\nDROP TABLE orders;\n";
    project.file("migrations/sqlite/V1__create_orders.down.sql", by_hand);
    project.file("migrations/sqlite/V2__add_total.down.sql", "SELECT 1;\n");
    // The hint of `prove` names the file, and following it touches no other.
    let hint = "`schemactl generate migrations/sqlite/V2__add_total.down.sql`";
    project.run(["prove"]).code(3).stderr_has(hint).lacks("--force");
    project.run(["check", "--prove"]).code(3).stdout_has(hint);
    project.run(["generate", "migrations/sqlite/V2__add_total.down.sql"]).ok().stdout_has("2 add_total");
    assert_eq!(project.read("migrations/sqlite/V1__create_orders.down.sql"), by_hand);
    assert!(project.read("migrations/sqlite/V2__add_total.down.sql").contains("DROP COLUMN total"));
    project.run(["check", "--prove"]).ok();
    for name in ["2", "0002", "V2__add_total.sql", "./migrations/sqlite/V2__add_total.sql"] {
        project.file("migrations/sqlite/V2__add_total.down.sql", "SELECT 1;\n");
        project.run(["generate", name]).ok().stdout_has("2 add_total");
    }
    let output = project.run(["generate", "9"]);
    output.code(2).stderr_has("error[E0409]: `9` is no version and no file of a migration");
    project.run(["generate", "2", "--force"]).code(2);
}

#[test]
fn i36_a_down_by_hand_stays_where_none_can_be_derived() {
    let project = shop();
    let up = "CREATE TABLE log (x); INSERT INTO log VALUES (1);\nPRAGMA application_id = 7;\nDROP TABLE orders;\n";
    let by_hand = "DROP TABLE log;\nCREATE TABLE orders (id INTEGER PRIMARY KEY, total);\n";
    migration(&project, "V3__swap", up, by_hand);
    let output = project.run(["generate", "3"]);
    let text = project.read("migrations/sqlite/V3__swap.down.sql");
    assert!(text == by_hand || text.contains("verdict = loss"), "{}\n{text}", output.text());
}

#[test]
fn i37_what_was_given_up_is_tried_again() {
    let project = shop();
    project.run(["generate"]).ok();
    migration(&project, "V3__note", "ALTER TABLE orders ADD note;\n", "");
    let given_up = "-- Takes back 3 note: irreversible.\n--   * table orders differs\n\
                    -- Generated by `schemactl generate` from what the catalog became.\n\
                    -- schemactl: irreversible = table orders differs\n";
    project.file("migrations/sqlite/V3__note.down.sql", given_up);
    project.run(["generate"]).ok().stdout_has("3 note: lossy; the down is written");
    assert!(project.read("migrations/sqlite/V3__note.down.sql").contains("DROP COLUMN note"));
    // By hand, it is somebody's word.
    let by_hand = "-- schemactl: irreversible = we never go back\n";
    project.file("migrations/sqlite/V3__note.down.sql", by_hand);
    project.run(["generate"]).ok();
    assert_eq!(project.read("migrations/sqlite/V3__note.down.sql"), by_hand);
}

#[test]
fn what_requires_a_module_that_is_there_is_proven() {
    let project = shop();
    project.file(
        "migrations/sqlite/V3__search.sql",
        "-- schemactl: requires = extension fts5\nCREATE VIRTUAL TABLE f USING fts5 (x);\n",
    );
    project.file(
        "migrations/sqlite/V4__none.sql",
        "-- schemactl: requires = extension no_such\nCREATE VIRTUAL TABLE g USING no_such (x);\n",
    );
    let output = project.run(["generate"]);
    output.ok().stdout_has("3 search: ").lacks("3 search: skipped").stdout_has("4 none: skipped");
    assert!(files(&project).contains("V3__search.down.sql"));
}

/// Where nothing could be looked at, there is nothing to be written down.
#[test]
fn a_mistake_in_the_configuration_writes_no_lock() {
    let project = shop();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nscratch_url = \"${NOT_SET}\"\n");
    project.file("migrations/postgres/V1__t.sql", "CREATE TABLE t (id int);\n");
    let output = project.run(["generate"]);
    assert_ne!(output.status.code(), Some(0));
    output.stderr_has("NOT_SET").stdout_has("schema.lock is not written");
    assert!(!project.path().join("schema.lock").exists());
}
