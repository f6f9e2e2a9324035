//! `diff` on PostgreSQL.

use schemactl_test_support::cli::Project;
use schemactl_test_support::pgbouncer;
use schemactl_test_support::postgres::{self, Cluster, Config, Database, Endpoint};
use schemactl_test_support::project;

use super::printed;

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
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        let project = migrated(&database);
        let recorded = database.psql("SELECT fingerprint FROM schema_migrations WHERE version = 4");
        assert!(recorded.starts_with(&format!("pg{version}.rows1.")), "{recorded}");
        project
            .run(["diff", "--json"])
            .ok()
            .stdout_has(&format!("\"live\": \"{recorded}\""))
            .stdout_has("\"drift\": \"none\"");
        project.run(["status", "--check"]).ok();
        // A replay finds the same, and so does an upgraded server, whose words may differ.
        for fingerprint in ["NULL", "'pg9.2:sha256:00'", "'pg15:sha256:00'", "'sha256:00'"] {
            database.psql(&format!("UPDATE schema_migrations SET fingerprint = {fingerprint} WHERE version = 4"));
            project.run(["diff"]).ok().stdout_has("no drift");
        }
        project.run(["repair", "--fingerprint"]).ok();
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
    project.run(["repair", "--fingerprint"]).ok();
    // What was recorded of the version below was by other rules, and is no measure any more.
    let output = project.run(["down", "--steps", "1"]);
    assert!(!output.ok().stderr.contains("fingerprint"), "{}", output.text());
    project.run(["up"]).ok().stderr_has("`schemactl repair --fingerprint` compares, and records it");
    project.run(["repair", "--fingerprint"]).ok();
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
    // Who ran the migrations is called as it is there, and not as whoever makes the scratch database.
    database.psql(&format!(
        "REVOKE INSERT ON orders FROM {role}; REVOKE DELETE ON orders FROM {owner}; \
         ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC"
    ));
    let output = project.run(["diff"]);
    output.code(3).stdout_has(&format!("REVOKE DELETE ON TABLE orders FROM {owner};"));
    output.stdout_has(&format!("ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT ON TABLES"));
    let undo = project.run(["diff", "--sql"]);
    undo.code(3).stdout_has(&format!("GRANT DELETE ON TABLE orders TO {owner};"));
    // Where the database speaks of both, a right may be the one's or the other's.
    database.psql("CREATE TABLE theirs (a int)");
    let output = project.run(["diff"]);
    output.code(3).stdout_has("CREATE TABLE theirs").stdout_has("a right or owner that is either");
    assert!(!output.stdout.contains("REVOKE DELETE"), "{}", output.stdout);
}

/// The schema of the history is there before the first migration, which may make use of it.
#[test]
fn the_schema_of_the_history_is_no_drift() {
    let database = postgres::database(postgres::version());
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nschema = \"app\"\n").env("DATABASE_URL", database.url());
    project.file("migrations/postgres/V1__orders.sql", "CREATE TABLE app.orders (id int);\n");
    let output = project.run(["up"]);
    assert!(!output.ok().stderr.contains("no fingerprint"), "{}", output.stderr);
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

/// A schema in which the server's text of an expression is another one once the server has read it.
const WITH_LISTS: &str = "CREATE TABLE tasks (id integer PRIMARY KEY, s varchar(10) DEFAULT 'a' CHECK (s IN ('a', 'b')), n integer,\n\
     CHECK (n BETWEEN 1 AND 5 AND s <> 'x'));\n\
     CREATE INDEX open_tasks ON tasks (n) WHERE s IN ('a', 'b');\n\
     CREATE VIEW waiting AS SELECT id FROM tasks WHERE s NOT IN ('c', 'd') AND n BETWEEN 1 AND 5;\n\
     CREATE POLICY seen ON tasks USING (s IN ('a', 'b'));\nCREATE DOMAIN state AS varchar(9) CHECK (VALUE IN ('a', 'b'));\n";

#[test]
fn i8_12_a_restored_dump_is_no_drift() {
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        let project = project!();
        project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
        project.file("migrations/postgres/V1__tasks.sql", WITH_LISTS);
        project.run(["up"]).ok();
        database.psql("INSERT INTO tasks VALUES (1, 'a', 2), (2, 'b', 3)");
        if !database.can_dump() {
            continue;
        }
        let restored = postgres::database(version);
        restored.psql(&database.dump_all());
        project.env("DATABASE_URL", restored.url());
        project.run(["diff"]).ok().stdout_has("no drift");
        project.run(["status", "--check"]).ok();
        // Also where all is compared anew, and what was really changed is found.
        forget_fingerprint(&restored);
        project.run(["diff"]).ok().stdout_has("no drift");
        restored.psql("ALTER TABLE tasks DROP CONSTRAINT tasks_s_check, ADD CONSTRAINT tasks_s_check CHECK (s IN ('a', 'c')) NOT VALID");
        project
            .run(["diff"])
            .code(3)
            .stdout_has("1 difference from what migrations make\n  table public.tasks: constraint tasks_s_check");
    }
}

