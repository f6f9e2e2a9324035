//! What a copy refuses, and what it sets aside.

use super::{Move, document};

const DIRTY: &str = "INSERT INTO people (id, name, score, born) VALUES (1, 'Ann', 1, '2025-01-27'), (2, 'Bob', 'x', 'soon'), (3, 'Cem', -2000, NULL);
INSERT INTO people (id, name) VALUES (4, 'ok');
INSERT INTO letters VALUES (1, 1, -5, '{}'), (2, 4, 7, '{\"a\": 1, \"a\": 2}'), (3, 4, 7, NULL);";

#[test]
fn nothing_is_written_where_the_plan_refuses_a_value() {
    let moved = Move::new();
    moved.sqlite(DIRTY);
    let before = moved.content();
    let output = moved.run("copy");
    output.error("E0801").code(3);
    output.stdout_has("people.score").stdout_has("letters_price_check");
    assert_eq!(moved.content(), before);
    // Without a plan it ends where it comes to such a value, and says which one.
    let output = moved.run("copy --skip-plan");
    output.code(3);
    output
        .error("E0801")
        .stderr_has("people.born of id 2, rowid 2 has no place on PostgreSQL")
        .stderr_has("--on-reject set-aside")
        .stderr_has("state: what was copied before stays");
    moved.run("status").ok().stdout_has("begun");
    moved.run("discard").ok();
    assert_eq!(moved.content(), before);
}

#[test]
fn what_is_set_aside_is_kept_as_it_was_and_the_sums_hold() {
    let moved = Move::new();
    moved.sqlite(DIRTY);
    let output = moved.run("copy --on-reject set-aside --json");
    output.ok();
    let copied = document(&output);
    let of = |name: &str| {
        let tables = copied["tables"].as_array().unwrap();
        let table = tables.iter().find(|table| table["name"] == name).unwrap();
        ["rows_read", "rows_written", "rows_set_aside"].map(|key| table[key].as_u64().unwrap())
    };
    assert_eq!((of("people"), of("letters")), ([4, 2, 2], [3, 1, 2]));
    let kept = "SELECT source_table, row_name, column_name, storage_class, CASE storage_class WHEN 'row' THEN '' ELSE convert_from(value, 'UTF8') END FROM schema_migrations_move_set_aside ORDER BY 1 DESC, 2, 3";
    assert_eq!(
        moved.database.psql(kept),
        "people|id 2, rowid 2|born|text|soon\npeople|id 2, rowid 2|score|text|x\npeople|rowid 3||row|\n\
         letters|id 2, rowid 2|body|text|{\"a\": 1, \"a\": 2}\nletters|rowid 1||row|"
    );
    let words =
        moved.database.psql("SELECT reason FROM schema_migrations_move_set_aside WHERE column_name IS NULL ORDER BY 1");
    assert!(words.contains("points_check") && words.contains("letters_price_check"), "{words}");
    moved.run("verify").ok().stdout_has("people -> public.people: 4 rows, 2 of them without a place, equal");
}

#[test]
fn of_many_rows_that_the_server_refuses_each_is_set_aside() {
    let moved = Move::new();
    moved.sqlite(
        "INSERT INTO people (id, name) VALUES (1, 'ok');
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
        INSERT INTO letters SELECT i, 1, CASE WHEN i % 71 = 0 OR i IN (1, 2, 2999, 3000) THEN -i ELSE i END, NULL FROM n;",
    );
    // Names that are one on PostgreSQL: only there is the index.
    moved.database.psql("CREATE UNIQUE INDEX people_lower ON people (lower(name))");
    moved.sqlite("INSERT INTO people (id, name) VALUES (2, 'Same'), (3, 'SAME'), (4, 'other');");
    moved.run("copy --on-reject set-aside --batch 1000").ok();
    assert_eq!(moved.database.psql("SELECT count(*), min(price) >= 0 FROM letters"), "2954|t");
    assert_eq!(moved.database.psql("SELECT string_agg(name, ',' ORDER BY id) FROM people"), "ok,other");
    let sums = "SELECT sum(rows_read) = sum(rows_written) + sum(rows_set_aside) FROM schema_migrations_move_chunks";
    assert_eq!(moved.database.psql(sums), "t");
    moved
        .run("verify --no-diff")
        .ok()
        .stdout_has("letters -> public.letters: 3000 rows, 46 of them without a place, equal");
    // Rows that were written in parts are the copy's.
    moved.run("discard").ok();
    assert_eq!(moved.database.psql("SELECT count(*) FROM letters"), "0");
}

