//! `diff` on PostgreSQL.

use schemactl_test_support::cli::Project;
use schemactl_test_support::pgbouncer;
use schemactl_test_support::postgres::{self, Cluster, Database, Endpoint};
use schemactl_test_support::project;

use super::super::printed;

/// A database as `up` left it.
fn migrated(database: &Database) -> Project {
    migrated_as(&database.url())
}

fn migrated_as(url: &str) -> Project {
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", url);
    let folder = "migrations/postgres";
    for (name, up, down) in [
        (
            "V1__create_orders",
            "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total numeric DEFAULT 0, note text);\n\
             CREATE TYPE state AS ENUM ('open', 'paid');\nCREATE SEQUENCE numbers;\n",
            "DROP SEQUENCE numbers;\nDROP TYPE state;\nDROP TABLE orders;\n",
        ),
        ("V2__big", "CREATE VIEW big AS SELECT id FROM orders WHERE total > 100;\n", "DROP VIEW big;\n"),
        (
            "V3__touch",
            "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n\
             CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();\n",
            "DROP TRIGGER touched ON orders;\nDROP FUNCTION touch();\n",
        ),
        (
            "V4__index",
            "CREATE INDEX CONCURRENTLY orders_note ON orders (note);\n",
            "DROP INDEX CONCURRENTLY orders_note;\n",
        ),
    ] {
        project.file(&format!("{folder}/{name}.sql"), up).file(&format!("{folder}/{name}.down.sql"), down);
    }
    project.run(["up"]).ok();
    project
}

fn forget_fingerprint(database: &Database) {
    database.psql("UPDATE schema_migrations SET fingerprint = NULL");
}

#[test]
fn no_drift_no_alarm() {
    for version in postgres::versions() {
        let database = postgres::database(version);
        let project = migrated(&database);
        let recorded = database.psql("SELECT fingerprint FROM schema_migrations WHERE version = 4");
        assert!(recorded.starts_with(&format!("pg{version}:sha256:")), "{recorded}");
        project
            .run(["diff", "--json"])
            .ok()
            .stdout_has(&format!("\"live\": \"{recorded}\""))
            .stdout_has("\"drift\": \"none\"");
        project.run(["status", "--check"]).ok();
        // A replay finds the same, and so does an upgraded server, whose words may differ.
        for fingerprint in ["NULL", "'pg9:sha256:00'", "'sha256:00'"] {
            database.psql(&format!("UPDATE schema_migrations SET fingerprint = {fingerprint}"));
            project.run(["diff"]).ok().stdout_has("no drift");
        }
        project.run(["down"]).ok();
        let recorded = database.psql("SELECT fingerprint FROM schema_migrations WHERE version = 3");
        project.run(["diff", "--json"]).ok().stdout_has(&format!("\"live\": \"{recorded}\""));
    }
}

#[test]
fn r36_what_was_done_by_hand_is_found() {
    let database = postgres::database(postgres::version());
    let project = migrated(&database);
    let expect = |expected: &str| {
        for recorded in [true, false] {
            if !recorded {
                forget_fingerprint(&database);
            }
            project.run(["diff"]).code(3).stdout_has(&format!("\n  {expected}\n"));
        }
        let document: serde_json::Value = serde_json::from_str(&project.run(["diff", "--json"]).stdout).unwrap();
        let undo = &document["databases"][0]["undo"];
        assert_eq!(undo["gaps"].as_array().map(Vec::len), Some(0), "{document:#}");
        database.psql(undo["sql"].as_str().unwrap());
        project.run(["diff"]).ok();
    };
    for (sql, expected) in [
        ("CREATE TABLE audit (id serial PRIMARY KEY)", "table public.audit was added"),
        ("ALTER TABLE orders ADD COLUMN extra text DEFAULT 'x'", "table public.orders: column extra was added"),
        (
            "ALTER TABLE orders ALTER total SET DEFAULT 7",
            "table public.orders: column total has default `7` instead of `0`",
        ),
        ("ALTER TABLE orders RENAME note TO remark", "table public.orders: column note is called remark now"),
        ("GRANT SELECT ON orders TO PUBLIC", "table public.orders differs in grants"),
        (
            "ALTER TABLE orders DISABLE TRIGGER touched",
            "table public.orders: trigger touched has enabled `DISABLE` instead of none",
        ),
        ("DROP INDEX orders_note", "table public.orders: index orders_note is missing"),
        ("ALTER SEQUENCE numbers INCREMENT BY 10", "sequence public.numbers differs in definition"),
        (
            "CREATE OR REPLACE VIEW big AS SELECT id FROM orders WHERE total > 10",
            "view public.big differs in definition",
        ),
        ("CREATE SCHEMA audit CREATE TABLE log (id int)", "schema audit was added"),
        (
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
            "function public.touch() differs in definition",
        ),
    ] {
        database.psql(sql);
        expect(expected);
    }
}

