//! What is kept is taken away: asked for, since its time is over, and what a down says afterwards.

use schemactl::{Back, KeptState, Migrations, Options, PurgeRequest, Version, sqlite};
use schemactl_test_support::cli::Project;
use schemactl_test_support::sqlite::query;

use super::kept::{Shows as _, database, document, first, shop, with_second};

fn log(project: &Project) -> String {
    query(
        &database(project),
        "SELECT version, description, outcome, detail FROM schema_migrations_log WHERE action = 'purge' ORDER BY id",
    )
}

fn tables(project: &Project) -> String {
    query(&database(project), "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'schema_migrations_undo_2%'")
}

/// Says of what is kept that its time is over.
fn expire(project: &Project) {
    database(project)
        .execute_batch("UPDATE schema_migrations_undo SET kept_until = '2026-01-02T03:04:05.678Z' WHERE number = 0")
        .unwrap();
}

#[test]
fn what_is_purged_is_told_logged_and_gone() {
    let project = shop();
    let roles = query(&database(&project), "SELECT * FROM role ORDER BY 1");
    let purge = project.run(["undo", "purge", "2", "--yes"]);
    purge.ok().shows(&[
        "purge 2 second: 3 rows, ",
        ", of role\n",
        "purged 3 rows, ",
        ", of 1 version: its down does not put rows back any more",
    ]);
    assert_eq!(tables(&project), "0");
    assert_eq!(query(&database(&project), "SELECT * FROM role ORDER BY 1"), roles);
    let log = log(&project);
    assert!(log.starts_with("2|second|done|purged 3 rows, ") && log.ends_with(", of role"), "{log}");
    project.run(["undo", "list"]).ok().stdout_has("purged on 20").stdout_has("kept of 0 versions: 0 rows, 0 B");
    project
        .run(["undo", "show", "2"])
        .ok()
        .stdout_has("2 second: a down does not put rows back any more: they were purged on 20");
    // What was lossless, or nothing was known of, is lossy since.
    let status = document(&project.run(["status", "--json"]));
    let migration = &status["migrations"][1];
    let verdict = migration["verdict"].as_str().unwrap();
    assert!(
        verdict.starts_with("lossy: ")
            && verdict.contains("rows that the up changed are not put back: they were purged on 20"),
        "{verdict}"
    );
    assert_eq!(migration["kept"]["state"], "purged");
    project.run(["status"]).ok().stdout_has("  purged\n");
    // Nothing else has become of the database.
    project.run(["diff"]).ok();
    project.run(["repair"]).ok().stdout_has("nothing to repair");
    project.run(["up"]).ok().stdout_has("nothing to do");
}

#[test]
fn a_down_after_a_purge_says_why_rows_are_not_put_back() {
    let project = shop();
    // A down by hand that would lose nothing by its text.
    project.file("migrations/sqlite/V2__second.down.sql", "SELECT 1;\n");
    project.run(["repair", "--downs", "--yes"]).ok();
    project.run(["undo", "purge", "2", "--yes"]).ok();
    let sentence = "rows that the up changed are not kept any more, and are not put back: they were purged on 20";
    project.run(["down", "--dry-run"]).ok().stdout_has(sentence).stdout_has("lossy: ");
    project.run(["down"]).ok().stdout_has(sentence);
    assert_eq!(query(&database(&project), "SELECT name FROM role ORDER BY 1"), "editor\nguest");
    // With its version the record is gone; the next up keeps rows as ever.
    project.run(["undo", "list"]).ok().stdout_has("nothing is kept");
    database(&project).execute_batch("DELETE FROM role WHERE name = 'editor'").unwrap();
    project.run(["up"]).ok();
    project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 2 rows");
}

#[test]
fn a_generated_down_asks_again_for_what_it_deletes() {
    let project = with_second("INSERT INTO role VALUES ('editor', 3);\n");
    project.run(["down", "--dry-run"]).ok().lacks("data would be lost");
    project.run(["undo", "purge", "--all", "--yes"]).ok();
    project.run(["down"]).code(5).error("E0408").says(&["role", "`schemactl down --accept-data-loss`"]);
    project.run(["down", "--accept-data-loss"]).ok();
}

