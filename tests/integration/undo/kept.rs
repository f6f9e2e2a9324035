//! What is kept, as `undo list`, `undo show` and `status` show it: on databases with rows of users.

use schemactl_test_support::cli::{Output, Project};
use schemactl_test_support::project;
use schemactl_test_support::rusqlite::Connection;
use serde_json::Value;

const FIRST: &str = "CREATE TABLE role (name text PRIMARY KEY, rank integer);\n\
    CREATE TABLE member (id integer PRIMARY KEY, role text REFERENCES role, email text, note text);\n\
    CREATE TABLE old (id integer PRIMARY KEY, x text);\n";
const USERS: &str = "INSERT INTO role VALUES ('guest', 1), ('admin', 2);\n\
    INSERT INTO member VALUES (1, 'guest', 'a@example.org', 'first'), (2, NULL, 'b@example.org', NULL);\n\
    INSERT INTO old VALUES (7, 'seven');";
const ROLES: &str = "INSERT INTO role VALUES ('editor', 3);\nUPDATE role SET rank = rank + 10 WHERE name = 'guest';\n\
    DELETE FROM role WHERE name = 'admin';\n";

/// A database with a first schema and rows of users, and a second migration that changes some of them.
pub(super) fn shop() -> Project {
    with_second(ROLES)
}

pub(super) fn with_second(second: &str) -> Project {
    let project = first();
    project.file("migrations/sqlite/V2__second.sql", second);
    project.run(["generate"]).ok();
    project.run(["up"]).ok();
    project
}

pub(super) fn first() -> Project {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.file("migrations/sqlite/V1__first.sql", FIRST);
    project.file("migrations/sqlite/V1__first.down.sql", "DROP TABLE old;\nDROP TABLE member;\nDROP TABLE role;\n");
    project.run(["up"]).ok();
    database(&project).execute_batch(USERS).unwrap();
    project
}

pub(super) fn database(project: &Project) -> Connection {
    Connection::open(project.path().join("app.db")).unwrap()
}

/// What is to be seen on stdout, in this order.
pub(super) trait Shows {
    fn shows(&self, parts: &[&str]) -> &Self;
}

impl Shows for Output {
    #[track_caller]
    fn shows(&self, parts: &[&str]) -> &Self {
        let mut rest = &*self.stdout;
        for part in parts {
            let (_, after) = rest.split_once(part).unwrap_or_else(|| panic!("expected {part:?} in {}", self.text()));
            rest = after;
        }
        self
    }
}

/// The part of a document that is about the one database.
pub(super) fn document(output: &Output) -> Value {
    let document: Value =
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", output.text()));
    document["databases"][0].clone()
}

#[test]
fn a_version_is_listed_with_its_rows() {
    let project = shop();
    let list = project.run(["undo", "list"]);
    list.ok().stdout_has("2  second       role       3").stdout_has("kept of 1 version: 3 rows, ");
    let document = document(&project.run(["undo", "list", "--json"]));
    let kept = &document["kept"][0];
    assert_eq!((&kept["version"], &kept["description"], &kept["state"]), (&2.into(), &"second".into(), &"kept".into()));
    assert_eq!((&kept["tables"][0], &kept["rows"], &document["rows"]), (&"role".into(), &3.into(), &3.into()));
    assert!(kept["bytes"].as_u64().unwrap() > 0 && kept["bytes"] == document["bytes"], "{document:#}");
    assert!(kept["reason"].is_null() && kept["kept_until"].as_str().unwrap().ends_with('Z'), "{document:#}");
    // The migration that did nothing to rows has no record.
    assert_eq!(document["kept"].as_array().unwrap().len(), 1);
}

