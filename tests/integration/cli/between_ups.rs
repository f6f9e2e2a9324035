//! PostgreSQL: what somebody does between two ups, or while one is at work, stays to be found; what no schema shows is no drift.

use std::time::{Duration, Instant};

use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Cluster, Database};
use schemactl_test_support::project;

const SHOP: &str = "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric DEFAULT 0, note text);\n\
     CREATE TABLE lines (id serial PRIMARY KEY, order_id bigint REFERENCES orders (id), CHECK (id > 0));\n\
     CREATE INDEX orders_note ON orders (note);\nCREATE TYPE state AS ENUM ('open', 'paid');\n\
     CREATE VIEW big AS SELECT id FROM orders WHERE total > 100;\n\
     CREATE MATERIALIZED VIEW sums AS SELECT sum(total) FROM orders;\n\
     CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n\
     CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();\n";

/// A database with two versions of a shop, and a third one that is to come.
fn shop(database: &Database) -> Project {
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
    project.file("migrations/postgres/V1__shop.sql", SHOP);
    project.file("migrations/postgres/V2__a.sql", "CREATE TABLE a (n integer);\n");
    project.run(["up"]).ok().lacks("fingerprint");
    project.file("migrations/postgres/V3__b.sql", "CREATE TABLE b (n integer);\n");
    project
}

/// Whether a check finds the database as recorded without making a scratch database.
fn is_told_at_a_glance(project: &Project, database: &Database) -> bool {
    let recorded = database.psql("SELECT fingerprint FROM schema_migrations ORDER BY version DESC LIMIT 1");
    assert!(recorded.contains(".rows"), "{recorded}");
    project.run(["diff", "--json"]).ok().stdout.contains(&format!("\"live\": \"{recorded}\""))
}

const DRIFT: [&str; 24] = [
    "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
    "ALTER TABLE orders ALTER total SET DEFAULT 7",
    "ALTER TABLE orders ALTER total DROP DEFAULT",
    "GRANT SELECT ON orders TO PUBLIC",
    "GRANT SELECT (note) ON orders TO PUBLIC",
    "COMMENT ON TABLE orders IS 'theirs'",
    "COMMENT ON COLUMN orders.note IS 'theirs'",
    "ALTER TABLE orders OWNER TO pg_monitor",
    "DROP INDEX orders_note",
    "DROP INDEX orders_note; CREATE INDEX orders_note ON orders (note DESC)",
    "DROP TRIGGER touched ON orders",
    "ALTER TABLE orders DISABLE TRIGGER touched",
    "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY seen ON orders USING (total > 0)",
    "ALTER TYPE state ADD VALUE 'lost'",
    "CREATE OR REPLACE VIEW big AS SELECT id FROM orders WHERE total > 10",
    "ALTER TABLE lines DROP CONSTRAINT lines_id_check",
    "ALTER TABLE orders RENAME note TO remark",
    "ALTER TABLE orders SET (fillfactor = 50)",
    "CREATE SEQUENCE theirs",
    "ALTER SEQUENCE lines_id_seq INCREMENT BY 10",
    "ALTER SEQUENCE lines_id_seq OWNED BY NONE",
    "REVOKE USAGE ON SCHEMA public FROM PUBLIC",
    "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
];

#[test]
fn what_is_done_between_two_ups_stays_drift() {
    for version in postgres::one_of_versions() {
        for done in DRIFT {
            let database = postgres::database(version);
            let project = shop(&database);
            database.psql(done);
            let up = project.run(["up"]);
            up.ok().stderr_has("before this run it was not what was recorded last");
            let check = project.run(["status", "--check"]);
            assert!(check.code(3).stderr.contains("E0412"), "{version}: {done}: {}", check.text());
        }
    }
}

