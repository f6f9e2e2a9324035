//! What a move has made and taken off is no drift while it is under way, and what others do meanwhile is.

use super::Move;

/// Neither side has drifted, and what a move keeps apart is said.
fn assert_no_drift(moved: &Move, off: &str) {
    for backend in ["sqlite", "postgres"] {
        for command in [&["diff"][..], &["diff", "--sql"], &["status", "--check"]] {
            let output = moved.project.run([command, &["--backend", backend]].concat());
            output.ok().stdout_lacks("schemactl_move_").stdout_has("data is being moved");
            if backend == "postgres" {
                output.stdout_has(off);
            }
        }
    }
}

#[test]
fn a_move_is_no_drift_on_either_side() {
    let moved = Move::with_rows(12);
    moved.database.psql(
        "ALTER TABLE people DISABLE TRIGGER people_counted; ALTER TABLE people ENABLE ALWAYS TRIGGER people_counted",
    );
    moved.run("copy --tables visits,events");
    moved.project.run(["diff", "--backend", "postgres"]).ok().stdout_has("off until it has ended");
    moved.run("discard").ok();
    moved.run("follow --until-level --skip-plan").ok();
    assert_no_drift(&moved, "nor what is off until it has ended (2 foreign keys, 4 triggers)");
    moved.run("cutover --deadline 20s").ok();
    assert_no_drift(&moved, "what the move has made here is not compared; ");
    moved.run("back --deadline 20s").ok();
    assert_no_drift(&moved, "what the move has made here is not compared");
    moved.run("follow --until-level").ok();
    assert_no_drift(&moved, "2 foreign keys, 4 triggers");
    moved.run("cutover --deadline 20s").ok();
    moved.run("finish").ok();
    for backend in ["sqlite", "postgres"] {
        moved.project.run(["diff", "--backend", backend]).ok();
    }
}

#[test]
fn what_others_do_while_data_is_moved_is_drift() {
    let moved = Move::with_rows(12);
    moved.run("follow --until-level --skip-plan").ok();
    moved.sqlite(
        "CREATE TRIGGER mine AFTER INSERT ON people BEGIN SELECT 1; END; CREATE INDEX more ON letters (price);
        CREATE TRIGGER schema_migrations_move_mine AFTER INSERT ON people BEGIN SELECT 1; END",
    );
    let output = moved.project.run(["diff", "--sql", "--backend", "sqlite"]);
    output
        .code(3)
        .stdout_has("trigger mine was added")
        .stdout_has("index more")
        .stdout_has("trigger schema_migrations_move_mine was added")
        .stdout_lacks("_people");
    // A column, an index, a function and a trigger of others; and one that is disabled.
    moved.database.psql(
        "ALTER TABLE visits ADD COLUMN more text; CREATE INDEX visits_more ON visits (more); \
         CREATE FUNCTION schema_migrations_move_mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
         CREATE TRIGGER schemactl_move_mine AFTER INSERT ON letters FOR EACH ROW EXECUTE FUNCTION schema_migrations_move_mine(); \
         ALTER TABLE letters DROP CONSTRAINT letters_price_check; CREATE SEQUENCE schema_migrations_move_rows",
    );
    let output = moved.project.run(["diff", "--sql", "--backend", "postgres"]);
    output
        .code(3)
        .stdout_has("table public.visits: column more was added")
        .stdout_has("visits_more")
        .stdout_has("schema_migrations_move_mine")
        .stdout_has("CREATE TRIGGER schemactl_move_mine")
        .stdout_has("letters_price_check")
        .stdout_has("schema_migrations_move_rows")
        .stdout_lacks("schemactl_move_fence")
        .stdout_lacks("schemactl_move_rowid")
        .stdout_lacks("FORCE ROW LEVEL SECURITY")
        .stdout_lacks("letters_to");
}

#[test]
fn what_is_left_of_a_move_that_nobody_knows_of_is_drift() {
    let moved = Move::with_rows(12);
    moved.run("follow --until-level --skip-plan").ok();
    // Somebody has taken the journal away by hand.
    moved.database.psql("DROP TABLE schema_migrations_move");
    moved.project.run(["diff", "--backend", "postgres"]).code(3).stdout_has("schemactl_move_fence");
}