#[test]
fn what_is_not_kept_is_listed_with_the_reason() {
    let project = with_second("SAVEPOINT a;\nUPDATE role SET rank = 5;\nRELEASE a;\n");
    project.run(["undo", "list"]).ok().stdout_has("not kept: the step has savepoints").stdout_has("kept of 0 versions");
    let kept = document(&project.run(["undo", "list", "--json"]))["kept"][0].clone();
    assert_eq!((&kept["state"], &kept["reason"]), (&"not_kept".into(), &"the step has savepoints".into()));
    assert!(kept["kept_until"].is_null(), "{kept:#}");
    project.run(["undo", "show", "2"]).ok().stdout_has("which were not kept: the step has savepoints");
    project.run(["status"]).ok().stdout_has("rows kept until").stdout_has("not kept");
}

#[test]
fn what_has_no_end_is_told_so() {
    let project = first();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\nundo_keep = \"forever\"\n");
    project.file("migrations/sqlite/V2__second.sql", ROLES);
    project.run(["up"]).ok();
    project.run(["undo", "list"]).ok().stdout_has("no end");
    project.run(["undo", "show", "2"]).ok().stdout_has("2 second: kept without an end, 3 rows, ");
    project.run(["status"]).ok().stdout_has("no end");
}

#[test]
fn the_rows_of_a_version_are_shown_by_their_keys() {
    let project = shop();
    let show = project.run(["undo", "show", "0002"]);
    show.ok().shows(&[
        "2 second: kept until ",
        "table role\n  inserted 1 row\n    name = 'editor'\n  changed 1 row\n    name = 'guest'\n  deleted 1 row\n    name = 'admin'\n",
        "no row is in the way of a down\n`schemactl down --dry-run` tries it",
    ]);
    // Values are shown where they are asked for alone.
    show.lacks("rank");
    project
        .run(["undo", "show", "2", "--values"])
        .ok()
        .shows(&["name = 'guest'\n      rank: 1 -> 11\n", "      rank: 2\n"]);
    let document = document(&project.run(["undo", "show", "2", "--json"]));
    let table = &document["tables"][0];
    assert_eq!((&table["before"], &table["after"]), (&"role".into(), &"role".into()));
    assert_eq!(table["changed"], serde_json::json!({"count": 1, "first": ["name = 'guest'"], "values": []}));
    assert_eq!(document["in_the_way"], serde_json::json!([]));
    assert_eq!((&document["kept"]["state"], &document["kept"]["rows"]), (&"kept".into(), &3.into()));
    let document = self::document(&project.run(["undo", "show", "2", "--json", "--values"]));
    let value = &document["tables"][0]["changed"]["values"][0][0];
    assert_eq!(value, &serde_json::json!({"column": "rank", "before": "1", "after": "11"}));
}

#[test]
fn of_many_rows_the_first_ten_are_shown() {
    let project = first();
    database(&project)
        .execute_batch("INSERT INTO old SELECT value, 'x' FROM generate_series(10, 40)")
        .or_else(|_| {
            database(&project).execute_batch(
                "WITH RECURSIVE n (i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO old SELECT i, 'x' FROM n",
            )
        })
        .unwrap();
    project.file("migrations/sqlite/V2__second.sql", "DELETE FROM old;\n");
    project.run(["up"]).ok();
    let show = project.run(["undo", "show", "2"]);
    show.ok().shows(&["  deleted 32 rows\n    id = 7\n    id = 10\n", "    and 22 more\n"]);
    show.lacks("id = 40");
}

#[test]
fn columns_and_tables_that_were_dropped_are_shown() {
    let project = with_second(
        "ALTER TABLE member DROP COLUMN note;\nDROP TABLE old;\nCREATE TABLE made (id integer PRIMARY KEY);\nINSERT INTO made VALUES (1);\n",
    );
    let show = project.run(["undo", "show", "2"]);
    show.ok().shows(&[
        "table member\n  dropped or made again: column note: 2 values\n",
        "table old, which the up dropped\n  deleted 1 row\n    id = 7\n",
        "table made, which the up made\n  inserted 1 row\n",
    ]);
    show.lacks("seven");
    let tables = document(&project.run(["undo", "show", "2", "--json"]))["tables"].clone();
    let of = |before: Option<&str>| {
        tables.as_array().unwrap().iter().find(|table| table["before"].as_str() == before).unwrap().clone()
    };
    assert_eq!(
        (&of(Some("member"))["columns"], &of(Some("member"))["values"]),
        (&serde_json::json!(["note"]), &2.into())
    );
    assert!(of(Some("old"))["after"].is_null() && of(None)["after"] == "made", "{tables:#}");
}