#[test]
fn r36_an_invalid_index_is_found() {
    let database = postgres::database(postgres::version());
    let project = migrated(&database);
    database.psql("INSERT INTO orders (note) VALUES ('a'), ('a')");
    database.try_psql("CREATE UNIQUE INDEX CONCURRENTLY orders_one ON orders (note)").unwrap_err();
    project.run(["diff"]).code(3).stdout_has("table public.orders: index orders_one was added");
}

#[test]
fn objects_of_others_are_ignored() {
    let database = postgres::database(postgres::version());
    let project = migrated(&database);
    let ignore = |patterns: &str| {
        project.config(&format!("[postgres]\nurl = \"${{DATABASE_URL}}\"\nignore = [{patterns}]\n"));
    };
    database.psql(
        "CREATE SCHEMA audit CREATE TABLE log (id serial PRIMARY KEY) CREATE VIEW logs AS SELECT * FROM log; \
         CREATE TABLE tmp_1 (id serial PRIMARY KEY, note text UNIQUE); CREATE TABLE mine (id int);",
    );
    ignore("\"schema audit\", \"audit.*\", \"table public.tmp_*\"");
    let output = project.run(["diff"]);
    output
        .code(3)
        .stdout_has("1 difference from what migrations make\n  table public.mine was added\n")
        .lacks("tmp_1")
        .lacks("audit");
    database.psql("DROP TABLE mine");
    printed(&project, project.run(["diff", "-q"]).ok(), "", "");
}

#[test]
fn who_shares_a_database_sees_no_drift() {
    let database = postgres::database(postgres::version());
    let project = migrated(&database);
    let schemas = |key: &str| {
        project.config(&format!("[postgres]\nurl = \"${{DATABASE_URL}}\"\n{key}\n"));
    };
    database.psql(
        "CREATE SCHEMA billing CREATE TABLE bills (id serial PRIMARY KEY); CREATE EXTENSION pg_trgm SCHEMA billing; \
         CREATE FUNCTION billing.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; \
         CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION billing.seen();",
    );
    let hint = "what others keep in schemas of their own is left out by `schemas` in schema.toml";
    project.run(["diff"]).code(3).stdout_has("table billing.bills was added").stderr_has(hint);
    project.run(["status", "--check"]).code(3).stderr_has(hint);
    schemas("schemas = [\"public\"]");
    printed(&project, project.run(["diff", "-q"]).ok(), "", "");
    database.psql("CREATE TABLE mine (id int)");
    project.run(["diff"]).code(3).stdout_has("1 difference from what migrations make\n  table public.mine was added\n");
    // Recorded as it is looked at: a glance tells.
    database.psql("DROP TABLE mine");
    project.run(["down", "--steps", "1"]).ok();
    project.run(["up"]).ok();
    let recorded = database.psql("SELECT fingerprint FROM schema_migrations WHERE version = 4");
    database.psql("CREATE TABLE billing.more (id int)");
    project.run(["diff", "--json"]).ok().stdout_has(&format!("\"live\": \"{recorded}\""));
}