/// An index that was made again as it was has other rows, with the same names and definition.
/// VACUUM FULL of all tables takes those for itself that the databases of the server share: other tests would wait for it.
const NO_DRIFT: [&str; 15] = [
    "ANALYZE",
    "VACUUM (FREEZE)",
    "VACUUM (FULL) orders, pg_class, pg_attribute, pg_constraint, pg_proc, pg_depend",
    "INSERT INTO orders (note) VALUES ('a'), ('b')",
    "TRUNCATE orders RESTART IDENTITY CASCADE",
    "REINDEX TABLE orders",
    "REINDEX TABLE CONCURRENTLY orders",
    "REFRESH MATERIALIZED VIEW sums",
    "SELECT setval('lines_id_seq', 77)",
    "ALTER TABLE orders ADD COLUMN extra text; ALTER TABLE orders DROP COLUMN extra",
    "DROP INDEX orders_note; CREATE INDEX orders_note ON orders (note)",
    "GRANT SELECT ON schema_migrations TO PUBLIC",
    "COMMENT ON TABLE schema_migrations IS 'ours'",
    "CREATE TABLE theirs (id serial PRIMARY KEY, note text DEFAULT 'x'); DROP TABLE theirs",
    "ALTER TABLE orders DISABLE TRIGGER touched; ALTER TABLE orders ENABLE TRIGGER touched",
];

#[test]
fn what_no_schema_shows_is_told_at_a_glance() {
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        let project = shop(&database);
        let mut session = database.session();
        session.run("CREATE TEMP TABLE mine (id serial PRIMARY KEY, note text DEFAULT 'x' CHECK (note <> ''))");
        session.run("CREATE TEMP VIEW mine_too AS SELECT * FROM mine");
        for (number, done) in NO_DRIFT.iter().enumerate() {
            let [done, more] = done.split_once("; ").map_or([*done, "SELECT 1"], |(done, more)| [done, more]);
            database.psql(done);
            database.psql(more);
            assert!(is_told_at_a_glance(&project, &database), "{version}: {done}");
            let next = number + 4;
            project.file(&format!("migrations/postgres/V{next}__t.sql"), format!("CREATE TABLE t{next} (n int);\n"));
            let up = project.run(["up", "--order", "any"]);
            assert!(!up.ok().stderr.contains("fingerprint"), "{version}: {done}: {}", up.text());
        }
        drop(session);
        assert!(is_told_at_a_glance(&project, &database));
        project.run(["status", "--check"]).ok();
    }
}

/// What has other rows than it had is compared by what it says: it is no drift.
#[test]
fn what_has_other_rows_is_compared() {
    for version in postgres::one_of_versions() {
        for done in [
            "DROP VIEW big; CREATE VIEW big AS SELECT id FROM orders WHERE total > 100",
            "GRANT SELECT ON orders TO PUBLIC; REVOKE SELECT ON orders FROM PUBLIC",
            "DROP TABLE a; CREATE TABLE a (n integer)",
            "ALTER TABLE orders ALTER total DROP DEFAULT; ALTER TABLE orders ALTER total SET DEFAULT 0",
        ] {
            let database = postgres::database(version);
            let project = shop(&database);
            database.psql(done);
            if is_told_at_a_glance(&project, &database) {
                // Since PostgreSQL 17 an expression is stored without its place in the statement.
                assert!(version >= 17 && done.contains("DEFAULT"), "{version}: {done}");
                continue;
            }
            project.run(["up"]).ok().stderr_has("no fingerprint of the catalog was recorded");
            project.run(["status", "--check"]).ok();
            project.run(["repair", "--fingerprint"]).ok();
            project.file("migrations/postgres/V4__c.sql", "CREATE TABLE c (n integer);\n");
            project.run(["up"]).ok().lacks("fingerprint");
            assert!(is_told_at_a_glance(&project, &database));
        }
    }
}

/// Tables that are left out are left out of the rows, too, with all that belongs to them.
#[test]
fn tables_that_are_ignored_do_not_count() {
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        let project = shop(&database);
        project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nignore = [\"table Their_*\", \"table public.kept\"]\n");
        database.psql(
            "CREATE TABLE their_own (id serial PRIMARY KEY, note text DEFAULT 'x' CHECK (note <> '')); CREATE INDEX ON their_own (note); \
             CREATE TABLE kept AS SELECT * FROM orders; COMMENT ON COLUMN kept.id IS 'theirs'",
        );
        assert!(is_told_at_a_glance(&project, &database), "{version}");
        project.run(["up"]).ok().lacks("fingerprint");
        assert!(is_told_at_a_glance(&project, &database), "{version}");
        database.psql("CREATE TABLE theirs (n int)");
        project.run(["status", "--check"]).code(3).stderr_has("E0412");
    }
}

