//! Issue 8, E: what the command tries does not leave the sandbox it tries it in.

use super::{migration, query, shop};
use schemactl_test_support::cli::Project;
use schemactl_test_support::sqlite;

const ARCHIVED: &str = "CREATE TABLE kept (id); INSERT INTO kept VALUES (1), (2), (3);";

fn archive(project: &Project) -> String {
    sqlite::query(&sqlite::open(&project.path().join("archive.db")), "SELECT count(*) FROM kept")
}

/// A project beside whose database lies an archive.
fn with_archive() -> Project {
    let project = shop();
    sqlite::open(&project.path().join("archive.db")).execute_batch(ARCHIVED).unwrap();
    project
}

#[test]
fn e29_a_dry_run_of_up_leaves_attached_files_alone() {
    let project = with_archive();
    let attach = "ATTACH 'archive.db' AS archive;\nSELECT 1;\nDELETE FROM archive.kept;\n";
    migration(&project, "V3__move", attach, "SELECT 1;");
    for arguments in [["plan"].as_slice(), &["up", "--dry-run"]] {
        let output = project.run(arguments);
        output.ok().stdout_has(
            "rehearsed: 2 of 3 steps would succeed; the last one was not rehearsed: statement 1 of migration 3 move attaches another \
             database: archive.db; nothing was changed",
        );
        assert_eq!(archive(&project), "3", "{}", output.text());
    }
    let json = project.run(["plan", "--json"]);
    json.ok().stdout_has("\"succeeded\": 2").stdout_has("\"stopped\": \"statement 1 of migration 3 move attaches");
    project.run(["up"]).ok();
    assert_eq!(archive(&project), "0", "the real run does what it says");
}

#[test]
fn e29_a_dry_run_of_down_leaves_attached_files_alone() {
    let project = with_archive();
    migration(&project, "V3__move", "SELECT 1;", "ATTACH 'archive.db' AS archive;\nDROP TABLE archive.kept;\n");
    project.run(["up"]).ok();
    let output = project.run(["down", "--dry-run"]);
    output.ok().stdout_has("loses table archive.kept").stdout_has("not rehearsed: statement 1 of migration 3 move");
    assert_eq!(archive(&project), "3", "{}", output.text());
}

/// I: what is lost in a database that the down attaches cannot be counted beforehand, and is asked for.
#[test]
fn i_a_down_that_attaches_is_asked_for_and_runs() {
    let project = with_archive();
    migration(&project, "V3__move", "SELECT 1;", "ATTACH 'archive.db' AS archive;\nDROP TABLE archive.kept;\n");
    project.run(["up"]).ok();
    project.run(["down"]).code(5).stderr_has("E0408").stderr_has("table archive.kept");
    assert_eq!(archive(&project), "3");
    project.run(["down", "--accept-data-loss"]).ok();
    assert_eq!(query(&project, "SELECT max(version) FROM schema_migrations"), "2");
}

#[test]
fn e29_a_proof_leaves_files_alone() {
    for up in [
        "ATTACH 'archive.db' AS archive; DELETE FROM archive.kept;",
        "/* a */ ATTACH 'archive.db' AS archive; DELETE FROM archive.kept;",
        "SELECT load_extension('archive.db');",
        "CREATE VIEW v AS SELECT load_extension('archive.db') AS x; CREATE TABLE t AS SELECT x FROM v;",
        "PRAGMA temp_store_directory = '.';",
    ] {
        let project = with_archive();
        project.file("migrations/sqlite/V3__out.sql", up);
        let output = project.run(["generate"]);
        assert_ne!(output.status.code(), Some(0), "{up}\n{}", output.text());
        assert!(!output.text().contains("out: lossless"), "{}", output.text());
        assert_eq!(archive(&project), "3", "{up}");
    }
}

/// I: a temporary table with AUTOINCREMENT brings `temp.sqlite_sequence`, which cannot be dropped.
#[test]
fn i_a_temporary_autoincrement_does_not_end_the_proofs() {
    let project = shop();
    let up = "CREATE TEMP TABLE work (id INTEGER PRIMARY KEY AUTOINCREMENT, x); INSERT INTO work (x) VALUES (1);";
    migration(&project, "V3__work", up, "SELECT 1;");
    migration(&project, "V4__later", "CREATE TABLE later (id INTEGER PRIMARY KEY);", "DROP TABLE later;");
    project.run(["prove"]).ok().stdout_has("4 migrations: 1 lossless, 3 lossy");
}