#[test]
fn i8_14_publications_are_read() {
    for version in postgres::one_of_versions() {
        let database = postgres::database(version);
        let project = project!();
        project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
        let newer = version >= 15;
        let list = if newer { " (id, note) WHERE (id > 5)" } else { "" };
        let schemas = if newer { "CREATE PUBLICATION whole FOR TABLES IN SCHEMA app;\n" } else { "" };
        project.file(
            "migrations/postgres/V1__events.sql",
            format!(
                "CREATE SCHEMA app;\nCREATE TABLE events (id integer PRIMARY KEY, note text, secret text);\nCREATE TABLE app.more (id int);\n\
                 CREATE PUBLICATION feed FOR TABLE events{list}, app.more;\nCREATE PUBLICATION every FOR ALL TABLES;\n{schemas}"
            ),
        );
        project.run(["up"]).ok().lacks("fingerprint");
        project.run(["status", "--check"]).ok();
        let differs = |sql: &str, name: &str| {
            database.psql(sql);
            let found = project.run(["status", "--check"]);
            found.code(3).stderr_has("1 difference").stderr_has(&format!("object \"publication {name}\" "));
        };
        differs("ALTER PUBLICATION feed SET (publish = 'insert')", "feed");
        if newer {
            database.psql("ALTER PUBLICATION feed SET (publish = 'insert, update, delete, truncate')");
            project.run(["status", "--check"]).ok();
            differs("ALTER PUBLICATION feed SET TABLE events (id, secret) WHERE (id > 5), app.more", "feed");
            differs("ALTER PUBLICATION feed SET TABLE events (id, note) WHERE (id > 6), app.more", "feed");
            database.psql("ALTER PUBLICATION feed SET TABLE events (id, note) WHERE (id > 5), app.more");
            project.run(["status", "--check"]).ok();
            differs("ALTER PUBLICATION whole ADD TABLES IN SCHEMA public", "whole");
            database.psql("ALTER PUBLICATION whole DROP TABLES IN SCHEMA public");
        } else {
            database.psql("ALTER PUBLICATION feed SET (publish = 'insert, update, delete, truncate')");
        }
        if version >= 18 {
            differs("ALTER PUBLICATION feed SET (publish_generated_columns = stored)", "feed");
        }
    }
}

#[test]
fn i8_14_compiling_is_switched_off_for_the_read_alone() {
    // As Debian's servers have it, but so that each query would be compiled. The plans in the log tell which was.
    let settings = [
        ("jit", "on"),
        ("jit_above_cost", "0"),
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
    ];
    let config =
        settings.iter().fold(Config::new(postgres::version()), |config, (name, value)| config.setting(name, value));
    let cluster = Cluster::start(config);
    let database = cluster.create_database();
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
    project.file("migrations/postgres/V1__t.sql", "CREATE TABLE t (id int);\nCREATE PUBLICATION p FOR TABLE t;\n");
    project.file("migrations/postgres/V2__jit.sql", "CREATE TABLE seen AS SELECT current_setting('jit') AS jit;\n");
    project.run(["up"]).ok();
    assert_eq!(database.psql("SELECT jit FROM seen"), "on");
    project.run(["status", "--check"]).ok();
    forget_fingerprint(&database);
    project.run(["diff"]).ok();
    database
        .psql("SELECT count(*) AS control FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.oid > 5");
    let log = cluster.log();
    // The plan of a query that reads a table: what switches it off is compiled itself.
    let compiled = |text: &str| -> Vec<&str> {
        let plans = log.split("Query Text: ").filter_map(|rest| rest.split("LOG:  ").next());
        plans.filter(|plan| plan.contains(text) && plan.contains("JIT:") && plan.contains("Scan ")).collect()
    };
    assert!(log.contains("FROM pg_publication t"));
    if !compiled("AS control").is_empty() {
        assert_eq!(compiled("AS kind"), Vec::<&str>::new());
    }
}

#[test]
fn i8_13_how_a_not_null_holds_is_seen() {
    for version in postgres::versions().into_iter().filter(|version| *version >= 18) {
        let database = postgres::database(version);
        let project = project!();
        project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
        project.file(
            "migrations/postgres/V1__t.sql",
            "CREATE TABLE t (a int, b int CONSTRAINT known NOT NULL, CHECK (a > 0));\n",
        );
        project.run(["up"]).ok();
        for (sql, back) in [
            ("ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID", "ALTER TABLE t DROP CONSTRAINT n"),
            ("ALTER TABLE t ALTER CONSTRAINT known NO INHERIT", "ALTER TABLE t ALTER CONSTRAINT known INHERIT"),
            (
                "ALTER TABLE t DROP CONSTRAINT known; ALTER TABLE t ADD CONSTRAINT known NOT NULL b NOT VALID",
                "ALTER TABLE t VALIDATE CONSTRAINT known",
            ),
            (
                "ALTER TABLE t DROP CONSTRAINT t_a_check, ADD CONSTRAINT t_a_check CHECK (a > 0) NOT ENFORCED",
                "ALTER TABLE t DROP CONSTRAINT t_a_check, ADD CONSTRAINT t_a_check CHECK (a > 0)",
            ),
        ] {
            database.psql(sql);
            project.run(["status", "--check"]).code(3);
            let document: serde_json::Value = serde_json::from_str(&project.run(["diff", "--json"]).stdout).unwrap();
            let undo = &document["databases"][0]["undo"];
            assert_eq!(undo["gaps"].as_array().map(Vec::len), Some(0), "{sql}: {document:#}");
            database.psql(undo["sql"].as_str().unwrap());
            project.run(["diff"]).ok();
            database.psql(sql);
            database.psql(back);
            project.run(["diff"]).ok();
        }
    }
}