#[test]
fn nothing_is_purged_without_a_yes() {
    let project = shop();
    let unasked = "what is kept of 1 version would be purged, and there is no terminal to ask";
    for arguments in [&["undo", "purge", "2"][..], &["undo", "purge", "2", "--quiet"]] {
        project.run(arguments).code(2).says(&["E0107", unasked, "`--yes` purges it"]);
    }
    project.run(["undo", "purge", "--all", "--json"]).code(2).stdout_has(unasked).stdout_has("\"applied\": false");
    let none = project.run(["undo", "purge"]);
    none.code(2).error("E0107").says(&["is to be told what it takes away", "`--expired`", "`--all`"]);
    project.run(["undo", "purge", "--all", "2"]).code(2);
    project.run(["undo", "purge", "0", "--yes"]).code(2).stderr_has("a version is a whole number from 1");
    project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 3 rows");
    assert_eq!(log(&project), "");
}

#[test]
fn a_version_that_is_not_kept_is_told_and_an_unknown_one_is_refused() {
    let project = shop();
    let purge = project.run(["undo", "purge", "1", "--yes"]);
    purge.ok().stdout_has("nothing is kept of version 1: it did nothing to rows").stdout_has("nothing to purge");
    // One that nobody knows may be a slip of the hand: nothing is done of the others either.
    let unknown = project.run(["undo", "purge", "2", "20", "--yes"]);
    unknown.code(2).error("E0409").says(&["version 20 is not applied to ", "nothing was changed"]);
    project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 3 rows");
    project.run(["undo", "purge", "1", "2", "--yes"]).ok().stdout_has("purged 3 rows");
    // Purged once is purged: a script may ask again.
    let again = project.run(["undo", "purge", "2", "--yes", "--json"]);
    let document = document(again.ok());
    assert_eq!((&document["applied"], &document["purged"]), (&false.into(), &serde_json::json!([])));
    assert!(document["nothing"][0]["reason"].as_str().unwrap().starts_with("they were purged on 20"), "{document:#}");
}

#[test]
fn a_purge_is_told_as_a_document() {
    let project = shop();
    let document = document(project.run(["undo", "purge", "--all", "--yes", "--json"]).ok());
    let purged = &document["purged"][0];
    assert_eq!((&purged["version"], &purged["rows"], &document["applied"]), (&2.into(), &3.into(), &true.into()));
    assert_eq!((&document["rows"], &document["bytes"]), (&3.into(), &purged["bytes"]));
}

#[test]
fn what_is_over_is_told_and_purged_by_the_next_run() {
    let project = shop();
    expire(&project);
    project
        .run(["undo", "list"])
        .ok()
        .stdout_has("expired: kept until 2026-01-02T03:04:05.678Z")
        .stdout_has("kept of 0 versions: 0 rows, 0 B; expired, and still there, of 1 version: 3 rows");
    project.run(["undo", "show", "2"]).ok().shows(&[
        "kept until 2026-01-02",
        "3 rows, ",
        "are there until the next run",
    ]);
    project.run(["status"]).ok().stdout_has("  expired\n");
    let status = document(&project.run(["status", "--json"]));
    assert!(status["migrations"][1]["verdict"].as_str().unwrap().contains("kept until 2026-01-02"), "{status:#}");
    // It is taken away by whoever changes the history next, and said.
    project.file("migrations/sqlite/V3__third.sql", "CREATE TABLE third (id integer);\n");
    project.file("migrations/sqlite/V3__third.down.sql", "DROP TABLE third;\n");
    let up = project.run(["up"]);
    up.ok()
        .stderr_has("what it did to rows was kept until 2026-01-02T03:04:05.678Z: 3 rows, ")
        .stderr_has("its down does not put them back");
    assert_eq!(tables(&project), "0");
    let log = log(&project);
    assert!(
        log.starts_with("2|second|done|purged 3 rows, ")
            && log.ends_with("; they were kept until 2026-01-02T03:04:05.678Z"),
        "{log}"
    );
    project.run(["undo", "list"]).ok().stdout_has("purged: kept until 2026-01-02T03:04:05.678Z");
    project
        .run(["down", "--dry-run", "--steps", "2"])
        .ok()
        .stdout_has("are not put back: they were kept until 2026-01-02");
}

