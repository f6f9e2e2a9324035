//! A runner that was killed leaves its server process at work: the next one says which that is.

use std::time::Duration;

use schemactl_test_support::Signal;
use schemactl_test_support::cli::Project;
use schemactl_test_support::postgres::{self, Database};
use schemactl_test_support::project;

/// A project whose second migration keeps the server busy for as long as the test takes.
fn busy(database: &Database, slow: &str) -> Project {
    let project = project!();
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nlock_wait = \"1s\"\n").env("DATABASE_URL", database.url());
    project.file("migrations/postgres/V1__orders.sql", "CREATE TABLE orders (id int, note text);");
    project.run(["up"]).ok();
    project.file("migrations/postgres/V2__slow.sql", slow);
    project
}

/// Kills an `up` once its server process runs this, and returns the process.
fn kill(project: &Project, database: &Database, running: &str) -> String {
    let killed = project.spawn(["up"]);
    let find = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() \
         AND query LIKE '%{running}%' AND wait_event_type IS NOT NULL"
    );
    let mut pid = String::new();
    for _ in 0..600 {
        pid = database.psql(&find);
        if !pid.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    killed.kill_9();
    assert!(!pid.is_empty(), "it did not come to {running}");
    pid
}

#[test]
fn what_a_killed_up_left_at_work_is_named_and_can_be_ended() {
    let database = postgres::database(postgres::version());
    let slow = "ALTER TABLE orders ADD COLUMN total int;\nUPDATE orders SET note = 'secret';\nSELECT pg_sleep(600);\n";
    let project = busy(&database, slow);
    let role = format!("blind_{}", std::process::id());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; GRANT CREATE ON SCHEMA public TO {role}"
    ));
    let pid = kill(&project, &database, "pg_sleep");
    let named = format!("process {pid} (schemactl, postgres), active for ");
    let short = "with `UPDATE orders SET note =...`; its client may be gone";
    project
        .run(["plan"])
        .ok()
        .stdout_has("not rehearsed: another runner is at work")
        .stdout_has(&named)
        .stdout_has(short);
    let end = format!("SELECT pg_terminate_backend({pid})");
    let up = project.run(["up"]);
    up.code(4).error("E0601").lacks("secret");
    up.says(&["waiting for another runner", &named, "= cause:", &named, short, "hint: a server works on", &end]);
    // Who may not see it is told what shows it.
    project.env("DATABASE_URL", database.url_as(&role));
    let up = project.run(["up"]);
    let hidden = format!("process {pid} (schemactl, postgres), which does what this role may not see");
    up.code(4).says(&["= cause:", &hidden, &end, &format!("GRANT pg_read_all_stats TO \"{role}\"")]);
    database.psql(&format!("GRANT pg_read_all_stats TO {role}"));
    project.run(["up"]).code(4).says(&["= cause:", &named]).lacks("pg_read_all_stats");
    // Following the hint.
    project.env("DATABASE_URL", database.url());
    database.psql(&end);
    project.file("migrations/postgres/V2__slow.sql", slow.replace("600", "0"));
    project.run(["up"]).ok();
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

/// Of a migration that runs statement by statement the killed one has the row of the history, too: that is no reason to wait without a word.
#[test]
fn a_killed_up_that_went_statement_by_statement_is_named_as_well() {
    let database = postgres::database(postgres::version());
    let slow =
        "-- schemactl: transaction = none\nCREATE TABLE a (i int);\nSELECT pg_sleep(600);\nCREATE TABLE b (i int);\n";
    let project = busy(&database, slow);
    let pid = kill(&project, &database, "pg_sleep");
    let up = project.run(["up"]);
    let named = format!("process {pid} (schemactl, postgres), active for ");
    up.code(4).error("E0601").says(&["waiting for another runner", &named, "= cause:", &named]);
    up.stderr_has("1 of 3 statements is done and recorded").lacks("in one message");
    database.psql(&format!("SELECT pg_terminate_backend({pid})"));
    project.file("migrations/postgres/V2__slow.sql", slow.replace("600", "0"));
    project.run(["up"]).ok().stdout_has("1 resumed");
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE tablename IN ('a', 'b')"), "2");
}

#[test]
fn an_index_that_a_killed_up_left_half_built_is_told_of() {
    let database = postgres::database(postgres::version());
    let project = busy(&database, "CREATE INDEX CONCURRENTLY orders_note ON orders (note);");
    let mut reader = database.session();
    reader.run("BEGIN;\nSELECT count(*) FROM orders");
    let mut writer = database.session();
    writer.run("BEGIN;\nINSERT INTO orders VALUES (1)");
    let pid = kill(&project, &database, "CREATE INDEX CONCURRENTLY");
    let up = project.run(["up"]);
    up.code(4).says(&[
        "E0601",
        &format!("process {pid} (schemactl, postgres), active for "),
        "waiting for a lock itself",
    ]);
    up.stderr_has(&format!("SELECT pg_terminate_backend({pid})"));
    reader.run("COMMIT");
    writer.run("COMMIT");
    project.config("[postgres]\nurl = \"${DATABASE_URL}\"\nlock_wait = \"60s\"\n");
    project.run(["up"]).ok();
    assert_eq!(database.psql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_note'::regclass"), "t");
}

#[test]
fn a_runner_that_is_at_work_is_named_by_its_lock() {
    let database = postgres::database(postgres::version());
    let project = busy(&database, "SELECT pg_sleep(600);");
    let mut first = project.spawn(["up"]);
    let locked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    for _ in 0..600 {
        if database.psql(locked) == "1" {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let up = project.run(["up"]);
    up.code(4).says(&[
        "the lock is held by process ",
        "(schemactl, postgres), in a transaction since ",
        "pg_terminate_backend(",
    ]);
    up.lacks("idle in transaction");
    first.signal(Signal::SIGINT);
    first.wait().code(130);
}
