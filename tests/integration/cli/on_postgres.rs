//! The command on PostgreSQL: that it is wired up. What PostgreSQL does with migrations is tested elsewhere.

use std::time::Duration;

use schemactl_test_support::cli::{Output, Project, Running};
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::{Signal, project};

use super::{durations_agree, printed};

fn shop(database: &Database) -> Project {
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\n").env("DATABASE_URL", database.url());
    let folder = "migrations/postgres";
    project.file(&format!("{folder}/V1__create_orders.sql"), "CREATE TABLE orders (id bigint);\n");
    project.file(&format!("{folder}/V1__create_orders.down.sql"), "DROP TABLE orders;\n");
    project.file(&format!("{folder}/V2__index.sql"), "CREATE INDEX CONCURRENTLY orders_id ON orders (id);\n");
    project.file(&format!("{folder}/V2__index.down.sql"), "DROP INDEX CONCURRENTLY orders_id;\n");
    project
}

#[test]
fn up_status_plan_and_down() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    let output = project.run(["plan"]);
    output.ok().stdout_has("1 statement, one by one, because of statement 1: CREATE INDEX CONCURRENTLY orders_id");
    output.stdout_has(
        "rehearsed: 1 of 2 steps would succeed; the last one was not rehearsed, since it cannot be in a transaction",
    );
    let stdout = "applied 1 create_orders (N ms)\napplied 2 index (N ms)\n2 applied\n";
    printed(&project, project.run(["up"]).ok(), stdout, "");
    project.run(["status", "--check"]).ok().stdout_has("2 applied");
    project.run(["down", "--to", "0"]).ok().stdout_has("2 reverted");
    project.run(["status"]).ok().stdout_has("2 pending");
}

#[test]
fn an_error_has_its_sqlstate() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    project.file("migrations/postgres/V3__bad.sql", "SELECT 1;\nALTER TABLE missing ADD x int;\n");
    let output = project.run(["up"]);
    output.code(1).stderr_has("--> migrations/postgres/V3__bad.sql:2:1").stderr_has("(SQLSTATE 42P01)");
    project.run(["up", "--json"]).code(1).stdout_has("\"sqlstate\": \"42P01\"");
}

#[test]
fn an_interrupt_cancels_the_statement_and_is_logged() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    project.file("migrations/postgres/V3__long.sql", "CREATE TABLE t (x int);\nSELECT pg_sleep(3600);\n");
    let mut running = project.spawn(["up"]);
    until_asleep(&database, &mut running);
    // It does not wait for the hour.
    running.signal(Signal::SIGINT);
    let output = running.wait();
    output.code(130).stderr_has("interrupted: what is at hand is finished or rolled back").stderr_has("error[E0208]");
    let log = "SELECT outcome FROM schema_migrations_log WHERE version = 3";
    assert_eq!(database.psql(log), "interrupted");
    project.run(["status"]).ok().stdout_has("2 applied, 1 pending");
}

#[test]
fn a_waiting_runner_says_so() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    project.file("migrations/postgres/V3__long.sql", "SELECT pg_sleep(3);\n");
    let mut first = project.spawn(["up"]);
    first.wait_for("applied 2");
    let second = project.run(["up"]);
    second.ok().stderr_has("waiting for another runner");
    first.wait().ok();
    let project = shop(&database);
    project.file("migrations/postgres/V3__long.sql", "SELECT pg_sleep(3);\n");
    project.file("migrations/postgres/V4__longer.sql", "SELECT pg_sleep(3600);\n");
    let mut first = project.spawn(["up"]);
    until_asleep(&database, &mut first);
    project.run(["up", "--lock-wait", "500ms"]).code(4).stderr_has("error[E0601]");
    assert!(!first.has_ended());
    first.signal(Signal::SIGINT);
    first.wait().code(130);
}