#[test]
fn a_repair_says_what_it_purges() {
    let project = shop();
    expire(&project);
    let repair = project.run(["repair", "--mark-applied", "3", "--yes"]);
    repair.code(2);
    assert_eq!(tables(&project), "1", "nothing was done");
    project.file("migrations/sqlite/V3__third.sql", "CREATE TABLE third (id integer);\n");
    let repair = project.run(["repair", "--mark-applied", "3", "--yes"]);
    repair.ok().stderr_has("what it did to rows was kept until 2026-01-02T03:04:05.678Z: 3 rows, ");
    assert_eq!(tables(&project), "0");
}

#[test]
fn what_is_over_alone_is_purged_where_that_is_asked_for() {
    let project = shop();
    project.file("migrations/sqlite/V3__third.sql", "DELETE FROM member WHERE id = 2;\n");
    project.run(["generate"]).ok();
    project.run(["up"]).ok();
    project.run(["undo", "purge", "--expired", "--yes"]).ok().stdout_has("nothing to purge");
    database(&project)
        .execute_batch("UPDATE schema_migrations_undo SET kept_until = '2026-01-02T03:04:05.678Z' WHERE version = 2 AND number = 0")
        .unwrap();
    project.run(["undo", "purge", "--expired", "--yes"]).ok().stdout_has("purge 2 second: 3 rows").lacks("purge 3");
    project.run(["undo", "list"]).ok().stdout_has("purged on 20").stdout_has("kept of 1 version: 1 row");
    // The other is put back.
    project.run(["down"]).ok();
    assert_eq!(query(&database(&project), "SELECT count(*) FROM member"), "2");
}

#[test]
fn another_run_is_waited_for_and_nothing_is_purged_meanwhile() {
    let project = shop();
    let other = database(&project);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let purge = project.run(["undo", "purge", "2", "--yes", "--lock-wait", "200ms"]);
    purge.code(4).error("E0601").says(&["stayed locked by another connection", "nothing was purged"]);
    // It goes on once the other has ended.
    let mut purge = project.spawn(["undo", "purge", "2", "--yes", "--lock-wait", "30s"]);
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(!purge.has_ended());
    other.execute_batch("COMMIT").unwrap();
    purge.wait().ok().stdout_has("purged 3 rows");
}

#[test]
fn what_was_kept_anew_is_not_purged() {
    let project = shop();
    let other = database(&project);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut purge = project.spawn(["undo", "purge", "2", "--yes", "--lock-wait", "30s"]);
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(!purge.has_ended());
    // As if it was taken back and applied again meanwhile.
    other
        .execute_batch(
            "UPDATE schema_migrations_undo SET kept_at = '2026-11-30T00:00:00.000Z' WHERE number = 0; \
             UPDATE schema_migrations SET applied_at = '2026-11-30T00:00:00.000Z' WHERE version = 2; COMMIT",
        )
        .unwrap();
    let purge = purge.wait();
    purge.code(1).says(&["is not what was read", "nothing was purged", "another run has changed it"]);
    project.run(["undo", "list"]).ok().stdout_has("kept of 1 version: 3 rows");
}

#[test]
fn a_down_that_was_planned_before_a_purge_is_planned_anew() {
    let project = shop();
    let other = database(&project);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut down = project.spawn(["down", "--lock-wait", "30s"]);
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(!down.has_ended());
    other
        .execute_batch(
            "DROP TABLE schema_migrations_undo_2_1; DELETE FROM schema_migrations_undo_columns; DELETE FROM schema_migrations_undo WHERE number > 0; \
             UPDATE schema_migrations_undo SET kind = 'purged', reason = 'they were purged on 2026'; COMMIT",
        )
        .unwrap();
    // What the record would have spared is asked for.
    down.wait().code(5).error("E0408").says(&["role", "still at version 2"]);
    assert_eq!(query(&database(&project), "SELECT count(*) FROM role"), "2");
}

