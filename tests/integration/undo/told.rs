//! What triggers tell of rows as a step leaves them is what is read of them in the end: the record is the same, and so is what a down makes of it.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;
use schemactl_test_support::rusqlite::types::ValueRef;

use super::dump::Dump;
use super::ways::open;

/// The word has all rows be read in the end: triggers do not see what REPLACE puts out.
const READ: &str = "-- replace\n";

/// Where the first schema, the rows of users, the step and the down that people wrote are these.
struct Case {
    first: &'static str,
    rows: &'static str,
    step: &'static str,
    down: &'static str,
}

const NUMBERED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, x, y TEXT, r REAL, n INTEGER);\n";
const ROWS: &str = "INSERT INTO t VALUES (1, 1, 'one', 1, 1), (2, NULL, NULL, NULL, NULL), (3, x'00ff', 'a' || char(0) || 'b', 0.5, 3), \
    (4, '4', '4', 4.0, 4), (5, 5.0, 'five', 5e300, -5);";
const NOTHING: &str = "SELECT 1;\n";

impl Case {
    fn project(&self, before: &str) -> Project {
        let project = project!();
        project.config("[sqlite]\nurl = \"sqlite:app.db\"\nundo = \"all\"\n");
        project.file("migrations/sqlite/V1__first.sql", self.first);
        project.file("migrations/sqlite/V2__second.sql", format!("{before}{}", self.step));
        project.file("migrations/sqlite/V2__second.down.sql", self.down);
        project.run(["up", "--to", "1"]).ok();
        open(&project).execute_batch(self.rows).unwrap();
        project
    }

    /// Runs the step either way.
    #[track_caller]
    fn is_alike(&self) {
        let ways = [self.project(""), self.project(READ)];
        let rows = |project: &Project| Dump::of(&open(project), true);
        let before = ways.each_ref().map(rows);
        ways.iter().for_each(|project| drop(project.run(["up"]).ok().text()));
        let [told, read] = ways.each_ref().map(record);
        assert_eq!(told, read, "{}", self.step);
        assert!(!told.is_empty(), "nothing is kept: {}", self.step);
        for (project, before) in ways.iter().zip(before) {
            project.run(["down", "--accept-data-loss"]).ok();
            assert_eq!(rows(project), before, "{}", self.step);
        }
    }
}

/// What is kept: each image, and what the index says of it.
fn record(project: &Project) -> Vec<String> {
    let connection = open(project);
    let rows = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = statement.query_map([], |row| {
            let values = (0..columns).map(|at| match row.get_ref(at).unwrap() {
                ValueRef::Text(bytes) => bytes.escape_ascii().to_string(),
                value => format!("{value:?}"),
            });
            Ok(values.collect::<Vec<_>>().join(", "))
        });
        row.unwrap().collect::<Result<_, _>>().unwrap()
    };
    let index = "SELECT number, kind, row_key, table_before, table_after, row_count, byte_count, reason FROM schema_migrations_undo \
                 WHERE version = 2 ORDER BY number";
    let mut all = rows(index);
    assert!(all.iter().any(|row| row.contains("whole")), "{all:?}");
    let names =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'schema_migrations_undo_2_*' ORDER BY name";
    let mut statement = connection.prepare(names).unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    for name in names {
        let mut images = rows(&format!("SELECT * FROM {name}"));
        images.sort_unstable();
        all.push(name);
        all.extend(images);
    }
    all
}

fn numbered(step: &'static str) -> Case {
    Case { first: NUMBERED, rows: ROWS, step, down: NOTHING }
}

#[test]
fn rows_of_all_types_are_told_as_they_are() {
    numbered("UPDATE t SET n = n + 1;").is_alike();
    numbered("UPDATE t SET x = r, r = n, y = x;").is_alike();
    numbered("DELETE FROM t WHERE id % 2 = 1;").is_alike();
    numbered("INSERT INTO t SELECT id + 10, x, y, r, n FROM t;").is_alike();
    numbered("INSERT INTO t VALUES (9, '9', 9, 9, '9'), (NULL, 9, x'', 1e20, 1.5);").is_alike();
}