#[test]
fn it_can_be_switched_off() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    let recorded = "SELECT count(fingerprint) FROM schema_migrations";
    assert_eq!(database.psql(recorded), "2");
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nfingerprint = \"off\"\n");
    project.run(["up"]).ok().lacks("fingerprint");
    assert_eq!(database.psql(recorded), "2");
    project.run(["status", "--check"]).ok();
    project.file("migrations/postgres/V4__c.sql", "CREATE TABLE c (n integer);\n");
    project.env("SCHEMACTL_FINGERPRINT", "on");
    project.run(["up"]).ok().stderr_has("`schemactl repair --fingerprint` compares, and records it");
    project.env("SCHEMACTL_FINGERPRINT", "none");
    project.run(["up"]).code(2).stderr_has("it is on or off");
}

#[test]
fn a_restored_dump_is_compared_anew() {
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        let project = shop(&database);
        if !database.can_dump() {
            continue;
        }
        for drifts in [false, true] {
            let restored = postgres::database(version);
            restored.psql(&database.dump_all());
            project.env("DATABASE_URL", restored.url());
            project.run(["status", "--check"]).code(3).lacks("E0412");
            if drifts {
                restored.psql("ALTER TABLE orders DISABLE TRIGGER touched");
            }
            project.run(["up"]).ok().stderr_has("what it was before this run is not known");
            let check = project.run(["status", "--check"]);
            check.code(if drifts { 3 } else { 0 });
        }
    }
}

#[test]
fn a_server_that_was_started_again_is_no_drift() {
    let cluster = Cluster::start(postgres::version());
    let database = cluster.create_database();
    let project = shop(&database);
    cluster.restart();
    assert!(is_told_at_a_glance(&project, &database));
    project.run(["up"]).ok().lacks("fingerprint");
    cluster.kill_9();
    cluster.start_again();
    assert!(is_told_at_a_glance(&project, &database));
    project.run(["status", "--check"]).ok();
}

/// What an event trigger makes is part of what a migration makes, where a migration made the trigger; else it is drift with the trigger.
#[test]
fn what_an_event_trigger_makes() {
    let trigger = "CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
         BEGIN EXECUTE 'COMMENT ON TABLE orders IS ''noted'''; EXCEPTION WHEN OTHERS THEN NULL; END; END $$;\n\
         CREATE EVENT TRIGGER noted ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION noted();\n";
    for by_hand in [false, true] {
        let cluster = Cluster::start(postgres::version());
        let database = cluster.create_database();
        let project = shop(&database);
        if by_hand {
            database.psql(trigger);
        } else {
            project.file("migrations/postgres/V3__b.sql", trigger);
            project.file("migrations/postgres/V4__c.sql", "CREATE TABLE c (n integer);\n");
        }
        let up = project.run(["up"]);
        assert_eq!(up.ok().stderr.contains("no fingerprint"), by_hand, "{}", up.text());
        project.run(["status", "--check"]).code(if by_hand { 3 } else { 0 });
    }
}

/// Waits until the run waits for a table.
fn wait_for_a_waiting_run(database: &Database) {
    let start = Instant::now();
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
         WHERE NOT l.granted AND d.datname = current_database()";
    while database.psql(waiting) == "0" {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing waits");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Somebody's transaction is at work as an up begins, or begins after it, and ends before the up does.
#[test]
fn what_others_do_while_an_up_is_at_work_stays_drift() {
    for version in postgres::one_of_versions() {
        for done in [
            "ALTER TABLE orders DISABLE TRIGGER touched",
            "ALTER TABLE orders ALTER total SET DEFAULT 7",
            "CREATE TABLE theirs (n int)",
            "GRANT SELECT ON lines TO PUBLIC",
        ] {
            for is_early in [true, false] {
                let database = postgres::database(version);
                let project = shop(&database);
                project.file("migrations/postgres/V3__b.sql", "ALTER TABLE orders ADD COLUMN extra integer;\n");
                let mut session = database.session();
                session.run("BEGIN");
                session.run("LOCK TABLE orders");
                if is_early {
                    session.run(done);
                }
                let running = project.spawn(["up", "--lock-timeout", "1min"]);
                wait_for_a_waiting_run(&database);
                if !is_early {
                    session.run(done);
                }
                session.run("COMMIT");
                let up = running.wait();
                up.ok().stderr_has("others wrote into the catalog while this run was at work");
                project.run(["status", "--check"]).code(3).stderr_has("E0412");
            }
        }
    }
}
