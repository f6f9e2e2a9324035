//! `diff`, and what `status --check` and `check` say of drift.

use std::fs;

use schemactl_test_support::cli::Project;
use schemactl_test_support::{project, sqlite};

use super::{migration, printed, query, shop};

/// A database as `up` left it: a table, an index, a view and a trigger.
fn migrated() -> Project {
    let project = shop();
    migration(
        &project,
        "V3__index_total",
        "CREATE INDEX orders_total ON orders (total);\n",
        "DROP INDEX orders_total;\n",
    );
    migration(&project, "V4__big", "CREATE VIEW big AS SELECT id FROM orders WHERE total > 100;\n", "DROP VIEW big;\n");
    project.run(["up"]).ok();
    project
}

/// Changes the database as somebody with a client would.
fn by_hand(project: &Project, sql: &str) {
    sqlite::open(&project.path().join("app.db")).execute_batch(sql).unwrap();
}

/// No run recorded what it left, as by an older release.
fn forget_fingerprint(project: &Project) {
    by_hand(project, "UPDATE schema_migrations SET fingerprint = NULL");
}

/// The differences that `diff` prints.
fn differences(project: &Project) -> Vec<String> {
    let output = project.run(["diff"]);
    output.code(3).stderr_has("error[E0412]: app.db is not what its migrations make: ");
    let lines = output.stdout.lines().skip(2).take_while(|line| !line.is_empty());
    lines.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn a_run_records_what_it_leaves() {
    let project = migrated();
    let recorded = "SELECT version, fingerprint LIKE 'sha256:%' FROM schema_migrations ORDER BY version";
    assert_eq!(query(&project, recorded), "1|\n2|1\n3|1\n4|1");
    project.run(["down"]).ok();
    assert_eq!(query(&project, recorded), "1|\n2|1\n3|1");
    printed(&project, project.run(["diff"]).ok(), "app.db (sqlite)\nno drift\n", "");
    project.run(["down", "--to", "0"]).ok();
    printed(&project, project.run(["diff"]).ok(), "app.db (sqlite)\nno drift\n", "");
}

#[test]
fn that_it_could_not_be_recorded_fails_nothing() {
    let project = shop();
    migration(
        &project,
        "V3__guard",
        "CREATE TRIGGER guard BEFORE UPDATE OF fingerprint ON schema_migrations BEGIN SELECT RAISE(ABORT, 'not me'); END;\n",
        "DROP TRIGGER guard;\n",
    );
    let output = project.run(["up"]);
    output.ok().stdout_has("3 applied").stderr_has("no fingerprint of the catalog was recorded: not me");
    assert_eq!(query(&project, "SELECT count(*) FROM schema_migrations WHERE fingerprint IS NOT NULL"), "2");
}

#[test]
fn without_drift_nothing_is_told() {
    for is_recorded in [true, false] {
        let project = migrated();
        if !is_recorded {
            forget_fingerprint(&project);
        }
        printed(&project, project.run(["diff"]).ok(), "app.db (sqlite)\nno drift\n", "");
        project.run(["status", "--check"]).ok();
        project.run(["generate"]).ok();
        project.run(["check", "--online"]).ok();
    }
}

#[test]
fn rows_are_no_drift() {
    let project = migrated();
    by_hand(&project, "INSERT INTO orders (total) VALUES (1); VACUUM; ANALYZE;");
    project.run(["diff"]).ok();
}

#[test]
fn what_was_done_by_hand_is_shown_as_sql() {
    let project = migrated();
    by_hand(
        &project,
        "CREATE TABLE audit (id INTEGER PRIMARY KEY); CREATE INDEX audit_id ON audit (id);
         DROP VIEW big; DROP INDEX orders_total; ALTER TABLE orders DROP COLUMN total; ALTER TABLE orders ADD COLUMN note TEXT;
         CREATE VIEW big AS SELECT id FROM orders WHERE note > 10;",
    );
    printed(
        &project,
        &project.run(["diff", "--sql"]).code(3).clone(),
        "app.db (sqlite)
5 differences from what migrations make
  table audit was added
  table orders: column total is missing
  table orders: column note was added
  table orders: index orders_total is missing
  view big differs in definition

what was done outside of migrations
  DROP VIEW big;
  DROP INDEX orders_total;
  CREATE TABLE audit (id INTEGER PRIMARY KEY);
  ALTER TABLE orders DROP COLUMN total;
  ALTER TABLE orders ADD COLUMN note TEXT;
  CREATE INDEX audit_id ON audit (id);
  CREATE VIEW big AS SELECT id FROM orders WHERE note > 10;

what takes it back
  -- table audit is dropped with its rows
  -- column orders.total comes back without its values
  -- column orders.note is dropped with its values
  PRAGMA foreign_keys = OFF;
  BEGIN;
  DROP VIEW big;
  DROP TABLE audit;
  ALTER TABLE orders DROP COLUMN note;
  ALTER TABLE orders ADD COLUMN total;
  CREATE INDEX orders_total ON orders (total);
  CREATE VIEW big AS SELECT id FROM orders WHERE total > 100;
  PRAGMA foreign_key_check;
  COMMIT;
  PRAGMA foreign_keys = ON;
",
        "error[E0412]: app.db is not what its migrations make: 5 differences

hint: write what is to stay as a migration, `schemactl diff --new DESCRIPTION`, and record it here, where it is done already: `schemactl repair --mark-applied VERSION`
hint: take back the rest: `schemactl diff --sql` shows how
hint: where it is somebody else's, as another application's in the same database, leave it out in schema.toml: `ignore = [\"table audit\"]`
",
    );
}

#[test]
fn what_differs_is_named() {
    for (sql, expected) in [
        ("CREATE TABLE audit (id INTEGER)", "table audit was added"),
        ("DROP INDEX orders_total", "table orders: index orders_total is missing"),
        ("DROP VIEW big", "view big is missing"),
        ("ALTER TABLE orders RENAME COLUMN total TO sum", "table orders: column total is called sum now"),
        ("PRAGMA user_version = 3", "setting user_version has value `3` instead of `0`"),
        ("CREATE TRIGGER t AFTER INSERT ON orders BEGIN SELECT 1; END", "table orders: trigger t was added"),
        ("CREATE TRIGGER t INSTEAD OF INSERT ON big BEGIN SELECT 1; END", "view big: trigger t was added"),
        (
            "DROP INDEX orders_total; CREATE UNIQUE INDEX orders_total ON orders (total)",
            "table orders: index orders_total differs in definition",
        ),
    ] {
        for is_recorded in [true, false] {
            let project = migrated();
            by_hand(&project, sql);
            if !is_recorded {
                forget_fingerprint(&project);
            }
            assert!(differences(&project).contains(&expected.to_owned()), "{sql}: {:?}", differences(&project));
        }
    }
}

/// The SQL for both ways does what it says.
#[test]
fn the_sql_can_be_run() {
    let project = migrated();
    let before = sqlite::schema(&sqlite::open(&project.path().join("app.db")));
    by_hand(
        &project,
        "INSERT INTO orders (total) VALUES (7); CREATE TABLE audit (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
         ALTER TABLE orders ADD COLUMN note TEXT; DROP INDEX orders_total; PRAGMA user_version = 9;",
    );
    let document: serde_json::Value = serde_json::from_str(&project.run(["diff", "--json"]).code(3).stdout).unwrap();
    let sql = |key: &str| document["databases"][0][key]["sql"].as_str().unwrap().to_owned();
    by_hand(&project, &sql("undo"));
    project.run(["diff"]).ok();
    assert_eq!(sqlite::schema(&sqlite::open(&project.path().join("app.db"))), before);
    assert_eq!(query(&project, "SELECT total FROM orders"), "7");
    by_hand(&project, &sql("done"));
    assert_eq!(differences(&project).len(), 4);
}

#[test]
fn a_renamed_table_keeps_its_rows() {
    let project = migrated();
    by_hand(&project, "DROP VIEW big; INSERT INTO orders (total) VALUES (7); ALTER TABLE orders RENAME TO sales;");
    assert!(differences(&project).contains(&"table orders is called sales now".to_owned()));
    let document: serde_json::Value = serde_json::from_str(&project.run(["diff", "--json"]).stdout).unwrap();
    by_hand(&project, document["databases"][0]["undo"]["sql"].as_str().unwrap());
    project.run(["diff"]).ok();
    assert_eq!(query(&project, "SELECT total FROM orders"), "7");
}

#[test]
fn objects_of_others_are_ignored() {
    let project = migrated();
    let ignore = |patterns: &str| {
        project.config(&format!("[sqlite]\nurl = \"sqlite:app.db\"\nignore = [{patterns}]\n"));
    };
    by_hand(
        &project,
        "CREATE TABLE spatial_ref (id INTEGER); CREATE INDEX spatial_i ON spatial_ref (id); CREATE INDEX mine ON orders (id);
         PRAGMA user_version = 4;",
    );
    ignore("\"table spatial_*\", \"setting user_version\"");
    assert_eq!(differences(&project), ["table orders: index mine was added"]);
    project.run(["diff"]).lacks("spatial").lacks("user_version");
    ignore("\"spatial_*\", \"setting *\", \"index mi?e\"");
    project.run(["diff"]).ok();
    project.run(["status", "--check"]).ok();
    // What is recorded leaves it out too: another change of it is seen at once to be none. What was recorded before did not.
    project.run(["repair", "--fingerprint"]).ok();
    migration(&project, "V5__note", "ALTER TABLE orders ADD note;\n", "ALTER TABLE orders DROP note;\n");
    project.run(["up"]).ok();
    by_hand(&project, "DROP TABLE spatial_ref");
    let document: serde_json::Value = serde_json::from_str(&project.run(["diff", "--json"]).ok().stdout).unwrap();
    assert_eq!(document["databases"][0]["recorded"], document["databases"][0]["live"]);
    ignore("\"tabel spatial_*\"");
    project.run(["diff"]).code(2).stderr_has("`tabel` is no kind of object").stderr_has("did you mean `table`?");
}

#[test]
fn what_a_migration_made_may_be_ignored() {
    let project = migrated();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\nignore = [\"view *\"]\n");
    by_hand(&project, "DROP VIEW big; CREATE TABLE audit (id INTEGER);");
    let output = project.run(["diff", "--sql"]);
    output.code(3).stdout_has("CREATE TABLE audit").stdout_has("DROP TABLE audit").lacks("big");
}

#[test]
fn a_modified_file_leaves_the_fingerprint() {
    let project = migrated();
    project.file("migrations/sqlite/V2__add_total.sql", "ALTER TABLE orders ADD total INTEGER;\n");
    // The database is what the last run left, whatever the files say now.
    project.run(["diff"]).ok();
    by_hand(&project, "CREATE TABLE audit (id INTEGER)");
    printed(
        &project,
        &project.run(["diff"]).code(3).clone(),
        "app.db (sqlite)\nnot known\n",
        "error[E0412]: app.db is not what the last run left
   = cause: version 2 was changed after it was applied

hint: `schemactl repair` shows what can be put right in the history
",
    );
    forget_fingerprint(&project);
    let output = project.run(["diff", "--json"]);
    output
        .code(3)
        .stdout_has("\"drift\": \"unknown\"")
        .stdout_has("whether app.db is what its migrations make is not known");
    fs::remove_file(project.path().join("migrations/sqlite/V4__big.sql")).unwrap();
    fs::remove_file(project.path().join("migrations/sqlite/V4__big.down.sql")).unwrap();
    project.run(["diff"]).code(3).stderr_has("version 2 was changed after it was applied; version 4 has no file");
}

#[test]
fn checking_commands_report_drift() {
    let project = migrated();
    project.run(["generate"]).ok();
    by_hand(&project, "CREATE TABLE audit (id INTEGER)");
    project.run(["status"]).ok().lacks("audit");
    project.run(["check"]).ok();
    printed(
        &project,
        &project.run(["status", "--check", "--quiet"]).code(3).clone(),
        "",
        "error[E0412]: app.db is not what its migrations make: 1 difference
   = cause: table audit was added

hint: `schemactl diff` shows it as SQL, and the SQL that takes it back
hint: where it is somebody else's, as another application's in the same database, leave it out in schema.toml: `ignore = [\"table audit\"]`
",
    );
    project
        .run(["status", "--check", "--json"])
        .code(3)
        .stdout_has("\"drift\": [\n        \"table audit was added\"\n");
    for arguments in [["check", "--online"].as_slice(), &["check", "--backend", "sqlite"]] {
        let output = project.run(arguments);
        output.code(3).stdout_has("error[E0412]").stdout_has("table audit was added").stdout_has("1 finding");
    }
    // Both findings are told.
    migration(&project, "V5__note", "ALTER TABLE orders ADD note;\n", "ALTER TABLE orders DROP note;\n");
    project.run(["status", "--check"]).code(3).stderr_has("E0410").stderr_has("E0412");
    // Where no fingerprint was recorded, all is compared.
    fs::remove_file(project.path().join("migrations/sqlite/V5__note.sql")).unwrap();
    fs::remove_file(project.path().join("migrations/sqlite/V5__note.down.sql")).unwrap();
    forget_fingerprint(&project);
    project.run(["status", "--check"]).code(3).stderr_has("table audit was added");
    by_hand(&project, "DROP TABLE audit");
    project.run(["status", "--check"]).ok();
    project.run(["check", "--online"]).ok();
}

#[test]
fn nothing_is_written() {
    let project = migrated();
    by_hand(&project, "CREATE TABLE audit (id INTEGER); DROP VIEW big;");
    let (files, bytes) = (project.files(), fs::read(project.path().join("app.db")).unwrap());
    for arguments in [["diff", "--sql"].as_slice(), &["diff", "--json"], &["status", "--check"], &["check", "--online"]]
    {
        project.run(arguments).code(3);
        assert_eq!(project.files(), files);
        assert_eq!(fs::read(project.path().join("app.db")).unwrap(), bytes);
    }
    // A file that is missing stays missing.
    fs::remove_file(project.path().join("app.db")).unwrap();
    project.run(["diff"]).ok().stdout_has("there is no database at app.db");
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn the_order_of_a_late_version_is_found() {
    let project = shop();
    project.run(["up", "--to", "1"]).ok();
    migration(&project, "V3__note", "ALTER TABLE orders ADD note;\n", "ALTER TABLE orders DROP note;\n");
    let second = project.read("migrations/sqlite/V2__add_total.sql");
    fs::remove_file(project.path().join("migrations/sqlite/V2__add_total.sql")).unwrap();
    let down = project.read("migrations/sqlite/V2__add_total.down.sql");
    fs::remove_file(project.path().join("migrations/sqlite/V2__add_total.down.sql")).unwrap();
    project.run(["up"]).ok();
    migration(&project, "V2__add_total", &second, &down);
    project.run(["up", "--order", "any"]).ok();
    forget_fingerprint(&project);
    // The columns are in the order in which the migrations ran, which is not that of their versions.
    project.run(["diff"]).ok();
}

#[test]
fn a_repeatable_migration_uses_later_ones() {
    let project = shop();
    let view = "-- schemactl: repeat = changed\nDROP VIEW IF EXISTS totals;\nCREATE VIEW totals AS SELECT sum(total) FROM orders;\n";
    migration(&project, "V1000__totals", view, "DROP VIEW totals;\n");
    project.run(["up"]).ok();
    migration(&project, "V3__vat", "ALTER TABLE orders ADD vat;\n", "ALTER TABLE orders DROP vat;\n");
    migration(&project, "V1000__totals", &view.replace("sum(total)", "sum(total + vat)"), "DROP VIEW totals;\n");
    project.run(["up", "--order", "any"]).ok();
    project.run(["diff"]).ok();
    forget_fingerprint(&project);
    project.run(["diff"]).ok();
}

#[test]
fn an_interrupted_migration_is_neither_here_nor_there() {
    let project = migrated();
    project.file(
        "migrations/sqlite/V5__parts.sql",
        "-- schemactl: transaction = none\nCREATE TABLE a (x);\nCREATE TABLE b (x;\n",
    );
    project.run(["up"]).code(1);
    by_hand(&project, "DROP VIEW big");
    project.run(["diff"]).code(3).stderr_has("is not known");
}

#[test]
fn several_databases_are_all_compared() {
    let project = shop();
    let section = |name: &str| {
        format!("[database.{name}.sqlite]\nurl = \"sqlite:{name}.db\"\nmigrations = \"migrations/sqlite\"\n")
    };
    project.config(&["a", "b", "c"].map(section).concat());
    project.run(["up"]).ok();
    sqlite::open(&project.path().join("a.db")).execute_batch("CREATE TABLE x (y)").unwrap();
    fs::write(project.path().join("b.db"), "no database").unwrap();
    let output = project.run(["diff"]);
    output.code(1).stdout_has("a (sqlite, a.db)\n1 difference").stdout_has("c (sqlite, c.db)\nno drift");
    output.stderr_has("error[E0412]: a: a.db is not what").stderr_has("error[E0505]: b: ");
}

#[test]
fn the_document_is_stable() {
    let project = shop();
    project.run(["up"]).ok();
    by_hand(&project, "CREATE TABLE audit (id INTEGER); PRAGMA user_version = 3;");
    let mut printed = project.run(["diff", "--json"]).code(3).stdout.clone();
    let (hash, digits) = ("sha256:", 64);
    for (at, _) in printed.clone().rmatch_indices(hash) {
        let end = at + hash.len() + digits;
        assert!(printed[at + hash.len()..end].bytes().all(|byte| byte.is_ascii_hexdigit()));
        printed.replace_range(at..end, "sha256:...");
    }
    assert_eq!(printed, include_str!("../../golden/diff.json"));
}

/// Whether each command that looks for drift finds it.
fn is_found(project: &Project) {
    project.run(["diff"]).code(3).stderr_has("error[E0412]");
    project.run(["status", "--check"]).code(3).stderr_has("E0412");
    project.run(["check", "--backend", "sqlite"]).code(3).stdout_has("E0412");
}

#[test]
fn i8_11_a_run_does_not_stamp_over_drift() {
    // By an up, by a down, and by a down after which an up follows.
    for runs in [vec![vec!["up"]], vec![vec!["down"]], vec![vec!["up"], vec!["down"], vec!["up"]]] {
        let project = migrated();
        by_hand(&project, "INSERT INTO orders (total) VALUES (1); ALTER TABLE orders ADD COLUMN extra TEXT");
        is_found(&project);
        if runs[0] == ["up"] {
            migration(&project, "V5__more", "CREATE TABLE more (a);\n", "DROP TABLE more;\n");
        }
        for run in runs {
            project.run(run).ok().stderr_has("no fingerprint of the catalog was recorded");
            is_found(&project);
        }
        // Taken back by hand, nothing is found any more, though no run has recorded it yet.
        by_hand(&project, "ALTER TABLE orders DROP COLUMN extra");
        project.run(["diff"]).ok();
        project.run(["repair", "--fingerprint"]).ok();
        let last = "SELECT fingerprint IS NOT NULL FROM schema_migrations ORDER BY version DESC LIMIT 1";
        assert_eq!(query(&project, last), "1");
    }
}

#[test]
fn i8_11_what_was_there_before_the_first_migration_is_not_stamped() {
    let project = shop();
    migration(
        &project,
        "V3__log",
        "CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, line TEXT NOT NULL);\n",
        "DROP TABLE log;\n",
    );
    by_hand(&project, "CREATE TABLE log (id INTEGER, text TEXT); INSERT INTO log VALUES (1, 'kept')");
    let output = project.run(["up", "--existing-database", "allow"]);
    output.ok().stderr_has("the database held something before its first migration");
    is_found(&project);
}

#[test]
fn i8_11_what_schema_lock_knows_settles_it() {
    let project = migrated();
    project.run(["generate"]).ok();
    forget_fingerprint(&project);
    migration(&project, "V5__more", "CREATE TABLE more (a);\n", "DROP TABLE more;\n");
    project.run(["generate"]).ok();
    // The ground is as it was proven: what follows is recorded again.
    project.run(["up"]).ok().lacks("fingerprint");
    assert_eq!(query(&project, "SELECT version FROM schema_migrations WHERE fingerprint IS NOT NULL"), "5");
    // A down that does not lead back is told from one that does.
    project.file("migrations/sqlite/V6__two.sql", "CREATE TABLE two (a);\nCREATE TABLE three (a);\n");
    project.file("migrations/sqlite/V6__two.down.sql", "DROP TABLE two;\n");
    project.run(["up"]).ok();
    project.run(["down"]).ok().stderr_has("no fingerprint of the catalog was recorded");
    is_found(&project);
}

#[test]
fn i8_11_a_run_that_fails_in_the_midst_keeps_the_ground() {
    let project = migrated();
    migration(&project, "V5__more", "CREATE TABLE more (a);\n", "DROP TABLE more;\n");
    migration(&project, "V6__wrong", "CREATE TABLE more (a);\n", "DROP TABLE more;\n");
    project.run(["up"]).code(1);
    assert_eq!(query(&project, "SELECT max(version) FROM schema_migrations WHERE fingerprint IS NOT NULL"), "5");
    project.file("migrations/sqlite/V6__wrong.sql", "CREATE TABLE other (a);\n");
    project.run(["up"]).ok().lacks("fingerprint");
    project.run(["status", "--check"]).ok();
}

#[test]
fn i8_11_a_repair_does_not_launder() {
    // The file says more than was run, and the checksum is taken over.
    let project = migrated();
    project.file("migrations/sqlite/V4__big.sql", "CREATE VIEW big AS SELECT id FROM orders WHERE total > 5;\n");
    project.run(["repair", "--checksums", "--yes"]).ok().stdout_has("repair made").stderr_has("view big differs");
    is_found(&project);
    // A version is declared to be there, and is not.
    let project = migrated();
    migration(&project, "V5__more", "CREATE TABLE more (a);\n", "DROP TABLE more;\n");
    project.run(["repair", "--mark-applied", "5", "--yes"]).ok().stderr_has("table more is missing");
    is_found(&project);
    // It is.
    by_hand(&project, "CREATE TABLE more (a)");
    project.run(["diff"]).ok();
    project.run(["repair", "--forget", "5", "--yes"]).ok().stderr_has("table more was added");
    project.run(["repair", "--fingerprint"]).code(3).stderr_has("error[E0412]").stderr_has("table more was added");
    is_found(&project);
    project.run(["repair", "--mark-applied", "5", "--yes"]).ok();
    assert_eq!(query(&project, "SELECT version FROM schema_migrations WHERE fingerprint IS NOT NULL"), "2\n3\n4\n5");
    project.run(["status", "--check"]).ok();
}

#[test]
fn i8_11_a_database_is_compared_when_it_is_taken_over() {
    let project = shop();
    by_hand(
        &project,
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP, \
         success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL); \
         INSERT INTO _sqlx_migrations VALUES (1, 'a', '', true, x'00', 0), (2, 'b', '', true, x'00', 0)",
    );
    let output = project.run(["adopt"]);
    output
        .ok()
        .stderr_has("is not what its migrations make")
        .stderr_has("is missing")
        .lacks("_sqlx_migrations was added");
    is_found(&project);
    // Where all is there, nothing is found; and the other tool's table is not offered to be dropped.
    let tables =
        project.read("migrations/sqlite/V1__create_orders.sql") + &project.read("migrations/sqlite/V2__add_total.sql");
    by_hand(&project, &tables);
    project.run(["diff", "--sql"]).ok().lacks("_sqlx_migrations");
    project.run(["status", "--check"]).ok();
}

#[test]
fn i8_11_that_nobody_can_tell_is_a_finding() {
    let project = migrated();
    forget_fingerprint(&project);
    // A file is gone: there is nothing to replay.
    std::fs::remove_file(project.path().join("migrations/sqlite/V4__big.sql")).unwrap();
    std::fs::remove_file(project.path().join("migrations/sqlite/V4__big.down.sql")).unwrap();
    let output = project.run(["status", "--check"]);
    output.code(3).stderr_has("whether app.db is what its migrations make is not known");
}

/// As `.dump` writes it: the virtual table is a row of `sqlite_schema`, and known only once that is parsed again.
const DUMP: &str = "PRAGMA writable_schema=ON;\n\
     INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql) VALUES('table','notes','notes',0,\n\
     'CREATE VIRTUAL TABLE notes USING fts5(body)');\n\
     CREATE TABLE IF NOT EXISTS 'notes_data'(id INTEGER PRIMARY KEY, block BLOB);\n\
     INSERT INTO notes_data VALUES(1,X'');\nINSERT INTO notes_data VALUES(10,X'00000000000000');\n\
     CREATE TABLE IF NOT EXISTS 'notes_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;\n\
     CREATE TABLE IF NOT EXISTS 'notes_content'(id INTEGER PRIMARY KEY, c0);\n\
     CREATE TABLE IF NOT EXISTS 'notes_docsize'(id INTEGER PRIMARY KEY, sz BLOB);\n\
     CREATE TABLE IF NOT EXISTS 'notes_config'(k PRIMARY KEY, v) WITHOUT ROWID;\n\
     INSERT INTO notes_config VALUES('version',4);\nPRAGMA writable_schema=OFF;\n";

#[test]
fn i8_12_a_dump_with_full_text_search_is_no_drift() {
    // A database that a dump made.
    let project = shop();
    migration(&project, "V3__notes", "CREATE VIRTUAL TABLE notes USING fts5(body);\n", "DROP TABLE notes;\n");
    project.run(["up"]).ok();
    by_hand(&project, &format!("DROP TABLE notes; {DUMP}"));
    project.run(["diff"]).ok().stdout_has("no drift");
    forget_fingerprint(&project);
    project.run(["diff"]).ok().stdout_has("no drift");
    // One that is found beside it is none of its tables.
    by_hand(&project, "CREATE TABLE notes_stat (a)");
    assert_eq!(differences(&project), ["table notes_stat was added"]);
}

#[test]
fn i8_i_what_a_terminal_would_obey_is_not_printed_and_literals_stay() {
    let project = migrated();
    by_hand(
        &project,
        "CREATE TABLE \"a\u{1b}[2Jb\" (x TEXT DEFAULT 'one\ntwo\u{1b}[31m\n  three'); CREATE VIEW v AS SELECT 'a\n\nb' AS c",
    );
    let output = project.run(["diff", "--sql"]);
    output.code(3).stdout_has("'one\ntwo\u{fffd}[31m\n  three'").stdout_has("'a\n\nb' AS c").lacks("\u{1b}");
    output.stdout_has("stands for a character that a terminal would obey: `--json` has it");
    let document: serde_json::Value = serde_json::from_str(&project.run(["diff", "--json"]).stdout).unwrap();
    assert!(document["databases"][0]["done"]["sql"].as_str().unwrap().contains("two\u{1b}[31m"));
    project.run(["status", "--check"]).code(3).lacks("\u{1b}");
}

#[test]
fn what_was_done_by_hand_is_written_as_the_next_migration() {
    let project = migrated();
    by_hand(
        &project,
        "CREATE TABLE audit (id INTEGER PRIMARY KEY, note TEXT DEFAULT 'a\n   b'); DROP INDEX orders_total;",
    );
    let output = project.run(["diff", "--new", "Add audit"]);
    output.ok().stdout_has("table audit was added").stdout_has("\ncreated migrations/sqlite/V5__add_audit.sql\n");
    output.stdout_has("\n  schemactl generate ").stdout_has("\n  schemactl repair --mark-applied 5 ").lacks("error");
    let text = fs::read_to_string(project.path().join("migrations/sqlite/V5__add_audit.sql")).unwrap();
    for statement in [
        "\nDROP INDEX orders_total;\n",
        "\nCREATE TABLE audit (id INTEGER PRIMARY KEY, note TEXT DEFAULT 'a\n   b');\n",
    ] {
        assert!(text.contains(statement), "{text}");
    }
    // What it says next leads to a database that is right, and to files that make the same elsewhere.
    project.run(["generate"]).ok();
    project.run(["repair", "--mark-applied", "5", "--yes"]).ok();
    project.run(["diff"]).ok().stdout_has("no drift");
    project.run(["status", "--check"]).ok();
    project.run(["check", "--prove"]).ok();
    project.run(["up", "--url", "sqlite:other.db"]).ok().stdout_has("5 applied");
    project.run(["down", "--url", "sqlite:other.db"]).ok().stdout_has("reverted 5 add_audit");
}

#[test]
fn where_nothing_is_to_be_written_nothing_is() {
    let project = migrated();
    let files = project.files();
    let output = project.run(["diff", "--new", "nothing"]);
    output.code(2).stderr_has("app.db is what its migrations make: there is no migration to write");
    by_hand(&project, "CREATE TABLE audit (id INTEGER PRIMARY KEY)");
    project.run(["diff", "--new", "..."]).code(2).stderr_has("has no letter or digit");
    assert_eq!(project.files(), files);
    migration(&project, "V5__late", "CREATE TABLE late (x);\n", "DROP TABLE late;\n");
    let output = project.run(["diff", "--new", "audit"]);
    output.code(2).stderr_has("migration 5 is pending, and comes first").stderr_has("nothing was written");
    // Where the last run's catalog is all that is known, what differs is not.
    fs::remove_file(project.path().join("migrations/sqlite/V5__late.sql")).unwrap();
    fs::remove_file(project.path().join("migrations/sqlite/V5__late.down.sql")).unwrap();
    project.file("migrations/sqlite/V4__big.sql", "CREATE VIEW big AS SELECT 1;\n");
    project.run(["diff", "--new", "audit"]).code(3).stderr_has("error[E0412]");
    assert_eq!(project.files(), files);
}

#[test]
fn the_first_migration_is_written_from_a_database_without_any() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n");
    project.file("migrations/sqlite/.gitkeep", "").file("migrations/postgres/.gitkeep", "");
    by_hand(&project, "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders DEFAULT VALUES;");
    let output = project.run(["diff", "--backend", "sqlite", "--new", "create schema", "--json"]);
    output.ok().stdout_has("\"file\": \"migrations/sqlite/V0001__create_schema.sql\"").stdout_has("\"version\": 1");
    project.run(["repair", "--backend", "sqlite", "--mark-applied", "1", "--yes"]).ok();
    project.run(["diff", "--backend", "sqlite"]).ok().stdout_has("no drift");
    assert_eq!(query(&project, "SELECT count(*) FROM orders"), "1");
}