#[test]
fn rows_that_are_in_the_way_are_shown() {
    let project = shop();
    database(&project)
        .execute_batch(
            "UPDATE role SET rank = 99 WHERE name = 'guest'; INSERT INTO member VALUES (9, 'editor', NULL, NULL);",
        )
        .unwrap();
    let show = project.run(["undo", "show", "2"]);
    show.ok().shows(&[
        "in the way of a down: table role: 1 row was changed since (name = 'guest')\n",
        "in the way of a down: table role: 1 row was inserted by the up, and newer rows refer to them (name = 'editor')\n",
    ]);
    let in_the_way = document(&project.run(["undo", "show", "2", "--json"]))["in_the_way"].clone();
    assert_eq!(in_the_way.as_array().unwrap().len(), 2, "{in_the_way:#}");
    // The down says the same.
    project.run(["down"]).code(5).error("E0415").stderr_has("1 row was changed since (name = 'guest')");
    // What others stand above is not compared: they are taken back before it.
    project.file("migrations/sqlite/V3__third.sql", "UPDATE role SET rank = 0;\n");
    project.run(["up"]).ok();
    let show = project.run(["undo", "show", "2"]);
    show.ok().stdout_has("what is in the way was not looked at").lacks("in the way of a down");
    assert!(document(&project.run(["undo", "show", "2", "--json"]))["in_the_way"].is_null());
}

#[test]
fn what_is_ignored_by_now_is_never_shown() {
    let project = with_second("UPDATE member SET email = upper(email);\nUPDATE role SET rank = 4;\n");
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\nignore_undo = [\"*.email\", \"role.name\"]\n");
    let show = project.run(["undo", "show", "2", "--values"]);
    show.ok().shows(&["      email: (ignored) -> (ignored)\n", "    name = (ignored)\n", "rank: 1 -> 4\n"]);
    show.lacks("example.org").lacks("EXAMPLE").lacks("guest");
    let json = project.run(["undo", "show", "2", "--values", "--json"]);
    json.ok().lacks("example.org").lacks("EXAMPLE").lacks("guest");
    // The key of a row that is in the way neither.
    database(&project).execute_batch("UPDATE role SET rank = 99").unwrap();
    project.run(["undo", "show", "2"]).ok().stdout_has("table role: 2 rows were changed since\n").lacks("guest");
}

#[test]
fn a_version_without_a_record_says_so_and_an_unknown_one_is_refused() {
    let project = shop();
    project
        .run(["undo", "show", "1"])
        .ok()
        .stdout_has("nothing is kept of 1 first: it did nothing to rows, or nothing");
    let document = document(&project.run(["undo", "show", "1", "--json"]));
    assert!(document["kept"].is_null() && document["tables"] == serde_json::json!([]), "{document:#}");
    let unknown = project.run(["undo", "show", "20"]);
    unknown.code(2).error("E0409").says(&[
        "version 20 is not applied to ",
        "nothing was changed",
        "`schemactl undo list`",
    ]);
    for wrong in ["0", "x", "-1", "2.0"] {
        project.run(["undo", "show", "--", wrong]).code(2).stderr_has("a version is a whole number from 1");
    }
    project.run(["undo", "show"]).code(2);
    project.run(["undo"]).code(2).says(&["list", "purge", "takes the last migration back"]);
}

