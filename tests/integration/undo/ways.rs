//! Where rows of users are in the way of a down: what is said leads out, whichever way is taken.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::project;
use schemactl_test_support::rusqlite::Connection;
use schemactl_test_support::rusqlite::types::Value;

/// A database with a first schema and rows of users, a second migration, and what users wrote since.
pub(super) struct Way<'a> {
    pub(super) first: &'a str,
    pub(super) rows: &'a str,
    pub(super) second: &'a str,
    pub(super) since: &'a str,
}

pub(super) struct Taken {
    pub(super) project: Project,
    pub(super) output: Output,
}

impl Way<'_> {
    /// The database before the down.
    pub(super) fn project(&self) -> Project {
        let project = project!();
        project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
        project.file("migrations/sqlite/V1__first.sql", self.first);
        project.file("migrations/sqlite/V2__second.sql", self.second);
        project.run(["generate"]).ok();
        project.run(["up", "--to", "1"]).ok();
        write(&project, self.rows);
        project.run(["up"]).ok();
        write(&project, self.since);
        project
    }

    pub(super) fn down(&self, flags: &[&str]) -> Taken {
        let project = self.project();
        let output = project.run(["down"].iter().chain(flags));
        Taken { project, output }
    }

    /// A refusal that names this, after which every row is there still.
    #[track_caller]
    pub(super) fn is_refused(&self, cause: &str) {
        let project = self.project();
        let before = super::dump::everything(&open(&project));
        project.run(["down"]).code(5).error("E0415").stderr_has(cause).lacks("put back: table");
        assert_eq!(super::dump::everything(&open(&project)), before);
    }
}

impl Taken {
    #[track_caller]
    pub(super) fn ends_with(&self, query: &str, rows: &str) -> &Self {
        self.output.ok();
        assert_eq!(read(&self.project, query), rows, "{}", self.output.text());
        self
    }

    #[track_caller]
    pub(super) fn says(&self, text: &str) -> &Self {
        self.output.stderr_has(text);
        self
    }
}

pub(super) fn open(project: &Project) -> Connection {
    let connection = Connection::open(project.path().join("app.db")).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    connection
}

pub(super) fn write(project: &Project, sql: &str) {
    open(project).execute_batch(sql).unwrap();
}

/// `1|a 2|b`.
pub(super) fn read(project: &Project, query: &str) -> String {
    let connection = open(project);
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let text = |value: Value| match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text,
        Value::Blob(bytes) => format!("{bytes:?}"),
    };
    let mut rows = statement.query([]).unwrap();
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let values: Vec<String> = (0..columns).map(|at| text(row.get(at).unwrap())).collect();
        all.push(values.join("|"));
    }
    all.join(" ")
}

const UNIQUE: Way<'_> = Way {
    first: "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT UNIQUE);\n",
    rows: "INSERT INTO t VALUES (1, 'a'), (2, 'z');",
    second: "UPDATE t SET k = k || '!';\n",
    since: "INSERT INTO t VALUES (5, 'a');",
};

#[test]
fn a_unique_value_that_was_taken_since() {
    UNIQUE.is_refused(
        "table t: 1 row cannot be put back beside what was written since: UNIQUE constraint failed: t.k (id = 1)",
    );
    UNIQUE.down(&[]).output.stderr_has("--keep-changed").stderr_has("--accept-data-loss");
    UNIQUE
        .down(&["--keep-changed"])
        .ends_with("SELECT * FROM t ORDER BY id", "1|a! 2|z 5|a")
        .says("put back: table t: 1 row put back as it was")
        .says("left as it is: table t: 1 row cannot be put back beside what was written since");
    UNIQUE
        .down(&["--accept-data-loss"])
        .ends_with("SELECT * FROM t ORDER BY id", "1|a 2|z")
        .says("besides what the up did: table t: 1 row deleted (id = 5)");
}