#[test]
fn i8_i_a_name_that_is_no_text_is_told() {
    let cluster = postgres::shared(postgres::version());
    let name = "ascii_names";
    cluster.psql(&format!("DROP DATABASE IF EXISTS {name}"));
    cluster
        .psql(&format!("CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"));
    let database = cluster.database(name);
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
    project.file("migrations/postgres/V1__t.sql", "CREATE TABLE t (id int);\n");
    project.run(["up"]).ok();
    project.run(["status", "--check"]).ok();
    // `Größe`, as Latin-1 has it.
    database.psql(
        r"DO $$ BEGIN EXECUTE format('CREATE TABLE %I (a int)', convert_from('\x4772f6df65', 'SQL_ASCII')); END $$",
    );
    project.run(["status", "--check"]).code(1).stderr_has("error[E0510]: the catalog cannot be read");
    cluster.psql(&format!("DROP DATABASE {name} WITH (FORCE)"));
}

#[test]
fn what_was_done_by_hand_is_written_as_the_next_migration() {
    let database = postgres::database(postgres::version());
    let project = migrated(&database);
    database.psql("CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql AS $$\n  SELECT a +\n\tb $$");
    database.psql("ALTER TABLE orders ADD COLUMN paid boolean NOT NULL DEFAULT false");
    let output = project.run(["diff", "--new", "paid"]);
    output.ok().stdout_has("created migrations/postgres/V5__paid.sql").stdout_has("--mark-applied 5 ");
    project.run(["generate"]).ok();
    project.run(["repair", "--mark-applied", "5", "--yes"]).ok();
    project.run(["diff"]).ok().stdout_has("no drift");
    project.run(["check", "--prove"]).ok();
}

/// What somebody else has locked is waited for as long as a step would, and no longer: the words about a catalog are not worth more.
#[test]
fn a_catalog_that_somebody_has_locked_stops_nobody() {
    let database = postgres::database(postgres::version());
    let project = migrated(&database);
    project.run(["up"]).ok();
    let mut holder = database.session();
    holder.run("BEGIN; LOCK TABLE orders");
    project.file("migrations/postgres/V5__more.sql", "CREATE TABLE more (id bigint);\n");
    project.file("migrations/postgres/V5__more.down.sql", "DROP TABLE more;\n");
    // It ends while the lock is held: nothing that it makes is in the way of that.
    let output = project.run(["up", "--lock-timeout", "200ms"]);
    output.ok().stdout_has("applied 5 more").lacks("fingerprint");
    // Where something is left out, the words are needed.
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nignore = [\"view theirs\"]\n");
    project.file("migrations/postgres/V6__more.sql", "CREATE TABLE more_of_it (id bigint);\n");
    let output = project.run(["up", "--lock-timeout", "200ms"]);
    output.ok().stdout_has("applied 6 more").stderr_has("no fingerprint of the catalog was recorded");
    project.env("SCHEMACTL_LOCK_TIMEOUT", "200ms");
    project.run(["diff"]).code(4).stderr_has("lock timeout");
    holder.run("COMMIT");
    project.run(["repair", "--fingerprint", "--yes"]).ok();
    project.run(["status", "--check"]).ok();
    project.run(["diff"]).ok().stdout_has("no drift");
}

/// Whom a table belongs to is not for each role to say: no hint leads to statements that are not there.
#[test]
fn what_cannot_be_written_as_statements_is_left_to_who_may() {
    let version = postgres::version();
    let (database, role, other) = (postgres::database(version), "drift_plain", "drift_owner");
    postgres::roles(version, &[role, other]);
    database.psql(&format!("ALTER ROLE {role} LOGIN CREATEDB; CREATE SCHEMA {role} AUTHORIZATION {role}"));
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url_as(role));
    project.file("migrations/postgres/V1__orders.sql", "CREATE TABLE orders (id int);");
    project.run(["up"]).ok();
    database.psql(&format!("ALTER TABLE {role}.orders OWNER TO {other}"));
    let diff = project.run(["diff", "--sql"]);
    diff.code(3)
        .stdout_has("has owner `drift_owner` instead of `drift_plain`")
        .stderr_has("let a role that may, or a superuser, change it back by hand");
    diff.lacks("take back the rest").lacks("--new");
    database.psql(&format!("ALTER TABLE {role}.orders OWNER TO {role}"));
    project.run(["diff"]).ok();
}
