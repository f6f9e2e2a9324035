//! What is done, and what there is, is said.

use super::place::Place;

fn orders(place: &Place) {
    place.write("V1__orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
}

#[test]
fn a_fingerprint_that_is_recorded_is_told_of() {
    for place in Place::all() {
        orders(&place);
        let is_sqlite = place.folder.ends_with("sqlite");
        if !is_sqlite {
            let output = place.project.run(["repair", "--fingerprint"]);
            output.ok().stdout_has("no version is recorded, so that there is nothing to compare with\n");
        }
        place.project.run(["up"]).ok();
        let output = place.project.run(["repair", "--fingerprint"]);
        output.ok().stdout_has("1: recorded that ").stdout_has(" holds what its migrations make\n");
        let output = place.project.run(["repair", "--fingerprint", "--json"]);
        let document: serde_json::Value = serde_json::from_str(&output.ok().stdout).unwrap();
        let database = &document["databases"][0];
        assert_eq!(database["applied"], true);
        assert_eq!(
            (&database["repairs"][0]["version"], &database["repairs"][0]["repair"]),
            (&1.into(), &"fingerprint".into())
        );
        place.by_hand("CREATE TABLE more (n INTEGER)");
        let output = place.project.run(["repair", "--fingerprint", "--json"]);
        assert!(output.code(3).stdout.contains("\"applied\": false"), "{}", output.text());
        place.project.run(["repair", "--fingerprint"]).code(3).lacks("recorded that");
    }
}

#[test]
fn a_database_that_is_not_there_is_neither_right_nor_wrong() {
    let place = Place::all().remove(0);
    orders(&place);
    let absent = "there is no database at app.db: no such file\n";
    place.project.run(["repair"]).ok().stdout_has(absent).lacks("nothing to repair");
    place.project.run(["diff"]).ok().stdout_has(absent).lacks("no drift").lacks("not known");
    let output = place.project.run(["diff", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&output.ok().stdout).unwrap();
    assert!(document["databases"][0]["drift"].is_null() && document["databases"][0]["error"].is_null());
    let output = place.project.run(["repair", "--json"]);
    output.ok().stdout_has("there is no database at app.db: no such file");
    assert!(!place.project.path().join("app.db").exists());
    place.project.run(["up"]).ok();
    place.project.run(["diff"]).ok().stdout_has("no drift\n").lacks(absent);
    place.project.run(["repair"]).ok().stdout_has("nothing to repair\n");
}

#[test]
fn diff_says_whose_history_it_may_be() {
    for place in Place::all() {
        orders(&place);
        place.write("V2__more", "CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n");
        place.project.run(["up"]).ok();
        place.project.run(["diff"]).ok().stdout_has("no drift\n").lacks("another application");
        let config = place.project.read("schema.toml");
        place.project.config(&format!("{config}migrations = \"others\"\n"));
        place.project.file("others/V1__people.sql", "CREATE TABLE people (id INTEGER PRIMARY KEY);\n");
        place.project.file("others/V2__pets.sql", "CREATE TABLE pets (id INTEGER PRIMARY KEY);\n");
        let strange = "it may be another application's";
        place.project.run(["status"]).ok().stdout_has(strange);
        let output = place.project.run(["diff"]);
        output.ok().stdout_has(strange).stdout_has("no drift from what its last run left\n");
        place.project.run(["diff", "--json"]).ok().stdout_has(strange);
    }
}

#[test]
fn what_was_recorded_by_repair_is_taken_into_the_lock_file() {
    for place in Place::all() {
        orders(&place);
        place.write("V2__more", "CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n");
        place.project.run(["generate"]).ok();
        place.project.run(["up"]).ok();
        let up = format!("{}/V1__orders.sql", place.folder);
        place.project.file(&up, "-- those of customers\nCREATE TABLE orders (id INTEGER PRIMARY KEY);\n");
        place.project.run(["repair", "--checksums", "--yes"]).ok();
        let hint = "or, where no database has it yet, or each that has it records it as it is now, by `schemactl repair \
                    --checksum 1`: `schemactl generate --accept-modified=1`";
        place.project.run(["check"]).code(3).stdout_has("V1__orders.sql was changed").stdout_has(hint);
        place.project.run(["generate"]).code(1).error("E0401").stderr_has(hint);
        place.project.run(["generate", "--accept-modified=1"]).ok();
        place.project.run(["check"]).ok();
        place.project.run(["status", "--check"]).ok();

        std::fs::remove_file(place.project.path().join(place.folder).join("V2__more.sql")).unwrap();
        std::fs::remove_file(place.project.path().join(place.folder).join("V2__more.down.sql")).unwrap();
        let hint = "or, where no database has it, or each that had it has forgotten it, by `schemactl repair --forget 2`: \
                    `schemactl generate --accept-modified=2`";
        let output = place.project.run(["check"]);
        output.code(3).stdout_has("V2__more.sql was removed").stdout_has("hint: put the file back; ").stdout_has(hint);
        output.lacks("as it was");
        place.project.run(["generate"]).code(1).error("E0401").stderr_has("put the file back; ").stderr_has(hint);
        place.by_hand("DROP TABLE more");
        place.project.run(["repair", "--forget", "2", "--yes"]).ok();
        place.project.run(["generate", "--accept-modified"]).ok();
        place.project.run(["check"]).ok();
        place.project.run(["status", "--check"]).ok();
    }
}

#[cfg(feature = "postgres")]
#[test]
fn a_plan_that_met_a_lock_says_who_has_it() {
    use schemactl_test_support::postgres;

    let server = postgres::database(postgres::version());
    let project = schemactl_test_support::project!();
    project
        .config("[postgres]\nurl = \"${DATABASE_URL}\"\nlock_timeout = \"2s\"\nlock_wait = \"2s\"\n")
        .env("DATABASE_URL", server.url());
    server.psql("CREATE TABLE held (n integer)");
    project.file("migrations/postgres/V1__more.sql", "ALTER TABLE held ADD COLUMN m integer;\n");
    let mut session = server.session();
    session.run("BEGIN; LOCK TABLE held");
    let output = project.run(["plan"]);
    output.code(4).error("E0602").stderr_has("hint: `--no-rehearsal` shows what would be done, and tries nothing\n");
    output.stderr_has(&format!(
        "the lock is held by process {} (psql, postgres)",
        session.run("SELECT pg_backend_pid()")
    ));
    project.run(["plan", "--no-rehearsal"]).ok().stdout_has("apply 1 more");
    session.run("COMMIT");
    project.run(["plan"]).ok();
}