/// Until a migration sleeps on the server.
fn until_asleep(database: &Database, running: &mut Running) {
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    while database.psql(asleep) != "1" {
        assert!(!running.has_ended(), "it ended before");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn up_and_status_say_the_same_duration() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    project.file("migrations/postgres/V3__slow.sql", "SELECT pg_sleep(0.05);\n");
    durations_agree(&project, &project.run(["up"]).ok().stdout);
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    project.file("migrations/postgres/V3__slow.sql", "SELECT pg_sleep(0.05);\n");
    project.file("migrations/postgres/V4__bad.sql", "SELECT 1 / 0;\n");
    let output = project.run(["up", "--connections", "one"]);
    durations_agree(&project, &output.code(1).stdout);
}

/// Who makes the downs, on a server for tests, is another role than the one that runs the migrations.
#[test]
fn a_generated_down_is_for_whoever_runs_it() {
    let database = postgres::database(postgres::version());
    let [owner, app] = ["migrator", "app"].map(|name| format!("{name}_{}", std::process::id()));
    database.psql(&format!(
        "CREATE ROLE {owner} LOGIN; CREATE ROLE {app}; ALTER DATABASE {} OWNER TO {owner}; GRANT {app} TO {owner}",
        database.name()
    ));
    let project = project!();
    let config = format!(
        "[postgres]\nurl = \"{}\"\nscratch_url = \"{}\"\nschema = \"migrations\"\n",
        database.url_as(&owner),
        database.url()
    );
    project.config(&config);
    project.file(
        "migrations/postgres/V1__rights.sql",
        format!(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA migrations GRANT SELECT ON TABLES TO {app};\n\
             GRANT USAGE ON SCHEMA migrations TO {app};\n"
        ),
    );
    project.file("migrations/postgres/V2__orders.sql", "CREATE TABLE migrations.orders (id int);\n");
    project.file(
        "migrations/postgres/V3__owner.sql",
        format!(
            "GRANT CREATE ON SCHEMA migrations TO {app}; ALTER TABLE migrations.orders OWNER TO {app};\n\
             REVOKE TRIGGER ON migrations.orders FROM {app};\n"
        ),
    );
    project.run(["generate"]).ok();
    project.run(["up"]).ok();
    project.run(["status", "--check"]).ok();
    project.run(["diff"]).ok();
    project.run(["down", "--to", "0"]).ok();
    project.run(["diff"]).ok();
    project.run(["up"]).ok();
    project.run(["prove"]).ok();
}

/// The step ends when it has said where it is: whatever that takes.
#[test]
fn a_long_step_says_at_which_statement_it_is() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    project.file(
        "migrations/postgres/V3__one.sql",
        "-- schemactl: transaction = none\nSELECT 1;\nSELECT count(*) FROM held;\n",
    );
    database.psql("CREATE TABLE held (x int)");
    for (format, said) in [("text", "[1/1] apply 3 one: statement 2 of 2, "), ("json", "\"done\":1,")] {
        project.run(["up", "--to", "2"]).ok();
        let mut holder = database.session();
        holder.run("BEGIN; LOCK TABLE held");
        let mut running = project.spawn(["up", "--lock-timeout", "10min", "--log-format", format]);
        running.wait_for(said);
        holder.run("COMMIT");
        running.wait().ok();
        project.run(["repair", "--forget", "3", "-y"]).ok();
    }
}

/// Whoever starts at the same moment as others finds the history's tables made meanwhile, which PostgreSQL notes.
#[test]
fn starters_at_once_are_told_nothing_of_tables_that_are_ours() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    let running: Vec<_> = (0..8).map(|_| project.spawn(["up"])).collect();
    for output in running.into_iter().map(Running::wait) {
        output.ok().lacks("already exists").lacks("NOTICE");
    }
    project.run(["status", "--check"]).ok().stdout_has("2 applied");
}

#[test]
fn stdout_is_the_result_and_each_line_of_a_json_log_an_object() {
    let database = postgres::database(postgres::version());
    let project = shop(&database);
    let speaks = "DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful'; END $$;\nDROP TABLE IF EXISTS missing;\n";
    project.file("migrations/postgres/V3__speaks.sql", speaks);
    project.file("migrations/postgres/V4__fails.sql", "SELECT 1 / 0;\n");
    let output = project.run(["up", "--log-format", "json"]);
    printed_apart(&output);
    let lines = objects(output.code(1));
    let notices: Vec<_> = lines.iter().filter(|line| line["event"] == "notice").collect();
    let levels: Vec<_> = notices.iter().map(|line| (line["severity"].as_str(), line["level"].as_str())).collect();
    let (notice, warning) = ((Some("NOTICE"), Some("info")), (Some("WARNING"), Some("warn")));
    assert_eq!(levels, [notice, warning, notice], "{}", output.text());
    assert_eq!(lines.last().unwrap()["error"]["code"], "E0204");
    for (arguments, code) in
        [(&["plan"][..], 1), (&["status", "--check"], 3), (&["down"], 1), (&["diff"], 0), (&["repair"], 0)]
    {
        let output = project.run(arguments.iter().chain(&["--log-format", "json"]));
        objects(output.code(code));
        printed_apart(&output);
    }
}

/// Each line of stderr as the object that it is.
#[track_caller]
fn objects(output: &Output) -> Vec<serde_json::Value> {
    let object = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    output.stderr.lines().map(object).collect()
}

/// Text is not among the objects, nor objects among the text.
#[track_caller]
fn printed_apart(output: &Output) {
    assert!(!output.stdout.contains("\"level\""), "{}", output.text());
}