#[test]
fn status_tells_what_is_kept_without_the_rows() {
    let project = shop();
    project.run(["status"]).ok().stdout_has("by  rows kept until\n").stdout_has("2 applied");
    let status = document(&project.run(["status", "--json"]));
    assert!(status["migrations"][0]["kept"].is_null(), "{status:#}");
    let kept = &status["migrations"][1]["kept"];
    assert_eq!((&kept["state"], &kept["rows"], &kept["tables"][0]), (&"kept".into(), &3.into(), &"role".into()));
    // The tables of rows are not read: what is in them is not counted anew.
    database(&project).execute_batch("DELETE FROM schema_migrations_undo_2_1").unwrap();
    assert_eq!(document(&project.run(["status", "--json"]))["migrations"][1]["kept"]["rows"], 3);
    // Where nothing is kept there is no column for it.
    first().run(["status"]).ok().lacks("rows kept until");
}

#[test]
fn a_database_without_any_history_keeps_nothing() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    project.run(["undo", "list"]).ok().stdout_has("there is no database at ").stdout_has("nothing is kept");
    project.run(["undo", "show", "2"]).code(2).error("E0409").stderr_has("there is no database at ");
    assert!(!project.path().join("app.db").exists());
    database(&project).execute_batch("CREATE TABLE mine (id integer); INSERT INTO mine VALUES (1);").unwrap();
    let list = project.run(["undo", "list", "--json"]);
    assert_eq!(document(list.ok())["kept"], serde_json::json!([]));
    project.run(["undo", "show", "2"]).code(2).error("E0409");
}

#[test]
fn a_database_of_an_older_release_keeps_nothing() {
    let project = shop();
    database(&project)
        .execute_batch("DROP TABLE schema_migrations_undo; DROP TABLE schema_migrations_undo_columns; DROP TABLE schema_migrations_undo_2_1;")
        .unwrap();
    let before = database_text(&project);
    project.run(["undo", "list"]).ok().stdout_has("nothing is kept");
    project.run(["undo", "show", "2"]).ok().stdout_has("nothing is kept of 2 second");
    project.run(["undo", "purge", "--all", "--yes"]).ok().stdout_has("nothing to purge");
    project.run(["status"]).ok().lacks("rows kept until");
    assert_eq!(database_text(&project), before, "no index is made by looking");
}

fn database_text(project: &Project) -> String {
    schemactl_test_support::sqlite::dump(&database(project))
}

#[test]
fn a_record_that_cannot_be_understood_is_told_and_counts_as_gone() {
    let project = shop();
    database(&project).execute_batch("DROP TABLE schema_migrations_undo_2_1").unwrap();
    project.run(["undo", "list"]).ok().stdout_has("unreadable: 1 table with rows of it that the index names is gone");
    project.run(["undo", "show", "2"]).ok().stdout_has("a down does not put rows back: ");
    project
        .run(["down", "--dry-run"])
        .ok()
        .stdout_has("are not put back: the table schema_migrations_undo_2_1 is gone");
    let status = document(&project.run(["status", "--json"]));
    assert!(status["migrations"][1]["verdict"].as_str().unwrap().starts_with("lossy: "), "{status:#}");
    database(&project).execute_batch("UPDATE schema_migrations_undo SET kind = 'later' WHERE number = 0").unwrap();
    project.run(["undo", "list"]).ok().stdout_has("the index has the word \"later\", which this release does not know");
    project.run(["down", "--dry-run"]).ok().stdout_has("rows that this release does not understand");
}

#[test]
fn a_database_that_cannot_be_written_can_be_looked_at() {
    let project = shop();
    project.read_only("app.db");
    project.run_unprivileged(["undo", "list"]).ok().stdout_has("kept of 1 version: 3 rows");
    project.run_unprivileged(["undo", "show", "2"]).ok().stdout_has("no row is in the way of a down");
    project.run_unprivileged(["status"]).ok().stdout_has("rows kept until");
    let purge = project.run_unprivileged(["undo", "purge", "2", "--yes"]);
    assert!(!purge.status.success(), "{}", purge.text());
    purge.says(&["error[", "nothing was purged"]);
    project.run_unprivileged(["undo", "list"]).ok().stdout_has("kept of 1 version: 3 rows");
}