#[test]
fn a_unique_value_of_a_circle_that_was_taken_since() {
    let way = Way {
        first: "CREATE TABLE t (id INTEGER PRIMARY KEY, k INT UNIQUE, v TEXT NOT NULL);\n",
        rows: "INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three'), (4, 4, 'four');",
        second: "UPDATE t SET k = -k;\nUPDATE t SET k = CASE k WHEN -1 THEN 2 WHEN -2 THEN 1 WHEN -3 THEN 9 ELSE 4 END;\n",
        since: "INSERT INTO t VALUES (7, 3, 'newer');",
    };
    way.is_refused("1 row cannot be put back beside what was written since: UNIQUE constraint failed: t.k (id = 3)");
    let query = "SELECT id, k, v FROM t ORDER BY id";
    way.down(&["--keep-changed"]).ends_with(query, "1|1|one 2|2|two 3|9|three 4|4|four 7|3|newer");
    way.down(&["--accept-data-loss"]).ends_with(query, "1|1|one 2|2|two 3|3|three 4|4|four");
}

#[test]
fn a_deleted_row_whose_unique_value_was_taken_since() {
    let way = Way {
        first: "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT);\nCREATE UNIQUE INDEX ti ON t (lower(k)) WHERE k <> '';\n\
            CREATE TABLE c (id INTEGER PRIMARY KEY, t INT REFERENCES t ON DELETE RESTRICT, of INT REFERENCES c);\n",
        rows: "INSERT INTO t VALUES (1, 'A'), (2, 'b');",
        second: "DELETE FROM t WHERE id = 1;\n",
        since: "INSERT INTO t VALUES (9, 'a');",
    };
    way.is_refused("cannot be put back beside what was written since");
    way.down(&["--keep-changed"])
        .ends_with("SELECT * FROM t ORDER BY id", "2|b 9|a")
        .says("left as it is: table t: 1 row");
    way.down(&["--accept-data-loss"])
        .ends_with("SELECT * FROM t ORDER BY id", "1|A 2|b")
        .says("besides what the up did: table t: 1 row deleted (id = 9)");
}

#[test]
fn a_value_of_a_dropped_column_that_was_taken_since() {
    let way = Way {
        first: "CREATE TABLE t (k TEXT PRIMARY KEY, n INT UNIQUE);\n",
        rows: "INSERT INTO t VALUES ('a', 2), ('b', 1);",
        second: "CREATE TABLE x (k TEXT PRIMARY KEY);\nINSERT INTO x SELECT k FROM t;\nDROP TABLE t;\nALTER TABLE x RENAME TO t;\n",
        since: "INSERT INTO t VALUES ('c');",
    };
    way.down(&[])
        .ends_with("SELECT * FROM t ORDER BY k", "a|2 b|1 c|-")
        .says("2 values of column n restored, 1 newer row without");
}

const REFERRED: Way<'_> = Way {
    first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p);\n\
        CREATE TABLE d (k TEXT PRIMARY KEY, c INT REFERENCES c) WITHOUT ROWID;\n",
    rows: "INSERT INTO p VALUES (1);",
    second: "INSERT INTO p VALUES (7), (8);\n",
    since: "INSERT INTO c VALUES (5, 7), (6, 1); INSERT INTO d VALUES ('x', 5), ('y', 6);",
};

const FAMILY: &str =
    "SELECT 'p', id, NULL FROM p UNION ALL SELECT 'c', id, p FROM c UNION ALL SELECT 'd', k, c FROM d ORDER BY 1, 2";

#[test]
fn newer_rows_that_refer_to_one_that_goes() {
    REFERRED.is_refused("table p: 1 row was inserted by the up, and newer rows refer to them (id = 7)");
    REFERRED.down(&["--keep-changed"]).ends_with(FAMILY, "c|5|7 c|6|1 d|x|5 d|y|6 p|1|- p|7|-");
    REFERRED
        .down(&["--accept-data-loss"])
        .ends_with(FAMILY, "c|6|1 d|y|6 p|1|-")
        .says("besides what the up did: table c: 1 row deleted (id = 5)")
        .says("besides what the up did: table d: 1 row deleted (k = 'x')");
}