#[test]
fn a_value_of_another_type_is_another_value() {
    numbered("UPDATE t SET x = CASE id WHEN 1 THEN 1.0 WHEN 4 THEN 4 WHEN 5 THEN 5 ELSE x END;").is_alike();
    numbered("UPDATE t SET x = CASE id WHEN 3 THEN CAST(x AS TEXT) ELSE x END, y = upper(y);").is_alike();
}

#[test]
fn what_stays_as_it_is_is_not_kept() {
    numbered("UPDATE t SET n = n; UPDATE t SET n = 7 WHERE id = 1;").is_alike();
    numbered("UPDATE t SET n = 7 WHERE id < 3; UPDATE t SET n = id WHERE id = 1;").is_alike();
    numbered("INSERT INTO t VALUES (9, 1, 1, 1, 1); DELETE FROM t WHERE id = 9; UPDATE t SET x = 0 WHERE id = 2;")
        .is_alike();
    numbered("DELETE FROM t WHERE id = 4; INSERT INTO t VALUES (4, '4', '4', 4.0, 4); DELETE FROM t WHERE id = 1;")
        .is_alike();
}

#[test]
fn a_row_that_is_touched_twice_is_there_once() {
    numbered("UPDATE t SET n = n + 1; UPDATE t SET x = 'x' WHERE id > 2; DELETE FROM t WHERE id = 5;").is_alike();
    numbered(
        "INSERT INTO t (id, n) VALUES (8, 8) ON CONFLICT (id) DO UPDATE SET n = 0; \
              INSERT INTO t (id, n) VALUES (8, 8), (1, 8) ON CONFLICT (id) DO UPDATE SET n = excluded.n + 1;",
    )
    .is_alike();
}

#[test]
fn rows_that_get_other_keys_are_told_apart() {
    numbered("UPDATE t SET id = id + 10;").is_alike();
    numbered("UPDATE t SET id = -1 WHERE id = 1; UPDATE t SET id = 1 WHERE id = 2; UPDATE t SET id = 2 WHERE id = -1;")
        .is_alike();
    numbered("UPDATE t SET rowid = 70 WHERE id = 3; UPDATE t SET n = 0;").is_alike();
}

#[test]
fn keys_of_all_kinds_are_told() {
    let kinds = [
        "CREATE TABLE t (a TEXT COLLATE NOCASE, b, c, PRIMARY KEY (a, b)) WITHOUT ROWID;\n",
        "CREATE TABLE t (a TEXT PRIMARY KEY COLLATE NOCASE, b, c);\n",
        "CREATE TABLE t (a TEXT, b, c, PRIMARY KEY (b, a));\n",
        "CREATE TABLE t (a TEXT, b, c);\n",
        "CREATE TABLE t (a TEXT PRIMARY KEY, b, c, d AS (b || c), e AS (c || 1) STORED);\n",
    ];
    let steps = [
        "UPDATE t SET a = upper(a);",
        "UPDATE t SET c = c + 1 WHERE c IS NOT NULL; DELETE FROM t WHERE a = 'two'; INSERT INTO t (a, b, c) VALUES ('two', 2, x'02');",
        "INSERT INTO t (a, b, c) SELECT a || b, b, c FROM t; DELETE FROM t WHERE b = 1;",
        "UPDATE t SET a = CASE a WHEN 'one' THEN 'none' WHEN 'two' THEN 'ten' ELSE a END;",
    ];
    for first in kinds {
        for step in steps {
            let rows = "INSERT INTO t (a, b, c) VALUES ('one', 1, 1), ('two', 2, NULL), ('three', 3, x'00'), ('four', 4, 1.0);";
            Case { first, rows, step, down: NOTHING }.is_alike();
        }
    }
}