/// Nothing is kept on PostgreSQL yet; what the index of another release says is read, and can be purged.
#[cfg(feature = "postgres")]
#[test]
fn on_postgresql_it_is_listed_shown_and_purged() {
    let project = project!();
    let server = schemactl_test_support::postgres::database(schemactl_test_support::postgres::version());
    project
        .config(&format!("[postgres]\nurl = \"{}\"\nundo = \"auto\"\nignore_undo = [\"mine.nmae\"]\n", server.url()));
    project.file(
        "migrations/postgres/V1__first.sql",
        "CREATE TABLE mine (name text PRIMARY KEY, n integer, note text);\nINSERT INTO mine VALUES ('o', 1, 'x'), ('p', 2, 'y');\n",
    );
    project.file(
        "migrations/postgres/V2__second.sql",
        "INSERT INTO mine VALUES ('a', 3);\nUPDATE mine SET n = 5 WHERE name = 'o';\nDELETE FROM mine WHERE name = 'p';\nALTER TABLE mine DROP COLUMN note;\n",
    );
    project.run(["generate"]).ok();
    project.run(["undo", "list"]).ok().stdout_has("nothing is kept");
    project.run(["undo", "show", "2"]).code(2).error("E0409");
    project.run(["undo", "purge", "--all", "--yes"]).ok().stdout_has("nothing to purge");
    project.run(["up"]).ok().stderr_has("`ignore_undo` has `mine.nmae`").stderr_has("did you mean `mine.name`?");
    project.run(["undo", "list"]).ok().shows(&["2  second       mine       3", "kept of 2 versions"]);
    let shown = project.run(["undo", "show", "2"]).ok().text();
    println!("{shown}");
    for wanted in ["table mine", "name = 'a'", "name = 'o'", "name = 'p'"] {
        assert!(shown.contains(wanted), "{wanted}\n{shown}");
    }
    project.run(["undo", "show", "2", "--values"]).ok().stdout_has("n");
    project.run(["undo", "show", "2", "--json"]).ok();
    project.run(["status"]).ok().stdout_has("rows kept until");
    let id = || server.psql("SELECT string_agg(name || coalesce(n::text, ''), ' ' ORDER BY name) FROM mine");
    assert_eq!(id().trim(), "a3 o5");
    project.run(["down"]).ok();
    assert_eq!(id().trim(), "o1 p2");
    project.run(["up"]).ok();
    project.run(["undo", "purge", "2", "--yes"]).ok().stdout_has("purged 3 rows");
    project.run(["undo", "list"]).ok().stdout_has("purged on 20");
    assert_eq!(server.psql("SELECT count(*) FROM schema_migrations_undo_rows WHERE version = 2").trim(), "0");
    let log = server.psql("SELECT version || ' ' || detail FROM schema_migrations_log WHERE action = 'purge'");
    assert!(log.trim().starts_with("2 purged 3 rows, "), "{log}");
    // Expired, and then taken away by the next run.
    server.psql("UPDATE schema_migrations_undo SET kept_until = '2026-01-02 03:04:05.678+00' WHERE version = 1");
    project.run(["undo", "list"]).ok().stdout_has("expired: kept until 2026-01-02T03:04:05.678Z");
    project.file("migrations/postgres/V3__third.sql", "CREATE TABLE t (x integer);\n");
    project.run(["up"]).ok().stderr_has("was kept until 2026-01-02");
    assert_eq!(server.psql("SELECT count(*) FROM schema_migrations_undo_rows").trim(), "0");
}