#[test]
fn newer_rows_that_refer_to_one_that_goes_in_other_ways() {
    for (action, left) in [
        ("ON DELETE RESTRICT", "c|6|1 d|y|6 p|1|-"),
        ("ON DELETE CASCADE", "c|6|1 d|y|6 p|1|-"),
        ("ON DELETE SET NULL", "c|5|- c|6|1 d|x|5 d|y|6 p|1|-"),
        ("DEFERRABLE INITIALLY DEFERRED", "c|6|1 d|y|6 p|1|-"),
    ] {
        let first = REFERRED.first.replace("p INT REFERENCES p", &format!("p INT REFERENCES p {action}"));
        let first = first.replace("c INT REFERENCES c", &format!("c INT REFERENCES c {action}"));
        let way = Way { first: &first, ..REFERRED };
        way.is_refused("newer rows refer to them (id = 7)");
        way.down(&["--keep-changed"]).ends_with(FAMILY, "c|5|7 c|6|1 d|x|5 d|y|6 p|1|- p|7|-");
        way.down(&["--accept-data-loss"]).ends_with(FAMILY, left).says("besides what the up did: table c: 1 row ");
    }
}

#[test]
fn a_row_that_stays_keeps_what_it_refers_to() {
    // The one in the middle stays since a newer one refers to it, so that the first has to stay too.
    let way = Way {
        second: "INSERT INTO p VALUES (7), (8);\nINSERT INTO c VALUES (70, 7), (80, 8);\n",
        since: "INSERT INTO d VALUES ('x', 70);",
        ..REFERRED
    };
    way.down(&["--keep-changed"]).ends_with(FAMILY, "c|70|7 d|x|70 p|1|- p|7|-");
    way.down(&["--accept-data-loss"]).ends_with(FAMILY, "p|1|-");
}

#[test]
fn a_row_of_users_without_a_parent() {
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT NOT NULL REFERENCES p);\n",
        rows: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1);",
        second: "CREATE TABLE x (id INTEGER PRIMARY KEY, p INT NOT NULL);\nINSERT INTO x SELECT * FROM c;\nDROP TABLE c;\nALTER TABLE x RENAME TO c;\n\
            UPDATE p SET id = id;\n",
        since: "INSERT INTO c VALUES (7, 99);",
    };
    for flags in [&[][..], &["--keep-changed"], &["--accept-data-loss"]] {
        let taken = way.down(flags);
        taken.output.stderr_has("1 row of \"c\" would have no parent in \"p\" (id = 7)").lacks("that the up deleted");
        taken.output.stderr_has("give these rows a parent or delete them, then run `schemactl down` again");
        // The hint leads out.
        write(&taken.project, "DELETE FROM c WHERE id = 7");
        taken.project.run(["down"]).ok();
        assert_eq!(read(&taken.project, "SELECT * FROM c"), "1|1");
    }
}

#[test]
fn a_row_of_a_dropped_table_whose_parent_is_gone() {
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p);\n\
            CREATE TABLE d (c INT REFERENCES c, v TEXT);\n",
        rows: "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL); INSERT INTO d VALUES (1, 'x'), (2, 'y');",
        second: "DROP TABLE d;\nDROP TABLE c;\n",
        since: "DELETE FROM p WHERE id = 1;",
    };
    way.is_refused("table c: 1 row was deleted or changed by the up, and what they referred to is gone since (id = 1)");
    let query = "SELECT 'c', id, p FROM c UNION ALL SELECT 'd', c, v FROM d";
    for (flag, said) in [("--keep-changed", "left as it is: table "), ("--accept-data-loss", "not put back: table ")] {
        way.down(&[flag])
            .ends_with(query, "c|2|2 c|3|- d|2|y")
            .says(&format!("{said}c: 1 row was deleted or changed by the up"))
            .says(&format!("{said}d: 1 row was deleted or changed by the up"));
    }
}

#[test]
fn a_deleted_row_whose_parent_does_not_come_back() {
    // The parent stays away, since another has its unique value: so its child stays away too.
    let way = Way {
        first: "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE);\nCREATE TABLE c (id INTEGER PRIMARY KEY, p INT REFERENCES p);\n",
        rows: "INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (10, 1), (20, 2);",
        second: "DELETE FROM c;\nDELETE FROM p;\n",
        since: "INSERT INTO p VALUES (3, 'a');",
    };
    let query = "SELECT 'p', id, k FROM p UNION ALL SELECT 'c', id, p FROM c";
    way.is_refused("table p: 1 row cannot be put back beside what was written since");
    way.down(&["--keep-changed"]).ends_with(query, "p|2|b p|3|a c|20|2");
    way.down(&["--accept-data-loss"]).ends_with(query, "p|1|a p|2|b c|10|1 c|20|2");
}
