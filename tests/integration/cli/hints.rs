//! Hints that are followed to the letter, and where that leads.

use super::place::Place;

fn orders(place: &Place) {
    place.write("V1__orders", "CREATE TABLE orders (id INTEGER PRIMARY KEY);\n", "DROP TABLE orders;\n");
}

fn remove(place: &Place, name: &str) {
    std::fs::remove_file(place.project.path().join(place.folder).join(name)).unwrap();
}

#[test]
fn what_was_done_by_hand_becomes_a_migration() {
    for (sql, down) in [
        ("CREATE TABLE audit (n INTEGER);\n", "DROP TABLE audit;\n"),
        ("CREATE INDEX orders_id ON orders (id);\n", "DROP INDEX orders_id;\n"),
        ("ALTER TABLE orders ADD COLUMN note TEXT;\n", "ALTER TABLE orders DROP COLUMN note;\n"),
        ("CREATE VIEW ids AS SELECT id FROM orders;\n", "DROP VIEW ids;\n"),
    ] {
        for place in Place::all() {
            orders(&place);
            place.project.run(["up"]).ok();
            place.by_hand(sql);
            let output = place.project.run(["diff"]);
            output
                .code(3)
                .stderr_has("hint: write what is to stay as a migration, `schemactl diff --new DESCRIPTION`, and record it here, where it is done");
            output.stderr_has("already: `schemactl repair --mark-applied VERSION`\n");
            place.write("V2__by_hand", sql, down);
            place.project.run(["repair", "--mark-applied", "2", "--yes"]).ok();
            place.project.run(["status", "--check"]).ok();
            place.project.run(["diff"]).ok().stdout_has("no drift");
            place.quietly(&["up"]);
            place.quietly(&["down"]);
            place.quietly(&["up"]);
            place.project.run(["status", "--check"]).ok();
        }
    }
}

#[test]
fn that_there_is_no_way_back_is_said_where_no_checksum_is() {
    for place in Place::all() {
        orders(&place);
        remove(&place, "V1__orders.down.sql");
        place.project.run(["up"]).ok();
        let output = place.project.run(["check"]);
        output.code(3).stdout_has("hint: where there is no way back, that file says so, and nothing else: ");
        place.project.file(
            &format!("{}/V1__orders.down.sql", place.folder),
            "-- schemactl: irreversible = it holds what nobody else has\n",
        );
        place.project.run(["generate"]).ok();
        place.project.run(["check"]).ok();
        place.project.run(["up"]).ok();
        place.project.run(["status", "--check"]).ok();
        place.project.run(["down"]).code(5).stderr_has("it holds what nobody else has");
    }
}

#[test]
fn a_migration_that_is_nowhere_has_a_way_out() {
    let lost = || {
        Place::all().into_iter().inspect(|place| {
            orders(place);
            place.write("V3__c", "CREATE TABLE c (n INTEGER);\n", "");
            remove(place, "V3__c.down.sql");
            place.project.run(["up"]).ok();
            remove(place, "V3__c.sql");
            // Pending, so that `down` cannot lead back to the last file.
            place.write("V2__b", "CREATE TABLE b (n INTEGER);\n", "DROP TABLE b;\n");
            let refused = place.project.run(["up"]);
            refused
                .code(1)
                .error("E0402")
                .stderr_has("version 3 has no down in the database")
                .lacks("schemactl down --to");
            let output = place.project.run(["down", "--to", "1"]);
            output
                .code(1)
                .error("E0406")
                .stderr_has("bring the file of 3 c back with its .down.sql, or let `schemactl generate`");
            output
                .stderr_has("undo by hand what it did, then remove it from the history: `schemactl repair --forget 3`");
            remove(place, "V2__b.sql");
            remove(place, "V2__b.down.sql");
        })
    };
    for place in lost() {
        place.write("V3__c", "CREATE TABLE c (n INTEGER);\n", "DROP TABLE c;\n");
        place.project.run(["down", "--to", "1"]).ok();
        place.project.run(["diff"]).ok();
    }
    for place in lost() {
        place.project.file(&format!("{}/V3__c.sql", place.folder), "CREATE TABLE c (n INTEGER);\n");
        place.project.run(["generate"]).ok();
        place.project.run(["down", "--to", "1"]).ok();
        place.project.run(["diff"]).ok();
    }
    for place in lost() {
        place.by_hand("DROP TABLE c");
        place.project.run(["repair", "--forget", "3", "--yes"]).ok();
        place.project.run(["status", "--check"]).ok();
    }
}

#[test]
fn a_copy_that_is_kept_is_no_drift() {
    for place in Place::all() {
        orders(&place);
        place.write("V2__more", "CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n");
        place.project.run(["up"]).ok();
        place.by_hand("INSERT INTO more VALUES (1)");
        let output = place.project.run(["down"]);
        output.code(5).stderr_has("hint: keep a copy first: a backup, or `CREATE TABLE kept AS SELECT * FROM more;`\n");
        output.stderr_has(
            "hint: before that, so that such a copy is no drift: `ignore = [\"table kept\"]` in schema.toml\n",
        );
        place.by_hand("CREATE TABLE kept AS SELECT * FROM more;");
        let config = std::fs::read_to_string(place.project.path().join("schema.toml")).unwrap();
        place.project.config(&format!("{config}ignore = [\"table kept\"]\n"));
        place.quietly(&["down", "--accept-data-loss"]);
        assert_eq!(place.query("SELECT n FROM kept"), "1");
        place.project.run(["diff"]).ok();
        place.quietly(&["up"]);
        place.project.run(["status", "--check"]).ok();
    }
}

const FLYWAY: &str = "CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50), \
    description varchar(200), type varchar(20), script varchar(1000), checksum integer, installed_by varchar(100), \
    installed_on timestamp, execution_time integer, success boolean);\n\
    CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success);";
const ALEMBIC: &str = "CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY);";
const PRISMA: &str = "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64), \
    finished_at timestamp, migration_name varchar(255), logs text, rolled_back_at timestamp, started_at timestamp, \
    applied_steps_count integer);";

#[test]
fn the_table_of_a_tool_that_was_left_is_no_drift() {
    for (sql, table) in
        [(FLYWAY, "flyway_schema_history"), (ALEMBIC, "alembic_version"), (PRISMA, "_prisma_migrations")]
    {
        for place in Place::all() {
            orders(&place);
            place.by_hand(sql);
            place.by_hand("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
            let output = place.project.run(["repair", "--baseline", "1", "--yes"]);
            assert!(!output.ok().stderr.contains("is not what its migrations make"), "{}", output.text());
            place.project.run(["diff"]).ok();
            place.write("V2__more", "CREATE TABLE more (n INTEGER);\n", "DROP TABLE more;\n");
            place.quietly(&["up"]);
            place.project.run(["status", "--check"]).ok();
            // A table of the name alone is somebody's own.
            place.by_hand(&format!("ALTER TABLE {table} ADD COLUMN mine TEXT"));
            place.project.run(["diff"]).code(3).stdout_has(&format!("{table} was added"));
        }
    }
}
