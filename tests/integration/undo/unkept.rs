//! What is not kept is said, with the reason, wherever a down is looked at; and a record is believed of no other run than its own.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

use super::ways::{read, write};

const FIRST: &str = "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v TEXT);\n";

fn with(config: &str, second: &str) -> Project {
    let project = project!();
    project.config(&format!("[sqlite]\nurl = \"sqlite:app.db\"\n{config}"));
    project.file("migrations/sqlite/V1__first.sql", FIRST);
    project.file("migrations/sqlite/V2__second.sql", second);
    project.run(["generate"]).ok();
    project.run(["up", "--to", "1"]).ok();
    write(&project, "INSERT INTO t VALUES (1, 'a')");
    project.run(["up"]).ok();
    project
}

const UPDATE: &str = "UPDATE t SET v = 'q';\n";

#[test]
fn what_nobody_wants_to_keep() {
    for (config, head, why) in [
        ("", "-- schemactl: transaction = none\n", "it was applied statement by statement"),
        ("", "-- schemactl: undo = none\n", "its file says `undo = none`"),
        ("undo = \"none\"\n", "", "the setting `undo` is `none`"),
        ("undo_keep = \"0s\"\n", "", "`undo_keep` is no time"),
    ] {
        let project = with(config, &format!("{head}{UPDATE}"));
        let said = format!("rows that the up changed were not kept, and are not put back: {why}");
        project.run(["down", "--dry-run"]).stdout_has(&said);
        project.run(["down"]).ok().stdout_has(&said);
        assert_eq!(read(&project, "SELECT * FROM t"), "1|q");
    }
}

#[test]
fn a_step_that_does_nothing_to_rows_says_nothing() {
    for (config, head) in [("", "-- schemactl: transaction = none\n"), ("undo = \"none\"\n", "")] {
        let project = with(config, &format!("{head}CREATE TABLE u (id INTEGER PRIMARY KEY);\n"));
        project.run(["down"]).ok().lacks("not kept");
    }
}

#[test]
fn what_is_asked_for_says_why_nothing_was_kept() {
    let project = with("undo = \"none\"\n", "ALTER TABLE t ADD COLUMN n INT;\nUPDATE t SET n = 7;\n");
    let asked = project.run(["down"]);
    asked.code(5).error("E0408").stderr_has("column t.n: 1 value");
    asked.stderr_has(
        "   = cause: rows that the up changed were not kept, and are not put back: the setting `undo` is `none`",
    );
}

/// A version that is applied again after its history was dropped by hand, and of which nothing is kept then.
#[test]
fn a_record_of_an_earlier_history_is_not_believed() {
    for (config, head) in
        [("undo = \"none\"\n", ""), ("", "-- schemactl: undo = none\n"), ("", "-- schemactl: transaction = none\n")]
    {
        let project = with("", UPDATE);
        assert_eq!(read(&project, "SELECT kind FROM schema_migrations_undo WHERE number = 0"), "whole");
        write(&project, "DROP TABLE schema_migrations; DROP TABLE schema_migrations_log; UPDATE t SET v = 'between';");
        project.config(&format!("[sqlite]\nurl = \"sqlite:app.db\"\n{config}existing_database = \"allow\"\n"));
        project.file("migrations/sqlite/V2__second.sql", format!("{head}{UPDATE}"));
        project.run(["up"]).ok();
        project.run(["down"]).ok().stdout_has("were not kept").lacks("put back: table");
        assert_eq!(read(&project, "SELECT * FROM t"), "1|q");
    }
}

#[test]
fn a_record_is_not_believed_of_a_version_that_was_marked_as_applied() {
    let project = with("", UPDATE);
    write(&project, "DELETE FROM schema_migrations WHERE version = 2; UPDATE t SET v = 'q2';");
    project.run(["repair", "--mark-applied", "2", "--yes"]).ok();
    project.run(["down"]).ok().lacks("put back: table");
    assert_eq!(read(&project, "SELECT * FROM t"), "1|q2");
}

/// A full-text index that triggers keep: they do not fire where rows are put back, so that nothing is kept, and the down's own statements fire them.
#[test]
fn a_virtual_table_is_not_kept() {
    let first = "CREATE TABLE d (id INTEGER PRIMARY KEY, t TEXT);\nCREATE VIRTUAL TABLE f USING fts5 (t);\n\
                 CREATE TRIGGER fi AFTER INSERT ON d BEGIN INSERT INTO f (rowid, t) VALUES (new.id, new.t); END;\n\
                 CREATE TRIGGER fd AFTER DELETE ON d BEGIN DELETE FROM f WHERE rowid = old.id; END;\n";
    for (second, why) in [
        ("INSERT INTO d VALUES (10, 'seed');\n", "it writes a virtual table"),
        ("UPDATE f SET t = 'other';\n", "it writes a virtual table"),
        ("DROP TABLE f;\n", "table f is virtual"),
    ] {
        let project = project!();
        project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
        project.file("migrations/sqlite/V1__first.sql", first);
        project.file("migrations/sqlite/V2__second.sql", second);
        project.run(["generate"]).ok();
        project.run(["up", "--to", "1"]).ok();
        write(&project, "INSERT INTO d VALUES (1, 'red'), (2, 'green')");
        project.run(["up"]).ok();
        project.run(["undo", "list"]).ok().stdout_has(why);
        let dry = project.run(["down", "--dry-run"]);
        dry.stdout_has(why).lacks("lossless while kept");
        if second.starts_with("INSERT") {
            project.run(["down", "--accept-data-loss"]).ok();
            assert_eq!(
                read(&project, "SELECT group_concat(t, ',') FROM (SELECT t FROM f ORDER BY rowid)"),
                "red,green"
            );
        }
    }
}