#[test]
fn rows_that_refer_to_nothing_or_to_what_was_set_aside_are_set_aside_too() {
    let moved = Move::new();
    moved.sqlite(
        "PRAGMA foreign_keys = OFF;
        INSERT INTO people (id, name, boss, score, born) VALUES (1, 'Ann', NULL, 1.1, '2025-01-27 09:15:30.123456'), (2, 'Bob', 1, 'x', NULL), (3, 'Cem', 2, 3.3, NULL),
            (4, 'Di', 3, 0.1, NULL), (5, 'Eva', 1, 1e300, NULL);
        INSERT INTO letters VALUES (1, 1, 5, NULL), (2, 2, 7, NULL), (3, 4, 7.25, '{\"a\": [1.50]}'), (4, 99, 7, NULL), (5, 5, 1, NULL);",
    );
    moved.run("copy --skip-plan --on-reject stop --tables letters").ok();
    moved.run("copy --skip-plan").error("E0801").stderr_has("people.score of id 2, rowid 2 has no place");
    let output = moved.run("copy --on-reject set-aside");
    output.ok();
    output.stdout_has("complete");
    assert_eq!(moved.database.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM people"), "1,5");
    assert_eq!(moved.database.psql("SELECT string_agg(id::text, ',' ORDER BY id) FROM letters"), "1,5");
    let aside = "SELECT source_table, storage_class, count(*) FROM schema_migrations_move_set_aside GROUP BY 1, 2 ORDER BY 1, 2";
    assert_eq!(moved.database.psql(aside), "letters|orphan|3\npeople|orphan|2\npeople|text|1");
    let reason = "SELECT reason FROM schema_migrations_move_set_aside WHERE source_table = 'letters' LIMIT 1";
    assert_eq!(moved.database.psql(reason), "it refers to what is not there: foreign key letters_to of public.letters");
    let sums = "SELECT source_table, sum(rows_read), sum(rows_written), sum(rows_set_aside) FROM schema_migrations_move_chunks WHERE source_table IN ('people', 'letters') GROUP BY 1 ORDER BY 1";
    assert_eq!(moved.database.psql(sums), "letters|5|2|3\npeople|5|2|3");
    let verified = moved.run("verify");
    verified.ok();
    verified.stdout_has("people -> public.people: 5 rows, 3 of them without a place, equal");
    // What was set aside is compared as well.
    moved.database.psql("UPDATE schema_migrations_move_set_aside SET value = convert_to(replace(convert_from(value, 'UTF8'), '7.25', '7.26'), 'UTF8') WHERE source_table = 'letters'");
    moved.run("verify").error("E0806").stdout_has("price: 7.25 in SQLite, 7.26 in PostgreSQL");
    moved.run("discard").ok();
}

#[test]
fn the_copy_may_be_told_in_the_file_what_to_do() {
    let moved = Move::new();
    moved.sqlite(DIRTY);
    let config = moved.project.read("schema.toml");
    moved.project.config(&format!(
        "{config}[map.copy]\non_reject = \"set aside\"\nbatch = 1\njobs = 2\nfirst = [\"letters\"]\n"
    ));
    moved.run("copy --on-reject stop").error("E0801");
    moved.run("copy").ok();
    assert_eq!(moved.database.psql("SELECT max(rows_read) FROM schema_migrations_move_chunks"), "1");
    for (wrong, said) in [
        ("on_reject = \"skip\"", "`on_reject` is \"stop\" or \"set aside\""),
        ("batch = 0", "`batch` is a number of rows"),
        ("jobs = 65", "`jobs` is a number from 1 to 64"),
        ("first = [\"nowhere\"]", "table nowhere is not moved"),
        ("firsts = []", "did you mean `first`?"),
    ] {
        moved.project.config(&format!("{config}[map.copy]\n{wrong}\n"));
        moved.run("copy --skip-plan").code(2).stderr_has(said).stderr_has("schema.toml:1");
    }
}

#[test]
fn no_migration_runs_while_things_are_off() {
    let moved = Move::with_rows(20);
    moved.run("copy --tables people").ok();
    moved.project.file("migrations/postgres/V2__more.sql", "CREATE TABLE more (a integer);\n");
    moved.project.file("migrations/postgres/V1__create.down.sql", "DROP TABLE visits;\n");
    for command in [vec!["up"], vec!["down", "--steps", "1", "--accept-data-loss"]] {
        let output = moved.project.run(command.iter().chain(&["--backend", "postgres"]));
        output.error("E0807").stderr_has("the copy is not complete").stderr_has("`schemactl move copy`");
    }
    // What is off is no drift, and nothing is recorded meanwhile.
    moved.project.run(["repair", "--fingerprint", "--backend", "postgres"]).error("E0807");
    let config = moved.project.read("schema.toml");
    moved.project.config(&config.replace("[map]\n", "[map]\nat = { postgres = 1 }\n"));
    moved.run("copy").ok();
    moved.project.run(["up", "--backend", "postgres"]).ok();
    moved.project.run(["diff", "--backend", "postgres"]).ok();
}

#[test]
fn a_target_that_is_not_empty_is_left_as_it_is() {
    let moved = Move::with_rows(10);
    moved.database.psql("INSERT INTO visits VALUES ('mine', NULL)");
    let before = moved.content();
    for command in ["copy", "copy --skip-plan", "copy --on-reject set-aside"] {
        moved.run(command);
        assert_eq!(moved.content(), before, "{command}");
    }
    moved.run("copy --skip-plan").error("E0803").stderr_has("public.visits has 1");
}

#[test]
fn rules_that_change_on_the_way_are_refused_for_rows_that_are_there() {
    let moved = Move::with_rows(50);
    moved.run("copy --tables people").ok();
    let config = moved.project.read("schema.toml");
    moved.project.config(&config.replace("\"*.at\" = { zone = \"UTC\" }", "\"*.at\" = { zone = \"Europe/Berlin\" }"));
    // Of the tables that this is about none has rows yet.
    moved.run("copy --tables settings").ok();
    moved
        .project
        .config(&config.replace("\"*.born\" = { zone = \"UTC\" }", "\"*.born\" = { zone = \"Europe/Berlin\" }"));
    let output = moved.run("copy");
    output.error("E0802").stderr_has("people has rows that other rules or columns made");
    moved.project.config(&config);
    moved.run("copy").ok();
    moved.assert_equal();
}

#[test]
fn another_source_is_not_mixed_in() {
    let moved = Move::with_rows(50);
    moved.run("copy --tables people").ok();
    std::fs::copy(moved.project.path().join("app.db"), moved.project.path().join("other.db")).unwrap();
    let output = moved.run("copy --from other.db");
    output.error("E0802").stderr_has("is of app.db, and this is other.db").stderr_has("--from app.db");
    moved.run("copy --from app.db").ok();
}

#[test]
fn a_role_that_may_not_is_told_before_anything_is_written() {
    let moved = Move::with_rows(10);
    let role = format!("copier_of_{}", moved.database.name());
    moved.database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE, CREATE ON SCHEMA public TO {role}; GRANT ALL ON schema_migrations, schema_migrations_log TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}; GRANT INSERT ON visits, letters TO {role}"
    ));
    let before = moved.content();
    moved.project.env("DATABASE_URL", moved.database.url_as(&role));
    let output = moved.run("copy --skip-plan");
    output.code(1);
    output.stderr_has("INSERT and SELECT on public.people").stderr_has("to be postgres, the owner of public.letters");
    assert_eq!(moved.content(), before);
    // As the owner, and no superuser, it may.
    moved.database.psql(&format!("DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT oid FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace LOOP EXECUTE format('ALTER TABLE %s OWNER TO {role}', t); END LOOP; END $$"));
    moved.run("copy --skip-plan").ok();
    assert_eq!(moved.database.psql("SELECT count(*) FROM people"), "10");
    let forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'settings'";
    assert_eq!(moved.database.psql(forced), "t");
    // Policies hide the rows from the owner too: that is said, and no rows are taken for missing.
    moved.run("verify --no-diff").code(1).stderr_has("public.settings cannot be read").stderr_has("BYPASSRLS");
    moved.run("discard").ok();
    assert_eq!(moved.database.psql(&format!("{forced}; SELECT count(*) FROM settings")), "t\n0");
}
