//! A statement that does more to rows than is kept is begun anew without being noted: it does the same, and nothing of its step is kept.

use schemactl_test_support::cli::Project;
use schemactl_test_support::project;

use super::ways::{read, write};

const FIRST: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, k TEXT UNIQUE, n INTEGER);\n\
                     CREATE TABLE noted (id INTEGER, what TEXT);\n\
                     CREATE TABLE child (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t ON DELETE CASCADE);\n\
                     CREATE TRIGGER after_t AFTER DELETE ON t BEGIN INSERT INTO noted VALUES (old.id, 'gone'); END;\n";

const MANY: &str = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 12000)";

fn with(undo: &str, second: &str) -> Project {
    let project = project!();
    project.config(&format!("[sqlite]\nurl = \"sqlite:app.db\"\nundo = \"{undo}\"\n"));
    project.file("migrations/sqlite/V1__first.sql", FIRST);
    project.file("migrations/sqlite/V2__second.sql", second);
    project.file("migrations/sqlite/V2__second.down.sql", "SELECT 1;\n");
    project.run(["up", "--to", "1"]).ok();
    let rows = format!("{MANY} INSERT INTO t SELECT i, 'k' || i, i FROM c; INSERT INTO child SELECT id, id FROM t;");
    write(&project, &rows);
    project
}

/// All rows, and the numbers that SQLite gives next.
fn rows(project: &Project) -> String {
    ["t", "noted", "child"]
        .map(|table| {
            read(
                project,
                &format!(
                    "SELECT count(*), total(id), group_concat(id || ' ' || quote(t.\"{}\"), ',') FROM {table} AS t",
                    match table {
                        "t" => "n",
                        "noted" => "what",
                        _ => "t",
                    }
                ),
            )
        })
        .join("\n")
        + &read(project, "SELECT name, seq FROM sqlite_sequence ORDER BY 1")
}

#[test]
fn what_a_statement_does_is_the_same_where_it_is_too_much_to_be_kept() {
    for second in [
        "UPDATE t SET n = n + 1;\n".to_owned(),
        "DELETE FROM t WHERE id <> 7;\n".to_owned(),
        format!("INSERT INTO t (k) {MANY} SELECT 'new' || i FROM c;\n"),
        format!("INSERT OR IGNORE INTO t (k, n) {MANY} SELECT 'k' || (i + 11000), -i FROM c;\n"),
        format!("INSERT OR REPLACE INTO t (k, n) {MANY} SELECT 'k' || i, -i FROM c;\n"),
        format!("INSERT INTO t (k, n) {MANY} SELECT 'k' || (i + 6000), -i FROM c WHERE true ON CONFLICT (k) DO UPDATE SET n = n * 2;\n"),
        "INSERT INTO noted VALUES (0, 'before');\nUPDATE t SET n = n + 1;\nUPDATE t SET n = n + 1;\nALTER TABLE t ADD COLUMN x;\nINSERT INTO noted VALUES (1, 'after');\n".to_owned(),
    ] {
        let [kept, none] = ["auto", "none"].map(|undo| with(undo, &second));
        for project in [&kept, &none] {
            project.run(["up"]).ok();
        }
        assert_eq!(rows(&kept), rows(&none), "{second}");
        assert_eq!(read(&kept, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'schema_migrations_undo_2%'"), "0");
        let said = "rows that the up changed were not kept, and are not put back: the step changed more than 10000 rows";
        kept.run(["down", "--dry-run"]).stdout_has(said);
        kept.run(["undo", "list"]).ok().stdout_has("not kept");
    }
}

#[test]
fn a_statement_that_fails_by_itself_fails_with_its_own_words() {
    for (second, says) in [
        ("UPDATE t SET k = 'same';\n".to_owned(), "UNIQUE constraint failed: t.k"),
        (
            "UPDATE t SET n = CASE WHEN id = 11999 THEN abs(-9223372036854775807 - 1) ELSE 1 END;\n".to_owned(),
            "integer overflow",
        ),
    ] {
        let project = with("auto", &second);
        let before = rows(&project);
        project.run(["up"]).code(1).error("E0204").stderr_has(says);
        assert_eq!(rows(&project), before, "{second}");
    }
}