#[test]
fn cascades_and_triggers_of_users_are_told() {
    let first = "CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT UNIQUE);\n\
        CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p ON DELETE CASCADE, n TEXT REFERENCES p (n) ON UPDATE CASCADE);\n\
        CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);\n\
        CREATE TRIGGER pu AFTER UPDATE ON p WHEN NEW.id < 3 BEGIN UPDATE p SET n = n || '!' WHERE id = NEW.id AND n NOT LIKE '%!'; END;\n\
        CREATE TRIGGER cd BEFORE DELETE ON c BEGIN INSERT INTO log (what) VALUES (OLD.n); UPDATE p SET n = n || '-' WHERE id = 3; END;\n";
    let rows = "INSERT INTO p VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO c VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c');";
    for step in [
        "UPDATE p SET n = n || 'x';",
        "DELETE FROM p WHERE id = 1;",
        "DELETE FROM c; UPDATE p SET n = 'z' WHERE id = 3;",
    ] {
        Case { first, rows, step, down: NOTHING }.is_alike();
    }
}

#[test]
fn a_table_that_is_altered_after_its_rows_were_changed_is_told() {
    let alter = |step, down| Case { first: NUMBERED, rows: ROWS, step, down }.is_alike();
    alter("UPDATE t SET n = 0;\nALTER TABLE t RENAME COLUMN n TO m;", "ALTER TABLE t RENAME COLUMN m TO n;");
    alter("UPDATE t SET n = 0;\nALTER TABLE t RENAME TO s;", "ALTER TABLE s RENAME TO t;");
    alter("UPDATE t SET n = 0;\nCREATE INDEX i ON t (n);\nDELETE FROM t WHERE id = 1;", "DROP INDEX i;");
    alter(
        "UPDATE t SET n = 0 WHERE id < 4;\nALTER TABLE t ADD COLUMN z DEFAULT 5;\nUPDATE t SET z = 6 WHERE id = 1;",
        "ALTER TABLE t DROP COLUMN z;",
    );
    alter("UPDATE t SET x = 0 WHERE id < 4;\nALTER TABLE t DROP COLUMN n;", "ALTER TABLE t ADD COLUMN n INTEGER;");
    alter("ALTER TABLE t DROP COLUMN n;\nUPDATE t SET x = 0 WHERE id < 4;", "ALTER TABLE t ADD COLUMN n INTEGER;");
    alter("UPDATE t SET x = 0 WHERE id < 4;\nDELETE FROM t WHERE id = 5;\nDROP TABLE t;", NUMBERED);
    alter(
        "INSERT INTO t (id, x) VALUES (8, 8);\nUPDATE t SET x = 0 WHERE id < 4;\n\
         CREATE TABLE s (id INTEGER PRIMARY KEY, x, y TEXT, r REAL, n TEXT);\nINSERT INTO s SELECT * FROM t;\nDROP TABLE t;\n\
         ALTER TABLE s RENAME TO t;\nUPDATE t SET y = 'y' WHERE id > 2;",
        "CREATE TABLE s (id INTEGER PRIMARY KEY, x, y TEXT, r REAL, n INTEGER);\nINSERT INTO s SELECT * FROM t;\nDROP TABLE t;\n\
         ALTER TABLE s RENAME TO t;",
    );
}

/// More columns than can be told.
#[test]
fn a_wide_table_is_read() {
    let columns: Vec<String> = (0..120).map(|at| format!("c{at}")).collect();
    let first = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, {});\n", columns.join(", "));
    let case = Case {
        first: first.leak(),
        rows: "INSERT INTO t (id, c0, c119) VALUES (1, 1, 'a'), (2, 2, x'b0'), (3, NULL, 3.0);",
        step: "UPDATE t SET c119 = c0 WHERE id < 3; INSERT INTO t (id, c7) VALUES (7, 'seven'); DELETE FROM t WHERE id = 3;",
        down: NOTHING,
    };
    case.is_alike();
}
