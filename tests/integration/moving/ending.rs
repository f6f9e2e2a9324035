//! What ends a move, or is changed while it is under way: who follows is told, and nothing is applied by other rules.

use schemactl_test_support::cli::Running;
use schemactl_test_support::{postgres, project, sqlite};

use super::{MAP, Move, document};

fn following(moved: &Move, until: &str) -> Running {
    let mut follower = moved.project.spawn(["move", "follow", "--skip-plan"]);
    follower.wait_for(until);
    follower
}

/// Rows of which all can be written on PostgreSQL, too.
fn with_rows(rows: u32) -> Move {
    let moved = Move::with_rows(rows);
    moved.database.psql("DROP TRIGGER events_counted ON events");
    moved
}

#[test]
fn who_follows_ends_with_the_move() {
    // On the way back, and before a switch.
    let moved = with_rows(20);
    let mut follower = following(&moved, "level with");
    moved.run("cutover --deadline 20s").ok();
    follower.wait_for("PostgreSQL is written");
    moved.run("finish").ok();
    let output = follower.wait();
    output.ok().stderr_has("the move has ended: nothing is left to follow").stdout_has("no copy has begun");
    // The history says what has become of it.
    let line =
        "SELECT version, action, description, outcome, detail FROM schema_migrations_log ORDER BY id DESC LIMIT 1";
    let line = moved.database.psql(line);
    assert!(
        line.starts_with("1|move|move finished|done|6 tables of ") && line.ends_with("; the way back is closed"),
        "{line}"
    );
    let moved = with_rows(20);
    let follower = following(&moved, "level with");
    moved.run("discard").ok();
    follower.wait().ok().stderr_has("the move has ended: nothing is left to follow");
}

#[test]
fn rules_that_change_while_a_move_is_followed_are_refused() {
    let moved = with_rows(20);
    moved.run("follow --until-level --skip-plan").ok();
    let other = MAP.replace("\"*.at\" = { zone = \"UTC\" }", "\"*.at\" = { zone = \"Europe/Berlin\" }");
    assert_ne!(other, MAP);
    moved.sqlite("INSERT INTO visits VALUES ('later', '2026-01-27T09:15:30')");
    moved.project.config(&other);
    let refused = |command: &str| {
        let output = moved.run(command);
        output
            .error("E0802")
            .stderr_has("visits has rows that other rules or columns made")
            .stderr_has("put the map back");
    };
    ["follow --until-level", "cutover"].into_iter().for_each(refused);
    moved.run("status").ok();
    // A switch that has died can be taken back whatever the map says.
    moved.run("cutover --abort").ok();
    moved.project.config(MAP);
    moved.run("follow --until-level").ok();
    moved.run("cutover --deadline 20s").ok();
    moved.project.config(&other);
    ["follow --until-level", "back"].into_iter().for_each(refused);
    moved.project.config(MAP);
    moved.run("back --deadline 20s").ok();
    moved.run("verify").ok();
    // A table that is left out from now on.
    moved.project.config(&MAP.replace(
        "postgres_only = [\"counted\"]",
        "postgres_only = [\"counted\", \"settings\"]\nsqlite_only = [\"settings\"]",
    ));
    let output = moved.run("follow --until-level");
    output.error("E0802").stderr_has("settings was copied, and is not moved any more");
}

#[test]
fn a_table_without_rows_of_a_copy_may_get_other_rules() {
    let moved = Move::with_rows(20);
    moved.run("copy --tables visits").ok();
    // Those of another table, of which nothing has come.
    let other = MAP.replace("\"*.born\" = { zone = \"UTC\" }", "\"*.born\" = { zone = \"Europe/Berlin\" }");
    moved.project.config(&other);
    moved.run("copy").ok();
    moved.run("verify").ok();
    assert_eq!(
        moved.database.psql("SELECT born AT TIME ZONE 'UTC' FROM people WHERE id = 1"),
        "2025-01-27 08:15:30.123456"
    );
}

#[test]
fn rows_that_were_left_behind_are_named_before_the_next_switch() {
    let moved = with_rows(20);
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover --deadline 20s").ok();
    // JSON has no place for where an array begins.
    moved.database.psql("INSERT INTO people (name, tags) VALUES ('far', '[3:4]={a,b}')");
    moved.run("follow --until-level").ok();
    let aside = "SELECT source_table || ': ' || reason FROM schema_migrations_move_aside";
    let aside = sqlite::query(&sqlite::open(&moved.project.path().join("app.db")), aside);
    assert!(aside == "people: tags: SQLite has no form for '[3:4]={a,b}'", "{aside}");
    moved.run("back").error("E0801").stderr_has("`schemactl move back --leave-behind`");
    moved.run("back --leave-behind").ok();
    moved.run("follow --until-level").ok();
    let output = moved.run("cutover");
    output.error("E0806").stderr_has("people has 20, and public.people has 21").stderr_has("rows were left behind");
    // As the hint says: what is wanted of them is written to SQLite, and all is begun anew.
    moved.sqlite("INSERT INTO people (name, tags) VALUES ('far', json_array('a', 'b'))");
    for command in ["discard", "discard --drop-capture"] {
        let output = moved.run(command);
        output
            .code(5)
            .error("E0408")
            .stderr_has("1 row stayed on PostgreSQL")
            .stderr_has("schema_migrations_move_aside");
    }
    assert_eq!(moved.database.psql("SELECT count(*) FROM people"), "21");
    moved.run("discard --accept-data-loss").ok();
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover --deadline 20s").ok();
    moved.assert_equal();
}