#[test]
fn e29_no_file_is_written_by_a_copy_or_a_proof() {
    let project = shop();
    let schema = "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('table', 'x', 'x', 0, \
                  'CREATE VIRTUAL TABLE x USING csv(filename=''app.db'')'); PRAGMA writable_schema = RESET;";
    project.file("migrations/sqlite/V3__schema.sql", schema);
    project.file("migrations/sqlite/V4__into.sql", "VACUUM INTO 'written.db';");
    let before = project.files();
    for arguments in [["plan"].as_slice(), &["up", "--dry-run"], &["prove"]] {
        let output = project.run(arguments);
        assert_eq!(project.files(), before, "{}", output.text());
    }
}

/// 33: what does not run is named and a finding, and the migrations after it are proven all the same.
#[test]
fn e33_a_migration_that_cannot_be_proven_does_not_end_the_proofs() {
    let project = shop();
    migration(&project, "V3__vectors", "CREATE VIRTUAL TABLE v USING vec0(x float[3]);", "DROP TABLE v;");
    migration(&project, "V4__other", "CREATE TABLE other (id INTEGER PRIMARY KEY);", "DROP TABLE other;");
    migration(&project, "V5__wrong", "CREATE TABLE wrong (id);", "SELECT 1;");
    migration(&project, "V6__needs", "INSERT INTO v (x) VALUES ('[1,2,3]');", "DELETE FROM v;");
    let output = project.run(["prove"]);
    output
        .code(3)
        .stdout_has("3 vectors: FAILED")
        .stdout_has("no such module: vec0")
        .stdout_has("4 other: lossy")
        .stdout_has("5 wrong: WRONG")
        .stdout_has("proven without what version 3 makes")
        .stdout_has("not tried: 1 migration, since the up of 3 vectors does not run");
    let checked = project.run(["check", "--prove"]);
    checked.code(3).stdout_has("no such module: vec0").stdout_has("the down of 5 wrong");
    // No down is derived where the ground lacks something.
    std::fs::remove_file(project.path().join("migrations/sqlite/V4__other.down.sql")).unwrap();
    let generated = project.run(["generate"]);
    assert_ne!(generated.status.code(), Some(0), "{}", generated.text());
    assert!(!project.path().join("migrations/sqlite/V4__other.down.sql").exists());
}

/// 33: functions and collations that the application registers have stand-ins, and it is said which.
#[test]
fn e33_functions_and_collations_of_the_application_have_stand_ins() {
    let project = shop();
    let up = "CREATE TABLE people (name TEXT COLLATE german UNIQUE, slug TEXT DEFAULT (slugify('x')));\n\
              CREATE INDEX people_slug ON people (name COLLATE unicode);\n\
              INSERT INTO people (name) VALUES ('b'), ('a');";
    migration(&project, "V3__people", up, "DROP TABLE people;");
    migration(&project, "V4__more", "CREATE INDEX again ON people (name);", "DROP INDEX again;");
    let output = project.run(["prove"]);
    output
        .ok()
        .stdout_has("slugify")
        .stdout_has("collations that SQLite does not have were taken to compare bytes: german, unicode");
}

/// 33: what the platform brings is the ground of proofs, and no migration's.
#[test]
fn e33_a_setup_is_the_ground_of_proofs() {
    let project = shop();
    project
        .file("platform.sql", "CREATE TABLE platform_users (id INTEGER PRIMARY KEY, name TEXT);\n")
        .config("[sqlite]\nurl = \"sqlite:app.db\"\nscratch_setup = \"platform.sql\"\n");
    let up = "CREATE TABLE profile (who INTEGER REFERENCES platform_users (id));\nINSERT INTO profile SELECT id FROM platform_users;";
    project.file("migrations/sqlite/V3__profile.sql", up);
    project.run(["generate"]).ok().stdout_has("3 profile");
    let down = project.read("migrations/sqlite/V3__profile.down.sql");
    assert!(down.contains("DROP TABLE profile") && !down.contains("platform_users"), "{down}");
    project.run(["check", "--prove"]).ok();
    sqlite::open(&project.path().join("app.db"))
        .execute_batch("CREATE TABLE platform_users (id INTEGER PRIMARY KEY, name TEXT)")
        .unwrap();
    project.run(["up"]).ok();
    project.run(["diff"]).ok().stdout_has("no drift");
    project.file("platform.sql", "CREATE TABLE platform_users (;\n");
    project.run(["prove", "--all"]).code(1).stderr_has("platform.sql");
    std::fs::remove_file(project.path().join("platform.sql")).unwrap();
    project.run(["prove", "--all"]).code(1).stderr_has("platform.sql, the `scratch_setup`, cannot be read");
    project.run(["status"]).ok();
}