#[test]
fn what_is_purged_is_overwritten_in_the_file() {
    let project = shop();
    let marker = "a-value-that-is-nowhere-else";
    database(&project)
        .execute_batch(&format!("UPDATE schema_migrations_undo_2_1 SET b0 = '{marker}', a0 = '{marker}'; VACUUM"))
        .unwrap();
    let holds = || {
        let file = std::fs::read(project.path().join("app.db")).unwrap();
        file.windows(marker.len()).any(|window| window == marker.as_bytes())
    };
    assert!(holds());
    project.run(["undo", "purge", "2", "--yes"]).ok();
    assert!(!holds());
    // The application's connection has its own setting afterwards.
    let mut connection = database(&project);
    for setting in ["0", "1", "2"] {
        let word = if setting == "2" { "FAST" } else { setting };
        connection
            .execute_batch(&format!("PRAGMA secure_delete = {word}; CREATE TABLE schema_migrations_undo_9_1 (k0)"))
            .unwrap();
        assert_eq!(sqlite::purge(&mut connection, &[PurgeRequest::All], &Options::new()).unwrap().len(), 1);
        assert_eq!(query(&connection, "PRAGMA secure_delete"), setting);
    }
}

#[test]
fn rows_without_an_index_are_listed_and_can_be_purged() {
    let project = shop();
    database(&project).execute_batch("DROP TABLE schema_migrations_undo").unwrap();
    project.run(["undo", "list"]).ok().stdout_has("unreadable: the index says nothing of it");
    project.run(["undo", "purge", "2", "--yes"]).ok().stdout_has("purge 2 second: rows whose number is not known");
    assert_eq!(tables(&project), "0");
    project.run(["undo", "list"]).ok().stdout_has("purged on 20");
    // Of a version that the history does not have, too.
    database(&project).execute_batch("CREATE TABLE schema_migrations_undo_9_1 (k0)").unwrap();
    project.run(["undo", "list"]).ok().stdout_has("(not in the history)");
    project.run(["undo", "purge", "--all", "--yes"]).ok();
    let left =
        query(&database(&project), "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'schema_migrations_undo_9%'");
    assert_eq!(left, "0");
}

#[test]
fn several_databases_are_purged_one_after_the_other() {
    let project = first();
    project.config("[database.a.sqlite]\nurl = \"sqlite:app.db\"\nmigrations = \"migrations/sqlite\"\n[database.b.sqlite]\nurl = \"sqlite:b.db\"\nmigrations = \"migrations/sqlite\"\n");
    project.file("migrations/sqlite/V2__second.sql", "INSERT INTO role VALUES ('editor', 3);\n");
    project.run(["up"]).ok();
    project.run(["undo", "list"]).ok().shows(&["a (sqlite, ", "b (sqlite, ", "kept of 1 version: 1 row"]);
    for arguments in [&["undo", "show", "2"][..], &["undo", "purge", "2", "--yes"]] {
        project.run(arguments).code(2).stderr_has("a version is one of a single database, and several are selected");
    }
    project.run(["undo", "purge", "2", "--yes", "-d", "b"]).ok();
    project.run(["undo", "purge", "--all", "--yes"]).ok().shows(&["purged 1 row, ", "nothing to purge"]);
}

#[test]
fn the_library_does_the_same() {
    let project = shop();
    let options = Options::new();
    let url = format!("sqlite:{}", project.path().join("app.db").display());
    let kept = sqlite::kept_url(&url, &options).unwrap();
    assert_eq!(
        (kept.len(), kept[0].state, kept[0].rows, &kept[0].tables[..]),
        (1, KeptState::Kept, 3, &["role".to_owned()][..])
    );
    let migrations = Migrations::read(project.path().join("migrations/sqlite")).unwrap();
    let status = sqlite::status_url(&url, &migrations, &options).unwrap();
    assert_eq!(status.migrations()[1].kept.as_ref(), Some(&kept[0]));
    let unknown = sqlite::purge_url(&url, &[PurgeRequest::Version(Version::new(9).unwrap())], &options).unwrap_err();
    assert!(format!("{unknown:#}").contains("`kept` shows the versions of which something is kept"), "{unknown:#}");
    let mut connection = database(&project);
    let purged = sqlite::purge(&mut connection, &[PurgeRequest::Version(kept[0].version)], &options).unwrap();
    assert_eq!(purged, kept);
    assert_eq!(sqlite::kept(&connection, &options).unwrap()[0].state, KeptState::Purged);
    let back = sqlite::down(&mut connection, &migrations, Back::Steps(1), &options.accept_data_loss(true)).unwrap();
    assert!(back.steps()[0].notes.iter().any(|note| note.contains("they were purged on 20")), "{back:?}");
}
