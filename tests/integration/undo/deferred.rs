//! Foreign keys that are checked at the commit, and what is over that is taken away by a run with nothing else to do.

use schemactl_test_support::project;

use super::keys::comes_back;
use super::ways::{Way, read, write};

fn generated(deferred: &str, second: &str) -> String {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    let first = format!(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p {deferred});\n"
    );
    project.file("migrations/sqlite/V1__first.sql", &first);
    project.file("migrations/sqlite/V2__second.sql", second);
    project.run(["generate"]).ok();
    project.read("migrations/sqlite/V2__second.down.sql")
}

#[test]
fn downs_are_written_for_tables_with_deferred_keys() {
    for second in [
        "UPDATE c SET p = 2;\nDELETE FROM p WHERE id = 1;\n",
        "DELETE FROM p;\n",
        "UPDATE c SET p = 99;\n",
        "CREATE TABLE d (id INTEGER PRIMARY KEY);\n",
    ] {
        let down = generated("DEFERRABLE INITIALLY DEFERRED", second);
        let head =
            |down: &str| down.lines().filter(|line| line.contains("verdict")).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(head(&down), head(&generated("", second)), "{second}\n{down}");
    }
}

#[test]
fn rows_of_tables_with_deferred_keys_come_back() {
    comes_back(&Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p DEFERRABLE INITIALLY DEFERRED);\n",
        rows: "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2);",
        second: "DELETE FROM p WHERE id = 1;\nUPDATE c SET p = 2;\n",
        since: "INSERT INTO c VALUES (3, 2);",
    });
}

#[test]
fn a_run_with_nothing_to_do_takes_away_what_is_over() {
    let way = Way {
        first: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);\n",
        rows: "INSERT INTO t VALUES (1, 'secret');",
        second: "UPDATE t SET v = 'q';\n",
        since: "",
    };
    let project = way.project();
    project.run(["up"]).ok().lacks("purged");
    let over = "UPDATE schema_migrations_undo SET kept_until = '2020-01-01T00:00:00.000Z' WHERE kept_until IS NOT NULL";
    write(&project, over);
    let query = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'schema_migrations_undo_2_%'";
    assert_eq!(read(&project, query), "1");
    project.run(["up"]).ok().stderr_has("purged");
    assert_eq!(read(&project, query), "0");
    project.run(["up"]).ok().lacks("purged");
    project.run(["down"]).ok().stdout_has("were kept until 2020-01-01");
}