/// Neither whose the objects are nor that it may make no databases keeps somebody from comparing.
#[test]
fn who_compares_makes_no_difference() {
    let database = postgres::database(postgres::version());
    let [owner, role] = ["owner", "reader"].map(|name| format!("{name}_{}", std::process::id()));
    database.psql(&format!(
        "CREATE ROLE {owner} LOGIN; CREATE ROLE {role} LOGIN; ALTER DATABASE {} OWNER TO {owner}",
        database.name()
    ));
    let project = migrated_as(&database.url_as(&owner));
    // What a migration grants to others is compared as it is.
    project.file("migrations/postgres/V5__grant.sql", format!("GRANT SELECT ON orders TO {role};\n"));
    project.file("migrations/postgres/V5__grant.down.sql", format!("REVOKE SELECT ON orders FROM {role};\n"));
    project.run(["up"]).ok();
    database.psql(&format!("GRANT SELECT ON schema_migrations TO {role}"));
    let url = database.url_as(&role);
    project.run(["diff", "--url", &url]).ok();
    forget_fingerprint(&database);
    project
        .run(["diff", "--url", &url])
        .code(3)
        .stderr_has("a scratch database cannot be created")
        .stderr_has("scratch_url");
    // The server's owner makes the scratch database, where whoever ran the migrations is another.
    let config = format!("[postgres]\nurl = \"{url}\"\nscratch_url = \"{}\"\n", database.url());
    project.config(&config);
    project.run(["diff"]).ok();
    database.psql(&format!("GRANT INSERT ON orders TO {role}"));
    project.run(["diff"]).code(3).stdout_has("table public.orders differs in grants");
}

/// The schema of the history is there before the first migration, which may make use of it.
#[test]
fn the_schema_of_the_history_is_no_drift() {
    let database = postgres::database(postgres::version());
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nschema = \"app\"\n").env("DATABASE_URL", database.url());
    project.file("migrations/postgres/V1__orders.sql", "CREATE TABLE app.orders (id int);\n");
    project.run(["up"]).ok();
    database.psql("UPDATE app.schema_migrations SET fingerprint = NULL");
    project.run(["diff"]).ok();
}

#[test]
fn scratch_databases_do_not_stay() {
    let cluster = Cluster::start(postgres::version());
    let database = cluster.create_database();
    let project = migrated(&database);
    database.psql("CREATE TABLE audit (id int)");
    let scratch = "SELECT count(*) FROM pg_database WHERE datname LIKE 'schemactl_scratch%'";
    let before = database.psql(scratch);
    project.run(["diff", "--sql"]).code(3);
    project.run(["status", "--check"]).code(3);
    project.file("migrations/postgres/V5__bad.sql", "SELECT 1;\n");
    database.psql("INSERT INTO schema_migrations SELECT 5, 'bad', NULL, 'x', 'applied', 1, 1, false, now(), '', '', '', 0, NULL, NULL, '', NULL, NULL");
    project.run(["diff"]).code(3).stderr_has("version 5 was changed after it was applied");
    assert_eq!(database.psql(scratch), before);
}

/// A pooler may lead every name to the application's database: what is made for a proof must not be made there.
#[test]
fn a_scratch_database_that_is_the_live_one_is_left_alone() {
    let cluster = Cluster::start(postgres::version());
    let database = cluster.create_database();
    let Endpoint { host, port } = cluster.endpoint();
    let one_name = format!("[databases]\n* = host={host} port={port} dbname={} auth_user=postgres", database.name());
    let bouncer = pgbouncer::start_with(&cluster, &format!("default_pool_size = 20\n{one_name}"));
    let project = migrated_as(&database.url_at(&bouncer.endpoint()));
    database.psql(
        "DROP VIEW big; CREATE SEQUENCE commands; CREATE FUNCTION count_it() RETURNS event_trigger LANGUAGE plpgsql AS \
           $$ BEGIN PERFORM nextval('commands'); END $$; \
         CREATE EVENT TRIGGER count_it ON ddl_command_start EXECUTE FUNCTION count_it()",
    );
    // The sequence keeps what is rolled back too.
    let commands = "SELECT is_called FROM commands";
    for (command, code) in [("prove --all", 1), ("diff", 3), ("generate --force", 1)] {
        let output = project.run(command.split(' '));
        println!("{}", output.text());
        output.code(code).says(&["the server made the scratch database schemactl_scratch_", "but leads to test_"]);
        assert_eq!(database.psql(commands), "f", "{command}");
    }
    assert_eq!(cluster.psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'schemactl_scratch_%'"), "0");
}
