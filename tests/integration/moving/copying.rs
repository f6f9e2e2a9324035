//! A copy that nothing disturbs.

use schemactl_test_support::{pgbouncer, postgres};

use super::{Move, document};

#[test]
fn a_copy_is_whole_and_the_target_is_as_it_was_around_it() {
    let moved = Move::with_rows(3_000);
    let before = moved.schema();
    let copied = moved.copied();
    assert_eq!((&copied["state"], &copied["source_changed"]), (&"complete".into(), &false.into()));
    for table in copied["tables"].as_array().unwrap() {
        let number = |name: &str| table[name].as_u64().unwrap();
        assert_eq!(number("rows_read"), number("rows_written"), "{table}");
        assert_eq!(number("rows_set_aside"), 0);
    }
    moved.assert_equal();
    assert_eq!(moved.schema(), before);
    // No trigger has fired, and each is as it was.
    assert_eq!(moved.database.psql("SELECT n FROM counted"), "0");
    let triggers = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text IN ('people', 'events') ORDER BY 1";
    assert_eq!(moved.database.psql(triggers), "events_counted|O\npeople_counted|A\npeople_never|D");
    // The next numbers are above all that were given, also above one whose row is gone.
    let next =
        "INSERT INTO people (name) VALUES ('next') RETURNING id; INSERT INTO letters (person) VALUES (1) RETURNING id";
    assert_eq!(moved.database.psql(next), "900001\n9001");
    assert_eq!(copied["sequences"].as_array().unwrap().len(), 2);
    let numbers: Vec<u64> =
        copied["sequences"].as_array().unwrap().iter().map(|one| one["next"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [900_001, 9_001]);
    // A second copy has nothing to do, and says so of rows that others wrote.
    moved.run("copy").error("E0803").stderr_has("1 of 3001 rows were written by somebody else");
    moved.database.psql("DELETE FROM letters WHERE id = 9001; DELETE FROM people WHERE id = 900001");
    let output = moved.run("copy");
    output.ok().stdout_has("complete").stdout_has("0 rows in");
    assert!(!output.stdout.ends_with("\n\n"));
}

#[test]
fn ids_that_were_made_anew_can_be_looked_up() {
    use schemactl_test_support::{project, sqlite};

    let database = postgres::database(postgres::version());
    let project = project!();
    project.config(
        "[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n[map]\n[map.convert]\nagents.id = { uuid5 = \"agents\" }\n",
    );
    project.env("DATABASE_URL", database.url());
    project.file(
        "migrations/sqlite/V1__a.sql",
        "CREATE TABLE agents (id TEXT PRIMARY KEY);\nCREATE TABLE tasks (id INTEGER PRIMARY KEY, agent TEXT);\n",
    );
    project.file("migrations/postgres/V1__a.sql", "CREATE TABLE agents (id uuid PRIMARY KEY);\nCREATE TABLE tasks (id bigint PRIMARY KEY, agent uuid REFERENCES agents);\n");
    project.run(["up", "--backend", "sqlite"]).ok();
    project.run(["up", "--backend", "postgres"]).ok();
    let rows = "INSERT INTO agents VALUES ('a''1'), ('11111111-1111-4111-8111-111111111111'); INSERT INTO tasks VALUES (1, 'a''1'), (2, '11111111-1111-4111-8111-111111111111')";
    sqlite::open(&project.path().join("app.db")).execute_batch(rows).unwrap();
    project.run(["move", "copy"]).ok();
    let ids = "SELECT source_table, column_name, old_id FROM schema_migrations_move_ids JOIN agents ON id = new_id JOIN tasks ON agent = new_id";
    assert_eq!(database.psql(ids), "agents|id|a'1");
    assert_eq!(database.psql("SELECT count(*) FROM schema_migrations_move_ids"), "1");
    project.run(["move", "verify"]).ok();
}

#[test]
fn several_streams_small_batches_and_a_choice_of_tables_lead_to_the_same() {
    let moved = Move::with_rows(2_500);
    let before = moved.schema();
    let output = moved.run("copy --json --tables visits,events --batch 400");
    output.ok();
    let first = document(&output);
    assert_eq!(first["state"], "begun");
    let names: Vec<&str> = first["apart"].as_array().unwrap().iter().map(|one| one["what"].as_str().unwrap()).collect();
    assert!(names.contains(&"trigger") && names.contains(&"foreign key") && names.contains(&"index"), "{names:?}");
    let lines = "SELECT count(*), max(rows_written) FROM schema_migrations_move_chunks";
    assert_eq!(moved.database.psql(lines), "14|400");
    moved.run("status").ok().stdout_has("off until the copy is complete: foreign key letters_to of public.letters");
    // Its rows are no reason to refuse a plan.
    moved.run("plan").ok().stdout_has("not tried: whether the target is empty: it has rows of a copy that has begun");
    // That the schema is poorer meanwhile is no secret.
    moved.project.run(["diff", "--backend", "postgres"]).ok().stdout_has("nor what is off until it has ended");
    moved
        .run("verify")
        .code(3)
        .stdout_has("the move is not complete")
        .stdout_has("people -> public.people: 2500 rows, 0 in the target");
    moved.run("copy --jobs 3 --batch 100").ok();
    moved.assert_equal();
    assert_eq!(moved.schema(), before);
    moved.run("copy --tables nowhere").error("E0107").stderr_has("table nowhere is not moved");
}

#[test]
fn a_table_that_was_not_copied_keeps_its_foreign_key_when_rows_are_taken_away() {
    let moved = Move::with_rows(20);
    moved.database.psql(
        "CREATE TABLE counted_people (person bigint REFERENCES people ON DELETE CASCADE); \
         COMMENT ON CONSTRAINT counted_people_person_fkey ON counted_people IS 'kept'",
    );
    let config = moved.project.read("schema.toml");
    moved.project.config(&config.replace("[\"counted\"]", "[\"counted\", \"counted_people\"]"));
    let before = moved.schema();
    moved.run("copy").ok();
    moved.database.psql("INSERT INTO counted_people VALUES (7)");
    moved
        .run("discard")
        .code(1)
        .stderr_has("a table that was not copied refers to rows that were")
        .stderr_has("nothing was taken away");
    assert_eq!(moved.database.psql("SELECT count(*) FROM counted_people; SELECT count(*) FROM people"), "1\n20");
    moved.database.psql("DELETE FROM counted_people");
    moved.run("discard").ok();
    assert_eq!(moved.schema(), before);
}

#[test]
fn functions_of_the_application_find_what_they_need() {
    let moved = Move::with_rows(20);
    // Without the schema, as applications write them.
    moved.database.psql(
        "CREATE TABLE allowed (page text); INSERT INTO allowed VALUES ('same'); \
         CREATE FUNCTION is_allowed(page text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN EXISTS (SELECT FROM allowed a WHERE a.page = $1); END $$; \
         ALTER TABLE visits ADD CONSTRAINT visits_allowed CHECK (is_allowed(page))",
    );
    let config = moved.project.read("schema.toml");
    moved.project.config(&config.replace("[\"counted\"]", "[\"counted\", \"allowed\"]"));
    moved.run("copy").ok();
    moved.run("verify --no-diff").ok();
}

#[test]
fn limits_of_the_role_do_not_end_a_copy() {
    let moved = Move::with_rows(600);
    let name = moved.database.name();
    // Both the rows and an index that comes back take longer than that.
    moved.database.psql(&format!(
        "CREATE FUNCTION slow(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(0.004); RETURN true; END $$; \
         ALTER TABLE visits ADD CHECK (slow(page)); CREATE INDEX visits_slow ON visits (slow(page)); \
         ALTER DATABASE \"{name}\" SET statement_timeout = '2s'; ALTER DATABASE \"{name}\" SET idle_in_transaction_session_timeout = '2s'"
    ));
    moved.run("copy --skip-plan").ok();
    moved.run("verify --no-diff").ok();
}

#[test]
fn a_backup_of_the_target_is_made_before_the_first_row_where_one_is_wanted() {
    let moved = Move::with_rows(20);
    if !moved.database.can_dump() {
        return;
    }
    let config = moved.project.read("schema.toml");
    moved.project.config(&format!("{config}[backup]\nbefore = [\"copy\"]\n"));
    let backups = || moved.project.files().iter().filter(|file| file.starts_with("backups/")).count();
    moved.run("copy --tables people --no-backup").ok();
    moved.run("discard").ok();
    assert_eq!(backups(), 0);
    moved.run("copy --tables people").ok();
    let made = backups();
    assert!(made > 0);
    moved.run("copy").ok();
    assert_eq!(backups(), made);
}

#[test]
fn a_large_table_is_cut_into_ranges() {
    let moved = Move::new();
    moved.sqlite(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO visits (rowid, page, at) SELECT i * 500 - 700000, 'p' || i, NULL FROM n;",
    );
    moved.run("copy --jobs 2 --batch 70").ok();
    let ranges = "SELECT count(*) > 5, count(DISTINCT range) > 5 FROM schema_migrations_move_chunks WHERE source_table = 'visits'";
    assert_eq!(moved.database.psql(ranges), "t|t");
    assert_eq!(moved.database.psql("SELECT count(*), count(DISTINCT page) FROM visits"), "3000|3000");
    moved.run("verify").ok();
}

#[test]
fn what_a_copy_has_written_is_taken_away_and_nothing_else() {
    let moved = Move::with_rows(500);
    let before = moved.content();
    moved.run("discard").ok().stdout_has("there is nothing to take away");
    for command in ["copy", "copy --tables people,visits"] {
        moved.run(command).ok();
        moved.database.psql("INSERT INTO visits VALUES ('mine', NULL)");
        moved.run("discard").error("E0803").stderr_has("1 of 501 rows were written by somebody else");
        moved
            .database
            .psql("DELETE FROM visits WHERE page = 'mine'; UPDATE visits SET page = 'changed' WHERE ctid = '(0,1)'");
        moved.run("discard").error("E0803").stderr_has("visits: 1 of 500 rows");
        moved.database.psql("DELETE FROM visits WHERE page = 'changed'");
        moved.run("discard").error("E0803").stderr_has("500 rows were copied, and 499 are there");
        // The same row as the copy wrote it is not the copy's.
        moved.database.psql("INSERT INTO visits VALUES ('same', '2025-01-27 09:15:30+00')");
        moved.run("discard").error("E0803");
        moved.database.psql("TRUNCATE visits; DELETE FROM schema_migrations_move_chunks WHERE source_table = 'visits'");
        moved.run("discard").ok().stdout_has("public.people: 500 rows taken away");
        moved.database.psql("SELECT setval('people_id_seq', 1, false), setval('letters_id_seq', 1, false)");
        assert_eq!(moved.content(), before, "{command}");
    }
}

#[test]
fn a_pooler_between_does_no_harm() {
    let cluster = postgres::shared(postgres::version());
    let bouncer = pgbouncer::start_with(cluster, "default_pool_size = 10");
    let moved = Move::with_rows(1_500);
    moved.project.env("DATABASE_URL", moved.database.url_at(&bouncer.endpoint()));
    let before = moved.schema();
    for round in 0..3 {
        moved.run("copy --jobs 3 --batch 100").ok();
        moved.assert_equal();
        assert_eq!(moved.schema(), before, "{round}");
        moved.run("discard").ok();
    }
}