#[test]
fn sqlite_is_freed_of_a_move_whose_target_cannot_be_reached() {
    let moved = with_rows(20);
    let before = moved.source_schema();
    moved.run("discard --drop-capture").ok().stdout_has("there is nothing to take away");
    moved.run("follow --until-level --skip-plan").ok();
    assert_ne!(moved.source_schema(), before);
    let url = moved.database.url();
    moved.project.env("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing");
    let output = moved.run("discard --drop-capture --json");
    output.ok();
    assert_eq!(document(&output)["capture_dropped"], true);
    assert_eq!(moved.source_schema(), before);
    moved.project.env("DATABASE_URL", url);
    moved.sqlite("INSERT INTO people (name) VALUES ('unnoted')");
    // Nobody has noted that, so that it is not followed.
    moved.run("follow").error("E0808").stderr_has("`schemactl move discard`");
    moved.run("cutover").error("E0808");
    moved.run("discard").ok();
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover --deadline 20s").ok();
    // PostgreSQL is written now: SQLite stays closed.
    let closed = moved.source_schema();
    moved.run("discard --drop-capture").error("E0802").stderr_has("SQLite is closed to writers");
    assert_eq!(moved.source_schema(), closed);
}

#[test]
fn a_source_that_is_followed_elsewhere_is_left_as_it_is() {
    let moved = with_rows(20);
    moved.run("follow --until-level --skip-plan").ok();
    let source = moved.source_schema();
    // Another database by mistake, migrated as the first one is.
    let other = postgres::database(postgres::version());
    let url = moved.database.url();
    moved.project.env("DATABASE_URL", other.url());
    moved.project.run(["up", "--backend", "postgres"]).ok();
    let output = moved.run("follow --until-level --skip-plan");
    output.error("E0802").stderr_has("of which this PostgreSQL knows nothing").stderr_has("`schemactl move discard`");
    assert_eq!(moved.source_schema(), source);
    moved.project.env("DATABASE_URL", url);
    moved.sqlite("INSERT INTO people (name) VALUES ('noted')");
    moved.run("follow --until-level").ok();
    moved.assert_equal();
}

/// A key with a time of which SQLite keeps fewer digits, in a form that is not the usual one.
#[test]
fn a_row_is_known_by_a_time_of_fewer_digits_after_it_went_back() {
    let project = project!();
    let database = postgres::database(postgres::version());
    project.config(
        "[sqlite]\nurl = \"sqlite:app.db\"\n[postgres]\nurl = \"${DATABASE_URL}\"\n[map.convert]\n\"*.at\" = { zone = \"UTC\", time = \"unix\", back_digits = 3 }\n",
    );
    project.env("DATABASE_URL", database.url());
    project.file(
        "migrations/sqlite/V1__u.sql",
        "CREATE TABLE used (id TEXT UNIQUE, at, n INTEGER, PRIMARY KEY (id, at));\n",
    );
    project.file(
        "migrations/postgres/V1__u.sql",
        "CREATE TABLE used (id text, at timestamptz, n bigint, PRIMARY KEY (id, at));\n",
    );
    project.run(["up", "--backend", "sqlite"]).ok();
    project.run(["up", "--backend", "postgres"]).ok();
    let moved = Move { project, database };
    moved.sqlite("INSERT INTO used VALUES ('a', 1737969330.25, 1), ('b', 1737969331.5, 2)");
    moved.run("follow --until-level --skip-plan").ok();
    moved.run("cutover --deadline 20s").ok();
    moved.database.psql(
        "INSERT INTO used SELECT 'n' || i, timestamptz '2026-01-02 03:04:05.678901+00' + i * interval '1 s', i FROM generate_series(1, 3) i",
    );
    moved.run("follow --until-level").ok();
    moved.run("back --deadline 20s").ok();
    moved.run("follow --until-level").ok();
    moved.run("cutover --deadline 20s").ok();
    moved.database.psql("UPDATE used SET at = at + interval '1 day' WHERE id = 'n1'");
    moved.database.psql("DELETE FROM used WHERE id = 'n2'");
    moved.database.psql("UPDATE used SET n = 30 WHERE id = 'n3'");
    moved.run("follow --until-level").ok();
    let rows = sqlite::query(
        &sqlite::open(&moved.project.path().join("app.db")),
        "SELECT id || ' ' || n FROM used ORDER BY id",
    );
    assert_eq!(rows, "a 1\nb 2\nn1 1\nn3 30");
    moved.run("verify").ok();
    moved.run("back --deadline 20s").ok();
}