/// The SQL runs as it is printed, also in a shell that enforces foreign keys: DROP TABLE would delete the rows that refer to the table.
#[test]
fn what_diff_prints_for_a_rebuild_keeps_the_rows_that_refer_to_it() {
    let project = project!();
    project.config("[sqlite]\nurl = \"sqlite:app.db\"\n");
    let up = "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL);\n\
              CREATE TABLE lines (id INTEGER PRIMARY KEY, o REFERENCES orders (id) ON DELETE CASCADE);\n";
    project.file("migrations/sqlite/V1__orders.sql", up);
    project.run(["up"]).ok();
    let connection = rusqlite::Connection::open(project.path().join("app.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO orders VALUES (1, 'Ada'); INSERT INTO lines VALUES (1, 1), (2, 1); PRAGMA foreign_keys = OFF; \
             CREATE TABLE new (id INTEGER PRIMARY KEY, customer TEXT); INSERT INTO new SELECT * FROM orders; DROP TABLE orders; \
             ALTER TABLE new RENAME TO orders;",
        )
        .unwrap();
    let printed = project.run(["diff", "--sql"]).code(3).stdout.clone();
    let (_, back) = printed.split_once("what takes it back\n").unwrap();
    connection.execute_batch(&format!("PRAGMA foreign_keys = ON;\n{back}")).unwrap();
    assert_eq!(connection.query_row("SELECT count(*) FROM lines", [], |row| row.get::<_, i64>(0)).unwrap(), 2);
    project.run(["diff"]).ok().stdout_has("no drift");
    // What drops no table is printed as it is.
    connection.execute_batch("ALTER TABLE orders ADD COLUMN note").unwrap();
    project.run(["diff", "--sql"]).code(3).lacks("PRAGMA");
}

/// The file is compared with nothing: what it says now may never have been run anywhere.
#[test]
fn diff_says_which_files_it_does_not_compare_with() {
    for place in super::place::Place::all() {
        place.write(
            "V1__orders",
            "CREATE TABLE orders (id INTEGER, total INTEGER DEFAULT 0);\n",
            "DROP TABLE orders;\n",
        );
        place.write("V2__more", "CREATE TABLE more (id INTEGER);\n", "DROP TABLE more;\n");
        place.project.run(["up"]).ok();
        place.write(
            "V1__orders",
            "CREATE TABLE orders (id INTEGER, total INTEGER DEFAULT 1);\n",
            "DROP TABLE orders;\n",
        );
        let note = "1 orders was edited after it was applied: the database is compared with what was applied";
        place.project.run(["diff"]).ok().stdout_has(note).stdout_has("no drift").lacks("2 more");
    }
}
